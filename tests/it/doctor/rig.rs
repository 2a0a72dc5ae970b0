//! A set-up with a sandbox over TLS, of which a test breaks one thing.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use handset::{
    domain::secret::Secret,
    sandbox::{
        Sandbox,
        settings::{Agent, Settings},
        start,
        tls::Tls,
    },
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command};

use crate::support::{
    free_address,
    hooks::{ACCOUNT, CLIENT, SECRET},
    soon,
};

const SECRET_VARIABLE: &str = "ACME_SECRET";

/// A cloud in which nobody answers.
pub(crate) fn quiet() -> Settings {
    Settings {
        account: Some(ACCOUNT.into()),
        client_id: Some(CLIENT.into()),
        client_secret: Some(Secret::new(SECRET)),
        seed: Some(7),
        agent: Agent::None,
        ..Settings::default()
    }
}

/// A profile, its folder and its cloud.
pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    pub(crate) sandbox: Sandbox,
    /// Where the domains are.
    pub(crate) csds: String,
    pub(crate) account: String,
    pub(crate) client: String,
    /// The line that says where the secret is.
    pub(crate) secret: String,
    pub(crate) ca: String,
    /// What else the profile says, tables last.
    pub(crate) more: String,
    pub(crate) variables: Vec<(String, String)>,
    /// What no output may ever hold.
    pub(crate) hidden: Vec<String>,
}

impl Setup {
    /// One in which nothing is wrong: an address of its own leads to the listener.
    pub(crate) async fn new() -> Self {
        Self::with(quiet()).await
    }

    /// The same with another cloud.
    pub(crate) async fn with(settings: Settings) -> Self {
        Self::on(settings, "127.0.0.1:0").await
    }

    /// The same with a cloud at an address.
    pub(crate) async fn on(settings: Settings, address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let settings = Settings {
            tls: Some(Tls::default()),
            ..settings
        };
        let sandbox = start(listener, settings).await.unwrap();
        let ready = sandbox.ready();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), ready.ca.unwrap()).unwrap();
        let bind = free_address();
        Self {
            folder,
            sandbox,
            csds: ready.https.unwrap(),
            account: ACCOUNT.to_owned(),
            client: CLIENT.to_owned(),
            secret: format!("{{ env = \"{SECRET_VARIABLE}\" }}"),
            ca: "ca = \"ca.pem\"".to_owned(),
            more: format!(
                "bind = \"{bind}\"\n\
                 [profiles.acme.tunnel]\nkind = \"url\"\nurl = \"http://{bind}\"\n"
            ),
            variables: vec![
                (SECRET_VARIABLE.to_owned(), SECRET.to_owned()),
                ("LANG".to_owned(), "C.UTF-8".to_owned()),
                ("TERM".to_owned(), "xterm-256color".to_owned()),
            ],
            hidden: vec![SECRET.to_owned()],
        }
    }

    /// Where the cloud speaks plain HTTP.
    pub(crate) fn plain(&self) -> SocketAddr {
        let csds = self.sandbox.ready().csds;
        let port = csds.rsplit(':').next().unwrap().parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The profile's tunnel, in the place of the one that works.
    pub(crate) fn tunnel(&mut self, table: &str) {
        self.more = format!("[profiles.acme.tunnel]\n{table}\n");
    }

    /// The value of a variable, in the place of the one that works; `None` takes it away.
    pub(crate) fn variable(&mut self, name: &str, value: Option<&str>) {
        self.variables.retain(|(known, _)| known != name);
        if let Some(value) = value {
            self.variables.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Writes the settings file as this set-up has it.
    pub(crate) fn write(&self) {
        let Self {
            csds,
            account,
            client,
            secret,
            ca,
            more,
            ..
        } = self;
        let text = format!(
            "default = \"acme\"\n\n[profiles.acme]\naccount = \"{account}\"\ncsds = \"{csds}\"\n\
             client_id = \"{client}\"\nsecret = {secret}\n{ca}\n{more}"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    /// The program with this set-up and nothing of the tester's own environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let folder = self.folder.path();
        let mut command = handset(folder, arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What the doctor says, as text, and whether all is well.
    pub(crate) async fn text(&self, arguments: &[&str]) -> (String, bool) {
        self.write();
        let arguments = [&["doctor"], arguments].concat();
        let output = self.command(&arguments).output();
        let output = soon("the doctor", output).await.unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
        for said in &said {
            for hidden in &self.hidden {
                assert!(!said.contains(hidden), "a secret is shown: {said}");
            }
            assert!(!said.contains("panicked"), "{said}");
        }
        let [out, error] = said;
        assert!(!out.is_empty(), "{error}");
        (out, output.status.success())
    }

    /// What the doctor says.
    pub(crate) async fn report(&self, arguments: &[&str]) -> Report {
        let (text, success) = self.text(&[&["--json"], arguments].concat()).await;
        let report = Report(serde_json::from_str(&text).unwrap());
        assert_eq!(report.0["ok"], success, "{text}");
        report
    }

    /// Sees that one check alone has found a fault, and that it says this and what to do.
    pub(crate) async fn one_fault(&self, name: &str, says: &[&str], remedy: &str) -> Report {
        self.one_fault_of(&[], name, says, remedy).await
    }

    /// The same with more arguments.
    pub(crate) async fn one_fault_of(
        &self,
        arguments: &[&str],
        name: &str,
        says: &[&str],
        remedy: &str,
    ) -> Report {
        let report = self.report(arguments).await;
        assert_eq!(report.names("bad"), [name], "{:#}", report.0);
        let check = report.check(name);
        for part in says {
            let words = check["says"].as_str().unwrap();
            assert!(words.contains(part), "{part:?} is not in {words:?}");
        }
        let words = check["do"].as_str().unwrap();
        assert!(words.contains(remedy), "{remedy:?} is not in {words:?}");
        report
    }
}

/// What the doctor has found.
pub(crate) struct Report(pub(crate) Value);

impl Report {
    pub(crate) fn checks(&self) -> &[Value] {
        self.0["checks"].as_array().unwrap()
    }

    /// The names of the checks in a state.
    pub(crate) fn names(&self, state: &str) -> Vec<&str> {
        let checks = self.checks().iter();
        let like = checks.filter(|check| check["state"] == state);
        like.map(|check| check["name"].as_str().unwrap()).collect()
    }

    #[track_caller]
    pub(crate) fn check(&self, name: &str) -> &Value {
        let mut checks = self.checks().iter();
        let found = checks.find(|check| check["name"] == name);
        found.unwrap_or_else(|| panic!("no check {name}: {:#}", self.0))
    }

    /// What a check says and how it stands.
    #[track_caller]
    pub(crate) fn is(&self, name: &str, state: &str, says: &str) {
        let check = self.check(name);
        assert_eq!(check["state"], state, "{check}");
        let words = check["says"].as_str().unwrap();
        assert!(words.contains(says), "{says:?} is not in {words:?}");
    }
}

/// The program with its folders in a folder.
pub(crate) fn handset(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::from(crate::support::program());
    command.args(arguments).env_clear();
    command
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .env("HANDSET_CONFIG_DIR", folder)
        .env("HANDSET_DATA_DIR", folder.join("data"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}
