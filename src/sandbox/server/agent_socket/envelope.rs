//! Requests and answers of the agent socket; see `agent-side` 2.
//!
//! An answer never carries the type of a request: the agent SDK keeps one table for both
//! directions and would never call back.

use axum::extract::ws::Utf8Bytes;
use serde_json::{Map, Value, json};

use crate::sandbox::{
    json::{self as reading, Metadata},
    model::refusal::Refusal,
    settings::terms::Refusals,
};

#[derive(Debug)]
pub(super) struct SocketRequest {
    /// Repeated in the answer as it came.
    pub(super) id: Value,
    /// What is asked for, without `.ams.` in front.
    pub(super) kind: String,
    pub(super) body: Value,
    pub(super) metadata: Option<Metadata>,
}

/// What went wrong before it was known what was asked for, with the id if that could be read.
pub(super) type Unread = (Value, Refusal);

impl SocketRequest {
    /// Reads a frame; what it holds besides is ignored.
    pub(super) fn read(text: &str) -> Result<Self, Unread> {
        let nameless = |what: String| (Value::Null, Refusal::Bad(what));
        let members = reading::request(text.trim_start_matches('\u{feff}'))
            .map_err(|error| nameless(format!("the frame is not JSON: {error}")))?;
        let Some((mut members, metadata)) = members else {
            return Err(nameless("the frame is not an object".to_owned()));
        };
        let id = match members.remove("id") {
            Some(id @ (Value::String(_) | Value::Number(_))) => id,
            _ => Value::Null,
        };
        let bad = |what: &str| (id.clone(), Refusal::bad(what));
        if members.get("kind").is_some_and(|kind| *kind != "req") {
            return Err(bad("kind must be \"req\""));
        }
        let Some(Value::String(kind)) = members.remove("type") else {
            return Err(bad("type is missing or not a string"));
        };
        let plain = kind.trim_start_matches('.');
        let plain = plain.strip_prefix("ams.").unwrap_or(plain).to_owned();
        let metadata = metadata.filter(|given| !given.is_null());
        if !metadata.as_ref().is_none_or(Metadata::is_list_of_objects) {
            return Err(bad("metadata must be an array of objects"));
        }
        let body = members.remove("body").unwrap_or(Value::Null);
        Ok(Self {
            id,
            kind: plain,
            body,
            metadata,
        })
    }

    /// The body, which is an object but for one request; none at all counts as an empty one.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        match &self.body {
            Value::Object(body) => Ok(body.clone()),
            Value::Null => Ok(Map::new()),
            _ => Err(Refusal::bad("body must be an object")),
        }
    }
}

/// What is answered to a request that succeeded.
#[derive(Debug)]
pub(super) struct Reply {
    code: u16,
    kind: &'static str,
    body: String,
}

impl Reply {
    pub(super) fn new(kind: &'static str, body: &Value) -> Self {
        Self::printed(kind, reading::print(body))
    }

    pub(super) fn printed(kind: &'static str, body: String) -> Self {
        Self {
            code: 200,
            kind,
            body,
        }
    }

    pub(super) fn text(words: &str) -> Self {
        Self::new(".ReqBody$StringResp", &json!(words))
    }

    /// Some words about what was taken in and is on its way.
    pub(super) fn accepted(words: &str) -> Self {
        Self {
            code: 202,
            ..Self::text(words)
        }
    }

    /// Some words about what went wrong, with a code of its own.
    pub(super) fn failed(code: u16, words: &str) -> Self {
        Self {
            code,
            ..Self::text(words)
        }
    }

    pub(super) fn subscribed(subscription: &str) -> Self {
        let body = json!({ "subscriptionId": subscription });
        Self::new(".ams.GenericSubscribe$Response", &body)
    }

    pub(super) fn to(&self, id: &Value) -> Utf8Bytes {
        frame(id, self.code, self.kind, &self.body)
    }
}

pub(super) fn refusal(id: &Value, refusal: &Refusal, style: Refusals) -> Utf8Bytes {
    let code = code(refusal);
    let words = refusal.to_string();
    let (kind, body) = match style {
        Refusals::Text => (".ReqBody$StringResp", json!(words)),
        Refusals::Object => (
            ".ReqBody$ErrorResp",
            json!({ "title": title(code), "details": words, "errorCode": u32::from(code) * 100 + 2 }),
        ),
    };
    frame(id, code, kind, &reading::print(&body))
}

fn code(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Store(_) => 500,
        _ => 400,
    }
}

fn title(code: u16) -> &'static str {
    if code == 400 {
        "Bad request"
    } else {
        "Unable to access resource"
    }
}

/// `body` is in JSON already.
fn frame(id: &Value, code: u16, kind: &str, body: &str) -> Utf8Bytes {
    let id = match id {
        Value::Null => String::new(),
        id => format!(r#""reqId":{id},"#),
    };
    format!(r#"{{"kind":"resp",{id}"code":{code},"body":{body},"type":"{kind}"}}"#).into()
}
