//! Pictures the terminal draws, on their way from placeholders in cells to the
//! terminal.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    sync::Arc,
};

use ratatui::{buffer::Cell, style::Color};

use crate::tui::terminal::images::plates::{Piece, Plate, Plates, Protocol};

/// Where a picture's upper left corner is, and which picture it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    serial: u64,
    x: u16,
    y: u16,
}

/// The pictures on the terminal.
pub(crate) struct Wall {
    plates: Plates,
    /// The pictures kitty has, by their names.
    known: BTreeMap<u32, u64>,
    /// The pictures the others show whole.
    placed: BTreeMap<u32, Place>,
}

/// What to write before the cells of a frame and after them.
#[derive(Debug, Default)]
pub(crate) struct Around {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

impl Wall {
    pub(crate) fn new(plates: Plates) -> Self {
        Self {
            plates,
            known: BTreeMap::new(),
            placed: BTreeMap::new(),
        }
    }

    /// The terminal was cleared, and may have lost what it had.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.placed.clear();
    }

    /// Turns the placeholders among the cells of a frame into what the terminal takes. `rows` is
    /// what stands on the screen with them; `cell` are the pixels of a cell now, if known.
    pub(crate) fn hang(
        &mut self,
        drawn: &mut [(u16, u16, Cell)],
        rows: &[Vec<Cell>],
        cell: Option<(u16, u16)>,
    ) -> Around {
        let mut around = Around::default();
        let mut touched = BTreeSet::new();
        for (_, _, cell) in drawn {
            let Some(piece) = Piece::of(cell) else {
                continue;
            };
            touched.insert(piece.id);
            match self.plates.of(piece.id) {
                Some(plate) if self.plates.protocol() == Protocol::Kitty => {
                    if self.known.insert(plate.id, plate.serial) != Some(plate.serial) {
                        around.before.extend_from_slice(&plate.bytes);
                    }
                }
                Some(plate) => {
                    let index = usize::from(piece.row) * usize::from(plate.columns)
                        + usize::from(piece.column);
                    cell.fg = Color::Reset;
                    plate
                        .halves
                        .get(index)
                        .copied()
                        .unwrap_or_default()
                        .put(cell);
                }
                None => {
                    cell.set_symbol(" ").set_fg(Color::Reset);
                }
            }
        }
        let is_scaled = cell.is_none_or(|cell| cell == self.plates.cell());
        let over = match self.plates.protocol() {
            Protocol::Kitty => return around,
            Protocol::Iterm2 => true,
            // Another size of letters makes these too large or too small.
            Protocol::Sixel => is_scaled,
        };
        if touched.is_empty() && self.placed.is_empty() {
            return around;
        }
        let whole = if over {
            self.whole(rows)
        } else {
            BTreeMap::new()
        };
        for (id, (plate, place)) in &whole {
            if touched.contains(id) || self.placed.get(id) != Some(place) {
                let (row, column) = (u32::from(place.y) + 1, u32::from(place.x) + 1);
                // Writing to memory cannot fail.
                let _ = write!(around.after, "\x1b[{row};{column}H");
                around.after.extend_from_slice(&plate.bytes);
            }
        }
        self.placed = whole
            .into_iter()
            .map(|(id, (_, place))| (id, place))
            .collect();
        around
    }

    /// The pictures all of whose pieces are on the screen, each at its place.
    fn whole(&self, rows: &[Vec<Cell>]) -> BTreeMap<u32, (Arc<Plate>, Place)> {
        // How many pieces of a picture stand as they do when its corner is there.
        let mut pieces: BTreeMap<(u32, u16, u16), usize> = BTreeMap::new();
        for (y, row) in (0..).zip(rows) {
            for (x, cell) in (0..).zip(row) {
                let corner = Piece::of(cell).and_then(|piece| {
                    let (x, y): (u16, u16) = (x, y);
                    Some((
                        piece.id,
                        x.checked_sub(piece.column)?,
                        y.checked_sub(piece.row)?,
                    ))
                });
                if let Some(corner) = corner {
                    *pieces.entry(corner).or_default() += 1;
                }
            }
        }
        let mut whole = BTreeMap::new();
        for ((id, x, y), count) in pieces {
            if let Some(plate) = self.plates.of(id)
                && count == usize::from(plate.columns) * usize::from(plate.rows)
            {
                let serial = plate.serial;
                whole.insert(id, (plate, Place { serial, x, y }));
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests;
