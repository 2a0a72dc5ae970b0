//! Which campaign a visitor is shown; see `send-api` 7.
//!
//! The account has one campaign with one engagement, for every visitor who is
//! somewhere. Sessions are held in memory: a client that loses one begins another.

use std::collections::VecDeque;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    domain::ids::ParticipantId,
    sandbox::model::{Cloud, people},
};

/// The campaign of the account.
const CAMPAIGN: u64 = 2_100_440_011;
const ENGAGEMENT: u64 = 2_100_440_099;
/// Sessions remembered; the oldest are forgotten first.
const SESSIONS: usize = 1024;

/// The sessions of visitors, as visitor and session ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct EngagementSessions(VecDeque<(String, String)>);

/// What a visitor says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    /// The connector's own name for the consumer.
    pub external: String,
    /// The visitor and session ids of an earlier call.
    pub session: Option<(String, String)>,
    /// Whether it says where it is.
    pub is_somewhere: bool,
    /// In which language it wants to be served.
    pub language: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub is_new: bool,
    pub body: Value,
}

impl Cloud {
    /// Finds the engagement for a visitor, or the conversation that is open already.
    pub(crate) fn engage(&mut self, visit: &Visit) -> Shown {
        let known = visit
            .session
            .as_ref()
            .filter(|session| self.sessions.0.contains(session))
            .cloned();
        let is_new = known.is_none();
        let (visitor, session) = known.unwrap_or_else(|| self.begin_session(&visit.external));
        let mut body = json!({
            "sessionId": session,
            "visitorId": visitor,
            "pageId": self.rng.u32(..).to_string(),
        });
        if visit.is_somewhere {
            let mut details = json!({
                "campaignId": CAMPAIGN,
                "engagementId": ENGAGEMENT,
                "engagementRevision": 1,
                "contextId": "1",
                "connectorId": 5,
                "status": "expose",
                "windowId": "2100440123",
                "language": visit.language,
            });
            let consumer = people::consumer_id(&self.account, &visit.external);
            if let Some(open) = self.open_conversation(&consumer).filter(|_| !is_new) {
                details["status"] = json!("conversation");
                details["conversationId"] = json!(open);
            }
            body["engagementDetails"] = json!([details]);
        }
        Shown { is_new, body }
    }

    /// The latest conversation of a consumer that is open.
    fn open_conversation(&self, consumer: &ParticipantId) -> Option<String> {
        self.conversations
            .values()
            .filter(|one| one.consumer == *consumer && one.is_open())
            .max_by_key(|one| (one.started, &one.id))
            .map(|one| one.id.to_string())
    }

    fn begin_session(&mut self, external: &str) -> (String, String) {
        let session = URL_SAFE_NO_PAD.encode(self.rng.u128(..).to_be_bytes());
        // The same person is the same visitor tomorrow.
        let named = people::hash(&format!("visitor\0{external}"));
        let visitor = URL_SAFE_NO_PAD.encode(named.get(..11).unwrap_or_default());
        if self.sessions.0.len() == SESSIONS {
            self.sessions.0.pop_front();
        }
        let both = (visitor, session);
        self.sessions.0.push_back(both.clone());
        both
    }
}
