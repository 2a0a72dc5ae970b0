//! What a socket may take, and how it ends.

use std::time::Duration;

use axum::extract::ws::{CloseCode, close_code};

/// What can be set about agents' sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// A socket is closed that says nothing for so long, pings included; never when not given.
    pub idle: Option<Duration>,
    /// How a socket ends whose session has.
    pub revoked: Closing,
    /// The shape of refusals.
    pub refusals: Refusals,
}

/// The shape of refusals; see `agent-side` 2.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refusals {
    /// A string, `.ReqBody$StringResp`.
    #[default]
    Text,
    /// An object with title, details and code, `.ReqBody$ErrorResp`.
    Object,
}

/// How a socket is closed by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// With this code; see `agent-side` 1.2.
    Code(CloseCode),
    /// Without a word, which a client sees as 1006.
    Abrupt,
}

impl Closing {
    /// With a code, where 1006 stands for no word at all.
    pub fn with(code: CloseCode) -> Self {
        if code == close_code::ABNORMAL {
            Self::Abrupt
        } else {
            Self::Code(code)
        }
    }

    /// The session has ended.
    pub const REVOKED: Self = Self::Code(4401);
    /// The sandbox ends.
    pub const STOPPING: Self = Self::Code(close_code::AWAY);
    /// The client does not take what it is told.
    pub const SLOW: Self = Self::Code(close_code::AGAIN);
    /// A frame over the limit.
    pub const OVERSIZED: Self = Self::Code(close_code::SIZE);
    /// Nothing was heard for too long.
    pub const IDLE: Self = Self::Code(close_code::NORMAL);
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            idle: None,
            revoked: Closing::REVOKED,
            refusals: Refusals::Text,
        }
    }
}
