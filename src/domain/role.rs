//! Who takes part in a conversation, and as what.

use serde::{Deserialize, Serialize};

use crate::domain::ids::ParticipantId;

/// A participant's role; see the protocol reference, README section 2.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Role {
    /// The end customer, whose phone this is.
    Consumer,
    /// The owner of the conversation, human or bot; at most one.
    AssignedAgent,
    /// An additional agent, as survey bots are.
    Agent,
    /// A supervisor or bot that joined.
    Manager,
    /// A former assigned agent, who may look but not write.
    Reader,
    /// The system, which sends automatic messages.
    Controller,
    /// A role this program does not know, kept as it came.
    Other(String),
}

impl Role {
    /// The role as it stands on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Consumer => "CONSUMER",
            Self::AssignedAgent => "ASSIGNED_AGENT",
            Self::Agent => "AGENT",
            Self::Manager => "MANAGER",
            Self::Reader => "READER",
            Self::Controller => "CONTROLLER",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for Role {
    fn from(name: &str) -> Self {
        match name {
            "CONSUMER" => Self::Consumer,
            "ASSIGNED_AGENT" => Self::AssignedAgent,
            "AGENT" => Self::Agent,
            "MANAGER" => Self::Manager,
            "READER" => Self::Reader,
            "CONTROLLER" => Self::Controller,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for Role {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.as_str().to_owned()
    }
}

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The cloud's id of the participant.
    pub id: ParticipantId,
    /// The role it had when writing.
    pub role: Role,
}
