//! What an empty phone greets with: whose it is, what can be tried, what to press.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Block, BorderType, Widget as _},
};

use crate::{
    engine::update::Head,
    tui::{
        chat::pane::Pane,
        commands::keys::Action,
        text::{
            field::put,
            width::{sized, width},
            wrap::wrapped,
        },
        theme::ground::Ground,
    },
};

/// Most columns of the card's text.
const WIDEST: usize = 52;

/// The three things to press, with what each is for.
const KEYS: [(Action, &str); 3] = [
    (Action::Palette, "finds every command by its name"),
    (Action::OtherPane, "goes to the wire, and back"),
    (Action::Help, "shows all keys"),
];

/// A row of the card: pieces of text, each with its style.
type Row = Vec<(String, Style)>;

/// Draws it in the middle of where the lines will stand.
pub(crate) fn draw(pane: &Pane<'_>, area: Rect, buffer: &mut Buffer) {
    let styles = &pane.ui.styles;
    let ground = match &styles.bubbles {
        Some(bubbles) => &bubbles.theirs[0],
        None => &styles.open,
    };
    let room = WIDEST.min(usize::from(area.width).saturating_sub(6)).max(1);
    let mut rows = rows(pane, ground, room);
    if rows.len() + 2 > usize::from(area.height) {
        // What there is no room for is what only loosens it.
        rows.retain(|row| !row.is_empty());
    }
    rows.truncate(usize::from(area.height.saturating_sub(2)));
    let columns = |row: &Row| row.iter().map(|(text, _)| width(text)).sum::<usize>();
    let inner = rows.iter().map(columns).max().unwrap_or(0);
    let outer = sized(inner + 4).min(area.width);
    let height = sized(rows.len() + 2).min(area.height);
    let card = Rect::new(
        area.x + (area.width - outer) / 2,
        area.y + (area.height - height) / 2,
        outer,
        height,
    );
    buffer.set_style(card, ground.plain);
    if styles.bubbles.is_none() {
        let edge = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(styles.theirs);
        edge.render(card, buffer);
    }
    let end = card.right().saturating_sub(2);
    for (row, y) in rows.iter().zip(card.y + 1..) {
        let mut x = card.x + 2;
        for (text, style) in row {
            x = put(buffer, x, y, end, text, *style);
        }
    }
}

fn rows(pane: &Pane<'_>, ground: &Ground, room: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut say = |text: &str, style: Style| {
        let texts = wrapped(text, room).into_iter();
        rows.extend(texts.map(|text| vec![(text, style)]));
    };
    let head = pane.phone.head.as_ref();
    say(&who(head), ground.strong);
    say(other_side(head), ground.plain);
    rows.push(Row::new());
    let keys: Vec<(String, &str)> = KEYS
        .iter()
        .map(|(action, about)| (pane.ui.shown(*action), *about))
        .filter(|(key, _)| !key.is_empty())
        .collect();
    let widest = keys.iter().map(|(key, _)| width(key)).max().unwrap_or(0);
    for (key, about) in keys {
        let blanks = " ".repeat(widest - width(&key) + 2);
        rows.push(vec![
            (format!("{key}{blanks}"), ground.strong),
            (about.to_owned(), ground.faint),
        ]);
    }
    rows
}

/// Whose phone it is.
fn who(head: Option<&Head>) -> String {
    match head {
        Some(head) => format!(
            "You are {}, a consumer of {}.",
            head.consumer.one_line(),
            head.brand.one_line()
        ),
        None => "This is a consumer's phone.".to_owned(),
    }
}

/// Who answers, and what is worth a try with them.
fn other_side(head: Option<&Head>) -> &'static str {
    match head {
        Some(head) if head.sandbox => {
            "An agent of the sandbox answers. Write “hi”, “where is my order?”, \
             “carousel” or “picture”; “/” lists what a phone can do besides."
        }
        Some(head) if head.production => {
            "Real people answer. The first message asks before it opens a conversation with them."
        }
        _ => {
            "Write the first message below: it opens a conversation. “/” lists what a phone can do \
             besides."
        }
    }
}
