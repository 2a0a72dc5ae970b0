//! What a check found.

use anyhow::bail;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum FindingState {
    Good,
    /// It works, and something about it should be known.
    Warning,
    Bad,
    Skipped,
}

impl FindingState {
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Skipped => "skipped",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Finding {
    /// What was checked, in a word or two.
    pub(in crate::cli) name: &'static str,
    pub(in crate::cli) state: FindingState,
    /// What was seen, what is wrong, or why nobody looked.
    pub(in crate::cli) says: String,
    /// The one thing to do.
    pub(in crate::cli) remedy: Option<String>,
}

impl Finding {
    pub(in crate::cli) fn good(name: &'static str, says: impl Into<String>) -> Self {
        Self::new(name, FindingState::Good, says.into(), None)
    }

    pub(in crate::cli) fn bad(
        name: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(name, FindingState::Bad, says.into(), Some(remedy.into()))
    }

    /// It works, and something about it should be known.
    pub(in crate::cli) fn warning(
        name: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(
            name,
            FindingState::Warning,
            says.into(),
            Some(remedy.into()),
        )
    }

    pub(in crate::cli) fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self::new(name, FindingState::Skipped, why.into(), None)
    }

    /// It does not work, in the words of an error, which end with what to do after a semicolon or
    /// a colon.
    pub(in crate::cli) fn of_error(name: &'static str, words: &str, otherwise: &str) -> Self {
        match words.rsplit_once("; ") {
            Some((says, remedy)) => Self::bad(name, says, remedy),
            None => Self::bad(name, words, otherwise),
        }
    }

    pub(in crate::cli) fn is_bad(&self) -> bool {
        self.state == FindingState::Bad
    }

    /// An error in one line where it is a fault.
    pub(in crate::cli) fn passed(self) -> anyhow::Result<()> {
        match self.remedy {
            Some(remedy) if self.state == FindingState::Bad => bail!("{}; {remedy}", self.says),
            _ => Ok(()),
        }
    }

    fn new(name: &'static str, state: FindingState, says: String, remedy: Option<String>) -> Self {
        Self {
            name,
            state,
            says,
            remedy,
        }
    }
}
