//! Entries of the wire in words.

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        inbound::Verdict,
    },
    plain::words::row,
    tui::inspector::summary::summary,
};

/// The longest body that is told.
const MOST_BODY: usize = 16 * 1024;

/// Whether all of an entry is known.
pub(crate) fn is_over(entry: &Entry) -> bool {
    match &entry.kind {
        EntryKind::Call(call) => call.outcome.is_some(),
        EntryKind::Hook(_) => true,
    }
}

/// An entry in one row.
pub(crate) fn entry(entry: &Entry) -> String {
    let told = summary(entry);
    let says = format!("{}{}", told.says, told.tail);
    match &entry.kind {
        EntryKind::Call(call) => {
            format!("Wire: out, {} {says}, {}.", endpoint(call), outcome(call))
        }
        EntryKind::Hook(hook) => {
            let verdict = match hook.verdict {
                Verdict::Valid => "signature valid",
                Verdict::Invalid(_) => "signature wrong",
                Verdict::Unsigned => "not signed",
            };
            format!("Wire: in, {says}, {verdict}, answered {}.", hook.status)
        }
    }
}

fn endpoint(call: &Exchange) -> String {
    let path = call.url.split(['?', '#']).next().unwrap_or("");
    let last = path.rsplit('/').next().unwrap_or("");
    match last {
        "send" => "SEND".to_owned(),
        "conversation" => "CONVERSATION".to_owned(),
        _ => call.method.clone(),
    }
}

fn outcome(call: &Exchange) -> String {
    match &call.outcome {
        None => "under way".to_owned(),
        Some(Outcome::Answered {
            status, elapsed, ..
        }) => format!("{status}, {} milliseconds", elapsed.as_millis()),
        Some(Outcome::Failed { reason, elapsed }) => {
            format!("no answer, {reason}, {} milliseconds", elapsed.as_millis())
        }
    }
}

/// An entry with its bodies.
pub(crate) fn whole(of: &Entry) -> Vec<String> {
    let mut rows = vec![entry(of)];
    match &of.kind {
        EntryKind::Call(call) => {
            rows.push(format!("  Address: {} {}", call.method, call.url));
            rows.push(body("Request", &call.body));
            if let Some(Outcome::Answered { body: answer, .. }) = &call.outcome {
                rows.push(body("Answer", answer));
            }
        }
        EntryKind::Hook(hook) => rows.push(body("Body", &hook.request.content())),
    }
    rows
}

fn body(label: &str, bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => format!("  {label}: empty"),
        Ok(text) if text.len() <= MOST_BODY => format!("  {label}: {}", row(&text.into())),
        _ => format!("  {label}: {} bytes", bytes.len()),
    }
}
