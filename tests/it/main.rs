//! The integration tests, one binary.

#![allow(clippy::unwrap_used)]

mod answers;
mod conversation;
mod outbound;
