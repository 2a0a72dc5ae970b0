//! The face of the window: how its visible lines are drawn, and which of them
//! lies under the mouse.

use ratatui::{
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::{ids::ItemId, line::Line},
    tui::{
        chat::{
            brush::Brush,
            bubble::{BubbleTarget, Look},
            lines::Lines,
            transcript::{Anchor, Transcript, above::AboveRow, fit},
        },
        text::width::{elided, width},
    },
};

/// Told above the first line at hand while there are older ones.
const OLDER: &str = " … older lines are read from the journal ";

/// What a click in the transcript hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hit {
    /// A bubble or quiet line.
    Line(ItemId),
    /// Something of a bubble that can be used.
    Target(ItemId, BubbleTarget),
    /// The mark that tells of new lines below.
    Newer,
}

impl Transcript {
    fn newer_mark(&self) -> Option<String> {
        if self.anchor == Anchor::Newest {
            return None;
        }
        Some(match self.unseen.len() + self.unseen_beyond {
            0 => " ↓ newest ".to_owned(),
            unseen => format!(" {unseen} new ↓ "),
        })
    }

    fn newer_spot(&self, mark: &str) -> Rect {
        let columns = fit(width(mark)).min(self.area.width);
        Rect::new(
            self.area.right() - columns,
            self.area.bottom().saturating_sub(1),
            columns,
            1,
        )
    }

    /// What lies under a position.
    pub(crate) fn hit(&self, at: Position) -> Option<Hit> {
        if !self.area.contains(at) {
            return None;
        }
        if let Some(mark) = self.newer_mark()
            && self.newer_spot(&mark).contains(at)
        {
            return Some(Hit::Newer);
        }
        let slot = self
            .slots
            .iter()
            .find(|slot| (slot.y..slot.y + slot.visible).contains(&at.y))?;
        let row = slot.hidden + usize::from(at.y - slot.y);
        let column = usize::from(at.x - self.area.x);
        let found = row
            .checked_sub(slot.above.rows())
            .and_then(|row| slot.shape.spot_at(row, column, slot.offers));
        Some(match found {
            Some(found) => Hit::Target(slot.id, found),
            None => Hit::Line(slot.id),
        })
    }

    /// Whether the keyboard can go to something of a line in view, and whether the line leads anywhere.
    pub(crate) fn offers(&self, id: ItemId) -> (bool, bool) {
        let slot = self.slots.iter().find(|slot| slot.id == id);
        slot.map_or((false, false), |slot| {
            let has_spots = !slot.shape.spots(slot.offers).is_empty();
            (has_spots, slot.shape.leads_anywhere())
        })
    }

    /// Draws what [`prepare`](Self::prepare) decided; `look` tells how a line stands out.
    pub(crate) fn draw(&self, lines: &Lines, look: impl Fn(&Line) -> Look, brush: &mut Brush<'_>) {
        for slot in &self.slots {
            let Some(item) = lines.at(slot.place) else {
                continue;
            };
            let look = Look {
                turned: slot.turned,
                ends: slot.ends,
                ..look(item)
            };
            for line in 0..slot.visible {
                let spot = Rect::new(self.area.x, slot.y + line, self.area.width, 1);
                let row = slot.hidden + usize::from(line);
                match slot.above.row(row) {
                    Some(AboveRow::Blank) => {}
                    Some(AboveRow::Divider(words)) => draw_divider(words, spot, brush),
                    Some(AboveRow::Name) => slot.shape.draw_name(item, spot, brush),
                    Some(AboveRow::Pill(words)) => {
                        draw_word(&format!(" {words} "), brush.styles.pill, spot, brush);
                    }
                    Some(AboveRow::Stamp(words)) => {
                        draw_word(words, brush.styles.muted, spot, brush);
                    }
                    Some(AboveRow::Top) => slot.shape.draw_top(item, look, spot, brush),
                    None => {
                        let row = row - slot.above.rows();
                        if let Some(words) =
                            slot.below.as_ref().filter(|_| row == slot.shape.below())
                        {
                            slot.shape.draw_below(words, item, spot, brush);
                        }
                        slot.shape.draw_row(row, item, look, spot, brush);
                    }
                }
            }
        }
        let first = self.slots.first().filter(|slot| slot.hidden == 0);
        if lines.has_older() && first.is_some_and(|slot| lines.first() == Some(slot.place)) {
            let row = Rect {
                height: 1,
                ..self.area
            };
            let indent = usize::from(row.width).saturating_sub(width(OLDER));
            brush.text(row, indent, OLDER, brush.styles.badge);
        }
        if let Some(mark) = self.newer_mark() {
            let style = brush.styles.badge;
            brush.text(self.newer_spot(&mark), 0, &mark, style);
        }
    }
}

/// Draws a word in the middle of a row.
fn draw_word(words: &str, style: Style, spot: Rect, brush: &mut Brush<'_>) {
    let words = elided(words, usize::from(spot.width));
    let indent = usize::from(spot.width).saturating_sub(width(&words)) / 2;
    brush.text(spot, indent, &words, style);
}

fn draw_divider(words: &str, spot: Rect, brush: &mut Brush<'_>) {
    let text = format!("── {words} ──");
    let indent = usize::from(spot.width).saturating_sub(width(&text)) / 2;
    let style = brush.styles.muted;
    brush.text(spot, indent, &text, style);
}
