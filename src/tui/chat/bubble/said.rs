//! What a bubble says: its content as a block, its picture, who says it, and
//! the quick replies under it.

use std::sync::Arc;

use crate::{
    config::brand::BrandLook,
    domain::{
        content::{Content, Hosted},
        ids::ItemId,
        line::{Line, LineBody},
        metadata,
        rich::card::{Card, CardState},
        role::Role,
        text::SafeText,
    },
    tui::{
        chat::{
            bubble::{Aside, Button, Manner, Room, filled, outlined},
            card::{
                block::{Block, Piece, Tone},
                image::CardPictures,
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

/// Rows of a text that are shown before the rest is folded away, on screens with few rows and others.
const FOLDED: [usize; 2] = [8, 12];
/// Rows that are not worth folding away.
const LEAST_FOLDED: usize = 3;

/// What a bubble says, in so many columns, and the row that shows or folds away the end of it.
pub(crate) fn body(
    (id, content): (ItemId, &Content),
    aside: Aside<'_>,
    room: usize,
    manner: Manner,
) -> (Block, Option<usize>) {
    let block = match content {
        Content::Text { text, .. } => {
            return folded(lay::plain(text.as_str(), room), aside.unfolded, manner);
        }
        Content::File(file) => hosted(file, aside, room),
        Content::Rich { content, .. } => {
            let untouched = CardState::default();
            let state = aside.state.unwrap_or(&untouched);
            let pictures = aside.gallery.map(|gallery| CardPictures {
                gallery,
                item: id,
                compact: manner.compact,
            });
            let manner = (manner.filled, manner.look.is_some());
            lay::block_with(&Card::read(content), state, pictures, room, manner)
        }
        Content::Form { title } => lay::plain(&format!("[secure form]\n{title}"), room),
    };
    (block, None)
}

/// A text of many rows, with its end folded away or shown; of blank rows in a row one is kept where
/// it is folded.
fn folded(mut block: Block, is_open: bool, manner: Manner) -> (Block, Option<usize>) {
    let most = FOLDED[usize::from(!manner.compact)];
    let all = block.rows.len();
    if all < most + LEAST_FOLDED {
        return (block, None);
    }
    let words = if is_open {
        "▴ less".to_owned()
    } else {
        let is_blank = |row: &Vec<Piece>| row.iter().all(|piece| piece.text.is_empty());
        let rows = std::mem::take(&mut block.rows);
        let mut was_blank = false;
        block.width = 0;
        for row in rows {
            let blank = is_blank(&row);
            if block.rows.len() == most {
                break;
            }
            if !(blank && was_blank) {
                block.push(row);
            }
            was_blank = blank;
        }
        format!("▾ {} more rows", all - block.rows.len())
    };
    let at = block.rows.len();
    block.line(Piece::new(words, Tone::Link));
    (block, Some(at))
}

/// What an agent sees under a text: the quick replies offered with it, and the metadata of others.
pub(crate) fn add_extras(item: &Line, content: &Content, room: usize, block: &mut Block) {
    if !content.replies().is_empty() {
        let titles = content.replies().iter();
        let titles = titles.map(|reply| format!("( {} )", lay::button_words(&reply.button())));
        let titles: Vec<String> = titles.collect();
        for row in wrapped(&titles.join("  "), room) {
            block.line(Piece::new(row, Tone::Faint));
        }
    }
    let is_mine = matches!(item.body, LineBody::Mine { .. });
    let metadata = item.metadata.as_ref().filter(|_| !is_mine);
    let summary = metadata.map(metadata::summary).unwrap_or_default();
    if !summary.is_empty() {
        for row in wrapped(&format!("↗ {summary}"), room) {
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
    let rows = if room.manner.compact {
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

/// Who writes, when it is not the one whom the reader expects: a consumer expects the assigned
/// agent, an agent the consumer.
pub(crate) fn author_label(role: &Role, name: &SafeText, for_agent: bool) -> Option<String> {
    let role = match role {
        Role::Consumer => return None,
        Role::AssignedAgent if !for_agent => return None,
        Role::AssignedAgent => "agent".to_owned(),
        Role::Agent => "bot".to_owned(),
        Role::Manager => "manager".to_owned(),
        Role::Reader => "former agent".to_owned(),
        Role::Controller => "automatic".to_owned(),
        Role::Other(role) if for_agent => return Some(SafeText::clean(role).one_line()),
        Role::Other(role) => SafeText::clean(role).one_line(),
    };
    if name.is_empty() {
        return Some(role);
    }
    Some(format!("{} · {role}", name.one_line()))
}

/// Who writes, as it stands above a run of filled bubbles.
pub(crate) fn sender(role: &Role, name: &SafeText) -> String {
    if let (Role::Consumer | Role::AssignedAgent, false) = (role, name.is_empty()) {
        return name.one_line();
    }
    let label = author_label(role, name, true);
    label.unwrap_or_else(|| "consumer".to_owned())
}

/// The quick replies as rows of buttons, each with the number of its key.
pub(crate) fn buttons(content: &Content, room: Room) -> Vec<Vec<Button>> {
    let columns = usize::from(room.columns);
    let manner = room.manner;
    let (margin, ends) = if manner.filled && manner.look != Some(BrandLook::Window) {
        (filled::margin(room.columns), [" ", " "])
    } else if manner.filled {
        (filled::margin(room.columns), ["( ", " )"])
    } else {
        (outlined::LEFT, ["( ", " )"])
    };
    let taken_by_ends = 2 * width(ends[0]);
    let room = columns.saturating_sub(2 * margin).max(1);
    let mut rows: Vec<Vec<Button>> = Vec::new();
    let mut used = 0;
    for (index, reply) in content.replies().iter().enumerate() {
        let button = reply.button();
        let title = lay::button_words(&button);
        // A phone on stage shows no keys.
        let number = match manner.look {
            Some(_) => String::new(),
            None => numbered(index, &title),
        };
        let title = elided(&title, room.saturating_sub(width(&number) + taken_by_ends));
        let label = format!("{}{number}{title}{}", ends[0], ends[1]);
        let taken = width(&label);
        if rows.is_empty() || used + taken > room {
            rows.push(Vec::new());
            used = 0;
        }
        if let Some(row) = rows.last_mut() {
            row.push(Button {
                index,
                x: u16::try_from(used + margin).unwrap_or(u16::MAX),
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
