//! The world a scene is run in, as who starts the run makes it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
    path::Path,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    domain::{
        ids::{ExtConsumerId, PhoneId, SkillId},
        persona::Persona,
        workspace::command::Message,
    },
    engine::{self, command::Command, update::Update},
    rt::world_clock::{WorldAlarm, WorldClock},
};

/// Something that is under way; the error is in words.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// Logs an agent in, by the login name.
pub type LogIn = Arc<dyn Fn(&str) -> Pending<engine::agent_session::Running> + Send + Sync>;

/// What a scene is run against.
pub struct World {
    /// What the engine of the consumers' phones is told.
    pub commands: EngineCommands,
    /// What that engine tells.
    pub updates: mpsc::Receiver<Update>,
    /// Whose phones they are.
    pub phones: WorldPhones,
    /// The consumers who are played, by their names in the cast.
    pub consumers: BTreeMap<String, Persona>,
    /// Logs agents in by the names that the scenario gives them.
    pub log_in: LogIn,
    /// The sandbox, where the cloud is one that takes orders.
    pub sandbox: Option<Arc<dyn SandboxControl>>,
    /// Canned replies and cards.
    pub library: Arc<dyn AgentLibrary>,
    /// Skills by name, as far as they are known.
    pub skills: BTreeMap<String, SkillId>,
    /// What a scene may need and find here: `sandbox`, `live`, `survey`.
    pub has: BTreeSet<String>,
    /// Whether conversations with real people may be opened.
    pub may_open: bool,
    /// Whether nobody but this scene uses the cloud.
    pub is_own: bool,
    /// The time of the phones, and of the cloud where that is the scene's own.
    pub clock: WorldClock,
    /// Whether idle time may be jumped over: only where everything that can happen waits by the
    /// clock, or has it held.
    pub skips_idle_time: bool,
}

/// Where an engine's commands go.
#[derive(Debug, Clone)]
pub struct EngineCommands {
    commands: mpsc::Sender<Command>,
    /// What the engine waits by, where its time may jump.
    alarm: Option<Arc<WorldAlarm>>,
}

impl EngineCommands {
    /// The way in of a running engine whose time may jump.
    pub fn of(engine: &engine::Running) -> Self {
        Self {
            commands: engine.commands.clone(),
            alarm: Some(Arc::clone(&engine.alarm)),
        }
    }

    /// The way in of an engine in real time.
    pub fn in_real_time(commands: mpsc::Sender<Command>) -> Self {
        Self {
            commands,
            alarm: None,
        }
    }

    /// Waits for room; whether the engine still takes commands.
    pub(super) async fn send(&self, command: Command) -> bool {
        let sent = self.commands.send(command).await;
        self.ring();
        sent.is_ok()
    }

    /// Sends it if there is room.
    pub(super) fn try_send(&self, command: Command) {
        let _ = self.commands.try_send(command);
        self.ring();
    }

    fn ring(&self) {
        if let Some(alarm) = &self.alarm {
            alarm.ring();
        }
    }
}

/// Whose the phones of a world are.
#[derive(Debug)]
pub enum WorldPhones {
    /// The scene's own, in a journal of their own: those of the cast are open, and the engine, whose
    /// task this is, ends with the scene.
    Own(JoinHandle<()>),
    /// A person's, who goes on with them when the scene has ended.
    Lent(LentPhones),
}

/// The phones of a person at the screen, on whom a scene is played.
#[derive(Debug, Clone)]
pub struct LentPhones {
    /// The consumer who holds the phone in view.
    pub consumer: ExtConsumerId,
    /// The number of the newest line of each phone that is open: lines up to it are not the scene's.
    pub newest: BTreeMap<PhoneId, u32>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("has", &self.has)
            .finish_non_exhaustive()
    }
}

/// Tells a sandbox what to do.
pub trait SandboxControl: Send + Sync {
    /// Carries out the words of `handset sandbox ctl`.
    fn tell(&self, words: Vec<String>) -> Pending<()>;

    /// Lets so much of the sandbox's time pass at once.
    fn advance(&self, span: Duration) -> Pending<()>;
}

/// What agents have at hand.
pub trait AgentLibrary: Send + Sync {
    /// A canned reply by its key, said to this consumer by this agent.
    fn reply(&self, key: &str, consumer: &str, agent: &str) -> Result<String, String>;

    /// The card in a file, with its metadata.
    fn card(&self, file: &Path) -> Result<(Message, Option<serde_json::Value>), String>;
}
