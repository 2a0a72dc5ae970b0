//! What a consumer says through SEND, and the envelope it is said in. See
//! `send-api` 3. These values are kept in the saved conversation, so their own
//! serde shape is ours; the vendor's is built by [`Outbound::envelope`] alone.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{
    ids::{ConversationId, DialogId, Sequence},
    wire::opening::Profile,
};

/// One SEND request.
///
/// A publish always names the conversation beside the dialog: a survey dialog
/// needs it, and the main dialog takes it (`send-api` 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outbound {
    /// A text message.
    Text {
        /// The conversation the dialog belongs to.
        conversation: ConversationId,
        /// Where it is said.
        dialog: DialogId,
        /// The words, byte for byte.
        text: String,
        /// What a quick reply carried, copied unchanged; see `rich-content` 7.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Value>,
    },
    /// Typing, looking, away.
    ChatState {
        /// The conversation the dialog belongs to.
        conversation: ConversationId,
        /// Where it is said.
        dialog: DialogId,
        /// Which.
        state: ChatState,
    },
    /// Receipts for messages of others, or a click on one of them.
    Accept {
        /// The conversation the dialog belongs to.
        conversation: ConversationId,
        /// The dialog whose numbers are meant.
        dialog: DialogId,
        /// Which receipt.
        status: AcceptStatus,
        /// The messages, several at once.
        sequences: Vec<Sequence>,
        /// For ACTION: what the element carried, copied unchanged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Value>,
    },
    /// Closes one dialog; closing MAIN starts the survey where there is one.
    Close {
        /// The conversation.
        conversation: ConversationId,
        /// The dialog to close.
        dialog: DialogId,
    },
    /// Closes the conversation with all its dialogs and without a survey.
    EndConversation {
        /// The conversation.
        conversation: ConversationId,
    },
    /// Changes what agents see about the consumer.
    SetUserProfile {
        /// The new facts.
        profile: Profile,
    },
}

impl Outbound {
    /// The request as it goes over the wire; `id` has 1 to 64 characters and comes back as `reqId`.
    pub fn envelope(&self, id: &str) -> Value {
        let mut envelope = json!({
            "kind": "req",
            "id": id,
            "type": self.request_type(),
            "body": self.body(),
        });
        if let Self::Text {
            metadata: Some(metadata),
            ..
        }
        | Self::Accept {
            metadata: Some(metadata),
            ..
        } = self
        {
            envelope["metadata"] = metadata.clone();
        }
        envelope
    }

    /// The request type and what it carries, for the wire pane: `ms.PublishEvent READ [3,4]`.
    pub fn purpose(&self) -> String {
        let carries = match self {
            Self::Text { .. } => "text".to_owned(),
            Self::ChatState { state, .. } => state.as_str().to_owned(),
            Self::Accept {
                status, sequences, ..
            } => format!("{} {}", status.as_str(), listed(sequences)),
            Self::Close { .. } => "close".to_owned(),
            Self::EndConversation { .. } => "end".to_owned(),
            Self::SetUserProfile { .. } => return self.request_type().to_owned(),
        };
        format!("{} {carries}", self.request_type())
    }

    /// The conversation it belongs to; a profile belongs to the consumer alone.
    pub fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Text { conversation, .. }
            | Self::ChatState { conversation, .. }
            | Self::Accept { conversation, .. }
            | Self::Close { conversation, .. }
            | Self::EndConversation { conversation } => Some(conversation),
            Self::SetUserProfile { .. } => None,
        }
    }

    fn request_type(&self) -> &'static str {
        match self {
            Self::Text { .. } | Self::ChatState { .. } | Self::Accept { .. } => "ms.PublishEvent",
            Self::Close { .. } | Self::EndConversation { .. } => "cm.UpdateConversationField",
            Self::SetUserProfile { .. } => "userprofile.SetUserProfile",
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::Text {
                conversation,
                dialog,
                text,
                ..
            } => publish(
                conversation,
                dialog,
                &json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text }),
            ),
            Self::ChatState {
                conversation,
                dialog,
                state,
            } => publish(
                conversation,
                dialog,
                &json!({ "type": "ChatStateEvent", "chatState": state.as_str() }),
            ),
            Self::Accept {
                conversation,
                dialog,
                status,
                sequences,
                ..
            } => publish(
                conversation,
                dialog,
                &json!({
                    "type": "AcceptStatusEvent",
                    "status": status.as_str(),
                    "sequenceList": sequences,
                }),
            ),
            Self::Close {
                conversation,
                dialog,
            } => json!({
                "conversationId": conversation,
                "conversationField": {
                    "field": "DialogChange",
                    "type": "UPDATE",
                    "dialog": {
                        "dialogId": dialog,
                        "state": "CLOSE",
                        "closedCause": "Closed by consumer",
                    },
                },
            }),
            Self::EndConversation { conversation } => json!({
                "conversationId": conversation,
                "conversationField": {
                    "field": "ConversationStateField",
                    "conversationState": "CLOSE",
                },
            }),
            Self::SetUserProfile { profile } => profile.body(),
        }
    }
}

fn publish(conversation: &ConversationId, dialog: &DialogId, event: &Value) -> Value {
    json!({ "dialogId": dialog, "conversationId": conversation, "event": event })
}

/// `[3,4]`; a long list is cut, for it labels a line of the wire pane.
fn listed(sequences: &[Sequence]) -> String {
    const SHOWN: usize = 8;
    let mut shown: Vec<String> = sequences.iter().take(SHOWN).map(u64::to_string).collect();
    if sequences.len() > SHOWN {
        shown.push("…".to_owned());
    }
    format!("[{}]", shown.join(","))
}

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
