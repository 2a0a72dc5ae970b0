//! Successful answers of CONVERSATION and SEND, read tolerantly. See
//! `send-api` 1.2: `code` is `"OK"` or 200, the order of members and of
//! elements varies, and an HTTP 200 may still carry a refusal.

use serde_json::Value;

use crate::domain::{
    ids::{ConversationId, Sequence},
    text::SafeText,
    wire::{
        fault::{self, Fault},
        lenient::{self, number},
    },
};

/// What SEND answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answer {
    /// The number the cloud gave the event. Chat states show 0 without having one;
    /// updates of the conversation have none.
    pub sequence: Option<Sequence>,
}

/// Why an answer with a good HTTP status did not bring what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// It carries a refusal.
    Refused(Fault),
    /// It makes no sense; in words why.
    Garbled(SafeText),
}

/// Reads the answer of SEND. An object with a good status is a yes, also when it names no number:
/// the echo will bring it. What is no object is not the cloud's; it may be the page of a gateway in
/// between, and then the echo alone tells whether the message arrived.
pub fn read_send_answer(body: &[u8]) -> Result<Answer, Misread> {
    let answer = lenient::read(body).value;
    // A cloud that answers a single request like a batch is still understood.
    let answer = match &answer {
        Value::Array(elements) => elements.first().unwrap_or(&Value::Null),
        other => other,
    };
    if !answer.is_object() {
        return Err(garbled("it is not an object"));
    }
    if let Some(fault) = fault::within(answer) {
        return Err(Misread::Refused(fault));
    }
    Ok(Answer {
        sequence: answer
            .pointer("/body/sequence")
            .or_else(|| answer.get("sequence"))
            .and_then(number)
            .and_then(|number| Sequence::try_from(number).ok()),
    })
}

/// Reads the answer of CONVERSATION: the first element that names a conversation counts.
///
/// A refused profile beside an opened conversation is no failure: the conversation exists.
pub fn read_open_answer(body: &[u8]) -> Result<ConversationId, Misread> {
    let answer = lenient::read(body).value;
    let elements = match &answer {
        Value::Array(elements) => elements.as_slice(),
        other => std::slice::from_ref(other),
    };
    let opened = elements.iter().find_map(|element| {
        let id = element.pointer("/body/conversationId")?.as_str()?;
        (!id.is_empty()).then(|| ConversationId::from(id))
    });
    if let Some(id) = opened {
        return Ok(id);
    }
    match elements.iter().find_map(fault::within) {
        Some(fault) => Err(Misread::Refused(fault)),
        None => Err(garbled("it names no conversationId")),
    }
}

fn garbled(why: &str) -> Misread {
    Misread::Garbled(SafeText::clean(why))
}
