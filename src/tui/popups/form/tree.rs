//! Finding and changing values in a persona's JSON by their path, whose parts
//! are names, or places in lists.

use serde_json::{Map, Value};

/// The value at a path, if there is one.
pub(crate) fn find<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path.split('/').try_fold(tree, |at, part| match at {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        at => at.get(part),
    });
    found.filter(|value| !value.is_null())
}

/// Puts a value at a path, making what is missing on the way; `None` takes it away.
pub(crate) fn set(tree: &mut Value, path: &str, value: Option<Value>) {
    let Some((way, last)) = path.rsplit_once('/') else {
        put(tree, path, value);
        return;
    };
    let mut at = tree;
    for part in way.split('/') {
        at = enter(at, part);
    }
    let day = |value: &Value| value.get("day").is_some() && value.is_object();
    if let (Some(Value::Object(date)), Some(Value::Object(kept))) =
        (value.as_ref().filter(|value| day(value)), at.get_mut(last))
    {
        // A date of birth shares its object with the age.
        kept.extend(date.clone());
        return;
    }
    if let (None, Some(Value::Object(kept))) = (&value, at.get_mut(last))
        && kept.contains_key("age")
    {
        kept.retain(|name, _| !matches!(name.as_str(), "day" | "month" | "year"));
        return;
    }
    put(at, last, value);
}

/// The value of that name or place, an empty object when there was none.
fn enter<'a>(at: &'a mut Value, part: &str) -> &'a mut Value {
    if let Ok(place) = part.parse::<usize>() {
        if !at.is_array() {
            *at = Value::Array(Vec::new());
        }
        if let Value::Array(list) = at {
            if list.len() <= place {
                list.resize(place + 1, Value::Object(Map::new()));
            }
            return &mut list[place];
        }
    }
    if !at.is_object() && !at.is_array() {
        *at = Value::Object(Map::new());
    }
    if at.is_array() {
        return at;
    }
    &mut at[part]
}

fn put(at: &mut Value, name: &str, value: Option<Value>) {
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    if let Value::Object(members) = at {
        match value {
            Some(value) => {
                members.insert(name.to_owned(), value);
            }
            None => {
                members.shift_remove(name);
            }
        }
    }
}

/// Puts a word into a list, behind the others, or takes it out.
pub(crate) fn set_member(tree: &mut Value, path: &str, word: &str, on: bool) {
    let list = find(tree, path).and_then(Value::as_array);
    let mut list = list.cloned().unwrap_or_default();
    list.retain(|one| one != word);
    if on {
        list.push(Value::from(word));
    }
    set(tree, path, Some(Value::Array(list)));
}

/// Takes away what has become empty among the facts about the consumer and where they come from.
pub(crate) fn prune(tree: &mut Value) {
    if let Some(opening) = tree.get_mut("opening") {
        for part in ["profile", "context"] {
            if let Some(part) = opening.get_mut(part) {
                empty(part);
            }
        }
        if opening.get("context").is_some_and(is_empty) {
            put(opening, "context", None);
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn empty(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(empty);
            members.retain(|_, value| !is_empty(value));
        }
        Value::Array(list) => {
            list.iter_mut().for_each(empty);
            list.retain(|value| !is_empty(value));
        }
        _ => {}
    }
}
