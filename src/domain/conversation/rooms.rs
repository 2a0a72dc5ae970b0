//! The conversations of the thread on the cloud, each with its dialogs: which
//! one the phone talks in, which are only listened to, and where a text goes.

use serde::{Deserialize, Serialize};

use crate::domain::{
    conversation::{Conversation, saved::At},
    ids::{ConversationId, DialogId, Sequence},
    ranges::Ranges,
    role::Author,
    time::Timestamp,
    wire::inbound::{self, Facts},
};

/// Conversations of the thread still listened to, the current one included.
const ROOMS: usize = 16;
/// After so many refusals in a row that explain nothing a conversation counts as gone.
const GONE_AFTER: u8 = 2;
/// Runs of numbers read by us that are remembered of a dialog.
const READS: usize = 256;

/// One conversation on the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Room {
    pub(super) id: ConversationId,
    pub(super) open: bool,
    pub(super) main_open: bool,
    /// Opened by others while the phone talked elsewhere; the talk goes on there once that is
    /// closed.
    #[serde(default)]
    pub(super) overheard: bool,
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
    /// Its place among the dialogs of the thread.
    pub(super) ordinal: u32,
    pub(super) survey: bool,
    pub(super) open: bool,
    /// Events that came by webhook.
    pub(super) heard: Ranges,
    /// The highest number known, by webhook or by an answer.
    pub(super) top: Sequence,
    /// Numbers others accepted, read, and that we marked as read.
    pub(super) accepted: Ranges,
    pub(super) read: Ranges,
    pub(super) read_by_us: Ranges,
}

impl Conversation {
    /// The open conversation the phone talks in.
    pub(super) fn room(&self) -> Option<&Room> {
        self.saved.rooms.last().filter(|room| room.open)
    }

    pub(super) fn room_mut(&mut self, id: &ConversationId) -> Option<&mut Room> {
        self.saved.rooms.iter_mut().find(|room| room.id == *id)
    }

    /// Where a text goes now: the survey once the main dialog is closed, else the main dialog.
    pub(super) fn target(&self) -> Option<At> {
        self.room()?.target()
    }

    pub(super) fn dialog(&self, at: &At) -> Option<&Dialog> {
        let room = self
            .saved
            .rooms
            .iter()
            .find(|room| room.id == at.conversation)?;
        room.dialogs.iter().find(|dialog| dialog.id == at.dialog)
    }

    /// The dialog, which is begun if the room does not have it yet.
    pub(super) fn dialog_mut(&mut self, at: &At) -> Option<&mut Dialog> {
        let next = self.saved.next_dialog;
        let room = self
            .saved
            .rooms
            .iter_mut()
            .find(|room| room.id == at.conversation)?;
        let known = room
            .dialogs
            .iter()
            .position(|dialog| dialog.id == at.dialog);
        let index = known.unwrap_or_else(|| {
            self.saved.next_dialog += 1;
            // The main dialog bears the conversation's id.
            let survey = at.dialog.as_str() != room.id.as_str();
            room.dialogs
                .push(Dialog::new(at.dialog.clone(), next, survey));
            room.dialogs.len() - 1
        });
        room.dialogs.get_mut(index)
    }

    /// A conversation enters the thread and becomes the one the phone talks in. One that was
    /// there before keeps what was heard in it.
    pub(super) fn enter(&mut self, id: ConversationId) {
        let rooms = &mut self.saved.rooms;
        let known = rooms.iter().position(|room| room.id == id);
        let mut room = known.map_or_else(|| Room::new(id.clone()), |at| rooms.remove(at));
        room.open = true;
        room.main_open = true;
        room.overheard = false;
        rooms.push(room);
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
        let rooms = &mut self.saved.rooms;
        while rooms.len() > ROOMS {
            let others = rooms.split_last().map_or(&[][..], |(_, others)| others);
            let oldest = others.iter().position(|room| !room.open).unwrap_or(0);
            rooms.remove(oldest);
        }
    }

    /// The cloud says that a dialog takes nothing any more: its conversation is over, unless a
    /// webhook has told meanwhile that it goes on elsewhere, as in a survey (`edge-cases` 3).
    pub(super) fn lose(&mut self, now: Timestamp, at: &At) {
        let is_current = self.current() == Some(&at.conversation);
        let Some(room) = self.room_mut(&at.conversation).filter(|room| room.open) else {
            return;
        };
        if room.target().as_ref() != Some(at) {
            return;
        }
        room.open = false;
        room.main_open = false;
        if is_current {
            self.typing = None;
            self.say(now, "The conversation is no longer open");
        }
    }

    /// The cloud refused something without a reason: the conversation may be gone. After the
    /// second time nothing more is said into it.
    pub(super) fn suspect(&mut self, now: Timestamp, at: &At) {
        let Some(room) = self.room_mut(&at.conversation) else {
            return;
        };
        room.refusals = room.refusals.saturating_add(1);
        if room.refusals >= GONE_AFTER {
            self.lose(now, at);
        }
    }

    /// A sign of life of a conversation: it is not gone.
    pub(super) fn is_alive(&mut self, conversation: &ConversationId) {
        if let Some(room) = self.room_mut(conversation) {
            room.refusals = 0;
        }
    }

    /// Where the talk is closed and no new one is wanted, it goes on in a conversation that others
    /// opened meanwhile, if there is one.
    pub(super) fn fall_back(&mut self, now: Timestamp) {
        if !self.is_closed() || self.quitting {
            return;
        }
        let waits = |room: &Room| room.overheard && room.open;
        let Some(at) = self.saved.rooms.iter().rposition(waits) else {
            return;
        };
        let mut room = self.saved.rooms.remove(at);
        room.overheard = false;
        self.typing = None;
        self.saved.rooms.push(room);
        self.say(now, "The talk goes on in the other conversation");
    }

    /// Whether it is still open what follows the main dialog: we closed it and the cloud has not
    /// told, or it told that something follows and not what.
    pub(super) fn is_between(&self) -> bool {
        let unclear = |room: &Room| {
            let closing = room.main_open && self.closing.as_ref() == Some(&room.id);
            closing || (!room.main_open && room.target().is_none())
        };
        let room = self.room().filter(|room| unclear(room));
        room.is_some_and(|room| self.given_up.as_ref() != Some(&room.id))
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

    /// Whether a message belongs to a conversation of this thread.
    pub fn knows_message(&self, message: &inbound::Message) -> bool {
        let conversation = self.conversation_of_message(message);
        conversation.is_some_and(|conversation| self.knows(&conversation))
    }

    /// A message whose ids belong to no thread, as one of the conversation of this thread whose id
    /// stands somewhere in its body. Nobody can say what of it belongs there, so it is unreadable.
    pub fn trace(&self, message: &inbound::Message, body: &str) -> Option<inbound::Message> {
        let is_named = |room: &&Room| {
            let mut dialogs = room.dialogs.iter();
            body.contains(room.id.as_str())
                || dialogs.any(|dialog| body.contains(dialog.id.as_str()))
        };
        let room = self.saved.rooms.iter().rev().find(is_named)?;
        let has = |dialog: &Dialog| dialog.id == message.dialog;
        Some(inbound::Message {
            dialog: if room.dialogs.iter().any(has) {
                message.dialog.clone()
            } else {
                room.id.as_str().into()
            },
            conversation: Some(room.id.clone()),
            event: inbound::Event::Unreadable,
            ..message.clone()
        })
    }

    /// The conversation a dialog belongs to; an unknown dialog is taken for a main one, which
    /// bears its conversation's id.
    pub(super) fn conversation_of(&self, dialog: &DialogId) -> Option<ConversationId> {
        let has = |room: &&Room| room.dialogs.iter().any(|known| known.id == *dialog);
        let known = self.saved.rooms.iter().find(has);
        known.map(|room| room.id.clone()).or_else(|| {
            let same: ConversationId = dialog.as_str().into();
            (!dialog.as_str().is_empty()).then_some(same)
        })
    }
}

impl Room {
    fn new(id: ConversationId) -> Self {
        Self {
            id,
            open: true,
            main_open: true,
            overheard: false,
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
            survey,
            open: true,
            heard: Ranges::default(),
            top: 0,
            accepted: Ranges::default(),
            read: Ranges::default(),
            read_by_us: Ranges::default(),
        }
    }

    /// A message of others was read; false when it was before.
    pub(super) fn note_read(&mut self, sequence: Sequence) -> bool {
        let first_time = self.read_by_us.insert(sequence);
        self.read_by_us.close_gaps(READS);
        first_time
    }
}
