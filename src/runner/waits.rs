//! Waiting: the steps that look into logs until what they wait for is there.

use std::time::Duration;

use crate::{
    report::outcome::{Failure, FailureKind, HopReport, Matched, StepOutcome},
    runner::{
        absence::Unwanted,
        arming::{Missed, span_words},
        condition::{Condition, Instead, Met, Speaker},
        fact::{WantedFact, hop_after, hop_word},
        log::{MessageUse, Moment, PersonLog},
        play::{Halt, Performance, millis},
        telling::StepEnd,
        waiting::{Armed, Judged, judge},
    },
    scenario::script::{Hop, ScriptStep, UnwantedEvent},
};

/// A tunnel that does not work for so long does not work any more.
const GIVEN_UP: Duration = Duration::from_secs(20);
/// How long after its deadline something is still told as late.
const EVER: Duration = Duration::from_hours(24);
/// Most things told in place of what was waited for.
const MOST_TOLD: usize = 12;

impl Performance<'_> {
    /// Waits for steps that are armed together. What may come and need not is not waited for when
    /// it is the last of the scene and nothing else that comes could fail it.
    pub(super) async fn wait_for(
        &mut self,
        steps: &[&ScriptStep],
        is_last: bool,
    ) -> Result<(), Halt> {
        let (mut armed, mut unarmed) = (Vec::new(), None);
        for step in steps {
            match self.arm(step) {
                Ok(one) => armed.push(one),
                Err(halt) => {
                    unarmed = Some(halt);
                    break;
                }
            }
        }
        let is_all_optional = armed.iter().all(|one| one.is_optional);
        if is_last && is_all_optional && !self.extras_fail && self.never.is_empty() {
            let passed = self.hub.now().saturating_sub(self.anchor.at);
            for one in &mut armed {
                one.within = one.within.min(passed);
            }
        }
        let begun = steps.iter().enumerate().map(|(at, step)| {
            let until = armed.get(at).map(|one| self.anchor.at + one.within);
            self.begin(step, until)
        });
        let indexes: Vec<usize> = begun.collect();
        let judged = match unarmed {
            Some(halt) => Err(halt),
            None => self.judged(&armed).await,
        };
        let judged = judged.inspect_err(|_| self.broken_off(steps, &indexes, armed.len()))?;
        let (anchor, since) = (self.anchor, self.anchor_line);
        match judged {
            Judged::Met(met) => {
                self.met(steps, &armed, &indexes, &met);
                Ok(())
            }
            Judged::Pending => Err(Halt::Error {
                why: "a wait ended without an end".to_owned(),
                is_internal: true,
            }),
            Judged::Failed {
                index,
                kind,
                instead,
                met,
            } => {
                self.met(steps, &armed, &indexes, &met);
                for (at, report) in indexes.iter().enumerate() {
                    if met[at].is_none() && at != index {
                        self.end(*report, StepOutcome::Skipped, self.nothing());
                    }
                }
                self.end(indexes[index], StepOutcome::Failed, self.nothing());
                let failure = self.failure(steps[index], &armed[index], (kind, since), &instead);
                if kind == FailureKind::Late {
                    let mut armed = armed.swap_remove(index);
                    let until = anchor.at + armed.within;
                    armed.within = EVER;
                    self.missed = Some(Missed {
                        armed,
                        anchor,
                        until,
                    });
                }
                Err(Halt::Failed(Box::new(failure)))
            }
        }
    }

    /// The scene ends while these are waited for, or because this one cannot be waited for; the
    /// first that must come is the one it ends at.
    fn broken_off(&mut self, steps: &[&ScriptStep], indexes: &[usize], unarmed: usize) {
        let wanted = steps.iter().position(|step| !step.is_optional);
        let failed = if unarmed < steps.len() {
            unarmed
        } else {
            wanted.unwrap_or_default()
        };
        for (at, index) in indexes.iter().enumerate() {
            let outcome = if at == failed {
                StepOutcome::Failed
            } else {
                StepOutcome::Skipped
            };
            self.end(*index, outcome, self.nothing());
        }
    }

    /// Waits for one step; whether it came. What did not come is no failure, and takes nothing.
    pub(super) async fn is_met(&mut self, step: &ScriptStep) -> Result<bool, Halt> {
        let armed = self.arm(step);
        let until = armed.as_ref().ok().map(|one| self.anchor.at + one.within);
        let index = [self.begin(step, until)];
        let armed = [armed.inspect_err(|_| self.broken_off(&[step], &index, 0))?];
        let until = self.anchor.at + armed[0].within;
        let judged = self.judged(&armed).await;
        let judged = judged.inspect_err(|_| self.broken_off(&[step], &index, 1))?;
        if let Judged::Met(met) = judged
            && met.iter().any(Option::is_some)
        {
            self.met(&[step], &armed, &index, &met);
            return Ok(true);
        }
        self.end(index[0], StepOutcome::Skipped, self.nothing());
        self.anchor.at = until.min(self.hub.now());
        self.anchor_line = step.place.line;
        self.did = false;
        Ok(false)
    }

    /// What becomes of what is armed.
    async fn judged(&mut self, armed: &[Armed]) -> Result<Judged, Halt> {
        let (anchor, extras_fail) = (self.anchor, self.extras_fail);
        let longest = armed.iter().map(|one| one.within).max();
        let until = anchor.at + longest.unwrap_or_default();
        // The last look is just behind the deadline, when all that came in time is there.
        let patience = until + Duration::from_secs(5);
        let control = self.hub.control().clone();
        let judged = self.until(patience, |known, now| {
            let fails = extras_fail && !control.was_by_hand();
            let judged = judge(armed, &known.logs, anchor, now, fails);
            if control.stands() {
                // The person may have the phone: nothing fails meanwhile.
                return matches!(judged, Judged::Met(_)).then_some(judged);
            }
            if !matches!(judged, Judged::Pending) {
                return Some(judged);
            }
            let never = |index: usize, why: String| Judged::Failed {
                index,
                kind: FailureKind::Impossible,
                instead: Instead {
                    was: vec![why],
                    is_wrong: true,
                },
                met: vec![None; armed.len()],
            };
            let wanted = armed.iter().position(|one| !one.is_optional)?;
            if known.down_since.is_some_and(|since| now > since + GIVEN_UP) {
                let why = "webhooks cannot come in: the tunnel does not work".to_owned();
                return Some(never(wanted, why));
            }
            let gone = armed.iter().position(|one| {
                let is_gone = match known.agents.get(&one.whose) {
                    Some(agent) => agent.is_gone,
                    None => !known.phones.contains_key(&one.whose),
                };
                !one.is_optional && is_gone
            })?;
            let why = format!("{} has left", armed[gone].whose);
            Some(never(gone, why))
        });
        let judged = judged.await?;
        Ok(judged.unwrap_or(Judged::Pending))
    }

    /// Takes over what was met: marks it in the logs, keeps what was taken out, moves the anchor.
    fn met(
        &mut self,
        steps: &[&ScriptStep],
        armed: &[Armed],
        indexes: &[usize],
        met: &[Option<Met>],
    ) {
        let mut latest: Option<(Moment, usize)> = None;
        for (at, one) in met.iter().enumerate() {
            let (step, armed, report) = (steps[at], &armed[at], indexes[at]);
            let Some(one) = one else {
                self.end(report, StepOutcome::Skipped, self.nothing());
                continue;
            };
            let (mut matched, mut bubble) = (None, None);
            if let Condition::Fact(WantedFact::Messages(_, who)) = &armed.condition {
                let hub = std::sync::Arc::clone(&self.hub);
                if let Some(log) = hub.known().logs.get_mut(&armed.whose) {
                    log.mark_counted(who, one.at, step.place.line);
                }
            }
            if let Some(number) = one.happening {
                let taken = armed.condition.takes();
                let hub = std::sync::Arc::clone(&self.hub);
                let mut known = hub.known();
                if let Some(log) = known.logs.get_mut(&armed.whose) {
                    log.mark(number, step.place.line, taken);
                    matched = log.get(number).map(|happening| Matched {
                        seen: None,
                        entry: happening.entry.map(|entry| entry.0),
                    });
                    self.matched.push((report, armed.whose.clone(), number));
                }
                drop(known);
                bubble = self.bubble_of(&armed.whose, number);
            }
            for (name, value) in &one.captured {
                self.values.set(name, value.as_str());
            }
            if latest.is_none_or(|(known, _)| known <= one.at) {
                latest = Some((one.at, step.place.line));
            }
            let done = StepEnd {
                at: one.at,
                matched,
                bubble,
            };
            self.end(report, StepOutcome::Passed, done);
        }
        if let Some((at, line)) = latest {
            self.anchor.at = at;
            self.anchor_line = line;
            self.did = false;
        }
    }

    /// `no EVENT for SPAN`.
    pub(super) async fn no(
        &mut self,
        step: &ScriptStep,
        event: &UnwantedEvent,
        during: Duration,
    ) -> Result<(), Halt> {
        let unwanted = self.unwanted(event, step)?;
        // What a deed brings may come before the deed has ended.
        let from = if self.did {
            self.anchor.began
        } else {
            self.anchor.at
        };
        let until = self.anchor.at + during;
        let whose = self.focus.clone();
        let empty = PersonLog::default();
        let control = self.hub.control().clone();
        let seen = self.until(until, |known, now| {
            if control.stands() {
                return None;
            }
            let log = known.logs.get(&whose).unwrap_or(&empty);
            unwanted.find(log, from, until.min(now))
        });
        let Some(sighting) = seen.await? else {
            self.anchor.at = until;
            self.did = false;
            return Ok(());
        };
        if let Some(number) = sighting.happening
            && let Some(log) = self.hub.known().logs.get_mut(&whose)
        {
            log.mark(number, step.place.line, MessageUse::Seen);
        }
        let after = sighting.at.saturating_sub(self.anchor.at);
        let words = self.values.mask(&sighting.words);
        let line = step.place.line;
        Err(Halt::Failed(Box::new(Failure {
            kind: FailureKind::Forbidden,
            message: format!(
                "forbidden: {words} after {}, but {} for {} was wanted (line {line})",
                span_words(after),
                unwanted.words(),
                span_words(during)
            ),
            file: self.other_file(step.place),
            line,
            deadline_line: None,
            expected: format!("{} for {}", unwanted.words(), span_words(during)),
            was: vec![words],
            late_by_ms: None,
            hops: match unwanted {
                Unwanted::Read => self.hops(&whose),
                _ => Vec::new(),
            },
        })))
    }

    /// Why a wait failed, in words; `since` is the line of the step before it.
    fn failure(
        &self,
        step: &ScriptStep,
        armed: &Armed,
        (kind, since): (FailureKind, usize),
        instead: &Instead,
    ) -> Failure {
        let line = step.place.line;
        let expected = armed.condition.words();
        let was = instead.was.iter().map(|was| self.values.mask(was));
        // What is tried again and again is told once.
        let mut was: Vec<String> = was.collect();
        was.dedup();
        let was_words = was.last().map_or("nothing", String::as_str);
        let within = span_words(armed.within);
        let message = match (kind, &armed.condition) {
            (FailureKind::Late, Condition::Message(who, text)) => {
                let who = who.word();
                format!(
                    "late: no message from {who} with {} within {within}",
                    text.shown()
                )
            }
            (FailureKind::Late, _) => format!("late: not {expected} within {within}"),
            (FailureKind::Mismatch, _) => format!("mismatch: {was_words} instead of {expected}"),
            (FailureKind::Impossible, _) => {
                format!("impossible: {was_words}, so {expected} cannot come")
            }
            (kind, _) => format!(
                "{}: {expected} was wanted, and there was {was_words}",
                kind.word()
            ),
        };
        let since = match (kind, since) {
            (FailureKind::Late, 1..) => format!(" after line {since}"),
            _ => String::new(),
        };
        // What fails before its deadline has nothing to do with it.
        let is_about_time = matches!(kind, FailureKind::Late | FailureKind::Assert);
        let set_at = self.deadline(step).1.filter(|_| is_about_time);
        let told = was.len().saturating_sub(MOST_TOLD);
        let mut was: Vec<String> = was.into_iter().skip(told).collect();
        if let (FailureKind::Late, Condition::Message(Speaker::Agent, _)) = (kind, &armed.condition)
        {
            was.extend(self.rung());
        }
        Failure {
            kind,
            message: self.values.mask(&format!("{message}{since} (line {line})")),
            file: self.other_file(step.place),
            line,
            deadline_line: set_at,
            expected: self.values.mask(&expected),
            was,
            late_by_ms: None,
            hops: match &armed.condition {
                Condition::Fact(WantedFact::Last(_) | WantedFact::Hop { .. }) => {
                    self.hops(&armed.whose)
                }
                _ => Vec::new(),
            },
        }
    }

    /// The agent who is played and does not take what rings: no other agent can speak meanwhile.
    fn rung(&self) -> Option<String> {
        let known = self.hub.known();
        let (name, _) = known
            .agents
            .iter()
            .find(|(_, agent)| !agent.rings.is_empty())?;
        Some(format!(
            "a conversation rings for {name}, whom the scenario plays: `{name} takes` takes it; `{name} goes \
             occupied` before the consumer's first line leaves it to others"
        ))
    }

    /// The hops of the last message of somebody's own.
    pub(super) fn hops(&self, whose: &str) -> Vec<HopReport> {
        let known = self.hub.known();
        let Some(log) = known.logs.get(whose).filter(|log| log.last_own().is_some()) else {
            return Vec::new();
        };
        [Hop::Sent, Hop::Echo, Hop::Accepted, Hop::Read]
            .into_iter()
            .map(|hop| HopReport {
                name: hop_word(hop).to_owned(),
                after_ms: hop_after(hop, log).map(millis),
            })
            .collect()
    }

    /// How much later than its deadline came what failed, if it came while the scene ended.
    pub(super) fn late_by(&self) -> Option<u64> {
        let Missed {
            armed,
            anchor,
            until,
        } = self.missed.as_ref()?;
        let (known, now) = (self.hub.known(), self.hub.now());
        let judged = judge(
            std::slice::from_ref(armed),
            &known.logs,
            *anchor,
            now,
            false,
        );
        let Judged::Met(met) = judged else {
            return None;
        };
        let at = met.into_iter().flatten().next()?.at;
        at.checked_sub(*until).map(millis)
    }
}
