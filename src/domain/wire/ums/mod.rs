//! The agent's socket: what goes over it and around it. See `agent-side`.
//!
//! Reading is tolerant: types with and without their prefix, ids in either form, members that
//! are missing or odd; what is not understood is named and left. Writing is exact. Both are
//! pinned by the fixtures under `tests/fixtures/wire/ums`.

pub mod conversation;
pub mod frame;
pub mod house;
pub mod login;
pub mod message;
pub mod profile;
pub mod request;
pub mod ring;

use serde_json::Value;

/// A type name without its prefix: `.ams.ms.QueryMessages$Response` and
/// `ms.QueryMessages$Response` are the same to us.
fn bare(kind: &str) -> &str {
    let kind = kind.strip_prefix('.').unwrap_or(kind);
    kind.strip_prefix("ams.").unwrap_or(kind)
}

/// A member that is a text; a number counts as one, for ids come as both.
fn word(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(word) if !word.is_empty() => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A member that is a whole number, also when it stands in a text.
fn whole(object: &Value, name: &str) -> Option<i64> {
    let value = object.get(name)?;
    value
        .as_i64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// The elements of a member that is a list; none of anything else.
fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
