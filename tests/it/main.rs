//! The integration tests, one binary.

#![allow(clippy::unwrap_used)]

mod answers;
mod api;
mod conversation;
mod conversation_model;
mod engine;
mod journal;
mod listen;
mod listener;
mod notifications;
mod outbound;
mod phone;
mod sandbox;
mod screens;
mod support;
