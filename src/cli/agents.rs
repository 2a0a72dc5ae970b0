//! The agents who can log in to the workspace, and their sessions, which end with this program.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    cli::{cloud::Cloud, profile},
    client::ums,
    config::{
        library::Library,
        profile::{Profile, Source},
    },
    domain::{
        availability::Availability,
        ids::{AccountId, ParticipantId},
        secret::Secret,
        text::SafeText,
    },
    engine::agent_session,
    rt::{shutdown::Shutdown, tls::Trust},
    sandbox::agents::served::point_images,
    tui::agent::{SessionChannels, WorkspaceSettings},
};

#[derive(Debug, Clone)]
pub(crate) enum Password {
    Known(Secret),
    /// Where a profile says; it is read when the agent logs in.
    At(Source),
}

#[derive(Debug, Clone)]
pub(crate) struct KnownLogin {
    pub(crate) username: String,
    pub(crate) password: Password,
}

/// A cloud that agents log in to, and their logins.
#[derive(Debug, Clone)]
pub(crate) struct AgentCloud {
    pub(crate) csds: Url,
    pub(crate) account: AccountId,
    pub(crate) trust: Trust,
    /// The first one logs in when nobody is named.
    pub(crate) logins: Vec<KnownLogin>,
    /// What to call whom, before the account says it.
    pub(crate) names: BTreeMap<ParticipantId, SafeText>,
    /// Whether it is handset's own sandbox, which serves the pictures of the cards that handset has.
    pub(crate) is_sandbox: bool,
}

impl AgentCloud {
    /// The cloud of a profile, with the profile's login; `None` where it has none.
    pub(crate) fn of_profile(profile: &Profile, cloud: &Cloud) -> Option<Self> {
        let login = profile.login.as_ref()?;
        Some(Self {
            csds: profile.csds.clone(),
            account: profile.account.clone(),
            trust: cloud.trust.clone(),
            logins: vec![KnownLogin {
                username: login.username.clone(),
                password: Password::At(login.password.clone()),
            }],
            names: cloud.names.clone(),
            is_sandbox: false,
        })
    }

    /// Who can log in, for the screen. Their sessions end with `shutdown`.
    pub(crate) fn for_screen(
        self,
        mut library: Library,
        alone: bool,
        shutdown: &Shutdown,
    ) -> WorkspaceSettings {
        if self.is_sandbox {
            let base = self.csds.as_str().trim_end_matches('/');
            let contents = library.cards.iter_mut();
            let contents = contents.filter_map(|card| card.content.as_mut());
            contents.for_each(|content| point_images(content, base));
        }
        let users = self.logins.iter().map(|login| login.username.clone());
        let users = users.collect();
        let (agents, shutdown) = (Arc::new(self), shutdown.clone());
        WorkspaceSettings {
            users,
            hint: String::new(),
            alone,
            log_in: Arc::new(move |user| {
                let (agents, shutdown) = (Arc::clone(&agents), shutdown.clone());
                Box::pin(async move {
                    let channels = agents.log_in(&user, &shutdown).await;
                    channels.map_err(|error| crate::cli::in_words(&error))
                })
            }),
            library,
        }
    }

    async fn log_in(&self, user: &str, shutdown: &Shutdown) -> anyhow::Result<SessionChannels> {
        let running = self.session(user, shutdown.token()).await?;
        let task = running.task;
        shutdown.spawn(async move {
            if let Err(error) = task.await {
                tracing::error!(%error, "an agent session broke");
            }
        });
        Ok(SessionChannels {
            commands: running.commands,
            updates: running.updates,
        })
    }

    /// A session of one of the agents, which ends with `stop`.
    pub(crate) async fn session(
        &self,
        user: &str,
        stop: CancellationToken,
    ) -> anyhow::Result<agent_session::Running> {
        let login = self.logins.iter().find(|login| login.username == user);
        let login = login.with_context(|| {
            let known: Vec<&str> = self
                .logins
                .iter()
                .map(|one| one.username.as_str())
                .collect();
            let known = known.join(", ");
            format!("no login of {user:?} is known; there are: {known}")
        })?;
        let password = match &login.password {
            Password::Known(password) => password.clone(),
            Password::At(source) => profile::secret(source, "password").await?,
        };
        let settings = agent_session::Settings {
            cloud: ums::Settings {
                csds: self.csds.clone(),
                account: self.account.clone(),
                username: login.username.clone(),
                password,
                trust: self.trust.clone(),
                times: ums::Times::default(),
            },
            availability: Availability::Online,
            names: self.names.clone(),
        };
        Ok(agent_session::start(settings, stop)?)
    }
}

/// How long agent sessions may take to end once the screen is gone.
pub(crate) const ENDING: Duration = Duration::from_secs(5);
