//! A consumer somebody can play: who they are, what they ask for, how they
//! write. Each persona has one phone.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::ExtConsumerId,
    wire::{
        opening::{Opening, Profile},
        properties::{ClientProperties, Feature},
    },
};

/// A consumer to play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// What the consumer is called on the screen.
    pub name: String,
    /// The connector's name for the consumer, the same from day to day: `ext_consumer_id`.
    pub consumer: ExtConsumerId,
    /// A glyph or two shown beside the name.
    #[serde(default)]
    pub avatar: String,
    /// One line about the consumer, for the list of personas.
    #[serde(default)]
    pub about: String,
    /// How the consumer's conversations are opened.
    #[serde(default)]
    pub opening: Opening,
    /// What the consumer's device tells about itself.
    #[serde(default = "usual_properties")]
    pub properties: ClientProperties,
    /// How the consumer writes and reads.
    #[serde(default)]
    pub habits: Habits,
}

/// How a consumer writes and reads when nobody says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    /// Whether COMPOSING and PAUSE are sent at all.
    pub tells_typing: bool,
    /// Silence with text left standing that counts as PAUSE, in milliseconds.
    pub pause_ms: u32,
    /// Whether what is on screen is sent as READ; otherwise the phone begins in the pocket.
    pub reads: bool,
    /// Whether a phone that starts without an open conversation opens one at once; else the first
    /// thing that the consumer does opens it. A scenario decides it, no file.
    #[serde(skip)]
    pub opens_at_once: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            tells_typing: true,
            pause_ms: 3000,
            reads: true,
            opens_at_once: true,
        }
    }
}

impl Persona {
    /// A consumer with a name and usual habits.
    pub fn named(name: &str, consumer: ExtConsumerId) -> Self {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        Self {
            name: name.to_owned(),
            consumer,
            avatar: String::new(),
            about: String::new(),
            opening: Opening {
                profile: Profile::named(first, last),
                ..Opening::default()
            },
            properties: usual_properties(),
            habits: Habits::default(),
        }
    }
}

impl Persona {
    /// The first word of the name, for where there is little room.
    pub fn first_name(&self) -> &str {
        self.name.split_whitespace().next().unwrap_or(&self.name)
    }
}

/// What a phone that can show everything tells about itself.
pub fn usual_properties() -> ClientProperties {
    ClientProperties {
        app_id: Some("handset".to_owned()),
        app_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        features: vec![
            Feature::AutoMessages,
            Feature::RichContent,
            Feature::QuickReplies,
            Feature::MultiDialog,
            Feature::PhotoSharing,
            Feature::FileSharing,
        ],
        ..ClientProperties::default()
    }
}
