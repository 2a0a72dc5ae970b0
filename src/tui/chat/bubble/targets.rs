//! What of a bubble can be used, and where it stands.

use crate::{
    domain::rich::card::Part,
    tui::chat::{bubble::Shape, card::block::Piece},
};

/// Something of a bubble that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BubbleTarget {
    /// A part of its structured content.
    Part(Part),
    /// One of its quick replies.
    Reply(usize),
    /// The end of a long text, which is shown or folded away.
    Fold,
}

/// A quick reply as a button; its columns count from the left of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) index: usize,
    pub(crate) x: u16,
    pub(crate) columns: u16,
    pub(crate) piece: Piece,
}

impl Shape {
    /// What can be used of it, in the order the keyboard goes.
    pub(crate) fn spots(&self, offers: bool) -> Vec<BubbleTarget> {
        let parts = self.body.parts.iter().copied().map(BubbleTarget::Part);
        let fold = self.fold.map(|_| BubbleTarget::Fold);
        let buttons = self.buttons.iter().flatten().filter(|_| offers);
        parts
            .chain(fold)
            .chain(buttons.map(|button| BubbleTarget::Reply(button.index)))
            .collect()
    }

    /// Whether something of its text is a link.
    pub(crate) fn leads_anywhere(&self) -> bool {
        let mut pieces = self.body.rows.iter().flatten();
        pieces.any(|piece| piece.uri.is_some())
    }

    /// What can be used at a column of a row, counted from the left of the transcript.
    pub(crate) fn spot_at(&self, row: usize, column: usize, offers: bool) -> Option<BubbleTarget> {
        let under = |button: &&Button| {
            let start = usize::from(button.x);
            (start..start + usize::from(button.columns)).contains(&column)
        };
        let mut buttons = self.buttons_at(row).iter().filter(|_| offers);
        if let Some(button) = buttons.find(under) {
            return Some(BubbleTarget::Reply(button.index));
        }
        let row = row.checked_sub(self.top())?;
        if self.fold == Some(row) {
            return Some(BubbleTarget::Fold);
        }
        // Only bubbles of others have parts, and they stand at the left.
        let column = column.checked_sub(self.margin + self.side())?;
        let part = self.body.part_at(row, column)?;
        self.body
            .parts
            .contains(&part)
            .then_some(BubbleTarget::Part(part))
    }

    /// The row something that can be used begins on.
    pub(crate) fn row_of(&self, spot: BubbleTarget) -> Option<usize> {
        match spot {
            BubbleTarget::Part(part) => Some(self.body.row_of(part)? + self.top()),
            BubbleTarget::Fold => Some(self.fold? + self.top()),
            BubbleTarget::Reply(index) => {
                let at = |row: &Vec<Button>| row.iter().any(|button| button.index == index);
                Some(self.buttons.iter().position(at)? + self.first_button_row())
            }
        }
    }
}
