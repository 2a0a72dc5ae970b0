//! What a message can hold, cleaned for the screen.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// One quick reply, exactly as it came: a button beside a message. See `rich-content` 5;
/// [`rich::quick`](crate::domain::rich::quick) reads it as the button it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub struct QuickReply(pub(in crate::domain) Value);

impl QuickReply {
    /// A button with a title that publishes these texts.
    pub fn publishing(title: &str, texts: &[&str], metadata: Option<Value>) -> Self {
        let actions = texts.iter();
        let actions = actions.map(|text| json!({"type": "publishText", "text": text}));
        let mut click = json!({ "actions": actions.collect::<Vec<_>>() });
        if let Some(metadata) = metadata {
            click["metadata"] = metadata;
        }
        Self(json!({"type": "button", "title": title, "click": click}))
    }
}

impl From<Value> for QuickReply {
    /// Takes a reply as it came, and what an earlier handset journalled of one: its title, texts
    /// and metadata.
    fn from(value: Value) -> Self {
        let texts = value.get("text").and_then(Value::as_array);
        match (texts, value.get("click")) {
            (Some(texts), None) => {
                let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
                let title = value.get("title").and_then(Value::as_str);
                let metadata = value.get("metadata").cloned();
                Self::publishing(title.unwrap_or_default(), &texts, metadata)
            }
            _ => Self(value),
        }
    }
}

impl From<QuickReply> for Value {
    fn from(reply: QuickReply) -> Self {
        reply.0
    }
}
