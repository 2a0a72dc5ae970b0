//! What the survey asks, and how its questions and answers stand on the wire.
//!
//! See `webhooks` 5.2 and `rich-content` 5 and 6. Ids never change, so that a
//! survey goes on over a restart.

use serde_json::{Value, json};

use crate::sandbox::model::{publication::Publication, publish::Message};

/// Said when the survey begins.
pub(crate) const WELCOME: &str =
    "Thank you for talking to us. May we ask you three short questions?";
/// Said when it ends.
pub(crate) const GOODBYE: &str = "Thank you for your time. Goodbye!";
/// Said to what is no answer, before the question is asked again.
pub(crate) const SORRY: &str =
    "Sorry, I can only take one of the buttons. Please choose one of them.";
/// What a consumer writes to be left in peace.
pub(crate) const SKIP: &str = "skip";
/// How often a question is asked again.
pub(crate) const REPEATS: u8 = 2;

const SURVEY: &str = "survey-acme-1";
const PROVIDER: &str = "AC";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question {
    pub id: &'static str,
    text: &'static str,
    /// Id and text of each answer; none when any words will do.
    choices: &'static [(&'static str, &'static str)],
}

/// How well it went, from 1 to 5.
pub(crate) const RATING: Question = Question {
    id: "q-csat",
    text: "How satisfied are you, from 1 (not at all) to 5 (very)?",
    choices: &[
        ("a-csat-1", "1"),
        ("a-csat-2", "2"),
        ("a-csat-3", "3"),
        ("a-csat-4", "4"),
        ("a-csat-5", "5"),
    ],
};

/// Whether the matter is settled.
pub(crate) const RESOLVED: Question = Question {
    id: "q-fcr",
    text: "Was your matter settled?",
    choices: &[("a-fcr-yes", "Yes"), ("a-fcr-no", "No")],
};

pub(crate) const WORDS: Question = Question {
    id: "q-words",
    text: "What could we do better?",
    choices: &[],
};

/// All questions in the order they are asked.
pub(crate) const QUESTIONS: [Question; 3] = [RATING, RESOLVED, WORDS];

impl Question {
    /// Whether one of the answers must be chosen.
    pub(crate) fn is_choice(&self) -> bool {
        !self.choices.is_empty()
    }

    /// The question as the bot publishes it.
    pub(crate) fn to_message(self) -> Message {
        let ids: Vec<&str> = self.choices.iter().map(|(id, _)| *id).collect();
        let replies: Vec<Value> = self
            .choices
            .iter()
            .map(|(id, text)| self.button(id, text))
            .collect();
        let quick_replies = self
            .is_choice()
            .then(|| json!({ "type": "quickReplies", "itemsPerRow": 5, "replies": replies }));
        Message {
            metadata: Some(
                json!([{
                    "type": "Question",
                    "id": self.id,
                    "groupId": self.id,
                    "surveyId": SURVEY,
                    "provider": PROVIDER,
                    "replies": ids,
                }])
                .into(),
            ),
            ..Publication::Text {
                message: self.text.to_owned(),
                quick_replies,
            }
            .into()
        }
    }

    fn button(self, id: &str, text: &str) -> Value {
        json!({
            "type": "button",
            "title": text,
            "tooltip": text,
            "click": {
                "metadata": [{
                    "type": "Answer",
                    "questionId": self.id,
                    "id": id,
                    "provider": PROVIDER,
                    "surveyId": SURVEY,
                    "groupId": self.id,
                }],
                "actions": [{ "type": "publishText", "text": text }],
            },
        })
    }

    /// Which answer to this question metadata names; only their first entry counts.
    pub(crate) fn answer(self, metadata: Option<&Value>) -> Option<&'static str> {
        let first = metadata?.as_array()?.first()?;
        let is = |name: &str, value: &str| first.get(name).and_then(Value::as_str) == Some(value);
        if !is("type", "Answer") || !is("questionId", self.id) {
            return None;
        }
        let chosen = self.choices.iter().find(|(id, _)| is("id", id));
        chosen.map(|(id, _)| *id)
    }

    /// The mark on a message that is no answer.
    pub(crate) fn invalid(self) -> Value {
        json!([{
            "type": "InvalidAnswer",
            "questionId": self.id,
            "surveyId": SURVEY,
            "provider": PROVIDER,
        }])
    }
}
