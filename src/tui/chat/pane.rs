//! The phone: nothing on it that a consumer would not see.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Block,
};

use crate::{
    domain::{item::Item, text::SafeText},
    engine::update::Phase,
    tui::{
        chat::{brush::Brush, bubble::Look, draft as composer, layout::Parts, phone::Phone, tabs},
        commands::{keys::Action, slash::Completion},
        text::{clock, width::elided},
        theme::{
            lines::{centred, rule},
            ui::Ui,
        },
    },
};

/// Text from outside as it may stand in one row.
fn one_row(text: &SafeText) -> String {
    text.one_line()
}

/// What the phone's pane is drawn from.
pub(crate) struct Pane<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) phone: &'a Phone,
    /// All phones in the order of their tabs.
    pub(crate) tabs: Vec<&'a Phone>,
    /// Whether the keyboard is in this pane, and whether it writes here.
    pub(crate) focused: bool,
    pub(crate) has_keys: bool,
    /// The ways to go on with the draft.
    pub(crate) offered: Vec<Completion>,
    /// How a line stands out.
    pub(crate) look: &'a dyn Fn(&Item) -> Look,
}

/// Draws the phone.
pub(crate) fn draw(pane: &Pane<'_>, parts: &Parts, frame: &mut Frame<'_>) {
    let styles = &pane.ui.styles;
    let focused = pane.focused;
    let border = if pane.phone.is_production() {
        styles.bad
    } else if focused {
        styles.focused
    } else {
        styles.border
    };
    let room = usize::from(parts.frame.width).saturating_sub(4);
    let title = elided(&title(pane), room).into_owned();
    let title_style = if focused { styles.accent } else { styles.title };
    let block = Block::bordered()
        .border_style(border)
        .title(Line::from(Span::styled(title, title_style)));
    frame.render_widget(block, parts.frame);
    if !parts.tabs.is_empty() {
        tabs::draw(
            &pane.tabs,
            pane.phone.thread,
            &pane.ui.styles,
            parts.tabs,
            frame.buffer_mut(),
        );
    }
    draw_agent(pane, parts.agent, frame);
    if pane.phone.chat.lines.len() == 0 {
        let text = "Nothing was said yet. Write the first message below.";
        let row = Rect {
            y: parts.transcript.y + parts.transcript.height / 2,
            height: 1,
            ..parts.transcript
        };
        centred(text, row, styles.muted, frame);
    }
    let mut brush = Brush {
        buffer: frame.buffer_mut(),
        styles,
        zone: &pane.ui.zone,
    };
    pane.phone
        .chat
        .transcript
        .draw(&pane.phone.chat.lines, |item| (pane.look)(item), &mut brush);
    rule(parts.divider, border, frame);
    composer::draw(pane, parts, frame);
}

fn title(pane: &Pane<'_>) -> String {
    if let Some(past) = &pane.phone.past {
        let began = clock::moment(past.began, &pane.ui.zone);
        return format!(" {} · {began} · read-only ", one_row(&past.consumer));
    }
    match &pane.phone.head {
        None => " Handset ".to_owned(),
        Some(head) => {
            let sandbox = match (head.sandbox, head.production) {
                (true, _) => " (sandbox)",
                (false, true) => " ─ PRODUCTION",
                (false, false) => "",
            };
            let (consumer, brand) = (one_row(&head.consumer), one_row(&head.brand));
            format!(" Handset ─ {consumer} ▸ {brand}{sandbox} ")
        }
    }
}

/// Who is on the other side and what they do.
fn draw_agent(pane: &Pane<'_>, row: Rect, frame: &mut Frame<'_>) {
    let styles = &pane.ui.styles;
    if pane.phone.past.is_some() {
        let key = pane.ui.shown(Action::Back);
        let text = format!("a conversation of the past · {key} goes back");
        return centred(&text, row, styles.muted, frame);
    }
    let agent = pane
        .phone
        .head
        .as_ref()
        .and_then(|head| head.agent.as_ref());
    let phase = pane.phone.head.as_ref().map(|head| head.phase);
    let talked = pane
        .phone
        .head
        .as_ref()
        .is_some_and(|head| head.conversation.is_some());
    let (text, style) = match (&pane.phone.typing, agent, phase) {
        (Some(name), ..) => (format!("◂ {} · typing…", one_row(name)), styles.accent),
        (None, _, Some(Phase::Closed)) if talked => (
            "closed · the next message begins another conversation".to_owned(),
            styles.muted,
        ),
        (None, _, Some(Phase::Closed)) => (
            "not connected · the next message tries again".to_owned(),
            styles.muted,
        ),
        (None, Some(name), _) => (format!("◂ {}", one_row(name)), styles.strong),
        (None, None, Some(Phase::Open)) => ("waiting for an agent".to_owned(), styles.muted),
        (None, None, Some(Phase::Opening)) => ("connecting…".to_owned(), styles.muted),
        (None, None, None) => ("starting…".to_owned(), styles.muted),
    };
    centred(&text, row, style, frame);
}
