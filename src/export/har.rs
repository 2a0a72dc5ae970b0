//! The wire as HAR 1.2, for the tools that read it.
//!
//! Our calls are entries as a browser would write them. A webhook is an entry
//! of its own with `_direction` "in" and our verdict on it; its address is made
//! up, for the listener's own is a secret.

use std::io::{self, Write};

use serde_json::{Value, json};
use url::Url;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        ids::ConversationId,
        inbound::Hook,
    },
    export::{Redactor, json_line, jsonl::millis, words},
};

/// Stands for the listener's address.
const LISTENER: &str = "http://listener.invalid/";
/// What is not said about a type.
const UNKNOWN: &str = "x-unknown";
/// HAR wants a version; what was spoken is not recorded.
const HTTP: &str = "HTTP/1.1";

/// Writes these entries as one log, one entry on each row.
pub fn write<E: From<io::Error>>(
    out: &mut impl Write,
    redactor: &Redactor,
    entries: impl IntoIterator<Item = Result<Entry, E>>,
) -> Result<(), E> {
    let creator = json!({ "name": "handset", "version": env!("CARGO_PKG_VERSION") });
    write!(
        out,
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"pages\":[],\"entries\":["
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
        "bodySize": call.body.len(),
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
            response["bodySize"] = body.len().into();
            response["content"] = json!({
                "size": body.len(),
                "mimeType": header(answered, "content-type").unwrap_or(UNKNOWN),
                "text": redactor.body(body),
            });
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
            "bodySize": hook.request.body.len(),
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
        "bodySize": 0,
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

fn posted(headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Value {
    json!({
        "mimeType": header(headers, "content-type").unwrap_or(UNKNOWN),
        "params": [],
        "text": redactor.body(body),
    })
}

fn query(url: &str) -> Value {
    let Ok(url) = Url::parse(url) else {
        return json!([]);
    };
    let pair = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| json!({ "name": name, "value": value });
    url.query_pairs().map(pair).collect()
}
