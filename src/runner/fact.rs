//! Facts: what must hold, read from a log.

use std::time::Duration;

use crate::{
    domain::ids::SkillId,
    report::outcome::FailureKind,
    runner::{
        condition::{Finding, Speaker, Window, is_called},
        log::{MessageUse, Moment, PersonLog, Situation, reached_word, situations},
        wire::WantedWire,
    },
    scenario::script::{ConversationStage, Hop, Reached},
};

/// A fact with its values put in.
#[derive(Debug)]
pub(crate) enum WantedFact {
    Agent(String),
    /// By the name written, and the id if it is known.
    Skill(String, Option<SkillId>),
    Conversation(ConversationStage),
    Survey(bool),
    Csat(u8, Option<bool>),
    Last(Reached),
    Hop {
        hop: Hop,
        is_under: bool,
        span: Duration,
    },
    Messages(usize, Speaker),
    Wire(WantedWire),
}

impl WantedFact {
    pub(super) fn find(&self, log: &PersonLog, window: &Window, used: &[u64]) -> Finding {
        match self {
            Self::Agent(name) => holds(log, window, |one| match &one.agent {
                Some(agent) if is_called(name, agent.as_str()) => Ok(()),
                Some(agent) => Err((format!("agent {agent}"), true)),
                None => Err(("nobody has it".to_owned(), false)),
            }),
            Self::Skill(name, id) => holds(log, window, |one| {
                if one.has_skill(name, id.as_ref()) {
                    return Ok(());
                }
                let skill = match (one.skill_name.as_str(), &one.skill) {
                    ("", Some(id)) => id.to_string(),
                    ("", None) => "none".to_owned(),
                    (name, _) => name.to_owned(),
                };
                Err((format!("skill {skill}"), true))
            }),
            Self::Conversation(stage) => holds(log, window, |one| {
                let is = match stage {
                    ConversationStage::Open => one.is_open,
                    ConversationStage::Queued => one.is_main_open && one.agent.is_none(),
                    ConversationStage::Closed => !one.is_open,
                };
                if is {
                    Ok(())
                } else {
                    Err((one.words(), false))
                }
            }),
            Self::Survey(open) => holds(log, window, |one| {
                if one.is_survey_open == *open {
                    Ok(())
                } else {
                    let is = if *open {
                        "no survey runs"
                    } else {
                        "a survey runs"
                    };
                    Err((is.to_owned(), false))
                }
            }),
            Self::Csat(stars, settled) => holds(log, window, |one| {
                let Some(csat) = one.csat else {
                    return Err(("not rated".to_owned(), false));
                };
                let fits = settled.is_none() || csat.resolved == *settled;
                if csat.rate == Some(*stars) && fits {
                    return Ok(());
                }
                let rate = csat.rate.map_or("none".to_owned(), |rate| rate.to_string());
                let settled = match csat.resolved {
                    Some(true) => " resolved",
                    Some(false) => " unresolved",
                    None => "",
                };
                // The second answer may be on its way.
                let is_wrong = csat.rate != Some(*stars) || csat.resolved.is_some();
                Err((format!("csat {rate}{settled}"), is_wrong))
            }),
            Self::Last(reached) => last(*reached, log, window),
            Self::Hop {
                hop,
                is_under,
                span,
            } => hop_time(*hop, *is_under, *span, log, window),
            Self::Messages(count, who) => messages(*count, who, log, window),
            Self::Wire(wanted) => wanted.find(log, window, used),
        }
    }

    /// Whether it can only come while the conversation is open.
    pub(super) fn needs_conversation(&self) -> bool {
        matches!(self, Self::Agent(_) | Self::Skill(..))
    }

    /// As reports tell it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Agent(name) => format!("agent {name}"),
            Self::Skill(name, _) => format!("skill {name}"),
            Self::Conversation(ConversationStage::Open) => "the conversation open".to_owned(),
            Self::Conversation(ConversationStage::Queued) => "the conversation queued".to_owned(),
            Self::Conversation(ConversationStage::Closed) => "the conversation closed".to_owned(),
            Self::Survey(true) => "a survey".to_owned(),
            Self::Survey(false) => "no survey".to_owned(),
            Self::Csat(stars, None) => format!("csat {stars}"),
            Self::Csat(stars, Some(true)) => format!("csat {stars} resolved"),
            Self::Csat(stars, Some(false)) => format!("csat {stars} unresolved"),
            Self::Last(reached) => reached_word(*reached).to_owned(),
            Self::Hop {
                hop,
                is_under,
                span,
            } => {
                let how = if *is_under { "under" } else { "over" };
                format!("{} {how} {} ms", hop_word(*hop), span.as_millis())
            }
            Self::Messages(count, who) => format!("{count} messages from {}", who.word()),
            Self::Wire(wanted) => wanted.words(),
        }
    }
}

/// A hop, in a word.
pub(super) fn hop_word(hop: Hop) -> &'static str {
    match hop {
        Hop::Sent => "sent",
        Hop::Echo => "echo",
        Hop::Accepted => "accepted",
        Hop::Read => "read",
        Hop::Reply => "reply",
    }
}

/// The first situation from the anchor on that is as wanted. Else what is in its place, and
/// whether that is another value of the same kind.
fn holds(
    log: &PersonLog,
    window: &Window,
    is_wanted: impl Fn(&Situation) -> Result<(), (String, bool)>,
) -> Finding {
    let first = log
        .situation_at(window.anchor)
        .map(|one| (window.anchor, one));
    let later = situations(log.since(window.anchor)).filter(|(at, _)| *at > window.anchor);
    let mut was = None;
    for (at, situation) in first.into_iter().chain(later) {
        if !window.is_in_time(at) {
            break;
        }
        match is_wanted(situation) {
            Ok(()) => return window.met(at, None),
            Err(other) => was = Some(other),
        }
    }
    match was {
        Some((was, true)) => Finding::wrong(was),
        Some((was, false)) => Finding::not_yet(was),
        None => Finding::not_yet("there is no conversation"),
    }
}

fn last(reached: Reached, log: &PersonLog, window: &Window) -> Finding {
    let Some(own) = log.last_own() else {
        return Finding::not_yet("no message was sent");
    };
    match own.reached(reached) {
        Some(at) if window.is_in_time(at) => window.met(at, None),
        _ => match &own.delivery {
            crate::domain::line::Delivery::Failed { reason, .. } => Finding::never(
                FailureKind::Impossible,
                format!("the message did not go out: {reason}"),
            ),
            _ => Finding::not_yet(own.word()),
        },
    }
}

/// How long a hop of the last message took; `None` while it was not seen.
pub(super) fn hop_after(hop: Hop, log: &PersonLog) -> Option<Duration> {
    let own = log.last_own()?;
    let sent = own.hops.sent?;
    let at = match hop {
        Hop::Sent => own.hops.answered,
        Hop::Echo => own.hops.echoed,
        // What is read was accepted, even if nobody said so.
        Hop::Accepted => own.hops.accepted.or(own.hops.read),
        Hop::Read => own.hops.read,
        Hop::Reply => {
            let mut later = log.since(own.at);
            let heard = later.find(|one| matches!(one.what, super::log::What::Heard(_)))?;
            return Some(heard.at.saturating_sub(own.at));
        }
    };
    at.map(|at| at.since(sent))
}

fn hop_time(hop: Hop, is_under: bool, span: Duration, log: &PersonLog, window: &Window) -> Finding {
    let word = hop_word(hop);
    let Some(own) = log.last_own() else {
        return Finding::not_yet("no message was sent");
    };
    match hop_after(hop, log) {
        Some(took) => {
            let holds = if is_under { took <= span } else { took >= span };
            if holds {
                window.met(own.at.saturating_add(took).min(window.now), None)
            } else {
                let was = format!("{word} +{} ms", took.as_millis());
                Finding::never(FailureKind::Assert, was)
            }
        }
        None if is_under && window.now > own.at + span => {
            let was = format!(
                "no {word} after {} ms",
                window.now.saturating_sub(own.at).as_millis()
            );
            Finding::never(FailureKind::Late, was)
        }
        None => Finding::not_yet(format!("no {word} yet")),
    }
}

impl PersonLog {
    /// A step on this line counted the messages that somebody wrote until a moment: they were
    /// waited for, and lines can wait for them still.
    pub(super) fn mark_counted(&mut self, who: &Speaker, until: Moment, line: usize) {
        let counted: Vec<u64> = self
            .messages()
            .filter(|(happening, message)| happening.at <= until && who.wrote(message, self))
            .map(|(happening, _)| happening.number)
            .collect();
        for number in counted {
            self.mark(number, line, MessageUse::Seen);
        }
    }
}

fn messages(count: usize, who: &Speaker, log: &PersonLog, window: &Window) -> Finding {
    let mut moments: Vec<Moment> = log
        .messages()
        .filter(|(_, message)| who.wrote(message, log))
        .map(|(happening, _)| happening.at)
        .filter(|at| *at <= window.now)
        .collect();
    moments.sort_unstable();
    let was = format!("{} messages from {}", moments.len(), who.word());
    match moments.len() {
        there if there > count => Finding::never(FailureKind::Assert, was),
        there if there < count => Finding::wrong(was),
        _ => window.met(moments.last().copied().unwrap_or_default(), None),
    }
}
