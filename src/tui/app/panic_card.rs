//! What the terminal shows while it is shut, as the bytes that draw it on a blank screen.

use ratatui::{
    backend::{Backend as _, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};

use crate::tui::app::model::Model;

/// The card of the brand on stage; black where there is none.
pub(crate) fn bytes(_model: &Model, area: Rect) -> Vec<u8> {
    let card = Buffer::empty(area);
    let mut bytes = Vec::new();
    let blank = Buffer::empty(area);
    // Writing to memory cannot fail.
    let _ = CrosstermBackend::new(&mut bytes).draw(blank.diff(&card).into_iter());
    bytes
}
