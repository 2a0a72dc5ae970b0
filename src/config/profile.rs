//! A profile: everything handset must know to work with one account of the real cloud.
//!
//! The types say in which order and under which keys a profile stands in the file; how each value
//! is read and demanded, the [table of settings](crate::config::setting) says.

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    config::setting::Setting,
    domain::ids::{AccountId, ClientId},
};

/// One account and app install, the tunnel from the internet, and what to start with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What it is called in the file and on the screen.
    #[serde(skip)]
    pub name: String,
    /// The account.
    pub account: AccountId,
    /// Where domains are looked up; the region's host.
    #[serde(default = "usual_csds")]
    pub csds: Url,
    /// The app install.
    #[serde(rename = "client_id")]
    pub client: ClientId,
    /// Where its client_secret is.
    pub secret: Source,
    /// A file of certificates to trust besides the platform's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Real consumers and agents are there: shown loudly, and asked about.
    #[serde(default)]
    pub production: bool,
    /// The brand's name on the screen; the account when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Whose phones are open at the start, by name or file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<String>,
    /// The theme, by name or file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// The loopback address for the listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<SocketAddr>,
    /// The listener's path, for an endpoint that must not change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook_path: Option<String>,
    /// How webhooks get here.
    #[serde(default, skip_serializing_if = "TunnelSettings::is_none")]
    pub tunnel: TunnelSettings,
    /// An agent who may manage the app install.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
}

fn usual_csds() -> Url {
    let default = Setting::Csds.default().unwrap_or_default();
    Url::parse(default).expect("the table's default is an address")
}

/// An agent login, with which handset may manage the app install.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The login name.
    pub username: String,
    /// Where the password is.
    pub password: Source,
    /// Whether the app install's endpoints are borrowed at the start and given back at the end.
    #[serde(default)]
    pub borrow: bool,
}

/// Where a secret is. Never the secret itself: that does not belong in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SourceTable", into = "SourceTable")]
pub enum Source {
    /// In an environment variable.
    Env(String),
    /// On the first line of what a program says; the program and its arguments.
    Command(Vec<String>),
    /// In the system's keyring, under a service and a user, read with the system's own tool.
    Keyring {
        /// For example `handset`.
        service: String,
        /// For example the name of the profile.
        user: String,
    },
    /// On the first line of a file that nobody else can read.
    File(PathBuf),
}

/// Where a secret can be, as it stands in the file.
pub(super) const SOURCES: &str = "{ env = \"VARIABLE\" }, { command = [\"pass\", \"show\", \"acme\"] }, \
     { keyring = \"handset\", user = \"acme\" } or { file = \"acme.secret\" }";

/// A source as it stands in the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct SourceTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keyring: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl TryFrom<SourceTable> for Source {
    type Error = String;

    fn try_from(table: SourceTable) -> Result<Self, String> {
        let SourceTable {
            env,
            command,
            keyring,
            user,
            file,
        } = table;
        let is_program =
            |words: &Vec<String>| words.first().is_some_and(|program| !program.is_empty());
        if command.as_ref().is_some_and(|words| !is_program(words)) {
            return Err(
                "name the program, as in { command = [\"pass\", \"show\", \"acme\"] }".to_owned(),
            );
        }
        if keyring.is_some() != user.is_some() {
            return Err("a keyring needs a service and a user: \
                        { keyring = \"handset\", user = \"acme\" }"
                .to_owned());
        }
        let keyring = keyring.zip(user);
        let given = [
            env.map(Self::Env),
            command.map(Self::Command),
            keyring.map(|(service, user)| Self::Keyring { service, user }),
            file.map(Self::File),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(source), None) => Ok(source),
            (None, _) => Err(format!("say where the secret is: {SOURCES}")),
            (Some(_), Some(_)) => Err("a secret is in one place; keep one of these".to_owned()),
        }
    }
}

impl From<Source> for SourceTable {
    fn from(source: Source) -> Self {
        let mut table = Self::default();
        match source {
            Source::Env(variable) => table.env = Some(variable),
            Source::Command(words) => table.command = Some(words),
            Source::Keyring { service, user } => {
                (table.keyring, table.user) = (Some(service), Some(user));
            }
            Source::File(path) => table.file = Some(path),
        }
        table
    }
}

/// How webhooks get from the internet to the listener.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum TunnelSettings {
    /// Not by handset: the listener's address is shown, and somebody else leads them there.
    #[default]
    None,
    /// By an address of the user's own that leads to the listener's; its path is added.
    Url {
        /// That address.
        url: Url,
    },
    /// By a relay.
    Relay {
        /// Its link, `wss://…`.
        link: Url,
        /// Where the ticket is.
        ticket: Source,
    },
    /// By a tunnel of cloudflared's.
    Cloudflared {
        /// The program [default: cloudflared].
        #[serde(skip_serializing_if = "Option::is_none")]
        program: Option<String>,
        /// A named tunnel; a quick one has neither name nor address of its own.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its public address.
        #[serde(skip_serializing_if = "Option::is_none")]
        public: Option<Url>,
    },
    /// By a tunnel of ngrok's agent.
    Ngrok {
        /// The program [default: ngrok].
        #[serde(skip_serializing_if = "Option::is_none")]
        program: Option<String>,
        /// A reserved domain.
        #[serde(skip_serializing_if = "Option::is_none")]
        domain: Option<String>,
    },
    /// By a port of a host of the user's own, forwarded by the system's ssh.
    Ssh(SshSettings),
}

impl TunnelSettings {
    /// Whether webhooks get here without handset.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// A port of a host of the user's own, and the way to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshSettings {
    /// The host, or `user@host`, or a name of ssh's own configuration.
    pub host: String,
    /// The port of sshd there; `None` leaves it to ssh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Where to listen there, `[address:]port`; port 0 takes a free one.
    #[serde(default = "any_port")]
    pub listen: String,
    /// The public address that leads there, in which `{port}` stands for the port.
    pub public: String,
    /// The program [default: ssh].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// More arguments for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

fn any_port() -> String {
    "0".to_owned()
}
