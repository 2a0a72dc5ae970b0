//! What a bubble says: its content as a block, its picture, who says it, and
//! the quick replies under it.

use std::sync::Arc;

use crate::{
    domain::{
        content::{Content, Hosted},
        ids::ItemId,
        rich::card::{Card, State},
        role::Role,
        text::SafeText,
    },
    tui::{
        chat::{
            bubble::{AgentAside, Aside, Button, Room},
            card::{
                block::{Block, Piece, Tone},
                lay,
            },
        },
        terminal::images::cells::Picture,
        text::{
            width::{elided, width},
            wrap::wrapped,
        },
    },
};

/// Most columns and rows of a picture.
const PICTURE: (u16, u16) = (40, 12);

/// Columns of the bar that shows how far a file has come.
const BAR: usize = 16;

/// What a bubble says, in so many columns.
pub(crate) fn body(content: &Content, aside: Aside<'_>, room: usize) -> Block {
    match content {
        Content::Text { text, .. } => lay::plain(text.as_str(), room),
        Content::File(file) => hosted(file, aside, room),
        Content::Rich { content, .. } => {
            let untouched = State::default();
            let state = aside.state.unwrap_or(&untouched);
            lay::block(&Card::read(content), state, room)
        }
        Content::Form { title } => lay::plain(&format!("[secure form]\n{title}"), room),
    }
}

/// What an agent workspace tells under a text: the quick replies offered with it, and what came along.
pub(crate) fn tell(content: &Content, workspace: AgentAside<'_>, room: usize, block: &mut Block) {
    if !content.replies().is_empty() {
        let titles = content.replies().iter();
        let titles = titles.map(|reply| format!("( {} )", lay::button_words(&reply.button())));
        let titles: Vec<String> = titles.collect();
        for row in wrapped(&titles.join("  "), room) {
            block.line(Piece::new(row, Tone::Faint));
        }
    }
    if !workspace.told.is_empty() {
        for row in wrapped(&format!("↗ {}", workspace.told), room) {
            block.line(Piece::new(row, Tone::Faint));
        }
    }
}

/// The picture of a bubble's file, if it is one and was made already.
pub(crate) fn picture(
    id: ItemId,
    content: &Content,
    room: Room,
    aside: Aside<'_>,
    columns: usize,
) -> Option<Arc<Picture>> {
    let Content::File(file) = content else {
        return None;
    };
    let columns = u16::try_from(columns).unwrap_or(u16::MAX).min(PICTURE.0);
    let rows = if room.compact {
        PICTURE.1 / 2
    } else {
        PICTURE.1
    };
    aside.gallery?.picture(id, file, columns, rows)
}

/// A file: its name, and how far it has come or where it is.
fn hosted(file: &Hosted, aside: Aside<'_>, room: usize) -> Block {
    let name = if file.caption.is_empty() {
        "file"
    } else {
        file.caption.as_str()
    };
    let mut block = lay::plain(&format!("▤ {name} ({})", file.file_type), room);
    let mut add = |text: &str| {
        for row in wrapped(text, room) {
            block.line(Piece::new(row, Tone::Faint));
        }
    };
    match (aside.progress, aside.file) {
        (Some((done, total)), _) => add(&progress(done, total)),
        (None, Some(Ok(path))) => {
            let path = SafeText::clean(&path.to_string_lossy());
            add(&format!("in {}", path.one_line()));
        }
        (None, Some(Err(reason))) => {
            let reason = SafeText::clean(reason);
            add(&format!("✗ {}", reason.one_line()));
        }
        (None, None) => {}
    }
    block
}

/// How far a file has come, as a bar where the whole is known.
fn progress(done: u64, total: u64) -> String {
    let kilobytes = |bytes: u64| bytes.div_ceil(1000);
    if total == 0 {
        return format!("{} kB", kilobytes(done));
    }
    let part = u128::from(done.min(total));
    let of = |whole: u128| part * whole / u128::from(total);
    let full = usize::try_from(of(BAR as u128)).unwrap_or(BAR);
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR - full));
    let (percent, so_far, all) = (of(100), kilobytes(done), kilobytes(total));
    format!("{bar} {percent} % · {so_far} of {all} kB")
}

/// Who writes, when it is not the one agent everybody expects.
pub(crate) fn author_label(role: &Role, name: &SafeText) -> Option<String> {
    let role = match role {
        Role::AssignedAgent | Role::Consumer => return None,
        Role::Agent => "bot".to_owned(),
        Role::Manager => "manager".to_owned(),
        Role::Reader => "former agent".to_owned(),
        Role::Controller => "system".to_owned(),
        Role::Other(role) => SafeText::clean(role).one_line(),
    };
    if name.is_empty() {
        return Some(role);
    }
    Some(format!("{} · {role}", name.one_line()))
}

/// The quick replies as rows of buttons, each with the number of its key.
pub(crate) fn buttons(content: &Content, columns: usize) -> Vec<Vec<Button>> {
    let room = columns.saturating_sub(2).max(1);
    let mut rows: Vec<Vec<Button>> = Vec::new();
    let mut used = 0;
    for (index, reply) in content.replies().iter().enumerate() {
        let button = reply.button();
        let title = lay::button_words(&button);
        let number = numbered(index, &title);
        let title = elided(&title, room.saturating_sub(width(&number) + 4)).into_owned();
        let label = format!("( {number}{title} )");
        let taken = width(&label);
        if rows.is_empty() || used + taken > room {
            rows.push(Vec::new());
            used = 0;
        }
        if let Some(row) = rows.last_mut() {
            row.push(Button {
                index,
                x: u16::try_from(used + 1).unwrap_or(u16::MAX),
                columns: u16::try_from(taken).unwrap_or(u16::MAX),
                piece: lay::button_piece(&button, label),
            });
        }
        used += taken + 1;
    }
    rows
}

/// The number of a quick reply's key, as it stands before its title: nothing where the title is
/// that number, and told from a title that begins with another.
fn numbered(index: usize, title: &str) -> String {
    let number = (index + 1).to_string();
    if index >= 9 || title == number {
        return String::new();
    }
    let is_like = title.starts_with(|c: char| c.is_ascii_digit());
    let colon = if is_like { ":" } else { "" };
    format!("{number}{colon} ")
}
