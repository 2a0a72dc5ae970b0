//! What is looked for in a conversation, as drawn in the place of its composer.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::tui::{
    chat::find::Find,
    commands::keys::Action,
    text::{
        field,
        width::{elided, width},
    },
    theme::ui::Ui,
};

/// What stands before the words that are looked for.
const LABEL: &str = "find: ";

/// The field as it is drawn.
pub(crate) struct FindField<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) find: &'a Find,
    /// Whether the keyboard writes in it.
    pub(crate) has_keys: bool,
    /// What it stands on.
    pub(crate) ground: Style,
    /// Where the draft would stand, without its prompt.
    pub(crate) area: Rect,
}

impl FindField<'_> {
    /// Draws the words and how looking for them stands.
    pub(crate) fn draw(&self, frame: &mut Frame<'_>) {
        let styles = &self.ui.styles;
        let Rect {
            y, width: columns, ..
        } = self.area;
        let left = self.area.x.saturating_sub(2);
        let buffer = frame.buffer_mut();
        buffer.set_stringn(left, y, LABEL, usize::from(columns), styles.accent);
        let (next, back) = (self.ui.shown(Action::Choose), self.ui.shown(Action::Back));
        let state = self.find.state(&next, &back);
        let taken = u16::try_from(width(&state))
            .unwrap_or(columns)
            .min(columns / 2);
        let x = self.area.right() - taken;
        let state = elided(&state, usize::from(taken));
        buffer.set_stringn(x, y, state, usize::from(taken), styles.muted);
        let label = u16::try_from(width(LABEL)).unwrap_or(0);
        let spot = Rect::new(left + label, y, x.saturating_sub(left + label + 1), 1);
        if self.has_keys {
            field::draw_row(&self.find.field, spot, self.ground, frame);
        } else {
            let room = usize::from(spot.width);
            let text = elided(self.find.field.text(), room);
            buffer.set_stringn(spot.x, y, text, room, styles.muted);
        }
    }
}
