//! Cells that are links of the terminal, by OSC 8.
//!
//! In the buffer each cell carries its address, so that whatever is drawn over
//! some cells of a link leaves the others whole. On the way to the terminal
//! neighbours with the same address become one. All that lead to one address bear
//! one id, so that a terminal shows a link of several rows as one.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ratatui::buffer::{Cell, CellWidth};

const OPEN: &str = "\u{1b}]8;id=";
const END: &str = "\u{1b}\\";
const CLOSE: &str = "\u{1b}]8;;\u{1b}\\";

/// What opens a link.
fn open(uri: &str) -> String {
    let mut hasher = DefaultHasher::new();
    uri.hash(&mut hasher);
    format!("{OPEN}{:x};{uri}{END}", hasher.finish())
}

/// A glyph that leads to an address. The address has to be visible ASCII alone, as
/// [`openable`](crate::domain::rich::links::openable) makes it.
pub(crate) fn wrapped(uri: &str, glyph: &str) -> String {
    format!("{}{glyph}{CLOSE}", open(uri))
}

/// The address and the glyph of a cell.
pub(crate) fn split(symbol: &str) -> (Option<&str>, &str) {
    let inner = symbol
        .strip_prefix(OPEN)
        .and_then(|rest| rest.strip_suffix(CLOSE))
        .and_then(|rest| rest.split_once(';'))
        .and_then(|(_, rest)| rest.split_once(END));
    match inner {
        Some((uri, glyph)) => (Some(uri), glyph),
        None => (None, symbol),
    }
}

/// Takes the links away, for terminals that would show their addresses.
pub(crate) fn drop_all(drawn: &mut [(u16, u16, Cell)]) {
    for (_, _, cell) in drawn {
        if let (Some(_), glyph) = split(cell.symbol()) {
            let glyph = glyph.to_owned();
            cell.set_symbol(&glyph);
        }
    }
}

/// Opens a link once for all neighbours that share it, and closes it behind the last.
pub(crate) fn join(drawn: &mut [(u16, u16, Cell)]) {
    let mut next: Option<(u16, u16, String)> = None;
    for at in 0..drawn.len() {
        let (x, y, cell) = &drawn[at];
        let (Some(uri), glyph) = split(cell.symbol()) else {
            next = None;
            continue;
        };
        let goes_on = next == Some((*x, *y, uri.to_owned()));
        let after = x.saturating_add(cell.cell_width());
        let followed = drawn.get(at + 1).is_some_and(|(x, below, cell)| {
            (*x, *below) == (after, *y) && split(cell.symbol()).0 == Some(uri)
        });
        let opened = if goes_on { String::new() } else { open(uri) };
        let close = if followed { "" } else { CLOSE };
        let symbol = format!("{opened}{glyph}{close}");
        // The neighbour is compared with what this cell was, which it no longer is.
        next = followed.then(|| (after, *y, uri.to_owned()));
        drawn[at].2.set_symbol(&symbol);
    }
}
