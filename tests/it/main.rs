//! The integration tests, one binary.

#![allow(clippy::unwrap_used)]

mod journal;
mod listen;
mod listener;
mod support;
