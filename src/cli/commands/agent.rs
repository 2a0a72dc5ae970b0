//! `handset agent`: the agent workspace with the screen for itself, at the sandbox
//! of a phone in another terminal or at any other cloud.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{anyhow, bail};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        agents::{AgentCloud, ENDING, KnownLogin, Password},
        beside::Note,
        commands::phone::{
            check_terminal,
            show::{ScreenSettings, show},
        },
        inputs, logging,
        own::OwnFiles,
        pictures::Pictures,
        plain_mode::PlainMode,
        profile,
        signals::Signals,
    },
    config::{layer::Layer, paths, profile::Source, setting::Setting},
    domain::ids::AccountId,
    rt::shutdown::Shutdown,
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
pub(crate) struct AgentArgs {
    /// The login name of the agent [default: kim at the sandbox, else the profile's login].
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

    /// The cloud of a profile or of flags, and who logs in there.
    fn agents(&self, layer: &Layer) -> anyhow::Result<AgentCloud> {
        let (csds, account) = (layer.text(Setting::Csds), layer.text(Setting::Account));
        let (Some(csds), Some(account)) = (csds, account) else {
            bail!(
                "no account is named; name one with --csds and --account, or a profile with \
                 --profile"
            );
        };
        let named = (self.user.as_ref(), self.password_env.as_ref());
        let Some((username, password)) = profile::login(layer, named) else {
            return Err(anyhow!(
                "this needs the login of an agent: give the profile a [login] with username and \
                 password, or use --user with --password-env"
            ));
        };
        Ok(AgentCloud {
            csds: csds.parse()?,
            account: AccountId::from(account),
            trust: profile::trust(layer.text(Setting::Ca).map(Path::new))?,
            logins: vec![KnownLogin {
                username,
                password: Password::At(password),
            }],
            names: BTreeMap::new(),
            is_sandbox: false,
        })
    }

    /// The same of the sandbox of a phone that runs, with the agent who is named first.
    fn beside(&self, folder: &Path) -> anyhow::Result<AgentCloud> {
        let mut agents = Note::find(folder)?;
        if let Some(user) = &self.user {
            let known = agents.logins.iter().map(|login| login.username.as_str());
            let known: Vec<&str> = known.collect();
            let known = known.join(", ");
            let at = agents
                .logins
                .iter()
                .position(|login| login.username == *user);
            let at = at.ok_or_else(|| {
                anyhow!("nobody called {user:?} can log in at this sandbox; there are {known}")
            })?;
            let login = agents.logins.remove(at);
            agents.logins.insert(0, login);
        }
        if let (Some(variable), Some(first)) = (&self.password_env, agents.logins.first_mut()) {
            first.password = Password::At(Source::Env(variable.clone()));
        }
        Ok(agents)
    }
}

/// Shows the agent workspace until the user leaves or the system says stop.
pub(crate) async fn run(args: AgentArgs, plain: Option<PlainMode>) -> anyhow::Result<()> {
    let resolved = args.resolve()?;
    let own = OwnFiles::read();
    let log = logging::filter()?;
    let themes = match resolved.layer.text(Setting::Theme) {
        Some(theme) => palette::starting_with(theme)?,
        None => palette::embedded(),
    };
    let data = paths::data_dir(args.data_dir.clone())?;
    let (folder, agents) = if resolved.is_cloud {
        let agents = args.agents(&resolved.layer)?;
        let folder = paths::phone_dir(&data, Some(agents.account.as_str()));
        (folder, agents)
    } else {
        let folder = paths::phone_dir(&data, None);
        let agents = args.beside(&folder)?;
        (folder, agents)
    };
    if plain.is_none() {
        check_terminal("the agent workspace", "; without one, use --plain")?;
    }
    logging::to_file(&folder.join(LOG), log);
    let mut signals = Signals::new()?;
    let shutdown = Shutdown::new();
    let screen = ScreenSettings {
        account: agents.account.clone(),
        keymap: own.keys.keymap.clone(),
        never_suspend: String::new(),
        lent: signals.lent(),
        notices: own.notices(),
        skills: BTreeMap::new(),
        workspace: agents.for_screen(own.library, true, &shutdown),
        folder,
        themes,
        pictures: args.pictures,
        fetches: false,
        personas: Vec::new(),
        scenarios: None,
        staged: None,
        stage: None,
        is_private: false,
        plain,
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
