//! Agents in this process: Riley, Sam, and those a program opens a session for.
//!
//! Each is a [`client`] of an agent's session. [`riley`] gives each conversation a task of its own
//! ([`chat`]); [`planner`] decides what is said, from the [`script`] and without side effects. The
//! model and the router know nothing of what a built-in agent says.

pub(crate) mod act;
pub(crate) mod built_in;
pub(crate) mod chat;
pub mod client;
pub(crate) mod consumer_input;
pub(crate) mod pictures;
pub(crate) mod planner;
pub(crate) mod rich;
pub(crate) mod riley;
pub(crate) mod scratch;
pub(crate) mod script;
pub(crate) mod served;

#[cfg(test)]
mod tests;
