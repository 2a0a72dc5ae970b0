//! Addresses of links: which of them may be opened, and in what form they may
//! reach a terminal.

use std::fmt::Write as _;

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
