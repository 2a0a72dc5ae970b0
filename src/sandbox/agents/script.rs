//! What Riley can say, read from `assets/riley.toml`, and which words make Riley say it.

mod own;

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::{agents::rich::Rich, error::Error, model::roster, settings::Settings};

const LINES: &str = include_str!("../../../assets/riley.toml");

/// What may stand in braces in a line: what is known at the start, and what the consumer did.
const PLACEHOLDERS: [&str; 8] = [
    "agent",
    "brand",
    "supervisor",
    "text",
    "click",
    "kind",
    "size",
    "stars",
];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// What the agent is called on the screen; `{agent}` stands for it.
    #[serde(default = "riley")]
    pub name: String,
    pub greeting: Vec<Line>,
    /// Said on taking a conversation that was given away before.
    pub returned: Vec<Line>,
    /// Said on giving a conversation to the agent who is there for it now.
    pub relieved: Vec<Line>,
    /// Said in a conversation that Riley began.
    pub calling: Vec<Line>,
    pub lost: Vec<Line>,
    /// Said to words written by a click on structured content; `{click}` stands for its
    /// `ExternalId`.
    pub tapped: Vec<Line>,
    /// Said to such a click when no words come with it.
    pub tapped_silently: Vec<Line>,
    /// Said to a picture; `{kind}` and `{size}` stand for what it is.
    pub picture: Vec<Line>,
    /// Said to a rating; `{stars}` stands for it.
    pub rated: Vec<Line>,
    /// Said when the consumer skips the rating, or says only whether the matter is settled.
    pub unrated: Vec<Line>,
    /// The name of the supervisor Riley can call in; its PID is made from it.
    pub supervisor: String,
    /// What fits what, the first that does wins.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
    /// What structured content can be shown; the built-in agents share it.
    #[serde(skip)]
    pub rich: Arc<Rich>,
}

/// Some words and what is said to them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Its name, by which other rules refer to it; a button with this id calls for it.
    pub name: String,
    /// Words and phrases that call for it.
    #[serde(default)]
    pub words: Vec<String>,
    /// Ids of more buttons that call for it.
    #[serde(default)]
    pub clicks: Vec<String>,
    /// Any message with at least this many digits in a row calls for it.
    #[serde(default)]
    pub digits: Option<usize>,
    /// It only fits right after the rule of this name.
    #[serde(default)]
    pub after: Option<String>,
    pub say: Vec<Line>,
    /// Whether one of the lines is said, each in its turn, instead of all.
    #[serde(default)]
    pub one_at_a_time: bool,
    /// Whether it ends the answer in the making instead of waiting for its turn.
    #[serde(default)]
    pub interrupts: bool,
    /// Inputs that call for this rule; a test holds it to them.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Line {
    /// Plain text; `{text}` stands for what the consumer wrote.
    Text(String),
    Ask {
        text: String,
        replies: Vec<Button>,
    },
    Card {
        title: String,
        text: String,
        buttons: Vec<Button>,
    },
    /// The structured content of this name.
    Rich(String),
    /// A picture, with a text under it.
    Picture {
        /// Its name, see [`Picture::named`](crate::sandbox::agents::pictures::Picture::named).
        name: String,
        caption: Option<String>,
    },
    /// All structured content there is, one after the other.
    Everything,
    /// So many numbered messages as fast as they are taken, or as many as the consumer says.
    Flood(u32),
    Note(String),
    /// Types for this many milliseconds and says nothing.
    Type(u64),
    /// Stops in the middle of typing for this many milliseconds.
    Hesitate(u64),
    /// Says nothing for this many milliseconds, and drops the rest when spoken to meanwhile.
    Silence(u64),
    /// The supervisor joins and says this.
    Join(String),
    /// The supervisor says this and leaves.
    Leave(String),
    /// Hands the conversation to the agents of the skill of this name.
    Transfer(String),
    /// Hands the conversation to the agent of this name.
    HandTo(String),
    /// Gives the conversation back to the queue.
    Queue,
    /// Closes the conversation and begins a new one after this many milliseconds.
    CallLater(u64),
    /// Closes the MAIN dialog, after which a survey may follow.
    Close,
}

/// One button, which writes for the consumer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Button {
    pub title: String,
    pub text: String,
    /// Its `ExternalId`.
    pub id: String,
}

fn riley() -> String {
    roster::RILEY.to_owned()
}

impl Script {
    /// The script of a sandbox: the user's own, else the built-in one.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Error> {
        let built_in = Self::built_in()?;
        let script = match &settings.script {
            Some(file) => own::read(file, built_in)?,
            None => built_in,
        };
        script.of_brand(&settings.brand)
    }

    /// Riley's script of the usual brand.
    #[cfg(test)]
    pub(crate) fn load() -> Result<Self, Error> {
        Self::built_in()?.of_brand(Settings::BRAND)
    }

    /// Riley's script, of no brand yet.
    fn built_in() -> Result<Self, Error> {
        toml::from_str(LINES).map_err(Error::Script)
    }

    /// Puts the names of the brand and of its people into all that is said and shown.
    fn of_brand(mut self, brand: &str) -> Result<Self, Error> {
        let names = [
            ("{agent}", self.name.clone()),
            ("{supervisor}", self.supervisor.clone()),
            ("{brand}", brand.to_owned()),
        ];
        let mut put = |text: &mut String| {
            for (place, name) in &names {
                if text.contains(place) {
                    *text = text.replace(place, name);
                }
            }
        };
        let lists = [
            &mut self.greeting,
            &mut self.returned,
            &mut self.relieved,
            &mut self.calling,
            &mut self.lost,
            &mut self.tapped,
            &mut self.tapped_silently,
            &mut self.picture,
            &mut self.rated,
            &mut self.unrated,
        ];
        let said = self.rules.iter_mut().map(|rule| &mut rule.say);
        for line in lists.into_iter().chain(said).flatten() {
            line.for_each_text(&mut put);
            // The agent is known by the same id, whatever it is called.
            if let Line::HandTo(name) = line
                && *name == self.name
            {
                *name = riley();
            }
        }
        for rule in &mut self.rules {
            rule.words
                .iter_mut()
                .chain(&mut rule.examples)
                .for_each(&mut put);
        }
        self.rich = Arc::new(Rich::load(brand)?);
        Ok(self)
    }

    /// The same with the pictures of its cards at a sandbox, whose address `base` is.
    pub(crate) fn with_pictures_at(mut self, base: &str) -> Self {
        Arc::make_mut(&mut self.rich).point_images(base);
        self
    }

    /// The rule a button calls for by its id; `topic` is the rule that was used last.
    pub(crate) fn find_click(&self, click: &str, topic: Option<&str>) -> Option<&Rule> {
        self.rules
            .iter()
            .filter(|rule| rule.is_at_hand(topic))
            .find(|rule| rule.name == click || rule.clicks.iter().any(|id| id == click))
    }

    pub(crate) fn find_words(&self, text: &str, topic: Option<&str>) -> Option<&Rule> {
        let words = folded(text);
        // What follows on the last topic is tried before what could be said at any time.
        let (follow, free): (Vec<_>, Vec<_>) = self
            .rules
            .iter()
            .filter(|rule| rule.is_at_hand(topic))
            .partition(|rule| rule.after.is_some());
        follow
            .into_iter()
            .chain(free)
            .find(|rule| rule.fits(&words))
    }
}

impl Line {
    /// Everything in it that is said, or names somebody.
    fn for_each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Text(text)
            | Self::Note(text)
            | Self::Join(text)
            | Self::Leave(text)
            | Self::HandTo(text) => change(text),
            Self::Ask { text, replies } => {
                change(text);
                for button in replies {
                    button.for_each_text(change);
                }
            }
            Self::Card {
                title,
                text,
                buttons,
            } => {
                change(title);
                change(text);
                for button in buttons {
                    button.for_each_text(change);
                }
            }
            Self::Picture { caption, .. } => caption.iter_mut().for_each(change),
            Self::Rich(_)
            | Self::Everything
            | Self::Flood(_)
            | Self::Type(_)
            | Self::Hesitate(_)
            | Self::Silence(_)
            | Self::Transfer(_)
            | Self::Queue
            | Self::CallLater(_)
            | Self::Close => {}
        }
    }
}

impl Rule {
    fn is_at_hand(&self, topic: Option<&str>) -> bool {
        self.after.is_none() || self.after.as_deref() == topic
    }

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
    fn for_each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        change(&mut self.title);
        change(&mut self.text);
    }

    /// The button as `rich-content` 4 and 5 have it.
    pub(crate) fn to_wire(&self) -> Value {
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
