//! A JSON value as rows of coloured pieces.

use serde_json::Value;

use crate::domain::text::SafeText;

/// What a piece of a row is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Brackets, commas, plain text.
    Plain,
    /// What matters less.
    Faint,
    /// The key of a member, the name of a header.
    Key,
    /// A value.
    Value,
    /// A heading.
    Heading,
    /// Something good.
    Good,
    /// Something bad.
    Bad,
}

/// A row before it is wrapped.
pub(crate) type Row = Vec<(Ink, String)>;

/// The rows of a value, at most so many; cleaned, one member a row.
pub(crate) fn rows(value: &Value, most: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    walk(value, 0, Vec::new(), "", most, &mut rows);
    rows
}

fn walk(value: &Value, depth: usize, mut row: Row, tail: &str, most: usize, rows: &mut Vec<Row>) {
    if rows.len() >= most {
        return;
    }
    // Whatever the depth of the value, its rows start within reach.
    let indent = |depth: usize| "  ".repeat(depth.min(12));
    let (open, close, members) = match value {
        Value::Object(members) if !members.is_empty() => ("{", "}", members.len()),
        Value::Array(values) if !values.is_empty() => ("[", "]", values.len()),
        plain => {
            row.push((Ink::Value, safe(&plain.to_string())));
            row.push((Ink::Plain, tail.to_owned()));
            rows.push(row);
            return;
        }
    };
    row.push((Ink::Plain, open.to_owned()));
    rows.push(row);
    let comma = |at: usize| if at + 1 < members { "," } else { "" };
    match value {
        Value::Object(object) => {
            for (at, (key, member)) in object.iter().enumerate() {
                let key = safe(&Value::String(key.clone()).to_string());
                let start = vec![
                    (Ink::Plain, indent(depth + 1)),
                    (Ink::Key, key),
                    (Ink::Plain, ": ".to_owned()),
                ];
                walk(member, depth + 1, start, comma(at), most, rows);
            }
        }
        Value::Array(values) => {
            for (at, member) in values.iter().enumerate() {
                let start = vec![(Ink::Plain, indent(depth + 1))];
                walk(member, depth + 1, start, comma(at), most, rows);
            }
        }
        _ => {}
    }
    if rows.len() < most {
        rows.push(vec![(
            Ink::Plain,
            format!("{}{close}{tail}", indent(depth)),
        )]);
    }
}

/// Serialized JSON escapes ASCII control characters, but neither C1 nor bidi overrides.
fn safe(json: &str) -> String {
    SafeText::clean(json).as_str().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value, most: usize) -> Vec<String> {
        rows(value, most)
            .into_iter()
            .map(|row| row.into_iter().map(|(_, text)| text).collect())
            .collect()
    }

    #[test]
    fn members_stand_one_a_row_in_their_order() {
        let value = json!({"b": [1, {}], "a": "x\u{1b}[31m\u{202e}y", "n": null});
        assert_eq!(
            text(&value, 100),
            [
                "{",
                "  \"b\": [",
                "    1,",
                "    {}",
                "  ],",
                "  \"a\": \"x\\u001b[31my\",",
                "  \"n\": null",
                "}"
            ]
        );
    }

    #[test]
    fn no_more_rows_are_made_than_wanted() {
        let value = json!((0..1000).collect::<Vec<_>>());
        assert_eq!(rows(&value, 10).len(), 10);
    }
}
