//! The integration tests, one binary.

#![allow(clippy::unwrap_used)]

mod answers;
mod api;
mod borrow;
mod conformance;
mod conversation;
mod conversation_hostile;
mod conversation_model;
mod curl;
mod doctor;
mod engine;
mod hostile;
mod journal;
mod listen;
mod listener;
mod live;
mod logs;
mod needs;
mod notifications;
mod outbound;
mod past;
mod personas;
mod phone;
mod pictures;
mod plain;
mod profiles;
mod prune;
mod refusals;
mod relay;
mod relay_link;
mod relay_model;
mod relay_nats;
mod reports;
mod rich;
mod sandbox;
mod scenario;
mod scenarios;
mod screens;
mod sdk;
mod stage;
mod support;
mod team;
mod transfers;
mod tunnels;
mod workspace;
