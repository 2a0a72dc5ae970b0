//! Everything a profile can say, each with where it was said: one layer of settings, laid over
//! another.

use std::{net::SocketAddr, path::PathBuf};

use url::Url;

use crate::config::{
    origin::{Origin, Said},
    profile::Source,
};

/// Where domains are looked up when nobody says anything else.
pub const CSDS: &str = "https://api.liveperson.net";

/// A kind of tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// None of ours.
    None,
    /// A public address that leads here already.
    Url,
    /// A relay.
    Relay,
    /// cloudflared.
    Cloudflared,
    /// ngrok.
    Ngrok,
    /// ssh.
    Ssh,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Url,
        Self::Relay,
        Self::Cloudflared,
        Self::Ngrok,
        Self::Ssh,
    ];

    /// What settings call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Url => "url",
            Self::Relay => "relay",
            Self::Cloudflared => "cloudflared",
            Self::Ngrok => "ngrok",
            Self::Ssh => "ssh",
        }
    }

    /// The keys of its table in a profile, besides `kind`.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Url => &["url"],
            Self::Relay => &["link", "ticket"],
            Self::Cloudflared => &["program", "name", "public"],
            Self::Ngrok => &["program", "domain"],
            Self::Ssh => &["host", "port", "listen", "public", "program", "options"],
        }
    }
}

/// What can be shown of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A word or a text.
    Text(String),
    /// A switch.
    Switch(bool),
    /// Several words.
    List(Vec<String>),
    /// A secret: where it is, and never what it is.
    Secret(Source),
}

/// A value on its way to `handset config show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key, as `tunnel.kind`.
    pub key: &'static str,
    /// Its value; `None` when nobody said anything and there is no default.
    pub said: Option<Said<Shown>>,
}

trait Show {
    fn show(&self) -> Shown;
}

impl Show for String {
    fn show(&self) -> Shown {
        Shown::Text(self.clone())
    }
}

impl Show for Url {
    fn show(&self) -> Shown {
        Shown::Text(self.to_string())
    }
}

impl Show for PathBuf {
    fn show(&self) -> Shown {
        Shown::Text(self.display().to_string())
    }
}

impl Show for SocketAddr {
    fn show(&self) -> Shown {
        Shown::Text(self.to_string())
    }
}

impl Show for u16 {
    fn show(&self) -> Shown {
        Shown::Text(self.to_string())
    }
}

impl Show for Kind {
    fn show(&self) -> Shown {
        Shown::Text(self.name().to_owned())
    }
}

impl Show for bool {
    fn show(&self) -> Shown {
        Shown::Switch(*self)
    }
}

impl Show for Vec<String> {
    fn show(&self) -> Shown {
        Shown::List(self.clone())
    }
}

impl Show for Source {
    fn show(&self) -> Shown {
        Shown::Secret(self.clone())
    }
}

macro_rules! values {
    ($($(#[$doc:meta])* $field:ident: $kind:ty = $key:literal;)+) => {
        /// What one layer says; nothing where it is silent.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Values {
            $($(#[$doc])* pub $field: Option<Said<$kind>>,)+
        }

        impl Values {
            fn filled(self, lower: Self) -> Self {
                Self { $($field: self.$field.or(lower.$field),)+ }
            }

            fn every(&self) -> Vec<Entry> {
                vec![$(Entry {
                    key: $key,
                    said: self.$field.as_ref().map(|said| {
                        Said::new(said.value.show(), said.origin.clone())
                    }),
                },)+]
            }
        }
    };
}

values! {
    /// The account.
    account: String = "account";
    /// Where domains are looked up.
    csds: Url = "csds";
    /// The app install.
    client_id: String = "client_id";
    /// Where its secret is.
    secret: Source = "secret";
    /// A file of certificates to trust.
    ca: PathBuf = "ca";
    /// Whether real people are there.
    production: bool = "production";
    /// The brand's name.
    brand: String = "brand";
    /// Whose phones lie on the desk.
    personas: Vec<String> = "personas";
    /// The theme.
    theme: String = "theme";
    /// The listener's address.
    bind: SocketAddr = "bind";
    /// The listener's path.
    hook_path: String = "hook_path";
    /// The kind of tunnel.
    tunnel_kind: Kind = "tunnel.kind";
    /// The public address that leads here already.
    tunnel_url: Url = "tunnel.url";
    /// A relay's link.
    tunnel_link: Url = "tunnel.link";
    /// Where the relay's ticket is.
    tunnel_ticket: Source = "tunnel.ticket";
    /// The tunnel's program.
    tunnel_program: String = "tunnel.program";
    /// cloudflared's named tunnel.
    tunnel_name: String = "tunnel.name";
    /// ngrok's reserved domain.
    tunnel_domain: String = "tunnel.domain";
    /// The host for ssh.
    tunnel_host: String = "tunnel.host";
    /// Its port there.
    tunnel_port: u16 = "tunnel.port";
    /// What to listen on there.
    tunnel_listen: String = "tunnel.listen";
    /// The public address of a tunnel that cannot tell it.
    tunnel_public: String = "tunnel.public";
    /// More arguments for ssh.
    tunnel_options: Vec<String> = "tunnel.options";
    /// An agent's login name.
    login_username: String = "login.username";
    /// Where the agent's password is.
    login_password: Source = "login.password";
    /// Whether the app install's endpoints are borrowed.
    login_borrow: bool = "login.borrow";
}

impl Values {
    /// What is so when nobody says anything.
    pub fn defaults() -> Self {
        fn usual<T>(value: T) -> Option<Said<T>> {
            Some(Said::new(value, Origin::Default))
        }
        Self {
            csds: usual(Url::parse(CSDS).expect("the default is an address")),
            production: usual(false),
            theme: usual("dark".to_owned()),
            bind: usual(SocketAddr::from(([127, 0, 0, 1], 0))),
            tunnel_kind: usual(Kind::None),
            login_borrow: usual(false),
            ..Self::default()
        }
    }

    /// This layer over a lower one: what is said here holds.
    ///
    /// Another kind of tunnel leaves nothing of the lower one's details.
    pub fn over(self, mut lower: Self) -> Self {
        if let (Some(mine), Some(theirs)) = (&self.tunnel_kind, &lower.tunnel_kind)
            && mine.value != theirs.value
        {
            lower = Self {
                tunnel_url: None,
                tunnel_link: None,
                tunnel_ticket: None,
                tunnel_program: None,
                tunnel_name: None,
                tunnel_domain: None,
                tunnel_host: None,
                tunnel_port: None,
                tunnel_listen: None,
                tunnel_public: None,
                tunnel_options: None,
                ..lower
            };
        }
        self.filled(lower)
    }

    /// Whether another layer says the same, wherever it says it.
    pub fn says_as(&self, other: &Self) -> bool {
        let plain = |entry: Entry| (entry.key, entry.said.map(|said| said.value));
        let mine = self.every().into_iter().map(plain);
        mine.eq(other.every().into_iter().map(plain))
    }

    /// Whether a cloud is named here, be it in part.
    pub fn names_a_cloud(&self) -> bool {
        self.account.is_some() || self.client_id.is_some() || self.csds.is_some()
    }

    /// All that matters, in the order of the file; of the tunnel only what its kind needs.
    pub fn entries(&self) -> Vec<Entry> {
        let kind = self
            .tunnel_kind
            .as_ref()
            .map_or(Kind::None, |kind| kind.value);
        let matters = |entry: &Entry| match entry.key.strip_prefix("tunnel.") {
            Some(key) => key == "kind" || kind.keys().contains(&key),
            None => true,
        };
        self.every().into_iter().filter(matters).collect()
    }
}
