//! What Riley can say, read from `assets/riley.toml`, and which words make Riley say it.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::error::Error;

const LINES: &str = include_str!("../../../assets/riley.toml");

/// Everything Riley knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Said on taking a conversation.
    pub greeting: Vec<Line>,
    /// Said when nothing fits.
    pub lost: Vec<Line>,
    /// The name of the supervisor Riley can call in; its PID is made from it.
    pub supervisor: String,
    /// What fits what, the first that does wins.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// Some words and what is said to them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, by which other rules refer to it.
    pub name: String,
    /// Words and phrases that call for it.
    #[serde(default)]
    pub words: Vec<String>,
    /// Ids of buttons that call for it.
    #[serde(default)]
    pub clicks: Vec<String>,
    /// Any message with at least this many digits in a row calls for it.
    #[serde(default)]
    pub digits: Option<usize>,
    /// It only fits right after the rule of this name.
    #[serde(default)]
    pub after: Option<String>,
    /// What is said.
    pub say: Vec<Line>,
    /// Whether one of the lines is said, each in its turn, instead of all.
    #[serde(default)]
    pub one_at_a_time: bool,
    /// Inputs that call for this rule; a test holds it to them.
    pub examples: Vec<String>,
}

/// One thing said or done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// Plain text; `{text}` stands for what the consumer wrote.
    Text(String),
    /// Plain text with buttons.
    Ask {
        /// The text.
        text: String,
        /// The buttons.
        replies: Vec<Button>,
    },
    /// Structured content.
    Card {
        /// The heading.
        title: String,
        /// What stands under it.
        text: String,
        /// The buttons.
        buttons: Vec<Button>,
    },
    /// A note between agents.
    Note(String),
    /// Types for this many milliseconds and says nothing.
    Type(u64),
    /// Stops in the middle of typing for this many milliseconds.
    Hesitate(u64),
    /// The supervisor joins and says this.
    Join(String),
    /// The supervisor says this and leaves.
    Leave(String),
    /// Closes the conversation.
    Close,
}

/// One button, which writes for the consumer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// What stands on it.
    pub title: String,
    /// What it writes.
    pub text: String,
    /// Its `ExternalId`.
    pub id: String,
}

/// What the consumer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The text.
    pub text: String,
    /// The `ExternalId` that came with it.
    pub click: Option<String>,
}

impl Script {
    /// Riley's lines.
    pub fn load() -> Result<Self, Error> {
        toml::from_str(LINES).map_err(Error::Script)
    }

    /// The rule that fits; `topic` is the rule that was used last.
    pub fn find(&self, heard: &Heard, topic: Option<&str>) -> Option<&Rule> {
        let words = folded(&heard.text);
        let at_hand = |rule: &&Rule| rule.after.is_none() || rule.after.as_deref() == topic;
        let clicked = heard.click.as_ref().and_then(|click| {
            let mut rules = self.rules.iter().filter(at_hand);
            rules.find(|rule| rule.clicks.contains(click))
        });
        // What follows on the last topic is tried before what could be said at any time.
        let (follow, free): (Vec<_>, Vec<_>) = self
            .rules
            .iter()
            .filter(at_hand)
            .partition(|rule| rule.after.is_some());
        clicked.or_else(|| {
            follow
                .into_iter()
                .chain(free)
                .find(|rule| rule.fits(&words))
        })
    }
}

impl Rule {
    fn fits(&self, words: &str) -> bool {
        let digits = self.digits.is_some_and(|least| {
            words
                .split(|c: char| !c.is_ascii_digit())
                .any(|run| run.len() >= least)
        });
        digits
            || self
                .words
                .iter()
                .any(|phrase| words.contains(&folded(phrase)))
    }
}

impl Button {
    /// The button as `rich-content` 4 and 5 have it.
    pub fn to_wire(&self) -> Value {
        json!({
            "type": "button",
            "title": self.title,
            "tooltip": self.title,
            "click": {
                "metadata": [{ "type": "ExternalId", "id": self.id }],
                "actions": [{ "type": "publishText", "text": self.text }],
            },
        })
    }
}

/// Lower case, everything but letters and digits a single blank, a blank at both
/// ends: a phrase is found only where words begin and end. Apostrophes vanish.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 2);
    folded.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            folded.push(c);
        } else if !matches!(c, '\'' | '’') && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
    folded
}
