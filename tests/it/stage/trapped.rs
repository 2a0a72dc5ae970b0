//! The whole program with a trap in its engine: what the engine logs when it tells a notice stops its
//! thread or has it panic, once a file asks for it. So the engine's own task is the one that is hit.
//!
//! The program under test is this binary itself, started with the one test that is otherwise
//! ignored.

use std::{env, fs, path::Path, thread};

use clap::Parser as _;
use handset::cli;
use portable_pty::CommandBuilder;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    Layer, filter::LevelFilter, layer::Context, layer::SubscriberExt as _, registry::Registry,
};

use crate::support::{self, pty::Terminal};

/// The words of the command line, as JSON.
const ARGUMENTS: &str = "TRAPPED_ARGUMENTS";
/// The folder of the files that ask for something.
const FOLDER: &str = "TRAPPED_FOLDER";
/// Where the engine logs that it tells a notice.
const NOTICES: &str = "handset::engine::show";

/// What the next notice of the engine does to it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trap {
    /// Its thread stops for good.
    Stop,
    /// Its task panics.
    Panic,
}

impl Trap {
    fn file(self) -> &'static str {
        match self {
            Self::Stop => "stop-the-engine",
            Self::Panic => "panic-the-engine",
        }
    }

    /// Sets it.
    pub(crate) fn set(self, folder: &Path) {
        fs::write(folder.join(self.file()), "").unwrap();
    }

    /// Whether the engine has run into it.
    pub(crate) fn has_sprung(self, folder: &Path) -> bool {
        !folder.join(self.file()).exists()
    }
}

/// Starts the program with these words; its data goes to `folder`, where traps are set. One thread
/// carries all its tasks.
pub(crate) fn start(
    (columns, rows): (u16, u16),
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Terminal {
    let mut command = CommandBuilder::new(env::current_exe().unwrap());
    let name = "stage::trapped::the_program_with_a_trap";
    command.args(["--ignored", "--exact", "--nocapture", name]);
    for name in support::own_variables() {
        command.env_remove(name);
    }
    let words: Vec<&str> = ["handset"].iter().chain(arguments).copied().collect();
    command.env(ARGUMENTS, serde_json::to_string(&words).unwrap());
    command.env(FOLDER, folder);
    command.env("HANDSET_DATA_DIR", folder);
    command.env("HANDSET_CONFIG_DIR", folder.join("settings"));
    command.env("TERM", "xterm-256color");
    command.env("TZ", "UTC");
    command.env("TOKIO_WORKER_THREADS", "1");
    command.env_remove("NO_COLOR");
    command.env_remove("ACCESSIBLE");
    for (name, value) in variables {
        command.env(name, value);
    }
    Terminal::start(columns, rows, command)
}

/// What listens to the log.
struct TrapLayer(std::path::PathBuf);

impl<S: Subscriber> Layer<S> for TrapLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != NOTICES {
            return;
        }
        let is_set = |trap: Trap| fs::remove_file(self.0.join(trap.file())).is_ok();
        if is_set(Trap::Stop) {
            loop {
                thread::park();
            }
        }
        assert!(
            !is_set(Trap::Panic),
            "a failed token of 6f1c2a34-9b1d-4c55-8a7e-0123456789ab at http://127.0.0.1:4711 in /tmp/x"
        );
    }
}

#[test]
#[ignore = "the program that other tests start in a terminal"]
fn the_program_with_a_trap() {
    let folder = env::var_os(FOLDER).unwrap();
    let words: Vec<String> = serde_json::from_str(&env::var(ARGUMENTS).unwrap()).unwrap();
    let trap = TrapLayer(folder.into()).with_filter(LevelFilter::INFO);
    tracing::subscriber::set_global_default(Registry::default().with(trap)).unwrap();
    cli::run(cli::Cli::try_parse_from(words).unwrap()).unwrap();
}
