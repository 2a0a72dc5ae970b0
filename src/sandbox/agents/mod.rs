//! Agents in this process: Riley, Sam, and those a program opens a session for.
//!
//! [`api`] is what an agent can do, [`session`] adds the events. [`riley`] gives each conversation
//! a task of its own ([`chat`]); [`brain`] decides what is said, from the [`script`] and without
//! side effects. The model and the router know no built-in agent.

pub mod act;
pub mod api;
pub mod brain;
pub mod built_in;
pub mod chat;
pub mod heard;
pub mod pictures;
pub mod rich;
pub mod riley;
pub mod scratch;
pub mod script;
pub mod session;

#[cfg(test)]
mod tests;
