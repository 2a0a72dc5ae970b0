//! Who an agent's id stands for, as the account's configuration and the history have it.

use crate::{
    domain::ids::{AccountId, ParticipantId, SkillId},
    sandbox::model::roster,
};

/// A person on the account's side, human or bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// `userId`: digits.
    pub id: String,
    /// Who they are in conversations.
    pub pid: ParticipantId,
    /// What they log in as; empty for those who cannot.
    pub login: String,
    /// What they are called.
    pub name: String,
    /// What they take.
    pub skills: Vec<SkillId>,
    /// Whether it is a program of the cloud's.
    pub is_bot: bool,
}

/// The people of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phonebook {
    /// The account.
    pub account: AccountId,
    /// Its people.
    pub people: Vec<Person>,
}

impl Phonebook {
    /// A person by PID.
    pub fn with_pid(&self, pid: &ParticipantId) -> Option<&Person> {
        self.people.iter().find(|one| one.pid == *pid)
    }

    /// A person by user id; the full id with the account before it will do.
    pub fn with_id(&self, id: &str) -> Option<&Person> {
        let digits = id.rsplit('.').next().unwrap_or(id);
        self.people.iter().find(|one| one.id == digits)
    }

    /// What the history calls a person: the user id, or what there is where it knows none.
    pub fn id_of(&self, pid: &ParticipantId) -> String {
        self.with_pid(pid)
            .map_or_else(|| pid.to_string(), |one| one.id.clone())
    }

    /// What people call a queue.
    pub fn skill_name<'a>(&self, id: &'a SkillId) -> &'a str {
        let known = roster::SKILLS.iter().find(|skill| skill.id == id.as_str());
        match known {
            Some(skill) => skill.name,
            None if id.as_str() == "-1" => "Unassigned",
            None => id.as_str(),
        }
    }
}
