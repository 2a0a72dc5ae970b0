//! Holds structured content to the member rules of `rich-content` 3 to 6, which stand
//! as a table in `tests/fixtures/wire/structured_content.toml`.

use serde_json::{Map, Value};
use toml::Table;

/// The table of rules.
pub(crate) struct Schema(Table);

impl Schema {
    pub(crate) fn load() -> Self {
        let path = "/tests/fixtures/wire/structured_content.toml";
        let text = std::fs::read_to_string(format!("{}{path}", env!("CARGO_MANIFEST_DIR")));
        Self(text.unwrap().parse().unwrap())
    }

    /// Everything about an event and its metadata that breaks a rule.
    pub(crate) fn faults(&self, event: &Value, metadata: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(content) = event.get("content") {
            self.object(content, &["$root"], "content", &mut faults);
        }
        if let Some(replies) = event.get("quickReplies") {
            self.object(replies, &["quickReplies"], "quickReplies", &mut faults);
        }
        self.value(metadata, &["metadata"], "metadata", &mut faults);
        faults
    }

    /// An object of one of these sorts.
    fn object(&self, found: &Value, sorts: &[&str], at: &str, faults: &mut Vec<String>) {
        let Some(members) = found.as_object() else {
            faults.push(format!("{at}: {found} is no object"));
            return;
        };
        if let [sort] = sorts
            && let Some(rules) = self.0["untyped"].get(sort)
        {
            self.members(members, rules.as_table().unwrap(), at, faults);
            return;
        }
        let sort = members.get("type").and_then(Value::as_str).unwrap_or("");
        match self.0["typed"].get(sort) {
            Some(rules) if self.sorts(sorts).contains(&sort) => {
                let at = format!("{at}.{sort}");
                self.members(members, rules.as_table().unwrap(), &at, faults);
            }
            _ => faults.push(format!("{at}: type {sort:?} cannot stand here")),
        }
    }

    /// Names of sorts with the groups among them spelled out.
    fn sorts<'a>(&'a self, names: &[&'a str]) -> Vec<&'a str> {
        let one = |name: &&'a str| match name.strip_prefix('$') {
            Some(group) => {
                let group = self.0["groups"][group].as_str().unwrap();
                self.sorts(&group.split(' ').collect::<Vec<_>>())
            }
            None => vec![*name],
        };
        names.iter().flat_map(one).collect()
    }

    fn members(
        &self,
        members: &Map<String, Value>,
        rules: &Table,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for (name, rule) in rules {
            let is_required = rule
                .as_str()
                .is_some_and(|rule| rule.starts_with("required "));
            if is_required && !members.contains_key(name) {
                faults.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, found) in members {
            let common = rules.get("common").and_then(|_| self.0["common"].get(name));
            let rule = rules.get(name).or(common).and_then(toml::Value::as_str);
            match rule {
                Some(rule) => {
                    let rule = rule.strip_prefix("required ").unwrap_or(rule);
                    let words: Vec<&str> = rule.split(' ').collect();
                    self.value(found, &words, &format!("{at}.{name}"), faults);
                }
                None if name == "type" => {}
                None => faults.push(format!("{at}: {name} is not known")),
            }
        }
    }

    fn value(&self, found: &Value, rule: &[&str], at: &str, faults: &mut Vec<String>) {
        let list = found.as_array();
        let all = |fits: &dyn Fn(&Value) -> bool| list.is_some_and(|list| list.iter().all(fits));
        let number = |word: &str| word.parse::<u64>().unwrap();
        let within =
            |count: u64, least: &str, most: &str| (number(least)..=number(most)).contains(&count);
        let length = list.map_or(0, |list| list.len() as u64);
        let fits = match rule {
            ["text", most] => is_text(found, number(most)),
            ["texts", least, most, longest] => {
                within(length, least, most) && all(&|one| is_text(one, number(longest)))
            }
            ["one", names @ ..] => found.as_str().is_some_and(|name| names.contains(&name)),
            ["flag"] => found.is_boolean(),
            ["number"] => found.is_number(),
            ["numbers"] => all(&Value::is_number),
            ["whole", least, most] => found.as_u64().is_some_and(|n| within(n, least, most)),
            ["free"] => found.as_object().is_some_and(|members| members.len() <= 10),
            ["metadata"] => all(&is_metadata),
            ["object", sort] => return self.object(found, &[*sort], at, faults),
            ["objects", least, most, sorts @ ..] => {
                for (index, one) in list.into_iter().flatten().enumerate() {
                    self.object(one, sorts, &format!("{at}[{index}]"), faults);
                }
                list.is_some() && within(length, least, most)
            }
            ["parts", order @ ..] => return self.parts(found, order, at, faults),
            _ => panic!("{at}: no rule {rule:?}"),
        };
        if !fits {
            faults.push(format!("{at}: {found} does not fit"));
        }
    }

    fn parts(&self, found: &Value, order: &[&str], at: &str, faults: &mut Vec<String>) {
        let mut list = found.as_array().into_iter().flatten().peekable();
        for sort in order {
            let name = sort.trim_end_matches('?');
            match list.next_if(|one| one["type"] == name) {
                Some(found) => self.object(found, &[name], at, faults),
                None if sort.ends_with('?') => {}
                None => faults.push(format!("{at}: no {name} at its place")),
            }
        }
        for more in list {
            faults.push(format!("{at}: {more} is too much"));
        }
    }
}

fn is_text(value: &Value, most: u64) -> bool {
    let text = value.as_str();
    text.is_some_and(|text| text.chars().count() as u64 <= most)
}

fn is_metadata(entry: &Value) -> bool {
    let id = entry["id"].as_str();
    match entry["type"].as_str() {
        Some("ExternalId") => id.is_some_and(|id| id.chars().count() <= 64),
        Some(_) => true,
        None => false,
    }
}

#[test]
fn the_example_of_the_reference_has_no_faults_and_broken_ones_have() {
    use serde_json::json;
    let schema = Schema::load();
    let good = json!({ "type": "vertical", "tag": "generic", "elements": [
        { "type": "image", "url": "https://cdn.shop.test/blue.jpg", "caption": "Blue mug", "tooltip": "mug",
          "click": { "actions": [ { "type": "link", "name": "Details", "uri": "https://shop.test/mug" } ] } },
        { "type": "button", "title": "Add", "click": { "metadata": [ { "type": "ExternalId", "id": "add-blue" } ],
          "actions": [ { "type": "publishText", "text": "Add the blue mug" } ] } } ] });
    let of = |content: &Value| schema.faults(&json!({ "content": content }), &json!([]));
    assert_eq!(of(&good), Vec::<String>::new());
    let long = "x".repeat(129);
    let button =
        |action: Value| json!({ "type": "button", "title": "a", "click": { "actions": [action] } });
    for bad in [
        json!({ "type": "hologram" }),
        json!({ "type": "text" }),
        json!({ "type": "text", "text": "a", "glow": true }),
        json!({ "type": "button", "title": long }),
        json!({ "type": "carousel", "elements": [{ "type": "text", "text": "alone" }] }),
        json!({ "type": "carouselSelect", "elements": [{ "type": "text", "text": "a" }] }),
        json!({ "type": "vertical", "elements": [{ "type": "map", "la": "51", "lo": 0 }] }),
        json!({ "type": "list", "elements": [{ "type": "text", "text": "a" }] }),
        button(json!({ "type": "datePicker", "class": "triple" })),
        button(json!({ "type": "checked", "publishText": "a" })),
        json!({ "type": "button", "title": "a", "click": { "metadata": [{ "id": "untyped" }] } }),
    ] {
        assert_ne!(of(&bad), Vec::<String>::new(), "{bad}");
    }
}
