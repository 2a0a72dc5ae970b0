//! What a conversation holds: the part that survives a crash ([`Saved`]), the
//! lines of the phone, and what lives only while the program does.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    conversation::{presence::Presence, ranges::Ranges, receipts, sending, setup::Setup},
    ids::{ConversationId, DialogId, ItemId, ParticipantId, RequestId, Sequence, TimerId},
    item::{Body, Item, Place},
    role::{Author, Role},
    text::SafeText,
    time::Timestamp,
    wire::{inbound, outbound::AcceptStatus},
};

/// Lines kept at hand; of older ones late receipts are no longer shown.
const LINES: usize = 4096;
/// Conversations of the thread still listened to, the current one included.
const ROOMS: usize = 16;

/// One consumer's thread with the brand.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub(super) saved: Saved,
    pub(super) items: BTreeMap<u32, Item>,
    /// Where the numbered messages are, by dialog and sequence.
    pub(super) numbered: HashMap<(u32, Sequence), u32>,
    pub(super) changed: BTreeSet<u32>,
    pub(super) names: BTreeMap<ParticipantId, SafeText>,
    pub(super) setup: Setup,
    pub(super) sending: sending::Stage,
    pub(super) receipts: receipts::Lane,
    pub(super) presence: Presence,
    pub(super) typing: Option<ParticipantId>,
    pub(super) flight: bool,
    pub(super) quitting: bool,
}

/// What is journalled after every step that changed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    pub(super) thread: u32,
    pub(super) me: Option<ParticipantId>,
    pub(super) rooms: Vec<Room>,
    /// CONVERSATION has left, and what came of it is not known.
    #[serde(default)]
    pub(super) opening: bool,
    /// Messages of conversations not known to be ours yet.
    #[serde(default)]
    pub(super) orphans: VecDeque<inbound::Message>,
    /// What is to go out, first to last.
    pub(super) jobs: VecDeque<Job>,
    /// What is on its way out; after a crash nobody knows whether it left.
    pub(super) leaving: Option<Job>,
    /// What went wrong and may be sent again by hand.
    pub(super) failed: Vec<Job>,
    pub(super) owed: Vec<Owed>,
    /// Receipts on their way out.
    pub(super) acknowledging: Option<Acknowledging>,
    pub(super) next_item: u32,
    pub(super) next_dialog: u32,
    pub(super) next_request: u64,
    pub(super) next_timer: u64,
}

/// One conversation on the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Room {
    pub(super) id: ConversationId,
    pub(super) open: bool,
    pub(super) main_open: bool,
    pub(super) updated: Option<Timestamp>,
    pub(super) participants: Vec<Author>,
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

/// Where something is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct At {
    pub(super) conversation: ConversationId,
    pub(super) dialog: DialogId,
}

/// Something to go out in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub(super) enum Job {
    /// A text; exactly these bytes.
    Text {
        item: u32,
        text: String,
        metadata: Option<Value>,
        /// Fixed for the answer to a quick reply; else wherever the talk is.
        at: Option<At>,
        /// True once it was carried over from a conversation that had closed.
        moved: bool,
    },
    /// A click on a quick reply.
    Action {
        at: At,
        sequence: Sequence,
        item: u32,
        metadata: Value,
    },
    /// The consumer closes the conversation.
    Close,
}

/// Receipts owed to one dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    pub(super) at: At,
    pub(super) accept: BTreeSet<Sequence>,
    pub(super) read: BTreeSet<Sequence>,
}

/// One request's worth of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acknowledging {
    pub(super) at: At,
    pub(super) status: AcceptStatus,
    pub(super) sequences: Vec<Sequence>,
}

impl Conversation {
    /// A thread in which nothing has happened yet; `names` says what to call whom.
    pub fn new(thread: u32, names: BTreeMap<ParticipantId, SafeText>) -> Self {
        let saved = Saved {
            thread,
            ..Saved::default()
        };
        Self::restored(saved, Vec::new(), names)
    }

    /// A thread as it was journalled; `items` are its latest lines in any order.
    pub fn restored(
        saved: Saved,
        items: Vec<Item>,
        names: BTreeMap<ParticipantId, SafeText>,
    ) -> Self {
        let items: BTreeMap<u32, Item> = items
            .into_iter()
            .map(|item| (item.id.number, item))
            .collect();
        let numbered = items
            .values()
            .filter_map(|item| {
                let sequence = match &item.body {
                    Body::Mine { delivery, .. } => delivery.sequence(),
                    Body::Theirs { sequence, .. } => Some(*sequence),
                    Body::Quiet { .. } => None,
                };
                Some(((item.place.dialog, sequence?), item.id.number))
            })
            .collect();
        Self {
            saved,
            items,
            numbered,
            changed: BTreeSet::new(),
            names,
            setup: Setup::default(),
            sending: sending::Stage::default(),
            receipts: receipts::Lane::default(),
            presence: Presence::default(),
            typing: None,
            flight: false,
            quitting: false,
        }
    }

    /// What has to be journalled besides the changed lines.
    pub fn saved(&self) -> &Saved {
        &self.saved
    }

    /// The lines that changed since this was last asked, in their order of birth.
    pub fn take_changed(&mut self) -> Vec<Item> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .iter()
            .filter_map(|number| self.items.get(number).cloned())
            .collect()
    }

    /// These lines could not be kept; they count as changed again.
    pub fn change_again(&mut self, items: &[Item]) {
        self.changed.extend(items.iter().map(|item| item.id.number));
    }

    /// The lines at hand, in their order of birth.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// The conversation the phone talks in, open or closed; `None` before the first.
    pub fn current(&self) -> Option<&ConversationId> {
        self.saved.rooms.last().map(|room| &room.id)
    }

    /// Whether the phone's conversation is open.
    pub fn is_open(&self) -> bool {
        self.room().is_some()
    }

    /// Whether no conversation is open and none is on its way.
    pub fn is_closed(&self) -> bool {
        !self.is_open() && !self.setup.is_wanted()
    }

    /// Who is typing.
    pub fn typing(&self) -> Option<SafeText> {
        let who = self.typing.as_ref()?;
        Some(self.name(who, &Role::AssignedAgent))
    }

    /// The name of the agent who has the conversation.
    pub fn agent(&self) -> Option<SafeText> {
        let assigned = self
            .room()?
            .participants
            .iter()
            .find(|one| one.role == Role::AssignedAgent)?;
        Some(self.name(&assigned.id, &assigned.role))
    }

    /// Flight mode.
    pub fn flight(&self) -> bool {
        self.flight
    }

    /// Phone in the pocket.
    pub fn pocket(&self) -> bool {
        self.presence.pocket
    }

    /// What to call somebody.
    pub(super) fn name(&self, who: &ParticipantId, role: &Role) -> SafeText {
        self.names.get(who).cloned().unwrap_or_else(|| {
            SafeText::clean(match role {
                Role::Manager => "A supervisor",
                Role::Controller => "The system",
                _ => "The agent",
            })
        })
    }

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

    pub(super) fn new_request(&mut self) -> RequestId {
        self.saved.next_request += 1;
        RequestId(self.saved.next_request)
    }

    pub(super) fn new_timer(&mut self) -> TimerId {
        self.saved.next_timer += 1;
        TimerId(self.saved.next_timer)
    }

    pub(super) fn id(&self, number: u32) -> ItemId {
        ItemId {
            thread: self.saved.thread,
            number,
        }
    }

    /// Adds a line at the place `at` gives it; returns its number.
    pub(super) fn add(&mut self, now: Timestamp, spot: (u32, Sequence), body: Body) -> u32 {
        let number = self.saved.next_item;
        self.saved.next_item += 1;
        let item = Item {
            id: self.id(number),
            place: self.place(spot, number),
            at: now,
            body,
        };
        self.items.insert(number, item);
        self.changed.insert(number);
        while self.items.len() > LINES {
            // What is not journalled yet or still has a way to go is kept, however old.
            let done = |(number, item): &(&u32, &Item)| {
                !self.changed.contains(number) && !item.body.is_underway()
            };
            let Some(number) = self.items.iter().find(done).map(|(number, _)| *number) else {
                break;
            };
            if let Some(old) = self.items.remove(&number) {
                let spot = (old.place.dialog, old.place.sequence);
                if self.numbered.get(&spot) == Some(&number) {
                    self.numbered.remove(&spot);
                }
            }
        }
        number
    }

    pub(super) fn place(&self, (dialog, sequence): (u32, Sequence), number: u32) -> Place {
        Place {
            thread: self.saved.thread,
            dialog,
            sequence,
            number,
        }
    }

    /// The spot after everything that has a number by now.
    pub(super) fn latest_spot(&self) -> (u32, Sequence) {
        let dialogs = self.saved.rooms.iter().flat_map(|room| &room.dialogs);
        dialogs
            .max_by_key(|dialog| dialog.ordinal)
            .map_or((0, 0), |dialog| (dialog.ordinal, dialog.top))
    }

    /// Adds a quiet line after everything that has a number by now.
    pub(super) fn say(&mut self, now: Timestamp, text: &str) {
        let text = SafeText::clean(text);
        self.add(now, self.latest_spot(), Body::Quiet { text });
    }
}

impl Room {
    fn new(id: ConversationId) -> Self {
        Self {
            id,
            open: true,
            main_open: true,
            updated: None,
            participants: Vec::new(),
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
}
