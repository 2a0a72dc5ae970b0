//! WireMock, as npm has it: one stub that takes every SEND and gives the same answer.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::json;

use crate::SEND;

/// It runs; it is ended when this is dropped.
pub(crate) struct WireMock {
    server: Child,
    /// Where it is.
    pub(crate) address: SocketAddr,
}

impl WireMock {
    /// Starts it, or says what is missing for that.
    pub(crate) fn start() -> Result<Self, String> {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wiremock");
        let stubs = home.join("mappings");
        fs::create_dir_all(&stubs).unwrap();
        let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/wiremock");
        for name in ["package.json", "package-lock.json"] {
            fs::copy(list.join(name), home.join(name)).unwrap();
        }
        let stub = json!({
            "request": { "method": "POST", "urlPath": SEND },
            "response": {
                "status": 200,
                "headers": { "Content-Type": "application/json" },
                "jsonBody": { "code": "OK", "body": { "sequence": 1 }, "reqId": "3" },
            },
        });
        fs::write(stubs.join("send.json"), stub.to_string()).unwrap();
        let jar = home.join("node_modules/wiremock/build/wiremock-standalone-3.13.2.jar");
        if !jar.exists() {
            let npm = Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&home)
                .output()
                .map_err(|_| "npm is missing: apt-get install npm".to_owned())?;
            if !npm.status.success() {
                return Err("npm did not reach its registry".to_owned());
            }
        }
        let mut server = Command::new("java")
            .arg("-jar")
            .arg(jar)
            .args(["--port", "0", "--bind-address", "127.0.0.1"])
            // As fast as it can be: nothing kept, and the length told, which the client wants.
            .args(["--no-request-journal", "--use-chunked-encoding", "never"])
            .args(["--disable-banner", "--root-dir"])
            .arg(&home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "java is missing: apt-get install default-jre-headless".to_owned())?;
        let said = BufReader::new(server.stdout.take().unwrap());
        let mut lines = said.lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.strip_prefix("port:")?.trim().parse().ok());
        let Some(port) = port else {
            let ended = server.wait();
            return Err(format!("it ended at once: {ended:?}"));
        };
        // What else it says must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Self { server, address })
    }
}

impl Drop for WireMock {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
