//! What the consumer is doing with the phone, sent as chat states one at a
//! time. Of behaviour changes only: the latest wins, and one that fails is
//! dropped. By hand each one, whatever was sent before; behaviour goes on from
//! there.

use std::{collections::VecDeque, time::Duration};

use crate::domain::{
    conversation::{Conversation, effect::Effect},
    ids::{ConversationId, RequestId, TimerId},
    persona::Habits,
    retry::Problem,
    time::Timestamp,
    wire::outbound::{ChatState, Outbound},
};

/// Chat states sent by hand that may wait; more are refused.
const BY_HAND: usize = 16;
/// Said of those that waited for a conversation which is not to be had.
const NOT_SENT: &str = "a chat state was not told: no conversation is open";

/// What is to be sent and what was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Presence {
    wanted: ChatState,
    /// What was sent last, and in which conversation: in another one nothing was sent yet.
    sent: Option<(ConversationId, ChatState)>,
    /// What the person wants sent, first to last.
    by_hand: VecDeque<ChatState>,
    asking: Option<Asking>,
    last_key: Timestamp,
    pause: Option<TimerId>,
    pub(super) looked: bool,
    /// The phone is in the pocket.
    pub(super) pocket: bool,
}

/// A chat state on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asking {
    request: RequestId,
    by_hand: bool,
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
            sent: None,
            by_hand: VecDeque::new(),
            asking: None,
            last_key: Timestamp::default(),
            pause: None,
            looked: true,
            pocket: !habits.reads,
        }
    }

    /// Nothing sent by hand waits any more.
    pub(super) fn forget_hand(&mut self) {
        self.by_hand.clear();
    }

    /// The chat state of a request, if it is one; answered or not, it is over.
    fn end(&mut self, request: RequestId) -> Option<Asking> {
        self.asking.take_if(|asking| asking.request == request)
    }

    /// Whether the request was a chat state; it has arrived.
    pub(super) fn done(&mut self, request: RequestId) -> bool {
        self.end(request).is_some()
    }

    fn has_sent(&self, conversation: &ConversationId, state: ChatState) -> bool {
        let sent = self.sent.as_ref();
        sent.is_some_and(|(to, sent)| to == conversation && *sent == state)
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
    /// Sends a chat state by hand.
    pub(super) fn send_state(&mut self, state: ChatState, effects: &mut Vec<Effect>) {
        if self.is_closed() {
            effects.push(Effect::Remark("no conversation is open"));
        } else if self.presence.by_hand.len() == BY_HAND {
            effects.push(Effect::Remark("too many chat states wait to be told"));
        } else {
            if self.flight {
                effects.push(Effect::Remark("it waits until flight mode ends"));
            }
            self.presence.by_hand.push_back(state);
            self.presence.pause = None;
            self.presence.wanted = state;
        }
    }

    /// Whether the request was a chat state; only one sent by hand is worth a word.
    pub(super) fn chat_state_failed(
        &mut self,
        request: RequestId,
        problem: &Problem,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let failed = self.presence.end(request);
        if failed.is_some_and(|asking| asking.by_hand) {
            effects.push(Effect::Tell {
                tried: "telling a chat state",
                problem: problem.clone(),
                again: None,
            });
        }
        failed.is_some()
    }

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

    pub(super) fn set_pocket(&mut self, on: bool) {
        self.presence.pocket = on;
        self.presence.rest();
        self.owe_reads();
    }

    /// The consumer has other habits from now on; what they change is sent with the next step.
    pub fn set_habits(&mut self, habits: Habits) {
        let before = std::mem::replace(&mut self.habits, habits);
        if before.reads != habits.reads {
            self.set_pocket(!habits.reads);
        }
    }

    pub(super) fn quit(&mut self) {
        self.quitting = true;
        self.presence.pause = None;
        self.presence.forget_hand();
        self.presence.wanted = ChatState::Gone;
    }

    /// Whether GONE has been sent, or cannot be, and no text is on its way.
    pub fn has_left(&self) -> bool {
        if self.sending.is_flying() {
            // Its answer would spare the next start a doubt.
            return false;
        }
        let conversation = self
            .open_conversation()
            .filter(|it| it.main_open && !self.flight);
        conversation.is_none_or(|conversation| {
            let has_sent = self.presence.has_sent(&conversation.id, ChatState::Gone);
            has_sent && self.presence.asking.is_none()
        })
    }

    /// While a message is on its way the chat state of behaviour waits: COMPOSING, the text,
    /// ACTIVE.
    pub(super) fn advance_presence(&mut self, effects: &mut Vec<Effect>) {
        let by_hand = self.presence.by_hand.front().copied();
        let wanted = by_hand.unwrap_or(self.presence.wanted);
        if self.presence.asking.is_some() {
            return;
        }
        let Some(conversation) = self.open_conversation() else {
            if self.is_closed() && by_hand.is_some() {
                self.presence.forget_hand();
                effects.push(Effect::Remark(NOT_SENT));
            }
            return;
        };
        // Survey dialogs take no chat states (`send-api` 3.4); by hand it can be tried.
        let waits = !conversation.main_open || self.sending.is_flying();
        if by_hand.is_none() && (waits || self.presence.has_sent(&conversation.id, wanted)) {
            return;
        }
        let Some(at) = self.target() else { return };
        let request = self.new_request();
        self.presence.by_hand.pop_front();
        self.presence.asking = Some(Asking {
            request,
            by_hand: by_hand.is_some(),
        });
        self.presence.sent = Some((at.conversation.clone(), wanted));
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
