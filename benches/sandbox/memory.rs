//! What conversations weigh: the real program with ten thousand open ones in it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    CONNECTIONS,
    connector::Connector,
    program::{PROGRAM, foreign_variables, no_settings},
};

/// Conversations, each of a consumer of its own.
const CONVERSATIONS: usize = 10_000;
/// Messages in each.
const MESSAGES: usize = 3;

/// `handset sandbox`; it is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Fills a sandbox with conversations; says what they weigh.
pub(crate) fn weigh() -> String {
    let mut program = Command::new(PROGRAM);
    for name in foreign_variables() {
        program.env_remove(name);
    }
    let server = program
        .env("HANDSET_CONFIG_DIR", no_settings())
        .args(["sandbox", "--agent", "none"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = Running(server);
    let mut line = String::new();
    let said = server.0.stdout.take().unwrap();
    BufReader::new(said).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let empty = resident(&server.0);
    Runtime::new().unwrap().block_on(fill(&ready));
    let full = resident(&server.0);
    let each = (full - empty) * 1024 / CONVERSATIONS;
    format!(
        "resident memory: {} MiB empty, {} MiB with {CONVERSATIONS} open conversations of \
         {MESSAGES} messages, {each} bytes for each",
        empty / 1024,
        full / 1024,
    )
}

async fn fill(ready: &Value) {
    let word = |name: &str| ready[name].as_str().unwrap();
    let connector = Connector::new(
        word("csds"),
        word("account"),
        word("client_id"),
        word("client_secret"),
    )
    .await;
    let connector = Arc::new(connector);
    let next = Arc::new(AtomicUsize::new(0));
    let mut lanes = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (connector, next) = (Arc::clone(&connector), Arc::clone(&next));
        lanes.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= CONVERSATIONS {
                    return;
                }
                let talk = connector.open(number).await;
                for _ in 0..MESSAGES {
                    connector.say(&talk).await;
                }
            }
        });
    }
    lanes.join_all().await;
}

/// The resident memory of a process in KiB.
fn resident(process: &Child) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}
