//! A file that may be sent: what it is in words, and its picture as far as there is room for it.

use std::{fmt::Write as _, path::PathBuf};

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::text::SafeText,
    media::{attach, facts::Facts},
    tui::{
        popups::file::size,
        terminal::images::gallery::{CardPicture, Gallery},
        text::width::elided,
        theme::styles::Styles,
    },
};

/// The largest file of which a picture is drawn, in bytes.
const LARGEST: u64 = 5 * 1024 * 1024;
/// The most rows of its picture.
const MOST_ROWS: u16 = 12;

/// A file that may be sent.
#[derive(Debug)]
pub(crate) struct UnsentFile {
    pub(crate) path: PathBuf,
    pub(crate) facts: Facts,
    picture: CardPicture,
    /// The columns and rows its picture may take.
    room: (u16, u16),
}

impl UnsentFile {
    /// A file of which no picture was asked for yet.
    pub(crate) fn new(path: PathBuf, facts: Facts) -> Self {
        Self {
            path,
            facts,
            picture: CardPicture::Absent,
            room: (0, 0),
        }
    }

    /// Its name and what it is, a row each, and what the cloud will object to.
    pub(crate) fn described(&self) -> Vec<String> {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        let name = SafeText::clean(&name.to_string_lossy());
        let mut facts = format!("{} · {}", self.facts.file_type, size(self.facts.bytes));
        if let (Some(width), Some(height)) = (self.facts.width, self.facts.height) {
            // Writing into a string cannot fail.
            let _ = write!(facts, " · {width}×{height}");
        }
        if self.facts.animated {
            facts.push_str(" · animated");
        }
        if let CardPicture::Failed(why) = &self.picture {
            let _ = write!(facts, " · not drawn: {why}");
        }
        let objections = attach::objections(&self.facts);
        let objections = objections.iter().map(|why| format!("✗ {why}"));
        [name.one_line(), facts]
            .into_iter()
            .chain(objections)
            .collect()
    }

    /// The rows its picture takes; 0 where none is drawn.
    pub(crate) fn picture_rows(&self) -> u16 {
        match &self.picture {
            CardPicture::Drawn(picture) => picture.rows(),
            // As many as it will take, so that nothing moves when it is there.
            CardPicture::Coming => self.rows_to_come().unwrap_or(0),
            _ => 0,
        }
    }

    fn rows_to_come(&self) -> Option<u16> {
        let (width, height) = (self.facts.width?, self.facts.height?);
        let [width, height] = [width, height].map(u64::from);
        let (columns, rows) = self.room;
        let shrunk = if width > u64::from(columns) {
            height * u64::from(columns) / width
        } else {
            height
        };
        u16::try_from(shrunk.div_ceil(2).min(u64::from(rows))).ok()
    }

    /// Asks for its picture, at most so large; what is no picture, or too large a file, has none.
    pub(crate) fn prepare(&mut self, columns: u16, rows: u16, gallery: &Gallery) {
        self.room = (columns, rows.min(MOST_ROWS));
        let is_picture = self.facts.width.is_some() && self.facts.bytes <= LARGEST;
        self.picture = if is_picture {
            let (columns, rows) = self.room;
            gallery.unsent_picture(&self.path, self.facts.bytes, columns, rows)
        } else {
            CardPicture::Absent
        };
    }

    /// Draws its picture from the upper left corner of an area on.
    pub(crate) fn draw_picture(&self, area: Rect, buffer: &mut Buffer) {
        if let CardPicture::Drawn(picture) = &self.picture {
            for (row, y) in (0..picture.rows()).zip(area.y..area.bottom()) {
                picture.draw_row(
                    row,
                    Rect {
                        y,
                        height: 1,
                        ..area
                    },
                    buffer,
                );
            }
        }
    }

    /// Draws what it is in words; gives the rows that took.
    pub(crate) fn draw_words(&self, area: Rect, styles: &Styles, buffer: &mut Buffer) -> u16 {
        let room = usize::from(area.width);
        let rows = self.described();
        for ((at, row), y) in rows.iter().enumerate().zip(area.y..area.bottom()) {
            let style = match at {
                0 => styles.strong,
                1 => styles.muted,
                _ => styles.bad,
            };
            buffer.set_stringn(area.x, y, elided(row, room), room, style);
        }
        u16::try_from(rows.len()).unwrap_or(u16::MAX)
    }
}
