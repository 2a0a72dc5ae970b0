//! Scenarios as commands take them: the files that are named, and their faults on a screen.
//!
//! What a scenario means is `scenario`'s; who runs one is `commands::run`.

pub(crate) mod cast;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod library;

use std::time::Duration;

/// The deadline of waits where a scenario says none, in a sandbox of its own.
pub(crate) const WITHIN: Duration = Duration::from_secs(10);
/// The same where people may have to answer.
pub(crate) const WITHIN_LIVE: Duration = Duration::from_mins(1);
