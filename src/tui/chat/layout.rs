//! Where the parts of the phone's pane stand. Pure arithmetic; the drawing and the mouse both go
//! by it.

use ratatui::layout::Rect;

/// The most rows the composer grows to.
const COMPOSER_ROWS: u16 = 6;

/// From this many rows on the head has a second one, and who is typing one of their own.
const ROOMY: u16 = 18;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// All of the pane.
    pub(crate) frame: Rect,
    /// The open phones; of no height when there is but one.
    pub(crate) tabs: Rect,
    /// Who talks to whom, and how it stands between them.
    pub(crate) header: Rect,
    /// The scenario that is played; of no height when none is.
    pub(crate) scenario: Rect,
    pub(crate) transcript: Rect,
    /// Who is typing, while nothing is told; where rows are few it is the divider.
    pub(crate) typing: Rect,
    /// What is told now; of no height when nothing is.
    pub(crate) notice: Rect,
    /// The row between transcript and composer.
    pub(crate) divider: Rect,
    /// The text of the composer, without its prompt.
    pub(crate) composer: Rect,
}

impl Parts {
    /// The parts within a frame; `tabs` tells whether there is a row of them, `scenario` whether one
    /// is played, `notice` whether something is told, `composer_rows` how many rows the draft takes
    /// in some columns.
    pub(crate) fn of(
        frame: Rect,
        (tabs, scenario): (bool, bool),
        notice: bool,
        composer_rows: impl Fn(u16) -> usize,
    ) -> Self {
        let is_roomy = frame.height >= ROOMY;
        let row = |y: u16, height: u16| Rect { y, height, ..frame };
        let tabs = row(frame.y, u16::from(tabs));
        let header = row(tabs.bottom(), 1 + u16::from(is_roomy));
        let scenario = row(header.bottom(), u16::from(scenario));
        // A prompt of two columns between blank ones, and a blank column at the right edge.
        let columns = frame.width - 4;
        let most = COMPOSER_ROWS.min((frame.height - 2) / 3);
        let rows = u16::try_from(composer_rows(columns)).unwrap_or(u16::MAX);
        let rows = rows.clamp(1, most);
        let composer = Rect::new(frame.x + 3, frame.bottom() - rows, columns, rows);
        let divider = row(composer.y - 1, 1);
        let told = row(divider.y - 1, u16::from(notice));
        let (typing, end) = if is_roomy {
            // The row is there in any case: the lines do not move when something is told. The head
            // says too who is typing.
            (row(divider.y - 1, 1), divider.y - 1)
        } else {
            (divider, divider.y - told.height)
        };
        Self {
            frame,
            tabs,
            header,
            scenario,
            transcript: row(scenario.bottom(), end - scenario.bottom()),
            typing,
            notice: told,
            divider,
            composer,
        }
    }

    /// The rows of the composer within the frame, prompt and right edge included.
    pub(crate) fn composer_rows(&self) -> Rect {
        Rect {
            x: self.frame.x,
            width: self.frame.width,
            ..self.composer
        }
    }
}
