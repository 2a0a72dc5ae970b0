//! The skills of an account and who works there, as account configuration answers them. See
//! `send-api` 9.

use serde_json::Value;

use crate::domain::{
    ids::{ParticipantId, SkillId},
    text::SafeText,
    wire::lenient::word,
};

/// Skills and agents kept; larger houses are cut.
const MOST: usize = 5000;
/// `userTypeId` of a bot.
const BOT: &str = "2";
const LONGEST_NAME: usize = 120;

/// Somebody who works in the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The id within the account: the latter half of the full id.
    pub user: String,
    /// PID, if it is told.
    pub pid: Option<ParticipantId>,
    /// What they are called.
    pub name: SafeText,
    /// Whether conversations can be handed to them: not to who is disabled, nor to a bot without
    /// a skill, as the one that asks after a conversation and the one that greets.
    pub takes: bool,
}

/// The skills by id and name, without deleted ones; an answer that is no list has none.
pub fn skills(answer: &Value) -> Vec<(SkillId, SafeText)> {
    let skills = elements(answer).filter(|skill| is_alive(skill));
    let named = skills.filter_map(|skill| {
        let id = word(skill, "id")?;
        let name = name(skill, &["name"]).unwrap_or_else(|| SafeText::clean(&id));
        Some((SkillId::from(id), name))
    });
    named.take(MOST).collect()
}

/// The agents, without deleted ones; an answer that is no list has none.
pub fn users(answer: &Value) -> Vec<Worker> {
    let users = elements(answer).filter(|user| is_alive(user));
    let workers = users.filter_map(|user| {
        let id = word(user, "id")?;
        let called = ["nickname", "nickName", "fullName", "loginName"];
        Some(Worker {
            pid: word(user, "pid").map(ParticipantId::from),
            name: name(user, &called).unwrap_or_else(|| SafeText::clean(&id)),
            user: id,
            takes: takes(user),
        })
    });
    workers.take(MOST).collect()
}

fn takes(user: &Value) -> bool {
    let is_bot = word(user, "userTypeId").as_deref() == Some(BOT);
    let has_no_skill = |skills: &Vec<Value>| skills.is_empty();
    let skills = user.get("skillIds").and_then(Value::as_array);
    let is_enabled = user.get("isEnabled").and_then(Value::as_bool) != Some(false);
    is_enabled && !(is_bot && skills.is_some_and(has_no_skill))
}

fn elements(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.as_array().into_iter().flatten()
}

fn is_alive(element: &Value) -> bool {
    element.get("deleted").and_then(Value::as_bool) != Some(true)
}

fn name(element: &Value, members: &[&str]) -> Option<SafeText> {
    let name = members.iter().find_map(|member| word(element, member))?;
    let short: String = name.chars().take(LONGEST_NAME).collect();
    Some(SafeText::clean(&short)).filter(|name| !name.is_empty())
}
