//! Cases in which a relay broke a promise once. A run that finds another one prints it in this
//! form.

use super::Happening;

/// What went wrong, and what had happened.
pub(super) const CASES: &[(&str, &[Happening])] = &[];
