//! What lines are drawn with.

use jiff::tz::TimeZone;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::theme::styles::Styles;

/// What drawing needs besides the place.
pub(crate) struct Brush<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) styles: &'a Styles,
    pub(crate) zone: &'a TimeZone,
}

impl Brush<'_> {
    /// Writes a text on the first row of `spot`, so many columns in, and never beyond it.
    pub(crate) fn text(&mut self, spot: Rect, indent: usize, text: &str, style: Style) {
        let indent = u16::try_from(indent).unwrap_or(u16::MAX);
        let room = spot.width.saturating_sub(indent);
        if room == 0 || spot.height == 0 {
            return;
        }
        self.buffer
            .set_stringn(spot.x + indent, spot.y, text, usize::from(room), style);
    }
}
