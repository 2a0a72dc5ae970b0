//! Which conversations a subscription is about; see `agent-side` 5.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{
    domain::ids::ParticipantId,
    sandbox::model::{printed_conversation::FilterFacts, refusal::Refusal},
};

/// Agents a filter names at most.
const AGENTS: usize = 1000;

/// What a subscription asks for; every part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    state: States,
    stage: States,
    agents: Option<HashSet<String>>,
    min: Option<i64>,
    max: Option<i64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum States {
    #[default]
    Any,
    Open,
    Close,
}

impl States {
    fn read(body: &Map<String, Value>, name: &str) -> Result<Self, Refusal> {
        let bad = || Refusal::bad(format!("{name} must be an array of OPEN and CLOSE"));
        let states = match body.get(name) {
            None | Some(Value::Null) => return Ok(Self::Any),
            Some(states) => states.as_array().ok_or_else(bad)?,
        };
        let (mut open, mut close) = (false, false);
        for state in states {
            match state.as_str() {
                Some("OPEN") => open = true,
                Some("CLOSE") => close = true,
                _ => return Err(bad()),
            }
        }
        Ok(match (open, close) {
            (true, false) => Self::Open,
            (false, true) => Self::Close,
            _ => Self::Any,
        })
    }

    fn includes(self, open: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Open => open,
            Self::Close => !open,
        }
    }
}

impl Filter {
    /// Reads the body of a SubscribeExConversations.
    pub(crate) fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let agents = match body.get("agentIds") {
            None | Some(Value::Null) => None,
            Some(Value::Array(ids)) if ids.len() <= AGENTS => {
                let ids: Option<HashSet<String>> = ids
                    .iter()
                    .map(|id| id.as_str().map(ToOwned::to_owned))
                    .collect();
                let ids = ids.ok_or_else(|| Refusal::bad("agentIds must hold strings"))?;
                // No client asks for nothing.
                (!ids.is_empty()).then_some(ids)
            }
            Some(_) => {
                return Err(Refusal::bad(format!(
                    "agentIds must be an array of at most {AGENTS}"
                )));
            }
        };
        let time = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(time) => match time.as_i64() {
                Some(time) => Ok(Some(time)),
                None => Err(Refusal::bad(format!("{name} must be milliseconds"))),
            },
        };
        Ok(Self {
            state: States::read(body, "convState")?,
            stage: States::read(body, "stage")?,
            agents,
            min: time("minLastUpdatedTime")?,
            max: time("maxLastUpdatedTime")?,
        })
    }

    /// The open conversations of one agent.
    pub(crate) fn open_of(agent: &ParticipantId) -> Self {
        Self {
            state: States::Open,
            agents: Some(HashSet::from([agent.to_string()])),
            ..Self::default()
        }
    }

    /// Whether a conversation belongs to it.
    pub(crate) fn matches(&self, facts: &FilterFacts) -> bool {
        let agents = self
            .agents
            .as_ref()
            .is_none_or(|wanted| facts.agents.iter().any(|one| wanted.contains(one)));
        agents
            && self.state.includes(facts.state)
            && self.stage.includes(facts.stage)
            && self.min.is_none_or(|min| facts.updated.0 >= min)
            && self.max.is_none_or(|max| facts.updated.0 <= max)
    }

    /// Whether a conversation that belongs to it does so for ever.
    pub(crate) fn keeps(&self) -> bool {
        self.state == States::Any
            && self.stage == States::Any
            && self.agents.is_none()
            && self.max.is_none()
    }
}
