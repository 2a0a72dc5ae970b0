//! The order inside each conversation, and which conversations may move.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::domain::ids::ConversationId;

/// Waiting events by conversation, by their rising numbers, and the lanes worth a look.
///
/// A lane is looked at when something came to its head; a lane in the list whose
/// head is under way is simply passed over.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<ConversationId, BTreeSet<u64>>,
    ready: VecDeque<ConversationId>,
}

impl Lanes {
    pub(super) fn push(&mut self, conversation: &ConversationId, id: u64) {
        let lane = self.lanes.entry(conversation.clone()).or_default();
        lane.insert(id);
        if lane.len() == 1 {
            self.ready.push_back(conversation.clone());
        }
    }

    /// Puts an event back where its number says.
    pub(super) fn reinsert(&mut self, conversation: &ConversationId, id: u64) {
        let lane = self.lanes.entry(conversation.clone()).or_default();
        lane.insert(id);
    }

    /// Takes an event out, wherever it stands.
    pub(super) fn remove(&mut self, conversation: &ConversationId, id: u64) {
        let Some(lane) = self.lanes.get_mut(conversation) else {
            return;
        };
        let was_head = lane.first() == Some(&id);
        lane.remove(&id);
        if lane.is_empty() {
            self.lanes.remove(conversation);
        } else if was_head {
            self.ready.push_back(conversation.clone());
        }
    }

    /// The event whose turn it is in a conversation.
    pub(super) fn head(&self, conversation: &ConversationId) -> Option<u64> {
        self.lanes.get(conversation)?.first().copied()
    }

    /// The event behind the one at the head.
    pub(super) fn behind(&self, conversation: &ConversationId, head: u64) -> Option<u64> {
        let mut lane = self.lanes.get(conversation)?.iter();
        lane.next().filter(|first| **first == head)?;
        lane.next().copied()
    }

    pub(super) fn heads(&self) -> Vec<u64> {
        let mut heads: Vec<u64> = self
            .lanes
            .values()
            .filter_map(|lane| lane.first().copied())
            .collect();
        heads.sort_unstable();
        heads
    }

    /// Has a lane looked at again.
    pub(super) fn wake(&mut self, conversation: &ConversationId) {
        self.ready.push_back(conversation.clone());
    }

    /// Has every lane looked at again, the one with the oldest event first.
    pub(super) fn wake_all(&mut self) {
        let mut lanes: Vec<_> = self
            .lanes
            .iter()
            .filter_map(|(conversation, lane)| Some((*lane.first()?, conversation.clone())))
            .collect();
        lanes.sort_unstable();
        self.ready = lanes
            .into_iter()
            .map(|(_, conversation)| conversation)
            .collect();
    }

    /// The head of the next lane worth a look.
    pub(super) fn next_ready(&mut self) -> Option<u64> {
        while let Some(conversation) = self.ready.pop_front() {
            if let Some(head) = self.head(&conversation) {
                return Some(head);
            }
        }
        None
    }

    /// Whether no lane is worth a look.
    pub(super) fn is_quiet(&self) -> bool {
        self.ready.is_empty()
    }
}
