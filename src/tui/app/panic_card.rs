//! What the terminal shows while it is shut, as the bytes that draw it on a blank screen.

use ratatui::{
    backend::{Backend as _, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};

use crate::tui::{app::model::Model, stage::draw::draw_splash};

/// The card of the brand on stage; nothing where no brand is.
pub(crate) fn bytes(model: &Model, area: Rect) -> Vec<u8> {
    let mut card = Buffer::empty(area);
    if let Some(stage) = &model.stage {
        draw_splash(stage, &stage.pack.card.text, area, &mut card);
    }
    let mut bytes = Vec::new();
    let blank = Buffer::empty(area);
    // Writing to memory cannot fail.
    let _ = CrosstermBackend::new(&mut bytes).draw(blank.diff(&card).into_iter());
    bytes
}
