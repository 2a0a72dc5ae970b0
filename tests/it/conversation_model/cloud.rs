//! The cloud as the model sees it: conversations, dialogs with their own
//! numbers, and the webhooks each change causes. It never fails by itself;
//! the network around it does.

use handset::domain::{
    content::{Content, Hosted},
    ids::{ConversationId, DialogId, ParticipantId, Sequence},
    retry::Problem,
    role::{Author, Role},
    text::SafeText,
    time::Timestamp,
    wire::{
        fault,
        inbound::{self, Change},
        outbound::{AcceptStatus, ChatState, Outbound},
    },
};
use serde_json::json;

use crate::support::scene;

/// Who the consumer is.
pub(super) const ME: &str = "me";

/// A numbered event of a dialog.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) dialog: DialogId,
    pub(super) sequence: Sequence,
    pub(super) what: What,
}

/// What it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// A text of the consumer's.
    Mine(String),
    /// A text of somebody else's, and whether the consumer may see it.
    Theirs { text: String, for_all: bool },
    /// ACCEPT or READ of the consumer's.
    Receipt(AcceptStatus, Vec<Sequence>),
    /// Anything else.
    Other,
}

/// One conversation.
#[derive(Debug, Clone)]
pub(super) struct Talk {
    pub(super) id: ConversationId,
    pub(super) main_open: bool,
    /// The survey dialog, and whether it is open.
    survey: Option<(DialogId, bool)>,
    /// The cloud knows nothing of it any more.
    forgotten: bool,
    next: Vec<(DialogId, Sequence)>,
}

impl Talk {
    pub(super) fn is_open(&self) -> bool {
        self.main_open || self.survey.as_ref().is_some_and(|(_, open)| *open)
    }

    fn main(&self) -> DialogId {
        self.id.as_str().into()
    }

    /// Where an agent writes: the survey while it runs.
    pub(super) fn dialog(&self) -> DialogId {
        match &self.survey {
            Some((id, true)) => id.clone(),
            _ => self.main(),
        }
    }

    fn takes(&self, dialog: &DialogId) -> bool {
        match &self.survey {
            Some((id, open)) if id == dialog => *open,
            _ => *dialog == self.main() && self.main_open,
        }
    }

    fn number(&mut self, dialog: &DialogId) -> Sequence {
        if let Some((_, next)) = self.next.iter_mut().find(|(id, _)| id == dialog) {
            *next += 1;
            *next - 1
        } else {
            self.next.push((dialog.clone(), 1));
            0
        }
    }
}

/// The cloud.
#[derive(Debug, Clone, Default)]
pub(super) struct Cloud {
    pub(super) talks: Vec<Talk>,
    pub(super) log: Vec<Entry>,
    /// Webhooks that have not been delivered.
    pub(super) hooks: Vec<Change>,
    clock: i64,
}

pub(super) fn answered(status: u16, code: u32) -> Problem {
    let body = json!({"code": status, "body": {"title": "No", "details": "", "errorCode": code}});
    Problem::of(fault::read(status, body.to_string().as_bytes()))
}

impl Cloud {
    /// A new conversation, by CONVERSATION or by an agent.
    pub(super) fn open(&mut self) -> ConversationId {
        let id: ConversationId = format!("c{}", self.talks.len()).as_str().into();
        self.talks.push(Talk {
            id: id.clone(),
            main_open: true,
            survey: None,
            forgotten: false,
            next: Vec::new(),
        });
        self.tell(self.talks.len() - 1);
        id
    }

    /// Takes a SEND.
    pub(super) fn send(
        &mut self,
        outbound: &Outbound,
        with_survey: bool,
    ) -> Result<Option<Sequence>, Problem> {
        let gone = |code| Err(answered(400, code));
        let Some(at) = outbound.conversation().and_then(|id| self.find(id)) else {
            return gone(40_003);
        };
        let talk = &self.talks[at];
        if talk.forgotten {
            return gone(40_003);
        }
        match outbound {
            Outbound::Text { dialog, text, .. } => {
                if !talk.takes(dialog) {
                    return gone(40_004);
                }
                let sequence = self.keep(at, dialog, What::Mine(text.clone()));
                let content = Content::text(SafeText::clean(text));
                self.echo(at, dialog, sequence, content, Some(text.clone()));
                Ok(Some(sequence))
            }
            Outbound::File {
                dialog,
                caption,
                path,
                ..
            } => {
                if !talk.takes(dialog) {
                    return gone(40_004);
                }
                let sequence = self.keep(at, dialog, What::Mine(caption.clone()));
                let file = Hosted {
                    caption: SafeText::clean(caption),
                    path: path.clone(),
                    ..Hosted::default()
                };
                self.echo(at, dialog, sequence, Content::File(file), None);
                Ok(Some(sequence))
            }
            Outbound::EndConversation { .. } => {
                if !talk.is_open() {
                    return gone(40_004);
                }
                self.end(at);
                Ok(None)
            }
            Outbound::ChatState { dialog, .. } => {
                if *dialog == talk.main() && talk.main_open {
                    Ok(Some(0))
                } else {
                    Err(answered(400, 40_002))
                }
            }
            Outbound::Accept {
                dialog,
                status,
                sequences,
                ..
            } => {
                let what = match status {
                    AcceptStatus::Accept | AcceptStatus::Read => {
                        What::Receipt(*status, sequences.clone())
                    }
                    _ => What::Other,
                };
                let sequence = self.keep(at, dialog, what);
                let event = inbound::Event::Accept {
                    status: *status,
                    sequences: sequences.clone(),
                };
                self.post(
                    at,
                    dialog,
                    Some(sequence),
                    (ME, Role::Consumer),
                    true,
                    event,
                );
                Ok(Some(sequence))
            }
            Outbound::Close { dialog, .. } => {
                if !talk.takes(dialog) {
                    return gone(40_004);
                }
                self.close(at, with_survey);
                Ok(None)
            }
            // The tester in the model does none of these.
            _ => Ok(None),
        }
    }

    fn find(&self, id: &ConversationId) -> Option<usize> {
        self.talks.iter().position(|talk| talk.id == *id)
    }

    /// Closes what is open; the main dialog perhaps with a survey after it.
    pub(super) fn close(&mut self, at: usize, with_survey: bool) {
        let talk = &mut self.talks[at];
        if !talk.is_open() {
            return;
        }
        if talk.main_open {
            talk.main_open = false;
            if with_survey {
                talk.survey = Some((format!("{}-survey", talk.id).as_str().into(), true));
            }
        } else if let Some((_, open)) = &mut talk.survey {
            *open = false;
        }
        self.tell(at);
    }

    /// Closes everything, without a survey.
    fn end(&mut self, at: usize) {
        let talk = &mut self.talks[at];
        talk.main_open = false;
        if let Some((_, open)) = &mut talk.survey {
            *open = false;
        }
        self.tell(at);
    }

    pub(super) fn forget(&mut self, at: usize) {
        self.talks[at].forgotten = true;
        self.talks[at].main_open = false;
        self.talks[at].survey = None;
    }

    /// An agent, or the survey, writes.
    pub(super) fn says(&mut self, at: usize, text: String, for_all: bool, replies: bool) {
        let talk = &self.talks[at];
        let dialog = talk.dialog();
        if !talk.is_open() || talk.forgotten {
            return;
        }
        let what = What::Theirs {
            text: text.clone(),
            for_all,
        };
        let sequence = self.keep(at, &dialog, what);
        let publish = json!({"type": "publishText", "text": format!("yes to {text}")});
        let metadata = json!([{"type": "ExternalId", "id": text}]);
        let click = json!({"metadata": metadata, "actions": [publish]});
        let reply = scene::button(&json!({"type": "button", "title": "Yes", "click": click}));
        let event = inbound::Event::Content {
            content: Content::Text {
                text: SafeText::clean(&text),
                replies: if replies { vec![reply] } else { Vec::new() },
            },
            text: Some(text),
        };
        let who = ("riley", Role::AssignedAgent);
        self.post(at, &dialog, Some(sequence), who, for_all, event);
    }

    /// An agent acknowledges everything of the consumer's.
    pub(super) fn reads(&mut self, at: usize, status: AcceptStatus) {
        let dialog = self.talks[at].dialog();
        let mine = |entry: &&Entry| entry.dialog == dialog && matches!(entry.what, What::Mine(_));
        let sequences: Vec<_> = self
            .log
            .iter()
            .filter(mine)
            .map(|one| one.sequence)
            .collect();
        let sequence = self.keep(at, &dialog, What::Other);
        let event = inbound::Event::Accept { status, sequences };
        let who = ("riley", Role::AssignedAgent);
        self.post(at, &dialog, Some(sequence), who, true, event);
    }

    pub(super) fn types(&mut self, at: usize, state: ChatState) {
        let dialog = self.talks[at].dialog();
        let event = inbound::Event::ChatState(state);
        self.post(
            at,
            &dialog,
            None,
            ("riley", Role::AssignedAgent),
            true,
            event,
        );
    }

    fn keep(&mut self, at: usize, dialog: &DialogId, what: What) -> Sequence {
        let sequence = self.talks[at].number(dialog);
        self.log.push(Entry {
            dialog: dialog.clone(),
            sequence,
            what,
        });
        sequence
    }

    fn echo(
        &mut self,
        at: usize,
        dialog: &DialogId,
        sequence: Sequence,
        content: Content,
        text: Option<String>,
    ) {
        let event = inbound::Event::Content { content, text };
        self.post(
            at,
            dialog,
            Some(sequence),
            (ME, Role::Consumer),
            true,
            event,
        );
    }

    fn post(
        &mut self,
        at: usize,
        dialog: &DialogId,
        sequence: Option<Sequence>,
        (who, role): (&str, Role),
        for_consumer: bool,
        event: inbound::Event,
    ) {
        self.clock += 1;
        self.hooks.push(Change::Message(Box::new(inbound::Message {
            conversation: Some(self.talks[at].id.clone()),
            dialog: dialog.clone(),
            author: author(who, role),
            sequence,
            at: Some(Timestamp(self.clock)),
            for_consumer,
            event,
        })));
    }

    /// The complete state, as every change of it is told.
    fn tell(&mut self, at: usize) {
        self.clock += 1;
        let talk = &self.talks[at];
        let mut dialogs = vec![inbound::Dialog {
            id: talk.main(),
            survey: false,
            open: talk.main_open,
            closed_by: None,
        }];
        if let Some((id, open)) = &talk.survey {
            dialogs.insert(
                0,
                inbound::Dialog {
                    id: id.clone(),
                    survey: true,
                    open: *open,
                    closed_by: None,
                },
            );
        }
        let change = inbound::Conversation {
            id: talk.id.clone(),
            participants: vec![
                author(ME, Role::Consumer),
                author("riley", Role::AssignedAgent),
            ],
            suggested: Vec::new(),
            dialogs,
            main_open: talk.main_open,
            open: talk.is_open(),
            facts: inbound::Facts::default(),
            updated: Some(Timestamp(self.clock)),
            deleted: false,
        };
        self.hooks.push(Change::Conversation(Box::new(change)));
    }
}

fn author(who: &str, role: Role) -> Author {
    Author {
        id: ParticipantId::from(who),
        role,
    }
}
