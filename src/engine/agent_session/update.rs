//! Everything the agent's session tells a front end. What the workspace holds is described in
//! [`domain::workspace::view`](crate::domain::workspace::view).

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, SkillId},
    notice::Notice,
    text::SafeText,
    time::Timestamp,
    workspace::view::{Colleague, Held, Line, Ring},
};

/// One change of what the agent's workspace shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// How it stands with the cloud, and who sits here.
    Link(Link),
    /// What rings here, oldest first; replaces what was told before.
    Rings(Vec<Ring>),
    /// A conversation came to the workspace or changed; replaces what was told of it before.
    Conversation(Box<Held>),
    /// A conversation left the workspace.
    Gone(ConversationId),
    /// Lines of a conversation, new or changed; one of the same number replaces the earlier one.
    Lines {
        /// Whose.
        conversation: ConversationId,
        /// In the order of their numbers.
        lines: Vec<Line>,
    },
    /// The consumer writes, or stopped.
    Typing {
        /// In which conversation.
        conversation: ConversationId,
        /// Whether they do.
        typing: bool,
    },
    /// The skills of the account and who works there, for transfers; empty where the login may
    /// not see them.
    House {
        /// Every skill with its name.
        skills: Vec<(SkillId, SafeText)>,
        /// Every agent but oneself.
        agents: Vec<Colleague>,
    },
    /// Something to tell the user.
    Notice(Notice),
    /// The last update.
    Stopped,
}

/// How it stands with the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who sits here, as they log in.
    pub me: SafeText,
    /// The account.
    pub account: SafeText,
    /// What the session is doing about its connection.
    pub state: State,
    /// What the cloud says of the agent's state.
    pub availability: Availability,
}

/// What the session is doing about its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Logging in or connecting, for the first time.
    Connecting,
    /// Connected, subscribed, and answered.
    Up,
    /// Lost; tried again at this time.
    Down {
        /// Why, in words.
        why: String,
        /// When it is tried again; `None` when only the user can help.
        again: Option<Timestamp>,
    },
}
