//! What a message can hold, cleaned for the screen.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::text::SafeText;

/// The content of a bubble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Plain text, perhaps with quick replies under it.
    Text {
        /// What was written.
        text: SafeText,
        /// Buttons offered with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        replies: Vec<QuickReply>,
    },
    /// A hosted file.
    File(Hosted),
    /// Structured content.
    Rich {
        /// The element at the root, exactly as it came; see `rich-content` 2.
        #[serde(default)]
        content: Value,
        /// Buttons offered with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        replies: Vec<QuickReply>,
    },
    /// An invitation to a secure form, or its submission, which this phone cannot fill in.
    Form {
        /// What the form is called.
        title: SafeText,
    },
}

impl Content {
    /// Plain text without quick replies.
    pub fn text(text: SafeText) -> Self {
        Self::Text {
            text,
            replies: Vec::new(),
        }
    }

    /// The quick replies offered with it.
    pub fn replies(&self) -> &[QuickReply] {
        match self {
            Self::Text { replies, .. } | Self::Rich { replies, .. } => replies,
            Self::File(_) | Self::Form { .. } => &[],
        }
    }
}

/// A file on the cloud, or on its way there; see `send-api` 3.2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hosted {
    /// What the sender called it.
    pub caption: SafeText,
    /// Its type as the sender named it, for example `PNG`.
    pub file_type: SafeText,
    /// `relativePath`, exactly as the cloud gave it; empty until it is uploaded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// A small picture of it as a data URI; `None` when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// For a file of ours: its path on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
}

/// A click on an element of structured content, resolved to what it says; see `rich-content` 7.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    /// `click.metadata` of the element, copied unchanged into the ACTION and the texts; without
    /// it no ACTION is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// The texts to send, in order; none for a link or a map.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
}

/// One quick reply: a button that writes for the consumer. See `rich-content` 5 and 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuickReply {
    /// What stands on the button.
    pub title: SafeText,
    /// What is sent when it is used; exactly as the agent wrote it. Empty: nothing is written.
    pub text: Vec<String>,
    /// Copied unchanged into the ACTION and the text; `None` when the button had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}
