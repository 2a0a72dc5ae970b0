//! Searching conversations, as Messaging Interactions does; see `send-api` 8.
//!
//! A search looks at every conversation once and copies no more than the page that was asked
//! for, so that the cloud is not held while an answer is written.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId, SkillId},
        time::Timestamp,
    },
    sandbox::model::{Cloud, conversation::Conversation, people::Consumer, trail::TrailChange},
};

/// What is searched for; whatever is not named does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Search {
    pub conversation: Option<ConversationId>,
    pub consumer: Option<ParticipantId>,
    /// Those begun from the first to the second moment, both included.
    pub begun: Option<(Timestamp, Timestamp)>,
    /// Those whose MAIN dialog is open (`true`) or closed (`false`).
    pub open: Option<Vec<bool>>,
    /// Those in one of these queues.
    pub skills: Option<Vec<SkillId>>,
    /// Those one of these agents takes or took part in.
    pub agents: Option<Vec<ParticipantId>>,
}

/// Which part of what is found is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HistoryPage {
    pub offset: usize,
    pub limit: usize,
    pub key: SortKey,
    pub rising: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortKey {
    Start,
    /// When they ended; those that have not come as if they ended last.
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct HistoryResult {
    /// How many there are on all pages.
    pub count: usize,
    /// Those of the page, each with its consumer.
    pub page: Vec<(Conversation, Option<Consumer>)>,
}

impl Cloud {
    /// The conversations that match, in order.
    pub(crate) fn search(&self, search: &Search, page: HistoryPage) -> HistoryResult {
        let mut all: Vec<&Conversation> = match &search.conversation {
            Some(id) => self.conversations.get(id).into_iter().collect(),
            None => self.conversations.values().collect(),
        };
        all.retain(|one| search.includes(one));
        let count = all.len();
        let end = page.offset.saturating_add(page.limit);
        let order = |a: &&Conversation, b: &&Conversation| page.order(a, b);
        if end < count && end > 0 {
            all.select_nth_unstable_by(end - 1, order);
            all.truncate(end);
        }
        all.sort_unstable_by(order);
        let page = all.into_iter().skip(page.offset).take(page.limit);
        let page = page.map(|one| (one.clone(), self.consumers.get(&one.consumer).cloned()));
        HistoryResult {
            count,
            page: page.collect(),
        }
    }
}

impl Search {
    fn includes(&self, one: &Conversation) -> bool {
        let consumer = self.consumer.as_ref().is_none_or(|id| one.consumer == *id);
        let begun = |(from, to): (Timestamp, Timestamp)| from <= one.started && one.started <= to;
        let open = |wanted: &Vec<bool>| wanted.contains(&one.main().is_open());
        let skill = |wanted: &Vec<SkillId>| wanted.contains(&one.skill);
        consumer
            && self.begun.is_none_or(begun)
            && self.open.as_ref().is_none_or(open)
            && self.skills.as_ref().is_none_or(skill)
            && self
                .agents
                .as_ref()
                .is_none_or(|wanted| took_part(one, wanted))
    }
}

fn took_part(one: &Conversation, wanted: &[ParticipantId]) -> bool {
    let came = one.trail.steps().any(|step| match &step.what {
        TrailChange::Came(stay) => wanted.contains(&stay.who.id),
        TrailChange::Left(_) | TrailChange::Handed(_) => false,
    });
    came || one.agents().iter().any(|agent| wanted.contains(agent))
}

impl HistoryPage {
    fn order(self, a: &Conversation, b: &Conversation) -> Ordering {
        let key = |one: &Conversation| match self.key {
            SortKey::Start => one.started,
            SortKey::End => one.ended.unwrap_or(Timestamp(i64::MAX)),
        };
        // The id settles which comes first of two at the same moment: pages must not overlap.
        let rising = (key(a), a.started, &a.id).cmp(&(key(b), b.started, &b.id));
        if self.rising {
            rising
        } else {
            rising.reverse()
        }
    }
}
