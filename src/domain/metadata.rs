//! Top-level `metadata` in a few words, for one row of the screen.

use serde_json::{Map, Value};

use crate::domain::text::SafeText;

/// The types of metadata on one row, as `ExternalId, BotResponse`.
pub fn types(metadata: &Value) -> String {
    let of = |one: &Map<String, Value>| {
        let named = one.get("type").and_then(Value::as_str);
        named.unwrap_or("without a type").to_owned()
    };
    let all = metadata.as_array().into_iter().flatten();
    let types: Vec<String> = all.filter_map(Value::as_object).map(of).collect();
    types.join(", ")
}

/// Metadata on one row: `ExternalId button-write`, and the types of what has no id.
pub fn summary(metadata: &Value) -> String {
    let one = |one: &Value| {
        let kind = one["type"].as_str()?;
        let id = ["id", "reasonId", "externalConversationId", "text"]
            .iter()
            .find_map(|key| one[*key].as_str());
        Some(match id {
            Some(id) => format!("{kind} {id}"),
            None => kind.to_owned(),
        })
    };
    let all = match metadata {
        Value::Array(all) => all.iter().filter_map(one).collect::<Vec<_>>(),
        other => one(other).into_iter().collect(),
    };
    let words = if all.is_empty() {
        types(metadata)
    } else {
        all.join(", ")
    };
    SafeText::clean(&words).one_line()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_told_by_type_and_id() {
        let told = |metadata: Value| summary(&metadata);
        assert_eq!(
            told(json!([{"type": "ExternalId", "id": "a\u{1b}[31mb"}, {"type": "Odd"}])),
            "ExternalId ab, Odd"
        );
        assert_eq!(
            told(json!({"type": "ExternalId", "id": "c"})),
            "ExternalId c"
        );
        assert_eq!(told(json!([{"id": "x"}])), "without a type");
        assert_eq!(told(json!(5)), "");
    }
}
