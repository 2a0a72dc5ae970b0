//! JSON as clients send it, read as generously as the cloud reads it: out of range numbers, doubled
//! members, deep nesting within a bound. Metadata is kept byte for byte.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};

/// Levels of arrays and objects that are read; more are refused, so that no client can fill the stack.
const DEEPEST: usize = 160;
/// What stands for a number that is too large to be one.
const LARGEST: &str = "1.7976931348623157e308";

/// Reads what a client sent, or what was kept of it.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| {
        if depth(text) > DEEPEST {
            return Err(error);
        }
        let text = in_range(text);
        let mut reader = serde_json::Deserializer::from_str(&text);
        reader.disable_recursion_limit();
        let value = T::deserialize(&mut reader)?;
        reader.end()?;
        Ok(value)
    })
}

/// A value as JSON on one line.
pub(crate) fn print<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value)
        .expect("what the sandbox prints has text keys and finite numbers only")
}

/// The elements of a list as they stand there; `None` when it is none.
pub(crate) fn elements(text: &str) -> Result<Option<Vec<&RawValue>>, serde_json::Error> {
    let whole: &RawValue = serde_json::from_str(text)?;
    let is_list = whole.get().starts_with('[');
    is_list
        .then(|| serde_json::from_str(whole.get()))
        .transpose()
}

/// The members of a request, and its metadata as it is spelled.
pub(crate) type Members = (Map<String, Value>, Option<Metadata>);

/// The members of a request with its metadata beside them; `None` when it is no object.
pub(crate) fn request(text: &str) -> Result<Option<Members>, serde_json::Error> {
    let whole: &RawValue = serde_json::from_str(text)?;
    if !whole.get().starts_with('{') {
        return Ok(None);
    }
    let mut raw: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(whole.get())?;
    let metadata = raw.remove("metadata").map(|raw| Metadata(raw.to_owned()));
    let mut members = Map::new();
    for (name, value) in raw {
        members.insert(name.into_owned(), read(value.get())?);
    }
    Ok(Some((members, metadata)))
}

/// The deepest nesting of brackets outside of texts.
fn depth(text: &str) -> usize {
    let (mut deepest, mut open) = (0_usize, 0_usize);
    outside_texts(text, |byte| match byte {
        b'{' | b'[' => {
            open += 1;
            deepest = deepest.max(open);
        }
        b'}' | b']' => open = open.saturating_sub(1),
        _ => {}
    });
    deepest
}

/// Shows each byte that is in no text.
fn outside_texts(text: &str, mut show: impl FnMut(u8)) {
    let (mut in_text, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if !in_text => show(byte),
            _ => {}
        }
    }
}

/// The same JSON with numbers that a double can hold.
fn in_range(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Every second part is a text, but for escaped quotes, which are in one.
    let mut in_text = false;
    let mut word = String::new();
    let mut escaped = false;
    let close = |word: &mut String, out: &mut String| {
        let is_number = word.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        match word.parse::<f64>() {
            Ok(number) if is_number && number.is_infinite() => {
                out.push_str(if number < 0.0 { "-" } else { "" });
                out.push_str(LARGEST);
            }
            _ => out.push_str(word),
        }
        word.clear();
    };
    for next in text.chars() {
        if in_text {
            in_text = escaped || next != '"';
            escaped = next == '\\' && !escaped;
            out.push(next);
        } else if next.is_ascii_alphanumeric() || "+-.".contains(next) {
            word.push(next);
        } else {
            close(&mut word, &mut out);
            in_text = next == '"';
            out.push(next);
        }
    }
    close(&mut word, &mut out);
    out
}

/// Metadata exactly as its publisher spelled it: numbers, escapes, doubled members, order, blanks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Box<RawValue>);

impl Metadata {
    /// What it says; `null` when that cannot be told.
    pub fn value(&self) -> Value {
        read(self.0.get()).unwrap_or_default()
    }

    /// Whether it is `null`, which is not the same as nothing.
    pub fn is_null(&self) -> bool {
        self.0.get() == "null"
    }

    /// Whether it is what metadata has to be.
    pub fn is_list_of_objects(&self) -> bool {
        let elements = elements(self.0.get()).unwrap_or_default();
        elements.is_some_and(|all| all.iter().all(|one| one.get().starts_with('{')))
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl From<Value> for Metadata {
    fn from(value: Value) -> Self {
        Self(
            serde_json::value::to_raw_value(&value)
                .expect("a value of JSON can always be printed as JSON"),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_odd_is_read_and_metadata_stays_as_it_was_spelled() {
        let spelled = r#"[ {"n":1.50,"n":1e400,"\u00e9":"\ud83d","o":{"b":1,"a":-0.0}} ]"#;
        let text = format!(r#"{{"a":1,"a":[1e400,-1E999,"1e400\"",7],"metadata":{spelled}}}"#);
        let (members, metadata) = request(&text).unwrap().unwrap();
        let largest = json!([f64::MAX, f64::MIN, "1e400\"", 7]);
        assert_eq!(Value::Object(members), json!({ "a": largest }));
        let metadata = metadata.unwrap();
        assert!(metadata.is_list_of_objects() && !metadata.is_null());
        assert_eq!(serde_json::to_string(&metadata).unwrap(), spelled);
        let again: Metadata = serde_json::from_str(spelled).unwrap();
        assert_eq!(again, metadata);
        for not_a_list in ["null", "7", "[7]", "{}", "[[]]"] {
            let not_a_list: Metadata = serde_json::from_str(not_a_list).unwrap();
            assert!(!not_a_list.is_list_of_objects());
        }
        assert!(request("[]").unwrap().is_none() && elements("{}").unwrap().is_none());
    }

    #[test]
    fn depth_has_a_bound_that_no_stack_feels() {
        let deep = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let done = thread.spawn(move || {
            let value: Value = read(&deep(DEEPEST)).unwrap();
            assert_eq!(value.clone().to_string(), deep(DEEPEST));
            assert!(read::<Value>(&deep(DEEPEST + 1)).is_err());
            for open in ["[", "{\"a\":"] {
                assert!(read::<Value>(&open.repeat(1024 * 1024)).is_err());
            }
            let metadata: Metadata = serde_json::from_str(&deep(100_000)).unwrap();
            assert_eq!(metadata.value(), Value::Null);
        });
        done.unwrap().join().unwrap();
    }
}
