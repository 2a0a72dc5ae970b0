//! Cells on terminals of sixteen colours or fewer, by the attributes they have always known: the
//! library would name even these colours by their numbers among 256.

use std::io::{self, Write};

use crossterm::{cursor::MoveTo, queue};
use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};

use crate::tui::theme::light;

/// The attributes of a terminal with their numbers.
const ATTRIBUTES: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::CROSSED_OUT, 9),
];

/// Writes the cells, and leaves the terminal without attributes.
pub(super) fn draw<'a>(
    cells: impl Iterator<Item = (u16, u16, &'a Cell)>,
    out: &mut impl Write,
) -> io::Result<()> {
    let (mut last, mut worn) = (None, None);
    for (x, y, cell) in cells {
        if last != Some((x, y)) {
            queue!(out, MoveTo(x, y))?;
        }
        let wears = (cell.fg, cell.bg, cell.modifier);
        if worn != Some(wears) {
            out.write_all(attributes(wears).as_bytes())?;
            worn = Some(wears);
        }
        out.write_all(cell.symbol().as_bytes())?;
        // Where the terminal goes from a wide character is not relied on.
        last = Some((x.saturating_add(1), y));
    }
    out.write_all(b"\x1b[0m")
}

/// The sequence that has a terminal draw so, whatever it drew before.
fn attributes((fg, bg, modifier): (Color, Color, Modifier)) -> String {
    use std::fmt::Write as _;
    let mut sequence = String::from("\x1b[0");
    let mut add = |number: u8| {
        // Writing into a string cannot fail.
        let _ = write!(sequence, ";{number}");
    };
    for (attribute, number) in ATTRIBUTES {
        if modifier.contains(attribute) {
            add(number);
        }
    }
    for (colour, dark, bright) in [(fg, 30, 90), (bg, 40, 100)] {
        match light::number(colour) {
            Some(number @ 0..8) => add(dark + number),
            Some(number) => add(bright + number - 8),
            None => {}
        }
    }
    sequence.push('m');
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_named_by_the_sixteen_attributes() {
        let mut plain = Cell::default();
        plain.set_symbol("a");
        let mut loud = Cell::default();
        loud.set_symbol("日")
            .set_fg(Color::Indexed(15))
            .set_bg(Color::Indexed(4));
        loud.modifier = Modifier::BOLD;
        let mut out = Vec::new();
        let cells = [(0, 0, &plain), (1, 0, &loud), (3, 0, &plain)];
        draw(cells.into_iter(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\x1b[1;1H\x1b[0ma\x1b[0;1;97;44m日\x1b[1;4H\x1b[0ma\x1b[0m"
        );
    }
}
