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
    File {
        /// What the sender called it.
        caption: SafeText,
        /// Its type as the sender named it, for example `PNG`.
        file_type: SafeText,
    },
    /// Structured content, as the lines a text-only device shows.
    Rich {
        /// Texts in order, images as links, buttons as their titles.
        lines: Vec<SafeText>,
        /// Buttons offered with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        replies: Vec<QuickReply>,
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
            Self::File { .. } => &[],
        }
    }
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
