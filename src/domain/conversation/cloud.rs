//! The conversations of the phone on the cloud, each with its dialogs: which
//! one the phone talks in, which are only listened to, and where a text goes.

use serde::{Deserialize, Serialize};

use crate::domain::{
    conversation::{Conversation, effect::Effect, saved::At},
    ids::{ConversationId, DialogId, Sequence},
    ranges::Ranges,
    role::Author,
    time::Timestamp,
    wire::inbound::{self, Facts},
};

/// Conversations of the phone still listened to, the current one included.
const CONVERSATIONS: usize = 16;
/// After so many refusals in a row that explain nothing a conversation counts as gone.
const GONE_AFTER: u8 = 2;
/// Places a dialog had before that are remembered.
const EARLIER: usize = 64;
/// Runs of numbers read by us that are remembered of a dialog.
const READS: usize = 256;

/// One conversation on the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CloudConversation {
    pub(super) id: ConversationId,
    /// Which conversation of the phone it is, from 1 on.
    #[serde(default)]
    pub(super) number: u32,
    pub(super) open: bool,
    pub(super) main_open: bool,
    /// Opened by others while the phone talked elsewhere; the talk goes on there once that is
    /// closed.
    #[serde(default, rename = "overheard")]
    pub(super) opened_by_others: bool,
    /// Refusals in a row that may mean that it is gone.
    #[serde(default)]
    pub(super) refusals: u8,
    pub(super) updated: Option<Timestamp>,
    pub(super) participants: Vec<Author>,
    /// Who was asked to take part and has not come yet.
    #[serde(default)]
    pub(super) suggested: Vec<Author>,
    #[serde(default)]
    pub(super) facts: Facts,
    pub(super) dialogs: Vec<Dialog>,
}

/// One dialog of it, with the numbers seen there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dialog {
    pub(super) id: DialogId,
    /// Its place among the dialogs of the phone.
    pub(super) ordinal: u32,
    /// The places it had before the talk went back to it; what was said then stands there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<u32>,
    pub(super) survey: bool,
    pub(super) open: bool,
    /// Events that came by webhook.
    #[serde(rename = "heard")]
    pub(super) received: Ranges,
    /// The highest number known, by webhook or by an answer.
    pub(super) top: Sequence,
    /// Numbers others accepted, read, and that we marked as read.
    pub(super) accepted: Ranges,
    pub(super) read: Ranges,
    pub(super) read_by_us: Ranges,
}

impl Conversation {
    /// The open conversation the phone talks in.
    pub(super) fn open_conversation(&self) -> Option<&CloudConversation> {
        self.saved.conversations.last().filter(|it| it.open)
    }

    pub(super) fn conversation_mut(
        &mut self,
        id: &ConversationId,
    ) -> Option<&mut CloudConversation> {
        self.saved.conversations.iter_mut().find(|it| it.id == *id)
    }

    /// Where a text goes now: the survey once the main dialog is closed, else the main dialog.
    pub(super) fn target(&self) -> Option<At> {
        self.open_conversation()?.target()
    }

    pub(super) fn dialog(&self, at: &At) -> Option<&Dialog> {
        let conversation = self
            .saved
            .conversations
            .iter()
            .find(|it| it.id == at.conversation)?;
        conversation
            .dialogs
            .iter()
            .find(|dialog| dialog.id == at.dialog)
    }

    /// The dialog, which is begun if the conversation does not have it yet.
    pub(super) fn dialog_mut(&mut self, at: &At) -> Option<&mut Dialog> {
        let next = self.saved.next_dialog;
        let conversation = self
            .saved
            .conversations
            .iter_mut()
            .find(|it| it.id == at.conversation)?;
        let known = conversation
            .dialogs
            .iter()
            .position(|dialog| dialog.id == at.dialog);
        let index = known.unwrap_or_else(|| {
            self.saved.next_dialog += 1;
            // The main dialog bears the conversation's id.
            let survey = at.dialog.as_str() != conversation.id.as_str();
            conversation
                .dialogs
                .push(Dialog::new(at.dialog.clone(), next, survey));
            conversation.dialogs.len() - 1
        });
        conversation.dialogs.get_mut(index)
    }

    /// A conversation enters the phone and becomes the one the phone talks in. One that was
    /// there before keeps what was received in it.
    pub(super) fn enter(&mut self, id: ConversationId) {
        let saved = &mut self.saved;
        let conversations = &mut saved.conversations;
        let known = conversations.iter().position(|it| it.id == id);
        let mut conversation = known.map_or_else(
            || {
                saved.entered += 1;
                CloudConversation::new(id.clone(), saved.entered)
            },
            |at| conversations.remove(at),
        );
        conversation.open = true;
        conversation.main_open = true;
        conversation.opened_by_others = false;
        conversations.push(conversation);
        self.forget_surplus();
        let main = At {
            dialog: id.as_str().into(),
            conversation: id,
        };
        if let Some(dialog) = self.dialog_mut(&main) {
            dialog.open = true;
        }
    }

    /// Stops listening to the oldest conversations, to closed ones first.
    pub(super) fn forget_surplus(&mut self) {
        let conversations = &mut self.saved.conversations;
        while conversations.len() > CONVERSATIONS {
            let others = conversations
                .split_last()
                .map_or(&[][..], |(_, others)| others);
            let oldest = others.iter().position(|it| !it.open).unwrap_or(0);
            conversations.remove(oldest);
        }
    }

    /// The cloud says that a dialog takes nothing any more: its conversation is over, unless a
    /// webhook has told meanwhile that it goes on elsewhere, as in a survey (`edge-cases` 3).
    pub(super) fn lose(&mut self, now: Timestamp, at: &At) {
        let is_current = self.current() == Some(&at.conversation);
        let Some(conversation) = self.conversation_mut(&at.conversation).filter(|it| it.open)
        else {
            return;
        };
        if conversation.target().as_ref() != Some(at) {
            return;
        }
        conversation.open = false;
        conversation.main_open = false;
        if is_current {
            self.typing = None;
            self.say(now, "The conversation is no longer open");
        }
    }

    /// The cloud refused something without a reason: the conversation may be gone. After the
    /// second time nothing more is said into it.
    pub(super) fn suspect(&mut self, now: Timestamp, at: &At) {
        let Some(conversation) = self.conversation_mut(&at.conversation) else {
            return;
        };
        conversation.refusals = conversation.refusals.saturating_add(1);
        if conversation.refusals >= GONE_AFTER {
            self.lose(now, at);
        }
    }

    /// A sign of life of a conversation: it is not gone.
    pub(super) fn is_alive(&mut self, conversation: &ConversationId) {
        if let Some(conversation) = self.conversation_mut(conversation) {
            conversation.refusals = 0;
        }
    }

    /// Where the talk is closed and no new one is wanted, it goes on in a conversation that others
    /// opened meanwhile, if there is one.
    pub(super) fn fall_back(&mut self, now: Timestamp) {
        if !self.is_closed() || self.quitting {
            return;
        }
        let waits =
            |conversation: &CloudConversation| conversation.opened_by_others && conversation.open;
        let Some(at) = self.saved.conversations.iter().rposition(waits) else {
            return;
        };
        let mut conversation = self.saved.conversations.remove(at);
        conversation.opened_by_others = false;
        self.typing = None;
        self.saved.conversations.push(conversation);
        self.say(now, "The talk goes on in the other conversation");
    }

    /// The talk goes on in an open conversation that was left; the cloud lets a consumer have several.
    pub(super) fn go_back(
        &mut self,
        now: Timestamp,
        wanted: Option<&ConversationId>,
        effects: &mut Vec<Effect>,
    ) {
        let at = match self.place_to_go_back(wanted) {
            Ok(at) => at,
            Err(why) => return effects.push(Effect::Remark(why)),
        };
        let leaves_open = self.is_open();
        let mut conversation = self.saved.conversations.remove(at);
        conversation.opened_by_others = false;
        // What is said from now on stands below what was said in the other one.
        let target = conversation.target();
        let mut dialogs = conversation.dialogs.iter_mut();
        if let Some(dialog) = dialogs.find(|dialog| {
            let is_target = |at: &At| at.dialog == dialog.id;
            target.as_ref().is_some_and(is_target)
        }) {
            dialog.earlier.push(dialog.ordinal);
            dialog
                .earlier
                .drain(..dialog.earlier.len().saturating_sub(EARLIER));
            dialog.ordinal = self.saved.next_dialog;
            self.saved.next_dialog += 1;
        }
        self.typing = None;
        self.saved.conversations.push(conversation);
        self.say(
            now,
            if leaves_open {
                "The talk goes back to an earlier conversation; the other one stays open"
            } else {
                "The talk goes back to an earlier conversation"
            },
        );
    }

    /// Which conversation to go back to, or why there is none.
    fn place_to_go_back(&self, wanted: Option<&ConversationId>) -> Result<usize, &'static str> {
        if self.setup.is_wanted() {
            return Err("another conversation is being opened; go back when it is there");
        }
        let conversations = &self.saved.conversations;
        let Some(wanted) = wanted else {
            let others = conversations
                .iter()
                .take(conversations.len().saturating_sub(1));
            let mut others = others.enumerate().rev();
            let open = others.find(|(_, other)| other.open);
            return open
                .map(|(at, _)| at)
                .ok_or("no other conversation of this phone is open");
        };
        if self.current() == Some(wanted) && self.is_open() {
            return Err("the talk is in that conversation already");
        }
        let at = conversations.iter().position(|it| it.id == *wanted);
        match at.and_then(|at| conversations.get(at).map(|it| (at, it.open))) {
            Some((at, true)) => Ok(at),
            Some((_, false)) => Err(
                "that conversation is closed, and a closed one cannot be opened again; what is written begins another",
            ),
            None => Err("this phone does not listen to that conversation any more"),
        }
    }

    /// Whether it is still open what follows the main dialog: we closed it and the cloud has not
    /// told, or it told that something follows and not what.
    pub(super) fn is_between(&self) -> bool {
        let unclear = |conversation: &CloudConversation| {
            let closing = conversation.main_open && self.closing.as_ref() == Some(&conversation.id);
            closing || (!conversation.main_open && conversation.target().is_none())
        };
        let conversation = self.open_conversation().filter(|it| unclear(it));
        conversation.is_some_and(|it| self.given_up.as_ref() != Some(&it.id))
    }

    /// The conversation a message belongs to. Where one of its ids is odd the other tells.
    pub fn conversation_of_message(&self, message: &inbound::Message) -> Option<ConversationId> {
        let by_dialog = self.conversation_of(&message.dialog);
        match &message.conversation {
            Some(named) if self.knows(named) => Some(named.clone()),
            Some(named) => by_dialog
                .filter(|it| self.knows(it))
                .or(Some(named.clone())),
            None => by_dialog,
        }
    }

    /// Whether a message belongs to a conversation of this phone.
    pub fn knows_message(&self, message: &inbound::Message) -> bool {
        let conversation = self.conversation_of_message(message);
        conversation.is_some_and(|it| self.knows(&it))
    }

    /// A message whose ids belong to no phone, as one of the conversation of this phone whose id
    /// stands somewhere in its body. Nobody can say what of it belongs there, so it is unreadable.
    pub fn trace(&self, message: &inbound::Message, body: &str) -> Option<inbound::Message> {
        let is_named = |conversation: &&CloudConversation| {
            let mut dialogs = conversation.dialogs.iter();
            body.contains(conversation.id.as_str())
                || dialogs.any(|dialog| body.contains(dialog.id.as_str()))
        };
        let conversation = self.saved.conversations.iter().rev().find(is_named)?;
        let has = |dialog: &Dialog| dialog.id == message.dialog;
        Some(inbound::Message {
            dialog: if conversation.dialogs.iter().any(has) {
                message.dialog.clone()
            } else {
                conversation.id.as_str().into()
            },
            conversation: Some(conversation.id.clone()),
            event: inbound::Event::Unreadable,
            ..message.clone()
        })
    }

    /// The conversation a dialog belongs to; an unknown dialog is taken for a main one, which
    /// bears its conversation's id.
    pub(super) fn conversation_of(&self, dialog: &DialogId) -> Option<ConversationId> {
        let has = |conversation: &&CloudConversation| {
            conversation.dialogs.iter().any(|known| known.id == *dialog)
        };
        let known = self.saved.conversations.iter().find(has);
        known.map(|it| it.id.clone()).or_else(|| {
            let same: ConversationId = dialog.as_str().into();
            (!dialog.as_str().is_empty()).then_some(same)
        })
    }
}

impl CloudConversation {
    fn new(id: ConversationId, number: u32) -> Self {
        Self {
            id,
            number,
            open: true,
            main_open: true,
            opened_by_others: false,
            refusals: 0,
            updated: None,
            participants: Vec::new(),
            suggested: Vec::new(),
            facts: Facts::default(),
            dialogs: Vec::new(),
        }
    }

    /// Where a text to it goes now.
    pub(super) fn target(&self) -> Option<At> {
        let wanted = |dialog: &&Dialog| dialog.open && dialog.survey != self.main_open;
        let dialog = self.dialogs.iter().rev().find(wanted)?;
        Some(At {
            conversation: self.id.clone(),
            dialog: dialog.id.clone(),
        })
    }
}

impl Dialog {
    fn new(id: DialogId, ordinal: u32, survey: bool) -> Self {
        Self {
            id,
            ordinal,
            earlier: Vec::new(),
            survey,
            open: true,
            received: Ranges::default(),
            top: 0,
            accepted: Ranges::default(),
            read: Ranges::default(),
            read_by_us: Ranges::default(),
        }
    }

    /// All places of what was said in it, the newest first.
    pub(super) fn ordinals(&self) -> impl Iterator<Item = u32> {
        std::iter::once(self.ordinal).chain(self.earlier.iter().rev().copied())
    }

    /// A message of others was read; false when it was before.
    pub(super) fn note_read(&mut self, sequence: Sequence) -> bool {
        let first_time = self.read_by_us.insert(sequence);
        self.read_by_us.close_gaps(READS);
        first_time
    }
}
