//! What an entry of the wire is made of: what it is in one row, and the parts its tree begins with.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        inbound::{Hook, Verdict},
        json::valid,
    },
    tui::inspector::{
        json::{Ink, InkedRow},
        summary::{one_line, sequence, span, summary},
    },
};

/// A part of an entry: what was sent, what was answered, the headers.
#[derive(Debug)]
pub(super) struct EntryPart {
    pub(super) name: &'static str,
    /// What is said of it beside its name.
    pub(super) digest: String,
    pub(super) shape: Shape,
    /// What came or went, byte for byte; empty for the headers.
    pub(super) bytes: Bytes,
    /// Whether it is open before anybody folded or unfolded it.
    pub(super) is_open: bool,
}

/// What a part is, for how it is laid out.
#[derive(Debug)]
pub(super) enum Shape {
    Empty,
    Json(String),
    /// Text that is no JSON.
    Text(String),
    Bytes(Bytes),
    /// Headers, with the address before them.
    Pairs(Vec<(String, String)>),
}

impl Shape {
    fn of(body: &[u8], bytes: &Bytes) -> Self {
        if body.is_empty() {
            Self::Empty
        } else if let Some(json) = valid(body) {
            Self::Json(json.to_owned())
        } else if let Ok(text) = std::str::from_utf8(body) {
            Self::Text(text.to_owned())
        } else {
            Self::Bytes(bytes.clone())
        }
    }
}

/// What an entry is, in one row.
pub(super) fn title(entry: &Entry) -> InkedRow {
    let mut row = Vec::new();
    let mut put = |ink: Ink, text: String| {
        if !row.is_empty() {
            row.push((Ink::Faint, " · ".to_owned()));
        }
        row.push((ink, text));
    };
    match &entry.kind {
        EntryKind::Call(call) => {
            let path = call.url.split(['?', '#']).next().unwrap_or("");
            let endpoint = one_line(path.rsplit('/').next().unwrap_or(""));
            let method = one_line(&call.method);
            put(Ink::Heading, format!("{method} {endpoint}"));
            let kind = summary(entry).kind;
            if !kind.is_empty() {
                put(Ink::Plain, kind);
            }
            let (ink, outcome) = outcome(call);
            put(ink, outcome);
            if call.attempt > 1 {
                put(Ink::Plain, format!("try {}", call.attempt));
            }
        }
        EntryKind::Hook(hook) => {
            put(Ink::Heading, "webhook".to_owned());
            let kind = summary(entry).kind;
            if !kind.is_empty() {
                put(Ink::Plain, kind);
            }
            let (ink, verdict) = verdict(hook);
            put(ink, verdict);
            put(Ink::Faint, format!("answered {}", hook.status));
        }
    }
    row
}

fn outcome(call: &Exchange) -> (Ink, String) {
    match &call.outcome {
        None => (Ink::Faint, "no answer yet".to_owned()),
        Some(Outcome::Answered {
            status, elapsed, ..
        }) => {
            let ink = if (200..300).contains(status) {
                Ink::Good
            } else {
                Ink::Bad
            };
            (ink, format!("{status} in {}", span(*elapsed)))
        }
        Some(Outcome::Failed { reason, elapsed }) => {
            let (late, reason) = (span(*elapsed), one_line(reason));
            (Ink::Bad, format!("✗ no answer after {late}: {reason}"))
        }
    }
}

fn verdict(hook: &Hook) -> (Ink, String) {
    match hook.verdict {
        Verdict::Valid => (Ink::Good, "✓ signature valid".to_owned()),
        Verdict::Invalid(mismatch) => (
            Ink::Bad,
            format!("✗ signature invalid: {}", mismatch.words()),
        ),
        Verdict::Unsigned => (Ink::Bad, "✗ not signed".to_owned()),
    }
}

/// The parts of an entry, in the order of its tree.
pub(super) fn parts(entry: &Entry) -> Vec<EntryPart> {
    match &entry.kind {
        EntryKind::Call(call) => call_parts(call),
        EntryKind::Hook(hook) => {
            let body = &hook.request.body;
            let content = hook.request.content();
            let mut digest = verdict(hook).1;
            if content.as_ref() != body.as_ref() {
                // Writing into a string cannot fail.
                let _ = write!(digest, " · decompressed from {} bytes", body.len());
            }
            vec![
                EntryPart {
                    name: "webhook",
                    digest,
                    shape: Shape::of(&content, body),
                    bytes: body.clone(),
                    is_open: true,
                },
                headers("headers", hook.request.headers.clone()),
            ]
        }
    }
}

fn call_parts(call: &Exchange) -> Vec<EntryPart> {
    let mut sent = vec![("url".to_owned(), call.url.clone())];
    sent.extend(call.headers.iter().cloned());
    let mut parts = vec![EntryPart {
        name: "request",
        digest: format!("{} {}", one_line(&call.method), one_line(&call.url)),
        shape: Shape::of(&call.body, &call.body),
        bytes: call.body.clone(),
        is_open: true,
    }];
    let mut answered = None;
    match &call.outcome {
        None => {}
        Some(Outcome::Failed { .. }) => parts.push(EntryPart {
            name: "answer",
            digest: outcome(call).1,
            shape: Shape::Empty,
            bytes: Bytes::new(),
            is_open: false,
        }),
        Some(Outcome::Answered {
            status,
            headers: came,
            body,
            waited,
            ..
        }) => {
            let number = sequence(call).map(|number| format!(" · sequence {number}"));
            let number = number.unwrap_or_default();
            parts.push(EntryPart {
                name: "answer",
                digest: format!("{status}{number} · first byte +{}", span(*waited)),
                shape: Shape::of(body, body),
                bytes: body.clone(),
                // Why something was refused is what one looks for.
                is_open: !(200..300).contains(status),
            });
            answered = Some(headers("headers of the answer", came.clone()));
        }
    }
    parts.push(headers("headers", sent));
    parts.extend(answered);
    parts
}

fn headers(name: &'static str, pairs: Vec<(String, String)>) -> EntryPart {
    EntryPart {
        name,
        digest: pairs.len().to_string(),
        shape: Shape::Pairs(pairs),
        bytes: Bytes::new(),
        is_open: false,
    }
}
