//! A profile: everything handset must know to work with one account of the real cloud.
//!
//! The types say in which order and under which keys a profile stands in the file; how each value
//! is read and demanded, the [table of settings](crate::config::setting) says.

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

pub use crate::config::source::Source;
use crate::{
    config::{fetch_pictures::FetchPictures, setting::Setting},
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
    pub ca: Option<PathBuf>,
    /// Real consumers and agents are there: shown loudly, and asked about.
    #[serde(default)]
    pub production: bool,
    /// The brand's name on the screen; the account when it is not given.
    pub brand: Option<String>,
    /// Whose phones are open at the start, by name or file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<String>,
    /// The theme, by name or file.
    pub theme: Option<String>,
    /// Whether accounts, ids, hosts and numbers of people are masked on the screen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// Whether pictures of cards are fetched from their hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_pictures: Option<FetchPictures>,
    /// The loopback address for the listener.
    pub bind: Option<SocketAddr>,
    /// The listener's path, for an endpoint that must not change.
    pub hook_path: Option<String>,
    /// How webhooks get here.
    #[serde(default, skip_serializing_if = "TunnelSettings::is_none")]
    pub tunnel: TunnelSettings,
    /// An agent who may manage the app install.
    pub login: Option<Login>,
}

fn usual_csds() -> Url {
    let default = Setting::Csds.row().default.unwrap_or_default();
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
        program: Option<String>,
        /// A named tunnel; a quick one has neither name nor address of its own.
        name: Option<String>,
        /// Its public address.
        public: Option<Url>,
    },
    /// By a tunnel of ngrok's agent.
    Ngrok {
        /// The program [default: ngrok].
        program: Option<String>,
        /// A reserved domain.
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
    pub port: Option<u16>,
    /// Where to listen there, `[address:]port`; port 0 takes a free one.
    #[serde(default = "any_port")]
    pub listen: String,
    /// The public address that leads there, in which `{port}` stands for the port.
    pub public: String,
    /// The program [default: ssh].
    pub program: Option<String>,
    /// More arguments for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

fn any_port() -> String {
    "0".to_owned()
}
