//! The two names of every person on the account's side; see README 2 of the protocol reference.
//!
//! Webhooks and the cloud itself know an agent by PID; the agent socket shows the full id
//! `{accountId}.{userId}` beside it. A consumer has one name for both.

use std::collections::HashMap;

use crate::{
    domain::ids::{AccountId, ParticipantId},
    sandbox::model::{people::agent_id, roster},
};

#[derive(Debug)]
pub(crate) struct Directory {
    account: AccountId,
    full: HashMap<ParticipantId, String>,
    pids: HashMap<String, ParticipantId>,
}

impl Directory {
    pub(crate) fn new(account: &AccountId) -> Self {
        let known = roster::PEOPLE.map(|(name, user)| (agent_id(account, name), user));
        let full = |user: &str| format!("{account}.{user}");
        Self {
            account: account.clone(),
            pids: known
                .iter()
                .map(|(pid, user)| (full(user), pid.clone()))
                .collect(),
            full: known
                .into_iter()
                .map(|(pid, user)| (pid, full(user)))
                .collect(),
        }
    }

    pub(crate) fn account(&self) -> &AccountId {
        &self.account
    }

    /// What the agent socket calls a person: the full id of an agent, a consumer's own id.
    pub(crate) fn full(&self, id: &ParticipantId) -> String {
        if let Some(full) = self.full.get(id) {
            return full.clone();
        }
        match uuid::Uuid::parse_str(id.as_str()) {
            // An agent who is not listed has digits all the same, the same in every run.
            Ok(pid) if id.as_str().len() == 36 => {
                format!("{}.3{:09}", self.account, pid.as_u128() % 1_000_000_000)
            }
            _ => id.to_string(),
        }
    }

    /// The PID of an agent, who is named by it or by the full id; `None` for anything else.
    pub(crate) fn pid(&self, named: &str) -> Option<ParticipantId> {
        if let Some(pid) = self.pids.get(named) {
            return Some(pid.clone());
        }
        let is_pid = named.len() == 36 && uuid::Uuid::parse_str(named).is_ok();
        is_pid.then(|| ParticipantId::from(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_lead_to_the_same_agent() {
        let account = AccountId::from("55512300");
        let directory = Directory::new(&account);
        let sam = agent_id(&account, roster::SAM);
        assert_eq!(directory.full(&sam), "55512300.1200345612");
        assert_eq!(directory.pid("55512300.1200345612"), Some(sam.clone()));
        assert_eq!(directory.pid(sam.as_str()), Some(sam));
        assert_eq!(directory.pid("999.1200345612"), None);
        let lee = agent_id(&account, "Lee");
        let full = directory.full(&lee);
        assert!(full.starts_with("55512300.3") && full.len() == 19, "{full}");
        let consumer = ParticipantId::from("9b1f6c0d2e7a48359c54d0b7e8f1a2634c5d6e7f");
        assert_eq!(directory.full(&consumer), consumer.as_str());
    }
}
