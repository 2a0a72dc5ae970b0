//! How a link ends, and what is said about it.

use axum::extract::ws::{CloseCode, close_code};

use crate::domain::relay::Down;

/// Why a link ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The device has closed it, or the connection broke.
    Gone,
    /// Nothing was heard for too long.
    Silent,
    /// The same device has linked again.
    Replaced,
    /// Its ticket was revoked.
    Revoked,
    /// Its ticket has ended.
    Expired,
    /// More frames than a device may send.
    Flood,
    /// A frame over the limit.
    Oversized,
    /// Something that is no frame, or none for this moment.
    Nonsense(String),
    /// No hello in time.
    Mute,
    /// The ticket has too many links.
    TooMany,
    /// The relay's state cannot be reached.
    Stateless,
    Draining,
}

impl Ending {
    /// In one word, for the metrics.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Silent => "silent",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Flood => "flood",
            Self::Oversized => "oversized",
            Self::Nonsense(_) => "nonsense",
            Self::Mute => "mute",
            Self::TooMany => "too_many",
            Self::Stateless => "stateless",
            Self::Draining => "draining",
        }
    }

    /// The last words; none where nobody is left to hear them.
    pub(super) fn goodbye(&self) -> Option<Down> {
        let (reason, again) = match self {
            Self::Gone => return None,
            Self::Silent => (
                "nothing was heard from this device for too long".to_owned(),
                true,
            ),
            Self::Replaced => ("this device has linked a second time".to_owned(), false),
            Self::Revoked => (
                "the ticket was revoked; ask for a new one".to_owned(),
                false,
            ),
            Self::Expired => ("the ticket has ended; ask for a new one".to_owned(), false),
            Self::Flood => ("more frames than a device may send".to_owned(), true),
            Self::Oversized => ("a frame longer than a device may send".to_owned(), false),
            Self::Nonsense(what) => (what.clone(), false),
            Self::Mute => ("no hello came in time".to_owned(), true),
            Self::TooMany => (
                "the ticket has too many links already; end one, or ask for a ticket more"
                    .to_owned(),
                true,
            ),
            Self::Stateless => ("the relay cannot reach its state just now".to_owned(), true),
            Self::Draining => ("the relay ends".to_owned(), true),
        };
        Some(Down::Goodbye { reason, again })
    }

    /// The WebSocket's close code.
    pub(super) fn code(&self) -> CloseCode {
        match self {
            Self::Gone | Self::Replaced => close_code::NORMAL,
            Self::Silent | Self::Draining => close_code::AWAY,
            Self::Revoked
            | Self::Expired
            | Self::Flood
            | Self::Nonsense(_)
            | Self::Mute
            | Self::TooMany => close_code::POLICY,
            Self::Oversized => close_code::SIZE,
            Self::Stateless => close_code::AGAIN,
        }
    }
}
