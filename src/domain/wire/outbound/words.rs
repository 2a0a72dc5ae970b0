//! The words a consumer has in SEND: states, statuses, ratings.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the consumer is doing with the phone; see `send-api` 3.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChatState {
    /// In the chat.
    Active,
    /// Navigated away, the app still open.
    Inactive,
    /// The chat is closed.
    Gone,
    /// Typing; lasts until another state is sent, a text does not end it.
    Composing,
    /// Stopped typing with text left standing.
    Pause,
    /// The app is in the background; seen in captures only.
    Background,
}

impl ChatState {
    /// The state as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Gone => "GONE",
            Self::Composing => "COMPOSING",
            Self::Pause => "PAUSE",
            Self::Background => "BACKGROUND",
        }
    }
}

/// The two fields that close a whole conversation; see `send-api` 3.5.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EndField {
    /// `ConversationStateField`.
    #[default]
    State,
    /// `Stage`.
    Stage,
}

impl EndField {
    /// The field's name as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "ConversationStateField",
            Self::Stage => "Stage",
        }
    }
}

/// A rating of the conversation, `CSATRate`; see `send-api` 3.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// `csatRate`, 1 to 5.
    pub csat: Option<u8>,
    /// `csatResolutionConfirmation`: whether the first contact settled it (FCR).
    pub resolved: Option<bool>,
}

impl Rating {
    /// `FILLED` with both answers, `PARTIALLY_FILLED` with one, `SKIPPED` with none.
    pub fn status(self) -> &'static str {
        match (self.csat, self.resolved) {
            (Some(_), Some(_)) => "FILLED",
            (None, None) => "SKIPPED",
            _ => "PARTIALLY_FILLED",
        }
    }

    pub(super) fn field(self) -> Value {
        let mut field = json!({ "field": "CSATRate" });
        if let Some(csat) = self.csat {
            field["csatRate"] = json!(csat);
        }
        if let Some(resolved) = self.resolved {
            field["csatResolutionConfirmation"] = json!(resolved);
        }
        field["status"] = json!(self.status());
        field
    }
}

/// `ttrType` of a conversation; see `send-api` 3.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TtrType {
    /// The account's shortest.
    Urgent,
    /// The account's middle one.
    Prioritized,
    /// The account's longest.
    Normal,
    /// As many seconds as are given.
    Custom,
}

impl TtrType {
    /// The type as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "URGENT",
            Self::Prioritized => "PRIORITIZED",
            Self::Normal => "NORMAL",
            Self::Custom => "CUSTOM",
        }
    }
}

/// What became of a message of another participant; see `send-api` 3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AcceptStatus {
    /// Delivered to the device.
    Accept,
    /// Seen.
    Read,
    /// The file in it was opened.
    Access,
    /// Not received.
    Nack,
    /// An element of it was clicked.
    Action,
}

impl AcceptStatus {
    /// The status as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Read => "READ",
            Self::Access => "ACCESS",
            Self::Nack => "NACK",
            Self::Action => "ACTION",
        }
    }
}
