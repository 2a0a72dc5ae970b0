//! Finding out who we are and opening a conversation.

use std::{collections::VecDeque, time::Duration};

use crate::domain::{
    conversation::{Conversation, effect::Effect},
    ids::{ConversationId, RequestId, TimerId},
    retry::{self, Problem},
    time::Timestamp,
};

/// How long a conversation whose opening got no answer may take to show itself by webhook
/// before another is opened.
const UNSURE: Duration = Duration::from_secs(15);

/// How far the way to an open conversation has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Setup {
    wanted: bool,
    stage: Stage,
    /// An opening that was under way when a webhook brought a conversation; usually that one.
    overtaken: Option<RequestId>,
    /// An opening that was under way when the phone was closed.
    left_behind: Option<RequestId>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    /// A request is on its way.
    Asking { request: RequestId, attempt: u32 },
    /// The next try comes when the timer does.
    Waiting { timer: TimerId, attempt: u32 },
    /// The timer has come.
    Due { attempt: u32 },
}

impl Setup {
    /// A conversation is wanted.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Whether the request is the one under way; if so it is over.
    pub(super) fn ends(&mut self, answered: RequestId) -> bool {
        let ends = matches!(self.stage, Stage::Asking { request, .. } if request == answered);
        if ends {
            self.stage = Stage::Idle;
        }
        ends
    }

    /// The request under way, or the one left behind before.
    pub(super) fn asking(&self) -> Option<RequestId> {
        match self.stage {
            Stage::Asking { request, .. } => Some(request),
            _ => self.left_behind,
        }
    }

    /// The answer to a request of before the phone was closed may still come.
    pub(super) fn leave_behind(&mut self, request: Option<RequestId>) {
        self.left_behind = request;
    }

    pub(super) fn woke(&mut self, woken: TimerId) {
        if let Stage::Waiting { timer, attempt } = self.stage
            && timer == woken
        {
            self.stage = Stage::Due { attempt };
        }
    }
}

impl Conversation {
    /// The request under way that is to open a conversation, or to find out who opens it.
    pub fn opening(&self) -> Option<RequestId> {
        match self.setup.stage {
            Stage::Asking { request, .. } => Some(request),
            _ => None,
        }
    }

    pub(super) fn advance_setup(&mut self, effects: &mut Vec<Effect>) {
        let attempt = match self.setup.stage {
            Stage::Idle => 1,
            Stage::Due { attempt } => attempt,
            Stage::Asking { .. } | Stage::Waiting { .. } => return,
        };
        if !self.setup.wanted || self.quitting {
            return;
        }
        let request = self.new_request();
        self.setup.stage = Stage::Asking { request, attempt };
        effects.push(if self.saved.me.is_none() {
            Effect::Identify { request }
        } else {
            self.saved.opening = true;
            Effect::Open { request, attempt }
        });
    }

    /// After a crash: a conversation that was being opened may be there, and its webhook among
    /// those still to be heard.
    pub(super) fn recover_setup(&mut self, effects: &mut Vec<Effect>) {
        if self.saved.opening {
            self.setup.want();
            let timer = self.new_timer();
            self.setup.stage = Stage::Waiting { timer, attempt: 1 };
            effects.push(Effect::Wake {
                timer,
                after: UNSURE,
            });
        } else if !self.is_open() && self.habits.opens_at_once {
            self.setup.want();
        }
    }

    pub(super) fn opened(
        &mut self,
        now: Timestamp,
        request: RequestId,
        id: &ConversationId,
        effects: &mut Vec<Effect>,
    ) {
        let is_new = self.conversation_mut(id).is_none();
        let late = self.setup.overtaken == Some(request) && is_new;
        if late && let Some(others) = self.saved.conversations.last_mut() {
            // What was taken for ours was opened by others.
            others.opened_by_others = true;
        }
        let after_all = self.setup.left_behind == Some(request) && is_new;
        if late || after_all || self.setup.ends(request) {
            self.adopt(now, id, effects);
        } else if is_new {
            // Nobody waits for it any more. It is ours all the same, and the cloud may have notified of
            // it in vain.
            self.come_upon(now, id, effects);
        }
    }

    /// A conversation of ours shows itself that the phone did not know.
    pub(super) fn come_upon(
        &mut self,
        now: Timestamp,
        id: &ConversationId,
        effects: &mut Vec<Effect>,
    ) {
        if self.may_adopt() {
            if !self.setup.is_wanted() {
                self.say(now, "A new conversation was opened for you");
            }
            self.adopt(now, id, effects);
        } else {
            self.say(now, "Another conversation was opened beside this one");
            self.follow_other(now, id, effects);
        }
    }

    /// The phone talks in this conversation from now on. Its webhooks may have come before the
    /// answer that names it.
    pub(super) fn adopt(&mut self, now: Timestamp, id: &ConversationId, effects: &mut Vec<Effect>) {
        let overtaken = match self.setup.stage {
            Stage::Asking { request, .. } => Some(request),
            _ => None,
        };
        self.setup = Setup {
            overtaken,
            ..Setup::default()
        };
        self.saved.opening = false;
        if self.current() != Some(id) || !self.is_open() {
            self.typing = None;
            if self.is_open() {
                self.say(now, "A new conversation begins; the one before stays open");
            }
            self.enter(id.clone());
        }
        self.claim_orphans(now, id, effects);
    }

    /// A conversation of ours that the phone does not talk in: opened by an agent or on another
    /// device, or here by a request whose answer was lost for long (`edge-cases` 3).
    fn follow_other(&mut self, now: Timestamp, id: &ConversationId, effects: &mut Vec<Effect>) {
        let current = self.saved.conversations.pop();
        self.enter(id.clone());
        if let Some(conversation) = self.conversation_mut(id) {
            conversation.opened_by_others = true;
        }
        self.saved.conversations.extend(current);
        self.forget_surplus();
        self.claim_orphans(now, id, effects);
    }

    fn claim_orphans(&mut self, now: Timestamp, id: &ConversationId, effects: &mut Vec<Effect>) {
        let (ours, others): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.saved.orphans)
            .into_iter()
            .partition(|message| message.conversation.as_ref() == Some(id));
        self.saved.orphans = others;
        for message in ours {
            self.apply_message(now, message, effects);
        }
    }

    /// Whether the conversation of a webhook may be the one being opened.
    fn may_adopt(&self) -> bool {
        self.setup.wanted || !self.is_open()
    }

    pub(super) fn setup_failed(
        &mut self,
        request: RequestId,
        problem: &Problem,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Stage::Asking {
            request: asked,
            attempt,
        } = self.setup.stage
        else {
            return false;
        };
        if asked != request {
            return false;
        }
        self.saved.opening &= problem.is_uncertain();
        let again =
            retry::after(problem, attempt).or_else(|| problem.is_uncertain().then_some(UNSURE));
        if let Some(after) = again {
            let timer = self.new_timer();
            self.setup.stage = Stage::Waiting {
                timer,
                attempt: attempt.saturating_add(1),
            };
            effects.push(Effect::Wake { timer, after });
        } else {
            self.setup = Setup::default();
            self.fail_queue(problem);
        }
        effects.push(Effect::Tell {
            tried: "opening a conversation",
            problem: problem.clone(),
            again,
        });
        true
    }
}
