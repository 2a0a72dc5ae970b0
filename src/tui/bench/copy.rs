//! A wire entry as text to be pasted elsewhere: a curl command, JSON, a body.
//!
//! Secrets were taken out of the entry long before. Where one stood, the curl
//! command names a variable of the shell.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::domain::{
    exchange::{Entry, EntryKind, Outcome},
    ids::ConversationId,
    inbound::Hook,
};

/// What stands where a secret was taken out.
const HIDDEN: &str = "…";

/// A text as one word of `sh`, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The variable that stands for the hidden value of a header or a form's field.
fn variable(name: &str) -> String {
    let name = match name.to_ascii_lowercase().as_str() {
        "authorization" => "APP_JWT".to_owned(),
        "x-lp-on-behalf" => "CONSUMER_JWS".to_owned(),
        other => other
            .chars()
            .map(|c| match c {
                'a'..='z' | '0'..='9' => c.to_ascii_uppercase(),
                _ => '_',
            })
            .collect(),
    };
    format!("\"${{{name}}}\"")
}

/// A header as the argument of `-H`.
fn header(name: &str, value: &str) -> String {
    if value == HIDDEN {
        format!("{}{}", quoted(&format!("{name}: ")), variable(name))
    } else {
        quoted(&format!("{name}: {value}"))
    }
}

/// A body as the argument of `--data-binary`; hidden fields of a form become variables.
fn body(text: &str, is_form: bool) -> String {
    if !(is_form && text.contains(HIDDEN)) {
        return quoted(text);
    }
    let fields = text.split('&').map(|field| match field.split_once('=') {
        Some((name, HIDDEN)) => {
            format!("{}{}", quoted(&format!("{name}=")), variable(name))
        }
        _ => quoted(field),
    });
    fields.collect::<Vec<_>>().join("'&'")
}

/// The entry as a command for `sh` that sends the same again; a webhook is sent to
/// `$WEBHOOK_URL`.
pub(crate) fn curl(entry: &Entry) -> String {
    let (method, url, headers, sent) = match &entry.kind {
        EntryKind::Call(call) => {
            let url = quoted(&call.url);
            (call.method.as_str(), url, &call.headers, &call.body)
        }
        EntryKind::Hook(hook) => {
            let url = "\"${WEBHOOK_URL}\"".to_owned();
            ("POST", url, &hook.request.headers, &hook.request.body)
        }
    };
    // What says how the body came over this connection would be wrong on another.
    let headers = headers.iter().filter(|(name, _)| {
        !["content-length", "host", "connection", "transfer-encoding"].contains(&name.as_str())
    });
    let is_form = headers.clone().any(|(name, value)| {
        name == "content-type" && value.starts_with("application/x-www-form-urlencoded")
    });
    let mut parts = vec![format!("curl -X {} {url}", quoted(method))];
    parts.extend(headers.map(|(name, value)| format!("-H {}", header(name, value))));
    // Arguments of a command hold no zero byte and had better be text.
    let text = std::str::from_utf8(sent)
        .ok()
        .filter(|text| !text.contains('\0'));
    let before = match text {
        Some("") => String::new(),
        Some(text) => {
            parts.push(format!("--data-binary {}", body(text, is_form)));
            String::new()
        }
        None => {
            parts.push("--data-binary @-".to_owned());
            format!(
                "printf %s {} | base64 -d | ",
                quoted(&STANDARD.encode(sent))
            )
        }
    };
    format!("{before}{}", parts.join(" \\\n  "))
}

/// Headers in their order; one name may come several times.
fn headers_json(headers: &[(String, String)]) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

/// A body as JSON when it is, else as text, else as base64.
fn body_json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| match std::str::from_utf8(body) {
        Ok(text) => Value::from(text),
        Err(_) => json!({ "base64": STANDARD.encode(body) }),
    })
}

/// The whole entry as JSON.
pub(crate) fn as_json(entry: &Entry) -> String {
    let value = match &entry.kind {
        EntryKind::Call(call) => {
            let answer = match &call.outcome {
                None => Value::Null,
                Some(Outcome::Failed { reason, elapsed }) => json!({
                    "failed": reason,
                    "elapsedMs": whole(elapsed.as_millis()),
                }),
                Some(Outcome::Answered {
                    status,
                    headers,
                    body,
                    waited,
                    elapsed,
                }) => json!({
                    "status": status,
                    "headers": headers_json(headers),
                    "body": body_json(body),
                    "waitedMs": whole(waited.as_millis()),
                    "elapsedMs": whole(elapsed.as_millis()),
                }),
            };
            json!({
                "entry": entry.id.0,
                "direction": "out",
                "conversationId": call.conversation.as_ref().map(ConversationId::as_str),
                "purpose": call.purpose,
                "attempt": call.attempt,
                "at": call.started.0,
                "method": call.method,
                "url": call.url,
                "headers": headers_json(&call.headers),
                "body": body_json(&call.body),
                "answer": answer,
            })
        }
        EntryKind::Hook(hook) => hook_json(entry.id.0, hook),
    };
    // A value that was made from values can be written.
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

fn hook_json(id: u64, hook: &Hook) -> Value {
    json!({
        "entry": id,
        "direction": "in",
        "conversationId": hook.conversation.as_ref().map(ConversationId::as_str),
        "type": hook.kind,
        "sequence": hook.sequence,
        "at": hook.request.at.0,
        "signature": match hook.verdict.reason() {
            Some(reason) => format!("{}: {reason}", hook.verdict.as_str()),
            None => hook.verdict.as_str().to_owned(),
        },
        "answered": hook.status,
        "headers": headers_json(&hook.request.headers),
        "body": body_json(&hook.request.body),
    })
}

fn whole(millis: u128) -> u64 {
    u64::try_from(millis).unwrap_or(u64::MAX)
}

/// What was sent: the request's body, or the webhook's.
pub(crate) fn sent(entry: &Entry) -> String {
    let body = match &entry.kind {
        EntryKind::Call(call) => &call.body,
        EntryKind::Hook(hook) => &hook.request.body,
    };
    String::from_utf8_lossy(body).into_owned()
}

/// What was answered; `None` where no answer with a body was seen.
pub(crate) fn answered(entry: &Entry) -> Option<String> {
    match &entry.kind {
        EntryKind::Call(call) => match &call.outcome {
            Some(Outcome::Answered { body, .. }) if !body.is_empty() => {
                Some(String::from_utf8_lossy(body).into_owned())
            }
            _ => None,
        },
        EntryKind::Hook(_) => None,
    }
}

#[cfg(test)]
mod tests;
