//! Popups as drawn: their frames, and those that tell something or let one choose.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    widgets::{Block, BorderType},
};

use crate::{
    engine::{command::Endpoint, update::Consent},
    tui::{
        agent as desk,
        app::model::Model,
        commands::keys::Action,
        popups::{
            self, Among, Choice, Popup, file, form::draw as form, has_preview, help, raw, toast,
        },
        text::{
            clock, field,
            width::{SPLIT, elided, width},
            wrap::wrapped,
        },
        theme::over,
    },
};

/// Draws the popups, the top one last.
pub(crate) fn draw(model: &Model, frame: &mut Frame<'_>) {
    for popup in &model.popups {
        let area = area(popup, model);
        over::clear(area, model.ui.styles.base, frame.buffer_mut());
        let title = match popup {
            Popup::Help { .. } => " Help ".to_owned(),
            Popup::Notices { .. } => " Notices ".to_owned(),
            Popup::Palette { among, .. } => match among {
                Among::Commands => " Commands ".to_owned(),
                Among::Personas => " Hand a phone to ".to_owned(),
                Among::Exports => " Export as ".to_owned(),
                Among::Replies => " A reply that was written before ".to_owned(),
                Among::Cards => " Send a card ".to_owned(),
                Among::Takers => " Hand the conversation to ".to_owned(),
                Among::Availabilities => " Whether conversations ring ".to_owned(),
                Among::Chairs => " Sit down as ".to_owned(),
            },
            Popup::Facts { .. } => " Who the consumer is ".to_owned(),
            Popup::Raw(_) => " Request by hand ".to_owned(),
            Popup::Form(_) => " Who the consumer is, and how conversations are opened ".to_owned(),
            Popup::Files(_) => " Send a file ".to_owned(),
            Popup::File(_) => " Send this file? ".to_owned(),
            Popup::Consent(_) => " Production: real people are there ".to_owned(),
            Popup::Sheet(sheet) => sheet.title(),
        };
        let title = elided(&title, usize::from(area.width).saturating_sub(4)).into_owned();
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(model.ui.styles.focused)
            .title(title)
            .title_style(model.ui.styles.title)
            .title_bottom(keys(popup, model, area))
            .style(model.ui.styles.raised);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        match popup {
            Popup::Consent(_) => {
                let rows = rows(popup, model, usize::from(inner.width).saturating_sub(2));
                rows_from(&rows, 0, inner, frame);
            }
            Popup::Help { top } | Popup::Notices { top } | Popup::Facts { top } => {
                let rows = rows(popup, model, usize::from(inner.width).saturating_sub(2));
                rows_from(&rows, *top, inner, frame);
            }
            Popup::Palette {
                field,
                chosen,
                among,
            } => {
                let top = Rect::new(inner.x + 2, inner.y, inner.width - 3, 1);
                let buffer = frame.buffer_mut();
                buffer.set_stringn(inner.x, inner.y, ">", 1, model.ui.styles.accent);
                field::draw_row(field, top, model.ui.styles.raised, frame);
                let (list, beside) = split(inner, *among);
                palette(model, *chosen, list, frame);
                let offer = popups::offers(model).into_iter().nth(*chosen);
                if let (Some(Choice::Desk(pick)), Some(beside)) =
                    (offer.map(|offer| offer.choice), beside)
                {
                    desk::draw::preview(&model.ui, &model.desk, &pick, beside, frame);
                }
            }
            Popup::Raw(desk) => raw::draw(model, desk, area, frame),
            Popup::Form(form) => form::draw(model, form, area, frame),
            Popup::Files(picker) => file::draw_picker(model, picker, inner, frame),
            Popup::File(sending) => file::draw_sending(model, sending, inner, frame),
            Popup::Sheet(sheet) => sheet.draw(model, inner, frame),
        }
    }
}

/// The keys of a popup, for its lower edge.
fn keys(popup: &Popup, model: &Model, area: Rect) -> String {
    let shown = |action| model.ui.shown(action);
    let close = shown(Action::Back);
    match popup {
        Popup::Form(_) => return form::keys(model, usize::from(area.width).saturating_sub(2)),
        Popup::Raw(_) => {
            let (send, next) = (shown(Action::SendRaw), shown(Action::NextTemplate));
            return format!(" {send} send · {next} template · {close} close ");
        }
        Popup::File(_) => {
            let (send, anyway) = (shown(Action::SendFile), shown(Action::SendFileAnyway));
            return format!(" {send} send · {anyway} send anyway · {close} leave it ");
        }
        Popup::Sheet(sheet) => return sheet.keys(model),
        Popup::Consent(_) => {
            let yes = shown(Action::Agree);
            return format!(" {yes} open it · {close} leave it ");
        }
        _ => {}
    }
    let (up, down) = (shown(Action::RowUp), shown(Action::RowDown));
    format!(" {up}{down} move · {} close ", shown(Action::Back))
}

/// What is asked before a conversation with real people.
fn consent(model: &Model, asked: &Consent, columns: usize) -> Vec<Row> {
    let persona = model.name_of(asked.thread).unwrap_or("This consumer");
    let brand = model
        .phone
        .head
        .as_ref()
        .map_or("this account", |head| head.brand.as_str());
    let (account, yes) = (model.account.as_str(), model.ui.shown(Action::Agree));
    let opens = match asked.by_hand {
        None => format!("{persona} is about to open a conversation"),
        Some(Endpoint::Conversation) => {
            format!("The request by hand to CONVERSATION, as {persona}, opens a conversation")
        }
        Some(Endpoint::Send) => {
            format!("The request by hand to SEND, as {persona}, may open a conversation")
        }
    };
    let said = format!(
        "{opens} with {brand} (account {account}). An agent will be given it, and it will count."
    );
    let plain = (String::new(), Style::new());
    let row = |text: String, style| Row {
        left: (text, style),
        right: plain.clone(),
    };
    let mut rows = vec![row(String::new(), Style::new())];
    rows.extend(
        wrapped(&said, columns)
            .into_iter()
            .map(|text| row(text, Style::new())),
    );
    rows.push(row(String::new(), Style::new()));
    rows.push(row(format!("[ {yes}: open it ]"), model.ui.styles.strong));
    rows
}

/// The rows of a popup that only tells something, in so many columns.
fn rows(popup: &Popup, model: &Model, columns: usize) -> Vec<Row> {
    match popup {
        Popup::Help { .. } => in_columns(help::help(model), columns),
        Popup::Notices { .. } => notices(model, columns),
        Popup::Consent(asked) => consent(model, asked, columns),
        Popup::Facts { .. } => in_columns(known(model), columns),
        _ => Vec::new(),
    }
}

/// Columns the question about production takes at most.
const CONSENT: u16 = 66;
/// Columns the list of notices takes at most.
const NOTICES: u16 = 84;

/// Where a popup stands.
pub(crate) fn area(popup: &Popup, model: &Model) -> Rect {
    let screen = model.layout.area;
    // A key may come before the first frame.
    if model.layout.too_small || screen.is_empty() {
        return Rect::default();
    }
    let (columns, rows) = match popup {
        // As wide as its longest rows, with a frame and a blank on either side.
        Popup::Help { .. } => {
            let rows = help::help(model);
            let columns = left_column(&rows) + right_column(&rows) + GAP + 4;
            (u16::try_from(columns).unwrap_or(u16::MAX), 60)
        }
        // So many rows as there are, with the frame.
        Popup::Notices { .. } => {
            let columns = NOTICES.min(screen.width - 4);
            let rows = notices(model, usize::from(columns) - 4).len() + 2;
            (
                columns,
                u16::try_from(rows).unwrap_or(u16::MAX).clamp(5, 30),
            )
        }
        Popup::Palette { among, .. } => match among {
            Among::Commands => (64, 18),
            Among::Personas => (84, 18),
            // Frame, field and rule, and a row for each.
            Among::Exports => (56, 10),
            Among::Replies | Among::Cards => (120, 30),
            Among::Takers => (56, 16),
            Among::Availabilities => (56, 7),
            Among::Chairs => (40, 10),
        },
        Popup::Facts { .. } => {
            let rows = known(model);
            let columns = left_column(&rows) + right_column(&rows) + GAP + 4;
            let rows = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
            (u16::try_from(columns).unwrap_or(u16::MAX).max(50), rows)
        }
        Popup::Consent(asked) => {
            let columns = CONSENT.min(screen.width - 4);
            let rows = consent(model, asked, usize::from(columns) - 4).len() + 2;
            (columns, u16::try_from(rows).unwrap_or(u16::MAX))
        }
        Popup::Raw(_) => (110, 36),
        Popup::Form(_) => (130, 60),
        Popup::Files(_) => (76, 24),
        Popup::File(sending) => {
            let rows = sending.rows().len() + 4;
            (72, u16::try_from(rows).unwrap_or(u16::MAX))
        }
        Popup::Sheet(sheet) => sheet.size(),
    };
    // Where there is little room, what is written in takes all of it.
    let edge = match popup {
        Popup::Raw(_) | Popup::Form(_) if screen.width < SPLIT => 0,
        Popup::Palette { among, .. } if has_preview(*among) && screen.width < SPLIT => 0,
        _ => 4,
    };
    let columns = columns.min(screen.width - edge);
    let rows = rows.min(screen.height - edge);
    Rect::new(
        screen.x + (screen.width - columns) / 2,
        screen.y + (screen.height - rows) / 2,
        columns,
        rows,
    )
}

/// What is inside of a popup's frame.
pub(crate) fn inside(area: Rect) -> Rect {
    Block::bordered().inner(area)
}

/// The first row in view of the top popup when it is scrolled to its end.
pub(crate) fn last_top(model: &Model) -> usize {
    let Some(popup) = model.popups.last() else {
        return 0;
    };
    let area = area(popup, model);
    let rows = rows(popup, model, usize::from(area.width).saturating_sub(4));
    rows.len()
        .saturating_sub(usize::from(area.height).saturating_sub(2))
}

/// The row of the palette under a click.
pub(crate) fn row_at(model: &Model, at: Position) -> Option<usize> {
    let top = model.popups.last()?;
    let (chosen, among) = match top {
        Popup::Palette { chosen, among, .. } => (chosen, *among),
        Popup::Files(picker) => (&picker.chosen, Among::Commands),
        _ => return None,
    };
    let (list, _) = split(inside(area(top, model)), among);
    if !(list.x..list.right()).contains(&at.x) {
        return None;
    }
    let rows = usize::from(list.height.saturating_sub(2));
    let line = usize::from(at.y.checked_sub(list.y + 2)?);
    (line < rows).then(|| palette_top(*chosen, rows) + line)
}

/// Where the list of a palette stands, and beside or below it what is about to be picked.
fn split(inner: Rect, among: Among) -> (Rect, Option<Rect>) {
    if !has_preview(among) || inner.height < 10 {
        return (inner, None);
    }
    let (mut list, mut beside) = (inner, inner);
    if inner.width >= 90 {
        list.width = inner.width * 9 / 20;
        beside.x = list.right();
        beside.width = inner.width - list.width;
        beside.y += 2;
        beside.height -= 2;
    } else {
        list.height = inner.height * 2 / 5 + 1;
        beside.y = list.bottom();
        beside.height = inner.height - list.height;
    }
    (list, Some(beside))
}

/// What is known of the consumer at the desk.
fn known(model: &Model) -> Vec<Row> {
    let styles = &model.ui.styles;
    let facts = model
        .desk
        .talk()
        .map(|talk| desk::facts::facts(&model.ui, talk));
    let row = |fact: desk::facts::Fact| match fact.value {
        None => heading(&fact.name, styles.accent),
        Some(value) if value.is_empty() => heading(&format!("  {}", fact.name), Style::new()),
        Some(value) => Row {
            left: (format!("  {}", fact.name), styles.key),
            right: (value, Style::new()),
        },
    };
    facts.into_iter().flatten().map(row).collect()
}

/// The first row of the palette in view.
fn palette_top(chosen: usize, rows: usize) -> usize {
    (chosen + 1).saturating_sub(rows)
}

pub(crate) fn palette(model: &Model, chosen: usize, inner: Rect, frame: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    let offers = popups::offers(model);
    let list = Rect::new(
        inner.x,
        inner.y + 2,
        inner.width,
        inner.height.saturating_sub(2),
    );
    let buffer = frame.buffer_mut();
    let line = "─".repeat(usize::from(inner.width));
    buffer.set_stringn(
        inner.x,
        inner.y + 1,
        line,
        usize::from(inner.width),
        styles.border,
    );
    if offers.is_empty() {
        let room = usize::from(list.width) - 2;
        buffer.set_stringn(
            list.x + 2,
            list.y,
            "nothing is called so",
            room,
            styles.muted,
        );
        return;
    }
    let top = palette_top(chosen, usize::from(list.height));
    for (at, (offer, y)) in offers
        .iter()
        .skip(top)
        .zip(list.y..list.bottom())
        .enumerate()
    {
        let here = top + at == chosen;
        if here {
            buffer.set_style(Rect::new(list.x, y, list.width, 1), styles.selected);
            buffer.set_stringn(list.x, y, "▸", 1, styles.accent);
        }
        let keys = u16::try_from(width(&offer.keys)).unwrap_or(0);
        let room = usize::from(list.width.saturating_sub(keys + 5));
        let label = elided(&offer.label, room);
        buffer.set_stringn(list.x + 2, y, label, room, Style::new());
        let x = list.right().saturating_sub(keys + 1);
        buffer.set_stringn(x, y, &offer.keys, usize::from(keys), styles.muted);
    }
}

/// A row of two columns, or a heading with nothing in the second.
pub(crate) struct Row {
    pub(crate) left: (String, Style),
    pub(crate) right: (String, Style),
}

/// Columns between the two.
const GAP: usize = 2;

fn left_column(rows: &[Row]) -> usize {
    let two = rows.iter().filter(|row| !row.right.0.is_empty());
    two.map(|row| width(&row.left.0)).max().unwrap_or(0)
}

fn right_column(rows: &[Row]) -> usize {
    let all = rows.iter().map(|row| width(&row.right.0));
    all.max().unwrap_or(0)
}

/// The rows with both columns wrapped where there is too little room for them side by side.
fn in_columns(rows: Vec<Row>, columns: usize) -> Vec<Row> {
    let right = right_column(&rows);
    let left = left_column(&rows)
        .min(columns.saturating_sub(right + GAP))
        .max(columns * 2 / 5);
    let right = columns.saturating_sub(left + GAP);
    let mut wrapped_rows = Vec::new();
    for row in rows {
        if row.right.0.is_empty() {
            wrapped_rows.push(row);
            continue;
        }
        let indent = row.left.0.len() - row.left.0.trim_start().len();
        let mut lefts = wrapped(row.left.0.trim_start(), left.saturating_sub(indent)).into_iter();
        let mut rights = wrapped(&row.right.0, right).into_iter();
        loop {
            let (left, right) = (lefts.next(), rights.next());
            if left.is_none() && right.is_none() {
                break;
            }
            let left = format!("{}{}", " ".repeat(indent), left.unwrap_or_default());
            wrapped_rows.push(Row {
                left: (left, row.left.1),
                right: (right.unwrap_or_default(), row.right.1),
            });
        }
    }
    wrapped_rows
}

pub(crate) fn heading(text: &str, style: Style) -> Row {
    Row {
        left: (text.to_owned(), style),
        right: (String::new(), style),
    }
}

fn notices(model: &Model, columns: usize) -> Vec<Row> {
    let styles = &model.ui.styles;
    let mut rows = Vec::new();
    for (at, notice) in model.notices.past() {
        let (word, style) = toast::severity(notice, styles);
        let time = clock::seconds(*at, &model.ui.zone);
        rows.push(heading(&format!("{time} {word}"), style));
        for (title, text) in toast::rows(notice, columns.saturating_sub(2)) {
            let style = if title { styles.strong } else { styles.muted };
            rows.push(heading(&format!("  {text}"), style));
        }
    }
    if rows.is_empty() {
        rows.push(heading(
            "nothing happened that needed telling",
            styles.muted,
        ));
    }
    rows
}

/// Draws rows from one on, or from as far down as still fills the popup.
fn rows_from(rows: &[Row], top: usize, inner: Rect, frame: &mut Frame<'_>) {
    let height = usize::from(inner.height);
    let top = top.min(rows.len().saturating_sub(height));
    let left_room = left_column(rows);
    let buffer = frame.buffer_mut();
    for (row, y) in rows.iter().skip(top).zip(inner.y..inner.bottom()) {
        let all = usize::from(inner.width).saturating_sub(2);
        let (text, style) = &row.left;
        if row.right.0.is_empty() {
            buffer.set_stringn(inner.x + 1, y, elided(text, all), all, *style);
            continue;
        }
        let shown = elided(text, left_room);
        buffer.set_stringn(inner.x + 1, y, shown, left_room, *style);
        let room = all.saturating_sub(left_room + GAP);
        let x = inner.x + 1 + u16::try_from(left_room + GAP).unwrap_or(0);
        let (text, style) = &row.right;
        if room > 0 {
            buffer.set_stringn(x, y, elided(text, room), room, *style);
        }
    }
}
