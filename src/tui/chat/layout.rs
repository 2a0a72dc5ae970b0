//! Where the parts of the phone's pane stand. Pure arithmetic; the drawing and the mouse both go
//! by it.

use ratatui::layout::Rect;

/// The most rows the composer grows to.
const COMPOSER_ROWS: u16 = 6;

/// The phone's parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) frame: Rect,
    /// The open phones; of no height when there is but one.
    pub(crate) tabs: Rect,
    /// Who is on the other side.
    pub(crate) agent: Rect,
    pub(crate) transcript: Rect,
    /// The line between transcript and composer.
    pub(crate) divider: Rect,
    /// The text of the composer, without its prompt.
    pub(crate) composer: Rect,
}

impl Parts {
    /// The parts within a frame; `tabs` tells whether there is a row of them, `composer_rows` how
    /// many rows the draft takes in some columns.
    pub(crate) fn of(frame: Rect, tabs: bool, composer_rows: impl Fn(u16) -> usize) -> Self {
        let inner = Rect::new(frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2);
        let tabs = Rect::new(inner.x, inner.y, inner.width, u16::from(tabs));
        // A prompt of two columns, and one blank column at the right edge.
        let columns = inner.width - 3;
        let most = COMPOSER_ROWS.min(inner.height / 3);
        let rows = u16::try_from(composer_rows(columns)).unwrap_or(u16::MAX);
        let rows = rows.clamp(1, most);
        let composer = Rect::new(inner.x + 2, inner.bottom() - rows, columns, rows);
        let divider = Rect::new(frame.x, composer.y - 1, frame.width, 1);
        Self {
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
}
