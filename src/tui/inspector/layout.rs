//! Where the parts of the inspector stand. Pure arithmetic; the drawing and the mouse both go by
//! it.

use ratatui::layout::Rect;

/// The inspector's parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Parts {
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

impl Parts {
    /// The parts within a frame; `hops` is the columns the delays take on one row.
    pub(crate) fn of(frame: Rect, hops: usize) -> Self {
        let inner = Rect::new(frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2);
        // Wrapped by word two rows hold more than any line of hops has.
        let room = usize::from(inner.width - 2);
        let hop_rows = u16::from(hops > 0) + u16::from(hops > room);
        let list_rows = (inner.height - 1) * 2 / 5;
        let divider = Rect::new(frame.x, inner.y + list_rows, frame.width, 1);
        let below = divider.y + 1;
        Self {
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
}
