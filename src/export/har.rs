//! The wire as HAR 1.2, for the tools that read it.
//!
//! Our calls are entries as a browser would write them. A webhook is an entry
//! of its own with `_direction` "in" and our verdict on it; its address is made
//! up, for the listener's own is a secret.

use std::io::{self, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::Url;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        ids::ConversationId,
        inbound::Hook,
    },
    export::{Redactor, Talk, json_line, jsonl::millis, words},
};

/// Stands for the listener's address.
const LISTENER: &str = "http://listener.invalid/";
/// What stands where a secret was taken out.
const HIDDEN: &str = "…";
/// What is not said about a type.
const UNKNOWN: &str = "x-unknown";
/// HAR wants a version; what was spoken is not recorded.
const HTTP: &str = "HTTP/1.1";

/// Writes these entries as one log, one entry on each row.
pub fn write<E: From<io::Error>>(
    out: &mut impl Write,
    talk: &Talk,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
) -> Result<(), E> {
    let redactor = &talk.redactor;
    let head = json!({
        "version": "1.2",
        "creator": { "name": "handset", "version": env!("CARGO_PKG_VERSION") },
        "comment": format!(
            "conversation {} of {}, times in UTC", redactor.text(talk.id().as_str()), talk.source()
        ),
    });
    let head = json_line::json_line(&head).map_err(io::Error::from)?;
    write!(
        out,
        "{{\"log\":{},\"entries\":[",
        head.trim_end_matches('}')
    )?;
    for (index, entry) in entries.into_iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        let entry = entry?;
        let mut written = match &entry.kind {
            EntryKind::Call(call) => of_call(call, redactor),
            EntryKind::Hook(hook) => of_hook(hook, redactor),
        };
        if let Value::Object(members) = &mut written {
            members.insert("_entry".to_owned(), entry.id.0.into());
        }
        json_line::write(out, &written).map_err(io::Error::from)?;
    }
    out.write_all(b"\n]}}\n")?;
    Ok(())
}

fn of_call(call: &Exchange, redactor: &Redactor) -> Value {
    let url = redactor.text(&call.url).into_owned();
    let mut request = json!({
        "method": call.method,
        "url": url,
        "httpVersion": HTTP,
        "cookies": [],
        "headers": headers(&call.headers, redactor),
        "queryString": query(&url),
        "headersSize": -1,
        "bodySize": size(&call.headers, &call.body),
    });
    if !call.body.is_empty() {
        request["postData"] = posted(&call.headers, &call.body, redactor);
    }
    let (mut response, mut wait, mut receive, mut error) = (no_answer(), 0.0, 0.0, None);
    match &call.outcome {
        Some(Outcome::Answered {
            status,
            headers: answered,
            body,
            waited,
            elapsed,
        }) => {
            wait = millis(*waited);
            receive = millis(elapsed.saturating_sub(*waited));
            response["status"] = (*status).into();
            response["headers"] = headers(answered, redactor);
            response["bodySize"] = size(answered, body).into();
            let mut content = shown(answered, body, redactor, "encoding");
            content["size"] = body.len().into();
            response["content"] = content;
            let location = header(answered, "location").unwrap_or_default();
            response["redirectURL"] = redactor.text(location).into();
        }
        Some(Outcome::Failed { reason, elapsed }) => {
            wait = millis(*elapsed);
            error = Some(redactor.text(reason).into_owned());
        }
        None => error = Some("no answer yet".to_owned()),
    }
    json!({
        "startedDateTime": words::utc(call.started),
        "time": wait + receive,
        "request": request,
        "response": response,
        "cache": {},
        "timings": { "send": 0, "wait": wait, "receive": receive },
        "comment": call.purpose,
        "_direction": "out",
        "_error": error,
        "_attempt": call.attempt,
        "_conversationId": call.conversation.as_ref().map(ConversationId::as_str),
    })
}

fn of_hook(hook: &Hook, redactor: &Redactor) -> Value {
    let mut response = no_answer();
    response["status"] = hook.status.into();
    json!({
        "startedDateTime": words::utc(hook.request.at),
        "time": 0,
        "request": {
            "method": "POST",
            "url": LISTENER,
            "httpVersion": HTTP,
            "cookies": [],
            "headers": headers(&hook.request.headers, redactor),
            "queryString": [],
            "postData": posted(&hook.request.headers, &hook.request.body, redactor),
            "headersSize": -1,
            "bodySize": size(&hook.request.headers, &hook.request.body),
        },
        "response": response,
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
        "comment": hook.kind.as_deref().unwrap_or("webhook"),
        "_direction": "in",
        "_verdict": hook.verdict,
        "_sequence": hook.sequence,
        "_conversationId": hook.conversation.as_ref().map(ConversationId::as_str),
    })
}

/// The response of an entry before anything is known of it.
fn no_answer() -> Value {
    json!({
        "status": 0,
        "statusText": "",
        "httpVersion": HTTP,
        "cookies": [],
        "headers": [],
        "content": { "size": 0, "mimeType": UNKNOWN },
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    })
}

fn headers(headers: &[(String, String)], redactor: &Redactor) -> Value {
    let pair = |(name, value): &(String, String)| json!({ "name": name, "value": redactor.header(name, value) });
    headers.iter().map(pair).collect()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// The bytes a body took on the wire: what its header says, else what there is of it. -1, which
/// is HAR's word for unknown, where a secret was taken out.
fn size(headers: &[(String, String)], body: &[u8]) -> i64 {
    let said = header(headers, "content-length").and_then(|length| length.parse().ok());
    let is_whole = !String::from_utf8_lossy(body).contains(HIDDEN);
    let length = is_whole.then(|| i64::try_from(body.len()).ok()).flatten();
    said.or(length).unwrap_or(-1)
}

/// A body as text, or as base64 when it is none; HAR 1.2 knows `encoding` for answers alone.
fn shown(headers: &[(String, String)], body: &[u8], redactor: &Redactor, encoding: &str) -> Value {
    let mime = header(headers, "content-type").unwrap_or(UNKNOWN);
    let body = redactor.body(body);
    match std::str::from_utf8(&body) {
        Ok(text) => json!({ "mimeType": mime, "text": text }),
        Err(_) => json!({ "mimeType": mime, "text": STANDARD.encode(&body), encoding: "base64" }),
    }
}

fn posted(headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Value {
    shown(headers, body, redactor, "_encoding")
}

fn query(url: &str) -> Value {
    let Ok(url) = Url::parse(url) else {
        return json!([]);
    };
    let pair = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| json!({ "name": name, "value": value });
    url.query_pairs().map(pair).collect()
}

#[cfg(test)]
mod tests;
