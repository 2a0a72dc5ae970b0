//! Rows of pieces, and how larger blocks are made of smaller ones: below each
//! other, beside each other, in a frame.

use std::sync::Arc;

use crate::{
    domain::rich::{
        card::Part,
        element::{ElementId, Size, TextStyle},
    },
    tui::{
        terminal::images::cells::Picture,
        text::width::{elided, width},
    },
};

/// What a piece is, for its look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    /// What matters less: addresses, additions.
    Faint,
    /// What stands out: names, headings.
    Strong,
    /// Frames and lines.
    Edge,
    /// What can be used: words that lead somewhere, marks to choose.
    Link,
    Pill,
    /// Who says it, where the bubble has no edge for it.
    Label,
}

/// How a piece looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ink {
    pub(crate) tone: Tone,
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    /// A colour the sender asks for; the theme has the last word.
    pub(crate) colour: Option<[u8; 3]>,
}

impl From<Tone> for Ink {
    fn from(tone: Tone) -> Self {
        Self {
            tone,
            ..Self::default()
        }
    }
}

impl Ink {
    /// The look of an element's text.
    pub(crate) fn styled(tone: Tone, style: TextStyle) -> Self {
        let tone = match (tone, style.size) {
            (Tone::Plain, Size::Small) => Tone::Faint,
            _ => tone,
        };
        Self {
            tone,
            bold: style.bold || style.size == Size::Large,
            italic: style.italic,
            colour: style.colour,
        }
    }
}

/// A run of text on a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Columns from the left of the block.
    pub(crate) x: usize,
    pub(crate) text: String,
    pub(crate) ink: Ink,
    /// What a click on it operates. Left of such a piece there is always a blank column.
    pub(crate) part: Option<Part>,
    /// Where the terminal leads who clicks it there.
    pub(crate) uri: Option<Arc<str>>,
    /// A picture, and which of its rows is drawn over the text, which is blank.
    pub(crate) picture: Option<(Arc<Picture>, u16)>,
}

impl Piece {
    /// A piece at the left.
    pub(crate) fn new(text: impl Into<String>, ink: impl Into<Ink>) -> Self {
        Self {
            text: text.into(),
            ink: ink.into(),
            ..Self::default()
        }
    }

    /// The same further to the right.
    pub(crate) fn at(mut self, x: usize) -> Self {
        self.x += x;
        self
    }

    /// The same as a piece of a part.
    pub(crate) fn of(mut self, part: Option<Part>) -> Self {
        self.part = part;
        self
    }

    /// The same with a row of a picture over it.
    pub(crate) fn showing(mut self, picture: Arc<Picture>, row: u16) -> Self {
        self.picture = Some((picture, row));
        self
    }

    /// The same leading somewhere.
    pub(crate) fn to(mut self, uri: Option<Arc<str>>) -> Self {
        self.uri = uri;
        self
    }

    fn end(&self) -> usize {
        self.x + width(&self.text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scroll {
    pub(crate) element: ElementId,
    /// The first card in view.
    pub(crate) first: usize,
    /// The first card in view when it is scrolled to its end.
    pub(crate) last: usize,
}

/// Rows of pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) rows: Vec<Vec<Piece>>,
    pub(crate) width: usize,
    /// What can be operated, in the order the keyboard goes.
    pub(crate) parts: Vec<Part>,
    pub(crate) scrolls: Vec<Scroll>,
}

impl Block {
    /// Adds a row of pieces.
    pub(crate) fn push(&mut self, row: Vec<Piece>) {
        for piece in &row {
            self.width = self.width.max(piece.end());
            if let Some(part) = piece.part
                && !self.parts.contains(&part)
            {
                self.parts.push(part);
            }
        }
        self.rows.push(row);
    }

    /// Adds a row of one piece.
    pub(crate) fn line(&mut self, piece: Piece) {
        self.push(vec![piece]);
    }

    /// Adds a block below, so many columns further to the right.
    pub(crate) fn below(&mut self, other: Self, indent: usize) {
        let at = self.rows.len();
        self.rows.resize_with(at + other.rows.len(), Vec::new);
        self.lay_in(other, indent, at);
    }

    /// Adds a block at some column of the rows from one on; all of them have to be there.
    fn lay_in(&mut self, other: Self, x: usize, y: usize) {
        self.width = self.width.max(x + other.width);
        for part in other.parts {
            // The rows above may belong to the same part, as a picture does to its name.
            if !self.parts.contains(&part) {
                self.parts.push(part);
            }
        }
        self.scrolls.extend(other.scrolls);
        for (row, pieces) in self.rows.iter_mut().skip(y).zip(other.rows) {
            row.extend(pieces.into_iter().map(|piece| piece.at(x)));
        }
    }

    /// Blocks side by side at these columns, with a line left of all but the first if wanted.
    pub(crate) fn beside(blocks: Vec<(usize, Self)>, lines: bool) -> Self {
        let height = blocks.iter().map(|(_, block)| block.rows.len()).max();
        let mut all = Self::default();
        all.rows.resize_with(height.unwrap_or(0), Vec::new);
        for (nth, (x, block)) in blocks.into_iter().enumerate() {
            if lines && nth > 0 {
                let line = Piece::new("│", Tone::Edge).at(x.saturating_sub(2));
                for row in &mut all.rows {
                    row.push(line.clone());
                }
            }
            all.lay_in(block, x, 0);
        }
        all
    }

    /// The block in a frame with so much room inside of it, and so many rows at least.
    pub(crate) fn framed(self, room: usize, rows: usize) -> Self {
        let rows = rows.max(self.rows.len());
        let mut framed = Self::default();
        let edge = "─".repeat(room + 2);
        framed.line(Piece::new(format!("┌{edge}┐"), Tone::Edge));
        for _ in 0..rows {
            framed.push(vec![
                Piece::new("│", Tone::Edge),
                Piece::new("│", Tone::Edge).at(room + 3),
            ]);
        }
        framed.line(Piece::new(format!("└{edge}┘"), Tone::Edge));
        framed.lay_in(self, 2, 1);
        framed
    }

    /// A line from left to right.
    pub(crate) fn rule(&mut self, columns: usize) {
        self.line(Piece::new("─".repeat(columns), Tone::Edge));
    }

    /// Pieces one after another with gaps between them, on as many rows as they need.
    pub(crate) fn flow(&mut self, pieces: Vec<Piece>, gap: usize, room: usize) {
        let mut row: Vec<Piece> = Vec::new();
        let mut used = 0;
        for mut piece in pieces {
            piece.text = elided(&piece.text, room).into_owned();
            let wide = width(&piece.text);
            if !row.is_empty() && used + gap + wide > room {
                self.push(std::mem::take(&mut row));
            }
            let x = if row.is_empty() { 0 } else { used + gap };
            used = x + wide;
            row.push(piece.at(x));
        }
        if !row.is_empty() {
            self.push(row);
        }
    }

    /// Cuts off what is below so many rows, with a word about it.
    pub(crate) fn cut(&mut self, most: usize) {
        if self.rows.len() <= most {
            return;
        }
        let left = self.rows.len() - most;
        self.rows.truncate(most);
        let here = |part: &Part| {
            let mut pieces = self.rows.iter().flatten();
            pieces.any(|piece| piece.part == Some(*part))
        };
        let parts: Vec<Part> = self.parts.iter().copied().filter(here).collect();
        self.parts = parts;
        self.line(Piece::new(format!("… {left} rows more"), Tone::Faint));
    }

    /// The row the keyboard is marked on when it stands on a part: its first, below the picture.
    pub(crate) fn row_of(&self, part: Part) -> Option<usize> {
        let begins = |with_pictures: bool| {
            let is_here = |piece: &Piece| {
                piece.part == Some(part) && (with_pictures || piece.picture.is_none())
            };
            self.rows.iter().position(|row| row.iter().any(is_here))
        };
        begins(false).or_else(|| begins(true))
    }

    /// The part at a column of a row.
    pub(crate) fn part_at(&self, row: usize, column: usize) -> Option<Part> {
        let mut pieces = self.rows.get(row)?.iter();
        pieces
            .find(|piece| piece.part.is_some() && (piece.x..piece.end()).contains(&column))
            .and_then(|piece| piece.part)
    }
}
