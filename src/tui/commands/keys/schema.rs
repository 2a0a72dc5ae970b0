//! The JSON Schema of `keys.toml`, made of the table of actions.

use serde_json::{Map, Value, json};

use crate::tui::commands::keys::{Context, TABLE, preset::Preset};

/// The schema of a file of keys.
pub(crate) fn keys() -> Value {
    let mut properties = Map::new();
    let preset = json!({
        "enum": Preset::ALL.map(|(name, _)| name),
        "default": "plain",
        "description": "The keys that hold where this file says nothing.",
    });
    properties.insert("preset".to_owned(), preset);
    for context in Context::ALL {
        let rows = TABLE
            .iter()
            .filter(|row| row.context == context || context.goes_before(row.context));
        let actions: Map<String, Value> = rows
            .map(|row| {
                let mut action = json!({ "$ref": "#/$defs/keys", "description": row.about });
                if row.context == context {
                    action["default"] = json!(row.keys);
                }
                (row.name(), action)
            })
            .collect();
        let section = json!({
            "type": "object",
            "description": context.heading(),
            "additionalProperties": false,
            "properties": actions,
        });
        properties.insert(context.name().to_owned(), section);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "handset-keys-1.schema.json",
        "title": "Keys of handset",
        "description": "keys.toml in the folder of settings, told in docs/keys.md.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": {
            "keys": {
                "type": "array",
                "items": { "type": "string", "minLength": 1 },
                "description": "The keys of the action, as ctrl+p or f5; an empty list for none.",
            },
        },
    })
}
