//! One conversation in the agent workspace: its lines as bubbles, what is written in it.

use serde_json::{Value, json};

use crate::{
    domain::{
        content::Content,
        ids::{ConversationId, ItemId},
        line::Line,
        role::Role,
        text::SafeText,
        time::Timestamp,
        workspace::view::{Consumer, ConversationState},
    },
    tui::chat::{conversation::Conversation, lines::window::IN_VIEW},
};

pub(crate) struct AgentConversation {
    pub(crate) state: ConversationState,
    pub(crate) chat: Conversation,
    /// Whether what is written is a private note.
    pub(crate) is_note: bool,
    /// Whether the consumer writes.
    pub(crate) typing: bool,
}

impl AgentConversation {
    /// A conversation with nothing said yet.
    pub(crate) fn new(state: ConversationState) -> Self {
        Self {
            state,
            chat: Conversation::default(),
            is_note: false,
            typing: false,
        }
    }

    /// No conversation at all: where commands are written while none is in view.
    pub(crate) fn blank() -> Self {
        let nobody = Consumer {
            id: "".into(),
            name: SafeText::default(),
            facts: Vec::new(),
            features: Vec::new(),
            sdes: Vec::new(),
        };
        Self::new(ConversationState {
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
        })
    }

    /// Whether something can be said in it.
    pub(crate) fn takes_text(&self) -> bool {
        let speaks = matches!(
            self.state.role,
            Some(Role::AssignedAgent | Role::Agent | Role::Manager)
        );
        self.state.is_open && speaks
    }

    /// The consumer's name on one row.
    pub(crate) fn name(&self) -> String {
        self.state.consumer.name.one_line()
    }

    /// The consumer's first name.
    pub(crate) fn first_name(&self) -> String {
        let name = self.name();
        name.split_whitespace().next().unwrap_or("").to_owned()
    }

    /// Takes a line in, new or changed.
    pub(crate) fn put(&mut self, line: &Line) {
        self.chat.put(line);
        self.chat.trim(IN_VIEW);
    }

    /// A line as JSON: its content and what came along with it.
    pub(crate) fn value_of(&self, id: ItemId) -> Option<Value> {
        let item = self.chat.lines.get(id)?;
        let content = item.content().and_then(|content| match content {
            Content::Rich { content, .. } => Some(content.clone()),
            Content::Text { text, .. } => Some(json!(text.as_str())),
            // The rest is shown as it is kept.
            content => serde_json::to_value(content).ok(),
        });
        match (content, item.metadata.as_ref()) {
            (Some(content), Some(metadata)) => {
                Some(json!({ "content": content, "metadata": metadata }))
            }
            (content, metadata) => content.or_else(|| metadata.cloned()),
        }
    }

    /// How many messages were said, by consumer and agents.
    pub(crate) fn counted(&self) -> usize {
        let newest = self
            .chat
            .lines
            .last()
            .and_then(|place| self.chat.lines.at(place));
        let up = |item: &&Line| self.chat.lines.before(item.place);
        let all = std::iter::successors(newest, up);
        all.filter(|item| item.content().is_some()).count()
    }
}
