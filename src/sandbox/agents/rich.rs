//! The structured content Riley can show, one file under `assets/rich` for each
//! piece, as the `event` and `metadata` of a publish request.
//!
//! A file is exact to `rich-content` 3 to 6 unless its purpose is to break them;
//! a test holds each of them to it.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::{
    agents::served,
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

#[derive(Debug, Clone, Default)]
pub(crate) struct Rich {
    pieces: Vec<(&'static str, Message)>,
    /// The `ExternalId`s of everything that can be clicked.
    clicks: HashSet<String>,
}

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

/// What the pieces are called.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PIECES.iter().map(|(name, _)| *name)
}

fn put_brand(value: &mut Value, brand: &str) {
    match value {
        Value::String(text) if text.contains("{brand}") => *text = text.replace("{brand}", brand),
        Value::Array(all) => all.iter_mut().for_each(|one| put_brand(one, brand)),
        Value::Object(all) => all.values_mut().for_each(|one| put_brand(one, brand)),
        _ => {}
    }
}

impl Rich {
    /// Reads the files, which are part of the program; `{brand}` in them stands for its name.
    pub(crate) fn load(brand: &str) -> Result<Self, Error> {
        let mut rich = Self::default();
        for (name, text) in PIECES {
            let fault = |cause| Error::Rich { name, cause };
            let mut piece: Value = serde_json::from_str(text).map_err(fault)?;
            put_brand(&mut piece, brand);
            let piece: Piece = serde_json::from_value(piece).map_err(fault)?;
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

    /// Has the images that the sandbox serves lie at its address.
    pub(crate) fn point_images(&mut self, base: &str) {
        for (_, message) in &mut self.pieces {
            if let Publication::Rich { content, .. } = &mut message.publication {
                served::point_images(content, base);
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Message> {
        self.all()
            .find_map(|(known, message)| (known == name).then_some(message))
    }

    /// All pieces with their names, in the order in which to show them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &Message)> {
        self.pieces.iter().map(|(name, message)| (*name, message))
    }

    /// Whether something with this `ExternalId` can be clicked in one of them.
    pub(crate) fn has_click(&self, id: &str) -> bool {
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
