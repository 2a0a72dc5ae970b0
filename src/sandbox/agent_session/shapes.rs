//! Notifications as they stand on the agent socket; see `agent-side` 4, 5.1 and 6.1.
//!
//! What many sockets get alike is printed once. A subscription's id is ours and needs no
//! quoting, so envelopes are put around printed parts as text.

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId, Sequence},
        time::Timestamp,
    },
    sandbox::{
        json::{self, Metadata},
        model::{
            dialog::{Audience, Event, Participant},
            directory::Directory,
        },
        routing::{
            ring::{Handover, RingState, RoutingTask, TaskChange},
            sessions::Availability,
        },
    },
};

/// How long a ring rings, as a ring tells it.
const RING_MILLIS: i64 = 72_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Distribution<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Sequence>,
    originator_client_properties: Value,
    originator_id: String,
    #[serde(rename = "originatorPId")]
    originator_pid: &'a ParticipantId,
    originator_metadata: Originator<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_timestamp: Option<Timestamp>,
    event: &'a Value,
    dialog_id: &'a DialogId,
    conversation_id: &'a ConversationId,
    message_audience: Audience,
    metadata: Metadata,
}

#[derive(Serialize)]
struct Originator<'a> {
    id: &'a ParticipantId,
    role: &'a str,
}

/// A numbered event as OnlineEventDistribution and QueryMessages have it.
pub(crate) fn event(
    directory: &Directory,
    conversation: &ConversationId,
    dialog: &DialogId,
    event: &Event,
) -> String {
    json::print(&Distribution {
        sequence: Some(event.sequence),
        originator_client_properties: json!({ "type": ".ClientProperties" }),
        originator_id: directory.full(&event.author.id),
        originator_pid: &event.author.id,
        originator_metadata: Originator {
            id: &event.author.id,
            role: event.author.role.as_str(),
        },
        server_timestamp: Some(event.at),
        event: &event.event,
        dialog_id: dialog,
        conversation_id: conversation,
        message_audience: event.audience,
        metadata: metadata(event.metadata.as_ref()),
    })
}

/// A chat state, which has neither number nor time: a number 0 would be taken for the first
/// message's.
pub(crate) fn chat_state(
    directory: &Directory,
    conversation: &ConversationId,
    dialog: &DialogId,
    author: &Participant,
    state: &str,
) -> String {
    json::print(&Distribution {
        sequence: None,
        originator_client_properties: json!({ "type": ".ClientProperties" }),
        originator_id: directory.full(&author.id),
        originator_pid: &author.id,
        originator_metadata: Originator {
            id: &author.id,
            role: author.role.as_str(),
        },
        server_timestamp: None,
        event: &json!({ "type": "ChatStateEvent", "chatState": state }),
        dialog_id: dialog,
        conversation_id: conversation,
        message_audience: Audience::All,
        metadata: json!([]).into(),
    })
}

/// A distribution around an event or chat state.
pub(crate) fn distribution(printed: &str) -> Utf8Bytes {
    notification(".ams.ms.OnlineEventDistribution", printed)
}

/// One change of a conversation, around its printed state.
pub(crate) fn conversation_changes(
    subscription: &str,
    sent: Timestamp,
    changes: &[(&'static str, &str)],
) -> Utf8Bytes {
    let length: usize = changes.iter().map(|(_, result)| result.len() + 40).sum();
    let mut body = String::with_capacity(length + 100);
    let millis = sent.0.to_string();
    for part in [
        r#"{"subscriptionId":""#,
        subscription,
        r#"","sentTs":"#,
        &millis,
    ] {
        body.push_str(part);
    }
    body.push_str(r#","changes":["#);
    for (index, (kind, result)) in changes.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        for part in [r#"{"type":""#, kind, r#"","result":"#, result, "}"] {
            body.push_str(part);
        }
    }
    body.push_str("]}");
    notification(".ams.aam.ExConversationChangeNotification", &body)
}

/// Changes of routing tasks, in one notification.
pub(crate) fn routing_tasks(
    directory: &Directory,
    subscription: &str,
    calls: &[&TaskChange],
) -> Utf8Bytes {
    let changes: Vec<Value> = calls
        .iter()
        .map(|call| {
            json!({
                "type": if call.gone { "DELETE" } else { "UPSERT" },
                "result": task(directory, call),
            })
        })
        .collect();
    let body = json!({ "subscriptionId": subscription, "changes": changes });
    notification(".ams.routing.RoutingTaskNotification", &json::print(&body))
}

/// `ringsDetails` is there in a DELETE, too: the agent SDK looks into it without asking.
fn task(directory: &Directory, call: &TaskChange) -> Value {
    let RoutingTask {
        id,
        ring,
        state,
        until,
        conversation,
        consumer,
        skill,
        due,
    } = &call.task;
    let brand = directory.account();
    json!({
        "routingTaskId": id,
        "assignedAgentId": directory.full(&call.place.agent),
        "brandId": brand,
        "taskCompleted": *state == RingState::Accepted,
        "conversationId": conversation,
        "consumerId": consumer,
        "skillId": skill,
        "ringsDetails": [{
            "ringId": ring,
            "ringExpiration": RING_MILLIS,
            "ringExpirationTs": until,
            "ringState": state,
            "weight": due,
            "brandId": brand,
            "convId": conversation,
            "consumerId": consumer,
            "skillId": skill,
        }],
    })
}

pub(crate) fn agent_state(subscription: &str, full: &str, availability: Availability) -> Utf8Bytes {
    let body = json!({
        "subscriptionId": subscription,
        "changes": [{
            "type": "UPSERT",
            "result": {
                "channels": ["MESSAGING"],
                "availability": availability.as_str(),
                "description": "",
                "agentUserId": full,
            },
        }],
    });
    notification(".ams.routing.AgentStateNotification", &json::print(&body))
}

/// A conversation changes hands: for built-in agents alone, so the real cloud has none of it.
pub(crate) fn handover(handover: &Handover) -> Utf8Bytes {
    notification("sandbox.Handover", &json::print(handover))
}

fn notification(kind: &str, body: &str) -> Utf8Bytes {
    format!(r#"{{"kind":"notification","type":"{kind}","body":{body}}}"#).into()
}

/// Passed through as it came; clients expect a list.
fn metadata(given: Option<&Metadata>) -> Metadata {
    let list = given.filter(|given| given.is_list_of_objects());
    list.cloned().unwrap_or_else(|| json!([]).into())
}
