//! The agents who can log in to the workspace, and their sessions, which end with this program.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use url::Url;

use crate::{
    cli::profile,
    client::ums,
    config::{library::Library, profile::Source},
    domain::{
        availability::Availability,
        ids::{AccountId, ParticipantId},
        secret::Secret,
        text::SafeText,
    },
    engine::agent_session,
    rt::{shutdown::Shutdown, tls::Trust},
    tui::agent::{Chairs, Seat},
};

/// Where the password of a login is.
#[derive(Debug, Clone)]
pub enum Password {
    /// Here.
    Known(Secret),
    /// Where a profile says; it is read when the agent logs in.
    At(Source),
}

/// An agent who can log in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The login name.
    pub username: String,
    /// What goes with it.
    pub password: Password,
}

/// Where the chairs are, and who can sit in them.
#[derive(Debug, Clone)]
pub struct Office {
    /// Where domains are looked up.
    pub csds: Url,
    /// The account.
    pub account: AccountId,
    /// Whom to believe over TLS.
    pub trust: Trust,
    /// Who can sit down; the first does when nobody is named.
    pub logins: Vec<Login>,
    /// What to call whom, before the account says it.
    pub names: BTreeMap<ParticipantId, SafeText>,
}

impl Office {
    /// The chairs, for the screen. Those that are taken end with `shutdown`.
    pub fn chairs(self, library: Library, alone: bool, shutdown: &Shutdown) -> Chairs {
        let users = self.logins.iter().map(|login| login.username.clone());
        let users = users.collect();
        let (office, shutdown) = (Arc::new(self), shutdown.clone());
        Chairs {
            users,
            hint: String::new(),
            alone,
            sit: Arc::new(move |user| {
                let (office, shutdown) = (Arc::clone(&office), shutdown.clone());
                Box::pin(async move {
                    let seat = office.sit(&user, &shutdown).await;
                    seat.map_err(|error| crate::cli::in_words(&error))
                })
            }),
            library,
        }
    }

    async fn sit(&self, user: &str, shutdown: &Shutdown) -> anyhow::Result<Seat> {
        let login = self.logins.iter().find(|login| login.username == user);
        let login = login.with_context(|| format!("no login of {user:?} is known"))?;
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
        let running = agent_session::start(settings, shutdown.token())?;
        let task = running.task;
        shutdown.spawn(async move {
            if let Err(error) = task.await {
                tracing::error!(%error, "an agent session broke");
            }
        });
        Ok(Seat {
            commands: running.commands,
            updates: running.updates,
        })
    }
}

/// How long agents may take to go home once the screen is gone.
pub const ENDING: Duration = Duration::from_secs(5);
