//! Starts `handset sandbox` for a test and tells it what to do. HANDSET names the program; without
//! it it is looked for on the path.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// A running sandbox; it ends when this is dropped.
pub struct Sandbox {
    process: Child,
    ready: Value,
}

fn program() -> Command {
    Command::new(env::var_os("HANDSET").unwrap_or_else(|| "handset".into()))
}

impl Sandbox {
    /// Starts one with these arguments, and waits until it is ready.
    pub fn start(arguments: &[&str]) -> Self {
        // With --with-stdin the sandbox ends with this process, however that ends.
        let mut command = program();
        command.args(["sandbox", "--with-stdin"]).args(arguments);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("handset is on the path");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).expect("handset sandbox is ready");
        Self { process, ready }
    }

    /// A member of the ready line.
    pub fn text(&self, name: &str) -> String {
        self.ready[name].as_str().unwrap().to_owned()
    }

    /// Runs `handset sandbox ctl` with these arguments, and gives its answer.
    pub fn ctl(&self, words: &[&str]) -> Value {
        let output = program()
            .args(["sandbox", "ctl", "--json"])
            .args(words)
            .env("HANDSET_SANDBOX", self.text("csds"))
            .env("HANDSET_SANDBOX_TOKEN", self.text("control_token"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
