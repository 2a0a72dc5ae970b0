//! A cloud in a process of its own, so that it outlives the phone.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::support::{self, pty::Terminal};

/// The path of the listener, known to the cloud before the phone is there.
const HOOK_PATH: &str = "/hook/0123456789abcdef0123456789abcdef";

/// A `handset sandbox`, killed when this is dropped.
pub(super) struct Cloud {
    child: Child,
    ready: Value,
    bind: String,
}

impl Cloud {
    /// Starts one whose webhooks go to a phone started by [`phone`](Self::phone).
    pub(super) fn start() -> Self {
        // Free for the moment; the phone takes it at once.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let bind = free.local_addr().unwrap().to_string();
        drop(free);
        let mut child = Command::new(env!("CARGO_BIN_EXE_handset"))
            .args(["sandbox", "--webhook", &format!("http://{bind}{HOOK_PATH}")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        Self {
            child,
            ready: serde_json::from_str(&line).unwrap(),
            bind,
        }
    }

    fn member(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// The app install's secret, for the eyes of a test alone.
    pub(super) fn secret(&self) -> &str {
        self.member("client_secret")
    }

    /// A phone on this cloud.
    pub(super) fn phone(&self, data: &Path) -> Terminal {
        self.phone_with(data, &[])
    }

    /// The same with more environment variables.
    pub(super) fn phone_with(&self, data: &Path, variables: &[(&str, &str)]) -> Terminal {
        let arguments = [
            "--csds",
            self.member("csds"),
            "--account",
            self.member("account"),
            "--client-id",
            self.member("client_id"),
            "--secret-env",
            "CLIENT_SECRET",
            "--bind",
            &self.bind,
            "--hook-path",
            HOOK_PATH,
        ];
        let mut variables = variables.to_vec();
        variables.push(("CLIENT_SECRET", self.secret()));
        Terminal::handset_with(120, 30, data, &arguments, &variables)
    }

    /// Where the journal of such a phone is.
    pub(super) fn journal(&self, data: &Path) -> std::path::PathBuf {
        data.join(format!("account-{}/journal.db", self.member("account")))
    }

    /// Stops the process without ending it, or lets it go on.
    pub(super) fn signal(&self, name: &str) {
        support::signal(self.child.id(), name);
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
