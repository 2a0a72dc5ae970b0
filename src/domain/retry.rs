//! What can go wrong with a request, and when it may be repeated. The policy
//! is the vendor's, see `send-api` 6: pure, so that the conversation decides
//! and the code that performs the request need not know.

use std::time::Duration;

use thiserror::Error;

use crate::domain::{
    text::SafeText,
    wire::{answer::Misread, fault::Fault},
};

/// Waits after the first failures of a service that is down.
const FIRST_WAITS: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(15),
];
/// Every wait after those.
const LATER_WAIT: Duration = Duration::from_mins(2);
/// The least wait after "too many requests".
const BUSY_WAIT: Duration = Duration::from_secs(1);
const LONGEST_BUSY_WAIT: Duration = Duration::from_secs(10);

/// Why a request did not bring what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// The cloud will not do it: a 4xx, or a redirect, which is not followed.
    #[error("the cloud refused it: {fault}")]
    Refused {
        /// What it said.
        fault: Fault,
    },
    /// Neither the tokens in hand nor fresh ones were accepted.
    #[error("the cloud did not accept the credentials: {fault}")]
    Unauthorized {
        /// What it said.
        fault: Fault,
    },
    /// Too many requests: 429.
    #[error("the cloud is asked too often: {fault}")]
    Busy {
        /// What it said.
        fault: Fault,
    },
    /// The cloud is out of order: a 5xx.
    #[error("the cloud is out of order: {fault}")]
    Unavailable {
        /// What it said.
        fault: Fault,
    },
    /// It certainly never arrived: no address, no connection, no TLS.
    #[error("the cloud could not be reached: {reason}")]
    Unreachable {
        /// Why.
        reason: SafeText,
    },
    /// It left, and what became of it is unknown.
    #[error("no answer, and it may have arrived: {reason}")]
    Uncertain {
        /// Why.
        reason: SafeText,
    },
    /// The cloud said yes in words that make no sense; it may have done it.
    #[error("the cloud's answer makes no sense: {reason}")]
    Garbled {
        /// Why.
        reason: SafeText,
    },
    /// This machine could not do its part, as reading the file to send or writing the one that
    /// came.
    #[error("{reason}")]
    Local {
        /// Why.
        reason: SafeText,
    },
    /// The user was asked, and said no. It never left.
    #[error("it was left undone, as you said")]
    Declined,
    /// It was abandoned before it ended.
    #[error("it was abandoned")]
    Cancelled,
}

impl Problem {
    /// The problem an error answer stands for, by its status.
    pub fn of(fault: Fault) -> Self {
        match fault.status {
            401 => Self::Unauthorized { fault },
            429 => Self::Busy { fault },
            500.. => Self::Unavailable { fault },
            _ => Self::Refused { fault },
        }
    }

    /// A refusal that no answer of the cloud stands behind, in our words.
    pub fn refused(why: &str) -> Self {
        Self::Refused {
            fault: Fault::own(why),
        }
    }

    /// It certainly never arrived, for this reason.
    pub fn unreachable(reason: &str) -> Self {
        let reason = SafeText::clean(reason);
        Self::Unreachable { reason }
    }

    /// It may have arrived, and this is why nobody knows.
    pub fn uncertain(reason: &str) -> Self {
        let reason = SafeText::clean(reason);
        Self::Uncertain { reason }
    }

    /// The answer makes no sense, for this reason.
    pub fn garbled(reason: &str) -> Self {
        let reason = SafeText::clean(reason);
        Self::Garbled { reason }
    }

    /// What the cloud said, if it said something.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Refused { fault }
            | Self::Unauthorized { fault }
            | Self::Busy { fault }
            | Self::Unavailable { fault } => Some(fault),
            Self::Unreachable { .. }
            | Self::Uncertain { .. }
            | Self::Garbled { .. }
            | Self::Local { .. }
            | Self::Declined
            | Self::Cancelled => None,
        }
    }

    /// Whether the cloud may have done what was asked all the same: repeating could double it.
    pub fn is_uncertain(&self) -> bool {
        matches!(
            self,
            Self::Uncertain { .. } | Self::Garbled { .. } | Self::Cancelled
        )
    }

    /// What happened, in words for the user.
    pub fn words(&self) -> SafeText {
        SafeText::clean(&self.to_string())
    }

    /// What to do about it.
    pub fn hint(&self) -> SafeText {
        SafeText::from(match self {
            Self::Refused { fault } => match fault.status {
                404 => "check the account id and the API address",
                300..=399 => "check the API address: it points somewhere else",
                _ => "look at the request in the wire pane and change what the cloud objects to",
            },
            Self::Unauthorized { .. } => {
                "check account, client id and client secret, and that the app install is enabled"
            }
            Self::Busy { .. } => "it is repeated after a short wait; send less at a time",
            Self::Unavailable { .. } => "it is repeated by itself; nothing to do but wait",
            Self::Unreachable { .. } => {
                "it is repeated by itself; check the network and the API address"
            }
            Self::Declined => "the next message asks again",
            Self::Local { .. } => "check the file and its folder, then send it again",
            Self::Uncertain { .. } | Self::Garbled { .. } | Self::Cancelled => {
                "wait for its echo; sending again could double it"
            }
        })
    }
}

impl From<Misread> for Problem {
    fn from(misread: Misread) -> Self {
        match misread {
            Misread::Refused(fault) => Self::of(fault),
            Misread::Garbled(reason) => Self::Garbled { reason },
        }
    }
}

/// How long to wait before the next try; `None` says that it must not be repeated by itself.
///
/// `attempt` counts the tries made so far, the failed one included: 1 after the first.
pub fn after(problem: &Problem, attempt: u32) -> Option<Duration> {
    match problem {
        Problem::Busy { .. } => Some(
            BUSY_WAIT
                .saturating_mul(attempt.max(1))
                .min(LONGEST_BUSY_WAIT),
        ),
        Problem::Unavailable { .. } | Problem::Unreachable { .. } => {
            let earlier = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
            Some(FIRST_WAITS.get(earlier).copied().unwrap_or(LATER_WAIT))
        }
        Problem::Refused { .. }
        | Problem::Unauthorized { .. }
        | Problem::Uncertain { .. }
        | Problem::Garbled { .. }
        | Problem::Local { .. }
        | Problem::Declined
        | Problem::Cancelled => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wire::fault;

    fn answered(status: u16) -> Problem {
        Problem::of(fault::read(status, b""))
    }

    fn waits(problem: &Problem) -> Vec<Option<u64>> {
        (1..=5)
            .map(|attempt| after(problem, attempt).map(|wait| wait.as_secs()))
            .collect()
    }

    #[test]
    fn a_service_that_is_down_is_tried_again_as_the_vendor_recommends() {
        let down = [Some(5), Some(10), Some(15), Some(120), Some(120)];
        assert_eq!(waits(&answered(500)), down);
        assert_eq!(waits(&answered(503)), down);
        let reason = SafeText::from("refused");
        assert_eq!(waits(&Problem::Unreachable { reason }), down);
    }

    #[test]
    fn too_many_requests_wait_a_second_and_then_a_little_longer() {
        let busy = answered(429);
        assert_eq!(waits(&busy), [Some(1), Some(2), Some(3), Some(4), Some(5)]);
        assert_eq!(after(&busy, u32::MAX), Some(LONGEST_BUSY_WAIT));
        assert_eq!(after(&busy, 0), Some(BUSY_WAIT));
    }

    #[test]
    fn what_was_refused_or_may_have_arrived_is_never_repeated_by_itself() {
        let reason = SafeText::from("why");
        for problem in [
            answered(302),
            answered(400),
            answered(401),
            answered(404),
            answered(413),
            Problem::Uncertain {
                reason: reason.clone(),
            },
            Problem::Garbled {
                reason: reason.clone(),
            },
            Problem::Local { reason },
            Problem::Cancelled,
        ] {
            assert_eq!(waits(&problem), [None; 5], "{problem:?}");
            assert!(!problem.words().is_empty() && !problem.hint().is_empty());
        }
    }

    #[test]
    fn only_what_the_cloud_may_have_done_is_uncertain() {
        assert!(Problem::Cancelled.is_uncertain());
        let reason = SafeText::from("no such file");
        assert!(!Problem::Local { reason }.is_uncertain());
        for status in [302, 400, 401, 429, 500] {
            assert!(!answered(status).is_uncertain(), "{status}");
        }
    }
}
