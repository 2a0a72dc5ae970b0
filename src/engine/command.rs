//! Everything a front end can ask of the engine.

use crate::domain::ids::ItemId;

/// One wish of the person at the keyboard, or of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Send this text; the engine keeps it byte for byte.
    Submit(String),
    /// The composer changed by a key or a paste; `standing` says whether it holds text now.
    Typed {
        /// True while the composer is not empty.
        standing: bool,
    },
    /// The phone came into view (true) or left it (false): terminal focus.
    Looked(bool),
    /// The agent's bubbles that are on screen now. Sent when the set changed, not every frame.
    Shown(Vec<ItemId>),
    /// Use a quick reply of a bubble, by its position.
    Reply {
        /// The bubble that offers it.
        item: ItemId,
        /// Which of its replies, from 0.
        index: usize,
    },
    /// Send a failed message again.
    Retry(ItemId),
    /// Close the conversation, as the consumer.
    Close,
    /// Begin a new conversation; the open one, if any, stays open on the cloud.
    New,
    /// Flight mode: while true nothing goes out, and messages queue.
    Flight(bool),
    /// Phone in the pocket: while true messages are accepted but not read.
    Pocket(bool),
    /// Leave: GONE is sent, the journal is flushed, and [`Update::Stopped`] comes last.
    ///
    /// [`Update::Stopped`]: crate::engine::update::Update::Stopped
    Quit,
}
