//! When a message that a played person sends has gone out, and what is told when it has not.

use crate::{
    domain::{
        exchange::{Exchange, Outcome},
        line::Delivery,
    },
    report::outcome::{Failure, FailureKind},
    runner::{
        arming::span_words,
        log::{Moment, OwnLine, PersonLog, What},
        play::{Halt, Performance},
        wire::call_words,
    },
    scenario::script::{Reached, ScriptStep},
};

impl Performance<'_> {
    /// The number of the newest message of somebody's own.
    pub(super) fn newest_own(&self, log: &str) -> Option<u32> {
        let known = self.hub.known();
        known.logs.get(log)?.own.keys().next_back().copied()
    }

    /// Waits until the message after this one was sent, up to the step's deadline: then a said line
    /// ends. With `may_fail` the steps behind it judge what became of the message.
    pub(super) async fn sent(
        &mut self,
        step: &ScriptStep,
        log: &str,
        after: Option<u32>,
        may_fail: bool,
    ) -> Result<(), Halt> {
        let until = self.anchor.began + self.deadline(step).0;
        let line = step.place.line;
        let sent = self.until(until, |known, _| {
            let is_offline = known
                .phones
                .get(log)
                .is_some_and(|state| state.switches.flight);
            let log = known.logs.get_mut(log)?;
            let own = newer(log, after)?;
            let ended = match &own.delivery {
                Delivery::Failed { reason, .. } => Err(reason.to_string()),
                _ => match own.reached(Reached::Sent) {
                    Some(at) => Ok(at),
                    None if is_offline => Ok(own.at),
                    None => return None,
                },
            };
            log.mark_own(after, line);
            Some(ended)
        });
        match sent.await? {
            Some(Ok(at)) => {
                self.anchor.at = at;
                Ok(())
            }
            Some(Err(_)) | None if may_fail => {
                self.end_deed();
                Ok(())
            }
            Some(Err(reason)) => {
                Err(self.wrong(step, &format!("the message did not go out: {reason}")))
            }
            None => Err(self.not_sent(step, log, after)),
        }
    }

    /// A message has not gone out by the step's deadline.
    fn not_sent(&self, step: &ScriptStep, log: &str, after: Option<u32>) -> Halt {
        let (within, deadline_line) = self.deadline(step);
        let (within, line) = (span_words(within), step.place.line);
        let (why, calls) = {
            let known = self.hub.known();
            let log = known.logs.get(log);
            log.map_or_else(Default::default, |log| why(log, after, self.anchor.began))
        };
        let mut message = format!("late: the message did not go out within {within}: {why}");
        if calls.is_empty()
            && let Some(trouble) = self.trouble()
        {
            message = format!("{message}; {trouble}");
        }
        Halt::Failed(Box::new(Failure {
            kind: FailureKind::Late,
            message: self.values.mask(&format!("{message} (line {line})")),
            file: self.other_file(step.place),
            line,
            deadline_line,
            expected: "the cloud takes the message".to_owned(),
            was: calls.iter().map(|one| self.values.mask(one)).collect(),
            late_by_ms: None,
            hops: Vec::new(),
        }))
    }
}

/// The first message of somebody's own after this one.
pub(super) fn newer(log: &PersonLog, after: Option<u32>) -> Option<&OwnLine> {
    let first = after.map_or(0, |after| after + 1);
    log.own.range(first..).next().map(|(_, own)| own)
}

/// Why the message after this one has not gone out, in words, and the requests that failed since
/// then on which it depends.
fn why(log: &PersonLog, after: Option<u32>, began: Moment) -> (String, Vec<String>) {
    let calls = log.since(began).filter_map(|one| match &one.what {
        What::Call(call) if !is_aside(call) && has_failed(call) => Some(call.as_ref()),
        _ => None,
    });
    let failed: Vec<&Exchange> = calls.collect();
    let waits = newer(log, after).is_some_and(|own| own.delivery == Delivery::Queued);
    let Some(last) = failed.last() else {
        let why = if waits {
            "no request for it was made; it waits on the phone"
        } else {
            "the cloud has not answered yet"
        };
        return (why.to_owned(), Vec::new());
    };
    let answer = match &last.outcome {
        Some(Outcome::Answered { status, .. }) => format!("the last answer was {status}"),
        Some(Outcome::Failed { reason, .. }) => format!("there was no answer: {reason}"),
        None => String::new(),
    };
    let tries = match last.attempt {
        0 | 1 => "once".to_owned(),
        number => format!("{number} times"),
    };
    let goes_on = if waits {
        "the phone would go on trying"
    } else {
        "the next request is not answered yet"
    };
    let why = format!("{} was tried {tries}, {answer}; {goes_on}", last.purpose);
    (why, failed.into_iter().map(call_words).collect())
}

/// Whether a message does not wait for this request: it tells a chat state or a receipt.
fn is_aside(call: &Exchange) -> bool {
    let carries = call.purpose.strip_prefix("ms.PublishEvent ");
    carries.is_some_and(|carries| carries.starts_with(|first: char| first.is_uppercase()))
}

fn has_failed(call: &Exchange) -> bool {
    match call.outcome {
        Some(Outcome::Answered { status, .. }) => !(200..300).contains(&status),
        Some(Outcome::Failed { .. }) => true,
        None => false,
    }
}
