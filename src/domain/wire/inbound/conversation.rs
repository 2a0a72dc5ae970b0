//! The complete state of a conversation, as every change of it is told. See
//! `webhooks` section 5.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::domain::{
    ids::{ConversationId, DialogId, SkillId},
    role::{Author, Role},
    time::Timestamp,
    wire::inbound::Change,
};

/// Longest fact kept, as JSON; the vendor's have less than a tenth of it.
const LONGEST_FACT: usize = 1024;

/// The complete state of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// `convId`.
    pub id: ConversationId,
    /// Who takes part, in the order given.
    pub participants: Vec<Author>,
    /// Who was asked to take part and has not come yet (`edge-cases` 6).
    pub suggested: Vec<Author>,
    /// Its messaging dialogs, in the order given, which is not fixed.
    pub dialogs: Vec<Dialog>,
    /// `state`: whether the MAIN dialog is open.
    pub main_open: bool,
    /// `stage`: whether anything of it is open.
    pub open: bool,
    /// What else is told of it.
    pub facts: Facts,
    /// `metaDataLastUpdateTs`, by which older states are told from newer ones.
    pub updated: Option<Timestamp>,
    /// The change was a DELETE: the conversation is no longer told of.
    pub deleted: bool,
}

/// What is told of a conversation beside who takes part and what is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The queue it is in; `-1` is none in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<SkillId>,
    /// `ttr`: type and seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttr: Option<Value>,
    /// When the agent side owes an answer; `None` when it owes none or nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_ttr: Option<Timestamp>,
    /// `csat`; a bare `csatRate` is put into an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csat: Option<Value>,
    /// Who closed the MAIN dialog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<String>,
    /// `campaignInfo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Value>,
}

/// A dialog of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// `dialogId`.
    pub id: DialogId,
    /// Whether it is a survey rather than the MAIN dialog.
    pub survey: bool,
    /// Whether it takes messages.
    pub open: bool,
    /// Who closed it, once somebody has.
    pub closed_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResult {
    conv_id: String,
    #[serde(rename = "effectiveTTR")]
    effective_ttr: Option<Value>,
    conversation_details: RawDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDetails {
    skill_id: Option<Value>,
    #[serde(default, deserialize_with = "readable")]
    participants: Vec<RawParticipant>,
    #[serde(default, deserialize_with = "readable")]
    dialogs: Vec<RawDialog>,
    state: Option<String>,
    stage: Option<String>,
    close_reason: Option<String>,
    meta_data_last_update_ts: Option<Timestamp>,
    ttr: Option<Value>,
    csat: Option<Value>,
    csat_rate: Option<Value>,
    campaign_info: Option<Value>,
}

#[derive(Deserialize)]
struct RawParticipant {
    id: String,
    role: String,
    state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDialog {
    dialog_id: String,
    #[serde(default, deserialize_with = "readable")]
    participants_details: Vec<RawParticipant>,
    dialog_type: Option<String>,
    channel_type: Option<String>,
    state: Option<String>,
    closed_by: Option<String>,
}

/// The elements of a list that can be read; what is no list has none.
fn readable<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let list = match Value::deserialize(from)? {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    let read = list.into_iter().map(serde_json::from_value);
    Ok(read.filter_map(Result::ok).collect())
}

pub(super) fn read(mut change: Value) -> Change {
    let result = change.get_mut("result").map(Value::take);
    let Ok(raw) = serde_json::from_value::<RawResult>(result.unwrap_or_default()) else {
        return Change::Unknown("conversation change without details".into());
    };
    let details = raw.conversation_details;
    let is_open = |state: Option<&str>| state != Some("CLOSE");
    let dialogs: Vec<&RawDialog> = details
        .dialogs
        .iter()
        .filter(|dialog| dialog.channel_type.as_deref() != Some("COBROWSE"))
        .collect();
    let (present, suggested) = participants(&details.participants, &dialogs);
    let rate = details.csat_rate.map(|rate| json!({ "csatRate": rate }));
    Change::Conversation(Box::new(Conversation {
        id: raw.conv_id.into(),
        participants: present,
        suggested,
        dialogs: dialogs
            .iter()
            .map(|dialog| Dialog {
                id: dialog.dialog_id.as_str().into(),
                survey: dialog.dialog_type.as_deref() == Some("POST_SURVEY"),
                open: is_open(dialog.state.as_deref()),
                closed_by: dialog.closed_by.clone(),
            })
            .collect(),
        main_open: is_open(details.state.as_deref()),
        open: is_open(details.stage.as_deref().or(details.state.as_deref())),
        facts: Facts {
            skill: details.skill_id.map(|skill| match skill {
                Value::String(id) => id.into(),
                other => other.to_string().into(),
            }),
            ttr: details.ttr.and_then(kept),
            effective_ttr: raw
                .effective_ttr
                .and_then(|until| until.as_i64())
                .filter(|until| *until >= 0)
                .map(Timestamp),
            csat: details.csat.and_then(kept).or_else(|| rate.and_then(kept)),
            close_reason: details.close_reason,
            campaign: details.campaign_info.and_then(kept),
        },
        updated: details.meta_data_last_update_ts,
        deleted: change["type"] == "DELETE",
    }))
}

/// A fact that is one and of a size worth keeping.
fn kept(fact: Value) -> Option<Value> {
    (!fact.is_null() && fact.to_string().len() <= LONGEST_FACT).then_some(fact)
}

/// The participants who are really there, and those who were merely asked to come: in every
/// dialog that lists them they are SUGGESTED.
fn participants(listed: &[RawParticipant], dialogs: &[&RawDialog]) -> (Vec<Author>, Vec<Author>) {
    let in_dialogs = |one: &RawParticipant| {
        let mut seen = dialogs
            .iter()
            .flat_map(|dialog| &dialog.participants_details)
            .filter(|other| other.id == one.id && other.role == one.role)
            .peekable();
        seen.peek().is_some() && seen.all(is_suggested)
    };
    let (suggested, present): (Vec<_>, Vec<_>) = listed
        .iter()
        .partition(|one| is_suggested(one) || in_dialogs(one));
    let mut suggested: Vec<Author> = suggested.into_iter().map(author).collect();
    // Somebody asked may stand in the dialog alone.
    let details = dialogs
        .iter()
        .flat_map(|dialog| &dialog.participants_details);
    for one in details.filter(|one| is_suggested(one)).map(author) {
        if !suggested.contains(&one) {
            suggested.push(one);
        }
    }
    (present.into_iter().map(author).collect(), suggested)
}

fn is_suggested(one: &RawParticipant) -> bool {
    one.state.as_deref() == Some("SUGGESTED")
}

fn author(one: &RawParticipant) -> Author {
    Author {
        id: one.id.as_str().into(),
        role: Role::from(one.role.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_participant_or_dialog_costs_nobody_the_others() {
        let change = read(json!({ "type": "UPSERT", "result": {
            "convId": "c1",
            "conversationDetails": {
                "participants": [{"id": "ada", "role": "CONSUMER"}, {"id": "x"}, null, 7],
                "dialogs": [
                    {"dialogId": "c1", "dialogType": "MAIN", "participantsDetails": null},
                    {"dialogType": "POST_SURVEY"},
                ],
                "state": "OPEN",
            },
        }}));
        let Change::Conversation(told) = change else {
            panic!("{change:?}");
        };
        assert_eq!((told.participants.len(), told.dialogs.len()), (1, 1));
        let change = read(json!({ "result": {
            "convId": "c1", "conversationDetails": {"participants": null, "dialogs": null},
        }}));
        assert!(matches!(change, Change::Conversation(_)), "{change:?}");
    }
}
