//! What a fault can be about and what it can do, as it is written in JSON.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::ids::ClientId;

/// The longest delay, in milliseconds.
const LONGEST: u64 = 600_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndpointGroup {
    Csds,
    /// AppJWTs and the key they are checked with.
    Token,
    Consumer,
    Conversation,
    Send,
    Files,
    Login,
    Refresh,
    Logout,
    History,
    /// App installs, skills, users and the like.
    Configuration,
    Engagement,
    /// The agent's socket: its opening as a request, and afterwards itself.
    Socket,
    Webhook,
}

impl EndpointGroup {
    /// The group a request belongs to.
    pub(crate) fn of(path: &str) -> Self {
        let rest = path.strip_prefix("/api/account/");
        let rest = rest
            .and_then(|rest| rest.split_once('/'))
            .map(|(_, rest)| rest);
        match rest {
            Some("consumer") => Self::Consumer,
            Some("messaging/consumer/conversation") => Self::Conversation,
            Some("messaging/consumer/conversation/send") => Self::Send,
            Some("login") => Self::Login,
            Some("refresh") => Self::Refresh,
            Some("logout") => Self::Logout,
            Some(rest) if rest.starts_with("service/") => Self::Csds,
            Some(rest) if rest.starts_with("app/") => Self::Engagement,
            Some(rest) if rest.starts_with("configuration/") => Self::Configuration,
            _ if path.starts_with("/sentinel/") => Self::Token,
            _ if path.starts_with("/messaging_history/") => Self::History,
            _ if path.starts_with("/ws_api/") => Self::Socket,
            _ => Self::Files,
        }
    }

    /// Whether it can be told whose traffic it is.
    fn knows_apps(self) -> bool {
        matches!(
            self,
            Self::Token
                | Self::Consumer
                | Self::Conversation
                | Self::Send
                | Self::Engagement
                | Self::Webhook
        )
    }
}

/// What happens to what is hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum FaultAct {
    /// A request is not looked at, and answered with this.
    Status {
        status: u16,
        /// `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// The body; one in the shape of the service when nothing is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// A request or a notification waits so long before anything else.
    Delay {
        ms: u64,
    },
    /// A connection is closed without an answer; of notifications: it is never posted.
    Drop {
        /// Whether the request is done all the same before that.
        #[serde(default)]
        done: bool,
    },
    /// An AppJWT is issued that has expired.
    Expired,
    Duplicate,
    /// A notification is overtaken by the next one of its conversation.
    Reorder,
    /// A notification is signed with another secret.
    BadSignature,
    NoSignature,
    /// A notification and the next one of its conversation are one with two changes.
    TwoChanges,
    /// A notification is written in ASCII alone, `\u00e9` for é, and signed like that.
    Ascii,
    Close {
        /// With this code; 1006 for no code and no word at all.
        code: u16,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FaultSpec {
    pub on: EndpointGroup,
    /// Of which app install; all of them when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<ClientId>,
    #[serde(flatten)]
    pub act: FaultAct,
    /// How often, at most; until it is cleared when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// With which probability each time; always when nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// Why a fault cannot be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FaultSpecError {
    /// There is no such thing to hit.
    #[error("that does not happen to what {0:?} is about; see the document of this API")]
    Unfit(EndpointGroup),
    /// The app install of such a request is not known.
    #[error("{0:?} does not tell whose app install it is; leave out app")]
    NoApp(EndpointGroup),
    /// The status is none of an error.
    #[error("status must be 400 to 599")]
    Status,
    #[error("ms must be 1 to {LONGEST}")]
    Delay,
    /// No socket may close with it.
    #[error("code must be 1000 to 1003, 1006 to 1014, or 3000 to 4999")]
    Code,
    #[error("count must be at least 1")]
    Count,
    #[error("probability must be more than 0 and at most 1")]
    Probability,
    #[error("there are too many faults; clear some")]
    Full,
}

impl FaultSpec {
    pub(super) fn check(&self) -> Result<(), FaultSpecError> {
        let is_request = !matches!(self.on, EndpointGroup::Webhook);
        let fits = match &self.act {
            FaultAct::Status { .. } => is_request,
            FaultAct::Delay { .. } => true,
            FaultAct::Drop { done } => is_request || !done,
            FaultAct::Expired => self.on == EndpointGroup::Token,
            FaultAct::Close { .. } => self.on == EndpointGroup::Socket,
            FaultAct::Duplicate
            | FaultAct::Reorder
            | FaultAct::BadSignature
            | FaultAct::NoSignature
            | FaultAct::TwoChanges
            | FaultAct::Ascii => !is_request,
        };
        if !fits {
            return Err(FaultSpecError::Unfit(self.on));
        }
        if self.app.is_some() && !self.on.knows_apps() {
            return Err(FaultSpecError::NoApp(self.on));
        }
        match self.act {
            FaultAct::Status { status, .. } if !(400..600).contains(&status) => {
                return Err(FaultSpecError::Status);
            }
            FaultAct::Delay { ms } if !(1..=LONGEST).contains(&ms) => {
                return Err(FaultSpecError::Delay);
            }
            FaultAct::Close { code } if !matches!(code, 1000..=1003 | 1006..=1014 | 3000..=4999) => {
                return Err(FaultSpecError::Code);
            }
            _ => {}
        }
        if self.count == Some(0) {
            return Err(FaultSpecError::Count);
        }
        match self.probability {
            Some(chance) if !(chance > 0.0 && chance <= 1.0) => Err(FaultSpecError::Probability),
            _ => Ok(()),
        }
    }
}
