//! Whether a value fits a schema, as far as our document uses JSON Schema; a keyword it does not
//! know fails the test rather than being passed over.

use serde_json::Value;

const KNOWN: [&str; 12] = [
    "$ref",
    "additionalProperties",
    "description",
    "enum",
    "exclusiveMinimum",
    "items",
    "maximum",
    "minimum",
    "properties",
    "required",
    "type",
    "const",
];

/// What does not fit, with its place.
pub(super) fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    look(document, schema, value, at, &mut found);
    found
}

fn look(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let members = schema
        .as_object()
        .unwrap_or_else(|| panic!("{at}: {schema} is no schema"));
    for keyword in members.keys() {
        assert!(
            KNOWN.contains(&keyword.as_str()),
            "{at}: {keyword} is not known here"
        );
    }
    if let Some(reference) = members.get("$ref") {
        let place = reference.as_str().unwrap().strip_prefix('#').unwrap();
        let target = document
            .pointer(place)
            .unwrap_or_else(|| panic!("{place} is nowhere"));
        look(document, target, value, at, found);
        return;
    }
    if let Some(types) = members.get("type") {
        let types = types
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![types.clone()]);
        if !types.iter().any(|kind| is(kind.as_str().unwrap(), value)) {
            found.push(format!("{at}: {value} is not {types:?}"));
            return;
        }
    }
    if let Some(allowed) = members.get("enum")
        && !allowed.as_array().unwrap().contains(value)
    {
        found.push(format!("{at}: {value} is none of {allowed}"));
    }
    if let Some(number) = value.as_f64() {
        let bound = |name: &str| members.get(name).and_then(Value::as_f64);
        let fits = bound("minimum").is_none_or(|least| number >= least)
            && bound("maximum").is_none_or(|most| number <= most)
            && bound("exclusiveMinimum").is_none_or(|below| number > below);
        if !fits {
            found.push(format!("{at}: {number} is out of bounds"));
        }
    }
    if let (Some(items), Some(values)) = (members.get("items"), value.as_array()) {
        for (place, value) in values.iter().enumerate() {
            look(document, items, value, &format!("{at}/{place}"), found);
        }
    }
    if let Some(object) = value.as_object() {
        let properties = members.get("properties").and_then(Value::as_object);
        for name in members
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if !object.contains_key(name.as_str().unwrap()) {
                found.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in object {
            match properties.and_then(|known| known.get(name)) {
                Some(schema) => look(document, schema, value, &format!("{at}/{name}"), found),
                None if members.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    found.push(format!("{at}: {name} is not described"));
                }
                None => {}
            }
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn what_does_not_fit_is_found() {
    let schema = serde_json::json!({ "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": { "a": { "type": ["integer", "null"], "minimum": 1 }, "b": { "enum": ["x"] } } });
    let count = |value: Value| faults(&Value::Null, &schema, &value, "").len();
    assert_eq!(count(serde_json::json!({ "a": 1, "b": "x" })), 0);
    assert_eq!(count(serde_json::json!({ "a": null })), 0);
    for wrong in [
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!({ "a": 0 }),
        serde_json::json!({ "a": "1" }),
        serde_json::json!({ "a": 1, "b": "y" }),
        serde_json::json!({ "a": 1, "c": 1 }),
    ] {
        assert_eq!(count(wrong.clone()), 1, "{wrong}");
    }
}
