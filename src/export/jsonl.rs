//! The wire as JSON lines: one entry each, webhooks as `handset listen --json`
//! prints them, calls beside them.

use std::{
    io::{self, Write},
    time::Duration,
};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        ids::{ConversationId, Sequence},
        inbound::{Hook, Verdict},
        json,
    },
    export::{Redactor, Talk, json_line, words},
};

/// Writes these entries.
pub fn write<E: From<io::Error>>(
    out: &mut impl Write,
    talk: &Talk,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
) -> Result<(), E> {
    let (redactor, account) = (&talk.redactor, talk.account.as_str());
    for entry in entries {
        match entry?.kind {
            EntryKind::Hook(hook) => {
                let body = redactor.body(&hook.request.body);
                let line = HookLine::with_body(&hook, &body);
                json_line::write(out, &Exported { line, account })
            }
            EntryKind::Call(call) => {
                let line = CallLine::of(&call, redactor);
                json_line::write(out, &Exported { line, account })
            }
        }
        .map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A line with what is the same in all of them.
#[derive(Serialize)]
struct Exported<'a, T> {
    #[serde(flatten)]
    line: T,
    account: &'a str,
}

/// A webhook request in one line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookLine<'a> {
    /// When it was here, in UTC.
    pub time: String,
    /// The envelope's `type`.
    #[serde(rename = "type")]
    pub kind: Option<&'a str>,
    /// Whether it is the cloud's.
    pub verdict: Verdict,
    /// What is wrong with its signature, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The conversation of its first change.
    pub conversation_id: Option<&'a str>,
    /// The sequence of its first change.
    pub sequence: Option<Sequence>,
    /// The body, token for token as it came; a text when it is not JSON, `null` when it is no
    /// text.
    pub body: Box<RawValue>,
    /// The exact text of the body, where `body` has other white space or escapes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_text: Option<String>,
    /// The body when it is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}

impl<'a> HookLine<'a> {
    /// The line of a request, exactly as it came.
    pub fn of(hook: &'a Hook) -> Self {
        Self::with_body(hook, &hook.request.body)
    }

    fn with_body(hook: &'a Hook, body: &[u8]) -> Self {
        let body = json::Body::of(body);
        Self {
            time: words::utc(hook.request.at),
            kind: hook.kind.as_deref(),
            verdict: hook.verdict,
            reason: hook.verdict.reason(),
            conversation_id: hook.conversation.as_ref().map(ConversationId::as_str),
            sequence: hook.sequence,
            body: body.value,
            body_text: body.text,
            body_base64: body.base64,
        }
    }
}

/// A call of ours in one line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallLine<'a> {
    time: String,
    purpose: &'a str,
    method: &'a str,
    url: String,
    conversation_id: Option<&'a str>,
    attempt: u32,
    headers: Vec<(&'a str, String)>,
    body: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    /// `null` while there is no answer.
    status: Option<u16>,
    answer_headers: Vec<(&'a str, String)>,
    answer: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_base64: Option<String>,
    waited_ms: Option<f64>,
    elapsed_ms: Option<f64>,
    error: Option<String>,
}

impl<'a> CallLine<'a> {
    fn of(call: &'a Exchange, redactor: &Redactor) -> Self {
        let shown = |body: &[u8]| {
            if body.is_empty() {
                json::Body::none()
            } else {
                json::Body::of(&redactor.body(body))
            }
        };
        let body = shown(&call.body);
        let headers = |headers: &'a [(String, String)]| {
            let clean = |(name, value): &'a (String, String)| {
                (name.as_str(), redactor.header(name, value).into_owned())
            };
            headers.iter().map(clean).collect()
        };
        let mut line = Self {
            time: words::utc(call.started),
            purpose: &call.purpose,
            method: &call.method,
            url: redactor.text(&call.url).into_owned(),
            conversation_id: call.conversation.as_ref().map(ConversationId::as_str),
            attempt: call.attempt,
            headers: headers(&call.headers),
            body: body.value,
            body_text: body.text,
            body_base64: body.base64,
            status: None,
            answer_headers: Vec::new(),
            answer: Box::default(),
            answer_text: None,
            answer_base64: None,
            waited_ms: None,
            elapsed_ms: None,
            error: None,
        };
        match &call.outcome {
            None => {}
            Some(Outcome::Answered {
                status,
                headers: answer_headers,
                body,
                waited,
                elapsed,
            }) => {
                line.status = Some(*status);
                line.answer_headers = headers(answer_headers);
                let answer = shown(body);
                line.answer = answer.value;
                line.answer_text = answer.text;
                line.answer_base64 = answer.base64;
                line.waited_ms = Some(millis(*waited));
                line.elapsed_ms = Some(millis(*elapsed));
            }
            Some(Outcome::Failed { reason, elapsed }) => {
                line.elapsed_ms = Some(millis(*elapsed));
                line.error = Some(redactor.text(reason).into_owned());
            }
        }
        line
    }
}

/// Milliseconds to the microsecond.
pub(super) fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
