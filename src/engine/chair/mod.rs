//! The agent's chair: what a person does as an agent, and what they are shown of it.
//!
//! A front end sends a [`Command`](command::Command) and receives an
//! [`Update`](update::Update), as it does with the phones; the two know nothing of
//! each other.

pub mod command;
pub mod update;
