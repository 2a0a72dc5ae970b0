//! Texts, clicks and closing: one request at a time, in the order they were
//! made, each journalled before it leaves.
//!
//! A request that was refused for good fails its bubble; one that never
//! arrived or came at a bad time is repeated as the policy says. Of one whose
//! fate is unknown the echo decides: SEND knows no idempotency (`send-api`
//! 1.4), so it is never repeated by itself, and if no echo comes the bubble
//! says so and waits for the user.

use std::time::Duration;

use crate::domain::{
    conversation::{
        Conversation,
        effect::Effect,
        saved::{At, Job},
    },
    ids::{RequestId, Sequence, TimerId},
    item::Delivery,
    retry::{self, Problem},
    text::SafeText,
    time::Timestamp,
    wire::outbound::{AcceptStatus, Outbound},
};

/// How long the echo of a message without an answer may take.
const UNSURE: Duration = Duration::from_secs(15);
/// Most failed messages that can still be sent again.
const REMEMBERED_FAILURES: usize = 256;
/// The cloud does not know the conversation, or has closed it (`edge-cases` 3).
const GONE: [u32; 2] = [40_003, 40_004];

/// How far the job in `Saved::leaving` is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing is leaving.
    #[default]
    Idle,
    /// Its request is on its way.
    Flying {
        request: RequestId,
        attempt: u32,
        at: At,
    },
    /// The next try comes when the timer does.
    Waiting { timer: TimerId, attempt: u32 },
    /// The timer has come.
    Due { attempt: u32 },
    /// Nobody knows whether it arrived; the echo or the timer decides.
    Unsure { timer: TimerId },
}

impl Stage {
    pub(super) fn is_flying(&self) -> bool {
        matches!(self, Self::Flying { .. })
    }
}

impl Conversation {
    /// After a crash: what was leaving may have arrived.
    pub(super) fn recover_sending(&mut self, effects: &mut Vec<Effect>) {
        let Some(job) = self.saved.leaving.take() else {
            return;
        };
        match (&job, self.delivery(&job)) {
            // Its echo has come.
            (_, Some(delivery)) if delivery.sequence().is_some() => {}
            // Only a text that was on its way can be doubled; one that waited for its next try
            // cannot, and a click or a close does no harm twice.
            (Job::Text { .. }, None | Some(Delivery::Leaving)) => {
                self.saved.leaving = Some(job);
                self.doubt(effects);
            }
            _ => self.saved.jobs.push_front(job),
        }
    }

    pub(super) fn advance_sending(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let attempt = match self.sending {
            Stage::Idle => 1,
            Stage::Due { attempt } => attempt,
            Stage::Flying { .. } | Stage::Waiting { .. } | Stage::Unsure { .. } => return,
        };
        self.sending = Stage::Idle;
        let next = self.saved.leaving.take();
        let Some(mut job) = next.or_else(|| self.saved.jobs.pop_front()) else {
            return;
        };
        let outbound = match self.outbound(&job) {
            Ok(outbound) => outbound,
            Err(Undeliverable::Later) => {
                // A text wants a conversation; it waits at the head of the queue.
                self.saved.jobs.push_front(job);
                if !self.setup.is_wanted() && !self.quitting {
                    self.setup.want();
                    self.advance_setup(effects);
                }
                return;
            }
            Err(Undeliverable::Never) => return self.advance_sending(now, effects),
        };
        let (outbound, goes_to) = outbound;
        let items = match &mut job {
            Job::Text { item, at, .. } => {
                *at = Some(goes_to.clone());
                let item = *item;
                if let Some(hops) = self.hops(item) {
                    hops.sent = Some(now);
                }
                self.deliver(item, Delivery::Leaving);
                vec![self.id(item)]
            }
            Job::Action { item, .. } => vec![self.id(*item)],
            Job::Close => Vec::new(),
        };
        self.saved.leaving = Some(job);
        let request = self.new_request();
        self.sending = Stage::Flying {
            request,
            attempt,
            at: goes_to,
        };
        effects.push(Effect::Send {
            request,
            attempt,
            outbound,
            items,
        });
    }

    /// The request for a job, and where it goes.
    fn outbound(&self, job: &Job) -> Result<(Outbound, At), Undeliverable> {
        match job {
            Job::Text {
                text, metadata, at, ..
            } => {
                let fixed = at.as_ref().filter(|at| {
                    self.room().is_some_and(|room| room.id == at.conversation)
                        && self.dialog(at).is_some_and(|dialog| dialog.open)
                });
                let at = fixed
                    .cloned()
                    .or_else(|| self.target())
                    .ok_or(Undeliverable::Later)?;
                if self.setup.is_wanted() {
                    // A new conversation is on its way; the text belongs there.
                    return Err(Undeliverable::Later);
                }
                let text = Outbound::Text {
                    conversation: at.conversation.clone(),
                    dialog: at.dialog.clone(),
                    text: text.clone(),
                    metadata: metadata.clone(),
                };
                Ok((text, at))
            }
            Job::Action {
                at,
                sequence,
                metadata,
                ..
            } => {
                let click = Outbound::Accept {
                    conversation: at.conversation.clone(),
                    dialog: at.dialog.clone(),
                    status: AcceptStatus::Action,
                    sequences: vec![*sequence],
                    metadata: Some(metadata.clone()),
                };
                Ok((click, at.clone()))
            }
            Job::Close => {
                let at = self.target().ok_or(Undeliverable::Never)?;
                let close = Outbound::Close {
                    conversation: at.conversation.clone(),
                    dialog: at.dialog.clone(),
                };
                Ok((close, at))
            }
        }
    }

    pub(super) fn sent(&mut self, now: Timestamp, request: RequestId, sequence: Option<Sequence>) {
        if !matches!(self.sending, Stage::Flying { request: flying, .. } if flying == request) {
            return;
        }
        self.sending = Stage::Idle;
        let Some(Job::Text { item, at, .. }) = self.saved.leaving.take() else {
            return;
        };
        if let Some(hops) = self.hops(item) {
            hops.answered = Some(now);
        }
        self.changed.insert(item);
        if let Some(sequence) = sequence
            && let Some(at) = at
        {
            self.number(item, &at, sequence);
        }
    }

    pub(super) fn sending_failed(
        &mut self,
        now: Timestamp,
        request: RequestId,
        problem: Problem,
        effects: &mut Vec<Effect>,
    ) {
        let (attempt, at) = match &self.sending {
            Stage::Flying {
                request: flying,
                attempt,
                at,
            } if *flying == request => (*attempt, at.clone()),
            _ => return,
        };
        self.sending = Stage::Idle;
        let delivery = self
            .saved
            .leaving
            .as_ref()
            .and_then(|job| self.delivery(job));
        if delivery.is_some_and(|delivery| delivery.sequence().is_some()) {
            // Its echo has come: it did arrive.
            self.saved.leaving = None;
            return;
        }
        if let Some(after) = retry::after(&problem, attempt) {
            let timer = self.new_timer();
            self.sending = Stage::Waiting {
                timer,
                attempt: attempt.saturating_add(1),
            };
            if let Some(Job::Text { item, .. }) = self.saved.leaving {
                self.deliver(item, Delivery::Queued);
            }
            effects.push(Effect::Wake { timer, after });
            if attempt == 1 {
                effects.push(Effect::Tell {
                    tried: "sending",
                    problem,
                    again: Some(after),
                });
            }
            return;
        }
        let gone = problem
            .fault()
            .and_then(|fault| fault.code)
            .is_some_and(|code| GONE.contains(&code));
        match self.saved.leaving.take() {
            Some(job @ Job::Text { .. }) if problem.is_uncertain() => {
                self.saved.leaving = Some(job);
                self.doubt(effects);
            }
            Some(Job::Text {
                item,
                text,
                metadata,
                moved: false,
                ..
            }) if gone => {
                self.lose(now, &at);
                self.deliver(item, Delivery::Queued);
                self.saved.jobs.push_front(Job::Text {
                    item,
                    text,
                    metadata,
                    at: None,
                    moved: true,
                });
            }
            Some(job @ Job::Text { .. }) => self.fail(job, &problem.words(), false),
            Some(Job::Close) if gone => self.lose(now, &at),
            Some(job) => effects.push(Effect::Tell {
                tried: if job == Job::Close {
                    "closing the conversation"
                } else {
                    "using a quick reply"
                },
                problem,
                again: None,
            }),
            None => {}
        }
    }

    fn doubt(&mut self, effects: &mut Vec<Effect>) {
        let timer = self.new_timer();
        self.sending = Stage::Unsure { timer };
        effects.push(Effect::Wake {
            timer,
            after: UNSURE,
        });
    }

    pub(super) fn sending_woke(&mut self, woken: TimerId) {
        match self.sending {
            Stage::Waiting { timer, attempt } if timer == woken => {
                self.sending = Stage::Due { attempt };
            }
            Stage::Unsure { timer } if timer == woken => {
                self.sending = Stage::Idle;
                if let Some(job) = self.saved.leaving.take() {
                    let words = SafeText::clean("no answer and no echo: it may not have arrived");
                    self.fail(job, &words, true);
                }
            }
            _ => {}
        }
    }

    fn fail(&mut self, job: Job, reason: &SafeText, uncertain: bool) {
        if let Job::Text { item, .. } = job {
            let reason = reason.clone();
            self.deliver(item, Delivery::Failed { reason, uncertain });
            self.move_to(item, self.latest_spot());
            if self.saved.failed.len() == REMEMBERED_FAILURES {
                self.saved.failed.remove(0);
            }
            self.saved.failed.push(job);
        }
    }

    /// No conversation is to be had: everything queued fails.
    pub(super) fn fail_queue(&mut self, problem: &Problem) {
        let jobs = std::mem::take(&mut self.saved.jobs);
        for job in jobs {
            self.fail(job, &problem.words(), false);
        }
    }
}

/// Why a job cannot go out now.
enum Undeliverable {
    /// There is no open conversation for it yet.
    Later,
    /// It has become pointless.
    Never,
}
