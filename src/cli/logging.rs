//! The log: a file, because the screen is the phone's.

use std::{fs, path::Path, sync::Mutex};

use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

/// Past this size the log of earlier starts is dropped.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Names what is logged, in the syntax of `tracing`: `HANDSET_LOG=debug`.
const FILTER_VARIABLE: &str = "HANDSET_LOG";

/// Logs into a file from now on. A log that cannot be written is no reason not to start.
pub fn to_file(path: &Path) {
    let old = fs::metadata(path).is_ok_and(|file| file.len() > LARGEST);
    let opened = fs::OpenOptions::new()
        .create(true)
        .append(!old)
        .write(true)
        .truncate(old)
        .open(path);
    let Ok(file) = opened else { return };
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE)
        .unwrap_or_else(|_| EnvFilter::new("warn,handset=info"));
    // A second subscriber in one process is a test's; the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_span_events(FmtSpan::NONE)
        .with_writer(Mutex::new(file))
        .try_init();
}
