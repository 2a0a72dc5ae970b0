//! A conversation as agents are told of it. See `agent-side` 5.1.

use serde_json::Value;

use crate::domain::{
    ids::{ConversationId, DialogId, ParticipantId, SkillId},
    role::Role,
    survey::Csat,
    text::SafeText,
    time::Timestamp,
    wire::{
        lenient::{list, whole, word},
        ums::message,
    },
};

/// Longest word kept of who closed it, and of a feature.
const LONGEST_WORD: usize = 80;

/// One element of `changes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// It left the subscription.
    pub is_deleted: bool,
    /// Its complete state.
    pub conversation: Conversation,
}

/// The complete state of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// `convId`.
    pub id: ConversationId,
    /// The queue; `-1` is none in particular.
    pub skill: SkillId,
    /// Who takes part.
    pub members: Vec<Member>,
    /// Who was asked to take part and has not come yet.
    pub suggested: Vec<Member>,
    /// Its messaging dialogs.
    pub dialogs: Vec<Dialog>,
    /// `state`: whether the MAIN dialog is open.
    pub is_main_open: bool,
    /// `stage`: whether anything of it is open.
    pub is_open: bool,
    /// When it began.
    pub started: Option<Timestamp>,
    /// By which older states are told from newer ones.
    pub updated: Option<Timestamp>,
    /// When the agent side must have answered.
    pub owed_by: Option<Timestamp>,
    /// How the consumer rated it.
    pub csat: Option<Csat>,
    /// Who closed it, in the wire's words; empty while nobody has.
    pub closed_by: SafeText,
    /// What the consumer's device can do.
    pub features: Vec<SafeText>,
    /// What was said last, and as what.
    pub last: Option<message::Message>,
}

/// Somebody who takes part, or was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// By full id; a consumer has one id only.
    pub full: ParticipantId,
    /// By PID.
    pub pid: ParticipantId,
    /// As what.
    pub role: Role,
}

/// A dialog of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// `dialogId`.
    pub id: DialogId,
    /// Whether it is a survey rather than the MAIN dialog.
    pub is_survey: bool,
    /// Whether it takes messages.
    pub is_open: bool,
}

/// Reads one element of `changes`; `None` when it is about no conversation.
pub(super) fn read(change: &Value) -> Option<Change> {
    let result = change.get("result")?;
    let empty = Value::Null;
    let details = result.get("conversationDetails").unwrap_or(&empty);
    let id: ConversationId = word(result, "convId")
        .or_else(|| word(details, "convId"))?
        .into();
    let dialogs = list(details, "dialogs");
    let main = details.get("state").and_then(Value::as_str);
    let whole_of_it = details.get("stage").and_then(Value::as_str).or(main);
    let closed_by = dialogs
        .iter()
        .filter(|dialog| !is_survey(dialog))
        .find_map(|dialog| word(dialog, "closedBy"))
        .or_else(|| word(details, "closeReason"));
    let features = details.pointer("/context/clientProperties");
    Some(Change {
        is_deleted: change.get("type").and_then(Value::as_str) == Some("DELETE"),
        conversation: Conversation {
            skill: word(details, "skillId")
                .unwrap_or_else(|| "-1".to_owned())
                .into(),
            members: members(details),
            suggested: suggested(dialogs),
            dialogs: dialogs.iter().filter_map(dialog).collect(),
            is_main_open: main != Some("CLOSE"),
            is_open: whole_of_it != Some("CLOSE"),
            started: whole(details, "startTs").map(Timestamp),
            updated: whole(details, "metaDataLastUpdateTs")
                .or_else(|| whole(result, "lastUpdateTime"))
                .map(Timestamp),
            owed_by: whole(result, "effectiveTTR")
                .filter(|until| *until > 0)
                .map(Timestamp),
            csat: csat(details),
            closed_by: short(closed_by.as_deref().unwrap_or_default()),
            features: features.map_or_else(Vec::new, |properties| {
                let features = list(properties, "features").iter();
                features.filter_map(Value::as_str).map(short).collect()
            }),
            last: last(result, &id),
            id,
        },
    })
}

fn short(words: &str) -> SafeText {
    let cut: String = words.chars().take(LONGEST_WORD).collect();
    SafeText::clean(&cut)
}

/// The maps of full ids and PIDs have the same order within a role. A list of participants, as
/// the SDK makes of them, is taken too.
fn members(details: &Value) -> Vec<Member> {
    let full = by_role(details, "participants");
    let pids = by_role(details, "participantsPId");
    let (longer, other, has_full) = if full.len() >= pids.len() {
        (&full, &pids, true)
    } else {
        (&pids, &full, false)
    };
    let mut members = Vec::with_capacity(longer.len());
    for (at, (role, id)) in longer.iter().enumerate() {
        let nth = longer
            .iter()
            .take(at)
            .filter(|(one, _)| one == role)
            .count();
        let paired = other.iter().filter(|(one, _)| one == role).nth(nth);
        let paired = paired.map_or_else(|| id.clone(), |(_, id)| id.clone());
        let (full, pid) = if has_full {
            (id.clone(), paired)
        } else {
            (paired, id.clone())
        };
        members.push(Member {
            full,
            pid,
            role: role.clone(),
        });
    }
    members
}

fn by_role(details: &Value, name: &str) -> Vec<(Role, ParticipantId)> {
    match details.get(name) {
        Some(Value::Object(roles)) => roles
            .iter()
            .flat_map(|(role, ids)| {
                let ids = ids.as_array().map_or(&[][..], Vec::as_slice);
                ids.iter()
                    .filter_map(Value::as_str)
                    .map(|id| (Role::from(role.as_str()), id.into()))
            })
            .collect(),
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(|one| Some((word(one, "role")?.into(), word(one, "id")?.into())))
            .collect(),
        _ => Vec::new(),
    }
}

fn suggested(dialogs: &[Value]) -> Vec<Member> {
    let details = dialogs
        .iter()
        .flat_map(|dialog| list(dialog, "participantsDetails"));
    details
        .filter(|one| one.get("state").and_then(Value::as_str) == Some("SUGGESTED"))
        .filter_map(|one| {
            let id = ParticipantId::from(word(one, "id")?);
            Some(Member {
                full: id.clone(),
                pid: id,
                role: word(one, "role")?.into(),
            })
        })
        .collect()
}

fn is_survey(dialog: &Value) -> bool {
    dialog.get("dialogType").and_then(Value::as_str) == Some("POST_SURVEY")
}

/// `None` for what is no messaging dialog.
fn dialog(dialog: &Value) -> Option<Dialog> {
    if dialog.get("channelType").and_then(Value::as_str) == Some("COBROWSE") {
        return None;
    }
    Some(Dialog {
        id: word(dialog, "dialogId")?.into(),
        is_survey: is_survey(dialog),
        is_open: dialog.get("state").and_then(Value::as_str) != Some("CLOSE"),
    })
}

/// An object, or a bare rate in which 0 is none.
fn csat(details: &Value) -> Option<Csat> {
    let rate = |object: &Value| {
        let rate = whole(object, "csatRate")?;
        u8::try_from(rate)
            .ok()
            .filter(|rate| (1..=5).contains(rate))
    };
    match details.get("csat").filter(|csat| csat.is_object()) {
        Some(csat) => {
            let found = Csat {
                rate: rate(csat).or_else(|| rate(details)),
                resolved: csat
                    .get("csatResolutionConfirmation")
                    .and_then(Value::as_bool),
            };
            let says_something = found.rate.is_some()
                || found.resolved.is_some()
                || csat.get("status").is_some_and(|status| !status.is_null());
            says_something.then_some(found)
        }
        None => rate(details).map(|rate| Csat {
            rate: Some(rate),
            resolved: None,
        }),
    }
}

fn last(result: &Value, id: &ConversationId) -> Option<message::Message> {
    let last = result.get("lastContentEventNotification")?;
    last.is_object()
        .then(|| message::read(last.clone(), Some(id.as_str()), true))
}
