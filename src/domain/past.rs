//! Past conversations as they are listed, and what a search among them found.

use crate::domain::{
    ids::{ConversationId, PhoneId},
    text::SafeText,
    time::Timestamp,
};

/// A conversation the journal has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastConversation {
    /// The phone it belongs to.
    pub phone: PhoneId,
    /// What the consumer is called; empty when the journal does not know.
    pub consumer: SafeText,
    /// The conversationId, by which it is opened.
    pub conversation: ConversationId,
    /// When its first line was written.
    pub began: Timestamp,
    /// How many lines it has.
    pub lines: u64,
    /// Whether it is open, as far as this phone was notified.
    pub is_open: bool,
    /// The agent who wrote last; empty when nobody with a name did.
    pub agent: SafeText,
    /// The stars the consumer gave.
    pub rating: Option<u64>,
    /// Where a search found its words.
    pub found_in: FoundIn,
    /// The first words of the consumer, else of anybody.
    pub opening: SafeText,
}

/// Where a search found its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundIn {
    /// Nothing was searched for.
    Nothing,
    /// In what was said, the names, the ids and the days.
    Lines,
    /// Some of them in the wire alone.
    Wire,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// The conversations that have the words in what was said, newest first, and then those that
    /// have some of them in the wire alone.
    pub conversations: Vec<PastConversation>,
    /// Where patience ended: this conversation and earlier ones may have the words unseen.
    pub back_to: Option<Timestamp>,
}
