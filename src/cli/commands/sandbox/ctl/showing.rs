//! An answer as lines for people: a member a line, and of a list an entry a line.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::domain::json::harmless;

/// The answer in lines. Texts are written as JSON has them wherever they hold more than letters,
/// so that nothing of what consumers wrote moves the cursor.
pub(super) fn lines(answer: &Value) -> String {
    let Value::Object(members) = answer else {
        return word(answer);
    };
    let mut text = String::new();
    // Writing to a String cannot fail.
    for (name, value) in members {
        let name = word(&Value::from(name.as_str()));
        match value {
            Value::Array(entries) if entries.iter().any(Value::is_object) => {
                let _ = writeln!(text, "{name}:");
                for entry in entries {
                    let _ = writeln!(text, "  {}", row(entry));
                }
            }
            Value::Array(entries) if entries.is_empty() => {
                let _ = writeln!(text, "{name}: none");
            }
            value => {
                let _ = writeln!(text, "{name}: {}", word(value));
            }
        }
    }
    text
}

fn row(entry: &Value) -> String {
    match entry {
        Value::Object(members) => pairs(members),
        other => word(other),
    }
}

fn pairs(members: &Map<String, Value>) -> String {
    let told = members.iter().filter(|(_, value)| !value.is_null());
    told.map(|(name, value)| format!("{}={}", word(&Value::from(name.as_str())), word(value)))
        .collect::<Vec<_>>()
        .join("  ")
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Object(members)
            if members
                .values()
                .all(|value| !value.is_object() && !value.is_array()) =>
        {
            pairs(members)
        }
        other => harmless(&other.to_string()).into_owned(),
    }
}

fn is_plain(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_graphic() && letter != '"';
    !text.is_empty() && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_lines_and_texts_move_no_cursor() {
        let answer = json!({ "now": 7, "a\u{9b}b": 1, "open": { "all": 2 }, "list": [
            { "id": "a", "text": "x\u{1b}[2J\u{9b}2J\u{7f}\u{202e}", "none": null } ], "no": [] });
        let expected = "now: 7\n\"a\\u009bb\": 1\nopen: all=2\nlist:\n  id=a  text=\"x\\u001b[2J\\u009b2J\\u007f\\u202e\"\nno: none\n";
        assert_eq!(lines(&answer), expected);
    }
}
