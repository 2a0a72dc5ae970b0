//! The phone: nothing on it that a consumer would not see.

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::{line::Line, text::SafeText},
    tui::{
        chat::{
            brush::Brush,
            bubble::Look,
            conversation::Conversation,
            draft,
            find_field::FindField,
            greeting, header,
            layout::Parts,
            phone::Phone,
            scenario::{self, RunningScenario},
            tabs, typing,
        },
        commands::{keys::Action, slash::Completion},
        theme::{lines::centred, styles::Styles, ui::Ui},
    },
};

/// What the phone's pane is drawn from.
pub(crate) struct Pane<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) phone: &'a Phone,
    /// All phones in the order of their tabs.
    pub(crate) tabs: Vec<&'a Phone>,
    /// What the skill of its conversation is called; `None` where nobody knows.
    pub(crate) skill_name: Option<&'a SafeText>,
    /// The scenario that is played on it.
    pub(crate) scenario: Option<&'a RunningScenario>,
    /// Whether the keyboard is in this pane, and whether it writes here.
    pub(crate) focused: bool,
    pub(crate) has_keys: bool,
    /// Whether what is looked for is written here.
    pub(crate) finds: bool,
    /// The ways to go on with the draft.
    pub(crate) offered: Vec<Completion>,
    /// How a line stands out.
    pub(crate) look: &'a dyn Fn(&Line) -> Look,
}

/// Draws the phone.
pub(crate) fn draw(pane: &Pane<'_>, parts: &Parts, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    if !parts.tabs.is_empty() {
        let (here, styles) = (pane.phone.id(), &pane.ui.styles);
        tabs::draw(&pane.tabs, here, styles, parts.tabs, buffer);
    }
    header::draw(pane, parts.header, buffer);
    if let Some(run) = pane.scenario {
        scenario::draw(run, pane.ui, parts.scenario, buffer);
    }
    let (phone, place) = (pane.phone, (pane.ui, parts.transcript));
    if phone.chat.lines.len() == 0 && phone.past().is_none() {
        greeting::draw(pane, parts.transcript, buffer);
    } else {
        draw_transcript(&phone.chat, pane.look, "Nothing was said.", place, frame);
    }
    draw_divider(pane, parts, frame.buffer_mut());
    if let Some(find) = &pane.phone.chat.find {
        let buffer = frame.buffer_mut();
        find.mark(parts.transcript, &pane.ui.styles, buffer);
        buffer.set_style(parts.composer_rows(), composer_ground(&pane.ui.styles));
        let field = FindField {
            ui: pane.ui,
            find,
            has_keys: pane.finds,
            ground: composer_ground(&pane.ui.styles),
            area: parts.composer,
        };
        return field.draw(frame);
    }
    if let Some(cursor) = draw_composer(pane, parts, frame.buffer_mut()) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws what stands between the lines and the composer: who is typing, and the warning that real
/// people are there.
fn draw_divider(pane: &Pane<'_>, parts: &Parts, buffer: &mut Buffer) {
    let styles = &pane.ui.styles;
    let row = parts.divider;
    if pane.phone.is_production() {
        buffer.set_style(row, styles.alarm);
        let line = "━".repeat(usize::from(row.width));
        buffer.set_stringn(row.x, row.y, line, usize::from(row.width), styles.alarm);
    } else if !styles.has_colours() {
        let line = "─".repeat(usize::from(row.width));
        buffer.set_stringn(row.x, row.y, line, usize::from(row.width), styles.border);
    }
    if let Some(name) = &pane.phone.typing {
        let is_alarm = pane.phone.is_production() && parts.typing == row;
        let style = if is_alarm { styles.alarm } else { styles.muted };
        typing::draw(&name.one_line(), styles, style, parts.typing, buffer);
    }
}

/// What is behind the composer.
fn composer_ground(styles: &Styles) -> Style {
    if styles.has_colours() {
        styles.raised
    } else {
        styles.base
    }
}

/// Draws the composer alone; tells where the cursor is, if it has the keyboard.
pub(crate) fn draw_composer(
    pane: &Pane<'_>,
    parts: &Parts,
    buffer: &mut Buffer,
) -> Option<(u16, u16)> {
    let styles = &pane.ui.styles;
    let ground = composer_ground(styles);
    buffer.set_style(parts.composer_rows(), ground);
    let back = || pane.ui.shown(Action::Back);
    let hint = match (pane.phone.past(), pane.phone.replaying) {
        (Some(_), _) => format!("read-only · {} goes back", back()),
        (None, Some((said, total))) => {
            format!("saying it again: {said} of {total} · {} stops", back())
        }
        (None, None) => "Write a message".to_owned(),
    };
    let view = draft::View {
        styles,
        ground,
        composer: &pane.phone.chat.composer,
        has_keys: pane.has_keys,
        is_note: false,
        hint: &hint,
        offered: &pane.offered,
        area: parts.composer,
        divider: parts.divider,
        transcript: parts.transcript,
    };
    draft::draw(&view, buffer)
}

/// Draws the lines of a conversation, or that there are none.
pub(crate) fn draw_transcript(
    chat: &Conversation,
    look: impl Fn(&Line) -> Look,
    empty: &str,
    (ui, area): (&Ui, Rect),
    frame: &mut Frame<'_>,
) {
    if chat.lines.len() == 0 {
        let row = Rect {
            y: area.y + area.height / 2,
            height: 1,
            ..area
        };
        centred(empty, row, ui.styles.muted, frame);
    }
    let mut brush = Brush {
        buffer: frame.buffer_mut(),
        styles: &ui.styles,
        zone: &ui.zone,
    };
    chat.transcript.draw(&chat.lines, look, &mut brush);
}
