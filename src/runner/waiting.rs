//! Waits: one, or several that are armed together, judged over logs at a moment.
//!
//! Pure: [`judge`] takes the logs, what is armed and the time, and says what became of it. The
//! same logs give the same answer in whatever order they were filled, and nothing that came
//! before somebody looked is missed.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    domain::role::Role,
    report::outcome::FailureKind,
    runner::{
        condition::{Condition, Finding, Instead, Met, Window, is_called, over, quoted},
        log::{Happening, HeardMessage, Moment, PersonLog},
    },
};

/// The logs of everybody who is played, by the names of the cast.
pub(crate) type PersonLogs = BTreeMap<String, PersonLog>;

/// Something that is waited for.
#[derive(Debug)]
pub(crate) struct Armed {
    /// The person in whose log it is looked for.
    pub(super) whose: String,
    pub(super) condition: Condition,
    /// How long, from the anchor on.
    pub(super) within: Duration,
    /// It may come and need not.
    pub(super) is_optional: bool,
}

/// What became of what is armed.
#[derive(Debug)]
pub(crate) enum Judged {
    /// Everything that must come came; what was met of each.
    Met(Vec<Option<Met>>),
    /// Something may come still.
    Pending,
    /// One of them has failed, and the scene with it.
    Failed {
        index: usize,
        kind: FailureKind,
        instead: Instead,
        /// What was met of each.
        met: Vec<Option<Met>>,
    },
}

/// When the last step that did something began, and when the last step ended.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Anchor {
    pub(super) began: Moment,
    pub(super) at: Moment,
}

/// What becomes of what is armed, at a moment. With `extras_fail` a message that no line waits for
/// is a failure.
pub(crate) fn judge(
    armed: &[Armed],
    logs: &PersonLogs,
    anchor: Anchor,
    now: Moment,
    extras_fail: bool,
) -> Judged {
    let empty = PersonLog::default();
    let log = |one: &Armed| logs.get(&one.whose).unwrap_or(&empty);
    let window = |one: &Armed| Window {
        began: anchor.began,
        anchor: anchor.at,
        until: anchor.at + one.within,
        now,
    };
    let mut found: Vec<Finding> = Vec::new();
    let mut used: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for one in armed {
        let used = used.entry(one.whose.as_str()).or_default();
        let this = one.condition.find(log(one), &window(one), used);
        if let Finding::Met(met) = &this {
            used.extend(met.happening);
        }
        found.push(this);
    }
    for whose in used.keys() {
        let log = logs.get(*whose).unwrap_or(&empty);
        share_out(
            armed,
            &mut found,
            (*whose, log),
            &window,
            extras_fail.then_some(logs),
        );
    }
    conclude(armed, found, anchor, now)
}

/// Offers the messages of one log to the lines that wait for them, in the order of the screen;
/// each takes one at most, and each is taken once.
fn share_out(
    armed: &[Armed],
    found: &mut [Finding],
    (whose, log): (&str, &PersonLog),
    window: &impl Fn(&Armed) -> Window,
    extras_fail: Option<&PersonLogs>,
) {
    let mut lines: Vec<usize> = Vec::new();
    for (index, one) in armed.iter().enumerate() {
        if one.whose == whose && matches!(one.condition, Condition::Message(..)) {
            lines.push(index);
        }
    }
    let is_wanted = |lines: &[usize]| lines.iter().any(|line| !armed[*line].is_optional);
    let had_wanted = is_wanted(&lines);
    let mut others = Vec::new();
    for (happening, message) in log.waiting() {
        if lines.is_empty() || (had_wanted && !is_wanted(&lines)) {
            break;
        }
        if log.is_unknown(&message.dialog) {
            others.push(quoted(message));
            continue;
        }
        let taker = lines.iter().position(|line| {
            let one = &armed[*line];
            let Condition::Message(who, pattern) = &one.condition else {
                return false;
            };
            if !who.wrote(message, log) || !window(one).is_in_time(happening.at) {
                return false;
            }
            let Some(captured) = pattern.find(&message.text) else {
                return false;
            };
            found[*line] = Finding::Met(Met {
                at: happening.at.max(window(one).anchor),
                happening: Some(happening.number),
                captured,
            });
            true
        });
        if let Some(taker) = taker {
            lines.remove(taker);
            continue;
        }
        let is_in_time = lines
            .iter()
            .any(|line| window(&armed[*line]).is_in_time(happening.at));
        let is_extra = extras_fail.is_some_and(|logs| is_extra(happening, message, logs));
        if is_extra && is_in_time {
            let wanted = lines.iter().find(|line| !armed[**line].is_optional);
            if let Some(line) = wanted {
                found[*line] = Finding::never(FailureKind::Mismatch, quoted(message));
                return;
            }
        }
        others.push(quoted(message));
    }
    for line in lines {
        let one = &armed[line];
        let in_main = matches!(&one.condition, Condition::Message(who, _) if who.is_of_main());
        found[line] = over(log, &window(one), in_main).unwrap_or_else(|| {
            Finding::NotYet(Instead {
                was: others.clone(),
                is_wrong: false,
            })
        });
    }
}

/// Whether nobody waits for a message: it is neither an automatic one, of which nobody can tell when
/// it comes, nor one that the scenario itself has somebody say.
pub(super) fn is_extra(happening: &Happening, message: &HeardMessage, logs: &PersonLogs) -> bool {
    let is_played = logs
        .keys()
        .any(|name| is_called(name, message.name.as_str()));
    happening.line.is_none() && message.author.role != Role::Controller && !is_played
}

/// The first that failed, or whether all is there that must be.
fn conclude(armed: &[Armed], found: Vec<Finding>, anchor: Anchor, now: Moment) -> Judged {
    let met: Vec<Option<Met>> = found
        .iter()
        .map(|one| match one {
            Finding::Met(met) => Some(met.clone()),
            _ => None,
        })
        .collect();
    let (mut is_pending, mut is_awaited) = (false, false);
    for (index, (one, found)) in armed.iter().zip(found).enumerate() {
        let until = anchor.at + one.within;
        let (kind, instead) = match found {
            Finding::Met(_) => continue,
            Finding::Never(kind, instead) => (kind, instead),
            Finding::NotYet(_) if now <= until => {
                is_awaited |= !one.is_optional;
                is_pending = true;
                continue;
            }
            Finding::NotYet(instead) if instead.is_wrong => (FailureKind::Assert, instead),
            Finding::NotYet(instead) => (FailureKind::Late, instead),
        };
        if !one.is_optional {
            return Judged::Failed {
                index,
                kind,
                instead,
                met,
            };
        }
    }
    let has_wanted = armed.iter().any(|one| !one.is_optional);
    if is_awaited || (is_pending && !has_wanted) {
        Judged::Pending
    } else {
        Judged::Met(met)
    }
}

#[cfg(test)]
mod tests;
