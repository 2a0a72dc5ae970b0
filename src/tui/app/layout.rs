//! Where everything stands on a screen of some size. Pure arithmetic; the
//! drawing and the mouse both go by it.

use ratatui::layout::Rect;

use crate::tui::{
    agent::layout::Parts,
    chat,
    inspector::{self, layout::PartsWanted},
    text::width::{LEAST, SPLIT},
};

/// Screens lower than this draw bubbles without top and bottom.
const ROOMY: u16 = 19;

/// What stands where; `None` is not on screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) area: Rect,
    pub(crate) too_small: bool,
    /// Bubbles have no top and bottom. It goes by the screen and not by the transcript, which
    /// the composer makes lower: bubbles keep their shape while somebody writes.
    pub(crate) compact: bool,
    pub(crate) phone: Option<chat::layout::Parts>,
    pub(crate) inspector: Option<inspector::layout::Parts>,
    /// The agent workspace, where the inspector shows it.
    pub(crate) workspace: Option<Parts>,
    /// What is told now, where a row of its own tells it: only the inspector is on screen.
    pub(crate) notice: Rect,
    pub(crate) bar: Rect,
}

/// What the layout depends on besides the size.
#[expect(clippy::struct_excessive_bools, reason = "each is told by itself")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wants {
    /// Whether there is more than one open phone.
    pub(crate) tabs: bool,
    /// Whether a scenario is played on the phone in view.
    pub(crate) scenario: bool,
    /// Whether both panes are shown where both fit.
    pub(crate) both: bool,
    /// Where only one pane is shown: whether it is the inspector.
    pub(crate) inspector_first: bool,
    pub(crate) inspector: PartsWanted,
    /// Whether something is told.
    pub(crate) notice: bool,
    pub(crate) workspace: WorkspacePane,
}

/// What of the agent workspace is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkspacePane {
    /// Nothing: the inspector shows something else.
    Away,
    /// It stands on the inspector; it needs more room than the rest of it.
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
        let mut panes = Rect::new(area.x, area.y, area.width, area.height - 1);
        let has_chat = (area.width >= SPLIT && wants.both)
            || !wants.inspector_first
            || wants.workspace != WorkspacePane::Away;
        let notice_rows = u16::from(wants.notice && !has_chat);
        panes.height -= notice_rows;
        let notice = Rect::new(panes.x, panes.bottom(), panes.width, notice_rows);
        let (phone, inspector) = if wants.workspace == WorkspacePane::Alone {
            (None, Some(panes))
        } else if area.width >= SPLIT && wants.both {
            let (share, gap) = match wants.workspace {
                WorkspacePane::Beside => (45, 0),
                _ => (60, 1),
            };
            let left = u16::try_from(u32::from(area.width) * share / 100).unwrap_or(area.width);
            let left = left.max(LEAST.0);
            let begun = left + gap;
            let right = Rect::new(panes.x + begun, panes.y, panes.width - begun, panes.height);
            let left = Rect::new(panes.x, panes.y, left, panes.height);
            (Some(left), Some(right))
        } else if wants.inspector_first {
            (None, Some(panes))
        } else {
            (Some(panes), None)
        };
        Self {
            area,
            too_small: false,
            compact: area.height < ROOMY,
            phone: phone.map(|pane| {
                let rows = (wants.tabs, wants.scenario);
                chat::layout::Parts::of(pane, rows, wants.notice, composer_rows)
            }),
            inspector: inspector.map(|pane| inspector::layout::Parts::of(pane, wants.inspector)),
            workspace: None,
            notice,
            bar,
        }
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
            inspector_first: bool,
            both: bool,
            is_open: bool,
            tabs: bool,
            scenario: bool,
            workspace in prop_oneof![Just(WorkspacePane::Away), Just(WorkspacePane::Beside), Just(WorkspacePane::Alone)],
            hops in 0usize..100,
            notice: bool,
        ) {
            let area = Rect::new(0, 0, width, height);
            let layout = Layout::of(area, Wants { tabs, scenario, both, inspector_first, inspector: PartsWanted { hops, is_open }, notice, workspace }, |_| rows);
            let mut parts = vec![layout.bar, layout.notice];
            if let Some(phone) = layout.phone {
                parts.extend([phone.frame, phone.tabs, phone.header, phone.scenario, phone.transcript, phone.typing, phone.notice, phone.divider, phone.composer]);
                prop_assert!(phone.transcript.height >= 3);
            }
            if let Some(inspector) = layout.inspector {
                parts.extend([inspector.frame, inspector.head, inspector.counts, inspector.list]);
                parts.extend([inspector.title, inspector.hops, inspector.tree]);
                parts.extend([inspector.body, inspector.search, inspector.found]);
                prop_assert!(inspector.list.height >= 3);
                prop_assert_eq!(inspector.tree.height >= 3, is_open);
            }
            for part in parts {
                prop_assert_eq!(part.intersection(area), part);
            }
            prop_assert_eq!(layout.too_small, layout.phone.is_none() && layout.inspector.is_none());
        }
    }
}
