//! What a consumer says through SEND, and the envelope it is said in. See
//! `send-api` 3. These values are kept in the saved conversation, so their own
//! serde shape is ours; the vendor's is built by [`Outbound::envelope`] alone.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

mod words;

pub use self::words::{AcceptStatus, ChatState, EndField, Rating, TtrType};
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
    /// A file that was uploaded before.
    File {
        /// The conversation the dialog belongs to.
        conversation: ConversationId,
        /// Where it is said.
        dialog: DialogId,
        /// `relativePath`, exactly as the upload request's answer gave it.
        path: String,
        /// `fileType`, for example `PNG`.
        file_type: String,
        /// What it is called; left out when empty.
        caption: String,
        /// A small picture of it as a data URI.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
        /// The metadata of the message, at the top level.
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
        /// Which of the two fields that do so is named.
        #[serde(default)]
        field: EndField,
    },
    /// Rates the conversation; see `send-api` 3.5.
    Rate {
        /// The conversation, open or closed.
        conversation: ConversationId,
        /// The rating.
        rating: Rating,
    },
    /// Changes how soon an answer is owed.
    ChangeTtr {
        /// The conversation.
        conversation: ConversationId,
        /// `ttrType`.
        ttr: TtrType,
        /// Seconds; the account's own for the type when it is not given.
        value: Option<u64>,
    },
    /// Asks where to upload a file to; see `send-api` 4.
    UploadUrl {
        /// Bytes of the file.
        size: u64,
        /// `fileType`, for example `PNG`.
        file_type: String,
    },
    /// Asks where to download a file from; see `send-api` 4.
    DownloadUrl {
        /// `relativePath`, exactly as it came with the message.
        path: String,
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
        | Self::File {
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
            Self::File { file_type, .. } => format!("file {file_type}"),
            Self::ChatState { state, .. } => state.as_str().to_owned(),
            Self::Accept {
                status, sequences, ..
            } => format!("{} {}", status.as_str(), listed(sequences)),
            Self::Close { .. } => "close".to_owned(),
            Self::EndConversation { .. } => "end".to_owned(),
            Self::Rate { .. } => "CSATRate".to_owned(),
            Self::ChangeTtr { .. } => "TTRField".to_owned(),
            Self::SetUserProfile { .. } | Self::UploadUrl { .. } | Self::DownloadUrl { .. } => {
                return self.request_type().to_owned();
            }
        };
        format!("{} {carries}", self.request_type())
    }

    /// The conversation it belongs to; profiles and files belong to the consumer alone.
    pub fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Text { conversation, .. }
            | Self::File { conversation, .. }
            | Self::ChatState { conversation, .. }
            | Self::Accept { conversation, .. }
            | Self::Close { conversation, .. }
            | Self::EndConversation { conversation, .. }
            | Self::Rate { conversation, .. }
            | Self::ChangeTtr { conversation, .. } => Some(conversation),
            Self::SetUserProfile { .. } | Self::UploadUrl { .. } | Self::DownloadUrl { .. } => None,
        }
    }

    fn request_type(&self) -> &'static str {
        match self {
            Self::Text { .. }
            | Self::File { .. }
            | Self::ChatState { .. }
            | Self::Accept { .. } => "ms.PublishEvent",
            Self::Close { .. }
            | Self::EndConversation { .. }
            | Self::Rate { .. }
            | Self::ChangeTtr { .. } => "cm.UpdateConversationField",
            Self::SetUserProfile { .. } => "userprofile.SetUserProfile",
            Self::UploadUrl { .. } => "ms.GenerateURLForUploadFile",
            Self::DownloadUrl { .. } => "ms.GenerateURLForDownloadFile",
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
            Self::File {
                conversation,
                dialog,
                path,
                file_type,
                caption,
                preview,
                ..
            } => {
                let message = file_message(path, file_type, caption, preview.as_deref());
                publish(
                    conversation,
                    dialog,
                    &json!({ "type": "ContentEvent", "contentType": "hosted/file", "message": message }),
                )
            }
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
            Self::EndConversation {
                conversation,
                field,
            } => update(
                conversation,
                &json!({ "field": field.as_str(), "conversationState": "CLOSE" }),
            ),
            Self::Rate {
                conversation,
                rating,
            } => update(conversation, &rating.field()),
            Self::ChangeTtr {
                conversation,
                ttr,
                value,
            } => {
                let mut field = json!({ "field": "TTRField", "ttrType": ttr.as_str() });
                if let Some(seconds) = value {
                    field["value"] = json!(seconds);
                }
                update(conversation, &field)
            }
            Self::SetUserProfile { profile } => profile.body(),
            // The documented example writes the size as a string; both are taken.
            Self::UploadUrl { size, file_type } => {
                json!({ "fileSize": size.to_string(), "fileType": file_type })
            }
            Self::DownloadUrl { path } => json!({ "relativePath": path }),
        }
    }
}

fn publish(conversation: &ConversationId, dialog: &DialogId, event: &Value) -> Value {
    json!({ "dialogId": dialog, "conversationId": conversation, "event": event })
}

/// A caption or picture there is none of is left out.
fn file_message(path: &str, file_type: &str, caption: &str, preview: Option<&str>) -> Value {
    let mut message = json!({});
    if !caption.is_empty() {
        message["caption"] = json!(caption);
    }
    message["relativePath"] = json!(path);
    message["fileType"] = json!(file_type);
    if let Some(preview) = preview {
        message["preview"] = json!(preview);
    }
    message
}

fn update(conversation: &ConversationId, field: &Value) -> Value {
    json!({ "conversationId": conversation, "conversationField": field })
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
