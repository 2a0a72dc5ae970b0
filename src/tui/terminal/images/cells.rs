//! A picture as rows of cells, two pixels in each.

use std::sync::{Arc, Weak};

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Style},
};

use crate::{
    media::pixels::Pixels,
    tui::{
        terminal::images::plates::{Piece, Plate},
        theme::styles::Depth,
    },
};

/// The least opacity that is drawn; below it what lies under the picture shows.
const OPAQUE: u8 = 128;

/// The colours of a cell's two halves; `None` lets through what lies under.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Halves {
    upper: Option<Color>,
    lower: Option<Color>,
}

/// A picture made to a room, ready to be drawn row by row.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    columns: u16,
    rows: u16,
    halves: Vec<Halves>,
    /// The picture the terminal draws; gone when many others came since.
    plate: Weak<Plate>,
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        (self.columns, self.rows, &self.halves) == (other.columns, other.rows, &other.halves)
            && self.plate.ptr_eq(&other.plate)
    }
}

impl Eq for Picture {}

impl Picture {
    /// Two rows of pixels become a row of cells.
    pub(crate) fn of(pixels: &Pixels, depth: Depth) -> Self {
        let colour = |x, y| {
            let [r, g, b, a] = pixels.at(x, y);
            (a >= OPAQUE)
                .then_some(Color::Rgb(r, g, b))
                .and_then(|colour| depth.colour(colour))
        };
        let halves = (0..pixels.height.div_ceil(2))
            .flat_map(|row| (0..pixels.width).map(move |x| (x, row * 2)))
            .map(|(x, y)| Halves {
                upper: colour(x, y),
                lower: colour(x, y + 1),
            })
            .collect();
        Self {
            columns: u16::try_from(pixels.width).unwrap_or(u16::MAX),
            rows: u16::try_from(pixels.height.div_ceil(2)).unwrap_or(u16::MAX),
            halves,
            plate: Weak::new(),
        }
    }

    /// Has the terminal draw it, as long as the plate hangs.
    pub(crate) fn hang(&mut self, plate: &Arc<Plate>) {
        self.plate = Arc::downgrade(plate);
    }

    /// Its cells, row by row.
    pub(crate) fn halves(&self) -> &[Halves] {
        &self.halves
    }

    /// How many columns it takes.
    pub(crate) fn columns(&self) -> u16 {
        self.columns
    }

    /// How many rows it takes.
    pub(crate) fn rows(&self) -> u16 {
        self.rows
    }

    /// Draws one of its rows onto the first row of `spot`, from its left edge and never beyond
    /// its right one.
    pub(crate) fn draw_row(&self, row: u16, spot: Rect, buffer: &mut Buffer) {
        if row >= self.rows || spot.height == 0 {
            return;
        }
        let plate = self.plate.upgrade();
        for column in 0..self.columns.min(spot.width) {
            let index = usize::from(row) * usize::from(self.columns) + usize::from(column);
            let Some(halves) = self.halves.get(index) else {
                return;
            };
            if let Some(cell) = buffer.cell_mut((spot.x + column, spot.y)) {
                match &plate {
                    Some(plate) => {
                        let id = plate.id;
                        Piece { id, row, column }.put(cell);
                    }
                    None => halves.put(cell),
                }
            }
        }
    }
}

impl Halves {
    /// Draws them into a cell.
    pub(crate) fn put(self, cell: &mut Cell) {
        let (symbol, style) = self.shown();
        cell.set_symbol(symbol).set_style(style);
    }

    /// The glyph and its colours; where nothing is to be seen, a blank in no colour of its own.
    fn shown(self) -> (&'static str, Style) {
        match (self.upper, self.lower) {
            (None, None) => (" ", Style::new()),
            (Some(upper), None) => ("▀", Style::new().fg(upper)),
            (None, Some(lower)) => ("▄", Style::new().fg(lower)),
            (Some(upper), Some(lower)) => ("▀", Style::new().fg(upper).bg(lower)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const CLEAR: [u8; 4] = [9, 9, 9, 0];

    fn pixels(rows: &[&[[u8; 4]]]) -> Pixels {
        Pixels {
            width: u32::try_from(rows[0].len()).unwrap(),
            height: u32::try_from(rows.len()).unwrap(),
            rgba: rows.concat().concat(),
        }
    }

    fn drawn(picture: &Picture, row: u16, spot: Rect) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        buffer.set_style(buffer.area, Style::new().bg(Color::Rgb(1, 1, 1)));
        picture.draw_row(row, spot, &mut buffer);
        buffer
    }

    #[test]
    fn two_pixels_share_a_cell_and_an_odd_row_has_half_of_one() {
        let picture = Picture::of(
            &pixels(&[&[RED, RED], &[BLUE, CLEAR], &[CLEAR, BLUE]]),
            Depth::True,
        );
        assert_eq!((picture.columns(), picture.rows()), (2, 2));
        let buffer = drawn(&picture, 0, Rect::new(1, 0, 3, 1));
        assert_eq!(buffer[(0, 0)].symbol(), " ");
        assert_eq!(buffer[(1, 0)].symbol(), "▀");
        assert_eq!(buffer[(1, 0)].fg, Color::Rgb(255, 0, 0));
        assert_eq!(buffer[(1, 0)].bg, Color::Rgb(0, 0, 255));
        // What is see-through keeps what lies under it.
        assert_eq!(buffer[(2, 0)].bg, Color::Rgb(1, 1, 1));
        let buffer = drawn(&picture, 1, Rect::new(1, 0, 3, 1));
        assert_eq!(buffer[(1, 0)].symbol(), " ");
        assert_eq!(buffer[(2, 0)].symbol(), "▀");
        assert_eq!(buffer[(2, 0)].bg, Color::Rgb(1, 1, 1));
    }

    #[test]
    fn nothing_is_drawn_beyond_the_spot() {
        let picture = Picture::of(&pixels(&[&[RED, RED, RED]]), Depth::True);
        let buffer = drawn(&picture, 0, Rect::new(2, 0, 1, 1));
        let symbols: Vec<&str> = (0..4).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(symbols, [" ", " ", "▀", " "]);
        for (row, spot) in [
            (1, Rect::new(0, 0, 4, 1)),
            (0, Rect::new(0, 0, 4, 0)),
            (0, Rect::new(90, 90, 4, 1)),
        ] {
            let buffer = drawn(&picture, row, spot);
            assert_eq!(buffer[(0, 0)].symbol(), " ");
        }
    }

    #[test]
    fn few_colours_are_enough() {
        let picture = Picture::of(&pixels(&[&[RED], &[BLUE]]), Depth::Indexed);
        let buffer = drawn(&picture, 0, Rect::new(0, 0, 1, 1));
        assert_eq!(buffer[(0, 0)].fg, Color::Indexed(196));
    }
}
