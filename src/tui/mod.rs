//! The screen: a client of the engine that sends `Command` and receives `Update`,
//! and nothing else.
//!
//! [`run`] is the loop. Each folder imports only folders that stand below it:
//!
//! ```text
//!                     app                    loop, state, dispatch
//!               stage     popups             the phone on the demo stage; what lies over the screen
//!    swarm                                   the dashboard of a swarm, a screen of its own
//!          agent              inspector      the two panes beside the phone's
//!                     chat                   the conversation pane
//!    terminal        commands                the real terminal; what keys and drafts mean
//!                     theme                  styles, and what every part is drawn by
//!                     text                   text by grapheme and cell
//! ```

pub mod agent;
pub mod app;
pub mod chat;
pub mod commands;
pub(crate) mod inspector;
mod popups;
pub mod stage;
pub mod swarm;
pub mod terminal;
#[cfg(test)]
mod testkit;
pub(crate) mod text;
pub mod theme;

pub use app::run::{Ended, Error, run};
