//! While somebody writes into the composer, the rest of the screen is neither laid out nor drawn
//! again: its cells stay on the terminal as the last whole frame has them.

use ratatui::{Terminal, backend::Backend, buffer::Buffer, layout::Rect};

use crate::tui::{
    app::{model::Model, panes, view::view},
    chat::{
        layout::Parts,
        pane::{Pane, draw_composer},
    },
};

/// What the next frame has to draw anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stale {
    /// Nothing: there is no need for a frame.
    Nothing,
    /// The rows of the phone's composer and the cursor.
    Composer,
    /// Everything.
    #[default]
    All,
}

impl Stale {
    /// Everything where something changed, else nothing.
    pub(crate) fn all_if(changed: bool) -> Self {
        if changed { Self::All } else { Self::Nothing }
    }
}

/// What was drawn last, as far as the composer goes.
#[derive(Debug, Default)]
pub(crate) struct KeptFrame {
    /// Where the last whole frame was drawn.
    area: Rect,
    /// The rows of the composer as that frame has them. The terminal compares the next whole frame
    /// with it.
    whole: Buffer,
    /// The same rows as they are on the screen.
    shown: Buffer,
}

impl KeptFrame {
    /// Lays the model out and draws it, as far as it is stale.
    pub(crate) fn draw<B: Backend>(
        &mut self,
        terminal: &mut Terminal<B>,
        model: &mut Model,
        stale: Stale,
    ) -> Result<(), B::Error> {
        if stale < Stale::All
            && let Some(parts) = model.prepare_composer(self.area)
            && parts.composer_rows() == self.shown.area
        {
            return self.draw_composer(terminal.backend_mut(), model, &parts);
        }
        if self.shown != self.whole && Rect::from(terminal.size()?) == self.area {
            let changed = self.shown.diff(&self.whole);
            terminal.backend_mut().draw(changed.into_iter())?;
        }
        let frame = terminal.draw(|frame| {
            model.prepare(frame.area());
            view(model, frame);
        })?;
        self.area = frame.area;
        let rows = model.layout.phone.map(|parts| parts.composer_rows());
        self.whole = Buffer::empty(rows.unwrap_or_default());
        for (position, cell) in self.whole.area.positions().zip(&mut self.whole.content) {
            cell.clone_from(&frame.buffer[position]);
        }
        self.shown.clone_from(&self.whole);
        Ok(())
    }

    fn draw_composer<B: Backend>(
        &mut self,
        backend: &mut B,
        model: &Model,
        parts: &Parts,
    ) -> Result<(), B::Error> {
        let mut next = Buffer::empty(self.shown.area);
        next.set_style(next.area, model.ui.styles.base);
        let cursor = if let Some(stage) = &model.stage {
            model.draw_stage_composer(stage, &mut next)
        } else {
            let draw = |pane: &Pane<'_>| draw_composer(pane, parts, &mut next);
            panes::draw_phone(model, draw)
        };
        backend.draw(self.shown.diff(&next).into_iter())?;
        if let Some(cursor) = cursor {
            backend.show_cursor()?;
            backend.set_cursor_position(cursor)?;
        }
        backend.flush()?;
        self.shown = next;
        Ok(())
    }
}
