//! What did not work at the session, as its user reads it.

use crate::{
    client::ums::Outage,
    domain::{
        notice::{Notice, Severity, Topic},
        retry::Problem,
    },
};

/// Something that was asked of the cloud.
pub(super) fn of_problem(tried: &str, problem: &Problem) -> Notice {
    let (severity, hint) = match problem {
        Problem::Refused { .. } => (
            Severity::Error,
            "look whether the conversation is still yours and open, and whether the login may do it",
        ),
        Problem::Unauthorized { .. } => (
            Severity::Error,
            "the login does not hold any more; it is logged in again by itself",
        ),
        Problem::Busy { .. } | Problem::Unavailable { .. } => {
            (Severity::Warning, "try it again in a moment")
        }
        Problem::Uncertain { .. } | Problem::Garbled { .. } => (
            Severity::Warning,
            "look whether it was done before you try it again",
        ),
        _ => (Severity::Warning, "try it again once there is a connection"),
    };
    Notice {
        severity,
        title: format!("cannot {tried}"),
        detail: problem.words().to_string(),
        hint: hint.to_owned(),
        ..Notice::default()
    }
}

/// There is no connection of the agent with this login name, and there will be none by itself.
pub(super) fn of_fault(fault: &Outage, username: &str) -> Notice {
    Notice {
        severity: Severity::Error,
        title: "the agent is not logged in".to_owned(),
        detail: fault.what.clone(),
        hint: fault.hint.clone(),
        topic: Some(Topic::Login(username.to_owned())),
        ..Notice::default()
    }
}

/// Something that is no error.
pub(super) fn remark(words: &str) -> Notice {
    Notice {
        severity: Severity::Info,
        title: words.to_owned(),
        detail: String::new(),
        hint: String::new(),
        ..Notice::default()
    }
}
