//! Draws the model. Nothing here changes anything or asks anything but the model.

use ratatui::Frame;

use crate::tui::{
    app::{model::Model, panes, statusbar},
    chat,
    popups::{self, notice_row},
    text::width::{LEAST, width},
};

/// Draws one frame of what [`Model::prepare`] laid out.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    if let Some(stage) = &model.stage {
        return model.draw_stage(stage, frame);
    }
    let area = frame.area();
    let layout = &model.layout;
    frame.buffer_mut().set_style(area, model.ui.styles.base);
    if layout.too_small || layout.area != area {
        ask_for_room(model, frame);
        return;
    }
    if let Some(part) = &layout.phone {
        panes::draw_phone(model, |pane| chat::pane::draw(pane, part, frame));
    }
    if let Some(part) = &layout.inspector {
        panes::draw_inspector(model, part, frame);
    }
    statusbar::draw(model, frame.buffer_mut());
    // What has the keyboard lies on top, but for the row that tells what came of it.
    popups::draw(&model.popups, &model.scene(), frame);
    notice_row::draw(&model.notices, &model.ui, model.notice_row(), frame);
    if model.is_private {
        model.cover_private(frame.buffer_mut());
    }
}

/// One line in the middle of a screen nothing fits on.
fn ask_for_room(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.is_empty() {
        return;
    }
    let (columns, rows) = LEAST;
    let text = format!(
        "handset needs {columns}×{rows}, this is {}×{}",
        area.width, area.height
    );
    let room = usize::from(area.width);
    let indent = u16::try_from(room.saturating_sub(width(&text)) / 2).unwrap_or(0);
    frame.buffer_mut().set_stringn(
        area.x + indent,
        area.y + area.height / 2,
        text,
        room,
        model.ui.styles.base,
    );
}
