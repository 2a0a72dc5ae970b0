//! A JSON text as rows of coloured pieces.

use crate::domain::json::{self, Kind, Line};

/// What a piece of a row is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Brackets, commas, plain text.
    Plain,
    /// What matters less.
    Faint,
    /// The key of a member, the name of a header.
    Key,
    /// A value.
    Value,
    /// A heading.
    Heading,
    /// Something good.
    Good,
    /// Something bad.
    Bad,
}

/// A row before it is wrapped.
pub(crate) type Row = Vec<(Ink, String)>;

/// The rows of a valid JSON text, at most so many; token for token, harmless, one member a row.
pub(crate) fn rows(text: &str, most: usize) -> Vec<Row> {
    json::lines(text)
        .take(most)
        .map(|line| row(&line))
        .collect()
}

fn row(line: &Line<'_>) -> Row {
    let mut row = Row::new();
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
}
