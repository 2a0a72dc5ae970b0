//! Frames on a real terminal: whole, in one write, and aligned even where the
//! terminal counts the cells of a character differently.
//!
//! Terminals disagree about emoji with modifiers, joiners and variation
//! selectors. One that counts fewer cells leaves old content beside the glyph,
//! one that counts more writes over its neighbours. So a row that holds such a
//! glyph, or has just lost one, is written anew from left to right, each glyph
//! onto blanks and everything behind it at its own column.
//!
//! A multiplexer keeps a screen of its own and draws it on the terminal as it
//! counts; there such glyphs are written in a [`Glyphs::Simple`] form.

mod few;
pub(crate) mod link;
mod plates;

use std::{
    collections::BTreeSet,
    io::{self, BufWriter, Stdout, Write},
    ops::RangeInclusive,
};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    terminal::{self, BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::{Cell, CellDiffOption, CellWidth},
    layout::{Position, Size},
};

use crate::tui::{
    terminal::{
        backend::plates::{Around, Wall},
        images::plates::{Piece, Plates},
    },
    theme::styles::Depth,
};

/// Bytes of a frame gathered before they are written.
const FRAME_BYTES: usize = 64 * 1024;

/// How glyphs of several code points are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// As they came.
    #[default]
    Whole,
    /// Without skin tones, variation selectors, keycaps and flags, on whose cells multiplexers and
    /// the terminals they run in do not agree.
    Simple,
}

impl Glyphs {
    /// What the environment asks for: whether `TMUX` is set, and what `TERM` holds.
    pub fn named(tmux: bool, term: &str) -> Self {
        if tmux || term.starts_with("tmux") || term.starts_with("screen") {
            Self::Simple
        } else {
            Self::Whole
        }
    }
}

/// Asks for the colourful form of a pictograph, which is wider than the plain one.
const VARIATION: char = '\u{fe0f}';

/// Draws a key around the digit before it.
const KEYCAP: char = '\u{20e3}';

/// Makes one glyph of two.
const JOINER: char = '\u{200d}';

/// Colour the skin of the glyph before them, or stand for themselves.
const SKIN_TONES: RangeInclusive<char> = '\u{1f3fb}'..='\u{1f3ff}';

/// Two of them make a flag; alone some terminals give them two cells each.
const FLAG_LETTERS: RangeInclusive<char> = '\u{1f1e6}'..='\u{1f1ff}';

/// A terminal whose frames appear whole.
pub struct Screen<W: Write> {
    inner: CrosstermBackend<BufWriter<W>>,
    /// Whether a synchronized update has begun.
    begun: bool,
    glyphs: Glyphs,
    /// Whether the terminal has no more than sixteen colours.
    has_few: bool,
    /// What stands on each row, as far as it was drawn since the last clearing.
    rows: Vec<Vec<Cell>>,
    /// How large the terminal is, where it cannot be asked.
    size: Option<Size>,
    /// The pictures, where the terminal draws them.
    wall: Option<Wall>,
}

impl Screen<Stdout> {
    /// The program's own terminal.
    pub fn stdout(glyphs: Glyphs) -> Self {
        Self::new(io::stdout(), glyphs)
    }
}

impl<W: Write> Screen<W> {
    /// A terminal behind a writer.
    pub fn new(writer: W, glyphs: Glyphs) -> Self {
        Self {
            inner: CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, writer)),
            begun: false,
            glyphs,
            has_few: false,
            rows: Vec::new(),
            size: None,
            wall: None,
        }
    }

    /// The same with pictures the terminal draws itself.
    pub fn with_plates(mut self, plates: Plates) -> Self {
        self.wall = Some(Wall::new(plates));
        self
    }

    /// The same for a terminal of so many colours.
    pub fn with_depth(mut self, depth: Depth) -> Self {
        self.has_few = matches!(depth, Depth::None | Depth::Eight | Depth::Sixteen);
        self
    }

    /// The same of a terminal that is no terminal, of so many columns and rows.
    pub fn of_size(mut self, size: (u16, u16)) -> Self {
        self.size = Some(Size::from(size));
        self
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        Ok(())
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.begin()?;
        // The cursor must not be seen running over the screen.
        queue!(self.inner, Hide)?;
        let mut drawn: Vec<(u16, u16, Cell)> = Vec::new();
        let mut uncertain = BTreeSet::new();
        for (x, y, cell) in content {
            let known = cells_of(&mut self.rows, y, x);
            if is_uncertain(&known[usize::from(x)]) || is_uncertain(cell) {
                uncertain.insert(y);
            }
            known[usize::from(x)].clone_from(cell);
            drawn.push((x, y, cell.clone()));
        }
        let touched: BTreeSet<u16> = drawn.iter().map(|(_, y, _)| *y).collect();
        for y in touched {
            let row = self.rows.get(usize::from(y));
            if row.is_some_and(|row| row.iter().any(is_uncertain)) {
                uncertain.insert(y);
            }
        }
        drawn.retain(|(_, y, _)| !uncertain.contains(y));
        for y in uncertain {
            if let Some(row) = self.rows.get_mut(usize::from(y)) {
                rewritten(row, y, &mut drawn);
            }
        }
        let mut around = Around::default();
        if let Some(wall) = &mut self.wall {
            let cell = terminal::window_size()
                .ok()
                .and_then(|size| cell_pixels(&size));
            around = wall.hang(&mut drawn, &self.rows, cell);
        }
        if self.glyphs == Glyphs::Simple {
            for (_, _, cell) in &mut drawn {
                let (uri, glyph) = link::split(cell.symbol());
                if let Some(simple) = simplified(glyph) {
                    let whole = uri.map(|uri| link::wrapped(uri, &simple));
                    cell.set_symbol(whole.as_deref().unwrap_or(&simple));
                }
            }
        }
        if self.has_few {
            link::drop_all(&mut drawn);
        } else {
            link::join(&mut drawn);
        }
        self.inner.write_all(&around.before)?;
        let cells = drawn.iter().map(|(x, y, cell)| (*x, *y, cell));
        if self.has_few {
            few::draw(cells, &mut self.inner)?;
        } else {
            self.inner.draw(cells)?;
        }
        self.inner.write_all(&around.after)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        queue!(self.inner, Hide)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        queue!(self.inner, Show)
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        queue!(self.inner, MoveTo(x, y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.begin()?;
        if clear_type == ClearType::All {
            self.rows.clear();
            if let Some(wall) = &mut self.wall {
                wall.forget();
            }
        }
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.size.map_or_else(|| self.inner.size(), Ok)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.begun {
            self.begun = false;
            queue!(self.inner, EndSynchronizedUpdate)?;
        }
        Backend::flush(&mut self.inner)
    }
}

/// The cells of a row, as many as reach a column.
fn cells_of(rows: &mut Vec<Vec<Cell>>, y: u16, x: u16) -> &mut Vec<Cell> {
    let (y, x) = (usize::from(y), usize::from(x));
    if rows.len() <= y {
        rows.resize_with(y + 1, Vec::new);
    }
    let row = &mut rows[y];
    if row.len() <= x {
        row.resize_with(x + 1, Cell::default);
    }
    row
}

/// The pixels of a cell, where the system knows them.
pub fn cell_pixels(size: &terminal::WindowSize) -> Option<(u16, u16)> {
    let width = size.width.checked_div(size.columns)?;
    let height = size.height.checked_div(size.rows)?;
    (width > 0 && height > 0).then_some((width, height))
}

/// Whether terminals may count its cells differently: several code points in one glyph, or a
/// pictograph, of which older terminals do not know the newer ones.
fn is_uncertain(cell: &Cell) -> bool {
    if Piece::of(cell).is_some() {
        // A piece of a picture: made for terminals that count it as one cell, or replaced.
        return false;
    }
    let mut chars = link::split(cell.symbol()).1.chars();
    let first = chars.next();
    chars.next().is_some() || first.is_some_and(|c| c >= '\u{1f000}')
}

/// The form of a glyph that multiplexers and terminals count alike; `None` when it is so already.
///
/// Its cells may be fewer than ratatui's, never more: the rest of them are blank. Flags become the
/// letters they are made of. Half-width kana with their marks and joined people are counted alike
/// and stay.
fn simplified(symbol: &str) -> Option<String> {
    if symbol.starts_with(|c| FLAG_LETTERS.contains(&c)) {
        let letters = symbol.chars().map_while(|c| {
            let nth = u32::from(c).checked_sub(u32::from(*FLAG_LETTERS.start()))?;
            char::from_digit(nth + 10, 36)
        });
        return Some(letters.collect::<String>().to_uppercase());
    }
    let disputed = |c: char| matches!(c, VARIATION | KEYCAP) || SKIN_TONES.contains(&c);
    let mut chars = symbol.chars();
    let first = chars.next()?;
    if !chars.clone().any(disputed) {
        return None;
    }
    let mut simple = String::from(first);
    // What is narrow without its variation selector stays narrow whatever is joined to it, but
    // only in a multiplexer.
    let narrow = simple.as_str().cell_width() < symbol.cell_width();
    simple.extend(
        chars
            .filter(|c| !disputed(*c))
            .take_while(|c| !(narrow && *c == JOINER)),
    );
    Some(simple)
}

/// Adds all cells of a row: blanks under each uncertain glyph, then the glyph, then what follows.
fn rewritten(row: &mut [Cell], y: u16, drawn: &mut Vec<(u16, u16, Cell)>) {
    let mut x = 0;
    while x < row.len() {
        let cell = row[x].clone();
        let wide = usize::from(cell.cell_width()).max(1);
        let column = |x: usize| u16::try_from(x).unwrap_or(u16::MAX);
        if is_uncertain(&cell) {
            let mut blank = cell.clone();
            blank.set_symbol(" ").set_diff_option(CellDiffOption::None);
            for under in x..x + wide {
                drawn.push((column(under), y, blank.clone()));
            }
        }
        drawn.push((column(x), y, cell));
        // What a wide glyph hides is not drawn, and what stood there is gone.
        for hidden in row.iter_mut().skip(x + 1).take(wide - 1) {
            hidden.reset();
        }
        x += wide;
    }
}

#[cfg(test)]
mod tests;
