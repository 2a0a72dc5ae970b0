//! Pictures the terminal draws itself, and the cells that stand for them.
//!
//! A cell of such a picture holds a placeholder: which picture, which row and
//! column of it. It is written as kitty's own placeholders are, so that there
//! the cells are all that is drawn; for the others the backend puts the
//! picture over them, or half blocks where not all of it is to be seen.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ratatui::{buffer::Cell, style::Color};

use crate::tui::terminal::images::cells::Halves;

/// Pictures kept for the terminal; past that the oldest becomes half blocks.
const KEPT: usize = 96;
/// The pixels of a cell where nobody knows them.
const USUAL_CELL: (u16, u16) = (10, 20);
/// Stands for a piece of a picture.
const PLACEHOLDER: char = '\u{10eeee}';

/// The marks that number rows and columns behind a placeholder, from 0: the beginning of
/// kitty's table.
#[rustfmt::skip]
const MARKS: [char; 64] = [
    '\u{305}', '\u{30d}', '\u{30e}', '\u{310}', '\u{312}', '\u{33d}', '\u{33e}', '\u{33f}',
    '\u{346}', '\u{34a}', '\u{34b}', '\u{34c}', '\u{350}', '\u{351}', '\u{352}', '\u{357}',
    '\u{35b}', '\u{363}', '\u{364}', '\u{365}', '\u{366}', '\u{367}', '\u{368}', '\u{369}',
    '\u{36a}', '\u{36b}', '\u{36c}', '\u{36d}', '\u{36e}', '\u{36f}', '\u{483}', '\u{484}',
    '\u{485}', '\u{486}', '\u{487}', '\u{592}', '\u{593}', '\u{594}', '\u{595}', '\u{597}',
    '\u{598}', '\u{599}', '\u{59c}', '\u{59d}', '\u{59e}', '\u{59f}', '\u{5a0}', '\u{5a1}',
    '\u{5a8}', '\u{5a9}', '\u{5ab}', '\u{5ac}', '\u{5af}', '\u{5c4}', '\u{610}', '\u{611}',
    '\u{612}', '\u{613}', '\u{614}', '\u{615}', '\u{616}', '\u{617}', '\u{657}', '\u{658}',
];

/// A terminal's way of drawing pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// kitty's, with placeholders in cells.
    Kitty,
    /// iTerm2's inline files.
    Iterm2,
    /// Sixels, as DEC's terminals had them.
    Sixel,
}

/// A picture as the terminal is told it.
#[derive(Debug)]
pub(crate) struct Plate {
    /// Its name to the terminal, 24 bits; given again to another after a while.
    pub(crate) id: u32,
    /// Never given again.
    pub(crate) serial: u64,
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    /// What the terminal is told, but for its name.
    pub(crate) bytes: Vec<u8>,
    /// What is drawn where not all of it can be seen.
    pub(crate) halves: Vec<Halves>,
}

/// The pictures the terminal draws; clones are the same ones. They are hung by whoever makes
/// them and looked at by the backend, each for as long as it takes to copy a pointer.
#[derive(Debug, Clone)]
pub struct Plates {
    protocol: Protocol,
    cell: (u16, u16),
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Debug)]
struct Shelf {
    seed: u32,
    next: u64,
    plates: BTreeMap<u64, Arc<Plate>>,
}

impl Plates {
    pub(crate) fn new(protocol: Protocol, cell: Option<(u16, u16)>, seed: u32) -> Self {
        let cell = cell.filter(|(width, height)| *width > 0 && *height > 0);
        Self {
            protocol,
            cell: cell.unwrap_or(USUAL_CELL),
            shelf: Arc::new(Mutex::new(Shelf {
                seed,
                next: 0,
                plates: BTreeMap::new(),
            })),
        }
    }

    /// How the terminal is told of them.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The pixels of a cell.
    pub(crate) fn cell(&self) -> (u16, u16) {
        self.cell
    }

    /// Hangs a picture up; `None` when it has too many cells to be numbered.
    pub(crate) fn hang(
        &self,
        (columns, rows): (u16, u16),
        halves: Vec<Halves>,
        encode: impl FnOnce(u32) -> Option<Vec<u8>>,
    ) -> Option<Arc<Plate>> {
        if usize::from(columns.max(rows)) > MARKS.len() {
            return None;
        }
        let (id, serial) = {
            let mut state = self.shelf();
            let serial = state.next;
            state.next += 1;
            // Ids come again after 256, when the plate that had one is long gone.
            let low = u32::try_from(serial & 0xff).unwrap_or(0);
            ((state.seed & 0xffff) << 8 | low, serial)
        };
        let plate = Arc::new(Plate {
            id,
            serial,
            columns,
            rows,
            bytes: encode(id)?,
            halves,
        });
        let mut state = self.shelf();
        state.plates.insert(serial, Arc::clone(&plate));
        while state.plates.len() > KEPT {
            state.plates.pop_first();
        }
        Some(plate)
    }

    /// The picture of a name, unless it is gone.
    pub(crate) fn of(&self, id: u32) -> Option<Arc<Plate>> {
        let state = self.shelf();
        state.plates.values().rfind(|plate| plate.id == id).cloned()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // A map cannot be left half changed by a panic elsewhere.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A piece of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) id: u32,
    pub(crate) row: u16,
    pub(crate) column: u16,
}

impl Piece {
    /// Has a cell stand for it.
    pub(crate) fn put(self, cell: &mut Cell) {
        let mark = |nth: u16| MARKS.get(usize::from(nth)).copied().unwrap_or(MARKS[0]);
        let symbol: String = [PLACEHOLDER, mark(self.row), mark(self.column)]
            .iter()
            .collect();
        let [_, r, g, b] = self.id.to_be_bytes();
        cell.set_symbol(&symbol).set_fg(Color::Rgb(r, g, b));
    }

    /// What a cell stands for.
    pub(crate) fn of(cell: &Cell) -> Option<Self> {
        let mut chars = cell.symbol().chars();
        if chars.next() != Some(PLACEHOLDER) {
            return None;
        }
        let mut number = || {
            let mark = chars.next()?;
            let nth = MARKS.iter().position(|known| *known == mark)?;
            u16::try_from(nth).ok()
        };
        let (row, column) = (number()?, number()?);
        match cell.fg {
            Color::Rgb(r, g, b) => Some(Self {
                id: u32::from_be_bytes([0, r, g, b]),
                row,
                column,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::CellWidth as _;

    use super::*;

    fn hang(plates: &Plates) -> Arc<Plate> {
        let hung = plates.hang((2, 2), Vec::new(), |_| Some(Vec::new()));
        hung.unwrap()
    }

    #[test]
    fn a_placeholder_says_what_it_stands_for_and_fills_one_cell() {
        for (row, column) in [(0, 0), (3, 40), (63, 63)] {
            let piece = Piece {
                id: 0x0012_3456,
                row,
                column,
            };
            let mut cell = Cell::default();
            piece.put(&mut cell);
            assert_eq!(Piece::of(&cell), Some(piece));
            assert_eq!(cell.symbol().cell_width(), 1);
        }
        for symbol in ["a", "", "\u{10eeee}", "\u{10eeee}\u{305}", "🎉"] {
            let mut cell = Cell::default();
            cell.set_symbol(symbol).set_fg(Color::Rgb(1, 2, 3));
            assert_eq!(Piece::of(&cell), None, "{symbol:?}");
        }
    }

    #[test]
    fn the_oldest_go_and_no_two_kept_have_one_name() {
        let plates = Plates::new(Protocol::Kitty, None, 0xabcd);
        let first = hang(&plates);
        assert_eq!(first.id, 0x00ab_cd00);
        assert!(plates.of(first.id).is_some());
        for _ in 0..KEPT {
            hang(&plates);
        }
        assert!(plates.of(first.id).is_none());
        for _ in 0..300 {
            hang(&plates);
        }
        let state = plates.shelf();
        let names: std::collections::BTreeSet<u32> =
            state.plates.values().map(|plate| plate.id).collect();
        assert_eq!(names.len(), KEPT);
    }

    #[test]
    fn what_cannot_be_numbered_is_not_hung() {
        let plates = Plates::new(Protocol::Kitty, None, 0);
        let hung = plates.hang((65, 2), Vec::new(), |_| Some(Vec::new()));
        assert!(hung.is_none());
    }
}
