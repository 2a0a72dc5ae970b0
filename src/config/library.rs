//! What an agent's workspace has at hand: canned replies and cards, those that are
//! embedded and the user's own beside the settings.

use std::path::Path;

use crate::config::{
    cards::{self, Card},
    own_file::OwnFileError,
    replies::{self, Reply},
};

/// Canned replies and cards: those that are embedded, and the user's own.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The canned replies.
    pub replies: Vec<Reply>,
    /// The cards.
    pub cards: Vec<Card>,
}

impl Library {
    /// What is embedded.
    pub fn embedded() -> Self {
        Self {
            replies: replies::embedded(),
            cards: cards::embedded(),
        }
    }

    /// What is embedded, and the user's own in the folder of settings: `replies.toml`, and
    /// `cards/*.json`; and why others of the user's cannot be had.
    pub(crate) fn in_folder(folder: &Path) -> (Self, Vec<OwnFileError>) {
        let (replies, mut faults) = replies::all(&folder.join("replies.toml"));
        let (cards, more) = cards::all(&folder.join("cards"));
        faults.extend(more);
        (Self { replies, cards }, faults)
    }
}
