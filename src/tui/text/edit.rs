//! A text field: text, cursor, mark and undo, all by grapheme.
//!
//! It knows rows only through the room it is asked with, so the same field
//! serves the composer, the filter and the palette.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::{
    domain::text::SafeText,
    tui::text::{
        width::{cells, part, width},
        wrap,
    },
};

/// The longest text a field takes, in bytes; what goes beyond is refused as a whole.
pub(crate) const LONGEST: usize = 64 * 1024;

/// Changes that can be taken back; beyond that the oldest are forgotten.
const UNDOS: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    Left,
    Right,
    WordLeft,
    WordRight,
    Up,
    Down,
    Home,
    End,
}

#[derive(Debug, Clone)]
struct UndoState {
    text: String,
    cursor: usize,
}

/// What the last change was, so that a run of typing is undone at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Run {
    #[default]
    None,
    Typing,
    Deleting,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Editor {
    text: String,
    /// A byte offset, always between two graphemes.
    cursor: usize,
    /// The other end of what is marked.
    mark: Option<usize>,
    /// The column Up and Down try to keep.
    goal: Option<usize>,
    undone: Vec<UndoState>,
    redone: Vec<UndoState>,
    run: Run,
}

impl Editor {
    /// A field with this text and the cursor behind it.
    pub(crate) fn holding(text: &str) -> Self {
        let mut field = Self::default();
        field.insert(text);
        field
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Empties the field and gives what was written.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(self).text
    }

    /// The marked bytes, if any are.
    pub(crate) fn marked(&self) -> Option<Range<usize>> {
        let mark = self.mark?;
        let range = mark.min(self.cursor)..mark.max(self.cursor);
        (!range.is_empty()).then_some(range)
    }

    /// Writes a text at the cursor in place of what is marked, as one change.
    ///
    /// The text is cleaned: line ends become line feeds, tabs blanks, control
    /// characters nothing. Returns whether there was room for it.
    pub(crate) fn insert(&mut self, text: &str) -> bool {
        let text = SafeText::clean(text);
        let text = text.as_str();
        if text.is_empty() {
            return true;
        }
        let replaced = self.marked().map_or(0, |range| range.len());
        if self.text.len() - replaced + text.len() > LONGEST {
            return false;
        }
        let typing = text.chars().count() == 1 && !text.chars().all(char::is_whitespace);
        self.remember(if typing && replaced == 0 {
            Run::Typing
        } else {
            Run::None
        });
        self.cut_marked();
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        self.settle();
        true
    }

    /// Deletes what is marked, or from the cursor to where a motion would take it.
    pub(crate) fn delete(&mut self, motion: Motion, room: usize) {
        if self.marked().is_some() {
            self.remember(Run::None);
            self.cut_marked();
            self.settle();
            return;
        }
        let target = self.target(motion, room);
        if target == self.cursor {
            return;
        }
        let one = matches!(motion, Motion::Left | Motion::Right);
        self.remember(if one { Run::Deleting } else { Run::None });
        self.mark = Some(target);
        self.cut_marked();
        self.settle();
    }

    /// Moves the cursor; `marking` stretches the mark, otherwise it is dropped.
    pub(crate) fn go(&mut self, motion: Motion, marking: bool, room: usize) {
        self.run = Run::None;
        let vertical = matches!(motion, Motion::Up | Motion::Down);
        if vertical && self.goal.is_none() {
            self.goal = Some(self.cursor_cell(room).1);
        }
        if marking {
            self.mark.get_or_insert(self.cursor);
            self.cursor = self.target(motion, room);
        } else {
            let marked = self.marked();
            self.mark = None;
            self.cursor = match (motion, marked) {
                (Motion::Left, Some(range)) => range.start,
                (Motion::Right, Some(range)) => range.end,
                _ => self.target(motion, room),
            };
        }
        if !vertical {
            self.goal = None;
        }
    }

    pub(crate) fn mark_all(&mut self) {
        self.mark = Some(0);
        self.cursor = self.text.len();
        self.run = Run::None;
    }

    /// Puts the cursor on a cell, as a click does.
    pub(crate) fn point(&mut self, row: usize, column: usize, room: usize) {
        let rows = self.rows(room);
        let row = row.min(rows.len() - 1);
        self.cursor = self.at_column(&rows, row, column);
        self.mark = None;
        self.goal = None;
        self.run = Run::None;
    }

    /// Takes the last change back.
    pub(crate) fn undo(&mut self) {
        if let Some(earlier) = self.undone.pop() {
            let now = self.replaced_by(earlier);
            self.redone.push(now);
        }
    }

    /// Makes the change again.
    pub(crate) fn redo(&mut self) {
        if let Some(later) = self.redone.pop() {
            let now = self.replaced_by(later);
            self.undone.push(now);
        }
    }

    /// The rows of the text in so much room.
    pub(crate) fn rows(&self, room: usize) -> Vec<Range<usize>> {
        wrap::rows(&self.text, room)
    }

    /// The cursor's row and column in so much room.
    pub(crate) fn cursor_cell(&self, room: usize) -> (usize, usize) {
        let rows = self.rows(room);
        let row = self.cursor_row(&rows);
        (row, width(part(&self.text, rows[row].start..self.cursor)))
    }

    fn cursor_row(&self, rows: &[Range<usize>]) -> usize {
        // At a soft break the cursor stands at the start of the later row.
        rows.partition_point(|row| row.start <= self.cursor)
            .saturating_sub(1)
    }

    fn at_column(&self, rows: &[Range<usize>], row: usize, column: usize) -> usize {
        let range = rows[row].clone();
        let mut used = 0;
        let mut last = range.start;
        for (at, grapheme) in part(&self.text, range.clone()).grapheme_indices(true) {
            last = range.start + at;
            used += cells(grapheme);
            if used > column {
                return last;
            }
        }
        if is_soft(rows, row) { last } else { range.end }
    }

    fn target(&self, motion: Motion, room: usize) -> usize {
        match motion {
            Motion::Left => self.before(self.cursor),
            Motion::Right => self.behind(self.cursor),
            Motion::WordLeft => part(&self.text, 0..self.cursor)
                .split_word_bound_indices()
                .rfind(|(_, word)| !word.chars().all(char::is_whitespace))
                .map_or(0, |(at, _)| at),
            Motion::WordRight => part(&self.text, self.cursor..self.text.len())
                .split_word_bound_indices()
                .find(|(_, word)| !word.chars().all(char::is_whitespace))
                .map_or(self.text.len(), |(at, word)| self.cursor + at + word.len()),
            Motion::Up | Motion::Down | Motion::Home | Motion::End => {
                let rows = self.rows(room);
                let row = self.cursor_row(&rows);
                let column = self
                    .goal
                    .unwrap_or_else(|| width(part(&self.text, rows[row].start..self.cursor)));
                match motion {
                    Motion::Up if row == 0 => 0,
                    Motion::Up => self.at_column(&rows, row - 1, column),
                    Motion::Down if row + 1 == rows.len() => self.text.len(),
                    Motion::Down => self.at_column(&rows, row + 1, column),
                    Motion::Home => rows[row].start,
                    _ if is_soft(&rows, row) => self.before(rows[row].end),
                    _ => rows[row].end,
                }
            }
        }
    }

    fn before(&self, at: usize) -> usize {
        GraphemeCursor::new(at, self.text.len(), true)
            .prev_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(0)
    }

    fn behind(&self, at: usize) -> usize {
        GraphemeCursor::new(at, self.text.len(), true)
            .next_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(self.text.len())
    }

    fn cut_marked(&mut self) {
        if let Some(range) = self.marked() {
            self.cursor = range.start;
            self.text.replace_range(range, "");
        }
        self.mark = None;
    }

    /// Brings the cursor out of a grapheme that a change has joined.
    fn settle(&mut self) {
        self.goal = None;
        self.mark = None;
        let between =
            GraphemeCursor::new(self.cursor, self.text.len(), true).is_boundary(&self.text, 0);
        if between != Ok(true) {
            self.cursor = self.behind(self.cursor);
        }
    }

    fn remember(&mut self, run: Run) {
        self.redone.clear();
        if run == Run::None || run != self.run {
            if self.undone.len() == UNDOS {
                self.undone.remove(0);
            }
            self.undone.push(UndoState {
                text: self.text.clone(),
                cursor: self.cursor,
            });
        }
        self.run = run;
    }

    fn replaced_by(&mut self, state: UndoState) -> UndoState {
        self.mark = None;
        self.goal = None;
        self.run = Run::None;
        UndoState {
            text: std::mem::replace(&mut self.text, state.text),
            cursor: std::mem::replace(&mut self.cursor, state.cursor),
        }
    }
}

/// Whether a row ends because the room did, not because the line did.
fn is_soft(rows: &[Range<usize>], row: usize) -> bool {
    rows.get(row + 1)
        .is_some_and(|next| next.start == rows[row].end)
}

#[cfg(test)]
mod tests;
