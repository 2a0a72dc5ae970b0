//! The engine owns the phone's state and performs its effects; front ends
//! send it a [`Command`] and receive an
//! [`Update`].
//!
//! It works in turns. A turn takes what has come in by then, steps the
//! conversation with it, tells the front end, journals the outcome and only
//! then performs the effects: nothing leaves that a crash could forget.

pub mod agent_session;
mod arrivals;
mod ask;
pub mod borrow;
pub mod command;
pub(crate) mod exporting;
mod files;
mod gate;
mod perform;
mod phone;
mod phones;
mod pictures;
pub(crate) mod pruning;
mod raw;
mod redeliver;
mod reload;
mod restore;
mod save;
mod show;
mod timers;
mod tokens;
mod turn;
pub mod unkept;
pub mod update;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    client,
    domain::{
        exchange::Exchange,
        ids::{EntryId, ParticipantId},
        persona::Persona,
        secret::Secret,
        text::SafeText,
    },
    engine::{command::Command, turn::Engine, update::Update},
    ingress::{status::StatusWatch, tunnel::Claims},
    rt::world_clock::{WorldAlarm, WorldClock},
    store,
};

/// Commands that wait for a turn. When it is full the front end is told that the engine is busy.
const COMMANDS: usize = 256;
/// Updates that wait for the front end. When it is full the engine waits: it has no other reader
/// to serve, and webhooks are answered without it.
const UPDATES: usize = 1024;
/// Lines of a phone at hand, besides those that are unfinished; older ones stay in the journal.
const LINES: usize = 2000;
/// The same at a start, and in the drawer, where many may lie.
const LINES_AWAY: usize = 250;
/// Lines sent to the front end for a phone that is opened; the front end asks for older ones.
const SHOWN_ITEMS: usize = 2000;
/// Wire entries shown again after a start.
const RESTORED_ENTRIES: usize = 200;

/// Who is playing, with whom.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The consumers whose phones are open at the start; none means those that were open
    /// last.
    pub personas: Vec<Persona>,
    /// The consumer whose phone is opened when no other is.
    pub usual: Persona,
    /// The brand's name on the screen.
    pub brand: SafeText,
    /// Whether the cloud is the sandbox inside this program.
    pub sandbox: bool,
    /// What to call whom: the wire has ids only.
    pub names: BTreeMap<ParticipantId, SafeText>,
    /// Where the listener serves, without the secret part of its path.
    pub listener: Option<String>,
    /// Where the listener serves, whole.
    pub listener_url: Option<Secret>,
    /// Where the sandbox inside this program answers.
    pub sandbox_at: Option<String>,
    /// Whether real people are on the other side: the user is asked before each conversation.
    pub production: bool,
    /// Begin new conversations even if the last ones are still open.
    pub fresh: bool,
}

/// What the engine works with.
pub struct Parts {
    /// The cloud.
    pub client: client::Client,
    /// What fetches the pictures of cards; `None` when they are not wanted.
    pub pictures: Option<client::PictureFetcher>,
    /// What the client reports of its calls.
    pub exchanges: mpsc::Receiver<Exchange>,
    /// The journal. The caller who opened it closes it, once the engine has ended.
    pub journal: store::Journal,
    /// Its webhook requests, from the cursor on.
    pub feed: store::Feed,
    /// Where consumers and conversations are claimed, for a relay to know whose they are.
    pub claims: Claims,
    /// How the way in stands.
    pub ingress: StatusWatch,
    /// The time of the world that the phones are part of; real time where none is made to jump.
    pub clock: WorldClock,
}

/// A running engine.
pub struct Running {
    /// Where commands go.
    pub commands: mpsc::Sender<Command>,
    /// Where updates come from.
    pub updates: mpsc::Receiver<Update>,
    /// What the engine waits by. Where time jumps, it is rung after each command.
    pub alarm: Arc<WorldAlarm>,
    /// Ends when everything is flushed and closed.
    pub task: JoinHandle<()>,
}

/// Why the phone cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] store::Error),
    /// The journal can, but not the conversation in it; beginning anew would write over its lines.
    #[error(
        "cannot read the conversation kept in {}: {cause}; use the handset that wrote it, or move the file away",
        path.display()
    )]
    State {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: serde_json::Error,
    },
}

/// Restores the phone from the journal and starts the engine.
///
/// It ends after [`Command::Quit`], when `stop` is cancelled, or when every sender of commands
/// is gone; in each case GONE is sent and all of it journalled.
pub async fn start(
    settings: Settings,
    parts: Parts,
    stop: CancellationToken,
) -> Result<Running, Error> {
    let restored = parts.journal.restore().await?;
    let cursor = restored.cursor.unwrap_or(EntryId(0));
    let phones = restore::phones(&parts.journal, restored, &settings).await?;
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let (outbox, updates) = mpsc::channel(UPDATES);
    let alarm = Arc::new(parts.clock.alarm());
    alarm.begin();
    parts.feed.ring(&alarm);
    let engine = Engine::new(settings, parts, phones, cursor, (outbox, &alarm), &stop);
    let task = tokio::spawn(engine.run(inbox));
    Ok(Running {
        commands,
        updates,
        alarm,
        task,
    })
}
