//! What is asked of a cloud and a tunnel to see whether they work: `doctor` asks about a profile
//! that is there, `init` about each answer of the user's before it writes one.
//!
//! What is found is a [`Finding`](finding::Finding); who prints it and what follows is not decided here.

pub(super) mod cloud;
pub(super) mod finding;
pub(super) mod listener;
pub(super) mod scratch;
pub(super) mod tunnel;
