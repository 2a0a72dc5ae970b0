//! Deeds of somebody whom nobody plays: how they are seen in the log of somebody who is played.

use crate::{
    domain::{content::Content, ids::SkillId, role::Role},
    report::outcome::FailureKind,
    runner::{
        condition::{Finding, Speaker, Window, is_called, messages_since, quoted},
        log::{Moment, PersonLog, Situation, What, situations},
        sight::{self, WantedSight},
    },
};

/// A deed that can be waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeedOfOthers {
    /// The main dialog is closed.
    Closes,
    /// Takes part now, and did not before.
    Joins,
    /// Takes no part any more.
    Leaves,
    Types,
    /// To a skill, by the name written and the id if it is known.
    HandsToSkill(String, Option<SkillId>),
    HandsToAgent(String),
    HandsToQueue,
    /// Quick replies with these titles.
    Offers(Vec<String>),
    ShowsCard,
    SendsFile,
    /// So many stars, and whether it is settled.
    Rates(u8, Option<bool>),
}

impl DeedOfOthers {
    pub(super) fn find(&self, who: &Speaker, log: &PersonLog, window: &Window) -> Finding {
        match self {
            Self::Types => WantedSight::Typing(who.clone()).find(log, window, &[]),
            Self::Offers(titles) => {
                let replies = |content: &Content| sight::offers(content, titles);
                said(who, log, window, replies)
            }
            Self::ShowsCard => said(who, log, window, |content| {
                matches!(content, Content::Rich { .. })
            }),
            Self::SendsFile => said(who, log, window, |content| {
                matches!(content, Content::File(_))
            }),
            Self::Closes => closes(who, log, window),
            Self::Rates(stars, settled) => change(log, window, |_, now| {
                now.csat.is_some_and(|csat| {
                    csat.rate == Some(*stars) && (settled.is_none() || csat.resolved == *settled)
                })
            }),
            Self::Joins => change(log, window, |was, is| {
                let was = was.map_or(&[][..], |was| &was.people);
                is.people
                    .iter()
                    .any(|one| who.is(&one.0, one.1.as_str()) && !was.contains(one))
            }),
            Self::Leaves => change(log, window, |was, is| {
                let was = was.map_or(&[][..], |was| &was.people);
                was.iter()
                    .any(|one| who.is(&one.0, one.1.as_str()) && !is.people.contains(one))
            }),
            Self::HandsToSkill(name, id) => change(log, window, |was, is| {
                let had = was.is_some_and(|was| was.has_skill(name, id.as_ref()));
                !had && is.has_skill(name, id.as_ref())
            }),
            Self::HandsToAgent(name) => change(log, window, |was, is| {
                let is_at = |one: &Situation| {
                    let agent = one.agent.as_ref();
                    agent.is_some_and(|agent| is_called(name, agent.as_str()))
                };
                !was.is_some_and(is_at) && is_at(is)
            }),
            Self::HandsToQueue => change(log, window, |was, is| {
                was.is_some_and(|was| was.agent.is_some()) && is.agent.is_none() && is.is_main_open
            }),
        }
    }

    /// As reports tell it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Closes => "closes".to_owned(),
            Self::Joins => "joins".to_owned(),
            Self::Leaves => "leaves".to_owned(),
            Self::Types => "types".to_owned(),
            Self::HandsToSkill(name, _) => format!("hands to skill {name:?}"),
            Self::HandsToAgent(name) => format!("hands to agent {name:?}"),
            Self::HandsToQueue => "hands to queue".to_owned(),
            Self::Offers(titles) => format!("offers {titles:?}"),
            Self::ShowsCard => "shows a card".to_owned(),
            Self::SendsFile => "sends a file".to_owned(),
            Self::Rates(stars, _) => format!("rates {stars}"),
        }
    }
}

/// The first situation since the last deed that is as wanted, seen beside the one before it.
fn change(
    log: &PersonLog,
    window: &Window,
    is_wanted: impl Fn(Option<&Situation>, &Situation) -> bool,
) -> Finding {
    let before = |moment: Moment| {
        let earlier = log.all().rev().filter(move |one| one.at < moment);
        situations(earlier).next().map(|(_, situation)| situation)
    };
    let mut was = before(window.began);
    for (at, is) in situations(log.since(window.began)) {
        if window.is_in_time(at) && is_wanted(was, is) {
            return window.met(at, None);
        }
        was = Some(is);
    }
    match was {
        Some(situation) => Finding::not_yet(situation.words()),
        None => Finding::not_yet("there is no conversation"),
    }
}

fn closes(who: &Speaker, log: &PersonLog, window: &Window) -> Finding {
    let found = change(log, window, |was, is| {
        was.is_none_or(|was| was.is_main_open) && !is.is_main_open
    });
    if !matches!(found, Finding::Met(_)) {
        return found;
    }
    let by = log
        .situation()
        .map(|(_, one)| one.closed_by.to_string().to_uppercase());
    let is_right = match (who, by.as_deref()) {
        (Speaker::Agent | Speaker::Bot | Speaker::Manager, Some(by)) => {
            by.is_empty() || by.contains("AGENT") || by.contains("MANAGER")
        }
        (Speaker::System, Some(by)) => by.is_empty() || by.contains("SYSTEM"),
        _ => true,
    };
    if is_right {
        return found;
    }
    let by = by.unwrap_or_default().to_lowercase();
    let was = format!("the conversation was closed by {by}");
    Finding::never(FailureKind::Impossible, was)
}

/// A message since the last deed.
fn said(
    who: &Speaker,
    log: &PersonLog,
    window: &Window,
    is_wanted: impl Fn(&Content) -> bool,
) -> Finding {
    let mut was = Vec::new();
    for (happening, message) in messages_since(log, window.began) {
        let is_right = who.wrote(message, log) && window.is_in_time(happening.at);
        if is_right && is_wanted(&message.content) {
            return window.met(happening.at, Some(happening.number));
        }
        was.insert(0, quoted(message));
    }
    Finding::NotYet(crate::runner::condition::Instead {
        was,
        is_wrong: false,
    })
}

impl Situation {
    /// In words, for who waited for something else.
    pub(super) fn words(&self) -> String {
        if !self.is_main_open {
            let survey = if self.is_survey_open {
                ", a survey runs"
            } else {
                ""
            };
            return format!("the conversation is closed{survey}");
        }
        let agent = match &self.agent {
            Some(agent) if agent.is_empty() => "an agent has it".to_owned(),
            Some(agent) => format!("{agent} has it"),
            None => "it waits in the queue".to_owned(),
        };
        let managers = self.people.iter();
        let managers = managers.filter(|(role, _)| *role == Role::Manager).count();
        let managers = match managers {
            0 => "",
            _ => ", a manager takes part",
        };
        let skill = match (self.skill_name.as_str(), &self.skill) {
            ("", Some(id)) => format!(", skill {id}"),
            ("", None) => String::new(),
            (name, _) => format!(", skill {name}"),
        };
        format!("the conversation is open, {agent}{skill}{managers}")
    }
}

pub(super) fn types(what: &What) -> bool {
    matches!(what, What::Typing(Some(_)))
}
