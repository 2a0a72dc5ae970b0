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

use crate::{
    domain::{ids::SkillId, persona::Persona, workspace::command::Message},
    engine,
    rt::world_clock::WorldClock,
};

/// Something that is under way; the error is in words.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// Logs an agent in, by the login name.
pub type LogIn = Arc<dyn Fn(&str) -> Pending<engine::agent_session::Running> + Send + Sync>;

/// What a scene is run against.
pub struct World {
    /// The consumers' phones, in a journal of their own; those of the cast are open.
    pub engine: engine::Running,
    /// The consumers who are played, by their names in the cast.
    pub consumers: BTreeMap<String, Persona>,
    /// Logs agents in.
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
