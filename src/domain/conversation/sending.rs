//! Messages, clicks and errands: one request at a time, in the order they were
//! made, each journalled before it leaves.
//!
//! A request that was refused for good fails its bubble; one that never
//! arrived or came at a bad time is repeated as the policy says. Of a message
//! whose fate is unknown the echo decides: SEND knows no idempotency
//! (`send-api` 1.4), so it is never repeated by itself, and if no echo comes
//! the bubble says so and waits for the user. An upload may be repeated at
//! will: nobody sees a file that no message names.

use std::time::Duration;

use crate::domain::{
    content::Content,
    conversation::{
        Conversation,
        effect::Effect,
        jobs::{Request, Undeliverable},
        saved::{At, SendJob},
    },
    ids::{ItemId, RequestId, Sequence, TimerId},
    line::{Delivery, LineBody},
    retry::{self, Problem},
    text::SafeText,
    time::Timestamp,
    wire::{
        fault::Fault,
        outbound::{AcceptStatus, Outbound},
    },
};

/// How long the echo of a message without an answer may take.
const UNSURE: Duration = Duration::from_secs(15);
/// Most failed messages that can still be sent again, and messages whose numbers are not known.
const REMEMBERED_FAILURES: usize = 256;
/// How long a message written after the close waits for word of a survey.
const SURVEY_WAIT: Duration = Duration::from_secs(3);
/// An upload is tried this often when it is not clear what went wrong, or when its address had
/// expired (`send-api` 4).
const UPLOAD_TRIES: u32 = 4;
/// The wait before such a try.
const UPLOAD_WAIT: Duration = Duration::from_secs(1);
/// The cloud does not know the conversation, or has closed it (`edge-cases` 3).
const GONE: [u32; 2] = [40_003, 40_004];
/// What the user can do about a refusal that explains nothing.
const MAY_BE_GONE: &str =
    "the conversation may be gone: sending the message again begins a new one";
/// What is said when that did not help.
const NOT_GONE: &str = "a new conversation refused it too, so it is likely the message itself";

/// How far the job in `Saved::leaving` is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
    Idle,
    /// Its file is on its way, or where to bring it is being asked.
    Uploading { request: RequestId, attempt: u32 },
    /// Its request is on its way.
    Flying {
        request: RequestId,
        attempt: u32,
        at: Option<At>,
    },
    /// The next try comes when the timer does.
    Waiting { timer: TimerId, attempt: u32 },
    /// The timer has come.
    Due { attempt: u32 },
    /// Nothing leaves before it is clear what follows the dialog that was closed, or the timer
    /// comes.
    Held { timer: TimerId },
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
        match self.delivery(&job) {
            // Its echo has come.
            Some(delivery) if delivery.sequence().is_some() => {}
            // A message or a mark that was on its way would be doubled; one that waited for its
            // next try or whose file was being uploaded cannot, and closing or rating twice is
            // the same as once.
            None | Some(Delivery::Leaving)
                if job.bubble().is_some() || matches!(job, SendJob::Mark { .. }) =>
            {
                self.saved.leaving = Some(job);
                self.doubt(effects);
            }
            _ => self.saved.jobs.push_front(job),
        }
    }

    pub(super) fn advance_sending(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let attempt = match self.sending {
            Stage::Idle | Stage::Held { .. } => 1,
            Stage::Due { attempt } => attempt,
            Stage::Uploading { .. }
            | Stage::Flying { .. }
            | Stage::Waiting { .. }
            | Stage::Unsure { .. } => return,
        };
        let before = std::mem::take(&mut self.sending);
        let next = self.saved.leaving.take();
        let Some(job) = next.or_else(|| self.saved.jobs.pop_front()) else {
            return;
        };
        match self.request_of(&job) {
            Ok(Request::Upload) => self.upload(job, attempt, effects),
            Ok(Request::Say(outbound, at)) => {
                self.dispatch(now, job, *outbound, at, attempt, effects);
            }
            Err(Undeliverable::Soon) => {
                self.saved.jobs.push_front(job);
                self.wait_for_survey(before, effects);
            }
            Err(Undeliverable::Later) => {
                // A message wants a conversation; it waits at the head of the queue.
                self.saved.jobs.push_front(job);
                if !self.setup.is_wanted() && !self.quitting {
                    self.setup.want();
                    self.advance_setup(effects);
                }
            }
            Err(Undeliverable::Never) => self.advance_sending(now, effects),
        }
    }

    fn wait_for_survey(&mut self, before: Stage, effects: &mut Vec<Effect>) {
        if matches!(before, Stage::Held { .. }) {
            self.sending = before;
            return;
        }
        let timer = self.new_timer();
        self.sending = Stage::Held { timer };
        effects.push(Effect::Wake {
            timer,
            after: SURVEY_WAIT,
        });
    }

    fn upload(&mut self, job: SendJob, attempt: u32, effects: &mut Vec<Effect>) {
        if let SendJob::File {
            item,
            local,
            file_type,
            ..
        } = &job
        {
            let request = self.new_request();
            self.sending = Stage::Uploading { request, attempt };
            effects.push(Effect::Upload {
                request,
                attempt,
                local: local.clone(),
                file_type: file_type.clone(),
                item: self.id(*item),
            });
        }
        self.saved.leaving = Some(job);
    }

    fn dispatch(
        &mut self,
        now: Timestamp,
        mut job: SendJob,
        outbound: Outbound,
        at: Option<At>,
        attempt: u32,
        effects: &mut Vec<Effect>,
    ) {
        job.set_target(at.clone());
        if let Some(item) = job.bubble() {
            if let Some(hops) = self.hops(item) {
                hops.sent = Some(now);
            }
            self.deliver(item, Delivery::Leaving);
        }
        let items = self.items_of(&job);
        self.saved.leaving = Some(job);
        let request = self.new_request();
        self.sending = Stage::Flying {
            request,
            attempt,
            at,
        };
        effects.push(Effect::Send {
            request,
            attempt,
            outbound,
            items,
        });
    }

    /// The bubbles a job is about.
    fn items_of(&self, job: &SendJob) -> Vec<ItemId> {
        let marked = match job {
            SendJob::Mark { item, .. } => Some(*item),
            _ => None,
        };
        let item = job.bubble().or(marked);
        item.map(|item| self.id(item)).into_iter().collect()
    }

    /// The file of a message is on the cloud. Its path is good for every try of the message.
    pub(super) fn uploaded(&mut self, done: RequestId, at: String) {
        if !matches!(self.sending, Stage::Uploading { request, .. } if request == done) {
            return;
        }
        self.sending = Stage::Due { attempt: 1 };
        if let Some(SendJob::File { item, path, .. }) = &mut self.saved.leaving {
            let item = *item;
            *path = Some(at.clone());
            if let Some(LineBody::Mine {
                content: Content::File(file),
                ..
            }) = self.items.get_mut(&item).map(|item| &mut item.body)
            {
                file.path = at;
                self.changed.insert(item);
            }
        }
    }

    pub(super) fn sent(&mut self, now: Timestamp, request: RequestId, sequence: Option<Sequence>) {
        if !matches!(self.sending, Stage::Flying { request: flying, .. } if flying == request) {
            return;
        }
        let at = match std::mem::take(&mut self.sending) {
            Stage::Flying { at, .. } => at,
            _ => None,
        };
        if let Some(at) = at {
            self.is_alive(&at.conversation);
        }
        let Some(job) = self.saved.leaving.take() else {
            return;
        };
        if job == SendJob::Close {
            // Until the cloud tells, nobody knows whether a survey follows.
            let main = self.open_conversation().filter(|it| it.main_open);
            self.closing = main.map(|it| it.id.clone());
        }
        let Some(item) = job.bubble() else { return };
        if let Some(hops) = self.hops(item) {
            hops.answered = Some(now);
        }
        self.changed.insert(item);
        let is_numbered = |delivery: &Delivery| delivery.sequence().is_some();
        if let (Some(sequence), Some(at)) = (sequence, job.at()) {
            self.number(item, at, sequence);
        } else if !self.delivery(&job).is_some_and(is_numbered) {
            // The cloud said yes in words that name no number: the echo will bring it.
            self.deliver(item, Delivery::Taken);
            self.move_to(item, self.latest_spot());
            self.remember(job);
        }
    }

    pub(super) fn sending_failed(
        &mut self,
        now: Timestamp,
        failed: RequestId,
        problem: Problem,
        effects: &mut Vec<Effect>,
    ) {
        let (attempt, at, uploading) = match &self.sending {
            Stage::Flying {
                request,
                attempt,
                at,
            } if *request == failed => (*attempt, at.clone(), false),
            Stage::Uploading { request, attempt } if *request == failed => (*attempt, None, true),
            _ => return,
        };
        self.sending = Stage::Idle;
        let Some(job) = self.saved.leaving.take() else {
            return;
        };
        let delivery = self.delivery(&job);
        if delivery.is_some_and(|delivery| delivery.sequence().is_some()) {
            // Its echo has come: it did arrive.
            return;
        }
        let after = if uploading {
            upload_again(&problem, attempt)
        } else {
            retry::after(&problem, attempt)
        };
        if let Some(after) = after {
            self.wait(job, attempt, after, problem, effects);
            return;
        }
        if job.bubble().is_some() && problem.is_uncertain() && !uploading {
            self.saved.leaving = Some(job);
            self.doubt(effects);
            return;
        }
        let fault = problem.fault();
        let gone = fault
            .and_then(|fault| fault.code)
            .is_some_and(|code| GONE.contains(&code));
        let doubtful = !gone && !uploading && fault.is_some_and(Fault::may_mean_gone);
        match job {
            SendJob::Text { .. } | SendJob::File { .. }
                if gone && !uploading && !job.is_moved() =>
            {
                self.carry_over(now, job, at.as_ref());
            }
            SendJob::Text { .. } | SendJob::File { .. } if doubtful => {
                self.refused_without_reason(now, job, at.as_ref(), &problem, effects);
            }
            SendJob::Text { .. } | SendJob::File { .. } => self.fail(job, &problem.words(), false),
            SendJob::Close if gone => {
                if let Some(at) = at {
                    self.lose(now, &at);
                }
            }
            _ => {
                let closes = matches!(job, SendJob::Close | SendJob::End { .. });
                if let Some(at) = at.filter(|_| doubtful && closes) {
                    self.suspect(now, &at);
                }
                effects.push(Effect::Tell {
                    tried: job.tried(),
                    problem,
                    again: None,
                });
            }
        }
    }

    /// A message was refused, and nobody said why. Sent again it goes into a new conversation,
    /// once.
    fn refused_without_reason(
        &mut self,
        now: Timestamp,
        mut job: SendJob,
        at: Option<&At>,
        problem: &Problem,
        effects: &mut Vec<Effect>,
    ) {
        let offer = if job.is_moved() {
            job.set_moved(false);
            NOT_GONE
        } else {
            if let Some(at) = at {
                self.suspect(now, at);
            }
            effects.push(Effect::Remark(MAY_BE_GONE));
            MAY_BE_GONE
        };
        let reason = SafeText::clean(&format!("{problem}; {offer}"));
        self.fail(job, &reason, false);
    }

    /// The next try comes after a while.
    fn wait(
        &mut self,
        job: SendJob,
        attempt: u32,
        after: Duration,
        problem: Problem,
        effects: &mut Vec<Effect>,
    ) {
        let timer = self.new_timer();
        self.sending = Stage::Waiting {
            timer,
            attempt: attempt.saturating_add(1),
        };
        if let Some(item) = job.bubble() {
            self.deliver(item, Delivery::Queued);
        }
        effects.push(Effect::Wake { timer, after });
        if attempt == 1 {
            effects.push(Effect::Tell {
                tried: job.tried(),
                problem,
                again: Some(after),
            });
        }
        self.saved.leaving = Some(job);
    }

    /// The conversation of a message is over: the message goes to the next one, once
    /// (`edge-cases` 3).
    fn carry_over(&mut self, now: Timestamp, mut job: SendJob, at: Option<&At>) {
        if let Some(at) = at {
            self.lose(now, at);
        }
        if let Some(item) = job.bubble() {
            self.deliver(item, Delivery::Queued);
        }
        job.set_target(None);
        job.set_moved(true);
        self.saved.jobs.push_front(job);
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
            Stage::Held { timer } if timer == woken => {
                self.sending = Stage::Idle;
                self.given_up = self.current().cloned();
            }
            Stage::Unsure { timer } if timer == woken => {
                self.sending = Stage::Idle;
                // A mark leaves no bubble that could say so; without it a click would be half.
                if let Some(job) = self.saved.leaving.take_if(|job| job.bubble().is_none()) {
                    self.saved.jobs.push_front(job);
                } else if let Some(job) = self.saved.leaving.take() {
                    let words = SafeText::clean("no answer and no echo: it may not have arrived");
                    self.fail(job, &words, true);
                }
            }
            _ => {}
        }
    }

    /// A mark of ours came back: it did arrive.
    pub(super) fn mark_came_back(&mut self, at: &At, status: AcceptStatus, numbers: &[Sequence]) {
        let is_it = |job: &mut SendJob| {
            matches!(job, SendJob::Mark { at: went, sequence, status: wanted, .. }
                if went == at && *wanted == status && numbers.contains(sequence))
        };
        if matches!(self.sending, Stage::Unsure { .. })
            && self.saved.leaving.take_if(is_it).is_some()
        {
            self.sending = Stage::Idle;
        }
    }

    fn fail(&mut self, job: SendJob, reason: &SafeText, uncertain: bool) {
        if let Some(item) = job.bubble() {
            let reason = reason.clone();
            self.deliver(item, Delivery::Failed { reason, uncertain });
            self.move_to(item, self.latest_spot());
            self.remember(job);
        }
    }

    fn remember(&mut self, job: SendJob) {
        if self.saved.failed.len() == REMEMBERED_FAILURES {
            self.saved.failed.remove(0);
        }
        self.saved.failed.push(job);
    }

    /// No conversation is to be had: every message queued fails. What needs none stays.
    pub(super) fn fail_queue(&mut self, problem: &Problem) {
        let jobs = std::mem::take(&mut self.saved.jobs);
        for job in jobs {
            if job.bubble().is_some() {
                self.fail(job, &problem.words(), false);
            } else {
                self.saved.jobs.push_back(job);
            }
        }
    }
}

/// How long to wait before a file is uploaded again.
fn upload_again(problem: &Problem, attempt: u32) -> Option<Duration> {
    let may_be_better = problem.is_uncertain() || matches!(problem, Problem::Unauthorized { .. });
    let once_more = may_be_better && attempt < UPLOAD_TRIES;
    retry::after(problem, attempt).or_else(|| once_more.then_some(UPLOAD_WAIT))
}
