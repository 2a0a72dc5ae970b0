//! A consumer's profile, as GetUserProfile answers it. See `agent-side` 9.

use serde_json::Value;

use crate::domain::{text::SafeText, wire::lenient::word};

/// Longest value shown of a fact.
const LONGEST_VALUE: usize = 300;
/// Facts kept of a consumer; more are not.
const MOST_FACTS: usize = 100;
/// SDEs kept of a consumer, and the longest of them as JSON.
const MOST_SDES: usize = 50;
const LONGEST_SDE: usize = 16 * 1024;

/// What is known of a consumer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// First and last name; empty when neither is known.
    pub name: SafeText,
    /// A name and a value a row.
    pub facts: Vec<(SafeText, SafeText)>,
    /// The SDEs as they came.
    pub sdes: Vec<Value>,
}

/// Reads the answer's body: the object of the wire, or the list of SDEs that the SDK makes of it.
pub fn read(body: &Value) -> Profile {
    let mut profile = Profile::default();
    if let Value::Array(sdes) = body {
        for sde in sdes {
            profile.add_sde(sde);
        }
    } else {
        for name in [
            "firstName",
            "lastName",
            "userId",
            "role",
            "description",
            "acr",
        ] {
            if let Some(value) = word(body, name) {
                profile.fact(name, &value);
            }
        }
        if let Some(Value::Object(private)) = body.get("privateData") {
            for (name, value) in private {
                profile.rows(name, value, 1);
            }
        }
        if let Some(issuer) = body.get("claims").and_then(|claims| word(claims, "iss")) {
            profile.fact("iss", &issuer);
        }
        for holder in ["claims", "authenticatedData"] {
            let sdes = body.get(holder).and_then(|held| held.get("lp_sdes"));
            let sdes = sdes.and_then(Value::as_array);
            for sde in sdes.into_iter().flatten() {
                profile.add_sde(sde);
            }
        }
    }
    profile.name = name(body, &profile.sdes);
    profile
}

fn name(body: &Value, sdes: &[Value]) -> SafeText {
    let joined = |first: Option<String>, last: Option<String>| {
        let words: Vec<String> = first.into_iter().chain(last).collect();
        let name = words.join(" ");
        (!name.trim().is_empty()).then(|| cut(name.trim()))
    };
    let mut personal = sdes.iter().filter_map(|sde| sde.get("personal"));
    joined(word(body, "firstName"), word(body, "lastName"))
        .or_else(|| personal.find_map(|one| joined(word(one, "firstname"), word(one, "lastname"))))
        .unwrap_or_default()
}

impl Profile {
    fn add_sde(&mut self, sde: &Value) {
        if self.sdes.len() >= MOST_SDES || sde.to_string().len() > LONGEST_SDE {
            return;
        }
        self.sdes.push(sde.clone());
        let kind = word(sde, "type").unwrap_or_else(|| "sde".to_owned());
        let Value::Object(members) = sde else {
            return;
        };
        for (name, value) in members {
            // What an SDE tells lies in a member of its own: `info`, `personal`, `lead` …
            if value.is_object() || value.is_array() {
                self.rows(&kind, value, 0);
            } else if name != "type" {
                self.rows(&format!("{kind}.{name}"), value, 0);
            }
        }
    }

    /// The leaves of a value, each under the names that lead to it. Deeper than a few levels
    /// nobody reads a row.
    fn rows(&mut self, path: &str, value: &Value, depth: u8) {
        match value {
            Value::Null => {}
            Value::Object(members) if depth < 4 => {
                for (name, member) in members {
                    self.rows(&format!("{path}.{name}"), member, depth + 1);
                }
            }
            Value::Array(elements) if depth < 4 => {
                for (at, element) in elements.iter().enumerate() {
                    let path = if elements.len() == 1 {
                        path.to_owned()
                    } else {
                        format!("{path}.{}", at + 1)
                    };
                    self.rows(&path, element, depth + 1);
                }
            }
            Value::String(text) => self.fact(path, text),
            other => self.fact(path, &other.to_string()),
        }
    }

    fn fact(&mut self, name: &str, value: &str) {
        if !value.is_empty() && self.facts.len() < MOST_FACTS {
            self.facts.push((cut(name), cut(value)));
        }
    }
}

fn cut(words: &str) -> SafeText {
    let short: String = words.chars().take(LONGEST_VALUE).collect();
    SafeText::clean(&short)
}
