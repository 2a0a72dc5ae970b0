//! A cloud over TLS in a process of its own, and a phone that is set up for it as for a real one:
//! by a profile with a way in.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::{free_address, pty::Terminal};

/// Where the app install's webhooks went before anybody borrowed it.
const BEFORE: &str = "https://bridge.shop.test/in";

/// A cloud over TLS in a process of its own, and a profile for it.
pub(crate) struct House {
    cloud: Child,
    pub(crate) ready: Value,
    folder: TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.cloud.kill();
        let _ = self.cloud.wait();
    }
}

impl House {
    /// A cloud with more arguments. The profile logs in and borrows, or leaves the endpoints to be
    /// entered by hand; more lines of it may be given.
    pub(crate) fn build(arguments: &[&str], borrow: bool, more: &str) -> Self {
        let folder = tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        let mut cloud = crate::support::program()
            .args(["sandbox", "--tls", "--webhook", BEFORE, "--ca-out"])
            .arg(&ca)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let said = cloud.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let house = Self {
            cloud,
            ready,
            folder,
        };
        house.settle_in(borrow, more);
        house
    }

    fn settle_in(&self, borrow: bool, more: &str) {
        let settings = self.settings();
        fs::create_dir_all(&settings).unwrap();
        let word = |name: &str| self.word(name);
        for (name, secret) in [
            ("secret", word("client_secret")),
            ("password", self.password_of("morgan")),
        ] {
            let file = settings.join(name);
            fs::write(&file, secret).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let bind = free_address();
        let login = if borrow {
            "[profiles.acme.login]\nusername = \"morgan\"\npassword = { file = \"password\" }\nborrow = true\n"
        } else {
            ""
        };
        let text = format!(
            "default = \"acme\"\n[profiles.acme]\naccount = \"{}\"\ncsds = \"{}\"\nclient_id = \"{}\"\n\
             secret = {{ file = \"secret\" }}\nca = \"{}\"\nbrand = \"Acme\"\nbind = \"{bind}\"\n{more}\n\
             [profiles.acme.tunnel]\nkind = \"url\"\nurl = \"http://{bind}\"\n{login}",
            word("account"),
            word("https"),
            word("client_id"),
            word("ca"),
        );
        fs::write(settings.join("config.toml"), text).unwrap();
    }

    /// A member of the ready line.
    #[track_caller]
    pub(crate) fn word(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// What opens the door to an agent.
    #[track_caller]
    pub(crate) fn password_of(&self, username: &str) -> &str {
        let mut agents = self.ready["agents"].as_array().unwrap().iter();
        let agent = agents.find(|one| one["username"] == username);
        agent.unwrap()["password"].as_str().unwrap()
    }

    /// Where everything of this cloud and this phone is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.folder.path().join("settings")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn phone(&self) -> Terminal {
        let settings = self.settings();
        let settings = [("HANDSET_CONFIG_DIR", settings.to_str().unwrap())];
        Terminal::handset_with(120, 30, &self.data(), &[], &settings)
    }
}
