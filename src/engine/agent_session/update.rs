//! Everything the agent's session tells a front end.

use crate::domain::{
    availability::Availability,
    ids::SkillId,
    notice::Notice,
    text::SafeText,
    time::Timestamp,
    workspace::{effect::Shown, view::Colleague},
};

/// One change of what the agent's workspace shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// How it stands with the cloud, and who is logged in.
    Link(Link),
    /// What the workspace shows.
    Shown(Shown),
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
    /// Who is logged in, by the login name.
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
