//! Why something could not be done with an agent's login.

use thiserror::Error;

use crate::domain::{retry::Problem, wire::fault::Fault};

/// What went wrong; each says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AdminError {
    /// The login itself was not accepted.
    #[error("the login of agent {username} was refused: {fault}; check username and password")]
    Login {
        /// Who.
        username: String,
        /// What the cloud said.
        fault: Fault,
    },
    /// The agent is known, and may not do this.
    #[error(
        "agent {username} may not manage app installs: {fault}; use the login of an administrator"
    )]
    Forbidden {
        /// Who.
        username: String,
        /// What the cloud said.
        fault: Fault,
    },
    /// There is no such app install.
    #[error(
        "there is no app install {id} in this account; `handset app list` shows those there are"
    )]
    Missing {
        /// Its client_id.
        id: String,
    },
    /// Somebody else has changed it since it was read.
    #[error("somebody else has just changed the app install; read it again")]
    Changed,
    /// The record came without its revision: changing it would be blind.
    #[error(
        "the cloud tells no ac-revision of the app install, so a change of somebody else's could \
         be overwritten; change it in the console"
    )]
    NoRevision,
    /// Something else.
    #[error("{problem}{}", advice(.0), problem = .0)]
    Cloud(#[from] Problem),
}

/// What to do about a problem that does not say so itself.
fn advice(problem: &Problem) -> &'static str {
    match problem {
        Problem::Unreachable { reason } if reason.as_str().contains("certificate") => {
            "; if it has an authority of its own, name its certificate as `ca` or with --ca"
        }
        Problem::Unreachable { .. } => "; check the network and the CSDS address",
        Problem::Busy { .. } | Problem::Unavailable { .. } => "; try again in a while",
        _ => "",
    }
}

impl AdminError {
    /// Whether it may have been done all the same.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Cloud(problem) if problem.is_uncertain())
    }

    /// Whether trying again later makes sense without anybody doing something.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Changed => true,
            Self::Cloud(problem) => matches!(
                problem,
                Problem::Busy { .. }
                    | Problem::Unavailable { .. }
                    | Problem::Unreachable { .. }
                    | Problem::Uncertain { .. }
                    | Problem::Garbled { .. }
            ),
            Self::Login { .. }
            | Self::Forbidden { .. }
            | Self::Missing { .. }
            | Self::NoRevision => false,
        }
    }
}
