//! The structured content Riley can show, one file under `assets/rich` for each
//! piece, as the `event` and `metadata` of a publish request.
//!
//! A file is exact to `rich-content` 3 to 6 unless its purpose is to break them;
//! a test holds each of them to it.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::{
    error::Error,
    model::{dialog::Audience, publication::Publication, publish::Message},
};

macro_rules! pieces {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/rich/", $name, ".json")))),*]
    };
}

/// Every piece, in the order in which everything is shown.
const PIECES: &[(&str, &str)] = pieces![
    "text",
    "image",
    "buttons",
    "map",
    "link-preview",
    "template",
    "pairs",
    "vertical",
    "horizontal",
    "carousel",
    "choose-one",
    "choose-several",
    "accordion",
    "tabs",
    "checklist",
    "date",
    "date-range",
    "slots",
    "cart",
    "custom",
    "replies",
    "replies-24",
    "nested",
    "rtl",
    "form",
    "unknown",
    "hostile",
    "hostile-replies",
    "storm",
];

/// All pieces, read.
#[derive(Debug, Clone, Default)]
pub struct Rich {
    pieces: Vec<(&'static str, Message)>,
    /// The `ExternalId`s of everything that can be clicked.
    clicks: HashSet<String>,
}

/// A file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Piece {
    event: Event,
    metadata: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", deny_unknown_fields, rename_all_fields = "camelCase")]
enum Event {
    ContentEvent {
        content_type: String,
        message: Value,
        quick_replies: Option<Value>,
    },
    RichContentEvent {
        content: Value,
        quick_replies: Option<Value>,
    },
}

impl Rich {
    /// Reads the files, which are part of the program.
    pub fn load() -> Result<Self, Error> {
        let mut rich = Self::default();
        for (name, text) in PIECES {
            let piece: Piece =
                serde_json::from_str(text).map_err(|cause| Error::Rich { name, cause })?;
            let message = Message {
                publication: piece.event.into_publication(),
                metadata: piece.metadata.map(Into::into),
                audience: Audience::All,
            };
            collect_ids(&message.publication.to_wire(), &mut rich.clicks);
            rich.pieces.push((name, message));
        }
        Ok(rich)
    }

    /// The piece of this name.
    pub fn get(&self, name: &str) -> Option<&Message> {
        self.all()
            .find_map(|(known, message)| (known == name).then_some(message))
    }

    /// All pieces with their names, in the order in which to show them.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Message)> {
        self.pieces.iter().map(|(name, message)| (*name, message))
    }

    /// Whether something with this `ExternalId` can be clicked in one of them.
    pub fn has_click(&self, id: &str) -> bool {
        self.clicks.contains(id)
    }
}

impl Event {
    fn into_publication(self) -> Publication {
        match self {
            Self::RichContentEvent {
                content,
                quick_replies,
            } => Publication::Rich {
                content,
                quick_replies,
            },
            Self::ContentEvent {
                message: Value::String(message),
                quick_replies,
                ..
            } => Publication::Text {
                message,
                quick_replies,
            },
            Self::ContentEvent {
                content_type,
                message,
                ..
            } => Publication::Other {
                content_type,
                message,
            },
        }
    }
}

fn collect_ids(value: &Value, ids: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            if members.get("type").and_then(Value::as_str) == Some("ExternalId")
                && let Some(id) = members.get("id").and_then(Value::as_str)
            {
                ids.insert(id.to_owned());
            }
            for member in members.values() {
                collect_ids(member, ids);
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                collect_ids(entry, ids);
            }
        }
        _ => {}
    }
}
