//! The flags that say whose app installs are meant and who asks, and the connection they make.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    cli::{
        inputs,
        profile::{self, Resolved},
    },
    client::{self, Admin, Client},
    config::{paths, profile::Source, setting::Setting},
    domain::{
        exchange::Exchange,
        ids::{AccountId, ClientId},
        secret::Secret,
    },
    rt::tls::Trust,
    store::{Journal, Start},
};

/// Exchanges on their way to the journal. When it is full a request waits.
const EXCHANGES: usize = 64;

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    cloud: profile::CloudFlags,

    /// The login name of an agent who may manage app installs.
    #[arg(long, value_name = "NAME", value_parser = inputs::words, requires = "password_env")]
    username: Option<String>,

    /// The environment variable that holds the password.
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    password_env: Option<String>,

    /// The data folder with the journal [default: $HANDSET_DATA_DIR, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Print one JSON value.
    #[arg(long)]
    pub(super) json: bool,
}

/// An agent who can be asked, and what becomes of the reports of it.
pub(super) struct Access {
    pub(super) admin: Admin,
    reports: JoinHandle<()>,
}

impl Access {
    /// Logs out and lets the last reports be kept.
    pub(super) async fn end(self) {
        self.admin.logout().await;
        drop(self.admin);
        // It ends with the last sender; a panic in there loses reports and nothing else.
        let _ = self.reports.await;
    }
}

impl Common {
    pub(super) fn resolve(&self) -> anyhow::Result<Resolved> {
        let resolved = profile::resolve(self.cloud.profile.as_deref(), self.cloud.layer.clone())?;
        if resolved.is_cloud {
            Ok(resolved)
        } else {
            Err(anyhow!(
                "no account is named; choose a profile with --profile or HANDSET_PROFILE, or \
                 name one with --csds and --account"
            ))
        }
    }

    /// The app install that is meant: the one named on the line, else the profile's.
    pub(super) fn client(named: Option<&str>, resolved: &Resolved) -> anyhow::Result<ClientId> {
        let known = resolved.layer.text(Setting::ClientId);
        named.or(known).map(ClientId::from).context(
            "which app install? name its client_id; `handset app list` shows those there are",
        )
    }

    /// Connects; nothing is sent yet. Exchanges go into the journal, where there is one.
    pub(super) async fn connect(
        &self,
        resolved: &Resolved,
        journal: Option<&Journal>,
    ) -> anyhow::Result<Access> {
        let layer = &resolved.layer;
        let csds = layer.text(Setting::Csds);
        let csds = csds.context("no CSDS address is known")?.parse()?;
        let login = self.login(resolved).await?;
        let trust = match layer.text(Setting::Ca) {
            Some(file) => Trust::with_file(Path::new(file))?,
            None => Trust::default(),
        };
        // The app install's own id and secret are no part of an agent's requests.
        let client = ClientId::from("");
        let account = account(resolved)?;
        let settings = client::Settings {
            trust,
            ..client::Settings::new(csds, account, client, Secret::new(""))
        };
        let (exchanges, reports) = mpsc::channel(EXCHANGES);
        let client = Client::new(settings, exchanges)?;
        Ok(Access {
            admin: client.admin(login),
            reports: tokio::spawn(keep(reports, journal.cloned())),
        })
    }

    async fn login(&self, resolved: &Resolved) -> anyhow::Result<client::Login> {
        let layer = &resolved.layer;
        let known = layer.text(Setting::LoginUsername).map(ToOwned::to_owned);
        let username = self.username.clone().or(known);
        let password = match &self.password_env {
            Some(variable) => Some(Source::Env(variable.clone())),
            None => layer.secret(Setting::LoginPassword).cloned(),
        };
        let (Some(username), Some(password)) = (username, password) else {
            return Err(anyhow!(
                "this needs the login of an agent who may manage app installs: give the profile \
                 a [login] with username and password, or use --username with --password-env"
            ));
        };
        Ok(client::Login {
            username,
            password: profile::secret(&password, "password").await?,
        })
    }

    /// The journal of the account, which no other handset has open.
    pub(super) async fn journal(&self, resolved: &Resolved) -> anyhow::Result<Journal> {
        let data = paths::data_dir(self.data_dir.clone())?;
        let account = account(resolved)?;
        let folder = paths::phone_dir(&data, Some(account.as_str()));
        let opened = Journal::open(&folder.join(paths::JOURNAL), Start::Newest).await;
        let (journal, _) = opened.context(
            "what was there before is kept in the journal; a handset that is running gives it \
             back by itself when it ends",
        )?;
        Ok(journal)
    }
}

fn account(resolved: &Resolved) -> anyhow::Result<AccountId> {
    let account = resolved.layer.text(Setting::Account);
    account
        .map(AccountId::from)
        .context("no account is named; name one with --account, or a profile with --profile")
}

async fn keep(mut reports: mpsc::Receiver<Exchange>, journal: Option<Journal>) {
    while let Some(report) = reports.recv().await {
        if let Some(journal) = &journal {
            journal.call(report).await;
        }
    }
}
