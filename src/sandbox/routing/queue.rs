//! The queue of what rings nowhere, first in first out by when an answer is owed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{ids::ConversationId, time::Timestamp},
    sandbox::model::changes::View,
};

/// The place of a conversation in its queue: those who are owed nothing come last.
type Position = (i64, Timestamp, ConversationId);

#[derive(Debug, Default)]
pub(super) struct Queues {
    skills: BTreeMap<String, BTreeSet<Position>>,
}

impl Queues {
    /// Puts a conversation in its queue.
    pub(super) fn join(&mut self, view: &View) {
        let line = self.skills.entry(view.skill.clone()).or_default();
        line.insert(position(view));
    }

    /// Takes a conversation out, as it was when it joined.
    pub(super) fn leave(&mut self, view: &View) {
        if let Some(line) = self.skills.get_mut(&view.skill) {
            line.remove(&position(view));
            if line.is_empty() {
                self.skills.remove(&view.skill);
            }
        }
    }

    /// Whether it is in its queue.
    pub(super) fn has(&self, view: &View) -> bool {
        let line = self.skills.get(&view.skill);
        line.is_some_and(|line| line.contains(&position(view)))
    }

    /// The first of all queues whose skill will do.
    pub(super) fn first(&self, will_do: impl Fn(&str) -> bool) -> Option<ConversationId> {
        self.skills
            .iter()
            .filter(|(skill, _)| will_do(skill))
            .filter_map(|(_, line)| line.first())
            .min()
            .map(|(.., id)| id.clone())
    }
}

fn position(view: &View) -> Position {
    let due = if view.due < 0 { i64::MAX } else { view.due };
    (due, view.started, view.id.clone())
}
