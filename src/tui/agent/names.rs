//! What people, skills and states are called in the agent workspace, and who is meant by
//! a name somebody wrote.

use crate::{
    domain::{
        availability::Availability,
        ids::{ParticipantId, SkillId},
        role::Role,
        survey::Csat,
        text::SafeText,
    },
    tui::agent::{AgentSession, pick::Pick},
};

/// The states to choose from.
pub(crate) const AVAILABILITIES: [Availability; 4] = [
    Availability::Online,
    Availability::Occupied,
    Availability::BackSoon,
    Availability::Away,
];

/// A sign and a word.
pub(crate) fn availability(availability: Availability) -> (&'static str, &'static str) {
    match availability {
        Availability::Online => ("●", "online"),
        Availability::Occupied => ("◐", "occupied"),
        Availability::BackSoon => ("◔", "back soon"),
        Availability::Away => ("○", "away"),
    }
}

/// What a state means for what rings.
pub(crate) fn meaning(availability: Availability) -> &'static str {
    match availability {
        Availability::Online => "new conversations ring here",
        Availability::Occupied => "only transfers ring here",
        Availability::BackSoon => "nothing rings; you are back soon",
        Availability::Away => "nothing rings",
    }
}

/// A role as people say it.
pub(crate) fn role(role: &Role) -> String {
    match role {
        Role::Consumer => "consumer".to_owned(),
        Role::AssignedAgent => "agent".to_owned(),
        Role::Agent => "bot".to_owned(),
        Role::Manager => "manager".to_owned(),
        Role::Reader => "former agent".to_owned(),
        Role::Controller => "system".to_owned(),
        Role::Other(role) => one_row(&SafeText::clean(role)),
    }
}

/// A rating as stars and words.
pub(crate) fn csat(csat: Csat) -> String {
    let rate = csat.rate.map_or_else(
        || "no rating".to_owned(),
        |rate| {
            let rate = usize::from(rate.min(5));
            format!("{}{} {rate} of 5", "★".repeat(rate), "☆".repeat(5 - rate))
        },
    );
    match csat.resolved {
        Some(true) => format!("{rate} · settled"),
        Some(false) => format!("{rate} · not settled"),
        None => rate,
    }
}

/// Text from outside as it may stand in one row.
pub(crate) fn one_row(text: &SafeText) -> String {
    text.one_line()
}

/// To whom a conversation can be handed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taker {
    Skill(SkillId),
    Agent(ParticipantId),
}

/// A name as it is written behind `/transfer`.
fn word(name: &SafeText) -> String {
    one_row(name).to_lowercase()
}

impl AgentSession {
    /// Everybody a conversation can be handed to: what is written for them, and what they are.
    pub(crate) fn takers(&self) -> Vec<(String, String, Taker)> {
        let skills = self.skills.iter().map(|(id, name)| {
            let about = format!("skill {}", one_row(name));
            (word(name), about, Taker::Skill(id.clone()))
        });
        let agents = self.agents.iter().map(|agent| {
            let state = match agent.is_online {
                Some(true) => " · online",
                Some(false) => " · not online",
                None => "",
            };
            let about = format!("agent {}{state}", one_row(&agent.name));
            let word = format!("@{}", word(&agent.name));
            (word, about, Taker::Agent(agent.id.clone()))
        });
        skills.chain(agents).collect()
    }

    /// Who is meant by what was written, or what there is.
    pub(crate) fn taker(&self, written: &str) -> Result<Pick, String> {
        let written = written.trim().to_lowercase();
        let takers = self.takers();
        let words: Vec<&str> = takers.iter().map(|(word, _, _)| word.as_str()).collect();
        if words.is_empty() {
            return Err("nobody is known it could be handed to".to_owned());
        }
        let found = takers.iter().find(|(word, _, _)| *word == written);
        match found {
            Some((_, _, taker)) => Ok(Pick::Transfer(taker.clone())),
            None => Err(format!("it takes {}", words.join(", "))),
        }
    }
}
