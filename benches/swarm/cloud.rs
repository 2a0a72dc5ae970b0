//! `handset sandbox` in a process of its own, whose processor time can be told.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use handset::{
    domain::{inbound::Credentials, secret::Secret},
    ingress::listener,
};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::program::{PROGRAM, foreign_variables, no_settings};

/// Ticks of a second in /proc.
const TICKS: u64 = 100;

/// The sandbox, which is killed when this is dropped, and a socket for its webhooks.
pub(crate) struct Cloud {
    process: Child,
    pub(crate) csds: String,
    pub(crate) credentials: Credentials,
    /// Where webhooks will be taken.
    pub(crate) webhooks: Option<(TcpListener, String)>,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let path = listener::fresh_path();
        let url = listener::url(socket.local_addr().unwrap(), &path);
        let mut program = Command::new(PROGRAM);
        for name in foreign_variables() {
            program.env_remove(name);
        }
        let mut process = program
            .env("HANDSET_CONFIG_DIR", no_settings())
            .args(["sandbox", "--survey", "off", "--webhook", &url])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let said = process.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let word = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self {
            csds: word("csds"),
            credentials: Credentials {
                account: word("account").into(),
                client: word("client_id").as_str().into(),
                secret: Secret::new(word("client_secret")),
            },
            process,
            webhooks: Some((socket, path)),
        }
    }

    /// The processor time it has taken.
    pub(crate) fn cpu(&self) -> Duration {
        let status = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let behind_name = status.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = behind_name.split_whitespace().collect();
        let ticks: u64 = fields[11..13]
            .iter()
            .map(|one| one.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(ticks * 1000 / TICKS)
    }
}
