//! Who an agent's id stands for, as the account's configuration and the history have it.

use crate::{
    domain::ids::{AccountId, ParticipantId, SkillId},
    sandbox::model::roster,
};

/// A person on the account's side, human or bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// `userId`: digits.
    pub id: String,
    pub pid: ParticipantId,
    /// What they log in as; empty for those who cannot.
    pub login: String,
    pub name: String,
    pub skills: Vec<SkillId>,
    /// Whether it is a program of the cloud's.
    pub is_bot: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phonebook {
    pub account: AccountId,
    pub people: Vec<Person>,
}

impl Phonebook {
    pub(crate) fn with_pid(&self, pid: &ParticipantId) -> Option<&Person> {
        self.people.iter().find(|one| one.pid == *pid)
    }

    /// A person by user id; the full id with the account before it will do.
    pub(crate) fn with_id(&self, id: &str) -> Option<&Person> {
        let digits = id.rsplit('.').next().unwrap_or(id);
        self.people.iter().find(|one| one.id == digits)
    }

    /// What the history calls a person: the user id, or what there is where it knows none.
    pub(crate) fn id_of(&self, pid: &ParticipantId) -> String {
        self.with_pid(pid)
            .map_or_else(|| pid.to_string(), |one| one.id.clone())
    }

    pub(crate) fn skill_name(id: &SkillId) -> &str {
        let known = roster::SKILLS.iter().find(|skill| skill.id == id.as_str());
        match known {
            Some(skill) => skill.name,
            None if id.as_str() == "-1" => "Unassigned",
            None => id.as_str(),
        }
    }
}
