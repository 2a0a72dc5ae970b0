//! The log: a file where the screen is the phone's, stderr elsewhere.
//!
//! Libraries log what passes through them, secrets too, so of theirs no more than warnings is
//! logged, whatever is asked for.

use std::{env, fs, io, path::Path, sync::Mutex};

use anyhow::anyhow;
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt as _,
};

/// Past this size the log of earlier starts is dropped.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Names what is logged, in the syntax of `tracing`: `HANDSET_LOG=debug`.
const FILTER_VARIABLE: &str = "HANDSET_LOG";
/// What is logged when nobody says anything else.
const USUAL: &str = "warn,handset=info";

/// What is logged where scenarios are played: they provoke warnings, and the report tells what came.
pub(crate) const OF_SCENES: &str = "error";

/// What is to be logged, as the environment or else the usual filter says.
pub(crate) fn filter() -> anyhow::Result<EnvFilter> {
    filter_or(USUAL)
}

/// The same with another filter where the environment says nothing.
pub(crate) fn filter_or(usual: &str) -> anyhow::Result<EnvFilter> {
    let said = match env::var(FILTER_VARIABLE) {
        Ok(said) if !said.is_empty() => said,
        Ok(_) | Err(env::VarError::NotPresent) => usual.to_owned(),
        Err(env::VarError::NotUnicode(said)) => said.to_string_lossy().into_owned(),
    };
    // What it says is not repeated: it may be a secret in the wrong variable.
    EnvFilter::try_new(&said).map_err(|_| {
        anyhow!(
            "cannot understand {FILTER_VARIABLE}; \
             write a level like debug, or levels by module like warn,handset=trace"
        )
    })
}

/// Logs into a file from now on. A log that cannot be written is no reason not to start.
pub(crate) fn to_file(path: &Path, filter: EnvFilter) {
    let old = fs::metadata(path).is_ok_and(|file| file.len() > LARGEST);
    let mut options = fs::OpenOptions::new();
    options.create(true).append(!old).write(true).truncate(old);
    // For its owner alone, like the journal beside it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let Ok(file) = options.open(path) else { return };
    start(Mutex::new(file), filter);
}

/// Logs to stderr from now on.
pub(crate) fn to_stderr(filter: EnvFilter) {
    start(io::stderr, filter);
}

fn start<W>(writer: W, filter: EnvFilter)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer)
        // A log that cannot be written is no reason to write onto the screen, nor to panic where
        // stderr cannot be written either.
        .log_internal_errors(false)
        .finish()
        .with(filter_fn(may_be_logged));
    // A second subscriber in one process is a test's; the first one stays.
    let _ = tracing::subscriber::set_global_default(log);
    tracing::debug!(version = env!("CARGO_PKG_VERSION"), "the log begins");
}

/// Whether it is ours, or a library's warning.
fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    let crate_name = metadata.target().split("::").next();
    crate_name == Some(env!("CARGO_CRATE_NAME")) || *metadata.level() <= Level::WARN
}
