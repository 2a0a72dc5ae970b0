//! One line of the phone: its shape in so much room, and how it is drawn.
//!
//! A shape is computed once and kept; drawing takes any run of its rows, so a
//! bubble may hang over the edge of the transcript.

mod said;

use std::{path::PathBuf, sync::Arc};

use ratatui::layout::Rect;

use crate::{
    domain::{
        content::Content,
        ids::ItemId,
        item::{Body, Delivery, Item},
        rich::card::{Part, State},
    },
    tui::{
        chat::{
            brush::Brush,
            card::{
                block::{Block, Piece, Scroll, Tone},
                lay, paint,
            },
        },
        terminal::images::{cells::Picture, gallery::Gallery},
        text::{
            clock,
            width::{elided, width},
            wrap::wrapped,
        },
    },
};

/// Room kept beside our bubbles for time and ticks, and beside theirs for the time.
const MINE_GUTTER: usize = 10;
const THEIRS_GUTTER: usize = 7;

/// Where the bubbles of others begin.
const LEFT: usize = 1;

/// What a shape depends on besides the line itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Columns of the transcript.
    pub(crate) columns: u16,
    /// Without top and bottom of the frame, where rows are few.
    pub(crate) compact: bool,
}

/// What else is known of a line; a change of it has the shape made anew.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Aside<'a> {
    /// The key that sends a failed message again.
    pub(crate) retry: &'a str,
    /// What was done with its structured content.
    pub(crate) state: Option<&'a State>,
    /// How far its file has come, in bytes so far and in all.
    pub(crate) progress: Option<(u64, u64)>,
    /// Where its file is on this machine, or why it is not.
    pub(crate) file: Option<&'a Result<PathBuf, String>>,
    /// Where pictures of files come from; `None` when none are drawn.
    pub(crate) gallery: Option<&'a Gallery>,
    /// What an agent workspace knows of it; `None` on a phone.
    pub(crate) workspace: Option<AgentAside<'a>>,
}

/// What an agent workspace knows of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AgentAside<'a> {
    /// What stands on the bubble's upper edge.
    pub(crate) label: Option<&'a str>,
    /// It is a private note.
    pub(crate) is_note: bool,
    /// What came along with it, told under the text.
    pub(crate) told: &'a str,
}

/// Something of a bubble that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BubbleTarget {
    /// A part of its structured content.
    Part(Part),
    /// One of its quick replies.
    Reply(usize),
}

/// A quick reply as a button; its columns count from the left of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) index: usize,
    pub(crate) x: u16,
    pub(crate) columns: u16,
    pub(crate) piece: Piece,
}

/// A line wrapped into its room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    body: Block,
    inner: usize,
    compact: bool,
    framed: bool,
    /// It is a private note, and must not be taken for a message.
    is_note: bool,
    label: Option<String>,
    /// A picture, and the row of the text it begins on; rows without pieces are kept for it.
    picture: Option<(usize, Arc<Picture>)>,
    foot: Vec<String>,
    buttons: Vec<Vec<Button>>,
}

/// How a bubble stands out at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// It is selected.
    pub(crate) selected: bool,
    /// The selected wire entry belongs to it.
    pub(crate) lit: bool,
    /// It is the last one of ours that was read.
    pub(crate) last_read: bool,
    /// What the keyboard stands on.
    pub(crate) spot: Option<BubbleTarget>,
}

impl Shape {
    /// Wraps a line.
    pub(crate) fn of(item: &Item, room: Room, aside: Aside<'_>) -> Self {
        let columns = usize::from(room.columns);
        match &item.body {
            Body::Quiet { text } => Self {
                body: lay::plain(text.as_str(), columns.saturating_sub(4).max(1)),
                ..Self::default()
            },
            Body::Mine {
                content, delivery, ..
            } => {
                let label = aside
                    .workspace
                    .and_then(|workspace| workspace.label)
                    .map(str::to_owned);
                let mut shape = Self::framed((item.id, content), room, MINE_GUTTER, aside, label);
                // Nobody clicks on what they wrote themselves.
                shape.body.parts.clear();
                shape.body.scrolls.clear();
                if let Delivery::Failed { reason, uncertain } = delivery {
                    let doubt = if *uncertain {
                        "; it may have arrived all the same"
                    } else {
                        ""
                    };
                    let text = format!("✗ {reason}{doubt}");
                    shape.foot = wrapped(&text, columns.saturating_sub(2).max(1));
                    if !aside.retry.is_empty() {
                        shape.foot.push(format!("{} sends it again", aside.retry));
                    }
                }
                shape
            }
            Body::Theirs {
                content,
                author,
                name,
                ..
            } => {
                let label = match aside.workspace {
                    Some(workspace) => workspace.label.map(str::to_owned),
                    None => said::author_label(&author.role, name),
                };
                let mut shape = Self::framed((item.id, content), room, THEIRS_GUTTER, aside, label);
                if aside.workspace.is_some() {
                    // What others offer the consumer is not the agent's to use.
                    shape.body.parts.clear();
                    shape.body.scrolls.clear();
                }
                shape
            }
        }
    }

    fn framed(
        (id, content): (ItemId, &Content),
        room: Room,
        gutter: usize,
        aside: Aside<'_>,
        label: Option<String>,
    ) -> Self {
        let columns = usize::from(room.columns);
        // A margin and two columns of frame and blank on either side.
        let most = columns
            .saturating_sub(gutter + 1)
            .min(columns * 5 / 6)
            .saturating_sub(4)
            .max(1);
        let mut body = said::body(content, aside, most);
        if let Some(workspace) = aside.workspace {
            said::tell(content, workspace, most, &mut body);
        }
        let mut picture = said::picture(id, content, room, aside, most).map(|picture| (0, picture));
        if let Some((_, picture)) = &picture {
            let rows = vec![Vec::new(); usize::from(picture.rows())];
            body.rows.splice(0..0, rows);
            body.width = body.width.max(usize::from(picture.columns()));
        }
        let label = label.map(|label| elided(&label, most).into_owned());
        if let (true, Some(label)) = (room.compact, &label) {
            // There is no edge it could stand on.
            body.rows.insert(0, vec![Piece::new(label, Tone::Label)]);
            if let Some((at, _)) = &mut picture {
                *at = 1;
            }
        }
        let inner = body
            .width
            .max(label.as_ref().map_or(0, |label| width(label)))
            .max(1);
        Self {
            body,
            inner,
            compact: room.compact,
            framed: true,
            is_note: aside.workspace.is_some_and(|workspace| workspace.is_note),
            label,
            picture,
            foot: Vec::new(),
            buttons: said::buttons(content, columns),
        }
    }

    /// The rows it takes.
    pub(crate) fn height(&self, offers: bool) -> usize {
        let frame = if self.framed && !self.compact { 2 } else { 0 };
        let buttons = if offers { self.buttons.len() } else { 0 };
        self.body.rows.len() + frame + self.foot.len() + buttons
    }

    /// The quick replies on one of its rows.
    fn buttons_at(&self, row: usize) -> &[Button] {
        row.checked_sub(self.height(false))
            .and_then(|row| self.buttons.get(row))
            .map_or(&[], Vec::as_slice)
    }

    /// What can be used of it, in the order the keyboard goes.
    pub(crate) fn spots(&self, offers: bool) -> Vec<BubbleTarget> {
        let parts = self.body.parts.iter().copied().map(BubbleTarget::Part);
        let buttons = self.buttons.iter().flatten().filter(|_| offers);
        parts
            .chain(buttons.map(|button| BubbleTarget::Reply(button.index)))
            .collect()
    }

    /// What can be used at a column of a row, counted from the left of the transcript.
    pub(crate) fn spot_at(&self, row: usize, column: usize, offers: bool) -> Option<BubbleTarget> {
        let under = |button: &&Button| {
            let start = usize::from(button.x);
            (start..start + usize::from(button.columns)).contains(&column)
        };
        let mut buttons = self.buttons_at(row).iter().filter(|_| offers);
        if let Some(button) = buttons.find(under) {
            return Some(BubbleTarget::Reply(button.index));
        }
        // Only bubbles of others have parts, and they stand at the left.
        let (row, column) = (row.checked_sub(self.top())?, column.checked_sub(LEFT + 2)?);
        let part = self.body.part_at(row, column)?;
        self.body
            .parts
            .contains(&part)
            .then_some(BubbleTarget::Part(part))
    }

    /// The row something that can be used begins on.
    pub(crate) fn row_of(&self, spot: BubbleTarget) -> Option<usize> {
        match spot {
            BubbleTarget::Part(part) => Some(self.body.row_of(part)? + self.top()),
            BubbleTarget::Reply(index) => {
                let at = |row: &Vec<Button>| row.iter().any(|button| button.index == index);
                Some(self.buttons.iter().position(at)? + self.height(false))
            }
        }
    }

    /// What scrolls sideways in it.
    pub(crate) fn scrolls(&self) -> &[Scroll] {
        &self.body.scrolls
    }

    /// Rows above its text.
    fn top(&self) -> usize {
        usize::from(self.framed && !self.compact)
    }

    /// Draws one of its rows.
    pub(crate) fn draw_row(
        &self,
        row: usize,
        item: &Item,
        look: Look,
        spot: Rect,
        brush: &mut Brush<'_>,
    ) {
        if let Body::Quiet { .. } = item.body {
            let pieces = self.body.rows.get(row).map_or(&[][..], Vec::as_slice);
            let text = pieces.first().map_or("", |piece| piece.text.as_str());
            let indent = usize::from(spot.width).saturating_sub(width(text)) / 2;
            let style = if look.selected {
                brush.styles.selected
            } else {
                brush.styles.muted
            };
            brush.text(spot, indent, text, style);
            return;
        }
        let end = self.body.rows.len() + 2 * self.top();
        if row < end {
            self.draw_box_row(row, item, look, spot, brush);
        } else if let Some(text) = self.foot.get(row - end) {
            let indent = usize::from(spot.width).saturating_sub(width(text) + 1);
            brush.text(spot, indent, text, brush.styles.bad);
        } else {
            for button in self.buttons_at(row) {
                let here = look.spot == Some(BubbleTarget::Reply(button.index));
                let x = usize::from(button.x);
                paint::row(std::slice::from_ref(&button.piece), x, None, spot, brush);
                if here {
                    brush.text(spot, x, &button.piece.text, brush.styles.chosen);
                    brush.text(spot, x.saturating_sub(1), paint::HERE, brush.styles.accent);
                }
            }
        }
    }

    fn draw_box_row(&self, row: usize, item: &Item, look: Look, spot: Rect, brush: &mut Brush<'_>) {
        let mine = matches!(item.body, Body::Mine { .. });
        let style = match (look.selected || look.lit, mine) {
            (true, _) => brush.styles.accent,
            (false, _) if self.is_note => brush.styles.warn,
            (false, true) => brush.styles.mine,
            (false, false) => brush.styles.theirs,
        };
        let [tl, tr, bl, br, h, v] = match (look.selected, look.lit) {
            (true, _) => ["┏", "┓", "┗", "┛", "━", "┃"],
            (false, true) => ["╔", "╗", "╚", "╝", "═", "║"],
            (false, false) if self.is_note => ["┌", "┐", "└", "┘", "┄", "┆"],
            (false, false) => ["╭", "╮", "╰", "╯", "─", "│"],
        };
        let outer = self.inner + 4;
        let left = if mine {
            usize::from(spot.width).saturating_sub(outer + MINE_GUTTER)
        } else {
            LEFT
        };
        let top = self.top();
        let end = self.body.rows.len() + 2 * top;
        if !self.compact && row == 0 {
            let label = self.label.as_deref();
            let label = label.map_or_else(String::new, |label| format!(" {label} "));
            let rest = (self.inner + 2).saturating_sub(width(&label));
            let edge = format!("{tl}{label}{}{tr}", h.repeat(rest));
            brush.text(spot, left, &edge, style);
        } else if !self.compact && row + 1 == end {
            let edge = format!("{bl}{}{br}", h.repeat(self.inner + 2));
            brush.text(spot, left, &edge, style);
            if look.last_read {
                brush.text(spot, left + outer + 1, "Read", brush.styles.accent);
            }
        } else {
            let pieces = self.body.rows.get(row - top);
            brush.text(spot, left, v, style);
            let focus = match look.spot {
                Some(BubbleTarget::Part(part)) => {
                    Some((part, self.body.row_of(part) == Some(row - top)))
                }
                _ => None,
            };
            let pieces = pieces.map_or(&[][..], Vec::as_slice);
            paint::row(pieces, left + 2, focus, spot, brush);
            self.draw_picture(row - top, left + 2, spot, brush);
            brush.text(spot, left + outer - 1, v, style);
            if row + top + 1 == end {
                self.draw_gutter(item, look, left + outer + 1, spot, brush);
            }
        }
    }

    /// The part of the picture that stands on a row of the text.
    fn draw_picture(&self, row: usize, left: usize, spot: Rect, brush: &mut Brush<'_>) {
        let Some((at, picture)) = &self.picture else {
            return;
        };
        let row = row.checked_sub(*at).and_then(|row| u16::try_from(row).ok());
        let left = u16::try_from(left).unwrap_or(u16::MAX);
        if let (Some(row), Some(room)) = (row, spot.width.checked_sub(left)) {
            let spot = Rect::new(spot.x + left, spot.y, room, spot.height);
            picture.draw_row(row, spot, brush.buffer);
        }
    }

    /// Time and ticks, beside the last row of the text.
    fn draw_gutter(&self, item: &Item, look: Look, left: usize, spot: Rect, brush: &mut Brush<'_>) {
        let time = clock::minutes(item.at, brush.zone);
        let styles = brush.styles;
        match &item.body {
            Body::Mine { delivery, .. } => {
                let (tick, style) = match delivery {
                    Delivery::Queued | Delivery::Leaving => ("◷", styles.muted),
                    Delivery::Taken | Delivery::Sent { .. } => ("✓", styles.muted),
                    Delivery::Accepted { .. } => ("✓✓", styles.muted),
                    Delivery::Read { .. } => ("✓✓", styles.accent),
                    Delivery::Failed { .. } => ("✗", styles.bad),
                };
                if self.compact && look.last_read {
                    brush.text(spot, left, "✓✓ Read", styles.accent);
                } else {
                    brush.text(spot, left, &time, styles.muted);
                    brush.text(spot, left + width(&time) + 1, tick, style);
                }
            }
            Body::Theirs { .. } => {
                brush.text(spot, left, &time, styles.muted);
            }
            Body::Quiet { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
