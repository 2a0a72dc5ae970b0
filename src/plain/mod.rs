//! Plain mode: the phone and the agent workspace as lines of words, for screen readers, braille
//! and pipes. Like [`tui`](crate::tui) it is a client of the engine that sends `Command` and
//! receives `Update`.
//!
//! ```text
//!    run        the loop: lines typed, updates, sessions, timers, output
//!    front      what is known and asked; what each update means ([`update`])
//!    commands   what a line that was entered means
//!    phone, agent   the two sides: what a command does there
//!    scenario   a scenario that is played on a phone
//!    menu       numbered choices and questions
//!    told       the lines of a conversation: told once, numbered, with their receipts
//!    lines      what is held while a line is being typed
//!    words      everything in words, pure
//!    input      lines as the terminal or a pipe gives them
//! ```
//!
//! Nothing here moves a cursor, sets a colour or writes a line again, and no character of
//! U+2500 to U+28FF is written: see [`speakable`](crate::domain::spoken::speakable).

mod agent;
mod agent_commands;
mod agent_told;
mod commands;
mod files;
mod front;
mod input;
mod lines;
mod menu;
mod phone;
mod phone_commands;
mod run;
mod scenario;
#[cfg(test)]
mod tests;
mod told;
mod update;
mod words;

use std::{
    path::Path,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::{
    config::personas::KnownPersona,
    domain::{ids::AccountId, notice::Notice, time::Timestamp},
    tui::{agent::WorkspaceSettings, chat::scenario::StartScenario},
};

pub use run::{PlainEnd, run};

/// What plain mode is started with.
pub struct PlainSettings {
    /// What switched it on, as `--plain`; told in the first line.
    pub switched_on_by: String,
    /// Who can be played, for `/persona`.
    pub personas: Vec<KnownPersona>,
    /// The account, for requests written by hand.
    pub account: AccountId,
    /// The time zone that times are told in.
    pub zone: TimeZone,
    /// Tells the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Tells how many bytes a file has; `None` when it cannot be read.
    pub size_of: fn(&Path) -> Option<u64>,
    /// What is told at the start.
    pub notices: Vec<Notice>,
    /// The agents who can log in, and how.
    pub workspace: WorkspaceSettings,
    /// Plays scenarios; `None` where nobody does.
    pub scenarios: Option<StartScenario>,
    /// Where to say who tells whether Ctrl+C is meant for somebody else.
    pub lent: Arc<OnceLock<Arc<AtomicBool>>>,
    /// Where lines are written; when it is full, plain mode waits. Closed, it ends.
    pub output: mpsc::Sender<String>,
}
