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
        words::SettingValue,
    },
    domain::{inbound::Credentials, secret::Secret},
    ingress::listener,
    rt::tls::Trust,
    sandbox::settings::Settings,
};

/// The flags that say which cloud is meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct CloudFlags {
    pub(crate) profile: Option<String>,
    pub(crate) layer: Layer,
}

/// The flags that say how webhooks get here.
#[derive(Debug, Clone, Default)]
pub(crate) struct TunnelFlags {
    pub(crate) layer: Layer,
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
pub(crate) struct Resolved {
    /// The profile that was chosen, and how; `None` without one.
    pub(crate) name: Option<Said<String>>,
    /// The settings file, whether it is there or not; `None` when nobody knows where it would be.
    pub(crate) file: Option<PathBuf>,
    /// What holds; the defaults are in it.
    pub(crate) layer: Layer,
    /// Whether a cloud is meant at all: a profile, or one named by flags or the environment.
    pub(crate) is_cloud: bool,
    /// What was given and does not count, for the sandbox is meant.
    pub(crate) ignored: Vec<(Setting, Origin)>,
}

/// Where `config.toml` is; `None` when nobody knows where the folder of settings is.
pub(crate) fn settings_file() -> Option<PathBuf> {
    Some(paths::config_dir()?.join(file::NAME))
}

/// The settings file as it is; one that is not there says nothing.
pub(crate) fn settings() -> anyhow::Result<SettingsFile> {
    Ok(match settings_file() {
        Some(path) => SettingsFile::read(&path)?,
        None => SettingsFile::default(),
    })
}

/// Lays the layers over each other: `flags` is the uppermost, `named` what `--profile` says.
///
/// Without `--profile` and `HANDSET_PROFILE` the file's `default` is meant, unless an account is
/// named by flags or the environment: a profile's tunnel and login are for its own account.
pub(crate) fn resolve(named: Option<&str>, flags: Layer) -> anyhow::Result<Resolved> {
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
    if !is_cloud {
        return Ok(of_sandbox(layer));
    }
    Ok(Resolved {
        name,
        file: path,
        layer,
        is_cloud,
        ignored: Vec::new(),
    })
}

/// What holds for the sandbox, whatever profile is meant otherwise: of that profile the brand, the
/// personas and the theme.
pub(crate) fn sandbox(flags: Layer) -> anyhow::Result<Resolved> {
    let mut file = settings()?;
    let name = environment_profile().or(file.default.take().map(|default| default.value));
    let profile = name.and_then(|name| file.profiles.remove(&name));
    let lower = profile.map(Layer::for_show).unwrap_or_default();
    let upper = flags.over(Layer::environment(variable)?);
    Ok(of_sandbox(upper.over(lower).over(Layer::defaults())))
}

fn of_sandbox(layer: Layer) -> Resolved {
    let ignored = layer.not_for_sandbox();
    let mut layer = layer.for_sandbox();
    if layer.get(Setting::Brand).is_none() {
        let brand = SettingValue::Text(Settings::BRAND.to_owned());
        layer.put(Setting::Brand, brand, Origin::Default);
    }
    Resolved {
        name: None,
        file: settings_file(),
        layer,
        is_cloud: false,
        ignored,
    }
}

/// The brand's name: that of the sandbox, or of the profile with this account.
pub(crate) fn brand(account: Option<&str>) -> anyhow::Result<String> {
    let Some(account) = account else {
        let resolved = sandbox(Layer::default())?;
        return Ok(resolved
            .layer
            .text(Setting::Brand)
            .unwrap_or_default()
            .to_owned());
    };
    let named = Layer::environment(variable)?;
    let file = settings()?;
    let mut profiles = file.profiles.values();
    let profile = profiles.find(|layer| layer.text(Setting::Account) == Some(account));
    let brand = named.text(Setting::Brand);
    let brand = brand.or_else(|| profile?.text(Setting::Brand));
    Ok(brand.unwrap_or(account).to_owned())
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
    pub(crate) fn profile(&self) -> anyhow::Result<Profile> {
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
pub(crate) async fn credentials(profile: &Profile) -> anyhow::Result<Credentials> {
    let secret = secret(&profile.secret, "client_secret").await?;
    Ok(Credentials {
        account: profile.account.clone(),
        client: profile.client.clone(),
        secret,
    })
}

/// A secret from where a profile says; `what` is said of it in the error.
pub(crate) async fn secret(source: &Source, what: &str) -> anyhow::Result<Secret> {
    let read = source.read().await;
    read.with_context(|| format!("there is no {what}"))
}

/// Who points the app install's webhooks at this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pointing {
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
    pub(crate) fn of(profile: &Profile) -> anyhow::Result<Self> {
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

/// Whom to trust: the platform's authorities, and those in this file.
pub(crate) fn trust(ca: Option<&Path>) -> anyhow::Result<Trust> {
    Ok(match ca {
        Some(file) => Trust::with_file(file)?,
        None => Trust::default(),
    })
}

/// A login name and where its password is: what the flags name, else what the profile does.
pub(crate) fn login(
    layer: &Layer,
    (username, password_env): (Option<&String>, Option<&String>),
) -> Option<(String, Source)> {
    let known = layer.text(Setting::LoginUsername);
    let username = username.map(String::as_str).or(known)?;
    let password = match password_env {
        Some(variable) => Source::Env(variable.clone()),
        None => layer.secret(Setting::LoginPassword)?.clone(),
    };
    Some((username.to_owned(), password))
}
