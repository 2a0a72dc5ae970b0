//! The agent's session: what a person does as an agent, and what they are shown of it.
//!
//! A front end sends a [`Command`] and receives an [`Update`], as it does with the phones; the
//! two know nothing of each other. The session owns the workspace, a pure state machine, and performs
//! its effects through [`ums`]. Nothing of it is journalled: the cloud keeps an agent's
//! conversations, and they are asked for anew.

mod notices;
mod task;
pub mod update;

use std::collections::BTreeMap;

use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    client::ums,
    domain::{
        availability::Availability, ids::ParticipantId, text::SafeText, workspace::command::Command,
    },
    engine::agent_session::{task::AgentSession, update::Update},
};

/// Commands that wait. When it is full the front end is told that the session is busy.
const COMMANDS: usize = 256;
/// Updates that wait for the front end. When it is full the session waits, and with it the socket.
const UPDATES: usize = 1024;

/// Who logs in, and where.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cloud and the login.
    pub cloud: ums::Settings,
    /// Whether conversations ring from the start.
    pub availability: Availability,
    /// What to call whom, by PID, before the account says it.
    pub names: BTreeMap<ParticipantId, SafeText>,
}

/// A session that is taken.
#[derive(Debug)]
pub struct Running {
    /// Where commands go.
    pub commands: mpsc::Sender<Command>,
    /// Where updates come from.
    pub updates: mpsc::Receiver<Update>,
    /// Ends after the logout.
    pub task: JoinHandle<()>,
}

/// Sits down: logs in, and stays connected.
///
/// It ends after [`Command::Quit`], when `stop` is cancelled, or when every sender of commands is
/// gone; in each case the agent goes OFFLINE and is logged out, and [`Update::Stopped`] comes
/// last.
pub fn start(settings: Settings, stop: CancellationToken) -> Result<Running, ums::Error> {
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let (outbox, updates) = mpsc::channel(UPDATES);
    let session = AgentSession::new(settings, outbox, stop)?;
    let task = tokio::spawn(session.run(inbox));
    Ok(Running {
        commands,
        updates,
        task,
    })
}
