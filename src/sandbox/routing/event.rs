//! What the router sends to an agent's session in this process.

use crate::{
    domain::ids::ConversationId,
    sandbox::model::changes::{News, View},
};

/// What an agent's session learns.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentEvent {
    /// A conversation waits to be taken by this agent.
    Ring(View),
    /// It does not any more: taken, closed or gone to another.
    RingEnded(ConversationId),
    /// A conversation was begun in this agent's name, who owns it without a ring.
    Given(View),
    /// A better agent is there for this one: it is to go back to the queue.
    Relieved(ConversationId),
    /// The person of the same name is there, whose conversation this is.
    Replaced(ConversationId),
    /// Something happened in a conversation this agent is in.
    News {
        /// Which conversation.
        conversation: ConversationId,
        /// What.
        news: News,
    },
}
