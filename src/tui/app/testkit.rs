//! For tests of the screen: a model with nothing on it, and a frame read back.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};

use crate::{
    config::personas,
    domain::time::Timestamp,
    tui::{
        app::{
            model::{Model, Settings},
            view::view,
        },
        commands::keys::Keymap,
        terminal::images::Art,
        theme::{palette, styles::Depth},
    },
};

/// A model with the clock at the epoch.
pub(crate) fn model() -> Model {
    Model::new(Settings {
        themes: palette::embedded(),
        personas: personas::embedded(),
        account: "55512300".into(),
        keymap: Keymap::plain(),
        depth: Depth::True,
        art: Art::Blocks,
        zone: TimeZone::UTC,
        clock: Arc::new(|| Timestamp(0)),
        mouse: true,
        notices: Vec::new(),
        capture_mouse: Arc::new(|_| Ok(())),
        copy: Arc::new(|_| Ok(crate::tui::terminal::clipboard::Copied::Clipboard)),
        chairs: crate::tui::agent::Chairs::none("give the profile a [login]"),
    })
}

/// Draws a model as the loop does and gives the rows back.
pub(crate) fn drawn(model: &mut Model, columns: u16, rows: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| {
            model.prepare(frame.area());
            view(model, frame);
        })
        .unwrap();
    model.after_frame();
    let buffer = terminal.backend().buffer();
    buffer
        .content
        .chunks(usize::from(columns).max(1))
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}
