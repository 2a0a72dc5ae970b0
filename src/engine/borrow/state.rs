//! How the borrowed app install stands, in words for people.

use std::{fmt, time::Duration};

use crate::{
    domain::{
        app_install::{EventType, Lease, origin},
        notice::{Notice, Severity, Topic},
    },
    engine::borrow::error::when,
    ingress::{
        reporter::{InstallState, TRY_AGAIN},
        status::{Health, Indicator},
    },
};

/// How it stands while the phone runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BorrowState {
    /// There is no public address to point it at yet.
    Waiting,
    /// Everything goes to this device.
    Pointed {
        /// The public address.
        public: String,
        /// Seconds since 1970 at which the lease ends; it is renewed long before.
        until: i64,
    },
    /// Everything goes to the same address already, by a colleague's doing or by hand.
    Shared {
        /// The public address.
        public: String,
    },
    /// A colleague has borrowed it. It is looked at again every minute.
    Held {
        /// Who, and until when.
        lease: Lease,
    },
    /// Somebody else has pointed it elsewhere since. That is respected.
    Taken {
        /// What does not come here any more.
        lost: Vec<EventType>,
        /// Who it was, where that is known.
        by: Option<Lease>,
    },
    /// Something does not work.
    Trouble {
        /// What was tried, why it failed and what to do, in one line.
        what: String,
        /// When it is tried again; `None` when somebody has to do something first.
        retry_in: Option<Duration>,
    },
}

/// How it was left at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was borrowed.
    Nothing,
    /// It is as it was before.
    Restored {
        /// What stays as somebody else has made it.
        left_alone: Vec<EventType>,
    },
    /// The app install itself is gone.
    Gone,
    /// Others use the same address, so it stays as it is.
    LeftToOthers {
        /// How many.
        peers: u32,
    },
    /// It could not be given back in time; that is made good at the next start.
    Unfinished {
        /// Why.
        why: String,
    },
}

impl InstallState for BorrowState {
    fn is_ready(&self) -> bool {
        matches!(self, Self::Pointed { .. } | Self::Shared { .. })
    }

    fn indicator(&self) -> Indicator {
        let health = match self {
            Self::Pointed { .. } | Self::Shared { .. } => Health::Proved,
            Self::Waiting => Health::Waiting,
            Self::Held { .. } | Self::Taken { .. } | Self::Trouble { .. } => Health::Broken,
        };
        Indicator {
            health,
            name: "install".to_owned(),
            says: self.to_string(),
        }
    }

    fn notice(&self) -> Option<Notice> {
        let severity = match self {
            Self::Waiting | Self::Pointed { .. } | Self::Shared { .. } => return None,
            Self::Held { .. } | Self::Taken { .. } => Severity::Warning,
            Self::Trouble { .. } => Severity::Error,
        };
        let is_given_up = matches!(self, Self::Trouble { retry_in: None, .. });
        Some(Notice {
            severity,
            title: "the app install".to_owned(),
            topic: Some(Topic::Install),
            detail: self.to_string(),
            hint: if is_given_up {
                format!("when that is mended, {TRY_AGAIN}")
            } else {
                String::new()
            },
            ..Notice::default()
        })
    }
}

impl fmt::Display for BorrowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => f.write_str("waiting for a public address"),
            Self::Pointed { public, until } => {
                let (at, until) = (origin(public), when(*until));
                write!(f, "all webhooks go to {at}, borrowed until {until}")
            }
            Self::Shared { public } => {
                write!(f, "all webhooks go to {} already", origin(public))
            }
            Self::Held { lease } => {
                let (name, until) = (&lease.name, when(lease.until));
                write!(
                    f,
                    "borrowed by {name} until {until}; work through a relay together, or start \
                     with --take-over"
                )
            }
            Self::Taken { lost, by } => {
                let by = by.as_ref().map_or("somebody", |lease| lease.name.as_str());
                let lost = kinds(lost);
                write!(
                    f,
                    "{by} has pointed {lost} elsewhere; ask them, or start again with --take-over"
                )
            }
            Self::Trouble { what, .. } => f.write_str(what),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was borrowed"),
            Self::Restored { left_alone } if left_alone.is_empty() => {
                f.write_str("the webhooks of the app install are as they were before")
            }
            Self::Restored { left_alone } => {
                let kinds = kinds(left_alone);
                write!(
                    f,
                    "the webhooks of the app install are as they were before, but for {kinds}, \
                     changed by somebody else meanwhile and left alone"
                )
            }
            Self::Gone => f.write_str("the app install is gone; there is nothing to give back"),
            Self::LeftToOthers { peers } => {
                let others = match peers {
                    1 => "another tester uses".to_owned(),
                    more => format!("{more} other testers use"),
                };
                write!(
                    f,
                    "the webhooks of the app install stay at the relay, which {others} too; \
                     `handset app restore` gives them back"
                )
            }
            Self::Unfinished { why } => write!(
                f,
                "the webhooks of the app install could not be given back: {why}; the next start \
                 does it, or `handset app restore`"
            ),
        }
    }
}

/// Event types by their short names.
pub(super) fn kinds(events: &[EventType]) -> String {
    if events.len() == EventType::ALL.len() {
        return "all webhooks".to_owned();
    }
    let names = events.iter().map(|event| {
        let key = event.key();
        key.rsplit('.').next().unwrap_or(key)
    });
    names.collect::<Vec<_>>().join(", ")
}
