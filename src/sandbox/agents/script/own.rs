//! An agent script of the user's own, in the format of `assets/riley.toml`: read whole, and
//! everything that is wrong with it told at once, each with its line and column.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use crate::{
    domain::similar::closest,
    sandbox::{
        agents::{
            pictures::{PICTURES, Picture},
            rich,
            script::{Button, Line, PLACEHOLDERS, Rule, Script},
        },
        error::ScriptFaults,
        model::roster,
        settings::ScriptFile,
    },
};

const KEYS: [&str; 13] = [
    "name",
    "supervisor",
    "greeting",
    "returned",
    "relieved",
    "calling",
    "lost",
    "tapped",
    "tapped_silently",
    "picture",
    "rated",
    "unrated",
    "rule",
];

const RULE_KEYS: [&str; 9] = [
    "name",
    "words",
    "clicks",
    "digits",
    "after",
    "say",
    "one_at_a_time",
    "interrupts",
    "examples",
];

/// Reads a script; what it does not say, but for the greeting and the lines of an agent at a loss,
/// is as in `usual`.
pub(super) fn read(file: &ScriptFile, usual: Script) -> Result<Script, ScriptFaults> {
    let mut reader = Reader {
        text: &file.text,
        faults: Vec::new(),
        buttons: BTreeSet::new(),
    };
    let script = reader.script(usual);
    let mut faults = reader.faults;
    if faults.is_empty() {
        return Ok(script);
    }
    faults.sort();
    faults.dedup();
    let placed = faults.into_iter().map(|(at, reason)| {
        let (line, column) = place(&file.text, at);
        (line, column, reason)
    });
    Err(ScriptFaults {
        file: file.name.clone(),
        faults: placed.collect(),
    })
}

fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rsplit('\n').next().unwrap_or("");
    (before.matches('\n').count() + 1, start.chars().count() + 1)
}

struct Reader<'a> {
    text: &'a str,
    /// Where something is wrong, and what.
    faults: Vec<(usize, String)>,
    /// The ids of the buttons that the agent shows.
    buttons: BTreeSet<String>,
}

/// A rule, and where its parts stand that refer to others.
struct ReadRule {
    rule: Rule,
    at: usize,
    name: usize,
    after: usize,
    examples: Vec<Spanned<String>>,
    /// It says what calls for it, be it with a fault.
    is_called: bool,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl<'a> Reader<'a> {
    fn fault(&mut self, at: usize, reason: impl Into<String>) {
        self.faults.push((at, reason.into()));
    }

    fn script(&mut self, usual: Script) -> Script {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.fault_of(&error, 0, "");
        }
        if !self.faults.is_empty() {
            return usual;
        }
        let mut script = usual;
        script.rules.clear();
        let mut rules = Vec::new();
        let mut given = BTreeSet::new();
        for (key, value) in table.into_inner() {
            let (at, key) = (key.span().start, key.into_inner());
            given.insert(key.to_string());
            match key.as_ref() {
                "name" => self.name(&key, value, &mut script.name),
                "supervisor" => self.name(&key, value, &mut script.supervisor),
                "rule" => rules = self.rules(value),
                name => match list(&mut script, name) {
                    Some(list) => *list = self.lines(name, value),
                    None => self.unknown(at, name, &KEYS),
                },
            }
        }
        for (needed, what) in [
            ("greeting", "what the agent says first"),
            ("lost", "what the agent says to what no rule is for"),
        ] {
            if !given.contains(needed) {
                self.fault(
                    0,
                    format!("`{needed}` is missing: {what}, as in {needed} = [{{ text = \"…\" }}]"),
                );
            }
        }
        self.check_rules(&rules);
        let examples = rules
            .iter_mut()
            .map(|one| std::mem::take(&mut one.examples));
        let examples: Vec<_> = examples.collect();
        script.rules = rules.into_iter().map(|one| one.rule).collect();
        self.check_examples(&script, &examples);
        script
    }

    fn name(&mut self, key: &str, value: Value<'a>, name: &mut String) {
        let at = value.span().start;
        match self.get::<String>(key, value) {
            Some(text) if text.trim().is_empty() => {
                self.fault(
                    at,
                    format!("`{key}` is empty; write what the person is called"),
                );
            }
            Some(text) => text.trim().clone_into(name),
            None => {}
        }
    }

    /// A value of a type; a fault tells its key.
    fn get<T: DeserializeOwned>(&mut self, key: &str, value: Value<'a>) -> Option<T> {
        let at = value.span().start;
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault_of(&error, at, key);
                None
            }
        }
    }

    fn fault_of(&mut self, error: &toml::de::Error, usual: usize, key: &str) {
        let at = error.span().map_or(usual, |span| span.start);
        let message = error.message().trim().replace('\n', "; ");
        // What serde does not know, it names with all it knows: unknown field `a`, expected `b`.
        if message.starts_with("unknown ") {
            let mut names = message.split('`').skip(1).step_by(2);
            if let Some(written) = names.next() {
                let written = written.to_owned();
                let known: Vec<String> = names.map(str::to_owned).collect();
                self.unknown(
                    at,
                    &written,
                    &known.iter().map(String::as_str).collect::<Vec<_>>(),
                );
                return;
            }
        }
        let of = if key.is_empty() {
            String::new()
        } else {
            format!("`{key}`: ")
        };
        self.fault(at, format!("{of}{message}"));
    }

    fn unknown(&mut self, at: usize, written: &str, known: &[&str]) {
        let hint = match closest(written, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it can be {}", known.join(", ")),
        };
        self.fault(
            at,
            format!("there is no `{}` here; {hint}", written.escape_debug()),
        );
    }

    fn lines(&mut self, key: &str, value: Value<'a>) -> Vec<Line> {
        let at = value.span().start;
        let DeValue::Array(lines) = value.into_inner() else {
            let example = format!("{key} = [{{ text = \"…\" }}]");
            self.fault(at, format!("`{key}` is a list of lines, as in {example}"));
            return Vec::new();
        };
        let lines = lines.into_iter().map(|line| {
            let at = line.span().start;
            let line = self.get::<Line>(key, line)?;
            self.check_line(at, &line);
            Some(line)
        });
        lines.flatten().collect()
    }

    fn rules(&mut self, value: Value<'a>) -> Vec<ReadRule> {
        let at = value.span().start;
        let DeValue::Array(rules) = value.into_inner() else {
            self.fault(at, "a rule begins with [[rule]], in two brackets");
            return Vec::new();
        };
        rules
            .into_iter()
            .filter_map(|rule| self.rule(rule))
            .collect()
    }

    fn rule(&mut self, value: Value<'a>) -> Option<ReadRule> {
        let at = value.span().start;
        let DeValue::Table(table) = value.into_inner() else {
            self.fault(at, "a rule begins with [[rule]], in two brackets");
            return None;
        };
        let mut read = ReadRule {
            rule: Rule::default(),
            at,
            name: at,
            after: at,
            examples: Vec::new(),
            is_called: false,
        };
        let rule = &mut read.rule;
        let mut says = false;
        for (key, value) in table {
            let (place, key) = (key.span().start, key.into_inner());
            read.is_called |= matches!(key.as_ref(), "words" | "clicks" | "digits");
            match key.as_ref() {
                "name" => {
                    read.name = value.span().start;
                    rule.name = self.get(&key, value).unwrap_or_default();
                }
                "words" => rule.words = self.get(&key, value).unwrap_or_default(),
                "clicks" => rule.clicks = self.get(&key, value).unwrap_or_default(),
                "digits" => rule.digits = self.get(&key, value),
                "after" => {
                    read.after = value.span().start;
                    rule.after = self.get(&key, value);
                }
                "one_at_a_time" => rule.one_at_a_time = self.get(&key, value).unwrap_or_default(),
                "interrupts" => rule.interrupts = self.get(&key, value).unwrap_or_default(),
                "examples" => read.examples = self.get(&key, value).unwrap_or_default(),
                "say" => {
                    says = true;
                    rule.say = self.lines(&key, value);
                }
                name => self.unknown(place, name, &RULE_KEYS),
            }
        }
        if rule.name.trim().is_empty() {
            self.fault(
                read.name,
                "this rule has no name; give it one, as in name = \"hours\"",
            );
        }
        if !says {
            self.fault(
                at,
                "this rule says nothing; give it lines, as in say = [{ text = \"…\" }]",
            );
        }
        Some(read)
    }

    fn check_line(&mut self, at: usize, line: &Line) {
        let buttons: &[Button] = match line {
            Line::Ask { replies, .. } => replies,
            Line::Card { buttons, .. } => buttons,
            _ => &[],
        };
        self.buttons
            .extend(buttons.iter().map(|button| button.id.clone()));
        match line {
            Line::Rich(name) if !rich::names().any(|known| known == name) => {
                self.unknown(at, name, &rich::names().collect::<Vec<_>>());
            }
            Line::Picture { name, .. } if Picture::named(name).is_none() => {
                self.unknown(
                    at,
                    name,
                    &PICTURES.iter().map(|one| one.name).collect::<Vec<_>>(),
                );
            }
            Line::Transfer(skill) if roster::skill(skill).is_none() => {
                self.unknown(
                    at,
                    skill,
                    &roster::SKILLS
                        .iter()
                        .map(|one| one.name)
                        .collect::<Vec<_>>(),
                );
            }
            Line::HandTo(name) => {
                let known = [
                    "{agent}",
                    roster::RILEY,
                    roster::SAM,
                    roster::KIM,
                    roster::MORGAN,
                ];
                if !known.contains(&name.as_str()) {
                    self.unknown(at, name, &known);
                }
            }
            _ => {}
        }
        line.clone().for_each_text(&mut |text| {
            let names = text
                .split('{')
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('}')?.0));
            let odd = names.filter(|name| {
                !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    && !PLACEHOLDERS.contains(name)
            });
            let odd: Vec<String> = odd.map(str::to_owned).collect();
            for name in odd {
                self.unknown(at, &name, &PLACEHOLDERS);
            }
        });
    }

    fn check_rules(&mut self, rules: &[ReadRule]) {
        for (number, read) in rules.iter().enumerate() {
            let rule = &read.rule;
            let before = rules.iter().take(number);
            if !rule.name.is_empty() && before.clone().any(|one| one.rule.name == rule.name) {
                self.fault(
                    read.name,
                    format!(
                        "there is a rule {:?} already; give this one another name",
                        rule.name
                    ),
                );
            }
            if let Some(after) = &rule.after
                && !rules.iter().any(|one| one.rule.name == *after)
            {
                let known: Vec<&str> = rules.iter().map(|one| one.rule.name.as_str()).collect();
                self.unknown(read.after, after, &known);
            }
            if !read.is_called && !self.buttons.contains(&rule.name) {
                self.fault(
                    read.at,
                    "nothing calls for this rule; give it words, digits or clicks, or a button whose id is its name",
                );
            }
        }
    }

    /// Every example of a rule calls for that rule.
    fn check_examples(&mut self, script: &Script, examples: &[Vec<Spanned<String>>]) {
        for (rule, examples) in script.rules.iter().zip(examples) {
            for example in examples {
                let found = script.find_words(example.get_ref(), rule.after.as_deref());
                let found = found.map(|found| found.name.as_str());
                if found != Some(rule.name.as_str()) {
                    let instead = match found {
                        Some(other) => format!("it calls for the rule {other:?}"),
                        None => "it calls for no rule".to_owned(),
                    };
                    let at = example.span().start;
                    self.fault(
                        at,
                        format!("this example does not call for its rule: {instead}"),
                    );
                }
            }
        }
    }
}

/// The list of lines with this key.
fn list<'s>(script: &'s mut Script, key: &str) -> Option<&'s mut Vec<Line>> {
    Some(match key {
        "greeting" => &mut script.greeting,
        "returned" => &mut script.returned,
        "relieved" => &mut script.relieved,
        "calling" => &mut script.calling,
        "lost" => &mut script.lost,
        "tapped" => &mut script.tapped,
        "tapped_silently" => &mut script.tapped_silently,
        "picture" => &mut script.picture,
        "rated" => &mut script.rated,
        "unrated" => &mut script.unrated,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
