//! The phone: nothing on it that a consumer would not see.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Block,
};

use crate::{
    config::keys::Action,
    domain::text::SafeText,
    engine::update::Phase,
    tui::{
        clock,
        layout::Phone,
        model::{Focus, Model},
        text::width::{elided, width},
        widgets::{bubble::Brush, composer, tabs},
    },
};

/// Text from outside as it may stand in one row.
fn one_row(text: &SafeText) -> String {
    text.as_str().replace('\n', " ")
}

/// Draws the phone.
pub(crate) fn draw(model: &Model, phone: &Phone, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    let focused = model.focus == Focus::Composer;
    let border = if model.is_production() {
        styles.bad
    } else if focused {
        styles.focused
    } else {
        styles.border
    };
    let room = usize::from(phone.frame.width).saturating_sub(4);
    let title = elided(&title(model), room).into_owned();
    let title_style = if focused { styles.accent } else { styles.title };
    let block = Block::bordered()
        .border_style(border)
        .title(Line::from(Span::styled(title, title_style)));
    frame.render_widget(block, phone.frame);
    if !phone.tabs.is_empty() {
        tabs::draw(model, phone.tabs, frame.buffer_mut());
    }
    draw_agent(model, phone.agent, frame);
    if model.phone.lines.len() == 0 {
        let text = "Nothing was said yet. Write the first message below.";
        let row = Rect {
            y: phone.transcript.y + phone.transcript.height / 2,
            height: 1,
            ..phone.transcript
        };
        centred(text, row, styles.muted, frame);
    }
    let mut brush = Brush {
        buffer: frame.buffer_mut(),
        styles,
        zone: &model.zone,
    };
    model
        .phone
        .transcript
        .draw(&model.phone.lines, |item| model.look(item), &mut brush);
    rule(phone.divider, border, frame);
    composer::draw(model, phone, frame);
    composer::draw_completions(model, phone, frame);
}

fn title(model: &Model) -> String {
    if let Some(past) = &model.phone.past {
        let began = clock::moment(past.began, &model.zone);
        return format!(" {} · {began} · read-only ", one_row(&past.consumer));
    }
    match &model.phone.head {
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
fn draw_agent(model: &Model, row: Rect, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    if model.phone.past.is_some() {
        let key = model.keymap.shown(Action::Back);
        let text = format!("a conversation of the past · {key} goes back");
        return centred(&text, row, styles.muted, frame);
    }
    let agent = model
        .phone
        .head
        .as_ref()
        .and_then(|head| head.agent.as_ref());
    let phase = model.phone.head.as_ref().map(|head| head.phase);
    let talked = model
        .phone
        .head
        .as_ref()
        .is_some_and(|head| head.conversation.is_some());
    let (text, style) = match (&model.phone.typing, agent, phase) {
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

fn centred(text: &str, row: Rect, style: ratatui::style::Style, frame: &mut Frame<'_>) {
    let room = usize::from(row.width);
    let text = elided(text, room);
    let indent = u16::try_from((room - width(&text)) / 2).unwrap_or(0);
    frame
        .buffer_mut()
        .set_stringn(row.x + indent, row.y, text, room, style);
}

/// A line across a pane that joins its frame.
pub(crate) fn rule(row: Rect, style: ratatui::style::Style, frame: &mut Frame<'_>) {
    let inner = usize::from(row.width).saturating_sub(2);
    let line = format!("├{}┤", "─".repeat(inner));
    frame
        .buffer_mut()
        .set_stringn(row.x, row.y, line, usize::from(row.width), style);
}
