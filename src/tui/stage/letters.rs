//! Large letters: a title in a font of five rows, for the brand's card. Only what the font has is
//! drawn so; a title with anything else stands in usual letters.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::text::{
    field::put,
    width::{sized, width},
};

/// The rows of a letter.
pub(super) const ROWS: u16 = 5;
/// The columns between two words.
const SPACE: usize = 3;

/// The letters, each as its rows from the top, `|` between them.
#[rustfmt::skip]
const FONT: [(char, &str); 46] = [
    ('A', " ## |#  #|####|#  #|#  #"), ('B', "### |#  #|### |#  #|### "),
    ('C', " ###|#   |#   |#   | ###"), ('D', "### |#  #|#  #|#  #|### "),
    ('E', "####|#   |### |#   |####"), ('F', "####|#   |### |#   |#   "),
    ('G', " ###|#   |# ##|#  #| ###"), ('H', "#  #|#  #|####|#  #|#  #"),
    ('I', "###| # | # | # |###"), ('J', "  ##|   #|   #|#  #| ## "),
    ('K', "#  #|# # |##  |# # |#  #"), ('L', "#   |#   |#   |#   |####"),
    ('M', "#   #|## ##|# # #|#   #|#   #"), ('N', "#   #|##  #|# # #|#  ##|#   #"),
    ('O', " ## |#  #|#  #|#  #| ## "), ('P', "### |#  #|### |#   |#   "),
    ('Q', " ## |#  #|#  #|# # | # #"), ('R', "### |#  #|### |# # |#  #"),
    ('S', " ###|#   | ## |   #|### "), ('T', "#####|  #  |  #  |  #  |  #  "),
    ('U', "#  #|#  #|#  #|#  #| ## "), ('V', "#   #|#   #| # # | # # |  #  "),
    ('W', "#   #|#   #|# # #|## ##|#   #"), ('X', "#   #| # # |  #  | # # |#   #"),
    ('Y', "#   #| # # |  #  |  #  |  #  "), ('Z', "####|  # | #  |#   |####"),
    ('0', " ## |#  #|#  #|#  #| ## "), ('1', " # |## | # | # |###"),
    ('2', "### |   #| ## |#   |####"), ('3', "### |   #| ## |   #|### "),
    ('4', "#  #|#  #|####|   #|   #"), ('5', "####|#   |### |   #|### "),
    ('6', " ## |#   |### |#  #| ## "), ('7', "####|   #|  # | #  | #  "),
    ('8', " ## |#  #| ## |#  #| ## "), ('9', " ## |#  #| ###|   #| ## "),
    ('.', " | | | |#"), (',', "  |  |  | #|# "), ('!', "#|#|#| |#"), ('?', "### |   #| ## |    | #  "),
    ('-', "   |   |###|   |   "), ('\'', "#|#| | | "), ('’', "#|#| | | "), (':', " |#| |#| "),
    ('&', " ##  |#  # | ### |#  # | ## #"), ('+', "   | # |###| # |   "),
];

/// The rows of a letter; `None` where the font has none.
fn glyph(letter: char) -> Option<&'static str> {
    let mut upper = letter.to_uppercase();
    let letter = upper.next().filter(|_| upper.next().is_none())?;
    let found = FONT.iter().find(|(known, _)| *known == letter);
    found.map(|(_, rows)| *rows)
}

/// The rows of a word.
fn word(text: &str) -> Option<[String; ROWS as usize]> {
    let mut rows = <[String; ROWS as usize]>::default();
    for letter in text.chars() {
        let glyph = glyph(letter)?;
        for (row, part) in rows.iter_mut().zip(glyph.split('|')) {
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(&part.replace('#', "█"));
        }
    }
    Some(rows)
}

/// A title in large letters, in as many lines as it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LargeTitle(Vec<[String; ROWS as usize]>);

impl LargeTitle {
    /// The title within so many columns; `None` where the font lacks a letter of it, or a word is too
    /// wide.
    pub(super) fn of(title: &str, columns: u16) -> Option<Self> {
        let mut lines: Vec<[String; ROWS as usize]> = Vec::new();
        for text in title.split_whitespace() {
            let rows = word(text)?;
            let [first, ..] = &rows;
            let wide = width(first);
            let fits = |line: &[String; ROWS as usize]| {
                line.first()
                    .is_some_and(|first| width(first) + SPACE + wide <= usize::from(columns))
            };
            if wide > usize::from(columns) {
                return None;
            }
            match lines.last_mut().filter(|line| fits(line)) {
                Some(line) => {
                    for (row, more) in line.iter_mut().zip(&rows) {
                        row.push_str(&" ".repeat(SPACE));
                        row.push_str(more);
                    }
                }
                None => lines.push(rows),
            }
        }
        (!lines.is_empty()).then_some(Self(lines))
    }

    /// How many rows it takes, with a blank one between two lines.
    pub(super) fn height(&self) -> u16 {
        let lines = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        lines.saturating_mul(ROWS + 1).saturating_sub(1)
    }

    /// Draws it from this row on, in the middle of an area.
    pub(super) fn draw(&self, top: u16, area: Rect, style: Style, buffer: &mut Buffer) {
        for (line, first) in self.0.iter().zip((top..).step_by(usize::from(ROWS) + 1)) {
            for (row, y) in line.iter().zip(first..area.bottom()) {
                let x = area.x + area.width.saturating_sub(sized(width(row))) / 2;
                put(buffer, x, y, area.right(), row, style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_five_rows_of_one_width() {
        for (letter, rows) in FONT {
            let widths: Vec<usize> = rows.split('|').map(|row| row.chars().count()).collect();
            assert_eq!(widths.len(), usize::from(ROWS), "{letter}");
            assert!(
                widths.iter().all(|one| Some(one) == widths.first()),
                "{letter}"
            );
        }
        for letter in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
            assert!(glyph(letter).is_some(), "{letter}");
        }
    }

    #[test]
    fn a_title_is_broken_between_words_and_left_in_usual_letters_where_it_cannot_be_large() {
        let title = LargeTitle::of("Acme Care", 60).unwrap();
        assert_eq!((title.0.len(), title.height()), (1, 5));
        let title = LargeTitle::of("Acme Care", 30).unwrap();
        assert_eq!((title.0.len(), title.height()), (2, 11));
        let rows = &title.0[1];
        assert_eq!(rows[0], " ███  ██  ███  ████");
        assert_eq!(rows[4], " ███ █  █ █  █ ████");
        assert_eq!(LargeTitle::of("Acme Care", 12), None);
        assert_eq!(LargeTitle::of("日本", 60), None);
        assert_eq!(LargeTitle::of("Straße", 60), None);
        assert_eq!(LargeTitle::of(" ", 60), None);
    }
}
