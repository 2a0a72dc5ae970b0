//! Where the rows are run: a sandbox started for them, or an account named by the environment.
//!
//! Secrets come by the environment only: the secret's variable is itself named by one.

use std::{env, path::PathBuf, process::Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::support::{free_address, program, soon};

/// Someone who can log in.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// An account, and how to get at it.
#[derive(Debug)]
pub(crate) struct Base {
    /// Where services are looked up, with scheme.
    pub(crate) csds: String,
    pub(crate) account: String,
    pub(crate) client: String,
    pub(crate) secret: String,
    /// An agent; one of a real account should have no skills, so that nothing of others' rings.
    pub(crate) agent: Option<Login>,
    /// Somebody who may manage app installs.
    pub(crate) admin: Option<Login>,
    /// Whom to trust besides the platform, in PEM.
    pub(crate) ca: Option<String>,
    /// Where the endpoint listens, and the address the app install has for it.
    pub(crate) listen: Option<String>,
    /// Whether app installs may be changed.
    pub(crate) may_install: bool,
    sandbox: Option<(Child, TempDir)>,
}

impl Base {
    /// The account the environment names, or else a sandbox.
    pub(crate) async fn from_environment_or_sandbox() -> Self {
        match variable("CSDS") {
            Some(csds) => Self::from_environment(&csds),
            None => Self::sandbox().await,
        }
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    fn from_environment(csds: &str) -> Self {
        let needed = |name: &str| {
            variable(name).unwrap_or_else(|| panic!("HANDSET_CONFORMANCE_{name} is needed too"))
        };
        let login = |user: &str, password: &str| {
            let username = variable(user)?;
            let password = needed(password);
            Some(Login { username, password })
        };
        let secret = needed("SECRET_ENV");
        let agent = login("AGENT_USER", "AGENT_PASSWORD");
        let admin = login("ADMIN_USER", "ADMIN_PASSWORD");
        let ca = variable("CA").map(|file| std::fs::read_to_string(file).unwrap());
        Self {
            csds: csds.trim_end_matches('/').to_owned(),
            account: needed("ACCOUNT"),
            client: needed("CLIENT_ID"),
            secret: env::var(&secret).unwrap_or_else(|_| panic!("{secret} is not set")),
            admin: admin.or_else(|| agent.clone()),
            agent,
            ca,
            // The tunnel to it, and the app install's endpoint, are set up by whoever runs this.
            listen: variable("LISTEN").filter(|_| variable("PUBLIC_URL").is_some()),
            may_install: variable("APP_INSTALLS").is_some_and(|word| word == "yes"),
            sandbox: None,
        }
    }

    /// The real program, with TLS, nobody answering, and its webhooks at a free port of ours.
    async fn sandbox() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca: PathBuf = folder.path().join("ca.pem");
        let port = free_address().port();
        let mut command = Command::from(program());
        command
            .args([
                "sandbox", "--tls", "--agent", "none", "--seed", "11", "--ca-out",
            ])
            .arg(&ca)
            .arg("--webhook")
            .arg(format!("http://127.0.0.1:{port}/in"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon("the ready line", lines.next_line()).await.unwrap();
        let ready: Value = serde_json::from_str(&line.expect("it says something")).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let login = |name: &str| {
            let agents = ready["agents"].as_array().unwrap();
            let found = agents.iter().find(|one| one["username"] == name)?;
            Some(Login {
                username: text(&found["username"]),
                password: text(&found["password"]),
            })
        };
        Self {
            csds: text(&ready["https"]),
            account: text(&ready["account"]),
            client: text(&ready["client_id"]),
            secret: text(&ready["client_secret"]),
            agent: login("kim").or_else(|| login("sam")),
            admin: login("morgan"),
            ca: Some(std::fs::read_to_string(&ca).unwrap()),
            listen: Some(format!("127.0.0.1:{port}")),
            may_install: true,
            sandbox: Some((child, folder)),
        }
    }
}

fn variable(name: &str) -> Option<String> {
    let value = env::var(format!("HANDSET_CONFORMANCE_{name}")).ok()?;
    Some(value).filter(|value| !value.is_empty())
}
