//! The editor of requests: a valid template of each kind for the conversation
//! at hand, and whatever the tester makes of it.
//!
//! What is written is sent as it stands, however wrong; nothing here judges it.

use serde_json::{Value, json};

use crate::{
    domain::{
        conversation::details::Details,
        ids::{AccountId, ConversationId, DialogId, PhoneId, Sequence},
        wire::{
            opening::Opening,
            outbound::{AcceptStatus, ChatState, EndField, Outbound, Rating, TtrType},
        },
    },
    engine::command::Endpoint,
    tui::text::{edit::Editor, width::top_with},
};

/// A kind of request there is a template of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Text,
    File,
    Rich,
    State,
    Accept,
    Action,
    Close,
    End,
    Csat,
    Ttr,
    Profile,
    Upload,
    Download,
    Conversation,
}

impl RequestKind {
    /// All of them with what `/raw` calls them, in the order they are offered.
    pub(crate) const ALL: [(Self, &str); 14] = [
        (Self::Text, "text"),
        (Self::File, "file"),
        (Self::Rich, "rich"),
        (Self::State, "state"),
        (Self::Accept, "accept"),
        (Self::Action, "action"),
        (Self::Close, "close"),
        (Self::End, "end"),
        (Self::Csat, "csat"),
        (Self::Ttr, "ttr"),
        (Self::Profile, "profile"),
        (Self::Upload, "upload"),
        (Self::Download, "download"),
        (Self::Conversation, "conversation"),
    ];

    pub(crate) fn name(self) -> &'static str {
        let named = Self::ALL.into_iter().find(|(kind, _)| *kind == self);
        named.map_or("", |(_, name)| name)
    }

    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Conversation => Endpoint::Conversation,
            _ => Endpoint::Send,
        }
    }
}

/// What templates are filled in with.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) account: AccountId,
    pub(crate) opening: Opening,
    pub(crate) conversation: ConversationId,
    pub(crate) dialog: DialogId,
    /// The number of the message of others that is meant.
    pub(crate) sequence: Sequence,
}

impl Facts {
    /// The conversation and the dialog the next message would go to, with names that say what
    /// to put there while there are none.
    pub(crate) fn of(
        account: &AccountId,
        opening: Opening,
        conversation: Option<&ConversationId>,
        details: Option<&Details>,
        sequence: Option<Sequence>,
    ) -> Self {
        let none = || ConversationId::from("no-conversation-yet");
        let conversation = conversation.cloned().unwrap_or_else(none);
        let open = details
            .filter(|details| details.conversation == conversation)
            .and_then(|details| details.dialogs.iter().rev().find(|dialog| dialog.open));
        let dialog = open.map_or_else(|| conversation.as_str().into(), |one| one.id.clone());
        Self {
            account: account.clone(),
            opening,
            conversation,
            dialog,
            sequence: sequence.unwrap_or(0),
        }
    }

    /// A valid request of a kind.
    pub(crate) fn template(&self, kind: RequestKind) -> String {
        let text = serde_json::to_string_pretty(&self.request(kind));
        text.unwrap_or_default()
    }

    fn request(&self, kind: RequestKind) -> Value {
        let (conversation, dialog) = (self.conversation.clone(), self.dialog.clone());
        let path = "/v1/AUTH_async-images/the-path-the-upload-request-gave.PNG".to_owned();
        let metadata = json!([{ "type": "ExternalId", "id": "add-blue" }]);
        let accept = |status, metadata| Outbound::Accept {
            conversation: self.conversation.clone(),
            dialog: self.dialog.clone(),
            status,
            sequences: vec![self.sequence],
            metadata,
        };
        let request = match kind {
            RequestKind::Text => Outbound::Text {
                conversation,
                dialog,
                text: "Is the blue one in stock?".to_owned(),
                metadata: None,
            },
            RequestKind::File => Outbound::File {
                conversation,
                dialog,
                path,
                file_type: "PNG".to_owned(),
                caption: "receipt".to_owned(),
                preview: Some("data:image/png;base64,iVBORw0KGgo=".to_owned()),
                metadata: None,
            },
            RequestKind::Rich => return self.rich(),
            RequestKind::State => Outbound::ChatState {
                conversation,
                dialog,
                state: ChatState::Composing,
            },
            RequestKind::Accept => accept(AcceptStatus::Read, None),
            RequestKind::Action => accept(AcceptStatus::Action, Some(metadata)),
            RequestKind::Close => Outbound::Close {
                conversation,
                dialog,
            },
            RequestKind::End => Outbound::EndConversation {
                conversation,
                field: EndField::Stage,
            },
            RequestKind::Csat => Outbound::Rate {
                conversation,
                rating: Rating {
                    csat: Some(4),
                    resolved: Some(true),
                },
            },
            RequestKind::Ttr => Outbound::ChangeTtr {
                conversation,
                ttr: TtrType::Custom,
                value: Some(900),
            },
            RequestKind::Profile => Outbound::SetUserProfile {
                profile: self.opening.profile.clone(),
            },
            RequestKind::Upload => Outbound::UploadUrl {
                size: 48_213,
                file_type: "PNG".to_owned(),
            },
            RequestKind::Download => Outbound::DownloadUrl { path },
            RequestKind::Conversation => return self.opening.envelope(&self.account),
        };
        request.envelope("1")
    }

    /// Structured content as agents publish it: what the cloud makes of it coming from a
    /// consumer is for the tester to see.
    fn rich(&self) -> Value {
        json!({
            "kind": "req",
            "id": "1",
            "type": "ms.PublishEvent",
            "body": {
                "dialogId": self.dialog,
                "conversationId": self.conversation,
                "event": {
                    "type": "RichContentEvent",
                    "content": {
                        "type": "vertical",
                        "elements": [
                            { "type": "text", "text": "Blue kettle, 1.7 l" },
                            { "type": "button", "title": "Add", "click": {
                                "actions": [{ "type": "publishText", "text": "Add the blue one" }],
                            } },
                        ],
                    },
                },
            },
        })
    }
}

/// The editor as it lies over the screen.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) kind: RequestKind,
    pub(crate) field: Editor,
    /// The phone it is sent for, whichever phone is in view by then.
    pub(crate) phone: PhoneId,
    pub(crate) facts: Facts,
    /// The first row in view.
    pub(crate) top: usize,
    /// The room its rows are wrapped into, as last laid out.
    pub(crate) room: usize,
    /// Whether it went out as it stands.
    pub(crate) sent: bool,
}

impl Draft {
    /// An editor with the template of a kind.
    pub(crate) fn new(kind: RequestKind, phone: PhoneId, facts: Facts) -> Self {
        let mut draft = Self {
            kind,
            field: Editor::default(),
            phone,
            facts,
            top: 0,
            room: usize::MAX,
            sent: false,
        };
        draft.turn_to(kind);
        draft
    }

    /// Puts the template of a kind in place of what is written; undo brings that back.
    pub(crate) fn turn_to(&mut self, kind: RequestKind) {
        self.kind = kind;
        self.field.mark_all();
        self.field.insert(&self.facts.template(kind));
        self.field.point(0, 0, usize::MAX);
    }

    /// Whether something else stands there than the template.
    pub(crate) fn is_written(&self) -> bool {
        self.field.text() != self.facts.template(self.kind)
    }

    /// Whether it is worth going on with among these facts: what was never sent always is, what
    /// was sent while its conversation is the one at hand.
    pub(crate) fn goes_on(&self, facts: &Facts) -> bool {
        !self.sent || self.facts.conversation == facts.conversation
    }

    /// Brings the cursor's row into view of so many columns and rows.
    pub(crate) fn prepare(&mut self, columns: u16, height: u16) {
        self.room = usize::from(columns).saturating_sub(1).max(2);
        let (row, _) = self.field.cursor_cell(self.room);
        let rows = self.field.rows(self.room).len();
        self.top = top_with(self.top, row, rows, height);
    }

    /// The kind so many places on in the order they are offered, round and round.
    pub(crate) fn beside(&self, on: bool) -> RequestKind {
        let count = RequestKind::ALL.len();
        let here = RequestKind::ALL
            .iter()
            .position(|(kind, _)| *kind == self.kind);
        let step = if on { 1 } else { count - 1 };
        let next = RequestKind::ALL.get((here.unwrap_or(0) + step) % count);
        next.map_or(self.kind, |(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_valid_json_for_the_conversation_at_hand() {
        let facts = Facts::of(
            &"55512300".into(),
            Opening::default(),
            Some(&"4f0a".into()),
            None,
            Some(7),
        );
        for (kind, _) in RequestKind::ALL {
            let request: Value = serde_json::from_str(&facts.template(kind)).unwrap();
            match kind.endpoint() {
                Endpoint::Conversation => assert_eq!(request[1]["body"]["brandId"], "55512300"),
                Endpoint::Send => assert_eq!(request["kind"], "req", "{}", kind.name()),
            }
        }
        let text = facts.template(RequestKind::Text);
        assert!(text.contains("\"dialogId\": \"4f0a\""), "{text}");
        let accept: Value = serde_json::from_str(&facts.template(RequestKind::Accept)).unwrap();
        assert_eq!(accept["body"]["event"]["sequenceList"], json!([7]));
    }

    #[test]
    fn another_template_can_be_taken_back() {
        let facts = Facts::of(&"1".into(), Opening::default(), None, None, None);
        let mut workspace = Draft::new(RequestKind::Text, PhoneId(0), facts);
        workspace.field.insert("mine ");
        let mine = workspace.field.text().to_owned();
        workspace.turn_to(workspace.beside(false));
        assert_eq!(workspace.kind, RequestKind::Conversation);
        workspace.field.undo();
        assert_eq!(workspace.field.text(), mine);
    }
}
