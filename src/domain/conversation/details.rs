//! What is known of the conversation a phone talks in, for whoever looks at it
//! from outside.

use serde_json::Value;

use crate::domain::{
    conversation::Conversation,
    ids::{ConversationId, DialogId, Sequence, SkillId},
    role::Role,
    text::SafeText,
    time::Timestamp,
};

/// A conversation as the cloud last told it, with the numbers seen in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Its id.
    pub conversation: ConversationId,
    /// `state`: whether the MAIN dialog is open.
    pub main_open: bool,
    /// `stage`: whether anything of it is open.
    pub open: bool,
    /// Who closed the MAIN dialog.
    pub close_reason: Option<SafeText>,
    /// The queue it is in.
    pub skill: Option<SkillId>,
    /// `ttr` as it was told: type and seconds.
    pub ttr: Option<Value>,
    /// When the agent side owes an answer; `None` when it owes none or nobody said.
    pub effective_ttr: Option<Timestamp>,
    /// `csat` as it was told.
    pub csat: Option<Value>,
    /// `campaignInfo` as it was told.
    pub campaign: Option<Value>,
    /// Who takes part, with what they are called; empty when nobody has said.
    pub participants: Vec<(Role, SafeText, String)>,
    /// Its dialogs, in the order they were seen.
    pub dialogs: Vec<DialogDetails>,
    /// Messages of ours that have not left.
    pub queued: usize,
}

/// A dialog with its sequence map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogDetails {
    /// Its id.
    pub id: DialogId,
    /// Whether it is a survey.
    pub survey: bool,
    /// Whether it takes messages.
    pub open: bool,
    /// The highest number known.
    pub top: Sequence,
    /// Runs of numbers that came by webhook, first and last; what lies between two runs is a gap.
    pub heard: Vec<(Sequence, Sequence)>,
}

impl Conversation {
    /// What is known of the conversation the phone talks in; `None` before the first.
    pub fn details(&self) -> Option<Details> {
        let room = self.saved.rooms.last()?;
        let facts = &room.facts;
        Some(Details {
            conversation: room.id.clone(),
            main_open: room.main_open,
            open: room.open,
            close_reason: facts.close_reason.as_deref().map(SafeText::clean),
            skill: facts.skill.clone(),
            ttr: facts.ttr.clone(),
            effective_ttr: facts.effective_ttr,
            csat: facts.csat.clone(),
            campaign: facts.campaign.clone(),
            participants: room
                .participants
                .iter()
                .map(|one| {
                    let name = self.names.get(&one.id).cloned().unwrap_or_default();
                    (one.role.clone(), name, one.id.to_string())
                })
                .collect(),
            dialogs: room
                .dialogs
                .iter()
                .map(|dialog| DialogDetails {
                    id: dialog.id.clone(),
                    survey: dialog.survey,
                    open: dialog.open,
                    top: dialog.top,
                    heard: dialog.heard.runs().collect(),
                })
                .collect(),
            queued: self.saved.jobs.len() + usize::from(self.saved.leaving.is_some()),
        })
    }
}
