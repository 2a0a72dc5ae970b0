//! What is called how on NATS, and an event as a message: pure.
//!
//! Ids come from outside and may hold anything, so every one becomes a token of the letters that
//! are allowed in subjects, stream names and keys alike. What an id really was stands in the
//! message itself.

use std::fmt::Write as _;

use async_nats::{HeaderMap, HeaderValue};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        inbound::Request,
        relay::{Claim, Scope},
        time::Timestamp,
    },
    relay::backend::{Event, StoredEvent, Which},
};

/// Header with everything of an event but its body, as JSON: values of HTTP headers may hold what
/// those of NATS may not.
const EVENT: &str = "Handset-Event";
/// JetStream drops a second message with the same value of this header.
pub(super) const MESSAGE_ID: &str = "Nats-Msg-Id";
/// Token for an id that is not there; one letter, which no encoded id has.
const NONE: &str = "-";
/// Token for an id of no length.
const EMPTY: &str = "_";
/// Longer ids are told apart by their digest.
const LONGEST_ID: usize = 96;

/// An id as a token. Different ids have different tokens.
pub(super) fn token(id: &str) -> String {
    match id.len() {
        0 => EMPTY.to_owned(),
        1..=LONGEST_ID => URL_SAFE_NO_PAD.encode(id),
        // No encoded id has the sign of equality.
        _ => format!("={}", hex(digest(&SHA256, id.as_bytes()).as_ref())),
    }
}

fn token_of(id: Option<&str>) -> String {
    id.map_or_else(|| NONE.to_owned(), token)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The stream with an account's events.
pub(super) fn stream(account: &AccountId) -> String {
    format!("HANDSET_EVENTS_{}", token(account.as_str()))
}

/// All subjects of an account's events.
pub(super) fn subjects(account: &AccountId) -> String {
    format!("handset.event.{}.>", token(account.as_str()))
}

/// The subject of an event.
pub(super) fn subject(event: &Event) -> String {
    format!(
        "handset.event.{}.{}.{}",
        token(event.account.as_str()),
        token_of(event.conversation.as_ref().map(ConversationId::as_str)),
        token_of(event.consumer.as_ref().map(ParticipantId::as_str)),
    )
}

/// The subjects of the events to read.
pub(super) fn filter(account: &AccountId, which: &Which) -> String {
    let account = token(account.as_str());
    match which {
        Which::Conversation(id) => format!("handset.event.{account}.{}.*", token(id.as_str())),
        Which::Consumer(id) => format!("handset.event.{account}.*.{}", token(id.as_str())),
        Which::Account => format!("handset.event.{account}.>"),
    }
}

/// All subjects of canaries.
pub(super) const CANARIES: &str = "handset.canary.>";

/// The subject of a device's canaries.
pub(super) fn canary(account: &AccountId, device: &str) -> String {
    format!(
        "handset.canary.{}.{}",
        token(account.as_str()),
        token(device)
    )
}

/// The key of a conversation's claim, or of one device's claim of a consumer.
pub(super) fn claim(account: &AccountId, claim: &Claim, device: &str) -> String {
    let account = token(account.as_str());
    match claim {
        Claim::Conversation(id) => format!("{account}.c.{}", token(id.as_str())),
        Claim::Consumer(id) => format!("{account}.u.{}.{}", token(id.as_str()), token(device)),
    }
}

/// The key of what is known of a device; the beginning of those of its cursors.
pub(super) fn device(account: &AccountId, device: &str) -> String {
    format!("{}.{}", token(account.as_str()), token(device))
}

/// The key of a cursor.
pub(super) fn cursor(account: &AccountId, id: &str, scope: &Scope) -> String {
    let scope = match scope {
        Scope::Conversation(id) => token(id.as_str()),
        Scope::Account => NONE.to_owned(),
    };
    format!("{}.{scope}", device(account, id))
}

/// What the header says of an event.
#[derive(Serialize, Deserialize)]
struct Said {
    at: Timestamp,
    account: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consumer: Option<ParticipantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// Of a canary: for whom it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    headers: Vec<(String, String)>,
}

impl Said {
    fn header(&self) -> Result<HeaderMap, String> {
        let json = serde_json::to_string(self).map_err(|cause| cause.to_string())?;
        // JSON has no line breaks, the one thing a header may not have.
        let value: HeaderValue = json.parse().map_err(|_| "a line break".to_owned())?;
        let mut headers = HeaderMap::new();
        headers.insert(EVENT, value);
        Ok(headers)
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        serde_json::from_str(headers.get(EVENT)?.as_str()).ok()
    }
}

/// The headers of a message with an event; its payload is the raw body.
pub(super) fn headers(event: &Event) -> Result<HeaderMap, String> {
    let said = Said {
        at: event.request.at,
        account: event.account.clone(),
        conversation: event.conversation.clone(),
        consumer: event.consumer.clone(),
        digest: event.digest.clone(),
        device: None,
        headers: event.request.headers.clone(),
    };
    let mut headers = said.header()?;
    if let Some(digest) = &event.digest {
        let value: HeaderValue = digest.parse().map_err(|_| "a line break".to_owned())?;
        headers.insert(MESSAGE_ID, value);
    }
    Ok(headers)
}

/// The event in a message; nothing when somebody else wrote it.
pub(super) fn kept(seq: u64, headers: &HeaderMap, body: Bytes) -> Option<StoredEvent> {
    let said = Said::read(headers)?;
    Some(StoredEvent {
        seq,
        event: Event {
            account: said.account,
            conversation: said.conversation,
            consumer: said.consumer,
            digest: said.digest,
            request: Request {
                at: said.at,
                headers: said.headers,
                body,
            },
        },
    })
}

/// The headers of a message with a canary.
pub(super) fn canary_headers(
    account: &AccountId,
    device: &str,
    request: &Request,
) -> Result<HeaderMap, String> {
    Said {
        at: request.at,
        account: account.clone(),
        conversation: None,
        consumer: None,
        digest: None,
        device: Some(device.to_owned()),
        headers: request.headers.clone(),
    }
    .header()
}

/// The canary in a message, with whose it is; nothing when somebody else wrote it.
pub(super) fn canary_in(headers: &HeaderMap, body: Bytes) -> Option<(AccountId, String, Request)> {
    let said = Said::read(headers)?;
    let request = Request {
        at: said.at,
        headers: said.headers,
        body,
    };
    Some((said.account, said.device?, request))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_of_odd_ids_stay_apart() {
        let long = "x".repeat(97);
        let odd = ["", "-", "_", "=", "*", ">", "a.b", "a b", "é", &long];
        let tokens: std::collections::BTreeSet<_> = odd.iter().map(|id| token(id)).collect();
        assert_eq!(tokens.len(), odd.len());
        assert!(!tokens.contains(NONE));
    }

    proptest! {
        #[test]
        fn tokens_fit_in_subjects_and_keys(id in any::<String>()) {
            let token = token(&id);
            prop_assert!(!token.is_empty());
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b)));
        }

        #[test]
        fn an_event_survives_its_message(
            ids in (any::<String>(), any::<Option<String>>(), any::<Option<String>>()),
            headers_in in prop::collection::vec((any::<String>(), any::<String>()), 0..4),
            body in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let event = Event {
                account: ids.0.into(),
                conversation: ids.1.map(Into::into),
                consumer: ids.2.map(Into::into),
                digest: Some("00ff".to_owned()),
                request: Request { at: Timestamp(7), headers: headers_in, body: body.into() },
            };
            let message = headers(&event).unwrap();
            prop_assert_eq!(message.get(MESSAGE_ID).unwrap().as_str(), "00ff");
            let back = kept(3, &message, event.request.body.clone()).unwrap();
            prop_assert_eq!(back, StoredEvent { seq: 3, event });
        }
    }
}
