//! Where everything stands on a screen of some size. Pure arithmetic; the
//! drawing and the mouse both go by it.

use ratatui::layout::Rect;

use crate::tui::desk::layout::Parts;

/// From this many columns on phone and bench stand side by side.
pub(crate) const SPLIT: u16 = 110;

/// The smallest screen that can be used.
pub(crate) const LEAST: (u16, u16) = (60, 16);

/// Screens lower than this draw bubbles without top and bottom.
const ROOMY: u16 = 19;

/// The most rows the composer grows to.
const COMPOSER_ROWS: u16 = 6;

/// The phone's parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Phone {
    pub(crate) frame: Rect,
    /// The phones on the desk; of no height when there is but one.
    pub(crate) tabs: Rect,
    /// Who is on the other side.
    pub(crate) agent: Rect,
    pub(crate) transcript: Rect,
    /// The line between transcript and composer.
    pub(crate) divider: Rect,
    /// The text of the composer, without its prompt.
    pub(crate) composer: Rect,
}

/// The bench's parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bench {
    pub(crate) frame: Rect,
    pub(crate) list: Rect,
    /// The line between list and detail, or the filter on it.
    pub(crate) divider: Rect,
    pub(crate) detail: Rect,
    /// The delays of the hops.
    pub(crate) hops: Rect,
    /// All of it, where state or journal is shown.
    pub(crate) body: Rect,
    /// The search of the journal, and what it found below it.
    pub(crate) search: Rect,
    pub(crate) found: Rect,
}

/// What stands where; `None` is not on screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) area: Rect,
    pub(crate) too_small: bool,
    /// Bubbles have no top and bottom. It goes by the screen and not by the transcript, which
    /// the composer makes lower: bubbles keep their shape while somebody writes.
    pub(crate) compact: bool,
    pub(crate) phone: Option<Phone>,
    pub(crate) bench: Option<Bench>,
    /// The agent's desk, where the bench shows it.
    pub(crate) desk: Option<Parts>,
    pub(crate) bar: Rect,
}

/// What the layout depends on besides the size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wants {
    /// Whether there is more than one phone on the desk.
    pub(crate) tabs: bool,
    /// Where only one pane fits: whether it is the bench.
    pub(crate) bench_first: bool,
    /// Columns the delays of the hops take on one row; none when there are none.
    pub(crate) hops: usize,
    pub(crate) desk: Desk,
}

/// What of the agent's desk is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Desk {
    /// Nothing: the bench shows something else.
    Away,
    /// It stands on the bench; it needs more room than the rest of it.
    Beside,
    /// It has the screen for itself: there is no phone.
    Alone,
}

impl Layout {
    /// The layout of a screen; `composer_rows` tells how many rows the draft takes in some columns.
    pub(crate) fn of(area: Rect, wants: Wants, composer_rows: impl Fn(u16) -> usize) -> Self {
        if area.width < LEAST.0 || area.height < LEAST.1 {
            return Self {
                area,
                too_small: true,
                ..Self::default()
            };
        }
        let bar = Rect::new(area.x, area.bottom() - 1, area.width, 1);
        let panes = Rect::new(area.x, area.y, area.width, area.height - 1);
        let (phone, bench) = if wants.desk == Desk::Alone {
            (None, Some(panes))
        } else if area.width >= SPLIT {
            let share = match wants.desk {
                Desk::Beside => 45,
                _ => 55,
            };
            let left = u16::try_from(u32::from(area.width) * share / 100).unwrap_or(area.width);
            let left = left.max(LEAST.0);
            let right = Rect::new(panes.x + left, panes.y, panes.width - left, panes.height);
            let left = Rect::new(panes.x, panes.y, left, panes.height);
            (Some(left), Some(right))
        } else if wants.bench_first {
            (None, Some(panes))
        } else {
            (Some(panes), None)
        };
        Self {
            area,
            too_small: false,
            compact: area.height < ROOMY,
            phone: phone.map(|pane| phone_of(pane, wants.tabs, composer_rows)),
            bench: bench.map(|pane| bench_of(pane, wants.hops)),
            desk: None,
            bar,
        }
    }
}

fn inside(frame: Rect) -> Rect {
    Rect::new(frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2)
}

fn phone_of(frame: Rect, tabs: bool, composer_rows: impl Fn(u16) -> usize) -> Phone {
    let inner = inside(frame);
    let tabs = Rect::new(inner.x, inner.y, inner.width, u16::from(tabs));
    // A prompt of two columns, and one blank column at the right edge.
    let columns = inner.width - 3;
    let most = COMPOSER_ROWS.min(inner.height / 3);
    let rows = u16::try_from(composer_rows(columns)).unwrap_or(u16::MAX);
    let rows = rows.clamp(1, most);
    let composer = Rect::new(inner.x + 2, inner.bottom() - rows, columns, rows);
    let divider = Rect::new(frame.x, composer.y - 1, frame.width, 1);
    Phone {
        frame,
        tabs,
        agent: Rect::new(inner.x, tabs.bottom(), inner.width, 1),
        transcript: Rect::new(
            inner.x,
            tabs.bottom() + 1,
            inner.width,
            divider.y - tabs.bottom() - 1,
        ),
        divider,
        composer,
    }
}

fn bench_of(frame: Rect, hops: usize) -> Bench {
    let inner = inside(frame);
    // Wrapped by word two rows hold more than any line of hops has.
    let room = usize::from(inner.width - 2);
    let hop_rows = u16::from(hops > 0) + u16::from(hops > room);
    let list_rows = (inner.height - 1) * 2 / 5;
    let divider = Rect::new(frame.x, inner.y + list_rows, frame.width, 1);
    let below = divider.y + 1;
    Bench {
        frame,
        list: Rect::new(inner.x, inner.y, inner.width, list_rows),
        divider,
        detail: Rect::new(
            inner.x + 1,
            below,
            inner.width - 2,
            inner.bottom() - below - hop_rows,
        ),
        hops: Rect::new(
            inner.x + 1,
            inner.bottom() - hop_rows,
            inner.width - 2,
            hop_rows,
        ),
        body: inner,
        search: Rect::new(inner.x + 1, inner.y, inner.width - 2, 1),
        found: Rect::new(inner.x, inner.y + 2, inner.width, inner.height - 2),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_part_lies_in_the_screen_at_every_size(
            width in 0u16..400,
            height in 0u16..200,
            rows in 0usize..5000,
            bench_first: bool,
            tabs: bool,
            desk in prop_oneof![Just(Desk::Away), Just(Desk::Beside), Just(Desk::Alone)],
            hops in 0usize..100,
        ) {
            let area = Rect::new(0, 0, width, height);
            let layout = Layout::of(area, Wants { tabs, bench_first, hops, desk }, |_| rows);
            let mut parts = vec![layout.bar];
            if let Some(phone) = layout.phone {
                parts.extend([phone.frame, phone.tabs, phone.agent, phone.transcript, phone.divider, phone.composer]);
                prop_assert!(phone.transcript.height >= 3);
            }
            if let Some(bench) = layout.bench {
                parts.extend([bench.frame, bench.list, bench.divider, bench.detail, bench.hops]);
                parts.extend([bench.body, bench.search, bench.found]);
                prop_assert!(bench.list.height >= 3 && bench.detail.height >= 3);
            }
            for part in parts {
                prop_assert_eq!(part.intersection(area), part);
            }
            prop_assert_eq!(layout.too_small, layout.phone.is_none() && layout.bench.is_none());
        }
    }
}
