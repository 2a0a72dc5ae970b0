//! What an app install's record says, read with the rules of `webhooks` 8.1.
//!
//! What is not known is kept as it came: a record is given back as it was written.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use url::Url;

use crate::sandbox::model::{
    notify::EventType,
    webhooks::{Endpoint, Webhooks, is_safe},
};

/// Characters of `client_name`.
const NAME: usize = 128;
/// Characters of `description`.
const DESCRIPTION: usize = 256;
/// Characters of `scope`.
const SCOPE: usize = 128;
/// Characters of `logo_uri`.
const LOGO: usize = 1024;
/// What an app may be granted.
const GRANTS: [&str; 3] = ["client_credentials", "authorization_code", "refresh_token"];
/// Most `max_retries`.
const RETRIES: u64 = 5;
/// Seconds of `retention_time`.
const RETENTION: std::ops::RangeInclusive<u64> = 2..=259_200;
/// Custom headers of an endpoint.
const HEADERS: usize = 32;
/// What the documents call the conversation's event once.
const ALIAS: &str = "ms.MessagingEventNotification.ExConversationChangeNotification";
/// Headers that belong to the request itself.
const RESERVED: [&str; 5] = [
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
    "upgrade",
];
/// Members only the server writes.
const OURS: [&str; 6] = [
    "id",
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
    "deleted",
];

/// The part of a record that its owner writes, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Manifest {
    /// All of it, as it came.
    pub members: Map<String, Value>,
    /// `client_name`.
    pub name: String,
    /// `scope`.
    pub scope: String,
    /// Whether the app may do anything.
    pub enabled: bool,
    pub webhooks: Webhooks,
}

impl Manifest {
    /// Reads a record; the error says what is wrong with it.
    pub(crate) fn read(record: Value) -> Result<Self, String> {
        let Value::Object(mut members) = record else {
            return Err("the app install is not an object".to_owned());
        };
        for name in OURS {
            members.remove(name);
        }
        let name = text(&members, "client_name", NAME)?
            .filter(|name| !name.trim().is_empty())
            .ok_or("client_name is missing")?;
        text(&members, "description", DESCRIPTION)?;
        text(&members, "logo_uri", LOGO)?;
        let scope = text(&members, "scope", SCOPE)?.unwrap_or_default();
        let enabled = match members.get("enabled") {
            None | Some(Value::Null) => true,
            Some(Value::Bool(enabled)) => *enabled,
            Some(_) => return Err("enabled must be true or false".to_owned()),
        };
        grants(members.get("grant_types"))?;
        let capabilities = object(members.get("capabilities"), "capabilities")?;
        let webhooks = capabilities.and_then(|all| all.get("webhooks"));
        let webhooks = match object(webhooks, "capabilities.webhooks")? {
            Some(webhooks) => read_webhooks(webhooks)?,
            None => Webhooks::default(),
        };
        Ok(Self {
            members,
            name,
            scope,
            enabled,
            webhooks,
        })
    }

    /// That of the app install a sandbox begins with.
    pub(crate) fn usual(scope: &str) -> Self {
        let name = "handset sandbox";
        let members = json!({
            "client_name": name,
            "description": "The connector this sandbox was started for",
            "grant_types": ["client_credentials"],
            "scope": scope,
            "logo_uri": "",
            "enabled": true,
            "capabilities": {
                "webhooks": {},
                "engagement": {
                    "design_engagement": false,
                    "design_window": false,
                    "entry_point": ["section"],
                    "visitor_behavior": ["visited_location"],
                    "target_audience": ["customer_type"],
                    "goal": ["url"],
                    "consumer_identity": ["auth"],
                    "language_selection": false,
                },
            },
        });
        let members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Self {
            members,
            name: name.to_owned(),
            scope: scope.to_owned(),
            enabled: true,
            webhooks: Webhooks::default(),
        }
    }

    /// Replaces the events and the retention, and leaves whatever else there is.
    pub(crate) fn set_webhooks(&mut self, webhooks: Webhooks) {
        let capabilities = self.members.entry("capabilities").or_insert(json!({}));
        if !capabilities["webhooks"].is_object() {
            capabilities["webhooks"] = json!({});
        }
        if let Some(members) = capabilities["webhooks"].as_object_mut() {
            members.retain(|key, _| key != "retry" && event(key).is_none());
            if let Some(retention) = webhooks.retention {
                // A sandbox may be set up with spans no record can have.
                let seconds = retention.as_secs();
                let seconds = seconds.clamp(*RETENTION.start(), *RETENTION.end());
                let retry = json!({ "retention_time": seconds });
                members.insert("retry".to_owned(), retry);
            }
            for (kind, endpoint) in &webhooks.endpoints {
                members.insert(kind.key().to_owned(), printed(endpoint));
            }
        }
        self.webhooks = webhooks;
    }
}

fn printed(endpoint: &Endpoint) -> Value {
    let mut members = json!({ "endpoint": endpoint.url.as_str() });
    if let Some(retries) = endpoint.max_retries {
        members["max_retries"] = json!(u64::from(retries).min(RETRIES));
    }
    if !endpoint.headers.is_empty() {
        let header = |(name, value): &(String, String)| json!({ "header_name": name, "header_value": value });
        members["headers"] = endpoint.headers.iter().map(header).collect();
    }
    members
}

/// The event a member of `capabilities.webhooks` is about.
fn event(key: &str) -> Option<EventType> {
    if key == ALIAS {
        return Some(EventType::Conversation);
    }
    EventType::with_key(key)
}

fn read_webhooks(members: &Map<String, Value>) -> Result<Webhooks, String> {
    let mut webhooks = Webhooks::default();
    if let Some(retry) = object(members.get("retry"), "retry")? {
        webhooks.retention = retention(retry.get("retention_time"))?;
    }
    for (key, value) in members {
        let Some(kind) = event(key) else { continue };
        let endpoint = Arc::new(endpoint(key, value)?);
        if key == ALIAS {
            // The right name of the event counts where both are there.
            webhooks.endpoints.entry(kind).or_insert(endpoint);
        } else {
            webhooks.endpoints.insert(kind, endpoint);
        }
    }
    Ok(webhooks)
}

fn retention(value: Option<&Value>) -> Result<Option<Duration>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().filter(|seconds| RETENTION.contains(seconds)) {
            Some(seconds) => Ok(Some(Duration::from_secs(seconds))),
            None => Err(format!(
                "retry.retention_time must be a whole number of seconds from {} to {}",
                RETENTION.start(),
                RETENTION.end()
            )),
        },
    }
}

fn endpoint(key: &str, value: &Value) -> Result<Endpoint, String> {
    let url = value.get("endpoint").and_then(Value::as_str);
    let url = url
        .and_then(|url| Url::parse(url).ok())
        .filter(is_safe)
        .ok_or_else(|| format!("{key}.endpoint must be an https address"))?;
    let max_retries = match value.get("max_retries") {
        None | Some(Value::Null) => None,
        Some(retries) => Some(
            retries
                .as_u64()
                .filter(|retries| *retries <= RETRIES)
                .and_then(|retries| u8::try_from(retries).ok())
                .ok_or_else(|| format!("{key}.max_retries must be a number from 0 to {RETRIES}"))?,
        ),
    };
    let headers = match value.get("headers") {
        None | Some(Value::Null) => Vec::new(),
        Some(headers) => read_headers(headers).ok_or_else(|| {
            format!(
                "{key}.headers must be at most {HEADERS} objects with header_name and header_value"
            )
        })?,
    };
    Ok(Endpoint {
        url,
        headers,
        max_retries,
    })
}

fn read_headers(value: &Value) -> Option<Vec<(String, String)>> {
    let all = value.as_array().filter(|all| all.len() <= HEADERS)?;
    let read = |header: &Value| {
        let name = header.get("header_name")?.as_str()?;
        let value = header.get("header_value")?.as_str()?;
        let sendable = name.parse::<HeaderName>().is_ok() && value.parse::<HeaderValue>().is_ok();
        let ours = RESERVED.iter().any(|ours| name.eq_ignore_ascii_case(ours));
        (sendable && !ours).then(|| (name.to_owned(), value.to_owned()))
    };
    all.iter().map(read).collect()
}

fn grants(value: Option<&Value>) -> Result<(), String> {
    let known = |value: &Value| value.as_str().is_some_and(|one| GRANTS.contains(&one));
    match value {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(grants)) if grants.iter().all(known) => Ok(()),
        Some(_) => Err(format!("grant_types must be of {}", GRANTS.join(", "))),
    }
}

/// A member that may be missing but must be text, and not too long.
fn text(members: &Map<String, Value>, name: &str, most: usize) -> Result<Option<String>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= most => Ok(Some(text.clone())),
        Some(_) => Err(format!("{name} must be text of at most {most} characters")),
    }
}

fn object<'a>(
    value: Option<&'a Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(_) => Err(format!("{name} must be an object")),
    }
}
