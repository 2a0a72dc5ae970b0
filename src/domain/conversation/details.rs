//! What is known of the conversation a phone talks in, for the screen that looks at it
//! from outside.

use serde_json::Value;

use crate::domain::{
    conversation::{
        Conversation,
        cloud::{CloudConversation, Dialog},
    },
    ids::{ConversationId, DialogId, Sequence, SkillId},
    role::Role,
    text::SafeText,
    time::Timestamp,
};

/// A conversation as the cloud last notified of it, with the numbers seen in it.
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
    /// `ttr` as it came: type and seconds.
    pub ttr: Option<Value>,
    /// When the agent side owes an answer; `None` when it owes none or nobody said.
    pub effective_ttr: Option<Timestamp>,
    /// `csat` as it came.
    pub csat: Option<Value>,
    /// `campaignInfo` as it came.
    pub campaign: Option<Value>,
    /// Who takes part, with what they are called; empty when nobody has said.
    pub participants: Vec<(Role, SafeText, String)>,
    /// Its dialogs, in the order they were seen.
    pub dialogs: Vec<DialogDetails>,
    /// Messages of ours that have not left.
    pub queued: usize,
    /// This conversation and the phone's earlier ones that it still knows.
    pub outlines: Vec<ConversationOutline>,
}

/// What dividers tell of one conversation of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationOutline {
    /// Which conversation of the phone it is, counted from 1; 0 when a journal of an earlier
    /// version does not tell.
    pub number: u32,
    /// The places of its dialogs among those of the phone.
    pub dialogs: Vec<u32>,
    /// Whether its MAIN dialog is open.
    pub main_open: bool,
    /// Whether anything of it is open.
    pub open: bool,
    /// `closeReason` as it came: who closed it.
    pub close_reason: Option<SafeText>,
    /// The stars the consumer gave, 1 to 5.
    pub stars: Option<u64>,
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
    pub received: Vec<(Sequence, Sequence)>,
}

impl Conversation {
    /// What is known of the conversation the phone talks in; `None` before the first.
    pub fn details(&self) -> Option<Details> {
        let conversation = self.saved.conversations.last()?;
        let facts = &conversation.facts;
        Some(Details {
            conversation: conversation.id.clone(),
            main_open: conversation.main_open,
            open: conversation.open,
            close_reason: facts.close_reason.as_deref().map(SafeText::clean),
            skill: facts.skill.clone(),
            ttr: facts.ttr.clone(),
            effective_ttr: facts.effective_ttr,
            csat: facts.csat.clone(),
            campaign: facts.campaign.clone(),
            participants: conversation
                .participants
                .iter()
                .map(|one| {
                    let name = self.names.get(&one.id).cloned().unwrap_or_default();
                    (one.role.clone(), name, one.id.to_string())
                })
                .collect(),
            dialogs: conversation
                .dialogs
                .iter()
                .map(|dialog| DialogDetails {
                    id: dialog.id.clone(),
                    survey: dialog.survey,
                    open: dialog.open,
                    top: dialog.top,
                    received: dialog.received.runs().collect(),
                })
                .collect(),
            queued: self.saved.jobs.len() + usize::from(self.saved.leaving.is_some()),
            outlines: self.saved.conversations.iter().map(outline).collect(),
        })
    }
}

fn outline(conversation: &CloudConversation) -> ConversationOutline {
    let facts = &conversation.facts;
    let stars = facts
        .csat
        .as_ref()
        .and_then(|csat| csat["csatRate"].as_u64());
    let dialogs = conversation.dialogs.iter();
    ConversationOutline {
        number: conversation.number,
        dialogs: dialogs.flat_map(Dialog::ordinals).collect(),
        main_open: conversation.main_open,
        open: conversation.open,
        close_reason: facts.close_reason.as_deref().map(SafeText::clean),
        stars: stars.filter(|stars| *stars > 0),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::domain::{
        conversation::event::PhoneEvent, ids::PhoneId, persona::Habits, wire::inbound,
    };

    #[test]
    fn what_the_cloud_tells_of_a_conversation_is_known() {
        let mut phone = Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default());
        assert_eq!(phone.details(), None);
        phone.enter("c1".into());
        let sent = json!({
            "type": "cqm.ExConversationChangeNotification",
            "body": {"changes": [{"type": "UPSERT", "result": {
                "convId": "c1",
                "effectiveTTR": 1_722_500_600_000_i64,
                "conversationDetails": {
                    "skillId": "7",
                    "participants": [{"id": "riley", "role": "ASSIGNED_AGENT"}],
                    "dialogs": [{"dialogId": "c1", "dialogType": "MAIN", "state": "CLOSE"}],
                    "state": "CLOSE", "stage": "OPEN", "closeReason": "AGENT\u{1b}[2J",
                    "ttr": {"ttrType": "NORMAL", "value": 1200},
                    "csatRate": 3,
                    "campaignInfo": {"campaignId": 1, "engagementId": 2},
                },
            }}]},
        });
        for change in inbound::read(sent.to_string().as_bytes()) {
            phone.step(Timestamp(0), PhoneEvent::Notified(change));
        }
        let details = phone.details().unwrap();
        assert_eq!(details.skill, Some("7".into()));
        assert_eq!(
            details.ttr,
            Some(json!({"ttrType": "NORMAL", "value": 1200}))
        );
        assert_eq!(details.effective_ttr, Some(Timestamp(1_722_500_600_000)));
        assert_eq!(details.csat, Some(json!({"csatRate": 3})));
        assert_eq!(details.campaign.unwrap()["campaignId"], 1);
        assert_eq!(details.close_reason.unwrap().as_str(), "AGENT");
        assert_eq!((details.main_open, details.open), (false, true));
        assert_eq!(details.participants[0].2, "riley");
    }
}
