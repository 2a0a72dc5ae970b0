//! The form of a consumer as drawn: fields under their headings, what is wrong
//! with the one the keyboard is in, the buttons, and the request beside it.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::tui::{
    commands::keys::{Action, Context},
    inspector::json::{self, Ink},
    popups::{
        Scene, footer,
        form::{BUTTONS, Complaint, Form, FormTarget, Holds, TABLE},
        padded,
    },
    text::field,
    text::width::{elided, width},
};

/// From this many columns on the request stands beside the fields.
const BESIDE: u16 = 96;

/// Columns of the fields beside the request.
const FIELDS: u16 = 56;

/// Columns of a field's name, with its mark.
const LABEL: u16 = 24;

/// Rows of the request worth drawing.
const ROWS: usize = 200;

/// Where the parts of the form are.
pub(crate) struct FormParts {
    /// The fields, when they are in view.
    pub(crate) fields: Option<Rect>,
    /// The request, when it is in view.
    pub(crate) request: Option<Rect>,
    /// What there is to say about the field.
    footer: Rect,
    buttons: Rect,
}

/// The parts within the frame of the popup.
pub(crate) fn parts(area: Rect, showing: bool) -> FormParts {
    let inner = padded(area);
    let body = Rect {
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let footer = Rect::new(inner.x, body.bottom(), inner.width, 1);
    let buttons = Rect::new(inner.x, body.bottom() + 1, inner.width, 1);
    let (fields, request) = if inner.width >= BESIDE {
        let fields = Rect {
            width: FIELDS,
            ..body
        };
        let left = FIELDS + 2;
        let request = Rect::new(
            body.x + left,
            body.y,
            body.width.saturating_sub(left),
            body.height,
        );
        (Some(fields), Some(request))
    } else if showing {
        (None, Some(body))
    } else {
        (Some(body), None)
    };
    FormParts {
        fields,
        request,
        footer,
        buttons,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormRow {
    Heading(&'static str),
    Field(usize),
}

fn rows() -> Vec<FormRow> {
    let mut rows = Vec::new();
    let mut section = "";
    for (at, field) in TABLE.iter().enumerate() {
        if field.section != section {
            section = field.section;
            rows.push(FormRow::Heading(section));
        }
        rows.push(FormRow::Field(at));
    }
    rows
}

/// Brings the field of the keyboard into view.
pub(crate) fn prepare(form: &mut Form, height: u16) {
    let height = usize::from(height).max(1);
    let rows = rows();
    let FormTarget::Field(at) = form.target else {
        return;
    };
    let row = rows.iter().position(|row| *row == FormRow::Field(at));
    let row = row.unwrap_or(0);
    // The heading of the first field of a section comes along.
    let first = row.saturating_sub(1);
    let first = match rows.get(first) {
        Some(FormRow::Heading(_)) => first,
        _ => row,
    };
    // On a single row there is no room for both.
    let least = (row + 1).saturating_sub(height);
    form.top = form.top.clamp(least, first.max(least));
    form.top = form.top.min(rows.len().saturating_sub(height));
}

/// The buttons with the columns they begin at.
fn buttons(form: &Form) -> Vec<(u16, FormTarget, String)> {
    let mut x = 0;
    let place = |(target, text): &(FormTarget, &str)| {
        let text = match target {
            FormTarget::Odd if form.odd => format!("[x] {text}"),
            FormTarget::Odd => format!("[ ] {text}"),
            _ => (*text).to_owned(),
        };
        let at = x;
        x += u16::try_from(width(&text) + 1).unwrap_or(0);
        (at, *target, text)
    };
    BUTTONS.iter().map(place).collect()
}

pub(super) fn target_at(form: &Form, area: Rect, at: Position) -> Option<FormTarget> {
    let parts = parts(area, form.showing);
    if let Some(fields) = parts.fields.filter(|fields| fields.contains(at)) {
        let row = form.top + usize::from(at.y - fields.y);
        return match rows().get(row) {
            Some(FormRow::Field(at)) => Some(FormTarget::Field(*at)),
            _ => None,
        };
    }
    buttons(form).into_iter().find_map(|(x, target, text)| {
        let columns = u16::try_from(width(&text)).unwrap_or(0);
        let place = Rect::new(parts.buttons.x + x, parts.buttons.y, columns, 1);
        place.contains(at).then_some(target)
    })
}

/// Draws the form within the frame of its popup.
pub(crate) fn draw(scene: &Scene<'_>, form: &Form, area: Rect, frame: &mut Frame<'_>) {
    let parts = parts(area, form.showing);
    let complaints = form.complaints();
    if let Some(fields) = parts.fields {
        draw_fields(scene, form, &complaints, fields, frame);
    }
    if let Some(request) = parts.request {
        draw_request(scene, form, request, frame.buffer_mut());
    }
    draw_footer(scene, form, &complaints, parts.footer, frame.buffer_mut());
    for (x, target, text) in buttons(form) {
        let style = match (target == form.target, target) {
            (true, _) => scene.ui.styles.chosen,
            (false, FormTarget::Odd) => Style::new(),
            (false, _) => scene.ui.styles.button,
        };
        let x = parts.buttons.x + x;
        let room = usize::from(parts.buttons.right().saturating_sub(x));
        let buffer = frame.buffer_mut();
        buffer.set_stringn(x, parts.buttons.y, text, room, style);
    }
}

fn draw_fields(
    scene: &Scene<'_>,
    form: &Form,
    complaints: &[Complaint],
    area: Rect,
    frame: &mut Frame<'_>,
) {
    let styles = &scene.ui.styles;
    for (row, y) in rows().iter().skip(form.top).zip(area.y..area.bottom()) {
        let room = usize::from(area.width);
        let at = match row {
            FormRow::Heading(text) => {
                let buffer = frame.buffer_mut();
                buffer.set_stringn(area.x, y, elided(text, room), room, styles.accent);
                continue;
            }
            FormRow::Field(at) => *at,
        };
        let (Some(field), Some(holds)) = (TABLE.get(at), form.holds.get(at)) else {
            continue;
        };
        let here = form.target == FormTarget::Field(at);
        let wrong = complaints.iter().any(|complaint| complaint.field == at);
        let (mark, mark_style) = match (wrong, here) {
            (true, _) => ("✗", styles.bad),
            (false, true) => ("▸", styles.accent),
            (false, false) => (" ", Style::new()),
        };
        let buffer = frame.buffer_mut();
        buffer.set_stringn(area.x, y, mark, 1, mark_style);
        let name = usize::from(LABEL) - 3;
        let style = if here { styles.strong } else { styles.muted };
        buffer.set_stringn(area.x + 2, y, elided(field.label, name), name, style);
        let value = Rect::new(area.x + LABEL, y, area.width.saturating_sub(LABEL), 1);
        let room = usize::from(value.width);
        let style = if here { styles.selected } else { Style::new() };
        match holds {
            Holds::Text(text) if here => {
                buffer.set_style(value, style);
                field::draw_row(text, value, style, frame);
            }
            Holds::Text(text) if text.is_empty() => {
                buffer.set_stringn(value.x, y, "·", room, styles.muted);
            }
            Holds::Text(text) => {
                let text = text.text().replace('\n', " ");
                buffer.set_stringn(value.x, y, elided(&text, room), room, style);
            }
            Holds::Choice { options, at } => {
                let now = options.get(*at).map_or("", String::as_str);
                let now = if now.is_empty() { "·" } else { now };
                let text = if here {
                    format!("‹ {now} ›")
                } else {
                    now.to_owned()
                };
                buffer.set_stringn(value.x, y, elided(&text, room), room, style);
            }
            Holds::Check(on) => {
                let text = if *on { "[x]" } else { "[ ]" };
                buffer.set_stringn(value.x, y, text, room, style);
            }
        }
    }
}

fn draw_footer(
    scene: &Scene<'_>,
    form: &Form,
    complaints: &[Complaint],
    row: Rect,
    buffer: &mut Buffer,
) {
    let styles = &scene.ui.styles;
    let wrong = complaints
        .iter()
        .find(|complaint| form.target == FormTarget::Field(complaint.field));
    let (text, style) = match (wrong, form.target) {
        (Some(complaint), _) if form.odd && !complaint.strict => (
            format!("odd, and let through: {}", complaint.reason),
            styles.warn,
        ),
        (Some(complaint), _) => (format!("✗ {}", complaint.reason), styles.bad),
        (None, FormTarget::Field(at)) => {
            let hint = TABLE.get(at).map_or("", |field| field.hint);
            (hint.to_owned(), styles.muted)
        }
        (None, button) => {
            let does = match button {
                FormTarget::Save => "keeps it for the next conversation, and for later days",
                FormTarget::Begin => "keeps it and begins a conversation with it",
                FormTarget::Tell => "keeps it and tells the agents now who the consumer is",
                FormTarget::Odd | FormTarget::Field(_) => {
                    "for testers: lets through what does not fit"
                }
            };
            (does.to_owned(), styles.muted)
        }
    };
    let room = usize::from(row.width);
    buffer.set_stringn(row.x, row.y, elided(&text, room), room, style);
}

fn draw_request(scene: &Scene<'_>, form: &Form, area: Rect, buffer: &mut Buffer) {
    let styles = &scene.ui.styles;
    let room = usize::from(area.width);
    let (header, batch) = match form.request(scene.account) {
        Ok(request) => request,
        Err(reason) => {
            buffer.set_stringn(area.x, area.y, elided(&reason, room), room, styles.bad);
            return;
        }
    };
    let mut rows = vec![vec![(Ink::Heading, "CONVERSATION".to_owned())]];
    rows.extend(json::rows(&batch.to_string(), ROWS));
    rows.push(vec![(Ink::Heading, "Client-Properties".to_owned())]);
    rows.extend(json::rows(&header, ROWS));
    // What the keyboard is in is looked for in the request.
    let name = match form.target {
        FormTarget::Field(at) => TABLE.get(at).map_or("", |field| field.label),
        _ => "",
    };
    let named = |row: &json::InkedRow| {
        let mut pieces = row.iter();
        !name.is_empty() && pieces.any(|(_, text)| text.trim_matches('"') == name)
    };
    let lit = rows.iter().position(named);
    let height = usize::from(area.height);
    let top = lit.map_or(0, |lit| (lit + 4).saturating_sub(height));
    for ((at, row), y) in rows.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        if lit == Some(at) {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), styles.selected);
        }
        let mut x = area.x;
        for (ink, text) in row {
            let style = match ink {
                Ink::Heading => styles.accent,
                Ink::Key => styles.key,
                Ink::Value => styles.value,
                _ => Style::new(),
            };
            let room = usize::from(area.right().saturating_sub(x));
            if room > 0 {
                (x, _) = buffer.set_stringn(x, y, elided(text, room), room, style);
            }
        }
    }
}

/// The keys of the form, for the lower edge of its popup; where not all fit, the first go.
pub(crate) fn keys(scene: &Scene<'_>, room: usize) -> String {
    let keys = [
        (Action::Press, "press"),
        (Action::NextField, "next"),
        (Action::Save, "save"),
        (Action::SaveAndBegin, "begin"),
        (Action::ShowRequest, "request"),
        (Action::Back, "close"),
    ];
    let contexts = [Context::Form, Context::Edit, Context::Everywhere];
    // What is known best goes first where there is little room.
    for left_out in [
        &[][..],
        &[Action::NextField],
        &[Action::NextField, Action::ShowRequest],
    ] {
        let keys = keys.iter().filter(|(action, _)| !left_out.contains(action));
        let keys: Vec<(&[Action], &str)> = keys
            .map(|(action, does)| (std::slice::from_ref(action), *does))
            .collect();
        let line = footer(scene.ui, &contexts, &keys);
        if width(&line) <= room {
            return line;
        }
    }
    String::new()
}
