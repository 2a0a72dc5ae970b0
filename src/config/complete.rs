//! From what was said to a whole profile, or to what is missing and where it can be said.

use std::path::Path;

use url::Url;

use crate::config::{
    origin::{Origin, Said, Wrong},
    profile::{Login, Profile, Source, Way},
    values::{Kind, Values},
    words,
};

/// Why there is no whole profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Something is needed that nobody said.
    #[error("{whose} has no {key}: {how}")]
    Missing {
        /// `the profile "acme"` or `the cloud that is named`.
        whose: String,
        /// The key.
        key: &'static str,
        /// Where to say it.
        how: String,
    },
    /// Something that was said cannot be used together with the rest.
    #[error(transparent)]
    Wrong(#[from] Wrong),
}

/// How each thing a profile needs can be said: its key, its line in the file, elsewhere.
const HOW: [(&str, &str, &str); 9] = [
    ("account", "account = \"…\"", "HANDSET_ACCOUNT or --account"),
    (
        "client_id",
        "client_id = \"…\"",
        "HANDSET_CLIENT_ID or --client-id",
    ),
    (
        "secret",
        "secret = { env = \"…\" }",
        "HANDSET_CLIENT_SECRET or --secret-env",
    ),
    (
        "tunnel.url",
        "url = \"https://…\"",
        "HANDSET_TUNNEL or --tunnel with the address",
    ),
    (
        "tunnel.link",
        "link = \"wss://…\"",
        "HANDSET_RELAY_LINK or --relay",
    ),
    (
        "tunnel.ticket",
        "ticket = { env = \"…\" }",
        "HANDSET_RELAY_TICKET or --ticket-env",
    ),
    ("tunnel.host", "host = \"…\"", ""),
    ("tunnel.public", "public = \"https://…\"", ""),
    (
        "login.password",
        "password = { env = \"…\" }",
        "HANDSET_LOGIN_PASSWORD",
    ),
];

/// Whose values these are, for what is missing.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// The name of the profile, if one was chosen.
    pub profile: Option<&'a str>,
    /// The file it is in.
    pub file: Option<&'a Path>,
}

impl Whose<'_> {
    fn missing(self, key: &'static str) -> Error {
        let (_, line, elsewhere) = HOW
            .into_iter()
            .find(|(known, ..)| *known == key)
            .unwrap_or((key, key, ""));
        let table = key.split_once('.').map(|(table, _)| table);
        let mut ways = Vec::new();
        if let (Some(profile), Some(file)) = (self.profile, self.file) {
            let table = table.map_or(String::new(), |table| format!(".{table}"));
            ways.push(format!(
                "write {line} under [profiles.{profile}{table}] in {}",
                file.display()
            ));
        }
        if !elsewhere.is_empty() {
            ways.push(format!("use {elsewhere}"));
        }
        if ways.is_empty() {
            ways.push("say it in a profile; `handset init` writes one".to_owned());
        }
        Error::Missing {
            whose: self.profile.map_or_else(
                || "the cloud that is named".to_owned(),
                |profile| format!("the profile {profile:?}"),
            ),
            key,
            how: ways.join(", or "),
        }
    }
}

/// A profile with everything it needs.
pub fn profile(values: &Values, whose: Whose<'_>) -> Result<Profile, Error> {
    let need = |said: Option<&Said<String>>, key| match said {
        Some(said) => Ok(said.value.clone()),
        None => Err(whose.missing(key)),
    };
    let account = need(values.account.as_ref(), "account")?;
    let client = need(values.client_id.as_ref(), "client_id")?;
    let secret = value(values.secret.as_ref()).ok_or_else(|| whose.missing("secret"))?;
    let csds = value(values.csds.as_ref()).or_else(|| value(Values::defaults().csds.as_ref()));
    Ok(Profile {
        name: whose.profile.unwrap_or(&account).to_owned(),
        account: account.into(),
        csds: csds.ok_or_else(|| whose.missing("csds"))?,
        client: client.into(),
        secret,
        ca: value(values.ca.as_ref()),
        production: value(values.production.as_ref()).unwrap_or_default(),
        brand: value(values.brand.as_ref()),
        personas: value(values.personas.as_ref()).unwrap_or_default(),
        theme: value(values.theme.as_ref()),
        bind: value(values.bind.as_ref()),
        hook_path: value(values.hook_path.as_ref()),
        tunnel: tunnel(values, whose)?,
        login: login(values, whose)?,
    })
}

fn value<T: Clone>(said: Option<&Said<T>>) -> Option<T> {
    said.map(|said| said.value.clone())
}

fn login(values: &Values, whose: Whose<'_>) -> Result<Option<Login>, Error> {
    let Some(username) = value(values.login_username.as_ref()) else {
        return Ok(None);
    };
    let password = value(values.login_password.as_ref());
    Ok(Some(Login {
        username,
        password: password.ok_or_else(|| whose.missing("login.password"))?,
        borrow: value(values.login_borrow.as_ref()).unwrap_or_default(),
    }))
}

fn tunnel(values: &Values, whose: Whose<'_>) -> Result<Way, Error> {
    let kind = value(values.tunnel_kind.as_ref()).unwrap_or(Kind::None);
    let program = value(values.tunnel_program.as_ref());
    Ok(match kind {
        Kind::None => Way::None,
        Kind::Url => {
            let url = value(values.tunnel_url.as_ref());
            Way::Url(url.ok_or_else(|| whose.missing("tunnel.url"))?)
        }
        Kind::Relay => Way::Relay {
            link: value(values.tunnel_link.as_ref()).ok_or_else(|| whose.missing("tunnel.link"))?,
            ticket: ticket(values).ok_or_else(|| whose.missing("tunnel.ticket"))?,
        },
        Kind::Cloudflared => Way::Cloudflared {
            program,
            named: named(values, whose)?,
        },
        Kind::Ngrok => Way::Ngrok {
            program,
            domain: value(values.tunnel_domain.as_ref()),
        },
        Kind::Ssh => Way::Ssh {
            host: value(values.tunnel_host.as_ref()).ok_or_else(|| whose.missing("tunnel.host"))?,
            port: value(values.tunnel_port.as_ref()),
            listen: value(values.tunnel_listen.as_ref()).unwrap_or_else(|| "0".to_owned()),
            public: ssh_public(values, whose)?,
            program,
            options: value(values.tunnel_options.as_ref()).unwrap_or_default(),
        },
    })
}

fn ticket(values: &Values) -> Option<Source> {
    value(values.tunnel_ticket.as_ref())
}

/// A named tunnel has a name and an address, a quick one neither.
fn named(values: &Values, whose: Whose<'_>) -> Result<Option<(String, Url)>, Error> {
    match (&values.tunnel_name, &values.tunnel_public) {
        (None, None) => Ok(None),
        (Some(name), Some(public)) => {
            let url = words::web(&public.value).map_err(|reason| wrong(&public.origin, reason))?;
            Ok(Some((name.value.clone(), url)))
        }
        (Some(_), None) => Err(whose.missing("tunnel.public")),
        (None, Some(public)) => Err(wrong(
            &public.origin,
            "a quick tunnel of cloudflared has no address of its own; \
             add the `name` of a named tunnel, or leave `public` out"
                .to_owned(),
        )),
    }
}

fn ssh_public(values: &Values, whose: Whose<'_>) -> Result<String, Error> {
    let Some(public) = &values.tunnel_public else {
        return Err(whose.missing("tunnel.public"));
    };
    // Any port will do to see whether it is an address.
    words::web(&public.value.replace("{port}", "8443"))
        .map_err(|reason| wrong(&public.origin, reason))?;
    Ok(public.value.clone())
}

fn wrong(origin: &Origin, reason: String) -> Error {
    Error::Wrong(Wrong {
        origin: origin.clone(),
        reason,
    })
}
