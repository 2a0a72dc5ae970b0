//! What the consumer is doing with the phone, told as chat states: changes
//! only, one at a time, the latest wins, and one that fails is dropped.

use std::time::Duration;

use crate::domain::{
    conversation::{Conversation, effect::Effect},
    ids::{RequestId, TimerId},
    persona::Habits,
    time::Timestamp,
    wire::outbound::{ChatState, Outbound},
};

/// What is to be told and what was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Presence {
    wanted: ChatState,
    told: Option<ChatState>,
    asking: Option<RequestId>,
    last_key: Timestamp,
    pause: Option<TimerId>,
    pub(super) looked: bool,
    /// The phone is in the pocket.
    pub(super) pocket: bool,
}

impl Presence {
    /// A phone in the hand, or for a consumer who does not read in the pocket.
    pub(super) fn new(habits: Habits) -> Self {
        Self {
            wanted: if habits.reads {
                ChatState::Active
            } else {
                ChatState::Inactive
            },
            told: None,
            asking: None,
            last_key: Timestamp::default(),
            pause: None,
            looked: true,
            pocket: !habits.reads,
        }
    }

    /// In a new conversation nothing was told yet.
    pub(super) fn greet(&mut self) {
        self.told = None;
    }

    /// Whether the request was a chat state; answered or not, it is over.
    pub(super) fn done(&mut self, request: RequestId) -> bool {
        let ours = self.asking == Some(request);
        if ours {
            self.asking = None;
        }
        ours
    }

    /// Whether what is on screen is seen.
    pub(super) fn can_read(&self) -> bool {
        self.looked && !self.pocket
    }

    fn rest(&mut self) {
        self.pause = None;
        self.wanted = if self.can_read() {
            ChatState::Active
        } else {
            ChatState::Inactive
        };
    }
}

impl Conversation {
    pub(super) fn typed(&mut self, now: Timestamp, standing: bool, effects: &mut Vec<Effect>) {
        if !standing {
            self.stopped_typing();
            return;
        }
        if !self.habits.tells_typing {
            return;
        }
        self.presence.last_key = now;
        self.presence.wanted = ChatState::Composing;
        if self.presence.pause.is_none() {
            self.arm_pause(self.pause(), effects);
        }
    }

    /// The draft was sent or deleted.
    pub(super) fn stopped_typing(&mut self) {
        self.presence.rest();
    }

    /// Silence after which text left standing counts as a pause.
    fn pause(&self) -> Duration {
        Duration::from_millis(self.habits.pause_ms.into())
    }

    fn arm_pause(&mut self, after: Duration, effects: &mut Vec<Effect>) {
        let timer = self.new_timer();
        self.presence.pause = Some(timer);
        effects.push(Effect::Wake { timer, after });
    }

    /// One timer serves a whole burst of keys: it is set again for what is left of the silence.
    pub(super) fn presence_woke(
        &mut self,
        now: Timestamp,
        timer: TimerId,
        effects: &mut Vec<Effect>,
    ) {
        if self.presence.pause != Some(timer) {
            return;
        }
        self.presence.pause = None;
        match self.pause().checked_sub(now.since(self.presence.last_key)) {
            Some(left) if !left.is_zero() => self.arm_pause(left, effects),
            _ => self.presence.wanted = ChatState::Pause,
        }
    }

    pub(super) fn look(&mut self, looked: bool) {
        self.presence.looked = looked;
        self.presence.rest();
        self.owe_reads();
    }

    pub(super) fn put_away(&mut self, on: bool) {
        self.presence.pocket = on;
        self.presence.rest();
        self.owe_reads();
    }

    pub(super) fn quit(&mut self) {
        self.quitting = true;
        self.presence.pause = None;
        self.presence.wanted = ChatState::Gone;
    }

    /// Whether leaving has been told, or cannot be, and no text is on its way.
    pub fn has_left(&self) -> bool {
        if self.sending.is_flying() {
            // Its answer would spare the next start a doubt.
            return false;
        }
        let can_tell = !self.flight && self.room().is_some_and(|room| room.main_open);
        !can_tell || (self.presence.asking.is_none() && self.presence.told == Some(ChatState::Gone))
    }

    /// While a text is on its way its chat state waits: COMPOSING, the text, ACTIVE.
    pub(super) fn advance_presence(&mut self, effects: &mut Vec<Effect>) {
        let wanted = self.presence.wanted;
        if self.presence.asking.is_some()
            || self.presence.told == Some(wanted)
            || self.sending.is_flying()
        {
            return;
        }
        let Some(room) = self.room() else { return };
        if !room.main_open {
            // Survey dialogs take no chat states (`send-api` 3.4).
            return;
        }
        let Some(at) = self.target() else { return };
        let request = self.new_request();
        self.presence.asking = Some(request);
        self.presence.told = Some(wanted);
        effects.push(Effect::Send {
            request,
            attempt: 1,
            outbound: Outbound::ChatState {
                conversation: at.conversation,
                dialog: at.dialog,
                state: wanted,
            },
            items: Vec::new(),
        });
    }
}
