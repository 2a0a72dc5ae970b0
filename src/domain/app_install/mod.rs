//! An app install whose webhooks are borrowed for a while: what is changed in its record, and how
//! it is given back.
//!
//! Of a record nothing is touched but the endpoint of each event type and one custom header, the
//! [`Lease`]. Whether an entry is ours is read off the record itself, so that what somebody else
//! changed meanwhile is seen and left as it is.

mod lease;
mod mask;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::{
    lease::{LEASE_HEADER, Lease, foreign_lease, latest_lease, lease_of},
    mask::{Endpoints, mask, origin},
    words::instructions,
};

/// The parts of a record on the way to the endpoints.
const CAPABILITIES: &str = "capabilities";
const WEBHOOKS: &str = "webhooks";
const ENDPOINT: &str = "endpoint";
const HEADERS: &str = "headers";

/// What an app install can be told of, each at an endpoint of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// Texts and files.
    Content,
    /// Cards.
    RichContent,
    /// Somebody got or read something.
    AcceptStatus,
    /// Somebody is writing.
    ChatState,
    /// A conversation changed.
    Conversation,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Content,
        Self::RichContent,
        Self::AcceptStatus,
        Self::ChatState,
        Self::Conversation,
    ];

    /// Its name in a record; see `webhooks` 1.
    pub fn key(self) -> &'static str {
        match self {
            Self::Content => "ms.MessagingEventNotification.ContentEvent",
            Self::RichContent => "ms.MessagingEventNotification.RichContentEvent",
            Self::AcceptStatus => "ms.MessagingEventNotification.AcceptStatusEvent",
            Self::ChatState => "ms.MessagingEventNotification.ChatStateEvent",
            Self::Conversation => "cqm.ExConversationChangeNotification",
        }
    }

    /// Every name it goes by: the documents name one of them in two ways.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Content => &["ms.MessagingEventNotification.ContentEvent"],
            Self::RichContent => &["ms.MessagingEventNotification.RichContentEvent"],
            Self::AcceptStatus => &["ms.MessagingEventNotification.AcceptStatusEvent"],
            Self::ChatState => &["ms.MessagingEventNotification.ChatStateEvent"],
            Self::Conversation => &[
                "cqm.ExConversationChangeNotification",
                "ms.MessagingEventNotification.ExConversationChangeNotification",
            ],
        }
    }
}

/// A record has another form than any that is known, so it is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record of the app install has no webhooks where they belong ({0} is no object)")]
pub struct Odd(&'static str);

/// By what an entry is known as one of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ours {
    /// The device in our leases.
    pub device: String,
    /// Every address that may stand there because of us.
    pub urls: Vec<String>,
}

impl Ours {
    /// Whether this is an entry as we write them: one of our addresses, and nobody else's lease.
    fn wrote(&self, entry: &Value) -> bool {
        let url = entry.get(ENDPOINT).and_then(Value::as_str);
        let is_ours = url.is_some_and(|url| self.urls.iter().any(|ours| ours == url));
        let lease = Lease::of_entry(entry);
        is_ours && lease.is_none_or(|lease| lease.device == self.device)
    }
}

/// A record as it is given back.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// The whole record.
    pub record: Value,
    /// Event types that are as they were before.
    pub given_back: Vec<EventType>,
    /// Event types that somebody else has changed; they stay as they are.
    pub left_alone: Vec<EventType>,
}

/// Where each event type goes.
pub fn endpoints(record: &Value) -> Vec<(EventType, Option<String>)> {
    let entries = webhooks(record);
    let endpoint = |event: EventType| {
        let mut found = event.keys().iter().filter_map(|key| entries?.get(*key));
        found.find_map(|entry| entry.get(ENDPOINT)?.as_str().map(str::to_owned))
    };
    EventType::ALL
        .map(|event| (event, endpoint(event)))
        .to_vec()
}

/// Whether everything goes to this address already.
pub fn all_at(record: &Value, url: &str) -> bool {
    let at = endpoints(record);
    at.iter()
        .all(|(_, endpoint)| endpoint.as_deref() == Some(url))
}

/// The part of a record that borrowing touches, to be kept before it does: the record with nothing
/// but its webhooks.
pub fn saved(record: &Value) -> Value {
    let part = |value: &Value, name: &str| match value.get(name) {
        Some(member) => json!({ name: member }),
        None => json!({}),
    };
    let mut saved = part(record, CAPABILITIES);
    if let Some(capabilities) = saved.get_mut(CAPABILITIES).filter(|all| all.is_object()) {
        *capabilities = part(capabilities, WEBHOOKS);
    }
    saved
}

/// The record with all event types at this address, and our lease beside it.
pub fn pointed(record: &Value, url: &str, lease: &Lease) -> Result<Value, Odd> {
    let mut record = record.clone();
    let webhooks = webhooks_mut(&mut record)?;
    for event in EventType::ALL {
        let present = event
            .keys()
            .iter()
            .filter(|key| webhooks.contains_key(**key));
        let mut keys: Vec<&str> = present.copied().collect();
        if keys.is_empty() {
            keys.push(event.key());
        }
        for key in keys {
            let entry = pointed_entry(webhooks.get(key), url, &lease.header());
            webhooks.insert(key.to_owned(), entry);
        }
    }
    Ok(record)
}

/// The record with those event types that are ours at another address, or with another lease;
/// and those that are not ours any more.
pub fn repointed(
    record: &Value,
    ours: &Ours,
    url: &str,
    lease: &Lease,
) -> Result<(Value, Vec<EventType>), Odd> {
    let mut record = record.clone();
    let webhooks = webhooks_mut(&mut record)?;
    let mut lost = Vec::new();
    for event in EventType::ALL {
        let mut any = false;
        for key in event.keys() {
            let Some(entry) = webhooks.get_mut(*key).filter(|entry| ours.wrote(entry)) else {
                continue;
            };
            *entry = pointed_entry(Some(entry), url, &lease.header());
            any = true;
        }
        if !any {
            lost.push(event);
        }
    }
    Ok((record, lost))
}

/// The record with each entry that is still ours as it was [`saved`], and everything else as it
/// is now.
///
/// An entry of ours in which somebody has changed more, such as its retries, keeps that change
/// and gets its endpoint back. One that was not there before goes, whatever else was put into it:
/// without its endpoint, which is ours, there is nothing left to it.
pub fn restored(current: &Value, saved: &Value, ours: &Ours) -> Result<Restored, Odd> {
    let mut record = current.clone();
    let mut given_back = Vec::new();
    let mut left_alone = Vec::new();
    let webhooks_before = webhooks(saved);
    if webhooks(&record).is_some() {
        let webhooks = webhooks_mut(&mut record)?;
        for event in EventType::ALL {
            for key in event.keys() {
                let before = webhooks_before.and_then(|before| before.get(*key));
                let now = webhooks.get(*key);
                match now.filter(|now| ours.wrote(now)) {
                    Some(now) => {
                        match given_back_entry(now, before) {
                            Some(entry) => webhooks.insert(String::from(*key), entry),
                            None => webhooks.shift_remove(*key),
                        };
                        note(&mut given_back, event);
                    }
                    None if now != before => note(&mut left_alone, event),
                    None => {}
                }
            }
        }
    } else {
        // Somebody took all of it away.
        left_alone = entries_in(saved);
    }
    if !given_back.is_empty() {
        take_away_empty(&mut record, saved);
    }
    Ok(Restored {
        record,
        given_back,
        left_alone,
    })
}

fn note(events: &mut Vec<EventType>, event: EventType) {
    if !events.contains(&event) {
        events.push(event);
    }
}

/// The event types something is kept for.
fn entries_in(saved: &Value) -> Vec<EventType> {
    let webhooks = webhooks(saved);
    let is_there = |event: &EventType| {
        let mut keys = event.keys().iter();
        keys.any(|key| webhooks.is_some_and(|webhooks| webhooks.get(*key).is_some()))
    };
    EventType::ALL.into_iter().filter(is_there).collect()
}

fn webhooks(record: &Value) -> Option<&Map<String, Value>> {
    record.get(CAPABILITIES)?.get(WEBHOOKS)?.as_object()
}

/// The webhooks of a record, made if there are none.
fn webhooks_mut(record: &mut Value) -> Result<&mut Map<String, Value>, Odd> {
    let record = record.as_object_mut().ok_or(Odd("the record"))?;
    let capabilities = member(record, CAPABILITIES)?;
    member(capabilities, WEBHOOKS)
}

fn member<'a>(
    object: &'a mut Map<String, Value>,
    name: &'static str,
) -> Result<&'a mut Map<String, Value>, Odd> {
    let member = object.entry(name).or_insert(Value::Null);
    if member.is_null() {
        *member = json!({});
    }
    member.as_object_mut().ok_or(Odd(name))
}

/// Takes the objects away again that were made for our entries alone.
fn take_away_empty(record: &mut Value, saved: &Value) {
    let Some(record) = record.as_object_mut() else {
        return;
    };
    let Some(capabilities) = record.get_mut(CAPABILITIES).and_then(Value::as_object_mut) else {
        return;
    };
    let before = saved.get(CAPABILITIES);
    give_back_empty(
        capabilities,
        WEBHOOKS,
        before.and_then(|all| all.get(WEBHOOKS)),
    );
    give_back_empty(record, CAPABILITIES, before);
}

/// An empty object goes, or becomes null again, if it was not there before.
fn give_back_empty(object: &mut Map<String, Value>, name: &str, before: Option<&Value>) {
    let now = object.get(name).and_then(Value::as_object);
    if now.is_some_and(Map::is_empty) {
        match before {
            None => drop(object.shift_remove(name)),
            Some(Value::Null) => drop(object.insert(name.to_owned(), Value::Null)),
            Some(_) => {}
        }
    }
}

/// An entry with our endpoint and our lease; everything else in it stays. Leases of others give
/// way to ours.
fn pointed_entry(entry: Option<&Value>, url: &str, lease: &str) -> Value {
    let mut members = entry
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    members.insert(ENDPOINT.to_owned(), Value::from(url));
    let headers = members.get(HEADERS).and_then(Value::as_array);
    let mut headers: Vec<Value> = headers.cloned().unwrap_or_default();
    headers.retain(|header| !lease::is_lease(header));
    headers.push(json!({ "header_name": LEASE_HEADER, "header_value": lease }));
    members.insert(HEADERS.to_owned(), Value::from(headers));
    Value::Object(members)
}

/// What becomes of an entry of ours; `None` when it goes.
fn given_back_entry(now: &Value, before: Option<&Value>) -> Option<Value> {
    let before = before?;
    let url = now
        .get(ENDPOINT)
        .and_then(Value::as_str)
        .unwrap_or_default();
    let lease = Lease::of_entry(now).map(|lease| lease.header());
    if pointed_entry(Some(before), url, lease.as_deref().unwrap_or_default()) == *now {
        return Some(before.clone());
    }
    let (Some(members), Some(old)) = (now.as_object(), before.as_object()) else {
        return Some(before.clone());
    };
    let mut members = members.clone();
    match old.get(ENDPOINT) {
        Some(endpoint) => drop(members.insert(ENDPOINT.to_owned(), endpoint.clone())),
        None => drop(members.shift_remove(ENDPOINT)),
    }
    let list = |of: &Map<String, Value>| {
        let list = of.get(HEADERS).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let mut headers = list(&members);
    headers.retain(|header| !lease::is_lease(header));
    headers.extend(list(old).into_iter().filter(lease::is_lease));
    if headers.is_empty() && !old.contains_key(HEADERS) {
        members.shift_remove(HEADERS);
    } else {
        members.insert(HEADERS.to_owned(), Value::from(headers));
    }
    Some(Value::Object(members))
}
