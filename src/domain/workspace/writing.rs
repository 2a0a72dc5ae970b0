//! The agent's typing, told as chat states: COMPOSING, PAUSE after three seconds, ACTIVE; changes
//! only, and one that fails is dropped.

use std::time::Duration;

use crate::domain::{
    ids::{ConversationId, TimerId},
    role::Role,
    time::Timestamp,
    wire::{
        outbound::ChatState,
        ums::request::{Event, Request},
    },
    workspace::{
        Workspace,
        effect::Effect,
        state::{Alarm, Purpose},
    },
};

/// No key for so long, and text standing: PAUSE.
const PAUSE: Duration = Duration::from_secs(3);

/// What the consumer was told of the composer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Writing {
    #[default]
    Idle,
    Composing {
        /// Looks after a while whether they still do.
        timer: TimerId,
        /// When they last did.
        last: Timestamp,
    },
    Paused,
}

impl Workspace {
    /// What stands in the composer changed.
    pub(super) fn typed(
        &mut self,
        id: &ConversationId,
        any: bool,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if !any {
            self.written(id, effects);
            return;
        }
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        if let Writing::Composing { last, .. } = &mut conversation.writing {
            *last = now;
            return;
        }
        if self.send_state(id, ChatState::Composing, effects) {
            let timer = self.wake(PAUSE, Alarm::Pause(id.clone()), effects);
            self.write(id, Writing::Composing { timer, last: now });
        }
    }

    /// The composer is empty: what stood there was said or deleted.
    pub(super) fn written(&mut self, id: &ConversationId, effects: &mut Vec<Effect>) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        match std::mem::take(&mut conversation.writing) {
            Writing::Idle => return,
            Writing::Composing { timer, .. } => {
                self.alarms.remove(&timer);
            }
            Writing::Paused => {}
        }
        self.send_state(id, ChatState::Active, effects);
    }

    /// It is time to look whether the agent still types.
    pub(super) fn pause(
        &mut self,
        id: &ConversationId,
        timer: TimerId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Writing::Composing {
            timer: current,
            last,
        }) = self
            .conversations
            .get(id)
            .map(|conversation| conversation.writing)
        else {
            return;
        };
        if current != timer {
            return;
        }
        let quiet = now.since(last);
        if quiet < PAUSE {
            let rest = PAUSE.saturating_sub(quiet);
            let timer = self.wake(rest, Alarm::Pause(id.clone()), effects);
            self.write(id, Writing::Composing { timer, last });
        } else {
            self.write(id, Writing::Paused);
            self.send_state(id, ChatState::Pause, effects);
        }
    }

    fn write(&mut self, id: &ConversationId, writing: Writing) {
        if let Some(conversation) = self.conversations.get_mut(id) {
            conversation.writing = writing;
        }
    }

    /// Whether it is told: only who can write there has something to tell.
    fn send_state(
        &mut self,
        id: &ConversationId,
        state: ChatState,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(conversation) = self.conversations.get(id).filter(|_| self.is_up) else {
            return false;
        };
        let role = self.role_in(&conversation.details);
        if !conversation.details.is_main_open || matches!(role, None | Some(Role::Reader)) {
            return false;
        }
        let what = Request::Publish {
            conversation: id.clone(),
            dialog: conversation.main(),
            event: Event::State(state),
            private: false,
            metadata: None,
        };
        self.ask(what, Purpose::Courtesy, effects);
        true
    }
}
