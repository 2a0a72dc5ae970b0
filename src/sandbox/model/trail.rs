//! Who came to a conversation and went, and how it was handed on: what its history tells.
//!
//! Read off the conversation whenever it changes, so that nothing that changes one can forget
//! to write it down.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        ids::{DialogId, ParticipantId, SkillId},
        role::Role,
        time::Timestamp,
    },
    sandbox::model::{conversation::Conversation, dialog::Participant},
};

/// Steps remembered of one conversation; the oldest are forgotten first.
const STEPS: usize = 1000;

/// The past of a conversation's participants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// What there was at the last look.
    #[serde(default)]
    seen: TrailState,
    /// What has changed from look to look, oldest first.
    #[serde(default)]
    steps: VecDeque<TrailStep>,
    /// The agent that owned it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latest: Option<ParticipantId>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct TrailState {
    present: Vec<Stay>,
    owner: Option<ParticipantId>,
    suggested: Option<ParticipantId>,
    skill: Option<SkillId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    pub dialog: DialogId,
    pub who: Participant,
}

/// Something that happened to the participants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailStep {
    pub at: Timestamp,
    pub what: TrailChange,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TrailChange {
    Came(Stay),
    Left(Stay),
    Handed(Handing),
}

/// How a conversation was handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handing {
    pub reason: Reason,
    pub from: Option<ParticipantId>,
    pub to: Option<ParticipantId>,
    pub from_skill: SkillId,
    pub to_skill: SkillId,
}

/// Why a conversation was handed on; see `send-api` 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// To the next agent of the same queue.
    #[serde(rename = "back2Q")]
    BackToQueue,
    /// To an agent who was named.
    Agent,
    Skill,
    /// From the agent who was named and did not take it, to the queue.
    SuggestedAgentTimeout,
    /// From one owner to the next without a ring.
    TakeOver,
}

impl Trail {
    /// Whether no step can have been forgotten.
    pub fn is_whole(&self) -> bool {
        self.steps.len() < STEPS
    }

    /// Looks at a conversation, and notes what is not as it was.
    pub fn note(&mut self, conversation: &Conversation) {
        let at = conversation.updated;
        let now = TrailState::of(conversation);
        for gone in self.seen.present.iter().filter(|one| !now.has(one)) {
            push(&mut self.steps, at, TrailChange::Left(gone.clone()));
        }
        for new in now.present.iter().filter(|one| !self.seen.has(one)) {
            push(&mut self.steps, at, TrailChange::Came(new.clone()));
        }
        if conversation.main().is_open()
            && let Some(handing) = self.seen.handing(&now)
        {
            push(&mut self.steps, at, TrailChange::Handed(handing));
        }
        if let Some(owner) = &now.owner {
            self.latest = Some(owner.clone());
        }
        self.seen = now;
    }

    /// Everything that is remembered, oldest first.
    pub fn steps(&self) -> impl Iterator<Item = &TrailStep> {
        self.steps.iter()
    }

    /// The agent that owned it last.
    pub fn latest(&self) -> Option<&ParticipantId> {
        self.latest.as_ref()
    }
}

impl TrailState {
    fn of(conversation: &Conversation) -> Self {
        let present = conversation.dialogs.iter().flat_map(|dialog| {
            let agents = dialog.participants.iter();
            let agents = agents.filter(|one| one.is_active() && one.role != Role::Consumer);
            agents.map(|one| Stay {
                dialog: dialog.id.clone(),
                who: one.clone(),
            })
        });
        Self {
            present: present.collect(),
            owner: conversation.assigned().cloned(),
            suggested: conversation.suggested().cloned(),
            skill: Some(conversation.skill.clone()),
        }
    }

    fn has(&self, stay: &Stay) -> bool {
        self.present.contains(stay)
    }

    /// How the conversation was handed on between this look and a later one, if it was.
    fn handing(&self, later: &Self) -> Option<Handing> {
        // Before the first look there was nothing to be handed on.
        let from_skill = self.skill.clone()?;
        let to_skill = later.skill.clone()?;
        let reason = match (&self.owner, &later.owner) {
            (Some(before), Some(after)) if before != after => Reason::TakeOver,
            (Some(_) | None, None) if from_skill != to_skill => Reason::Skill,
            (Some(_), None) if later.suggested.is_some() => Reason::Agent,
            (Some(_), None) => Reason::BackToQueue,
            (None, None) if self.suggested.is_some() && later.suggested.is_none() => {
                Reason::SuggestedAgentTimeout
            }
            _ => return None,
        };
        let from = match reason {
            Reason::SuggestedAgentTimeout => self.suggested.clone(),
            _ => self.owner.clone(),
        };
        Some(Handing {
            reason,
            from,
            to: later.owner.clone().or_else(|| later.suggested.clone()),
            from_skill,
            to_skill,
        })
    }
}

fn push(steps: &mut VecDeque<TrailStep>, at: Timestamp, what: TrailChange) {
    if steps.len() == STEPS {
        steps.pop_front();
    }
    steps.push_back(TrailStep { at, what });
}
