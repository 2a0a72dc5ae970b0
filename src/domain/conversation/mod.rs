//! The conversation as the consumer sees it: all that is said on one phone, which
//! on the cloud may be several conversations one after another.
//!
//! It is a pure state machine. [`Conversation::step`] takes one [`PhoneEvent`](event::PhoneEvent) with
//! the time it happened and returns the [`Effect`](effect::Effect)s it asks for; the same
//! input gives the same output. Requests and timers carry numbers, and an
//! answer with a number that is no longer awaited is ignored.
//!
//! - `state`: all that a conversation holds; `saved`: what of it survives a crash
//! - `reload`: which lines are at hand, and what comes back before a step
//! - `cloud`: the conversations on the cloud; `lines`: the lines of the phone
//! - `step`: one event to the part that owns it; starting what can start
//! - `setup`: finding out who we are, opening a conversation
//! - `writing`: what the consumer writes, into the queue; `errands`: what else they do
//! - `jobs`: what each job in the queue asks of the cloud
//! - `sending`: the queue, one request at a time and in order
//! - `delivery`: whose number is whose, how far each bubble has come
//! - `receipts`: ACCEPT and READ, several at a time
//! - `presence`: typing, looking, leaving, and chat states sent by hand
//! - `notifications`: what webhooks say; `quiet_lines`: what of it becomes a quiet line
//! - `replay`: saying again in a new conversation what was said in an earlier one
//! - `details`: what is known of it, for the screen

mod cloud;
mod delivery;
pub mod details;
pub mod effect;
mod errands;
pub mod event;
mod jobs;
mod lines;
mod notifications;
mod presence;
mod quiet_lines;
mod receipts;
pub mod reload;
mod replay;
mod saved;
mod sending;
mod setup;
mod state;
mod step;
mod writing;

pub use quiet_lines::is_closing;
pub use saved::Saved;
pub use state::Conversation;
