//! A NATS of one's own: Debian's nats-server with JetStream, on loopback, in a temp folder.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    needs::programs,
    support::{free_address, soon},
};

/// A nats-server; ended with it, its store with it too.
pub(crate) struct Nats {
    server: Option<Child>,
    address: SocketAddr,
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
            address: free_address(),
            folder: TempDir::new().unwrap(),
            more: more.iter().map(|&arg| arg.to_owned()).collect(),
        };
        nats.restart().await;
        nats
    }

    /// Where it is, for clients.
    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Where it is, for clients with a user and a password.
    pub(crate) fn url_for(&self, user: &str) -> String {
        format!("nats://{user}@{}", self.address)
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
        let folder = self.folder.path();
        let said = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("said"))
            .unwrap();
        let server = Command::new(programs::path("nats-server").unwrap())
            .args(["-a", "127.0.0.1", "-p"])
            .arg(self.address.port().to_string())
            .arg("-sd")
            .arg(folder.join("store"))
            .args(&self.more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap();
        self.server = Some(server);
        soon("nats-server", self.serving()).await;
    }

    /// Waits until it takes connections.
    async fn serving(&mut self) {
        while TcpStream::connect(self.address).is_err() {
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
