//! Consumers: how they are named and what a connector told about them.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::ids::{AccountId, ExtConsumerId, ParticipantId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Consumer {
    /// `lp_consumer_id`: participant id and originator everywhere.
    pub id: ParticipantId,
    /// The connector's own name for it.
    pub external: ExtConsumerId,
    /// Members of SetUserProfile other than the SDEs, as they came.
    pub profile: Map<String, Value>,
    /// One SDE of each type, the latest.
    pub sdes: Vec<Value>,
    /// The last client properties that could be read.
    pub client_properties: Option<Value>,
    /// How many conversations it has begun.
    pub conversations: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ConsumerProfile {
    pub members: Map<String, Value>,
    pub sdes: Vec<Value>,
}

impl Consumer {
    /// A consumer nothing is known of yet.
    pub(crate) fn new(id: ParticipantId, external: &str) -> Self {
        Self {
            id,
            external: ExtConsumerId::from(external),
            profile: Map::new(),
            sdes: Vec::new(),
            client_properties: None,
            conversations: 0,
        }
    }

    /// Takes in a profile: members replace members, an SDE replaces the one of its type.
    pub(crate) fn take(&mut self, profile: ConsumerProfile) {
        self.profile.extend(profile.members);
        for sde in profile.sdes {
            let kind = sde.get("type").cloned();
            match self
                .sdes
                .iter_mut()
                .find(|had| had.get("type") == kind.as_ref())
            {
                Some(had) => *had = sde,
                None => self.sdes.push(sde),
            }
        }
    }
}

/// `hex(sha256(account + NUL + external))`, so that the same person is the same consumer tomorrow.
pub(crate) fn consumer_id(account: &AccountId, external: &str) -> ParticipantId {
    let named = format!("{account}\0{external}");
    ParticipantId::from(hash(&named))
}

/// The SHA-256 of a text, in hex.
pub(super) fn hash(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// The PID of an agent of this account, in the shape of a name-based UUID; stable over runs.
pub(crate) fn agent_id(account: &AccountId, name: &str) -> ParticipantId {
    let named = format!("{account}\0agent\0{name}");
    let hash = digest::digest(&digest::SHA256, named.as_bytes());
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(hash.as_ref()) {
        *byte = *from;
    }
    let id = uuid::Builder::from_sha1_bytes(bytes).into_uuid();
    ParticipantId::from(id.to_string())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
        text
    })
}
