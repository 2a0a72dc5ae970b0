//! Which profile is meant and what holds in it: defaults, the file, the environment, flags, each
//! over the one before.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Arg, ArgMatches, Command, FromArgMatches, error::ErrorKind};

use crate::{
    cli::inputs,
    config::{
        complete::{self, Whose},
        file::{self, SettingsFile},
        layer::{Layer, PROFILE_VARIABLE},
        origin::{Origin, Said, Wrong},
        paths,
        profile::{Profile, Source, TunnelSettings},
        setting::{Setting, SettingFlag},
    },
    domain::{inbound::Credentials, secret::Secret},
    ingress::listener,
    rt::tls::Trust,
};

/// The flags that say which cloud is meant.
#[derive(Debug, Clone, Default)]
pub struct CloudFlags {
    /// The profile of config.toml that is named.
    pub profile: Option<String>,
    /// What the other flags give.
    pub layer: Layer,
}

/// The flags that say how webhooks get here.
#[derive(Debug, Clone, Default)]
pub struct TunnelFlags {
    /// What they give.
    pub layer: Layer,
}

const CLOUD: [Setting; 5] = [
    Setting::Csds,
    Setting::Account,
    Setting::ClientId,
    Setting::Secret,
    Setting::Ca,
];
const TUNNEL: [Setting; 3] = [
    Setting::TunnelKind,
    Setting::TunnelLink,
    Setting::TunnelTicket,
];

/// The flags of these settings, each of which has one.
fn flags(settings: &[Setting]) -> impl Iterator<Item = (Setting, SettingFlag, &'static str)> {
    settings.iter().filter_map(|setting| {
        let flag = setting.row().flag?;
        Some((*setting, flag, flag.name.trim_start_matches('-')))
    })
}

fn args(settings: &[Setting]) -> impl Iterator<Item = Arg> {
    flags(settings).map(|(setting, flag, name)| {
        let read = move |text: &str| {
            let read = Layer::default().read(setting, flag.kind, text, Origin::Flag(flag.name));
            read.map(|()| text.to_owned()).map_err(|wrong| wrong.reason)
        };
        let arg = Arg::new(name).long(name).value_name(flag.value_name);
        arg.help(setting.help()).value_parser(read)
    })
}

fn layer(matches: &ArgMatches, settings: &[Setting]) -> Result<Layer, clap::Error> {
    let mut layer = Layer::default();
    for (setting, flag, name) in flags(settings) {
        if let Some(text) = matches.get_one::<String>(name) {
            let read = layer.read(setting, flag.kind, text, Origin::Flag(flag.name));
            // It was read once already, when clap checked it.
            read.map_err(|wrong| clap::Error::raw(ErrorKind::ValueValidation, wrong))?;
        }
    }
    Ok(layer)
}

impl clap::Args for CloudFlags {
    fn augment_args(command: Command) -> Command {
        let profile = Arg::new("profile").long("profile").value_name("NAME");
        let help =
            "The profile of config.toml [default: $HANDSET_PROFILE, else `default` in the file]";
        command
            .next_help_heading("The cloud")
            .arg(profile.help(help).value_parser(inputs::words))
            .args(args(&CLOUD))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CloudFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            profile: matches.get_one::<String>("profile").cloned(),
            layer: layer(matches, &CLOUD)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for TunnelFlags {
    fn augment_args(command: Command) -> Command {
        command
            .next_help_heading("The tunnel")
            .args(args(&TUNNEL))
            .mut_arg("tunnel", |tunnel| tunnel.conflicts_with("relay"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TunnelFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            layer: layer(matches, &TUNNEL)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
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
    pub layer: Layer,
    /// Whether a cloud is meant at all: a profile, or one named by flags or the environment.
    pub is_cloud: bool,
}

/// Where `config.toml` is; `None` when nobody knows where the folder of settings is.
pub fn settings_file() -> Option<PathBuf> {
    Some(paths::config_dir()?.join(file::NAME))
}

/// The settings file as it is; one that is not there says nothing.
pub fn settings() -> anyhow::Result<SettingsFile> {
    Ok(match settings_file() {
        Some(path) => SettingsFile::read(&path)?,
        None => SettingsFile::default(),
    })
}

/// Lays the layers over each other: `flags` is the uppermost, `named` what `--profile` says.
///
/// Without `--profile` and `HANDSET_PROFILE` the file's `default` is meant, unless an account is
/// named by flags or the environment: a profile's tunnel and login are for its own account.
pub fn resolve(named: Option<&str>, flags: Layer) -> anyhow::Result<Resolved> {
    let path = settings_file();
    let mut file = settings()?;
    let upper = flags.over(Layer::environment(variable)?);
    let chosen = environment_profile();
    let name = match (named, chosen) {
        (Some(name), _) => Some(Said::new(name.to_owned(), Origin::Flag("--profile"))),
        (None, Some(name)) => Some(Said::new(name, Origin::Env(PROFILE_VARIABLE))),
        (None, None) if upper.get(Setting::Account).is_some() => None,
        (None, None) => file.default.take(),
    };
    let lower = match &name {
        Some(name) => match file.profiles.remove(&name.value) {
            Some(layer) => layer,
            None => return Err(unknown(name, path.as_deref(), &file)),
        },
        None => Layer::default(),
    };
    let is_cloud = name.is_some() || upper.names_a_cloud();
    let layer = upper.over(lower).over(Layer::defaults());
    if let Some(path) = layer.get(Setting::HookPath) {
        let text = layer.text(Setting::HookPath).unwrap_or_default();
        listener::checked_path(text).map_err(|reason| Wrong {
            origin: path.origin.clone(),
            reason: reason.to_string(),
        })?;
    }
    Ok(Resolved {
        name,
        file: path,
        layer,
        is_cloud,
    })
}

/// What holds for the sandbox: nothing but what the environment and flags say of the screen.
pub fn sandbox(flags: Layer) -> anyhow::Result<Resolved> {
    let mut upper = flags;
    if let Some(theme) = Layer::environment(variable)?.get(Setting::Theme)
        && upper.get(Setting::Theme).is_none()
    {
        upper.put(Setting::Theme, theme.value.clone(), theme.origin.clone());
    }
    Ok(Resolved {
        name: None,
        file: settings_file(),
        layer: upper.over(Layer::defaults()),
        is_cloud: false,
    })
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn environment_profile() -> Option<String> {
    let name = variable(PROFILE_VARIABLE)?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn unknown(name: &Said<String>, path: Option<&Path>, file: &SettingsFile) -> anyhow::Error {
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
        Ok(complete::profile(&self.layer, whose)?)
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
    /// What a profile says of it; an error when what it says cannot be. The commands
    /// that start with a profile and those that check one ask here, so that both say the same.
    pub fn of(profile: &Profile) -> anyhow::Result<Self> {
        let borrows = profile.login.as_ref().is_some_and(|login| login.borrow);
        match (borrows, &profile.tunnel) {
            (true, TunnelSettings::None) => bail!(
                "the login of {} is to borrow the app install's webhooks, and there is no tunnel \
                 to point them at; choose a tunnel, or say borrow = false",
                profile.name
            ),
            (true, _) => Ok(Self::Borrowed),
            (false, TunnelSettings::None) => Ok(Self::ByHand),
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
