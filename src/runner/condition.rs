//! What can be waited for, with all values put in, and whether it is in a log.
//!
//! Pure: a log and a window in, what was found out.

use std::time::Duration;

use crate::{
    domain::role::Role,
    report::outcome::FailureKind,
    runner::{
        deed::DeedOfOthers,
        fact::WantedFact,
        log::{Happening, HeardMessage, MessageUse, Moment, PersonLog},
        sight::WantedSight,
    },
    scenario::matching::Wanted,
};

/// What was taken out of a text, by name.
pub(crate) type Captured = Vec<(String, String)>;

/// What is waited for.
#[derive(Debug)]
pub(crate) enum Condition {
    /// A message, which is used up by it.
    Message(Speaker, Wanted),
    /// Something on a screen.
    Sight(WantedSight),
    /// Something that somebody does whom nobody plays.
    Deed(Speaker, DeedOfOthers),
    /// Something that must hold, whatever brings it about.
    Fact(WantedFact),
}

/// Whose line or deed it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// Who has the conversation.
    Agent,
    /// A program that has it, or helps. The wire does not tell one from an agent.
    Bot,
    Manager,
    /// Automatic messages.
    System,
    /// The participant that asks in the survey.
    Survey,
    Anyone,
    /// Somebody by name: the first name, or all of it.
    Named(String),
}

/// From when on is looked, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// When the last step that did something began.
    pub(super) began: Moment,
    /// When the step before this one ended.
    pub(super) anchor: Moment,
    /// The last moment at which it may come.
    pub(super) until: Moment,
    /// What time it is.
    pub(super) now: Moment,
}

/// What a log says of a condition at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finding {
    /// It came, or it holds.
    Met(Met),
    /// It may come still.
    NotYet(Instead),
    /// It cannot come any more, or something is there that must not be.
    Never(FailureKind, Instead),
}

/// The moment a condition was met, and by what.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Met {
    /// The moment it came in, not before the anchor.
    pub(super) at: Moment,
    /// What of the log it was.
    pub(super) happening: Option<u64>,
    /// What was taken out of it.
    pub(super) captured: Captured,
}

/// What is there instead of what is waited for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Instead {
    /// What is there in its place, each in words.
    pub(super) was: Vec<String>,
    /// It is there, and has another value.
    pub(super) is_wrong: bool,
}

/// So long after a conversation is closed what was said in it may still come.
const AFTERMATH: Duration = Duration::from_millis(1500);

impl Window {
    /// A message or state that came at this moment ends a step no earlier than it began.
    pub(super) fn met(&self, at: Moment, happening: Option<u64>) -> Finding {
        Finding::Met(Met {
            at: at.max(self.anchor),
            happening,
            captured: Captured::new(),
        })
    }

    /// Whether something came in time.
    pub(super) fn is_in_time(&self, at: Moment) -> bool {
        at <= self.until && at <= self.now
    }
}

impl Finding {
    /// Nothing yet, and nothing in its place.
    pub(super) fn nothing() -> Self {
        Self::NotYet(Instead::default())
    }

    pub(super) fn not_yet(was: impl Into<String>) -> Self {
        Self::NotYet(Instead {
            was: vec![was.into()],
            is_wrong: false,
        })
    }

    /// Nothing yet, and something else is there.
    pub(super) fn wrong(was: impl Into<String>) -> Self {
        Self::NotYet(Instead {
            was: vec![was.into()],
            is_wrong: true,
        })
    }

    pub(super) fn never(kind: FailureKind, was: impl Into<String>) -> Self {
        let was = vec![was.into()];
        Self::Never(
            kind,
            Instead {
                was,
                is_wrong: true,
            },
        )
    }
}

impl Condition {
    /// Whether it is met in a log, leaving out what was used for something else. Of messages that
    /// a line waits for see [`waiting`](super::waiting): they are shared out among the lines.
    pub(super) fn find(&self, log: &PersonLog, window: &Window, used: &[u64]) -> Finding {
        let found = match self {
            Self::Message(..) => Finding::nothing(),
            Self::Sight(sight) => sight.find(log, window, used),
            Self::Deed(who, deed) => deed.find(who, log, window),
            Self::Fact(fact) => fact.find(log, window, used),
        };
        match found {
            Finding::NotYet(instead) if self.needs_conversation() => {
                over(log, window, false).unwrap_or(Finding::NotYet(instead))
            }
            found => found,
        }
    }

    /// What becomes of the message that met it.
    pub(super) fn takes(&self) -> MessageUse {
        match self {
            Self::Message(..) => MessageUse::InOrder,
            Self::Sight(WantedSight::Card(_) | WantedSight::File(_)) => MessageUse::UsedUp,
            _ => MessageUse::Seen,
        }
    }

    /// Whether it can only come while the conversation is open.
    pub(super) fn needs_conversation(&self) -> bool {
        match self {
            Self::Message(..) | Self::Sight(_) => true,
            Self::Deed(_, deed) => *deed != DeedOfOthers::Closes,
            Self::Fact(fact) => fact.needs_conversation(),
        }
    }
}

/// Whether the conversation is closed, and has been for longer than what was said may be late.
/// Only who asks in a survey speaks `in_main` no more.
pub(super) fn over(log: &PersonLog, window: &Window, in_main: bool) -> Option<Finding> {
    let (since, situation) = log.situation()?;
    let is_open = if in_main {
        situation.is_main_open
    } else {
        situation.is_open
    };
    let is_over = !is_open && window.now > since + AFTERMATH;
    is_over.then(|| {
        let by = match situation.closed_by.as_str() {
            "" => String::new(),
            by => format!(" by {}", by.to_lowercase()),
        };
        Finding::never(
            FailureKind::Impossible,
            format!("the conversation was closed{by}"),
        )
    })
}

impl Speaker {
    /// A role, or else a name.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "agent" => Self::Agent,
            "bot" => Self::Bot,
            "manager" => Self::Manager,
            "system" => Self::System,
            "survey" => Self::Survey,
            "anyone" => Self::Anyone,
            name => Self::Named(name.to_owned()),
        }
    }

    /// Whether this speaker wrote a message.
    pub(super) fn wrote(&self, message: &HeardMessage, log: &PersonLog) -> bool {
        let is_survey = log.dialogs.get(&message.dialog) == Some(&true);
        let is_agent = matches!(message.author.role, Role::AssignedAgent | Role::Agent);
        match self {
            Self::Agent | Self::Bot => is_agent && !is_survey,
            Self::Manager => message.author.role == Role::Manager,
            Self::System => message.author.role == Role::Controller,
            Self::Survey => is_survey,
            Self::Anyone => true,
            Self::Named(name) => {
                is_called(name, message.name.as_str())
                    || (message.author.role == Role::Consumer && message.name.is_empty())
            }
        }
    }

    /// Whether this speaker speaks in the main dialog alone.
    pub(super) fn is_of_main(&self) -> bool {
        !matches!(self, Self::Survey | Self::System | Self::Anyone)
    }

    /// Whether this speaker is somebody with a role and a name.
    pub(super) fn is(&self, role: &Role, name: &str) -> bool {
        match self {
            Self::Agent | Self::Bot => matches!(role, Role::AssignedAgent | Role::Agent),
            Self::Manager => *role == Role::Manager,
            Self::System => *role == Role::Controller,
            Self::Survey => false,
            Self::Anyone => true,
            Self::Named(wanted) => is_called(wanted, name),
        }
    }

    /// As a scenario writes it.
    pub(super) fn word(&self) -> &str {
        match self {
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::Manager => "manager",
            Self::System => "system",
            Self::Survey => "survey",
            Self::Anyone => "anyone",
            Self::Named(name) => name,
        }
    }
}

/// Whether somebody of this name is meant, by the first name or all of it.
pub(super) fn is_called(wanted: &str, name: &str) -> bool {
    let same = |one: &str| one.to_lowercase() == wanted.to_lowercase();
    !name.is_empty() && (same(name) || name.split_whitespace().next().is_some_and(same))
}

/// A message in words, with who said it.
pub(super) fn quoted(message: &HeardMessage) -> String {
    let name = match message.name.as_str() {
        "" => message.author.role.as_str(),
        name => name,
    };
    format!("{name}: {:?}", message.text)
}

/// The messages since a moment that a sight may be of, newest first.
pub(super) fn messages_since(
    log: &PersonLog,
    moment: Moment,
) -> impl Iterator<Item = (&Happening, &HeardMessage)> {
    let all = log.messages().rev();
    all.filter(move |(happening, _)| happening.at >= moment)
}
