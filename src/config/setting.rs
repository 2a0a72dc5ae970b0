//! The table of the settings: one row says what a setting is called in the file, in the environment
//! and among the flags, what it may be, and what it is when it is not given.
//!
//! Whatever reads, shows, demands or writes settings goes by this table. The typed form of a whole
//! profile, and the order in which it is written, is in [`profile`](crate::config::profile).

use crate::config::{tunnel_kind::TunnelKind, words::ValueKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SettingFlag {
    /// Its name, with its dashes.
    pub(crate) name: &'static str,
    /// What stands for its value in the help.
    pub(crate) value_name: &'static str,
    /// How its value is read.
    pub(crate) kind: ValueKind,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct SettingRow {
    /// `account`, or with its section `tunnel.link`.
    pub(crate) key: &'static str,
    /// How its value is read.
    pub(crate) kind: ValueKind,
    /// The environment variable that gives it; one of a secret holds the secret itself.
    pub(crate) variable: Option<&'static str>,
    /// The flag that gives it to every command that takes a profile.
    pub(crate) flag: Option<SettingFlag>,
    /// What it is when it is not given.
    pub(crate) default: Option<&'static str>,
    /// A fault in the file does not repeat its value, for it may hold more than others should see.
    pub(crate) is_private: bool,
    /// A profile needs it; an option of the login or of a tunnel where there is one. For what the
    /// public address of a tunnel needs, see [`complete`](crate::config::complete).
    pub(crate) is_needed: bool,
    /// The kinds of tunnel an option is for.
    pub(crate) tunnels: &'static [TunnelKind],
}

impl SettingRow {
    const fn new(key: &'static str, kind: ValueKind) -> Self {
        Self {
            key,
            kind,
            variable: None,
            flag: None,
            default: None,
            is_private: matches!(kind, ValueKind::Secret),
            is_needed: false,
            tunnels: &[],
        }
    }

    const fn variable(self, name: &'static str) -> Self {
        Self {
            variable: Some(name),
            ..self
        }
    }

    const fn flag(self, name: &'static str, value_name: &'static str) -> Self {
        let kind = self.kind;
        self.flag_of(name, value_name, kind)
    }

    const fn flag_of(self, name: &'static str, value_name: &'static str, kind: ValueKind) -> Self {
        let flag = Some(SettingFlag {
            name,
            value_name,
            kind,
        });
        Self { flag, ..self }
    }

    const fn default(self, text: &'static str) -> Self {
        Self {
            default: Some(text),
            ..self
        }
    }

    const fn private(self) -> Self {
        Self {
            is_private: true,
            ..self
        }
    }

    const fn needed(self) -> Self {
        Self {
            is_needed: true,
            ..self
        }
    }

    const fn tunnels(self, tunnels: &'static [TunnelKind]) -> Self {
        Self { tunnels, ..self }
    }
}

macro_rules! settings {
    ($($(#[doc = $help:literal])+ $name:ident = $row:expr;)+) => {
        /// A setting, by its row; in the order of the file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Setting {
            $($(#[doc = $help])+ $name,)+
        }

        impl Setting {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What it is, in a sentence or two for the help of its flag.
            pub(crate) fn help(self) -> &'static str {
                let help = match self {
                    $(Self::$name => concat!($($help),+),)+
                };
                help.trim().trim_end_matches('.')
            }

            pub(crate) fn row(self) -> &'static SettingRow {
                match self {
                    $(Self::$name => const { &$row },)+
                }
            }
        }
    };
}

use TunnelKind::{Cloudflared, Ngrok, Relay, Ssh, Url};

settings! {
    /// The account there; without --profile no profile counts then.
    Account = SettingRow::new("account", ValueKind::Text).needed()
        .variable("HANDSET_ACCOUNT").flag("--account", "ID");
    /// The CSDS address of the region, or of a `handset sandbox`.
    Csds = SettingRow::new("csds", ValueKind::Csds).default("https://api.liveperson.net")
        .variable("HANDSET_CSDS").flag_of("--csds", "URL", ValueKind::AnyWeb);
    /// The app install's client_id there.
    ClientId = SettingRow::new("client_id", ValueKind::Text).needed()
        .variable("HANDSET_CLIENT_ID").flag("--client-id", "ID");
    /// The environment variable that holds the app install's client_secret.
    Secret = SettingRow::new("secret", ValueKind::Secret).needed()
        .variable("HANDSET_CLIENT_SECRET").flag("--secret-env", "VAR");
    /// A file of certificates in PEM to trust besides the platform's.
    Ca = SettingRow::new("ca", ValueKind::Path).variable("HANDSET_CA").flag("--ca", "FILE");
    /// Whether real consumers and agents are there.
    Production = SettingRow::new("production", ValueKind::Switch).default("false")
        .variable("HANDSET_PRODUCTION");
    /// The brand's name on the screen; the account, or in the sandbox Acme, when it is not given.
    Brand = SettingRow::new("brand", ValueKind::Text).variable("HANDSET_BRAND");
    /// Whose phones are open at the start, by name or file.
    Personas = SettingRow::new("personas", ValueKind::Assets);
    /// The theme, by name or file.
    Theme = SettingRow::new("theme", ValueKind::Asset).default("dark").variable("HANDSET_THEME");
    /// Whether accounts, ids, hosts and numbers of people are masked on the screen.
    Private = SettingRow::new("private", ValueKind::Switch).default("false").variable("HANDSET_PRIVATE");
    /// Whether pictures of cards are fetched from their hosts: auto, on or off.
    FetchPictures = SettingRow::new("fetch_pictures", ValueKind::Fetching).default("auto")
        .variable("HANDSET_FETCH_PICTURES");
    /// The loopback address and port to take webhooks on.
    Bind = SettingRow::new("bind", ValueKind::Address).default("127.0.0.1:0");
    /// The path to take webhooks on.
    HookPath = SettingRow::new("hook_path", ValueKind::Text);
    /// The tunnel: none, url, relay, cloudflared, ngrok or ssh, or the public address that leads
    /// to --bind already.
    TunnelKind = SettingRow::new("tunnel.kind", ValueKind::Tunnel).default("none")
        .variable("HANDSET_TUNNEL").flag("--tunnel", "KIND|URL");
    /// The public address that leads to the listener already.
    TunnelUrl = SettingRow::new("tunnel.url", ValueKind::Web).needed().tunnels(&[Url]);
    /// The link of a relay.
    TunnelLink = SettingRow::new("tunnel.link", ValueKind::Link).needed().tunnels(&[Relay])
        .variable("HANDSET_RELAY_LINK").flag("--relay", "WS_URL");
    /// The environment variable that holds the relay's ticket.
    TunnelTicket = SettingRow::new("tunnel.ticket", ValueKind::Secret).needed().tunnels(&[Relay])
        .variable("HANDSET_RELAY_TICKET").flag("--ticket-env", "VAR");
    /// The tunnel's program.
    TunnelProgram = SettingRow::new("tunnel.program", ValueKind::Text)
        .tunnels(&[Cloudflared, Ngrok, Ssh]);
    /// The name of a named tunnel of cloudflared's.
    TunnelName = SettingRow::new("tunnel.name", ValueKind::Text).tunnels(&[Cloudflared]);
    /// A reserved domain of ngrok's.
    TunnelDomain = SettingRow::new("tunnel.domain", ValueKind::Text).tunnels(&[Ngrok]);
    /// The host whose port ssh forwards.
    TunnelHost = SettingRow::new("tunnel.host", ValueKind::Text).needed().tunnels(&[Ssh]);
    /// The port of sshd on that host.
    TunnelPort = SettingRow::new("tunnel.port", ValueKind::Port).tunnels(&[Ssh]);
    /// The address and port to listen on there.
    TunnelListen = SettingRow::new("tunnel.listen", ValueKind::TextOrNumber).tunnels(&[Ssh]);
    /// The public address of a tunnel that cannot tell it.
    TunnelPublic = SettingRow::new("tunnel.public", ValueKind::Public).private()
        .tunnels(&[Cloudflared, Ssh]);
    /// More arguments for ssh.
    TunnelOptions = SettingRow::new("tunnel.options", ValueKind::Texts).private().tunnels(&[Ssh]);
    /// The login name of an agent who may manage the app install.
    LoginUsername = SettingRow::new("login.username", ValueKind::Text).private();
    /// The environment variable that holds the agent's password.
    LoginPassword = SettingRow::new("login.password", ValueKind::Secret).needed()
        .variable("HANDSET_LOGIN_PASSWORD");
    /// Whether handset points the app install's webhooks here while it runs, and back afterwards.
    LoginBorrow = SettingRow::new("login.borrow", ValueKind::Switch).default("false");
}

/// The tables within a profile.
pub(crate) const SECTIONS: [&str; 2] = ["tunnel", "login"];

impl Setting {
    /// The table of the profile it is in; nothing for the profile itself.
    pub(crate) fn section(self) -> &'static str {
        let split = self.row().key.split_once('.');
        split.map_or("", |(section, _)| section)
    }

    /// Its key within its table.
    pub(crate) fn name(self) -> &'static str {
        self.row().key.rsplit('.').next().unwrap_or_default()
    }

    /// Whether it counts in the sandbox.
    pub(crate) fn is_for_sandbox(self) -> bool {
        self.is_for_show() || matches!(self, Self::Bind | Self::HookPath)
    }

    /// Whether a profile gives it to the sandbox too, which is no cloud of that profile's.
    pub(crate) fn is_for_show(self) -> bool {
        matches!(
            self,
            Self::Brand | Self::FetchPictures | Self::Personas | Self::Private | Self::Theme
        )
    }

    /// Whether it is an option of some kinds of tunnel.
    pub(crate) fn is_tunnel_option(self) -> bool {
        !self.row().tunnels.is_empty()
    }

    /// Whether it counts for a profile with this kind of tunnel.
    pub(crate) fn is_for(self, kind: TunnelKind) -> bool {
        !self.is_tunnel_option() || self.row().tunnels.contains(&kind)
    }
}
