//! Takes the secrets out of what is reported and of what ends up in errors.

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::domain::{app_install, secret::Secret};

/// What stands in the place of a secret.
pub(in crate::client) const HIDDEN: &str = "…";

/// Members of token answers that hold a token.
const TOKEN_MEMBERS: [&str; 4] = ["access_token", "token", "id_token", "refresh_token"];

/// Members of an agent's login that let one act as that agent.
const LOGIN_MEMBERS: [&str; 4] = ["bearer", "csrf", "wsuk", "password"];

/// The member that makes a temporary address valid.
const SIGNATURE: &str = "temp_url_sig";

/// Headers of answers that are nobody's business.
const HIDDEN_HEADERS: [&str; 2] = ["set-cookie", "authorization"];

/// Names and values; those marked sensitive and those known to be are hidden.
pub(in crate::client) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let hidden = value.is_sensitive() || HIDDEN_HEADERS.contains(&name.as_str());
            (name.to_string(), shown(value, hidden))
        })
        .collect()
}

fn shown(value: &HeaderValue, hidden: bool) -> String {
    if hidden {
        HIDDEN.to_owned()
    } else {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    }
}

/// A body with every occurrence of these secrets hidden.
pub(in crate::client) fn occurrences(body: &Bytes, secrets: &[&[u8]]) -> Bytes {
    let found = secrets
        .iter()
        .any(|secret| !secret.is_empty() && find(body, secret).is_some());
    if !found {
        return body.clone();
    }
    let mut body = body.to_vec();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let mut kept = Vec::with_capacity(body.len());
        let mut rest = body.as_slice();
        while let Some(at) = find(rest, secret) {
            let (before, from) = rest.split_at(at);
            kept.extend_from_slice(before);
            kept.extend_from_slice(HIDDEN.as_bytes());
            rest = from.get(secret.len()..).unwrap_or_default();
        }
        kept.extend_from_slice(rest);
        body = kept;
    }
    body.into()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The answer of a token call: its tokens hidden wherever they stand, and all of it when it
/// cannot be read.
pub(in crate::client) fn tokens(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut answer) => {
            hide_tokens(&mut answer);
            answer.to_string().into()
        }
        Err(_) if body.is_empty() => Bytes::new(),
        Err(_) => Bytes::from_static(HIDDEN.as_bytes()),
    }
}

/// An answer that may hold a temporary address: its signature hidden, and everything else as it
/// came.
pub(in crate::client) fn addresses(body: &Bytes) -> Bytes {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
        return body.clone();
    };
    if hide_signatures(&mut answer) {
        answer.to_string().into()
    } else {
        body.clone()
    }
}

/// Whether there was one to hide.
fn hide_signatures(value: &mut Value) -> bool {
    let mut hidden = false;
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == SIGNATURE {
                    *member = Value::from(HIDDEN);
                    hidden = true;
                } else {
                    hidden |= hide_signatures(member);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                hidden |= hide_signatures(element);
            }
        }
        _ => {}
    }
    hidden
}

fn hide_tokens(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if TOKEN_MEMBERS.contains(&name.as_str()) {
                    *member = Value::from(HIDDEN);
                } else {
                    hide_tokens(member);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(hide_tokens),
        // A bare string might be the token itself.
        Value::String(text) if is_token_like(text) => HIDDEN.clone_into(text),
        _ => {}
    }
}

/// What goes to or comes from an agent's login: everything that is worth something hidden, and
/// all of it when it cannot be read.
pub(in crate::client) fn logins(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut answer) => {
            hide_tokens(&mut answer);
            hide_members(&mut answer, &LOGIN_MEMBERS);
            answer.to_string().into()
        }
        Err(_) if body.is_empty() => Bytes::new(),
        Err(_) => Bytes::from_static(HIDDEN.as_bytes()),
    }
}

/// Records of app installs as they may be shown, and nothing when they cannot be read.
pub(in crate::client) fn records(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut answer) => {
            app_install::mask(&mut answer, app_install::Endpoints::All);
            answer.to_string().into()
        }
        Err(_) if body.is_empty() => Bytes::new(),
        Err(_) => Bytes::from_static(HIDDEN.as_bytes()),
    }
}

fn hide_members(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if names.contains(&name.as_str()) {
                    *member = Value::from(HIDDEN);
                } else {
                    hide_members(member, names);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                hide_members(element, names);
            }
        }
        _ => {}
    }
}

/// Three parts with dots between them, none of them short: a JWT.
fn is_token_like(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.len() >= 10)
}

/// A header value that is reported hidden; `None` when the secret cannot stand in a header.
pub(in crate::client) fn header(secret: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(secret.reveal()).ok()?;
    value.set_sensitive(true);
    Some(value)
}
