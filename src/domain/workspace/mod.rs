//! An agent's workspace: what rings there, which conversations are there, what was said.
//!
//! It is a pure state machine. [`Workspace::step`] takes one [`Event`](event::Event) with the time it
//! happened and returns the [`Effect`](effect::Effect)s it asks for; the same input gives the
//! same output. Requests and timers carry numbers, and an answer with a number that is no longer
//! awaited is ignored.
//!
//! - `state`: all that a workspace holds; `step`: one event to the part that owns it
//! - `link`: what is asked when the connection is up, and what is made up for after a loss
//! - `ringing`: rings, until they are taken, turned down or over
//! - `conversations`: conversations as the cloud tells of them, and what of it becomes a quiet line
//! - `tracks`: which numbers of a dialog are known, and what is missing
//! - `lines`: the lines of a conversation, in order, each once; `notifications`: what they are made of
//! - `sending`: what is said from here, and whose echo is whose
//! - `receipts`: ACCEPT and READ, several at a time
//! - `writing`: the agent's typing, and the consumer's
//! - `acting`: taking, handing on, closing, joining, beginning
//! - `people`: what to call whom
//! - `show`: what of it is told to the screen
//!
//! A workspace holds at most 200 conversations beside those the agent takes part in, of which
//! there may be 400 in all; of each it keeps the last 1000 lines. What is forgotten stays
//! forgotten: the cloud has it.

mod acting;
pub mod command;
mod conversations;
pub mod effect;
pub mod event;
mod lines;
mod link;
mod notifications;
mod people;
mod receipts;
mod ringing;
mod sending;
mod show;
mod state;
mod step;
mod tracks;
pub mod view;
mod writing;

pub use state::Workspace;
