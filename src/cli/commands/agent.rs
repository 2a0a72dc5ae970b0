//! `handset agent`: the agent workspace with the screen for itself, at the sandbox
//! of a phone in another terminal or at any other cloud.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        agents::{ENDING, Login, Office, Password},
        beside::Note,
        commands::phone::{
            check_terminal,
            show::{ScreenSettings, show},
        },
        inputs, logging,
        own::OwnFiles,
        pictures::Pictures,
        profile,
        signals::Signals,
    },
    config::{layer::Layer, paths, profile::Source, setting::Setting},
    domain::ids::AccountId,
    rt::{shutdown::Shutdown, tls::Trust},
    tui::theme::palette,
};

/// The log of `handset agent`, beside the phone's.
const LOG: &str = "agent.log";

/// Log in to an agent workspace.
///
/// Without more it is the sandbox of the phone that runs in another terminal. With a profile that
/// has a login, or with --csds, --account and --user, it is that cloud, and real people may be
/// there.
#[derive(Debug, clap::Args)]
pub struct AgentArgs {
    /// Who sits down, as they log in [default: kim at the sandbox, else the profile's login].
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    user: Option<String>,

    /// The environment variable that holds the password.
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    password_env: Option<String>,

    /// The sandbox of the running phone, whatever profile is the default.
    #[arg(long, conflicts_with_all = ["profile", "csds", "account"])]
    sandbox: bool,

    /// The theme: dark, light, contrast, meadow, or a theme file [default: the profile's, else dark].
    #[arg(long, value_name = "NAME|FILE")]
    theme: Option<String>,

    /// How pictures are drawn: by what the terminal is known to do, in a way of its own, with
    /// half blocks, or not at all.
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pictures: Pictures,

    /// The phone's data folder, and the one for the log [default: $HANDSET_DATA_DIR, else the
    /// user's data folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    #[command(flatten)]
    cloud: profile::CloudFlags,
}

impl AgentArgs {
    /// What holds, these flags being the uppermost layer.
    fn resolve(&self) -> anyhow::Result<profile::Resolved> {
        let mut layer = self.cloud.layer.clone();
        layer.put_flag(Setting::Theme, self.theme.as_ref(), "--theme");
        if self.sandbox {
            profile::sandbox(layer)
        } else {
            profile::resolve(self.cloud.profile.as_deref(), layer)
        }
    }

    /// The cloud of a profile or of flags, and who sits down there.
    fn office(&self, layer: &Layer) -> anyhow::Result<Office> {
        let (csds, account) = (layer.text(Setting::Csds), layer.text(Setting::Account));
        let (Some(csds), Some(account)) = (csds, account) else {
            bail!(
                "no account is named; name one with --csds and --account, or a profile with \
                 --profile"
            );
        };
        let known = layer.text(Setting::LoginUsername).map(ToOwned::to_owned);
        let username = self.user.clone().or(known);
        let password = match &self.password_env {
            Some(variable) => Some(Source::Env(variable.clone())),
            None => layer.secret(Setting::LoginPassword).cloned(),
        };
        let (Some(username), Some(password)) = (username, password) else {
            return Err(anyhow!(
                "this needs the login of an agent: give the profile a [login] with username and \
                 password, or use --user with --password-env"
            ));
        };
        Ok(Office {
            csds: csds.parse()?,
            account: AccountId::from(account),
            trust: match layer.text(Setting::Ca) {
                Some(file) => Trust::with_file(std::path::Path::new(file))?,
                None => Trust::default(),
            },
            logins: vec![Login {
                username,
                password: Password::At(password),
            }],
            names: std::collections::BTreeMap::new(),
        })
    }

    /// The same of the sandbox of a phone that runs, with the agent who is named first.
    fn beside(&self, folder: &std::path::Path) -> anyhow::Result<Office> {
        let mut office = Note::find(folder)?;
        if let Some(user) = &self.user {
            let known = office.logins.iter().map(|login| login.username.as_str());
            let known: Vec<&str> = known.collect();
            let known = known.join(", ");
            let at = office
                .logins
                .iter()
                .position(|login| login.username == *user);
            let at = at.ok_or_else(|| {
                anyhow!("nobody called {user:?} can log in at this sandbox; there are {known}")
            })?;
            let login = office.logins.remove(at);
            office.logins.insert(0, login);
        }
        if let (Some(variable), Some(first)) = (&self.password_env, office.logins.first_mut()) {
            first.password = Password::At(Source::Env(variable.clone()));
        }
        Ok(office)
    }
}

/// Shows the agent workspace until the user leaves or the system says stop.
pub async fn run(args: AgentArgs) -> anyhow::Result<()> {
    let resolved = args.resolve()?;
    let own = OwnFiles::read();
    let log = logging::filter()?;
    let themes = match resolved.layer.text(Setting::Theme) {
        Some(theme) => palette::starting_with(theme)?,
        None => palette::embedded(),
    };
    let data = paths::data_dir(args.data_dir.clone())?;
    let (folder, office) = if resolved.is_cloud {
        let office = args.office(&resolved.layer)?;
        let folder = paths::phone_dir(&data, Some(office.account.as_str()));
        (folder, office)
    } else {
        let folder = paths::phone_dir(&data, None);
        let office = args.beside(&folder)?;
        (folder, office)
    };
    check_terminal("the agent workspace", "")?;
    logging::to_file(&folder.join(LOG), log);
    let mut signals = Signals::new()?;
    let shutdown = Shutdown::new();
    let screen = ScreenSettings {
        account: office.account.clone(),
        notices: own.notices(),
        chairs: office.chairs(own.library, true, &shutdown),
        folder,
        themes,
        pictures: args.pictures,
        personas: Vec::new(),
    };
    // There is no phone: nothing comes from one, and nothing is asked of one.
    let (_telling, updates) = mpsc::channel(1);
    let (commands, _asked) = mpsc::channel(1);
    let stop = CancellationToken::new();
    let outcome = tokio::select! {
        outcome = show(screen, updates, commands, stop.clone()) => outcome,
        // Dropping the screen gives the terminal back.
        () = signals.stop() => Ok(()),
    };
    shutdown.stop(ENDING).await;
    outcome
}
