//! Takes what the program wrote to its terminal apart: glyphs, and orders of
//! which each must be one of the program's own.

use super::bodies::MARK;

/// One thing a terminal does.
#[derive(Debug)]
enum Piece<'a> {
    Glyph(char),
    /// ESC, `[`, parameters, and the final character.
    Control(&'a str),
    /// ESC and `]` up to the terminator, which stands at its end.
    Command(&'a str),
    /// ESC and whatever follows.
    Other,
}

/// The first piece of a text, and what follows.
fn piece(text: &str) -> Option<(Piece<'_>, &str)> {
    let first = text.chars().next()?;
    let cut = |at: usize| text.split_at(at.min(text.len()));
    if first != '\u{1b}' {
        return Some((Piece::Glyph(first), cut(first.len_utf8()).1));
    }
    let rest = cut(1).1;
    let is_final = |c: char| ('@'..='~').contains(&c);
    Some(match rest.chars().next() {
        Some('[') => {
            let end = cut(2).1.find(is_final).map_or(text.len(), |at| at + 3);
            let (control, rest) = cut(end);
            (Piece::Control(control), rest)
        }
        Some(']') => {
            let bell = rest.find('\u{7}').map(|at| at + 2);
            let string = rest.find("\u{1b}\\").map(|at| at + 3);
            let end = bell.into_iter().chain(string).min().unwrap_or(text.len());
            let (command, rest) = cut(end);
            (Piece::Command(command), rest)
        }
        next => {
            let (_, rest) = cut(1 + next.map_or(0, char::len_utf8));
            (Piece::Other, rest)
        }
    })
}

/// Whether a glyph would be obeyed, or turn the line around.
fn is_order(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\r' && c != '\n') || turns
}

/// Whether a control sequence is one that handset uses: colours, the cursor, clearing, modes.
fn is_own_control(control: &str) -> bool {
    let Some(inner) = control.strip_prefix("\u{1b}[") else {
        return false;
    };
    let parameters = inner.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_plain = |c: char| c.is_ascii_digit() || ";:?<>= ".contains(c);
    !control.contains(MARK)
        && parameters.chars().all(is_plain)
        && inner.ends_with([
            'm', 'H', 'J', 'K', 'h', 'l', 'u', 'q', 'A', 'B', 'C', 'D', 'G', 'X',
        ])
}

/// Whether a command is a link that begins or ends, as handset writes it, to a clean address.
fn is_own_link(command: &str) -> bool {
    let inner = command.strip_prefix("\u{1b}]8;");
    let inner = inner.and_then(|rest| rest.strip_suffix("\u{1b}\\"));
    inner
        .and_then(|rest| rest.split_once(';'))
        .is_some_and(|(id, uri)| {
            let number = id.strip_prefix("id=").unwrap_or_default();
            let is_own = number.chars().all(|c| c.is_ascii_hexdigit());
            is_own && uri.chars().all(|c| c.is_ascii_graphic())
        })
}

/// What stands in the output that is neither a glyph nor one of the program's own orders; else
/// how many glyphs and orders there are.
pub(super) fn taken_apart(raw: &[u8]) -> Result<(usize, usize), String> {
    let text = std::str::from_utf8(raw).map_err(|error| error.to_string())?;
    let (mut rest, mut glyphs, mut orders) = (text, 0, 0);
    while let Some((piece, after)) = piece(rest) {
        let is_own = match piece {
            Piece::Glyph(glyph) => !is_order(glyph),
            Piece::Control(control) => is_own_control(control),
            Piece::Command(command) => is_own_link(command),
            Piece::Other => false,
        };
        if !is_own {
            let at = text.len() - rest.len();
            let around: String = rest.chars().take(80).collect();
            return Err(format!("byte {at}: {piece:?} in {around:?}"));
        }
        match piece {
            Piece::Glyph(_) => glyphs += 1,
            _ => orders += 1,
        }
        rest = after;
    }
    Ok((glyphs, orders))
}
