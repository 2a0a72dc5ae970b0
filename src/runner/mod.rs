//! Runs scenarios against a cloud: what is said is said, what is waited for is waited for, and
//! what became of it goes into a report.
//!
//! A client of the engine's and the agent session's commands and updates, as the screens are.
//! Which cloud it is, and how its engine is started, `cli` decides. `hub` fills a `log` for each
//! person who is played, as things come in; `waiting` with all it uses judges logs and is pure;
//! `play` goes through the steps, at the pace that `pace` gives.

mod absence;
mod agent;
mod agent_state;
mod arming;
mod cards;
pub mod case;
mod condition;
mod consumer;
pub mod control;
mod deed;
pub mod differences;
mod ending;
mod fact;
mod hearing;
mod hub;
mod idle;
mod log;
pub mod needs;
pub mod pace;
mod play;
pub mod scene;
mod seen;
mod sending;
mod sight;
pub mod telling;
pub(crate) mod values;
mod waiting;
mod waits;
mod wire;
pub mod world;
