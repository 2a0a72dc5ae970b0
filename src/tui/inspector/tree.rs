//! The opened entry of the wire: a folding tree of what was sent, what was answered and the headers.
//!
//! What a member holds is found when it is unfolded, and its text is made when it comes into view,
//! so that a body of any size costs what is seen of it.

mod entry;
mod lay;
mod members;
#[cfg(test)]
mod tests;
mod value;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use crate::{
    domain::{exchange::Entry, ids::EntryId},
    tui::{
        inspector::{
            json::InkedRow,
            tree::{entry::EntryPart, members::Members},
        },
        text::width::top_with,
    },
};

/// What can be folded: a part of the entry by its number, and the place a value begins at in it.
type NodeId = (usize, usize);

/// The place that stands for a part as a whole.
const WHOLE_PART: usize = usize::MAX;

/// A row of the tree, as it is made into text when it comes into view.
#[derive(Debug)]
struct TreeRow {
    node: NodeId,
    depth: usize,
    /// Columns of the keys that stand together with this one.
    keys: usize,
    what: TreeRowKind,
}

#[derive(Debug)]
enum TreeRowKind {
    Part,
    /// An object or array with something in it; of an element, its number stands for the name.
    Branch(MemberName, Range<usize>),
    Leaf(MemberName, Range<usize>),
    /// A row of a text.
    Line(Range<usize>),
    /// A header by its number.
    Pair(usize),
    /// Bytes from this one on.
    Bytes(usize),
    /// A row of a value that is shown whole.
    Whole(String),
    Note(String),
}

#[derive(Debug, Clone)]
enum MemberName {
    Name(Range<usize>),
    Element(usize),
    /// The value is the whole body.
    None,
}

/// The tree with the row the keyboard stands on.
#[derive(Debug, Default)]
pub(crate) struct EntryTree {
    of: Option<EntryId>,
    is_stale: bool,
    columns: usize,
    title: InkedRow,
    parts: Vec<EntryPart>,
    /// What somebody folded or unfolded.
    folds: BTreeMap<NodeId, bool>,
    members: HashMap<NodeId, Arc<Members>>,
    rows: Vec<TreeRow>,
    /// The part whose bytes are shown instead of the tree.
    raw: Option<usize>,
    at: usize,
    top: usize,
}

impl EntryTree {
    /// Makes the tree of an entry for so many columns, unless it is made already, and brings the
    /// row the keyboard stands on into view.
    pub(crate) fn prepare(&mut self, entry: Option<&Entry>, columns: u16, height: u16) {
        let of = entry.map(|entry| entry.id);
        if of != self.of {
            // Which parts are open holds for the next entry too.
            self.folds.retain(|(_, place), _| *place == WHOLE_PART);
            (self.raw, self.at, self.top) = (None, 0, 0);
            self.is_stale = true;
        }
        let columns = usize::from(columns);
        let is_new = std::mem::take(&mut self.is_stale);
        if is_new {
            self.of = of;
            self.title = entry.map(entry::title).unwrap_or_default();
            self.parts = entry.map(entry::parts).unwrap_or_default();
            self.members.clear();
        }
        if is_new || columns != self.columns {
            self.columns = columns;
            self.lay();
        }
        self.at = self.at.min(self.len().saturating_sub(1));
        self.top = top_with(self.top, self.at, self.len(), height);
    }

    /// Makes the tree anew next time: the entry changed.
    pub(crate) fn changed(&mut self, id: EntryId) {
        self.is_stale |= self.of == Some(id);
    }

    /// What the entry is, in one row.
    pub(crate) fn title(&self) -> InkedRow {
        match self.raw.and_then(|part| self.parts.get(part)) {
            Some(part) => self.raw_title(part),
            None => self.title.clone(),
        }
    }

    /// The rows in view, each with whether the keyboard stands on it.
    pub(crate) fn visible(&self, height: u16) -> impl Iterator<Item = (InkedRow, bool)> {
        let end = (self.top + usize::from(height)).min(self.len());
        (self.top..end).map(|at| (self.text_of(at), at == self.at))
    }

    pub(crate) fn step(&mut self, up: bool, rows: usize) {
        let last = self.len().saturating_sub(1);
        self.at = if up {
            self.at.saturating_sub(rows)
        } else {
            self.at.saturating_add(rows).min(last)
        };
    }

    /// Goes to a row of those in view; whether there is one.
    pub(crate) fn point(&mut self, row: usize) -> bool {
        let at = self.top + row;
        let is_there = at < self.len();
        if is_there {
            self.at = at;
        }
        is_there
    }

    /// Unfolds what the keyboard stands on, or folds it.
    pub(crate) fn toggle(&mut self) {
        if let Some(is_open) = self.is_open_at(self.at) {
            self.set_fold(!is_open);
        }
    }

    /// Unfolds what the keyboard stands on, or goes on to the next row.
    pub(crate) fn unfold(&mut self) {
        match self.is_open_at(self.at) {
            Some(false) if self.is_branch(self.at) => self.set_fold(true),
            _ => self.step(false, 1),
        }
    }

    /// Folds what the keyboard stands on, or goes to what holds it; false where nothing does.
    pub(crate) fn fold(&mut self) -> bool {
        if self.raw.is_some() {
            self.turn_raw();
            return true;
        }
        if self.is_open_at(self.at) == Some(true) {
            self.set_fold(false);
            return true;
        }
        let depth = self.rows.get(self.at).map_or(0, |row| row.depth);
        let above = self.rows.get(..self.at).unwrap_or(&[]);
        match above.iter().rposition(|row| row.depth < depth) {
            Some(holder) => self.at = holder,
            None => return false,
        }
        true
    }

    /// Shows the bytes of the part the keyboard stands in, or the tree again.
    pub(crate) fn turn_raw(&mut self) {
        let part = match self.raw.take() {
            Some(part) => {
                let is_part = |row: &TreeRow| row.node == (part, WHOLE_PART);
                self.at = self.rows.iter().position(is_part).unwrap_or(0);
                return;
            }
            None => self.rows.get(self.at).map_or(0, |row| row.node.0),
        };
        // The headers have none; those of the request are meant.
        let has_bytes = |part: &EntryPart| !part.bytes.is_empty();
        let own = self.parts.get(part).is_some_and(has_bytes).then_some(part);
        self.raw = own.or_else(|| self.parts.iter().position(has_bytes));
        (self.at, self.top) = (0, 0);
    }

    fn set_fold(&mut self, is_open: bool) {
        let Some(row) = self.rows.get(self.at) else {
            return;
        };
        let node = row.node;
        self.folds.insert(node, is_open);
        self.lay();
        let first = self.rows.iter().position(|row| row.node == node);
        self.at = first.unwrap_or(0);
    }
}
