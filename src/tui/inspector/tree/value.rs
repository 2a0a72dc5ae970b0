//! How a value of a tree is told in one row, and in as many as it takes.

use std::fmt::Write as _;

use crate::{
    domain::json::harmless,
    tui::text::{
        width::{elided, part},
        wrap::wrapped,
    },
};

/// Bytes of one value that are shown whole; more are to be copied, or read as raw bytes.
const MOST_WHOLE: usize = 64 * 1024;

/// Bytes of an identifier that is shortened, at least.
const LONG_ID: usize = 20;

/// The start of a text within so many bytes, cut between characters.
pub(super) fn start_of(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    part(text, 0..end)
}

/// A token without the quotes around it, unless they tell something: that it is a text although it
/// looks like a number, that it is empty, or where its blanks end.
pub(super) fn unquoted(token: &str) -> &str {
    let Some(inner) = token
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return token;
    };
    let first = inner.as_bytes().first().copied().unwrap_or(b' ');
    let is_like_literal = matches!(inner, "true" | "false" | "null")
        || (inner.len() <= LONG_ID
            && (first.is_ascii_digit() || first == b'-')
            && inner.parse::<f64>().is_ok());
    let has_edge = inner.len() != inner.trim().len();
    if inner.is_empty() || is_like_literal || has_edge {
        token
    } else {
        inner
    }
}

/// The identifier `8d1b…b980` for a long one; `None` for what is no identifier.
pub(super) fn short_id(text: &str) -> Option<String> {
    let is_id = (LONG_ID..=256).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && text.bytes().any(|b| b.is_ascii_digit());
    let end = text.len().saturating_sub(4);
    is_id.then(|| format!("{}…{}", part(text, 0..4), part(text, end..text.len())))
}

/// A value in so many columns, cut where it is longer.
pub(super) fn in_row(text: &str, room: usize) -> String {
    // Four bytes a column are enough for all but long clusters, which are cut all the same.
    let start = start_of(text, room.saturating_mul(4) + 64);
    let mut shown = elided(&harmless(start), room).into_owned();
    if start.len() < text.len() && !shown.ends_with('…') {
        shown.push('…');
    }
    shown
}

/// A value in as many rows as it takes, up to a bound.
pub(super) fn whole(text: &str, room: usize) -> Vec<String> {
    let start = start_of(text, MOST_WHOLE);
    let mut rows = wrapped(&harmless(start), room.max(1));
    if start.len() < text.len() {
        rows.push(format!("… {} bytes in all", text.len()));
    }
    rows
}

/// Bytes as a row of numbers with the letters among them.
pub(super) fn hex(bytes: &[u8], at: usize, a_row: usize) -> String {
    let mut row = format!("{at:06x} ");
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(row, " {byte:02x}");
    }
    let shown = bytes.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    });
    let shown: String = shown.collect();
    let columns = 7 + 3 * a_row;
    format!("{row:columns$}  {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_identifiers_are_shortened_and_nothing_else_is() {
        let hex = "8d1b0f9a3c5e7d2410aa55ff00112233445566778899aabbccddeeff0011b980";
        assert_eq!(short_id(hex).as_deref(), Some("8d1b…b980"));
        let uuid = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
        assert_eq!(short_id(uuid).as_deref(), Some("4f0a…f310"));
        for other in [
            "Is the blue one in stock?",
            "8d1b",
            "deadbeefdeadbeefdeadbeef",
        ] {
            assert_eq!(short_id(other), None, "{other}");
        }
    }

    #[test]
    fn quotes_stay_where_they_tell_something() {
        for (token, shown) in [
            (r#""ContentEvent""#, "ContentEvent"),
            (r#""12""#, r#""12""#),
            ("12", "12"),
            (r#""null""#, r#""null""#),
            (r#""""#, r#""""#),
            (r#"" a""#, r#"" a""#),
            (r#""4f0a2b7e-91""#, "4f0a2b7e-91"),
        ] {
            assert_eq!(unquoted(token), shown);
        }
    }

    #[test]
    fn a_row_costs_what_is_in_view_of_it() {
        let long = "é".repeat(500_000);
        assert_eq!(in_row(&long, 10), format!("{}…", "é".repeat(9)));
        let rows = whole(&long, 50);
        assert!(rows.len() < 2_000, "{}", rows.len());
        assert_eq!(rows.last().unwrap(), "… 1000000 bytes in all");
    }

    #[test]
    fn bytes_stand_in_columns() {
        assert_eq!(
            hex(b"\x89PNG\r\n\xff\0", 0, 16),
            "000000  89 50 4e 47 0d 0a ff 00                          .PNG...."
        );
        assert_eq!(hex(b"ab", 16, 8), "000010  61 62                    ab");
    }
}
