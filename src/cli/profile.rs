//! Which profile is meant and what holds in it: defaults, the file, the environment, flags, each
//! over the one before.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use url::Url;

use crate::{
    cli::inputs,
    config::{
        complete::{self, Whose},
        environment,
        file::{self, File},
        origin::{Origin, Said, Wrong},
        paths,
        profile::{Profile, Source, Way},
        values::Values,
        words::{self, WayIn},
    },
    domain::{inbound::Credentials, secret::Secret},
    listener,
    rt::tls::Trust,
};

/// The flags that say which cloud is meant.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The cloud")]
pub struct Flags {
    /// The profile of config.toml [default: $HANDSET_PROFILE, else `default` in the file].
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    pub profile: Option<String>,

    /// The CSDS address of the region, or of a `handset sandbox`.
    #[arg(long, value_name = "URL", value_parser = inputs::url)]
    pub csds: Option<Url>,

    /// The account there; without --profile no profile counts then.
    #[arg(long, value_name = "ID", value_parser = inputs::words)]
    pub account: Option<String>,

    /// The app install's client_id there.
    #[arg(long, value_name = "ID", value_parser = inputs::words)]
    pub client_id: Option<String>,

    /// The environment variable that holds the app install's client_secret.
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    pub secret_env: Option<String>,

    /// A file of certificates in PEM to trust besides the platform's.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// The flags that say how webhooks come in.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The way in")]
pub struct WayFlags {
    /// The tunnel: none, url, relay, cloudflared, ngrok or ssh, or the public address that leads
    /// to --bind already.
    #[arg(long, value_name = "KIND|URL", value_parser = words::way_in, conflicts_with = "relay")]
    pub tunnel: Option<WayIn>,

    /// The link of a relay.
    #[arg(long, value_name = "WS_URL", value_parser = words::link)]
    pub relay: Option<Url>,

    /// The environment variable that holds the relay's ticket.
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    pub ticket_env: Option<String>,
}

/// A flag's value with its origin.
pub(super) fn flag<T>(value: Option<T>, name: &'static str) -> Option<Said<T>> {
    value.map(|value| Said::new(value, Origin::Flag(name)))
}

impl Flags {
    /// What these flags say, as a layer.
    pub fn values(&self) -> Values {
        Values {
            account: flag(self.account.clone(), "--account"),
            csds: flag(self.csds.clone(), "--csds"),
            client_id: flag(self.client_id.clone(), "--client-id"),
            secret: flag(self.secret_env.clone().map(Source::Env), "--secret-env"),
            ca: flag(self.ca.clone(), "--ca"),
            ..Values::default()
        }
    }
}

impl WayFlags {
    /// Adds what these flags say to a layer.
    pub fn say(&self, values: &mut Values) {
        values.tunnel_ticket = flag(self.ticket_env.clone().map(Source::Env), "--ticket-env");
        let way = flag(self.tunnel.clone(), "--tunnel");
        environment::say_way(values, way, flag(self.relay.clone(), "--relay"));
    }
}

/// What holds, with where each value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The profile that was chosen, and how; `None` without one.
    pub name: Option<Said<String>>,
    /// The settings file, whether it is there or not; `None` when nobody knows where it would be.
    pub file: Option<PathBuf>,
    /// What holds; the defaults are in it.
    pub values: Values,
    /// Whether a cloud is meant at all: a profile, or one named by flags or the environment.
    pub is_cloud: bool,
}

/// Where `config.toml` is; `None` when nobody knows where the folder of settings is.
pub fn settings_file() -> Option<PathBuf> {
    Some(paths::config_dir()?.join(file::NAME))
}

/// The settings file as it is; one that is not there says nothing.
pub fn settings() -> anyhow::Result<File> {
    Ok(match settings_file() {
        Some(path) => File::read(&path)?,
        None => File::default(),
    })
}

/// Lays the layers over each other: `flags` is the uppermost, `named` what `--profile` says.
///
/// Without `--profile` and `HANDSET_PROFILE` the file's `default` is meant, unless an account is
/// named by flags or the environment: a profile's tunnel and login are for its own account.
pub fn resolve(named: Option<&str>, flags: Values) -> anyhow::Result<Resolved> {
    let path = settings_file();
    let mut file = settings()?;
    let spoken = |name: &str| env::var(name).ok();
    let upper = flags.over(environment::values(spoken)?);
    let chosen = environment_profile();
    let name = match (named, chosen) {
        (Some(name), _) => Some(Said::new(name.to_owned(), Origin::Flag("--profile"))),
        (None, Some(name)) => Some(Said::new(name, Origin::Env(environment::PROFILE))),
        (None, None) if upper.account.is_some() => None,
        (None, None) => file.default.take(),
    };
    let lower = match &name {
        Some(name) => match file.profiles.remove(&name.value) {
            Some(values) => values,
            None => return Err(unknown(name, path.as_deref(), &file)),
        },
        None => Values::default(),
    };
    let is_cloud = name.is_some() || upper.names_a_cloud();
    let values = upper.over(lower).over(Values::defaults());
    if let Some(path) = &values.hook_path {
        listener::checked_path(&path.value).map_err(|reason| Wrong {
            origin: path.origin.clone(),
            reason: reason.to_string(),
        })?;
    }
    Ok(Resolved {
        name,
        file: path,
        values,
        is_cloud,
    })
}

/// What holds for the sandbox: nothing but what the environment and flags say of the screen.
pub fn sandbox(flags: Values) -> anyhow::Result<Resolved> {
    let theme = environment::values(|name| env::var(name).ok())?.theme;
    let upper = flags.over(Values {
        theme,
        ..Values::default()
    });
    Ok(Resolved {
        name: None,
        file: settings_file(),
        values: upper.over(Values::defaults()),
        is_cloud: false,
    })
}

fn environment_profile() -> Option<String> {
    let name = env::var(environment::PROFILE).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn unknown(name: &Said<String>, path: Option<&Path>, file: &File) -> anyhow::Error {
    let place = path.map_or("the settings".into(), Path::to_string_lossy);
    anyhow::anyhow!(
        "there is no profile {:?}, named by {}, in {place}; {}",
        name.value,
        name.origin,
        file.known()
    )
}

impl Resolved {
    /// The whole profile, or what it lacks.
    pub fn profile(&self) -> anyhow::Result<Profile> {
        if !self.is_cloud {
            bail!(
                "no account is named; choose a profile with --profile or HANDSET_PROFILE, \
                 make one with `handset init`, or name one with --account"
            );
        }
        let whose = Whose {
            profile: self.name.as_ref().map(|name| name.value.as_str()),
            file: self.file.as_deref(),
        };
        Ok(complete::profile(&self.values, whose)?)
    }
}

/// The app install's credentials, its secret read from where the profile says.
pub async fn credentials(profile: &Profile) -> anyhow::Result<Credentials> {
    let secret = secret(&profile.secret, "client_secret").await?;
    Ok(Credentials {
        account: profile.account.clone(),
        client: profile.client.clone(),
        secret,
    })
}

/// A secret from where a profile says; `what` is said of it in the error.
pub async fn secret(source: &Source, what: &str) -> anyhow::Result<Secret> {
    let read = source.read().await;
    read.with_context(|| format!("there is no {what}"))
}

/// Who points the app install's webhooks at this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointing {
    /// handset, with the profile's login.
    Borrowed,
    /// The user, at the address the tunnel opens.
    Tunnel,
    /// The user, who sees to the way from the internet too.
    ByHand,
}

impl Pointing {
    /// What a profile says of it; an error when what it says cannot be. The phone
    /// and `handset doctor` both ask here, so that they say the same.
    pub fn of(profile: &Profile) -> anyhow::Result<Self> {
        let borrows = profile.login.as_ref().is_some_and(|login| login.borrow);
        match (borrows, &profile.tunnel) {
            (true, Way::None) => bail!(
                "the login of {} is to borrow the app install's webhooks, and there is no way in \
                 to point them at; choose a tunnel, or say borrow = false",
                profile.name
            ),
            (true, _) => Ok(Self::Borrowed),
            (false, Way::None) => Ok(Self::ByHand),
            (false, _) => Ok(Self::Tunnel),
        }
    }
}

/// Whom a profile trusts.
pub fn trust(profile: &Profile) -> anyhow::Result<Trust> {
    Ok(match &profile.ca {
        Some(file) => Trust::with_file(file)?,
        None => Trust::default(),
    })
}
