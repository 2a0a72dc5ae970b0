//! One consumer's phone: whose it is, what was said on it, what is written and selected.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

use crate::{
    domain::{conversation::details::Details, ids::ItemId, persona::Persona, text::SafeText},
    engine::update::{Head, Past, Switches},
    tui::{
        chat::{bubble::BubbleTarget, cards::Cards, conversation::Conversation},
        commands::by_hand,
    },
};

/// One consumer's phone.
#[derive(Default)]
pub(crate) struct Phone {
    pub(crate) thread: u32,
    /// `None` until the engine has said who holds it.
    pub(crate) persona: Option<Box<Persona>>,
    /// Set when it is no phone but a conversation of the past, which can only be read.
    pub(crate) past: Option<Box<Past>>,
    pub(crate) head: Option<Head>,
    pub(crate) typing: Option<SafeText>,
    pub(crate) switches: Switches,
    pub(crate) details: Option<Box<Details>>,
    pub(crate) chat: Conversation,
    /// The request by hand as it was left.
    pub(crate) raw: Option<Box<by_hand::Draft>>,
    /// What the keyboard stands on in the selected bubble.
    pub(crate) button: Option<BubbleTarget>,
    /// What was done with the structured content of bubbles.
    pub(crate) cards: Cards,
    /// Bubbles of others that came while it was not in view.
    pub(crate) unread: usize,
    /// The bubbles of others the engine was told to be on screen.
    pub(crate) shown: BTreeSet<ItemId>,
    /// How far the uploads and downloads under way have come: bytes so far and in all.
    pub(crate) progress: HashMap<ItemId, (u64, u64)>,
    /// The files of bubbles that are on this machine, or why they are not.
    pub(crate) files: HashMap<ItemId, Result<PathBuf, String>>,
}

impl Phone {
    /// Whether real people are on the other side.
    pub(crate) fn is_production(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.production)
    }
}
