//! Where everything stands on the demo stage. Pure arithmetic; the drawing and the mouse both go by
//! it.

use ratatui::layout::Rect;

use crate::{
    config::brand::BrandLook,
    tui::{chat::layout::Parts, stage::StageFrame},
};

/// The screen of the phone within its frame, where there is room for it.
const PHONE: (u16, u16) = (44, 38);

/// The smallest screen that shows a conversation; on smaller ones the brand's card stands.
const LEAST: (u16, u16) = (40, 12);

/// The least columns and rows of a screen on which the phone has a frame.
const FRAMED: (u16, u16) = (60, 24);

/// Screens of fewer rows have bubbles without round corners, and a head of one row.
const ROOMY: u16 = 19;

/// Screens of so many rows have room for the brand's picture in the head.
const TALL: u16 = 28;

/// The most rows of the field one writes in.
const FIELD_ROWS: u16 = 4;

/// What stands where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StageParts {
    pub(crate) area: Rect,
    /// Nothing fits.
    pub(crate) is_too_small: bool,
    /// Rows are few.
    pub(crate) is_compact: bool,
    /// The edge of the phone; the same as the screen of the phone where it has none.
    pub(crate) edge: Rect,
    /// The row with the time; of no height without a frame.
    pub(crate) status: Rect,
    /// The brand's name and picture.
    pub(crate) head: Rect,
    /// The rows of the field one writes in, from side to side.
    pub(crate) field: Rect,
    /// Below the phone: what a chapter is called. Of no height where there is no room.
    pub(crate) caption: Rect,
    /// The conversation, as the mouse and the window on the lines go by it.
    pub(crate) chat: Parts,
}

impl StageParts {
    /// The parts of a screen; `field_rows` tells how many rows the draft takes in some columns.
    pub(crate) fn of(
        area: Rect,
        frame: StageFrame,
        look: BrandLook,
        field_rows: impl Fn(u16) -> usize,
    ) -> Self {
        if area.width < LEAST.0 || area.height < LEAST.1 {
            return Self {
                area,
                is_too_small: true,
                ..Self::default()
            };
        }
        let is_framed =
            frame == StageFrame::Phone && area.width >= FRAMED.0 && area.height >= FRAMED.1;
        let (edge, screen) = if is_framed {
            let columns = (PHONE.0 + 2).min(area.width);
            let rows = (PHONE.1 + 2).min(area.height);
            let x = area.x + (area.width - columns) / 2;
            let y = area.y + (area.height - rows) / 2;
            let edge = Rect::new(x, y, columns, rows);
            (edge, Rect::new(x + 1, y + 1, columns - 2, rows - 2))
        } else {
            (area, area)
        };
        let is_compact = screen.height < ROOMY;
        let row = |y: u16, height: u16| Rect {
            y,
            height,
            ..screen
        };
        let status = row(screen.y, u16::from(is_framed));
        let head_rows = match (is_compact, look) {
            (true, _) => 1,
            (false, BrandLook::UnderLast) if screen.height >= TALL => 4,
            (false, _) if screen.height >= TALL => 3,
            (false, _) => 2,
        };
        let head = row(status.bottom(), head_rows);
        // Two columns before the text, and two around the sign that sends.
        let columns = screen.width - 7;
        let most = FIELD_ROWS.min((screen.height - 2) / 3);
        let rows = u16::try_from(field_rows(columns))
            .unwrap_or(u16::MAX)
            .clamp(1, most);
        let foot = u16::from(is_framed);
        let field = row(screen.bottom() - rows - foot, rows);
        let composer = Rect::new(screen.x + 3, field.y, columns, rows);
        let talk = row(head.bottom(), field.y - head.bottom());
        let transcript = Rect {
            x: talk.x + 1,
            width: talk.width - 2,
            // A blank row before the field, where there are rows enough.
            height: talk.height - u16::from(!is_compact),
            ..talk
        };
        let below = edge.bottom();
        let caption = Rect::new(
            area.x,
            below,
            area.width,
            u16::from(below + 1 < area.bottom()),
        );
        Self {
            area,
            is_too_small: false,
            is_compact,
            edge,
            status,
            head,
            field,
            caption,
            chat: Parts {
                frame: screen,
                tabs: row(screen.y, 0),
                header: head,
                scenario: row(head.bottom(), 0),
                transcript,
                typing: row(field.y, 0),
                notice: row(field.y, 0),
                divider: row(field.y, 0),
                composer,
            },
        }
    }

    /// Whether the phone has an edge.
    pub(crate) fn is_framed(&self) -> bool {
        self.edge != self.chat.frame
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_part_lies_on_the_stage_at_every_size(
            width in 0u16..400,
            height in 0u16..200,
            rows in 0usize..5000,
            is_framed: bool,
            look in prop_oneof![Just(BrandLook::Ticks), Just(BrandLook::UnderLast), Just(BrandLook::Window)],
        ) {
            let area = Rect::new(0, 0, width, height);
            let frame = if is_framed { StageFrame::Phone } else { StageFrame::None };
            let parts = StageParts::of(area, frame, look, |_| rows);
            let chat = parts.chat;
            for part in [parts.edge, parts.status, parts.head, parts.field, parts.caption, chat.frame, chat.transcript, chat.composer] {
                prop_assert_eq!(part.intersection(area), part);
            }
            prop_assert!(parts.is_too_small || chat.transcript.height >= 3);
        }
    }
}
