//! One consumer's phone: whose it is, what was said on it, what is written and selected.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

use crate::{
    domain::{
        conversation::details::Details,
        ids::{ConversationId, ItemId, PhoneId},
        persona::Persona,
        text::SafeText,
        time::Timestamp,
    },
    engine::{
        command::Command,
        update::{Head, Past, Switches},
    },
    tui::{
        chat::{bubble::BubbleTarget, cards::Cards, conversation::Conversation},
        commands::by_hand,
    },
};

/// What is shown in the place of a phone.
#[derive(Debug)]
pub(crate) enum Owner {
    Phone(PhoneId),
    /// A conversation of the past, which can only be read.
    Past(Box<Past>),
}

impl Default for Owner {
    fn default() -> Self {
        Self::Phone(PhoneId::default())
    }
}

/// A scenario that is written when the recording ends.
#[derive(Debug)]
pub(crate) struct Recording {
    /// The file that is written.
    pub(crate) file: PathBuf,
    /// When it began.
    pub(crate) since: Timestamp,
    /// The conversations the phone talked in since, in their order.
    pub(crate) conversations: Vec<ConversationId>,
}

impl Recording {
    /// Conversations of one recording; of more the journal knows.
    const MOST: usize = 16;

    /// Takes note that the phone talks in this conversation.
    pub(crate) fn goes_on_in(&mut self, conversation: Option<&ConversationId>) {
        let new = conversation.filter(|one| !self.conversations.contains(one));
        let has_room = self.conversations.len() < Self::MOST;
        self.conversations.extend(new.filter(|_| has_room).cloned());
    }
}

#[derive(Default)]
pub(crate) struct Phone {
    pub(crate) owner: Owner,
    /// `None` until the engine has said who holds it.
    pub(crate) persona: Option<Box<Persona>>,
    pub(crate) head: Option<Head>,
    pub(crate) typing: Option<SafeText>,
    /// How many messages were said again so far, and how many there are.
    pub(crate) replaying: Option<(usize, usize)>,
    pub(crate) switches: Switches,
    pub(crate) details: Option<Box<Details>>,
    pub(crate) chat: Conversation,
    /// The draft as the engine was last told of it, with the conversation it is for.
    pub(crate) kept_draft: (Option<ConversationId>, String),
    /// Whether the engine had no room for that.
    pub(crate) is_draft_unkept: bool,
    /// What is recorded of it.
    pub(crate) recording: Option<Recording>,
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
    /// Which phone it is; `None` for a conversation of the past.
    pub(crate) fn id(&self) -> Option<PhoneId> {
        match self.owner {
            Owner::Phone(id) => Some(id),
            Owner::Past(_) => None,
        }
    }

    /// The conversation of the past, when it is one.
    pub(crate) fn past(&self) -> Option<&Past> {
        match &self.owner {
            Owner::Phone(_) => None,
            Owner::Past(past) => Some(past),
        }
    }

    /// What the engine is to be told of the draft, so that the next start has it; nothing when it
    /// knows.
    pub(crate) fn draft_to_keep(&mut self) -> Vec<Command> {
        let Some(phone) = self.id() else {
            return Vec::new();
        };
        let head = self.head.as_ref();
        let conversation = head.and_then(|head| head.conversation.as_ref());
        let text = self.chat.composer.field.text();
        let (kept_for, kept) = &self.kept_draft;
        let moves = kept_for.as_ref() != conversation && !kept.is_empty();
        if kept == text && !moves && !std::mem::take(&mut self.is_draft_unkept) {
            return Vec::new();
        }
        let now = (conversation.cloned(), text.to_owned());
        let (before, _) = std::mem::replace(&mut self.kept_draft, now.clone());
        let draft = |(conversation, text)| Command::Draft {
            phone,
            conversation,
            text,
        };
        let forget = moves.then(|| draft((before, String::new())));
        forget.into_iter().chain([draft(now)]).collect()
    }

    /// Whether real people are on the other side.
    pub(crate) fn is_production(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.production)
    }
}
