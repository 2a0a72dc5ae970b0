//! Where everything stands in the agent workspace. Pure arithmetic; the drawing and the
//! mouse both go by it.

use ratatui::layout::Rect;

/// From this many columns on the conversations stand in a column of their own.
const LISTED: u16 = 100;
/// From this many columns on what is known of the consumer stands beside the conversation.
const KNOWN: u16 = 132;
/// The most rows the composer grows to.
const COMPOSER_ROWS: u16 = 6;
/// From this many rows on a ring has a second one, for what was said.
const ROOMY: u16 = 20;

/// What stands where; what has no height or width is not on screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) frame: Rect,
    /// Who is logged in, and whether conversations ring.
    pub(crate) bar: Rect,
    /// What rings, so many rows each.
    pub(crate) rings: Rect,
    pub(crate) ring_rows: u16,
    /// The line below them, where the columns begin.
    pub(crate) rule: Rect,
    /// The conversations, one below the other.
    pub(crate) list: Rect,
    /// The conversations on one row, where there is no room for the list.
    pub(crate) tabs: Rect,
    /// Whom the conversation in view is with.
    pub(crate) head: Rect,
    pub(crate) transcript: Rect,
    /// What is told now; of no height when nothing is, or when the phone's pane tells it.
    pub(crate) notice: Rect,
    /// The line between transcript and composer.
    pub(crate) divider: Rect,
    /// The text of the composer, without its prompt.
    pub(crate) composer: Rect,
    /// What is known of the consumer.
    pub(crate) facts: Rect,
}

/// What it depends on besides the size.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wants {
    pub(crate) rings: usize,
    pub(crate) conversations: usize,
    /// Whether something is told here.
    pub(crate) notice: bool,
}

fn fit(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

impl Parts {
    /// The parts of the workspace in a frame; `composer_rows` tells how many rows the draft takes in
    /// some columns.
    pub(crate) fn of(frame: Rect, wants: Wants, composer_rows: impl Fn(u16) -> usize) -> Self {
        let inner = Rect::new(frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2);
        let bar = Rect { height: 1, ..inner };
        let ring_rows = if inner.height >= ROOMY { 2 } else { 1 };
        // However many ring, the conversation in view stays usable.
        let most = (inner.height / 4 / ring_rows).max(1);
        let rings = Rect {
            y: bar.bottom(),
            height: fit(wants.rings).min(most) * ring_rows,
            ..inner
        };
        let listed = inner.width >= LISTED;
        let rule = Rect {
            x: frame.x,
            y: rings.bottom(),
            width: frame.width,
            height: u16::from(listed),
        };
        let below = rule.bottom();
        let height = inner.bottom() - below;
        let column = |x, width| Rect::new(x, below, width, height);
        let list = if listed {
            column(inner.x, (inner.width / 5).clamp(26, 34))
        } else {
            Rect::default()
        };
        let facts = if inner.width >= KNOWN {
            let width = (inner.width / 4).clamp(34, 48);
            column(inner.right() - width, width)
        } else {
            Rect::default()
        };
        // The lines between the columns take one column each.
        let left = inner.x + list.width + u16::from(listed);
        let right = inner.right() - facts.width - u16::from(facts.width > 0);
        let page = column(left, right - left);
        let tabs = Rect {
            height: u16::from(!listed && wants.conversations > 1),
            ..page
        };
        let head = Rect {
            y: tabs.bottom(),
            height: 1,
            ..page
        };
        // A prompt of two columns, and one blank column at the right edge.
        let columns = page.width - 3;
        let notice_rows = u16::from(wants.notice);
        let most = COMPOSER_ROWS.min((page.height - notice_rows) / 3).max(1);
        let rows = fit(composer_rows(columns)).clamp(1, most);
        let composer = Rect::new(page.x + 2, page.bottom() - rows, columns, rows);
        let divider = Rect::new(page.x - 1, composer.y - 1, page.width + 2, 1);
        let notice = Rect {
            y: divider.y - notice_rows,
            height: notice_rows,
            ..page
        };
        Self {
            frame,
            bar,
            rings,
            ring_rows,
            rule,
            list,
            tabs,
            head,
            transcript: Rect {
                y: head.bottom(),
                height: notice.y - head.bottom(),
                ..page
            },
            notice,
            divider,
            composer,
            facts,
        }
    }

    /// The row a ring begins on, where it is in view.
    pub(crate) fn ring(&self, at: usize) -> Option<Rect> {
        let y = self
            .rings
            .y
            .checked_add(fit(at).checked_mul(self.ring_rows)?)?;
        let row = Rect {
            y,
            height: self.ring_rows,
            ..self.rings
        };
        (row.bottom() <= self.rings.bottom()).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_part_lies_in_the_frame_at_every_size(
            width in 50u16..300,
            height in 15u16..120,
            rows in 0usize..5000,
            rings in 0usize..50,
            conversations in 0usize..50,
            notice: bool,
        ) {
            let frame = Rect::new(3, 2, width, height);
            let parts = Parts::of(frame, Wants { rings, conversations, notice }, |_| rows);
            prop_assert!(parts.transcript.height >= 3, "{parts:?}");
            prop_assert!(parts.composer.height >= 1 && parts.composer.width >= 20);
            let all = [parts.bar, parts.rings, parts.rule, parts.list, parts.tabs, parts.head,
                parts.transcript, parts.notice, parts.divider, parts.composer, parts.facts];
            for part in all.iter().filter(|part| !part.is_empty()) {
                prop_assert_eq!(part.intersection(frame), *part);
            }
            for (at, one) in [parts.bar, parts.rings, parts.list, parts.transcript, parts.composer,
                parts.facts].iter().enumerate() {
                for other in all.iter().filter(|other| *other != one) {
                    let both = one.intersection(*other);
                    prop_assert!(both.is_empty(), "{at}: {one:?} and {other:?}");
                }
            }
        }
    }
}
