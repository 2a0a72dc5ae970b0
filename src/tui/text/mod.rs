//! Text as the terminal counts it: measured, wrapped, edited and searched by grapheme, and points
//! in time as people read them.
//!
//! Nothing here knows what a text is for.

pub(crate) mod clock;
pub(crate) mod edit;
pub(crate) mod field;
pub(crate) mod fuzzy;
pub(crate) mod hits;
pub(crate) mod left;
pub(crate) mod width;
pub(crate) mod wrap;
