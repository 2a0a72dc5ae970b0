//! Addresses of links: which of them may be opened, and in what form they may
//! reach a terminal.

use std::{fmt::Write as _, ops::Range};

use crate::domain::rich::element::Place;

/// Longest address that is offered for opening; longer ones are only shown.
const LONGEST: usize = 2048;

/// The kinds of addresses a person may be led to. Others could start programs.
const SCHEMES: [&str; 4] = ["http", "https", "tel", "mailto"];

/// The form of an address that a terminal may be told to open: visible ASCII alone, whatever is
/// more percent-encoded. `None` for kinds of addresses that are not opened.
pub fn openable(uri: &str) -> Option<String> {
    let uri = uri.trim();
    let (scheme, rest) = uri.split_once(':')?;
    if rest.is_empty()
        || !SCHEMES
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return None;
    }
    let mut safe = String::with_capacity(uri.len());
    for byte in uri.bytes() {
        if byte.is_ascii_graphic() {
            safe.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(safe, "%{byte:02X}");
        }
        if safe.len() > LONGEST {
            return None;
        }
    }
    Some(safe)
}

/// The beginnings of addresses that are told from words in a plain text.
const BEGINNINGS: [&str; 3] = ["https://", "http://", "mailto:"];

/// Where addresses that may be opened stand in a plain text, in their order. The stop, comma or
/// bracket at the end of one belongs to the sentence.
pub fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = next_beginning(text, from) {
        let rest = text.get(start..).unwrap_or_default();
        let is_end =
            |c: char| c.is_whitespace() || c.is_control() || "<>\"“”„«»、。「」".contains(c);
        let end = rest.find(is_end).unwrap_or(rest.len());
        let address = trimmed(rest.get(..end).unwrap_or_default());
        let has_more = BEGINNINGS.iter().all(|begins| address.len() > begins.len());
        if has_more && openable(address).is_some() {
            found.push(start..start + address.len());
        }
        from = start + end.max(1);
    }
    found
}

/// The next place an address begins at, which is no place inside of a word.
fn next_beginning(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let begins = |at: usize| {
        let here = rest.as_bytes().get(at..).unwrap_or_default();
        let mut known = BEGINNINGS.iter();
        known.any(|known| {
            let here = here.get(..known.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(known.as_bytes()))
        })
    };
    let mut before = None;
    for (at, c) in rest.char_indices() {
        if matches!(c, 'h' | 'H' | 'm' | 'M')
            && !before.is_some_and(char::is_alphanumeric)
            && begins(at)
        {
            return Some(from + at);
        }
        before = Some(c);
    }
    None
}

/// An address without what belongs to the sentence around it.
fn trimmed(address: &str) -> &str {
    let mut address = address;
    while let Some(last) = address.chars().last() {
        let opening = match last {
            ')' => '(',
            ']' => '[',
            '}' => '{',
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '’' => '\0',
            _ => break,
        };
        // A bracket that was opened in the address belongs to it.
        if opening != '\0' && address.matches(opening).count() >= address.matches(last).count() {
            break;
        }
        address = address
            .get(..address.len() - last.len_utf8())
            .unwrap_or_default();
    }
    address
}

/// A place as its two numbers.
pub fn coordinates(place: Place) -> String {
    format!("{}, {}", degrees(place.la), degrees(place.lo))
}

/// Where a map shows a place.
pub fn map(place: Place) -> String {
    let (la, lo) = (degrees(place.la), degrees(place.lo));
    format!("https://www.openstreetmap.org/?mlat={la}&mlon={lo}#map=16/{la}/{lo}")
}

/// Degrees to a hand's breadth; what is no angle at all is not written out to its last digit.
fn degrees(number: f64) -> String {
    if number.abs() > 100_000.0 {
        return format!("{number:e}");
    }
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_the_words_around_them() {
        let found = |text: &str| -> Vec<String> {
            let ranges = addresses(text).into_iter();
            ranges
                .map(|range| text.get(range).unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            found("See https://a.test/x, (http://b.test/y_(z)) and HTTPS://C.test."),
            ["https://a.test/x", "http://b.test/y_(z)", "HTTPS://C.test"]
        );
        assert_eq!(found("注文はhttps://a.test/日本。"), Vec::<String>::new());
        assert_eq!(
            found("注文は「https://a.test/日本」"),
            ["https://a.test/日本"]
        );
        assert_eq!(found("mailto:ada@a.test!"), ["mailto:ada@a.test"]);
        for none in [
            "",
            "https://",
            "xhttps://a.test",
            "javascript:alert(1)",
            "http:/a",
            "mailto:",
        ] {
            assert_eq!(found(none), Vec::<String>::new(), "{none}");
        }
    }
}
