//! One conversation in the agent workspace: its lines as bubbles, what is written in it.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    domain::{
        content::Content,
        ids::{ConversationId, ItemId, Sequence},
        item::{self, Hops, Item},
        role::{Author, Role},
        text::SafeText,
        time::Timestamp,
        workspace::view::{Body, Consumer, Delivery, Held, Line},
    },
    tui::{
        chat::{
            bubble,
            conversation::Conversation,
            lines::{Lines, window::IN_VIEW},
            transcript::Transcript,
        },
        commands::slash::arguments::types,
    },
};

/// What the workspace knows of a line besides what a bubble has.
#[derive(Debug, Clone, Default)]
struct Beside {
    /// What stands on the bubble's upper edge.
    label: Option<String>,
    /// For agents and managers only.
    is_note: bool,
    /// What came along with it, told under the text.
    told: String,
    /// The same as it came.
    metadata: Option<Value>,
}

/// A conversation.
pub(crate) struct Talk {
    pub(crate) held: Held,
    pub(crate) thread: u32,
    pub(crate) chat: Conversation,
    /// Whether what is written is a private note.
    pub(crate) is_note: bool,
    /// Whether the consumer writes.
    pub(crate) typing: bool,
    beside: HashMap<ItemId, Beside>,
}

impl Talk {
    /// A conversation with nothing said yet.
    pub(crate) fn new(thread: u32, held: Held) -> Self {
        Self {
            held,
            thread,
            chat: Conversation::default(),
            is_note: false,
            typing: false,
            beside: HashMap::new(),
        }
    }

    /// No conversation at all: where commands are written while none is in view.
    pub(crate) fn blank(thread: u32) -> Self {
        let nobody = Consumer {
            id: "".into(),
            name: SafeText::default(),
            facts: Vec::new(),
            features: Vec::new(),
            sdes: Vec::new(),
        };
        Self::new(
            thread,
            Held {
                id: ConversationId::from(""),
                consumer: nobody,
                skill: ("".into(), SafeText::default()),
                role: Some(Role::AssignedAgent),
                participants: Vec::new(),
                is_open: true,
                is_surveyed: false,
                started: Timestamp(0),
                owed_by: None,
                unread: 0,
                csat: None,
                closed_by: SafeText::default(),
            },
        )
    }

    /// Whether something can be said in it.
    pub(crate) fn takes_text(&self) -> bool {
        let speaks = matches!(
            self.held.role,
            Some(Role::AssignedAgent | Role::Agent | Role::Manager)
        );
        self.held.is_open && speaks
    }

    /// The consumer's name on one row.
    pub(crate) fn name(&self) -> String {
        self.held.consumer.name.one_line()
    }

    /// The consumer's first name.
    pub(crate) fn first_name(&self) -> String {
        let name = self.name();
        name.split_whitespace().next().unwrap_or("").to_owned()
    }

    /// Takes a line in, new or changed.
    pub(crate) fn put(&mut self, line: Line) {
        let number = u32::try_from(line.number).unwrap_or(u32::MAX);
        let id = ItemId {
            thread: self.thread,
            number,
        };
        let place = item::Place {
            thread: self.thread,
            dialog: line.place.dialog,
            sequence: line.place.sequence,
            number: u32::try_from(line.place.number).unwrap_or(u32::MAX),
        };
        let (body, beside) = self.body_of(line.body, line.place.sequence);
        let item = Item {
            id,
            place,
            at: line.at,
            body,
        };
        self.beside.insert(id, beside);
        self.chat.put(&item);
        self.chat.trim(IN_VIEW);
        if self.beside.len() > 2 * IN_VIEW {
            let lines = &self.chat.lines;
            self.beside.retain(|id, _| lines.get(*id).is_some());
        }
    }

    fn body_of(&self, body: Body, sequence: Sequence) -> (item::Body, Beside) {
        let told = |metadata: Option<&Value>| metadata.map_or_else(String::new, in_words);
        match body {
            Body::Said {
                name,
                role,
                mine,
                content,
                private,
                dialog,
                metadata,
                delivery,
            } => {
                let name = name.one_line();
                let label = match (private, mine) {
                    (true, true) => Some("private note".to_owned()),
                    (true, false) => Some(format!("private note · {name}")),
                    (false, true) => None,
                    (false, false) => label(&role, &name),
                };
                let beside = Beside {
                    label,
                    is_note: private,
                    told: if mine {
                        String::new()
                    } else {
                        told(metadata.as_ref())
                    },
                    metadata,
                };
                let body = if mine {
                    item::Body::Mine {
                        content,
                        delivery: delivered(delivery, sequence),
                        hops: Hops::default(),
                    }
                } else {
                    item::Body::Theirs {
                        author: Author {
                            id: self.held.consumer.id.clone(),
                            role,
                        },
                        name: SafeText::clean(&name),
                        content,
                        dialog,
                        sequence,
                        answerable: false,
                    }
                };
                (body, beside)
            }
            Body::Clicked { sequence, metadata } => {
                let mut text = format!("↗ {} used {}", self.first_name(), self.shown_as(sequence));
                if let Some(metadata) = &metadata {
                    text = format!("{text} · {}", in_words(metadata));
                }
                let beside = Beside {
                    metadata,
                    ..Beside::default()
                };
                let text = SafeText::clean(&text);
                (item::Body::Quiet { text }, beside)
            }
            Body::Quiet { text } => (item::Body::Quiet { text }, Beside::default()),
        }
    }

    /// What the message of a sequence is called where something was done with it.
    fn shown_as(&self, sequence: Sequence) -> String {
        let newest = self
            .chat
            .lines
            .last()
            .and_then(|place| self.chat.lines.at(place));
        let up = |item: &&Item| self.chat.lines.before(item.place);
        let found = std::iter::successors(newest, up)
            .find(|item| item.place.sequence == sequence && item.place.dialog != u32::MAX);
        match found.map(|item| &item.body) {
            Some(item::Body::Mine { content, .. } | item::Body::Theirs { content, .. }) => {
                match content {
                    Content::Rich { .. } => format!("the card #{sequence}"),
                    Content::File(_) => format!("the file #{sequence}"),
                    Content::Form { .. } => format!("the form #{sequence}"),
                    Content::Text { .. } => format!("a quick reply of #{sequence}"),
                }
            }
            _ => format!("message #{sequence}"),
        }
    }

    /// The parts of a conversation a transcript is measured by.
    pub(crate) fn split(&mut self) -> (&mut Transcript, &Lines, Known<'_>) {
        (
            &mut self.chat.transcript,
            &self.chat.lines,
            Known(&self.beside),
        )
    }

    /// A line as JSON: its content and what came along with it.
    pub(crate) fn value_of(&self, id: ItemId) -> Option<Value> {
        let item = self.chat.lines.get(id)?;
        let beside = self.beside.get(&id);
        let metadata = beside.and_then(|beside| beside.metadata.as_ref());
        let content = match &item.body {
            item::Body::Mine { content, .. } | item::Body::Theirs { content, .. } => {
                match content {
                    Content::Rich { content, .. } => Some(content.clone()),
                    Content::Text { text, .. } => Some(json!(text.as_str())),
                    // The rest is shown as it is kept.
                    content => serde_json::to_value(content).ok(),
                }
            }
            item::Body::Quiet { .. } => None,
        };
        match (content, metadata) {
            (Some(content), Some(metadata)) => {
                Some(json!({ "content": content, "metadata": metadata }))
            }
            (content, metadata) => content.or_else(|| metadata.cloned()),
        }
    }

    /// The number the chair knows a line of ours by that did not go out: the selected one, else
    /// the newest.
    pub(crate) fn failed(&self) -> Option<u64> {
        self.chat.failed().map(|id| u64::from(id.number))
    }

    /// How many messages were said, by consumer and agents.
    pub(crate) fn counted(&self) -> usize {
        let newest = self
            .chat
            .lines
            .last()
            .and_then(|place| self.chat.lines.at(place));
        let up = |item: &&Item| self.chat.lines.before(item.place);
        let all = std::iter::successors(newest, up);
        all.filter(|item| !matches!(item.body, item::Body::Quiet { .. }))
            .count()
    }
}

/// What the workspace knows of lines, lent out while the transcript is worked on.
pub(crate) struct Known<'a>(&'a HashMap<ItemId, Beside>);

impl<'a> Known<'a> {
    /// What is known of one.
    pub(crate) fn of(&self, id: ItemId) -> Option<bubble::AgentAside<'a>> {
        let beside = self.0.get(&id)?;
        Some(bubble::AgentAside {
            label: beside.label.as_deref(),
            is_note: beside.is_note,
            told: &beside.told,
        })
    }
}

/// Who says it, where it is not the consumer.
fn label(role: &Role, name: &str) -> Option<String> {
    let role = match role {
        Role::Consumer => return None,
        Role::AssignedAgent => "agent",
        Role::Agent => "bot",
        Role::Manager => "manager",
        Role::Reader => "former agent",
        Role::Controller => "system",
        Role::Other(role) => return Some(SafeText::clean(role).one_line()),
    };
    Some(match name {
        "" => role.to_owned(),
        name => format!("{name} · {role}"),
    })
}

fn delivered(delivery: Delivery, sequence: Sequence) -> item::Delivery {
    match delivery {
        Delivery::Leaving => item::Delivery::Leaving,
        Delivery::Sent => item::Delivery::Sent { sequence },
        Delivery::Accepted => item::Delivery::Accepted { sequence },
        Delivery::Read => item::Delivery::Read { sequence },
        Delivery::Failed { reason } => item::Delivery::Failed {
            reason,
            uncertain: false,
        },
    }
}

/// Metadata on one row: `ExternalId button-write`, and the types of what has no id.
fn in_words(metadata: &Value) -> String {
    let one = |one: &Value| {
        let kind = one["type"].as_str()?;
        let id = ["id", "reasonId", "externalConversationId", "text"]
            .iter()
            .find_map(|key| one[*key].as_str());
        Some(match id {
            Some(id) => format!("{kind} {id}"),
            None => kind.to_owned(),
        })
    };
    let all = match metadata {
        Value::Array(all) => all.iter().filter_map(one).collect::<Vec<_>>(),
        other => one(other).into_iter().collect(),
    };
    let words = if all.is_empty() {
        types(metadata)
    } else {
        all.join(", ")
    };
    SafeText::clean(&words).one_line()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_told_by_type_and_id() {
        let told = |metadata: Value| in_words(&metadata);
        assert_eq!(
            told(json!([{"type": "ExternalId", "id": "a\u{1b}[31mb"}, {"type": "Odd"}])),
            "ExternalId ab, Odd"
        );
        assert_eq!(
            told(json!({"type": "ExternalId", "id": "c"})),
            "ExternalId c"
        );
        assert_eq!(told(json!([{"id": "x"}])), "without a type");
        assert_eq!(told(json!(5)), "");
    }
}
