//! A JSON text as rows of coloured pieces.

use std::ops::Range;

use crate::{
    domain::json::{self, Kind, Line},
    tui::text::{
        width::{part, width},
        wrap,
    },
};

/// Columns a row that continues another has at least; where there are fewer, it is not indented.
const LEAST_ROOM: usize = 24;

/// What a piece of a row is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Brackets, commas, plain text.
    Plain,
    Faint,
    /// The key of a member, the name of a header.
    Key,
    Value,
    Heading,
    Good,
    Bad,
}

/// A row before it is wrapped.
pub(crate) type InkedRow = Vec<(Ink, String)>;

/// The rows of a valid JSON text, at most so many; token for token, harmless, one member a row.
pub(crate) fn rows(text: &str, most: usize) -> Vec<InkedRow> {
    json::lines(text)
        .take(most)
        .map(|line| row(&line))
        .collect()
}

fn row(line: &Line<'_>) -> InkedRow {
    let mut row = InkedRow::new();
    let indent = line.indent();
    if !indent.is_empty() {
        row.push((Ink::Plain, indent));
    }
    for token in &line.tokens {
        let ink = match token.kind {
            Kind::Name => Ink::Key,
            Kind::Text | Kind::Literal => Ink::Value,
            Kind::Open | Kind::Close | Kind::Comma | Kind::Colon => Ink::Plain,
        };
        let blank = if token.kind == Kind::Colon { " " } else { "" };
        row.push((ink, format!("{}{blank}", json::harmless(token.text))));
    }
    row
}

/// Breaks a row of pieces where the text of all of them together would break. What follows the
/// first row stands a little deeper than it.
pub(crate) fn wrapped(row: InkedRow, columns: usize) -> Vec<InkedRow> {
    let whole: String = row.iter().map(|(_, text)| text.as_str()).collect();
    let depth = whole.len() - whole.trim_start_matches(' ').len() + 2;
    let indent = if depth + LEAST_ROOM <= columns {
        depth
    } else {
        0
    };
    // An identifier or an address that fits into no row begins beside its key: there are no words
    // to break at.
    let mut words = whole.split_whitespace();
    let long = |word| width(word) > columns - indent;
    let ranges = if words.nth(1).is_none_or(long) && words.next().is_none() {
        wrap::filled(&whole, columns, columns - indent)
    } else {
        wrap::hanging(&whole, columns, columns - indent)
    };
    let mut ranges = ranges.into_iter();
    let first = ranges.next();
    if ranges.len() == 0 {
        return vec![row];
    }
    let blanks = || (Ink::Plain, " ".repeat(indent));
    first
        .map(|range| cut(&row, &range))
        .into_iter()
        .chain(ranges.map(|range| {
            let mut later = cut(&row, &range);
            later.insert(0, blanks());
            later
        }))
        .collect()
}

fn cut(row: &InkedRow, range: &Range<usize>) -> InkedRow {
    let mut start = 0;
    let mut pieces = InkedRow::new();
    for (ink, text) in row {
        let end = start + text.len();
        let piece = range.start.max(start)..range.end.min(end);
        if piece.start < piece.end {
            let text = part(text, piece.start - start..piece.end - start);
            pieces.push((*ink, text.to_owned()));
        }
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str, most: usize) -> Vec<String> {
        rows(json, most)
            .into_iter()
            .map(|row| row.into_iter().map(|(_, text)| text).collect())
            .collect()
    }

    #[test]
    fn members_stand_one_a_row_in_their_order() {
        let json = "{\"b\":[1.50,{}],\"a\" : \"x\\u001b[31m\u{202e}\u{9b}y\",\n\"a\":null}";
        assert_eq!(
            text(json, 100),
            [
                "{",
                "  \"b\": [",
                "    1.50,",
                "    {}",
                "  ],",
                "  \"a\": \"x\\u001b[31m\\u202e\\u009by\",",
                "  \"a\": null",
                "}"
            ]
        );
    }

    #[test]
    fn no_more_rows_are_made_than_wanted() {
        let json = format!("{:?}", (0..1000).collect::<Vec<_>>());
        assert_eq!(rows(&json, 10).len(), 10);
    }

    fn shown(columns: usize) -> Vec<String> {
        let row = vec![
            (Ink::Plain, "    ".to_owned()),
            (Ink::Key, "\"id\"".to_owned()),
            (Ink::Plain, ": ".to_owned()),
            (Ink::Value, format!("\"{}\"", "0123456789".repeat(5))),
        ];
        wrapped(row, columns)
            .into_iter()
            .map(|row| row.into_iter().map(|(_, text)| text).collect())
            .collect()
    }

    #[test]
    fn a_long_value_goes_on_below_its_key() {
        assert_eq!(
            shown(36),
            [
                "    \"id\": \"0123456789012345678901234",
                "      5678901234567890123456789\"",
            ]
        );
    }

    #[test]
    fn a_narrow_pane_is_used_to_its_edge() {
        let rows = shown(20);
        assert!(rows[1].starts_with("901234"), "{rows:?}");
    }
}
