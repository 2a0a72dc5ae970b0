//! A conversation as the agent socket shows it, printed once for all who are told.
//!
//! Everything a DELETE needs is in it, too: the agent SDK drops a notification that
//! lacks details, participants or dialogs, whatever its kind.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId},
        role::Role,
        time::Timestamp,
    },
    sandbox::{
        json,
        model::{
            conversation::{Conversation, Ttr},
            dialog::{Dialog, Event, Participant},
            directory::Directory,
            notify::{DialogDetails, ProgressDetails},
        },
    },
};

/// How far back it is looked for the latest message and for what is unread.
const LOOKED_AT: usize = 256;

/// What of a conversation filters look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterFacts {
    /// Whether the MAIN dialog is open: `state`.
    pub state: bool,
    /// Whether the conversation is: `stage`.
    pub stage: bool,
    pub updated: Timestamp,
    /// The agents that count, by PID and by full id.
    pub agents: Vec<String>,
}

impl FilterFacts {
    pub(crate) fn of(directory: &Directory, conversation: &Conversation) -> Self {
        let participants = conversation
            .dialogs
            .iter()
            .flat_map(|one| &one.participants);
        let counting = participants
            .filter(|one| one.is_active() && matches!(one.role, Role::AssignedAgent | Role::Agent));
        let agents = counting.flat_map(|one| [one.id.to_string(), directory.full(&one.id)]);
        Self {
            state: conversation.main().is_open(),
            stage: conversation.is_open(),
            updated: conversation.updated,
            agents: agents.collect(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct PrintedConversation {
    pub id: ConversationId,
    pub facts: FilterFacts,
    /// `result` of a change, in JSON.
    pub result: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExConversation<'a> {
    conv_id: &'a ConversationId,
    #[serde(rename = "effectiveTTR")]
    effective_ttr: i64,
    conversation_details: AgentDetails<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_content_event_notification: Option<Value>,
    #[serde(rename = "numberOfunreadMessages")]
    unread: Map<String, Value>,
    last_update_time: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AgentDetails<'a> {
    conv_id: &'a ConversationId,
    skill_id: &'a str,
    participants: Map<String, Value>,
    #[serde(rename = "participantsPId")]
    pids: Map<String, Value>,
    dialogs: Vec<DialogDetails<'a, Vec<ListedParticipant<'a>>>>,
    #[serde(flatten)]
    progress: ProgressDetails<'a>,
    csat_rate: u8,
    ttr: &'a Ttr,
    note: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_info: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Value>,
    #[serde(rename = "conversationHandlerDetails")]
    handler: Value,
}

#[derive(Serialize)]
struct ListedParticipant<'a> {
    id: String,
    role: &'a str,
    state: &'static str,
}

impl PrintedConversation {
    pub(crate) fn of(directory: &Directory, conversation: &Conversation) -> Self {
        let account = directory.account();
        // The survey first, as captures have it.
        let dialogs = conversation.dialogs.iter().rev();
        let roles = Roles::of(dialogs.clone());
        let last = last_content(&conversation.main().events);
        let last = last.map(|event| {
            let id = &conversation.main().id;
            last_event(directory, id, event)
        });
        let result = ExConversation {
            conv_id: &conversation.id,
            effective_ttr: conversation.effective_ttr(),
            conversation_details: AgentDetails {
                conv_id: &conversation.id,
                skill_id: conversation.skill.as_str(),
                participants: roles.named(|id| directory.full(id)),
                pids: roles.named(ToString::to_string),
                dialogs: dialogs
                    .map(|dialog| {
                        let participants = ListedParticipant::all(directory, dialog);
                        DialogDetails::of(account, dialog, participants)
                    })
                    .collect(),
                progress: ProgressDetails::of(account, conversation),
                csat_rate: conversation
                    .csat
                    .as_ref()
                    .and_then(|csat| csat.csat_rate)
                    .unwrap_or(0),
                ttr: &conversation.ttr,
                note: "",
                campaign_info: conversation.campaign.as_ref(),
                context: conversation.context.0.as_ref(),
                handler: json!({
                    "accountId": account,
                    "skillId": conversation.skill,
                }),
            },
            last_content_event_notification: last,
            unread: unread(directory, conversation),
            last_update_time: conversation.updated,
        };
        Self {
            id: conversation.id.clone(),
            facts: FilterFacts::of(directory, conversation),
            result: json::print(&result),
        }
    }
}

impl<'a> ListedParticipant<'a> {
    fn all(directory: &Directory, dialog: &'a Dialog) -> Vec<Self> {
        // Those asked come after those who are there: the agent SDK gives ids by index.
        let mut members: Vec<&Participant> = dialog.participants.iter().collect();
        members.sort_by_key(|one| !one.is_active());
        let listed = members.into_iter().map(|one| Self {
            id: directory.full(&one.id),
            role: one.role.as_str(),
            state: if one.is_active() {
                "ACTIVE"
            } else {
                "SUGGESTED"
            },
        });
        listed.collect()
    }
}

/// Who takes part as what, in the order of the dialogs, without those only asked.
struct Roles<'a>(Vec<(&'a str, Vec<&'a ParticipantId>)>);

impl<'a> Roles<'a> {
    fn of(dialogs: impl Iterator<Item = &'a Dialog>) -> Self {
        // Clients read these without asking whether they are there.
        let usual = [
            Role::Consumer,
            Role::AssignedAgent,
            Role::Manager,
            Role::Reader,
        ];
        let mut roles = Self(usual.map(|role| (usual_name(&role), Vec::new())).into());
        let all = dialogs.flat_map(|dialog| &dialog.participants);
        for one in all.filter(|one| one.is_active()) {
            let role = one.role.as_str();
            if !roles.0.iter().any(|(name, _)| *name == role) {
                roles.0.push((role, Vec::new()));
            }
            let known = roles.0.iter_mut().find(|(name, _)| *name == role);
            if let Some((_, ids)) = known
                && !ids.contains(&&one.id)
            {
                ids.push(&one.id);
            }
        }
        roles
    }

    fn named(&self, name: impl Fn(&ParticipantId) -> String) -> Map<String, Value> {
        let named = |ids: &Vec<&ParticipantId>| ids.iter().map(|id| name(id)).collect();
        self.0
            .iter()
            .map(|(role, ids)| ((*role).to_owned(), named(ids)))
            .collect()
    }
}

fn usual_name(role: &Role) -> &'static str {
    match role {
        Role::AssignedAgent => "ASSIGNED_AGENT",
        Role::Manager => "MANAGER",
        Role::Reader => "READER",
        _ => "CONSUMER",
    }
}

fn last_content(events: &std::collections::VecDeque<std::sync::Arc<Event>>) -> Option<&Event> {
    let mut latest = events.iter().rev().take(LOOKED_AT);
    latest.find(|event| event.is_content()).map(AsRef::as_ref)
}

fn last_event(directory: &Directory, dialog: &DialogId, event: &Event) -> Value {
    json!({
        "sequence": event.sequence,
        "originatorClientProperties": {},
        "originatorId": directory.full(&event.author.id),
        "originatorPId": event.author.id,
        "originatorMetadata": { "id": event.author.id, "role": event.author.role.as_str() },
        "serverTimestamp": event.at,
        "event": event.event,
        "dialogId": dialog,
    })
}

/// What the owner has not read of the consumer's, counted back to the latest READ.
fn unread(directory: &Directory, conversation: &Conversation) -> Map<String, Value> {
    let mut counted = Map::new();
    if let Some(owner) = conversation.assigned() {
        let latest = conversation.main().events.iter().rev().take(LOOKED_AT);
        let since = latest.take_while(|event| {
            let status = event.event.get("status").and_then(Value::as_str);
            !(event.author.id == *owner && status == Some("READ"))
        });
        let count = since
            .filter(|event| event.author.role == Role::Consumer && event.is_content())
            .count();
        counted.insert(directory.full(owner), json!(count));
    }
    counted
}
