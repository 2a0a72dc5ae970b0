//! What was said in a conversation and what became of it, as the history tells it; `send-api` 8.

use serde_json::{Map, Value, json};

use crate::{
    domain::role::Role,
    sandbox::model::{
        conversation::Conversation,
        dialog::{Dialog, Event},
        people::Consumer,
        phonebook::Phonebook,
        record::{RecordRoom, time},
    },
};

/// Prints one part of a record, and says whether all of it found room.
pub(super) type Part =
    fn(&Conversation, Option<&Consumer>, &Phonebook, &mut RecordRoom) -> (Vec<Value>, bool);

/// `messageRecords`: what there is to read, dialog by dialog.
pub(super) fn messages(
    conversation: &Conversation,
    consumer: Option<&Consumer>,
    phonebook: &Phonebook,
    room: &mut RecordRoom,
) -> (Vec<Value>, bool) {
    let device = device(consumer);
    let found = events(conversation).filter_map(|(dialog, event)| {
        let (kind, data) = content(&event.event)?;
        let consumer = event.author.role == Role::Consumer;
        Some(json!({
            "type": kind,
            "messageData": data,
            "messageId": message_id(dialog, event.sequence),
            "seq": event.sequence,
            "dialogId": dialog.id,
            "participantId": participant(event, phonebook),
            "source": "APP",
            "time": time(event.at),
            "timeL": event.at,
            "device": if consumer { device } else { "DESKTOP" },
            "audience": event.audience,
            "sentBy": if consumer { "Consumer" } else { "Agent" },
        }))
    });
    within(found, room)
}

/// `messageStatuses`: one for every message a receipt names.
pub(super) fn statuses(
    conversation: &Conversation,
    _consumer: Option<&Consumer>,
    phonebook: &Phonebook,
    room: &mut RecordRoom,
) -> (Vec<Value>, bool) {
    let found = events(conversation).flat_map(|(dialog, event)| {
        let status = event.event.get("status").and_then(Value::as_str);
        let named = event.event.get("sequenceList").and_then(Value::as_array);
        let named = named.filter(|_| status.is_some()).into_iter().flatten();
        let consumer = event.author.role == Role::Consumer;
        named.filter_map(Value::as_u64).map(move |sequence| {
            json!({
                "messageId": message_id(dialog, sequence),
                "seq": sequence,
                "time": time(event.at),
                "timeL": event.at,
                "participantId": participant(event, phonebook),
                "participantType": if consumer { "Consumer" } else { "Agent" },
                "messageDeliveryStatus": status,
                "dialogId": dialog.id,
            })
        })
    });
    within(found, room)
}

/// As many as there is room for.
fn within(mut found: impl Iterator<Item = Value>, room: &mut RecordRoom) -> (Vec<Value>, bool) {
    let taken: Vec<Value> = found.by_ref().take(room.0).collect();
    room.0 = room.0.saturating_sub(taken.len());
    let whole = found.next().is_none();
    (taken, whole)
}

fn events(conversation: &Conversation) -> impl Iterator<Item = (&Dialog, &Event)> {
    let dialogs = conversation.dialogs.iter();
    dialogs.flat_map(|dialog| dialog.events.iter().map(move |event| (dialog, &**event)))
}

/// Its type and its data; `None` for what is not to be read.
fn content(event: &Value) -> Option<(String, Value)> {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let message = event.get("message");
    let mut data = Map::new();
    let kind = match (text("type")?, text("contentType")) {
        ("ContentEvent", Some("text/plain")) => {
            data.insert("msg".to_owned(), json!({ "text": message }));
            "TEXT_PLAIN".to_owned()
        }
        ("ContentEvent", Some("hosted/file")) => {
            data.insert("file".to_owned(), message.cloned().unwrap_or_default());
            "HOSTED_FILE".to_owned()
        }
        ("ContentEvent", Some(other)) => {
            data.insert("msg".to_owned(), json!({ "text": printed(message) }));
            other.to_uppercase().replace(['/', '-'], "_")
        }
        ("RichContentEvent", _) => {
            let content = json!({ "content": printed(event.get("content")) });
            data.insert("richContent".to_owned(), content);
            "RICH_CONTENT".to_owned()
        }
        _ => return None,
    };
    if let Some(replies) = event.get("quickReplies") {
        let replies = json!({ "content": printed(Some(replies)) });
        data.insert("quickReplies".to_owned(), replies);
    }
    Some((kind, Value::Object(data)))
}

/// JSON in a string, which is how the history keeps what is structured.
fn printed(value: Option<&Value>) -> String {
    value.map(Value::to_string).unwrap_or_default()
}

fn participant(event: &Event, phonebook: &Phonebook) -> String {
    if event.author.role == Role::Consumer {
        event.author.id.to_string()
    } else {
        phonebook.id_of(&event.author.id)
    }
}

/// The MAIN dialog's id is the conversation's, and a survey must not give its numbers twice.
fn message_id(dialog: &Dialog, sequence: u64) -> String {
    format!("ms::conv:{}::msg:{sequence}", dialog.id)
}

fn device(consumer: Option<&Consumer>) -> &str {
    consumer
        .and_then(|one| one.client_properties.as_ref())
        .and_then(|properties| properties.get("deviceFamily"))
        .and_then(Value::as_str)
        .unwrap_or("DESKTOP")
}
