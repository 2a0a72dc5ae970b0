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
    config::{paths, setting::Setting},
    domain::{
        exchange::Exchange,
        ids::{AccountId, ClientId},
        secret::Secret,
    },
    store::{Journal, Start},
};

/// Exchanges on their way to the journal. When it is full a request waits.
const EXCHANGES: usize = 64;

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AppFlags {
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

// No doc comment: each command says itself what it does with the app install.
#[derive(Debug, clap::Args)]
pub(super) struct OneInstall {
    #[command(flatten)]
    pub(super) common: AppFlags,

    /// Its client_id [default: the profile's].
    #[arg(value_name = "CLIENT_ID")]
    id: Option<String>,
}

impl OneInstall {
    /// What holds, and the app install that is meant: the one that is named, else the profile's.
    pub(super) fn resolve(&self) -> anyhow::Result<(Resolved, ClientId)> {
        let resolved = self.common.resolve()?;
        let known = resolved.layer.text(Setting::ClientId);
        let client = self.id.as_deref().or(known).map(ClientId::from).context(
            "which app install? name its client_id; `handset app list` shows those there are",
        )?;
        Ok((resolved, client))
    }

    /// Logs in, asks about it, and logs out.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&Admin, &ClientId) -> T,
    ) -> anyhow::Result<(ClientId, T)> {
        let (resolved, client) = self.resolve()?;
        let access = self.common.connect(&resolved, None).await?;
        let answer = question(&access.admin, &client).await;
        access.end().await;
        Ok((client, answer))
    }
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

impl AppFlags {
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
        let trust = profile::trust(layer.text(Setting::Ca).map(Path::new))?;
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
        let named = (self.username.as_ref(), self.password_env.as_ref());
        let Some((username, password)) = profile::login(&resolved.layer, named) else {
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
