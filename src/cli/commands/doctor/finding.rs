//! What a check found.

/// How a checked thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It works.
    Good,
    /// It works, and something about it should be known.
    Warning,
    /// It does not work.
    Bad,
    /// It was not looked at.
    Skipped,
}

impl State {
    /// In one word, for programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Skipped => "skipped",
        }
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What was checked, in a word or two.
    pub(super) name: &'static str,
    /// How it stands.
    pub(super) state: State,
    /// What was seen, what is wrong, or why nobody looked.
    pub(super) says: String,
    /// The one thing to do.
    pub(super) remedy: Option<String>,
}

impl Finding {
    /// It works.
    pub(super) fn good(name: &'static str, says: impl Into<String>) -> Self {
        Self::new(name, State::Good, says.into(), None)
    }

    /// It does not work.
    pub(super) fn bad(
        name: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(name, State::Bad, says.into(), Some(remedy.into()))
    }

    /// It works, and something about it should be known.
    pub(super) fn warning(
        name: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(name, State::Warning, says.into(), Some(remedy.into()))
    }

    /// Nobody looked.
    pub(super) fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self::new(name, State::Skipped, why.into(), None)
    }

    /// It does not work, in the words of an error, which end with what to do after a semicolon or
    /// a colon.
    pub(super) fn of_error(name: &'static str, words: &str, otherwise: &str) -> Self {
        match words.rsplit_once("; ") {
            Some((says, remedy)) => Self::bad(name, says, remedy),
            None => Self::bad(name, words, otherwise),
        }
    }

    /// Whether it is a fault.
    pub(super) fn is_bad(&self) -> bool {
        self.state == State::Bad
    }

    fn new(name: &'static str, state: State, says: String, remedy: Option<String>) -> Self {
        Self {
            name,
            state,
            says,
            remedy,
        }
    }
}
