//! What agents have at hand in a run: the canned replies, and cards in files beside the scenario.

use std::path::Path;

use serde_json::Value;

use crate::{
    config::{cards, library::Library},
    domain::{similar::did_you_mean, workspace::command::Message},
    runner::world::AgentLibrary,
};

/// The user's canned replies and cards, as a scenario's agents use them.
pub(crate) struct LibraryOfRun(pub(crate) Library);

impl AgentLibrary for LibraryOfRun {
    fn reply(&self, key: &str, consumer: &str, agent: &str) -> Result<String, String> {
        let mut replies = self.0.replies.iter();
        let reply = replies.find(|reply| reply.key == key).ok_or_else(|| {
            let known = self.0.replies.iter().map(|reply| reply.key.as_str());
            format!(
                "there is no canned reply {key:?}{}",
                did_you_mean(key, known)
            )
        })?;
        Ok(reply.said(consumer, agent))
    }

    fn card(&self, file: &Path) -> Result<(Message, Option<Value>), String> {
        let card = cards::read(file).map_err(|error| error.to_string())?;
        let card = card.ok_or_else(|| {
            let shown = file.display();
            format!("there is no card {shown}; name a file beside the scenario")
        })?;
        let message = match card.content {
            Some(content) => Message::Rich {
                content,
                replies: card.replies,
            },
            None => Message::Text {
                text: card.text,
                replies: card.replies,
            },
        };
        Ok((message, card.metadata))
    }
}
