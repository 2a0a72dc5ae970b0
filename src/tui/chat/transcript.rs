//! The window on the phone's lines: where it stands, what it shows.
//!
//! It stands on a line and a row of it, or follows the newest. Only what is
//! visible is measured: the walk starts at the anchor and ends at the edge.

mod above;
mod below;
pub(crate) mod face;
mod turns;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use crate::{
    config::brand::BrandWords,
    domain::{
        conversation::details::ConversationOutline,
        ids::ItemId,
        line::{Line, LineBody, Place},
        rich::element::ElementId,
        time::Timestamp,
    },
    tui::chat::{
        bubble::{Aside, BubbleTarget, Manner, Room, Shape, run},
        lines::{Lines, window::Page},
        transcript::above::Above,
    },
};

/// Shapes kept; past that all are forgotten and those on screen computed again.
const CACHED: usize = 1024;
/// New lines remembered one by one until they come into view; further ones are counted.
const UNSEEN: usize = 5000;

/// Where the window stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Anchor {
    /// Its last row is the last row of the newest line.
    #[default]
    Newest,
    /// Its first row is this row of this line.
    At(ItemId, usize),
}

/// A line, or a part of one, that is on screen.
#[derive(Debug, Clone)]
struct Slot {
    id: ItemId,
    place: Place,
    shape: Arc<Shape>,
    above: Above,
    /// Whether it has the second of the shades of its run.
    turned: bool,
    below: Option<String>,
    ends: bool,
    offers: bool,
    /// Rows of it above the window.
    hidden: usize,
    rows: usize,
    /// Its first visible row on screen.
    y: u16,
    /// How many rows of it are visible.
    visible: u16,
}

/// The window on the lines.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    anchor: Anchor,
    area: Rect,
    slots: Vec<Slot>,
    shapes: HashMap<ItemId, (Room, Arc<Shape>)>,
    /// Long texts that are shown to their end.
    unfolded: BTreeSet<ItemId>,
    /// The first of the lines that came while nobody looked, and how many there were.
    fresh: Option<(Place, usize)>,
    /// Lines that came in below while the window stood further up, until they come into view.
    unseen: BTreeSet<Place>,
    /// More of them than are remembered one by one.
    unseen_beyond: usize,
    /// Shapes computed so far; a test watches that it does not grow with the history.
    pub(crate) wrapped: u64,
}

/// What measuring depends on besides the lines.
pub(crate) struct Measure<'a> {
    pub(crate) lines: &'a Lines,
    pub(crate) zone: &'a TimeZone,
    pub(crate) manner: Manner,
    /// What is known of the conversations the lines belong to.
    pub(crate) outlines: &'a [ConversationOutline],
    /// What else is known of a line.
    pub(crate) aside: &'a dyn Fn(ItemId) -> Aside<'a>,
    /// What a brand's phone says between the lines, on stage.
    pub(crate) staged: Option<StageWords<'a>>,
}

/// What is said between lines on stage, and by which time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StageWords<'a> {
    pub(crate) words: &'a BrandWords,
    pub(crate) now: Timestamp,
}

struct Block {
    shape: Arc<Shape>,
    above: Above,
    /// What stands below the bubble, where something does.
    below: Option<String>,
    /// Whether it is the last of its run.
    ends: bool,
    offers: bool,
    rows: usize,
}

impl Transcript {
    /// Forgets the shape of a line that changed.
    pub(crate) fn changed(&mut self, id: ItemId) {
        self.shapes.remove(&id);
    }

    /// Counts a line that came in, when the window does not follow the newest.
    pub(crate) fn arrived(&mut self, item: &Line) {
        let below = self.slots.last().is_none_or(|slot| item.place > slot.place);
        let is_mine = matches!(item.body, LineBody::Mine { .. });
        if is_mine {
            self.fresh = None;
        }
        if self.anchor != Anchor::Newest && below && !is_mine {
            self.came_unseen(item);
            if self.unseen.len() < UNSEEN {
                self.unseen.insert(item.place);
            } else {
                self.unseen_beyond += 1;
            }
        }
    }

    /// Goes to the newest line and stays there.
    pub(crate) fn follow(&mut self) {
        self.anchor = Anchor::Newest;
        self.unseen.clear();
        self.unseen_beyond = 0;
    }

    /// Stays where it is while a line in view becomes longer or shorter.
    pub(crate) fn hold(&mut self) {
        if let Some(slot) = self.slots.first() {
            self.anchor = Anchor::At(slot.id, slot.hidden);
        }
    }

    /// Where one reads; `None` at the newest.
    pub(crate) fn reads(&self, lines: &Lines) -> Option<Place> {
        match self.anchor {
            Anchor::Newest => None,
            Anchor::At(id, _) => lines.place(id),
        }
    }

    /// The page of lines that should be there to go on from what is on screen.
    pub(crate) fn nears(&self, lines: &Lines) -> Option<Page> {
        if self.anchor == Anchor::Newest && lines.has_newer() {
            return Some(Page::Newest);
        }
        lines.nears(self.slots.first()?.place, self.slots.last()?.place)
    }

    /// Goes to the first line.
    pub(crate) fn lead_to_first(&mut self, lines: &Lines) {
        if let Some(item) = lines.first().and_then(|place| lines.at(place)) {
            self.anchor = Anchor::At(item.id, 0);
        }
    }

    /// The rows of one page, less two that stay in view.
    pub(crate) fn page(&self) -> usize {
        usize::from(self.area.height).saturating_sub(2).max(1)
    }

    /// Moves up or down by so many rows.
    pub(crate) fn scroll(&mut self, up: bool, rows: usize, measure: &Measure<'_>) {
        if up {
            self.up(rows, measure);
        } else {
            self.down(rows, measure);
        }
    }

    /// Moves the window up by so many rows.
    pub(crate) fn up(&mut self, rows: usize, measure: &Measure<'_>) {
        let Some((id, hidden)) = self.slots.first().map(|slot| (slot.id, slot.hidden)) else {
            return;
        };
        let at = self.walk_up(id, hidden, rows, measure);
        // Nothing lies above: following the newest shows it all already.
        if at != (id, hidden) {
            self.anchor = Anchor::At(at.0, at.1);
        }
    }

    /// Moves the window down by so many rows.
    pub(crate) fn down(&mut self, rows: usize, measure: &Measure<'_>) {
        let Anchor::At(id, row) = self.anchor else {
            return;
        };
        let Some(mut item) = measure.lines.get(id) else {
            return self.follow();
        };
        let mut row = row + rows;
        loop {
            let height = self.block(item, measure).rows;
            if row < height {
                break;
            }
            let Some(next) = measure.lines.after(item.place) else {
                if measure.lines.has_newer() {
                    row = height;
                    break;
                }
                return self.follow();
            };
            row -= height;
            item = next;
        }
        self.anchor = Anchor::At(item.id, row);
    }

    /// Moves the window so that a line is in it, if it is not.
    pub(crate) fn show(&mut self, id: ItemId, measure: &Measure<'_>) {
        let whole = self.slots.iter().any(|slot| {
            slot.id == id && slot.hidden == 0 && usize::from(slot.visible) == slot.rows
        });
        let Some(item) = measure.lines.get(id).filter(|_| !whole) else {
            return;
        };
        let rows = self.block(item, measure).rows;
        let above = usize::from(self.area.height).saturating_sub(rows) / 2;
        let (id, row) = self.walk_up(id, 0, above, measure);
        self.anchor = Anchor::At(id, row);
    }

    /// Moves the window so that something of a line that can be used is in it, if it is not.
    pub(crate) fn show_spot(&mut self, id: ItemId, spot: BubbleTarget, measure: &Measure<'_>) {
        let Some(item) = measure.lines.get(id) else {
            return;
        };
        let block = self.block(item, measure);
        let Some(row) = block.shape.row_of(spot) else {
            return;
        };
        let row = row + block.above.rows();
        let seen = self.slots.iter().any(|slot| {
            let rows = slot.hidden..slot.hidden + usize::from(slot.visible);
            slot.id == id && rows.contains(&row)
        });
        if !seen {
            let above = usize::from(self.area.height) / 2;
            let (id, row) = self.walk_up(id, row, above, measure);
            self.anchor = Anchor::At(id, row);
        }
    }

    /// What can be used of a line, in the order the keyboard goes.
    pub(crate) fn spots(&mut self, id: ItemId, measure: &Measure<'_>) -> Vec<BubbleTarget> {
        let Some(item) = measure.lines.get(id) else {
            return Vec::new();
        };
        let block = self.block(item, measure);
        block.shape.spots(block.offers)
    }

    /// The first card in view of a carousel, and the first when it is scrolled to its end.
    pub(crate) fn scroll_of(
        &mut self,
        id: ItemId,
        element: ElementId,
        measure: &Measure<'_>,
    ) -> Option<(usize, usize)> {
        let item = measure.lines.get(id)?;
        let block = self.block(item, measure);
        let mut scrolls = block.shape.scrolls().iter();
        let scroll = scrolls.find(|scroll| scroll.element == element)?;
        Some((scroll.first, scroll.last))
    }

    /// The line and row that stand so many rows above a row of a line.
    fn walk_up(
        &mut self,
        id: ItemId,
        row: usize,
        rows: usize,
        measure: &Measure<'_>,
    ) -> (ItemId, usize) {
        let (mut id, mut row, mut left) = (id, row, rows);
        while left > row {
            let place = measure.lines.place(id);
            let Some(above) = place.and_then(|place| measure.lines.before(place)) else {
                return (id, 0);
            };
            left -= row;
            row = self.block(above, measure).rows;
            id = above.id;
        }
        (id, row - left)
    }

    fn block(&mut self, item: &Line, measure: &Measure<'_>) -> Block {
        let room = Room {
            columns: self.area.width,
            manner: measure.manner,
        };
        let known = self.shapes.get(&item.id).filter(|(kept, _)| *kept == room);
        let shape = if let Some((_, shape)) = known {
            Arc::clone(shape)
        } else {
            let aside = Aside {
                unfolded: self.unfolded.contains(&item.id),
                ..(measure.aside)(item.id)
            };
            let shape = Arc::new(Shape::of(item, room, aside));
            self.wrapped += 1;
            if self.shapes.len() >= CACHED {
                self.shapes.clear();
            }
            self.shapes.insert(item.id, (room, Arc::clone(&shape)));
            shape
        };
        let above = Above::of(item, &shape, self.fresh, self.area.width, measure);
        let offers = measure
            .lines
            .offering()
            .is_some_and(|offering| offering.id == item.id);
        let next = measure.lines.after(item.place);
        let ends = !next.is_some_and(|next| run::goes_on(item, next, measure.zone));
        let below = below::words(item, ends, measure);
        let own = shape.below() + usize::from(below.is_some());
        let rows = shape.height(offers).max(own) + above.rows();
        Block {
            shape,
            above,
            below,
            ends,
            offers,
            rows,
        }
    }

    /// Decides what is visible in an area.
    pub(crate) fn prepare(&mut self, area: Rect, measure: &Measure<'_>) {
        self.area = area;
        self.slots.clear();
        if area.is_empty() {
            return;
        }
        if let Anchor::At(id, row) = self.anchor
            && !self.fill_down(id, row, measure)
        {
            if measure.lines.has_newer() && measure.lines.get(id).is_some() {
                // The end of what is held is not the newest.
                self.fill_up(measure);
                self.hold();
            } else {
                self.follow();
            }
        }
        if self.anchor == Anchor::Newest {
            self.fill_up(measure);
        }
        self.take_turns(measure);
        if let Some(lowest) = self.slots.last() {
            while self.unseen.first().is_some_and(|new| *new <= lowest.place) {
                self.unseen.pop_first();
            }
        }
    }

    /// Fills the window from its first row on; false when the lines end before it does.
    fn fill_down(&mut self, id: ItemId, row: usize, measure: &Measure<'_>) -> bool {
        let Some(mut item) = measure.lines.get(id) else {
            return false;
        };
        let mut hidden = row;
        let mut used = 0;
        loop {
            let block = self.block(item, measure);
            hidden = hidden.min(block.rows.saturating_sub(1));
            let visible = fit(block.rows - hidden).min(self.area.height - used);
            self.slots.push(Slot {
                id: item.id,
                place: item.place,
                shape: block.shape,
                above: block.above,
                turned: false,
                below: block.below,
                ends: block.ends,
                offers: block.offers,
                hidden,
                rows: block.rows,
                y: self.area.y + used,
                visible,
            });
            used += visible;
            let cut = block.rows > hidden + usize::from(visible);
            if used == self.area.height && (cut || measure.lines.after(item.place).is_some()) {
                return true;
            }
            hidden = 0;
            match measure.lines.after(item.place) {
                Some(next) => item = next,
                None => return false,
            }
        }
    }

    /// Fills the window from its last row back.
    fn fill_up(&mut self, measure: &Measure<'_>) {
        self.slots.clear();
        let mut left = self.area.height;
        let mut next = measure
            .lines
            .last()
            .and_then(|place| measure.lines.at(place));
        while let Some(item) = next.filter(|_| left > 0) {
            let block = self.block(item, measure);
            let visible = fit(block.rows).min(left);
            left -= visible;
            self.slots.push(Slot {
                id: item.id,
                place: item.place,
                shape: block.shape,
                above: block.above,
                turned: false,
                below: block.below,
                ends: block.ends,
                offers: block.offers,
                hidden: block.rows - usize::from(visible),
                rows: block.rows,
                y: self.area.y + left,
                visible,
            });
            next = measure.lines.before(item.place);
        }
        self.slots.reverse();
    }

    /// The other side's bubbles of which something is visible.
    pub(crate) fn shown(&self, lines: &Lines) -> BTreeSet<ItemId> {
        self.slots
            .iter()
            .filter(|slot| slot.hidden + usize::from(slot.visible) > slot.above.rows())
            .filter(|slot| {
                lines
                    .at(slot.place)
                    .is_some_and(|item| matches!(item.body, LineBody::Theirs { .. }))
            })
            .map(|slot| slot.id)
            .collect()
    }

    /// The lowest line on screen, where a selection begins.
    pub(crate) fn lowest_visible(&self) -> Option<ItemId> {
        self.slots.last().map(|slot| slot.id)
    }
}

fn fit(rows: usize) -> u16 {
    u16::try_from(rows).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
