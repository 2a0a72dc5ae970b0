//! JSON on one line, harmless for a terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::domain::json;

/// One line of JSON that a terminal can show: what could move the cursor or reorder the text
/// is written as `\uXXXX`, which means the same.
pub fn json_line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::with_capacity(1024);
    write(&mut bytes, value)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes the same without ending the line.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> Result<(), serde_json::Error> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless))
}

struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        writer.write_all(json::harmless(fragment).as_bytes())
    }

    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        writer.write_all(json::harmless(fragment).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use crate::export::json_line::*;

    #[test]
    fn a_line_of_json_holds_nothing_that_moves_the_cursor() {
        let text = "a\u{1b}[31m\u{9b}2J\u{202e}b\u{7f}\nGrüße ✓ 🎉";
        let line = json_line(&text).unwrap();
        assert_eq!(line, r#""a\u001b[31m\u009b2J\u202eb\u007f\nGrüße ✓ 🎉""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
