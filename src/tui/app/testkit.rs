//! For tests of the screen: a model with nothing on it, and a frame read back.

use ratatui::{Terminal, backend::TestBackend};

use crate::{
    config::personas,
    tui::{
        agent::WorkspaceSettings,
        app::{model::Model, settings::Settings, view::view},
    },
};

/// A model with the clock at the epoch.
pub(crate) fn model() -> Model {
    Model::new(Settings {
        personas: personas::embedded(),
        account: "55512300".into(),
        workspace: WorkspaceSettings::none("give the profile a [login]"),
        ..Settings::default()
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
