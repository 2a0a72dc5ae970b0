//! What became of a run of scenarios, and how it is written for people and for CI servers.
//!
//! Pure: an [`outcome`] in, text out. The runner fills the outcome in, and the command opens and
//! writes the files. One file for each kind of report; [`failure`] is the block that says why a
//! scene failed, the same in all of them. What a message looks like on a page is drawn by
//! [`export`](crate::export).

pub mod diff;
pub mod events;
pub mod failure;
pub mod github;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod merge;
pub mod outcome;
pub mod tap;
pub mod words;
pub mod xml;
