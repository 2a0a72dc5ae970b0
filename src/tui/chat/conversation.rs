//! One conversation in a pane, the consumer's or the agent's: its lines, the window on them, the
//! draft, the selected bubble.

use jiff::tz::TimeZone;

use crate::{
    domain::{
        conversation::details::ConversationOutline,
        ids::ItemId,
        line::{Delivery, Line, LineBody},
    },
    tui::chat::{
        bubble::{Aside, Manner},
        composer::Composer,
        find::Find,
        lines::Lines,
        transcript::{Measure, StageWords, Transcript},
    },
};

/// What both sides have of a conversation.
#[derive(Default)]
pub(crate) struct Conversation {
    pub(crate) lines: Lines,
    pub(crate) transcript: Transcript,
    pub(crate) composer: Composer,
    pub(crate) selected: Option<ItemId>,
    /// What is looked for in it, while somebody looks.
    pub(crate) find: Option<Find>,
}

/// Where a step from the selected bubble leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    Nowhere,
    Line(ItemId),
    /// Below the newest there is nothing left to select.
    BelowAll,
}

impl Conversation {
    /// Takes a line in; whether it is new.
    pub(crate) fn put(&mut self, item: &Line) -> bool {
        self.transcript.changed(item.id);
        let is_new = self.lines.hear(item.clone());
        if is_new {
            self.transcript.arrived(item);
        }
        is_new
    }

    /// Lets go of lines far from where one reads.
    pub(crate) fn trim(&mut self, most: usize) {
        let reads = self.transcript.reads(&self.lines);
        self.lines.trim(most, reads);
    }

    /// Runs something on the transcript with what it measures by; on stage by the lines as they are
    /// shown there.
    pub(crate) fn measured<'a, R>(
        &'a mut self,
        zone: &'a TimeZone,
        manner: Manner,
        outlines: &'a [ConversationOutline],
        aside: &'a dyn Fn(ItemId) -> Aside<'a>,
        staged: Option<(&'a Lines, StageWords<'a>)>,
        run: impl FnOnce(&mut Transcript, &Measure<'_>) -> R,
    ) -> R {
        let measure = Measure {
            lines: staged.map_or(&self.lines, |(lines, _)| lines),
            zone,
            manner,
            outlines,
            aside,
            staged: staged.map(|(_, words)| words),
        };
        run(&mut self.transcript, &measure)
    }

    /// What stands above or below the selected bubble; above all when none is selected, the lowest
    /// in view. Bare lines are passed over.
    pub(crate) fn beside(&self, up: bool, is_bare: impl Fn(&Line) -> bool) -> Beside {
        let next = |item: &Line| {
            if up {
                self.lines.before(item.place)
            } else {
                self.lines.after(item.place)
            }
        };
        let selected = self.selected.and_then(|id| self.lines.get(id));
        let mut found = match selected {
            None if !up => return Beside::Nowhere,
            None => {
                let lowest = self.transcript.lowest_visible();
                lowest.and_then(|id| self.lines.get(id))
            }
            Some(item) => next(item),
        };
        while let Some(item) = found.filter(|item| is_bare(item)) {
            found = next(item);
        }
        match found {
            Some(item) => Beside::Line(item.id),
            None if up => Beside::Nowhere,
            None => Beside::BelowAll,
        }
    }

    /// The failed bubble a retry would send: the selected one, else the newest.
    pub(crate) fn failed(&self) -> Option<ItemId> {
        let is_failed = |item: &&Line| {
            matches!(
                item.body,
                LineBody::Mine {
                    delivery: Delivery::Failed { .. },
                    ..
                }
            )
        };
        let selected = self.selected.and_then(|id| self.lines.get(id));
        let selected = selected.filter(is_failed).map(|item| item.id);
        selected.or_else(|| self.lines.failed())
    }
}
