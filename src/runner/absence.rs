//! What must not come: `no EVENT for SPAN`, and `never`.
//!
//! Pure: one sighting fails it, also of what has gone again.

use crate::{
    runner::{
        condition::{Speaker, quoted},
        log::{Happening, Moment, PersonLog, What, situations},
        wire::is_kind,
    },
    scenario::{matching::Wanted, script::Reached},
};

/// An event that must not come, with its values put in.
#[derive(Debug)]
pub(crate) enum Unwanted {
    Message(Speaker, Option<Wanted>),
    Typing,
    Read,
    Transfer,
    Hook(String),
}

/// A text that must never come.
#[derive(Debug)]
pub(crate) struct NeverText {
    pub(super) line: usize,
    pub(super) pattern: Wanted,
    /// Whose; anybody's when nobody is named, also what the scenario says, but no private note of it.
    pub(super) from: Option<Speaker>,
}

/// What came although it must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(super) at: Moment,
    pub(super) words: String,
    pub(super) happening: Option<u64>,
}

impl Unwanted {
    /// The first sighting after `from` and until `until`. What lies exactly at `from` is what the
    /// step before ended with.
    pub(super) fn find(&self, log: &PersonLog, from: Moment, until: Moment) -> Option<Sighting> {
        let is_in = |at: Moment| at > from && at <= until;
        match self {
            Self::Message(who, pattern) => log
                .messages()
                .filter(|(happening, _)| is_in(happening.at) && !happening.is_used_up)
                .find(|(_, message)| {
                    let fits = |pattern: &Wanted| pattern.find(&message.text).is_some();
                    who.wrote(message, log) && pattern.as_ref().is_none_or(fits)
                })
                .map(|(happening, message)| sighting(happening, quoted(message))),
            Self::Typing => {
                let before = log
                    .all()
                    .rev()
                    .find(|one| matches!(one.what, What::Typing(_)) && one.at <= from);
                let goes_on = before.filter(|one| super::deed::types(&one.what));
                let mut later = log.since(from).filter(|one| is_in(one.at));
                let begun = goes_on.or_else(|| later.find(|one| super::deed::types(&one.what)));
                begun.map(|one| sighting(one, "somebody types".to_owned()))
            }
            Self::Read => {
                let own = log.last_own()?;
                let at = own.reached(Reached::Read).filter(|at| is_in(*at))?;
                Some(Sighting {
                    at,
                    words: format!("{:?} was read", own.text),
                    happening: None,
                })
            }
            Self::Transfer => {
                let mut was = log.situation_at(from);
                let later = situations(log.since(from)).filter(|(at, _)| is_in(*at));
                for (at, is) in later {
                    let moved = was.is_some_and(|was| {
                        let of =
                            |one: &super::log::Situation| (one.agent.clone(), one.skill.clone());
                        was.agent.is_some() && is.is_main_open && of(was) != of(is)
                    });
                    if moved {
                        return Some(Sighting {
                            at,
                            words: is.words(),
                            happening: None,
                        });
                    }
                    was = Some(is);
                }
                None
            }
            Self::Hook(kind) => {
                let mut later = log.since(from).filter(|one| is_in(one.at));
                let found = later.find(|one| match &one.what {
                    What::Hook(hook) => is_kind(hook, kind),
                    _ => false,
                });
                found.map(|one| sighting(one, format!("a webhook {kind}")))
            }
        }
    }

    /// As reports tell it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Message(Speaker::Anyone, None) => "no message".to_owned(),
            Self::Message(who, None) => format!("no message from {}", who.word()),
            Self::Message(who, Some(pattern)) => {
                format!("no message from {} with {}", who.word(), pattern.shown())
            }
            Self::Typing => "nobody typing".to_owned(),
            Self::Read => "not read".to_owned(),
            Self::Transfer => "no transfer".to_owned(),
            Self::Hook(kind) => format!("no webhook {kind:?}"),
        }
    }
}

impl NeverText {
    /// As reports tell it.
    pub(super) fn words(&self) -> String {
        let from = self.from.as_ref().map_or("anybody", Speaker::word);
        format!("never a message from {from} with {}", self.pattern.shown())
    }

    /// The first sighting among what came with this number or a later one.
    pub(super) fn find(&self, log: &PersonLog, number: u64) -> Option<Sighting> {
        let mut fresh = log.all().filter(|one| one.number >= number);
        fresh.find_map(|one| {
            let (is_meant, text, words) = match &one.what {
                What::Heard(message) => {
                    let from = self.from.as_ref();
                    let is_meant = from.is_none_or(|who| who.wrote(message, log));
                    (is_meant, message.text.as_str(), quoted(message))
                }
                What::Said(number, text) => {
                    let is_note = log.own.get(number).is_some_and(|own| own.is_note);
                    let is_meant = self.from.is_none() && !is_note;
                    (is_meant, text.as_str(), format!("{text:?}"))
                }
                _ => return None,
            };
            let is_seen = is_meant && self.pattern.find(text).is_some();
            is_seen.then(|| sighting(one, words))
        })
    }
}

fn sighting(happening: &Happening, words: String) -> Sighting {
    Sighting {
        at: happening.at,
        words,
        happening: Some(happening.number),
    }
}
