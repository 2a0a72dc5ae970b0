//! The program itself, started as a user would.

use std::{net::SocketAddr, path::Path, process::Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::support::{
    self,
    hooks::{ACCOUNT, CLIENT, SECRET},
    soon,
};

/// The variable the tests put the secret into.
pub(crate) const SECRET_VARIABLE: &str = "HANDSET_TEST_SECRET";

/// `handset listen` for the account of the protocol reference, with more arguments.
pub(crate) fn listen(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::from(support::program());
    command
        .args(["listen", "--account", ACCOUNT, "--client-id", CLIENT])
        .args(["--secret-env", SECRET_VARIABLE, "--data-dir"])
        .arg(folder)
        .args(more)
        .env(SECRET_VARIABLE, SECRET)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// `handset listen --json` that has said it is ready.
pub(crate) struct Listening {
    pub(crate) child: Child,
    pub(crate) lines: Lines<BufReader<ChildStdout>>,
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
}

impl Listening {
    pub(crate) async fn start(folder: &Path) -> Self {
        let mut child = listen(folder, &["--json"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = soon("the ready line", lines.next_line()).await.unwrap();
        let Some(ready) = ready else {
            panic!("ended at once: {}", rest_of_stderr(&mut child).await);
        };
        let ready: Value = serde_json::from_str(&ready).unwrap();
        assert_eq!(ready["ready"], true);
        let url = ready["url"].as_str().unwrap();
        let (address, path) = url
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
            .unwrap();
        Self {
            child,
            lines,
            address: address.parse().unwrap(),
            path: format!("/{path}"),
        }
    }

    /// The next line of stdout.
    pub(crate) async fn line(&mut self) -> Value {
        let line = soon("a line", self.lines.next_line()).await.unwrap();
        serde_json::from_str(&line.expect("stdout ended")).unwrap()
    }

    /// Asks it to end with a signal and gives its exit code.
    pub(crate) async fn end(&mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        soon("the exit", self.child.wait()).await.unwrap().code()
    }

    /// Sends a signal, by its name without SIG.
    pub(crate) fn signal(&self, signal: &str) {
        support::signal(self.child.id().unwrap(), signal);
    }
}

/// What a process still says on stderr, to its end.
pub(crate) async fn rest_of_stderr(child: &mut Child) -> String {
    let mut text = String::new();
    let mut stderr = child.stderr.take().unwrap();
    soon("the end of stderr", stderr.read_to_string(&mut text))
        .await
        .unwrap();
    text
}
