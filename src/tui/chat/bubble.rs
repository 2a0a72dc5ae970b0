//! One line of the phone: its shape in so much room, and how it is drawn.
//!
//! A shape is computed once and kept; drawing takes any run of its rows, so a
//! bubble may hang over the edge of the transcript. It is filled, or outlined
//! where there are no colours to fill it with.

mod filled;
mod marks;
mod outlined;
pub(crate) mod run;
mod said;
mod tail;
mod targets;

pub(crate) use marks::StepMarks;
pub(crate) use targets::{BubbleTarget, Button};

use std::{path::PathBuf, sync::Arc};

use ratatui::layout::Rect;

use crate::{
    config::brand::BrandLook,
    domain::{
        content::Content,
        conversation::is_closing,
        line::{Delivery, Line, LineBody},
        rich::card::CardState,
        role::Role,
    },
    tui::{
        chat::{
            brush::Brush,
            card::{
                block::{Block, Piece, Scroll, Tone},
                lay, paint,
            },
            composer::refused_for_good,
        },
        terminal::images::{cells::Picture, gallery::Gallery},
        text::{
            width::{elided, width},
            wrap::wrapped,
        },
        theme::ground::Ground,
    },
};

/// What a shape depends on besides the line itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Columns of the transcript.
    pub(crate) columns: u16,
    pub(crate) manner: Manner,
}

/// How bubbles are drawn on this screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Rows are few: without top and bottom of the outline, without blank rows between bubbles.
    pub(crate) compact: bool,
    /// Bubbles are filled, and not outlined.
    pub(crate) filled: bool,
    /// The look of a brand's phone on stage.
    pub(crate) look: Option<BrandLook>,
}

impl Manner {
    /// Whether filled bubbles have round corners, made of half rows above and below them.
    pub(crate) fn has_edges(self) -> bool {
        self.look.is_some() && self.filled && !self.compact
    }

    /// Whether time and ticks stand within each bubble, or outside of it.
    pub(crate) fn has_time_inside(self) -> bool {
        !self.has_edges() || self.look == Some(BrandLook::Ticks)
    }
}

/// What else is known of a line; a change of it has the shape made anew.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Aside<'a> {
    /// The key that sends a failed message again.
    pub(crate) retry: &'a str,
    /// What was done with its structured content.
    pub(crate) state: Option<&'a CardState>,
    /// How far its file has come, in bytes so far and in all.
    pub(crate) progress: Option<(u64, u64)>,
    /// Where its file is on this machine, or why it is not.
    pub(crate) file: Option<&'a Result<PathBuf, String>>,
    /// Where pictures of files come from; `None` when none are drawn.
    pub(crate) gallery: Option<&'a Gallery>,
    /// Whether an agent reads it, and not the consumer.
    pub(crate) for_agent: bool,
    /// Whether a long text is shown to its end.
    pub(crate) unfolded: bool,
}

/// A line wrapped into its room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is told by itself")]
pub(crate) struct Shape {
    body: Block,
    inner: usize,
    manner: Manner,
    /// Columns from the left of the transcript, and from its right, that stay free.
    margin: usize,
    framed: bool,
    /// The row of the text that shows or folds away the end of it.
    fold: Option<usize>,
    /// Whether time and ticks have a row of their own below the text of a filled bubble.
    apart: bool,
    /// Whether the system or a bot says it.
    is_automatic: bool,
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
#[expect(clippy::struct_excessive_bools, reason = "each is told by itself")]
pub(crate) struct Look {
    /// It is selected.
    pub(crate) selected: bool,
    /// The selected wire entry belongs to it.
    pub(crate) lit: bool,
    /// It is the last one of ours that was read.
    pub(crate) last_read: bool,
    /// What the keyboard stands on.
    pub(crate) spot: Option<BubbleTarget>,
    /// It has the second of the shades of its run.
    pub(crate) turned: bool,
    /// It is the last of its run.
    pub(crate) ends: bool,
    /// The steps of a scenario that it belongs to.
    pub(crate) marks: StepMarks,
}

impl Shape {
    /// Wraps a line.
    pub(crate) fn of(item: &Line, room: Room, aside: Aside<'_>) -> Self {
        let columns = usize::from(room.columns);
        match &item.body {
            LineBody::Quiet { text } => Self {
                body: lay::plain(text.as_str(), columns.saturating_sub(4).max(1)),
                manner: room.manner,
                ..Self::default()
            },
            LineBody::Mine {
                content, delivery, ..
            } => {
                let label = item.private.then(|| "private note".to_owned());
                let mut shape = Self::framed((item, content), room, aside, label);
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
                    shape.foot = wrapped(&text, columns.saturating_sub(4).max(1));
                    if !aside.retry.is_empty() {
                        let does = if refused_for_good(item).is_some() {
                            "puts it back into the draft, to be shortened"
                        } else {
                            "sends it again"
                        };
                        shape.foot.push(format!("{} {does}", aside.retry));
                    }
                }
                shape
            }
            LineBody::Theirs {
                content,
                author,
                name,
                ..
            } => {
                let label = if item.private {
                    Some(format!("private note · {}", name.one_line()))
                } else if room.manner.look.is_some() {
                    Some(name.one_line())
                } else if room.manner.filled {
                    Some(said::sender(&author.role, name))
                } else {
                    said::author_label(&author.role, name, aside.for_agent)
                };
                let mut shape = Self::framed((item, content), room, aside, label);
                shape.is_automatic = matches!(author.role, Role::Controller | Role::Agent);
                if aside.for_agent {
                    // What others offer the consumer is not the agent's to use.
                    shape.body.parts.clear();
                    shape.body.scrolls.clear();
                }
                shape
            }
        }
    }

    fn framed(
        (item, content): (&Line, &Content),
        room: Room,
        aside: Aside<'_>,
        label: Option<String>,
    ) -> Self {
        let manner = room.manner;
        let is_mine = matches!(item.body, LineBody::Mine { .. });
        let most = if manner.filled {
            filled::most(room.columns)
        } else {
            outlined::most(room.columns, is_mine)
        };
        let (mut body, fold) = said::body((item.id, content), aside, most, manner);
        if aside.for_agent {
            said::add_extras(item, content, most, &mut body);
        }
        let mut picture =
            said::picture(item.id, content, room, aside, most).map(|picture| (0, picture));
        if let Some((_, picture)) = &picture {
            let rows = vec![Vec::new(); usize::from(picture.rows())];
            body.rows.splice(0..0, rows);
            body.width = body.width.max(usize::from(picture.columns()));
        }
        let label = label.map(|label| elided(&label, most).into_owned());
        let mut inner = body.width.max(1);
        if !manner.filled {
            inner = inner.max(label.as_ref().map_or(0, |label| width(label)));
            if let (true, Some(label)) = (manner.compact, &label) {
                // There is no edge it could stand on.
                body.rows.insert(0, vec![Piece::new(label, Tone::Label)]);
                if let Some((at, _)) = &mut picture {
                    *at = 1;
                }
            }
        }
        let mut buttons = said::buttons(content, room);
        if manner.look.is_some() {
            // Nobody is led off the stage, and no address stands behind a word there.
            for piece in body.rows.iter_mut().flatten() {
                piece.uri = None;
            }
            for button in buttons.iter_mut().flatten() {
                button.piece.uri = None;
            }
        }
        let apart = manner.filled
            && manner.has_time_inside()
            && !tail::fits(&body, filled::room(room.columns), (is_mine, manner));
        Self {
            body,
            inner,
            manner,
            margin: if manner.filled {
                filled::margin(room.columns)
            } else {
                outlined::LEFT
            },
            framed: true,
            fold,
            apart,
            is_automatic: false,
            is_note: item.private,
            label,
            picture,
            foot: Vec::new(),
            buttons,
        }
    }

    /// The name above a run of filled bubbles.
    pub(crate) fn name(&self) -> Option<&str> {
        self.label.as_deref().filter(|_| self.manner.filled)
    }

    /// The rows it takes.
    pub(crate) fn height(&self, offers: bool) -> usize {
        let buttons = if offers && !self.buttons.is_empty() {
            self.gap() + self.buttons.len()
        } else {
            0
        };
        self.below() + buttons
    }

    /// The rows of the bubble itself.
    fn end(&self) -> usize {
        let edge = usize::from(self.framed && self.manner.has_edges());
        self.body.rows.len() + 2 * self.top() + usize::from(self.apart) + edge
    }

    /// The row below the bubble and what is told of its sending, before its quick replies.
    pub(crate) fn below(&self) -> usize {
        self.end() + self.foot.len()
    }

    /// Blank rows between a bubble and its quick replies.
    fn gap(&self) -> usize {
        usize::from(self.manner.filled && !self.manner.compact)
    }

    /// The row of the first quick replies.
    fn first_button_row(&self) -> usize {
        self.below() + self.gap()
    }

    /// The quick replies on one of its rows.
    fn buttons_at(&self, row: usize) -> &[Button] {
        row.checked_sub(self.first_button_row())
            .and_then(|row| self.buttons.get(row))
            .map_or(&[], Vec::as_slice)
    }

    /// What scrolls sideways in it.
    pub(crate) fn scrolls(&self) -> &[Scroll] {
        &self.body.scrolls
    }

    /// Rows above its text.
    fn top(&self) -> usize {
        usize::from(self.framed && !self.manner.compact && !self.manner.filled)
    }

    /// Columns between its left edge and its text.
    fn side(&self) -> usize {
        if self.manner.filled { 1 } else { 2 }
    }

    /// Draws one of its rows.
    pub(crate) fn draw_row(
        &self,
        row: usize,
        item: &Line,
        look: Look,
        spot: Rect,
        brush: &mut Brush<'_>,
    ) {
        if let LineBody::Quiet { .. } = item.body {
            let pieces = self.body.rows.get(row).map_or(&[][..], Vec::as_slice);
            let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            let text = if is_closing(&text) && self.manner.look.is_none() {
                format!("── {text} ──")
            } else {
                text
            };
            let indent = usize::from(spot.width).saturating_sub(width(&text)) / 2;
            let style = if look.selected {
                brush.styles.selected
            } else {
                brush.styles.muted
            };
            brush.text(spot, indent, &text, style);
            return;
        }
        if row < self.end() {
            let styles = brush.styles;
            match &styles.bubbles {
                Some(bubbles) if self.manner.filled => {
                    self.draw_filled_row(row, item, look, bubbles, (spot, brush));
                }
                _ => self.draw_outlined_row(row, item, look, spot, brush),
            }
        } else if let Some(text) = self.foot.get(row - self.end()) {
            let indent = usize::from(spot.width).saturating_sub(width(text) + self.margin);
            brush.text(spot, indent, text, brush.styles.bad);
        } else {
            self.draw_buttons(row, look, spot, brush);
        }
    }

    fn draw_buttons(&self, row: usize, look: Look, spot: Rect, brush: &mut Brush<'_>) {
        let open = &brush.styles.open;
        for button in self.buttons_at(row) {
            let here = look.spot == Some(BubbleTarget::Reply(button.index));
            let x = usize::from(button.x);
            paint::row(
                std::slice::from_ref(&button.piece),
                x,
                None,
                open,
                spot,
                brush,
            );
            if here {
                brush.text(spot, x, &button.piece.text, brush.styles.chosen);
                brush.text(spot, x.saturating_sub(1), paint::HERE, open.mark);
            }
        }
    }

    /// Draws a row of the text from a column on.
    fn draw_body_row(
        &self,
        row: usize,
        look: Look,
        ground: &Ground,
        (left, spot): (usize, Rect),
        brush: &mut Brush<'_>,
    ) {
        let pieces = self.body.rows.get(row).map_or(&[][..], Vec::as_slice);
        let focus = match look.spot {
            Some(BubbleTarget::Part(part)) => Some((part, self.body.row_of(part) == Some(row))),
            _ => None,
        };
        paint::row(pieces, left, focus, ground, spot, brush);
        if self.fold == Some(row) && look.spot == Some(BubbleTarget::Fold) {
            let words = pieces.first().map_or("", |piece| piece.text.as_str());
            brush.text(spot, left, words, brush.styles.chosen);
            brush.text(spot, left.saturating_sub(1), paint::HERE, ground.mark);
        }
        self.draw_picture(row, left, spot, brush);
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
}

#[cfg(test)]
mod tests;
