//! Scenarios as commands take them: the files that are named, and their faults on a screen.
//!
//! What a scenario means is `scenario`'s; who runs one is `commands::run`.

pub(crate) mod cast;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod library;
