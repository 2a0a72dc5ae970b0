//! Where a value came from: the default, the file, the environment or a flag.

use std::{fmt, path::PathBuf, sync::Arc};

/// Who said it, from the lowest layer to the highest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody: it is the default.
    Default,
    File {
        path: Arc<PathBuf>,
        /// The line, counted from 1.
        line: usize,
    },
    Env(&'static str),
    /// A flag, with its dashes.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Env(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Said<T> {
    pub(crate) fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// A value that cannot be used, where it was said, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {reason}")]
pub(crate) struct Wrong {
    pub(crate) origin: Origin,
    /// What is wrong with it, and what to write instead.
    pub(crate) reason: String,
}
