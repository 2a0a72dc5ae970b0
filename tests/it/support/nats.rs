//! A NATS of one's own: Debian's nats-server with JetStream, on loopback, in a temp folder.

use std::{
    fs,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::soon;

/// A nats-server; ended with it, its store with it too.
pub(crate) struct Nats {
    server: Option<Child>,
    port: u16,
    folder: TempDir,
    more: Vec<String>,
}

impl Nats {
    /// Starts one with JetStream.
    pub(crate) async fn start() -> Self {
        Self::start_with(&["-js"]).await
    }

    /// Starts one with other arguments.
    pub(crate) async fn start_with(more: &[&str]) -> Self {
        let mut nats = Self {
            server: None,
            port: 0,
            folder: TempDir::new().unwrap(),
            more: more.iter().map(|&arg| arg.to_owned()).collect(),
        };
        nats.restart().await;
        nats
    }

    /// Where it is, for clients.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where it is, for clients with a user and a password.
    pub(crate) fn url_for(&self, user: &str) -> String {
        format!("nats://{user}@127.0.0.1:{}", self.port)
    }

    /// Ends it without warning, as kill -9 does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // One that has ended already is as good.
            let _ = server.kill();
            server.wait().unwrap();
        }
    }

    /// Starts it again, at the same address and with the same store.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        let port = match self.port {
            0 => "-1".to_owned(),
            port => port.to_string(),
        };
        let folder = self.folder.path();
        let said = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("said"))
            .unwrap();
        let server = Command::new("nats-server")
            .args(["-a", "127.0.0.1", "-p", &port, "-sd"])
            .arg(folder.join("store"))
            .arg("--ports_file_dir")
            .arg(folder)
            .args(&self.more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .expect("needs nats-server: apt-get install nats-server");
        let ports = folder.join(format!("nats-server_{}.ports", server.id()));
        self.server = Some(server);
        self.port = soon("the port of nats-server", self.serving(ports)).await;
    }

    /// The port, once it takes connections.
    async fn serving(&mut self, ports: PathBuf) -> u16 {
        loop {
            if let Some(port) = port_in(&ports)
                && TcpStream::connect(("127.0.0.1", port)).is_ok()
            {
                return port;
            }
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            if let Some(ended) = ended {
                let said = fs::read_to_string(self.folder.path().join("said")).unwrap();
                panic!("nats-server ended with {ended}: {said}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The port in the file nats-server writes, once it is whole.
fn port_in(file: &PathBuf) -> Option<u16> {
    let ports: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    let url = ports["nats"].get(0)?.as_str()?;
    url.rsplit(':').next()?.parse().ok()
}
