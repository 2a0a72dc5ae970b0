//! A profile: everything handset must know to work with one account of the real cloud.

use std::{net::SocketAddr, path::PathBuf};

use url::Url;

use crate::domain::ids::{AccountId, ClientId};

/// One account and app install, the way in from the internet, and what to start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What it is called in the file and on the screen.
    pub name: String,
    /// The account.
    pub account: AccountId,
    /// Where domains are looked up; the region's host.
    pub csds: Url,
    /// The app install.
    pub client: ClientId,
    /// Where its client_secret is.
    pub secret: Source,
    /// A file of certificates to trust besides the platform's.
    pub ca: Option<PathBuf>,
    /// Real consumers and agents are there: shown loudly, and asked about.
    pub production: bool,
    /// The brand's name on the screen; the account when it is not given.
    pub brand: Option<String>,
    /// Whose phones lie on the desk at the start, by name or file.
    pub personas: Vec<String>,
    /// The theme, by name or file.
    pub theme: Option<String>,
    /// The loopback address for the listener.
    pub bind: Option<SocketAddr>,
    /// The listener's path, for an endpoint that must not change.
    pub hook_path: Option<String>,
    /// How webhooks come in.
    pub tunnel: Way,
    /// An agent who may manage the app install.
    pub login: Option<Login>,
}

/// An agent login, with which handset may manage the app install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The login name.
    pub username: String,
    /// Where the password is.
    pub password: Source,
    /// Whether the app install's endpoints are borrowed at the start and given back at the end.
    pub borrow: bool,
}

/// Where a secret is. Never the secret itself: that does not belong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// How webhooks come in from the internet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// They do not, unless somebody sees to it elsewhere: the listener's address is shown.
    None,
    /// An address of one's own leads to the listener's address; its path is added.
    Url(Url),
    /// A relay.
    Relay {
        /// Its link, `wss://…`.
        link: Url,
        /// Where the ticket is.
        ticket: Source,
    },
    /// A quick tunnel of cloudflared, or a named one.
    Cloudflared {
        /// The program [default: cloudflared].
        program: Option<String>,
        /// A named tunnel and its public address; a quick tunnel has neither.
        named: Option<(String, Url)>,
    },
    /// ngrok's agent.
    Ngrok {
        /// The program [default: ngrok].
        program: Option<String>,
        /// A reserved domain.
        domain: Option<String>,
    },
    /// A port of a host one owns, forwarded by the system's ssh.
    Ssh {
        /// The host, or `user@host`, or a name of ssh's own configuration.
        host: String,
        /// ssh's port there.
        port: Option<u16>,
        /// The address there to listen on, `[address:]port`; port 0 takes a free one.
        listen: String,
        /// The public address that leads to it; `{port}` in it is the port there.
        public: String,
        /// The program [default: ssh].
        program: Option<String>,
        /// More arguments for it.
        options: Vec<String>,
    },
}
