//! The complete state of a conversation, as every change of it is told. See
//! `webhooks` section 5.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{
    ids::{ConversationId, DialogId, SkillId},
    role::{Author, Role},
    time::Timestamp,
    wire::{
        inbound::{Change, unreadable},
        lenient::{list, whole, word},
    },
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

/// A participant as a list has it.
struct Listed {
    author: Author,
    is_suggested: bool,
}

/// Reads a change; one without a conversation's id or its details cannot be read.
pub(super) fn read(change: &Value) -> Change {
    let result = &change["result"];
    let details = &result["conversationDetails"];
    let id = word(result, "convId").filter(|_| details.is_object());
    let Some(id) = id else {
        return Change::Message(Box::new(unreadable(change)));
    };
    let is_open = |state: Option<String>| state.as_deref() != Some("CLOSE");
    let is_messaging = |dialog: &&Value| dialog["channelType"] != "COBROWSE";
    let dialogs: Vec<&Value> = list(details, "dialogs")
        .iter()
        .filter(is_messaging)
        .collect();
    let (participants, suggested) = participants(details, &dialogs);
    let rate = || Some(json!({ "csatRate": kept(&details["csatRate"])? }));
    Change::Conversation(Box::new(Conversation {
        id: id.into(),
        participants,
        suggested,
        dialogs: dialogs
            .iter()
            .filter_map(|dialog| {
                Some(Dialog {
                    id: word(dialog, "dialogId")?.into(),
                    survey: dialog["dialogType"] == "POST_SURVEY",
                    open: is_open(word(dialog, "state")),
                    closed_by: word(dialog, "closedBy"),
                })
            })
            .collect(),
        main_open: is_open(word(details, "state")),
        open: is_open(word(details, "stage").or_else(|| word(details, "state"))),
        facts: Facts {
            skill: word(details, "skillId").map(SkillId::from),
            ttr: kept(&details["ttr"]),
            effective_ttr: whole(result, "effectiveTTR")
                .filter(|until| *until >= 0)
                .map(Timestamp),
            csat: kept(&details["csat"]).or_else(rate),
            close_reason: word(details, "closeReason"),
            campaign: kept(&details["campaignInfo"]),
        },
        updated: whole(details, "metaDataLastUpdateTs").map(Timestamp),
        deleted: change["type"] == "DELETE",
    }))
}

/// A fact that is one and of a size worth keeping.
fn kept(fact: &Value) -> Option<Value> {
    (!fact.is_null() && fact.to_string().len() <= LONGEST_FACT).then(|| fact.clone())
}

/// The participants of a list that can be read.
fn listed<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = Listed> + use<'a> {
    list(object, name).iter().filter_map(|one| {
        Some(Listed {
            author: Author {
                id: word(one, "id")?.into(),
                role: Role::from(word(one, "role")?),
            },
            is_suggested: one["state"] == "SUGGESTED",
        })
    })
}

/// The participants who are really there, and those who were merely asked to come: in every
/// dialog that lists them they are SUGGESTED.
fn participants(details: &Value, dialogs: &[&Value]) -> (Vec<Author>, Vec<Author>) {
    let in_dialogs: Vec<Listed> = dialogs
        .iter()
        .flat_map(|dialog| listed(dialog, "participantsDetails"))
        .collect();
    let is_asked = |one: &Listed| {
        let mut seen = in_dialogs
            .iter()
            .filter(|other| other.author == one.author)
            .peekable();
        one.is_suggested || (seen.peek().is_some() && seen.all(|other| other.is_suggested))
    };
    let (suggested, present): (Vec<_>, Vec<_>) =
        listed(details, "participants").partition(is_asked);
    let authors = |list: Vec<Listed>| list.into_iter().map(|one| one.author).collect::<Vec<_>>();
    let (mut suggested, present) = (authors(suggested), authors(present));
    // Somebody asked may stand in the dialog alone.
    for one in in_dialogs.into_iter().filter(|one| one.is_suggested) {
        if !suggested.contains(&one.author) {
            suggested.push(one.author);
        }
    }
    (present, suggested)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_participant_or_dialog_costs_nobody_the_others() {
        let change = read(&json!({ "type": "UPSERT", "result": {
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
        let change = read(&json!({ "result": {
            "convId": "c1", "conversationDetails": {"participants": null, "dialogs": null},
        }}));
        assert!(matches!(change, Change::Conversation(_)), "{change:?}");
    }
}
