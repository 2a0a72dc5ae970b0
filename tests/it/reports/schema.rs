//! Holds JSON to a schema, as far as the schemas in `assets` go, and more strictly: a member that a
//! schema does not name is a fault too.

use std::collections::BTreeSet;

use serde_json::Value;

/// A schema, and what of it has been seen.
pub(crate) struct Schema {
    root: Value,
    /// Members that were there, as `#/$defs/scene/title`.
    seen: BTreeSet<String>,
}

impl Schema {
    pub(crate) fn read(text: &str) -> Self {
        let root = serde_json::from_str(text).unwrap();
        Self {
            root,
            seen: BTreeSet::new(),
        }
    }

    /// Everything about a document that breaks the schema.
    pub(crate) fn faults(&mut self, document: &Value) -> Vec<String> {
        let root = self.root.clone();
        self.check(document, &root, "#", "$")
    }

    fn check(&mut self, value: &Value, schema: &Value, name: &str, at: &str) -> Vec<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let definition = self
                .root
                .pointer(reference.trim_start_matches('#'))
                .unwrap()
                .clone();
            return self.check(value, &definition, reference, at);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let mut fitting = Vec::new();
            let mut faults = Vec::new();
            for (nth, choice) in choices.iter().enumerate() {
                let seen = self.seen.clone();
                let found = self.check(value, choice, &format!("{name}/{nth}"), at);
                if found.is_empty() {
                    fitting.push(nth);
                } else {
                    self.seen = seen;
                    faults.extend(found);
                }
            }
            return match fitting.len() {
                1 => Vec::new(),
                0 => faults,
                _ => vec![format!("{at}: fits {fitting:?} of {name}")],
            };
        }
        let mut faults = Vec::new();
        let expected = &schema["const"];
        if !expected.is_null() && expected != value {
            faults.push(format!("{at}: {value} is not {expected}"));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            faults.push(format!("{at}: {value} is none of {words:?}"));
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is_kind = match &schema["type"] {
            Value::Null => true,
            Value::Array(kinds) => kinds.iter().any(|one| one == kind),
            one => one == kind,
        };
        if !is_kind {
            faults.push(format!("{at}: {kind} is not {}", schema["type"]));
        }
        if let Value::Array(items) = value {
            for (nth, item) in items.iter().enumerate() {
                faults.extend(self.check(
                    item,
                    &schema["items"],
                    &format!("{name}/items"),
                    &format!("{at}[{nth}]"),
                ));
            }
        }
        faults.extend(self.members(value, schema, name, at));
        faults
    }

    fn members(&mut self, value: &Value, schema: &Value, name: &str, at: &str) -> Vec<String> {
        let Value::Object(members) = value else {
            return Vec::new();
        };
        let mut faults = Vec::new();
        let required = schema["required"].as_array();
        for member in required.into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(member) {
                faults.push(format!("{at}: {member} is missing"));
            }
        }
        let others = &schema["additionalProperties"];
        for (member, found) in members {
            let (name, at) = (format!("{name}/{member}"), format!("{at}.{member}"));
            match schema["properties"].get(member) {
                Some(rules) => {
                    self.seen.insert(name.clone());
                    faults.extend(self.check(found, rules, &name, &at));
                }
                None if others.is_object() => faults.extend(self.check(found, others, &name, &at)),
                None if schema.get("properties").is_none() => {}
                None => faults.push(format!("{at}: the schema does not name it")),
            }
        }
        faults
    }

    /// Members that the schema names and no document had.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let mut all = Vec::new();
        named(&self.root, "#", &mut all);
        for (name, definition) in self.root["$defs"].as_object().unwrap() {
            named(definition, &format!("#/$defs/{name}"), &mut all);
        }
        all.retain(|name| !self.seen.contains(name));
        all
    }
}

fn named(schema: &Value, name: &str, all: &mut Vec<String>) {
    for (nth, choice) in schema["oneOf"].as_array().into_iter().flatten().enumerate() {
        named(choice, &format!("{name}/{nth}"), all);
    }
    for (member, rules) in schema["properties"].as_object().into_iter().flatten() {
        all.push(format!("{name}/{member}"));
        named(rules, &format!("{name}/{member}"), all);
    }
}
