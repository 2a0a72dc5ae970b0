//! Where the parts of the inspector stand. Pure arithmetic; the drawing and the mouse both go by
//! it.

use ratatui::layout::Rect;

/// From this many rows on a blank one stands before the opened entry and before its tree.
const ROOMY: u16 = 20;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) frame: Rect,
    /// The names of the tabs.
    pub(crate) head: Rect,
    /// How much of the wire is listed, or the filter that is written.
    pub(crate) counts: Rect,
    pub(crate) list: Rect,
    /// What the opened entry is; of no height while none is open.
    pub(crate) title: Rect,
    /// The delays of the hops.
    pub(crate) hops: Rect,
    /// The opened entry; of no height while none is open.
    pub(crate) tree: Rect,
    /// All of it, where the state is shown.
    pub(crate) body: Rect,
    /// The search of the journal, and what it found below it.
    pub(crate) search: Rect,
    pub(crate) found: Rect,
}

/// What the parts depend on besides the frame.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PartsWanted {
    /// Columns the delays of the hops take on one row; none when there are none.
    pub(crate) hops: usize,
    /// Whether an entry of the wire is open.
    pub(crate) is_open: bool,
}

impl Parts {
    /// The parts within a frame.
    pub(crate) fn of(frame: Rect, wanted: PartsWanted) -> Self {
        let row = |y| Rect::new(frame.x, y, frame.width, 1);
        let inner = Rect::new(frame.x, frame.y + 2, frame.width, frame.height - 3);
        let within = |y, height| Rect::new(inner.x + 1, y, inner.width - 2, height);
        // Wrapped by word two rows hold more than any line of hops has.
        let room = usize::from(inner.width - 2);
        let hop_rows = u16::from(wanted.hops > 0) + u16::from(wanted.hops > room);
        let (list_rows, title, hops, tree) = if wanted.is_open {
            let blank = u16::from(inner.height >= ROOMY);
            let list_rows = ((inner.height - 1) * 2 / 5).max(3);
            let title = inner.y + list_rows + blank;
            let hops = title + 1;
            let tree = hops + hop_rows + blank;
            let tree = within(tree, inner.bottom() - tree);
            (list_rows, within(title, 1), within(hops, hop_rows), tree)
        } else {
            let hops = inner.bottom() - hop_rows;
            let none = within(inner.bottom(), 0);
            (hops - inner.y, none, within(hops, hop_rows), none)
        };
        Self {
            frame,
            head: row(frame.y),
            counts: row(frame.y + 1),
            list: Rect::new(inner.x, inner.y, inner.width, list_rows),
            title,
            hops,
            tree,
            body: Rect::new(inner.x, frame.y + 1, inner.width, inner.height + 1),
            search: within(frame.y + 1, 1),
            found: Rect::new(inner.x, inner.y + 1, inner.width, inner.height - 1),
        }
    }
}
