//! Which rows a tree has, and what each says.

use std::{ops::Range, sync::Arc};

use crate::{
    domain::{
        json::{Kind, harmless},
        text::visible,
    },
    tui::{
        inspector::{
            json::{Ink, InkedRow},
            summary::one_line,
            tree::{
                EntryTree, MemberName, NodeId, TreeRow, TreeRowKind, WHOLE_PART,
                entry::{EntryPart, Shape},
                members::{Member, members},
                value::{hex, in_row, short_id, start_of, unquoted, whole},
            },
        },
        text::width::{elided, part, width},
    },
};

/// Rows of a tree; what lies beyond is told by a note.
const MOST_ROWS: usize = 20_000;

/// Members of one object or array that are listed.
const MOST_MEMBERS: usize = 1_000;

/// Bytes of what is open before anybody unfolded it, and how deep it lies at most.
const OPEN_BYTES: usize = 8 * 1024;
const OPEN_DEPTH: usize = 10;

/// The most columns a key takes.
const MOST_KEY: usize = 24;

/// Levels that are indented.
const MOST_INDENT: usize = 10;

/// Columns between the keys and the values.
const GAP: usize = 2;

/// From this many columns on a row of bytes has sixteen of them.
const WIDE_BYTES: usize = 76;

impl EntryTree {
    /// Makes the rows anew.
    pub(super) fn lay(&mut self) {
        self.rows.clear();
        let parts = std::mem::take(&mut self.parts);
        for (number, part) in parts.iter().enumerate() {
            self.lay_part(number, part);
        }
        self.parts = parts;
        if self.rows.len() >= MOST_ROWS {
            self.rows.truncate(MOST_ROWS);
            self.note((0, 0), 0, "… the rest is not listed".to_owned());
        }
    }

    fn lay_part(&mut self, number: usize, part: &EntryPart) {
        let node = (number, WHOLE_PART);
        self.row(node, 0, 0, TreeRowKind::Part);
        if !self.is_open(node, part.is_open) {
            return;
        }
        match &part.shape {
            Shape::Empty => self.note(node, 1, "nothing".to_owned()),
            Shape::Json(json) => self.lay_json(number, json),
            Shape::Text(text) => self.lay_text(number, text),
            Shape::Bytes(bytes) => {
                let a_row = self.bytes_a_row();
                for at in (0..bytes.len()).step_by(a_row).take(MOST_MEMBERS) {
                    self.row((number, at), 1, 0, TreeRowKind::Bytes(at));
                }
                if bytes.len() > MOST_MEMBERS * a_row {
                    self.note(node, 1, format!("… {} bytes in all", bytes.len()));
                }
            }
            Shape::Pairs(pairs) => {
                let names = pairs.iter().map(|(name, _)| width(&one_line(name)));
                let keys = names.max().unwrap_or(0).min(MOST_KEY);
                for (at, (_, value)) in pairs.iter().enumerate() {
                    let node = (number, at);
                    self.row(node, 1, keys, TreeRowKind::Pair(at));
                    self.lay_whole(node, 1, keys, &one_line(value));
                }
            }
        }
    }

    fn lay_json(&mut self, number: usize, json: &str) {
        let blank = json.len() - json.trim_start().len();
        let value = blank..json.trim_end().len();
        if json.trim_start().starts_with(['{', '[']) && !is_bare(json, &value) {
            return self.lay_members(number, json, &value, 1);
        }
        let node = (number, value.start);
        let leaf = TreeRowKind::Leaf(MemberName::None, value.clone());
        self.row(node, 1, 0, leaf);
        self.lay_whole(node, 1, 0, unquoted(part(json, value)));
    }

    fn lay_members(&mut self, number: usize, json: &str, of: &Range<usize>, depth: usize) {
        let found = self.members.entry((number, of.start));
        let found = found.or_insert_with(|| Arc::new(members(json, of, MOST_MEMBERS)));
        let found = Arc::clone(found);
        let is_leaf = |one: &Member| one.kind != Kind::Open || is_bare(json, &one.value);
        let columns = |at: usize, one: &Member| {
            if one.name.is_empty() {
                at.to_string().len()
            } else {
                width(&harmless(unnamed(json, &one.name)))
            }
        };
        let leaves = found.listed.iter().enumerate();
        let leaves = leaves.filter(|(_, one)| is_leaf(one));
        let keys = leaves.map(|(at, one)| columns(at, one)).max();
        let keys = keys.unwrap_or(0).min(MOST_KEY);
        for (at, one) in found.listed.iter().enumerate() {
            if self.rows.len() >= MOST_ROWS {
                return;
            }
            let name = if one.name.is_empty() {
                MemberName::Element(at)
            } else {
                MemberName::Name(one.name.clone())
            };
            let (node, value) = ((number, one.value.start), one.value.clone());
            if is_leaf(one) {
                let text = unquoted(part(json, value.clone()));
                self.row(node, depth, keys, TreeRowKind::Leaf(name, value));
                self.lay_whole(node, depth, keys, text);
            } else {
                let is_small = value.len() <= OPEN_BYTES && depth < OPEN_DEPTH;
                self.row(node, depth, keys, TreeRowKind::Branch(name, value.clone()));
                if self.is_open(node, is_small) {
                    self.lay_members(number, json, &value, depth + 1);
                }
            }
        }
        let more = found.in_all - found.listed.len();
        if more > 0 {
            self.note((number, of.start), depth, format!("… {more} more"));
        }
    }

    fn lay_text(&mut self, number: usize, text: &str) {
        let mut at = 0;
        for line in text.split('\n').take(MOST_MEMBERS) {
            let node = (number, at);
            self.row(node, 1, 0, TreeRowKind::Line(at..at + line.len()));
            if self.is_open(node, false) {
                self.lay_whole(node, 1, 0, &visible(start_of(line, OPEN_BYTES)));
            }
            at += line.len() + 1;
        }
        if at < text.len() {
            self.note((number, at), 1, format!("… {} bytes in all", text.len()));
        }
    }

    /// The rows of a value that is shown whole, below its own row, where it does not fit there.
    fn lay_whole(&mut self, node: NodeId, depth: usize, keys: usize, text: &str) {
        let room = self.value_room(depth, keys);
        if self.is_open(node, false) && !fits(text, room) {
            let below = self.columns.saturating_sub(indent(depth) + 2);
            for row in whole(text, below) {
                self.row(node, depth, keys, TreeRowKind::Whole(row));
            }
        }
    }

    fn row(&mut self, node: NodeId, depth: usize, keys: usize, what: TreeRowKind) {
        self.rows.push(TreeRow {
            node,
            depth,
            keys,
            what,
        });
    }

    fn note(&mut self, node: NodeId, depth: usize, text: String) {
        self.row(node, depth, 0, TreeRowKind::Note(text));
    }

    fn is_open(&self, node: NodeId, usually: bool) -> bool {
        self.folds.get(&node).copied().unwrap_or(usually)
    }

    /// Whether what stands on a row is open; `None` for what cannot be.
    pub(super) fn is_open_at(&self, at: usize) -> Option<bool> {
        let row = self.rows.get(at).filter(|_| self.raw.is_none())?;
        let usually = match &row.what {
            TreeRowKind::Part => self.parts.get(row.node.0)?.is_open,
            TreeRowKind::Branch(_, value) => value.len() <= OPEN_BYTES && row.depth < OPEN_DEPTH,
            TreeRowKind::Leaf(..)
            | TreeRowKind::Line(_)
            | TreeRowKind::Pair(_)
            | TreeRowKind::Whole(_) => false,
            TreeRowKind::Bytes(_) | TreeRowKind::Note(_) => return None,
        };
        Some(self.is_open(row.node, usually))
    }

    /// Whether a row has others below it that belong to it, open or not.
    pub(super) fn is_branch(&self, at: usize) -> bool {
        let row = self.rows.get(at).map(|row| &row.what);
        matches!(row, Some(TreeRowKind::Part | TreeRowKind::Branch(..)))
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        match self.raw.and_then(|part| self.parts.get(part)) {
            Some(part) => part.bytes.len().div_ceil(self.bytes_a_row()),
            None => self.rows.len(),
        }
    }

    fn bytes_a_row(&self) -> usize {
        if self.columns >= WIDE_BYTES { 16 } else { 8 }
    }

    fn value_room(&self, depth: usize, keys: usize) -> usize {
        let gap = if keys == 0 { 0 } else { GAP };
        self.columns.saturating_sub(indent(depth) + keys + gap)
    }

    /// What the bytes in view are.
    #[expect(clippy::unused_self, reason = "it is asked for as the rows are")]
    pub(super) fn raw_title(&self, part: &EntryPart) -> InkedRow {
        vec![
            (Ink::Heading, format!("{} byte for byte", part.name)),
            (Ink::Faint, format!(" · {} bytes", part.bytes.len())),
        ]
    }

    /// What a row says.
    pub(super) fn text_of(&self, at: usize) -> InkedRow {
        if let Some(shown) = self.raw.and_then(|part| self.parts.get(part)) {
            return self.bytes_row(&shown.bytes, at * self.bytes_a_row(), 0);
        }
        let Some((row, entry)) = self.rows.get(at).and_then(|row| {
            let entry = self.parts.get(row.node.0)?;
            Some((row, entry))
        }) else {
            return InkedRow::new();
        };
        let text = match &entry.shape {
            Shape::Json(text) | Shape::Text(text) => text.as_str(),
            _ => "",
        };
        match &row.what {
            TreeRowKind::Part => self.part_row(at, entry),
            TreeRowKind::Branch(name, value) => {
                let is_open = self.is_open_at(at) == Some(true);
                let name = named(text, name);
                let mut shown = vec![
                    blanks(indent(row.depth)),
                    (Ink::Faint, fold_mark(is_open)),
                    (Ink::Key, elided(&name, MOST_KEY).into_owned()),
                ];
                if !is_open {
                    let room = self.value_room(row.depth, width(&name) + 2);
                    shown.push(blanks(GAP));
                    shown.push((Ink::Faint, in_row(part(text, value.clone()), room)));
                }
                shown
            }
            TreeRowKind::Leaf(name, value) => {
                let value = unquoted(part(text, value.clone()));
                self.pair_row(row, &named(text, name), value)
            }
            TreeRowKind::Line(range) => {
                let line = visible(start_of(part(text, range.clone()), OPEN_BYTES));
                self.pair_row(row, "", &line)
            }
            TreeRowKind::Pair(number) => match &entry.shape {
                Shape::Pairs(pairs) => pairs.get(*number).map_or_else(InkedRow::new, |pair| {
                    self.pair_row(row, &one_line(&pair.0), &one_line(&pair.1))
                }),
                _ => InkedRow::new(),
            },
            TreeRowKind::Bytes(from) => self.bytes_row(&entry.bytes, *from, indent(row.depth)),
            TreeRowKind::Whole(text) => {
                vec![blanks(indent(row.depth) + 2), (Ink::Value, text.clone())]
            }
            TreeRowKind::Note(text) => vec![blanks(indent(row.depth)), (Ink::Faint, text.clone())],
        }
    }

    fn part_row(&self, at: usize, part: &EntryPart) -> InkedRow {
        let is_open = self.is_open_at(at) == Some(true);
        let room = self.columns.saturating_sub(width(part.name) + 4);
        vec![
            (Ink::Faint, fold_mark(is_open)),
            (Ink::Heading, part.name.to_owned()),
            blanks(GAP),
            (Ink::Faint, elided(&part.digest, room).into_owned()),
        ]
    }

    /// A key and its value, each in its columns; the value stands below where it is shown whole.
    fn pair_row(&self, row: &TreeRow, name: &str, value: &str) -> InkedRow {
        let room = self.value_room(row.depth, row.keys);
        let is_open = self.is_open(row.node, false);
        let short = short_id(value).filter(|_| !is_open);
        let shown = match short {
            Some(short) => elided(&short, room).into_owned(),
            None if is_open && !fits(value, room) => String::new(),
            None => in_row(value, room),
        };
        let mut pieces = vec![blanks(indent(row.depth))];
        if row.keys > 0 {
            let name = elided(name, row.keys);
            let fill = row.keys.saturating_sub(width(&name)) + GAP;
            pieces.push((Ink::Key, name.into_owned()));
            pieces.push(blanks(fill));
        }
        pieces.push((Ink::Value, shown));
        pieces
    }

    fn bytes_row(&self, bytes: &[u8], from: usize, indent: usize) -> InkedRow {
        let a_row = self.bytes_a_row();
        let end = (from + a_row).min(bytes.len());
        let row = bytes.get(from..end).unwrap_or(&[]);
        vec![blanks(indent), (Ink::Plain, hex(row, from, a_row))]
    }
}

/// Whether an object or array has nothing in it.
fn is_bare(json: &str, value: &Range<usize>) -> bool {
    let inner = part(json, value.start + 1..value.end.saturating_sub(1));
    inner.trim().is_empty()
}

/// Whether a value fits into so many columns as it is.
fn fits(text: &str, room: usize) -> bool {
    text.len() <= room.saturating_mul(4) && !text.contains('\n') && width(text) <= room
}

/// The name of a member without its quotes.
fn unnamed<'a>(json: &'a str, name: &Range<usize>) -> &'a str {
    start_of(part(json, name.clone()).trim_matches('"'), 4 * MOST_KEY)
}

fn named(json: &str, name: &MemberName) -> String {
    match name {
        MemberName::Name(range) => harmless(unnamed(json, range)).into_owned(),
        MemberName::Element(number) => number.to_string(),
        MemberName::None => String::new(),
    }
}

fn indent(depth: usize) -> usize {
    2 * depth.min(MOST_INDENT)
}

fn blanks(columns: usize) -> (Ink, String) {
    (Ink::Plain, " ".repeat(columns))
}

fn fold_mark(is_open: bool) -> String {
    if is_open { "▾ " } else { "▸ " }.to_owned()
}
