//! Foreign text in a command that is pasted into an interactive shell.
//!
//! A shell reads a paste as if somebody had typed it. Control characters are keys of its line
//! editor or of the terminal, also between quotes and, where the text itself ends the paste,
//! between the brackets of a paste. A tab completes names of files. A row that begins inside
//! quotes with `^` is expanded from the history. A row longer than the terminal's buffer is cut.
//! So text is written as it is only where it is printable and on one row, in rows that are short;
//! everything else goes through base64.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::domain::text::is_harmful;

/// The longest row in bytes. A shell without a line editor gets rows cut at 4 096 bytes from
/// Linux, and at 1 024 from macOS.
const LONGEST_ROW: usize = 512;

/// Whether a shell can be given a text as it is, as an argument without a file between.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.chars().any(is_harmful)
}

/// A text as one word for a shell, whatever is in it but zero bytes and line ends at its end,
/// which no word made by a command has.
pub(crate) fn word(text: &str) -> String {
    if is_plain(text) {
        quoted(text)
    } else {
        format!("\"$({})\"", decoded(text.as_bytes()))
    }
}

/// A command that writes these bytes.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    format!("printf %s {} | base64 -d", quoted(&STANDARD.encode(bytes)))
}

/// A plain text between quotes. Where a row gets too long, the word goes on in the next one.
fn quoted(text: &str) -> String {
    let mut word = String::from("'");
    let mut row = 1;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let mut own = [0; 4];
        let piece = match c {
            '\'' => r"'\''",
            // To fish this one would mean something between quotes too.
            '\\' if matches!(rest.peek(), None | Some('\\' | '\'')) => r"'\\'",
            c => c.encode_utf8(&mut own),
        };
        if row + piece.len() > LONGEST_ROW && !word.ends_with('\\') {
            word.push_str("'\\\n'");
            row = 1;
        }
        word.push_str(piece);
        row += piece.len();
    }
    word.push('\'');
    word
}
