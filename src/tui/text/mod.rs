//! Text as the terminal counts it: measured, wrapped and edited by grapheme.

pub(crate) mod edit;
pub(crate) mod width;
pub(crate) mod wrap;
