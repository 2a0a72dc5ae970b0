//! handset: a consumer's phone in a terminal.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod api;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod listener;
pub mod rt;
pub mod sandbox;
pub mod store;
pub mod tui;
