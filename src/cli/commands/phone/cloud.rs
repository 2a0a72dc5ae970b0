//! The cloud the phone talks to: a profile's, or the sandbox inside this program.

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path};

use anyhow::Context as _;
use tokio::net::TcpListener;
use url::Url;

use crate::{
    cli::{
        agents::{Login, Office, Password},
        beside::{self, Note},
        commands::phone::SANDBOX_BRAND,
        profile,
    },
    config::profile::Profile,
    domain::{
        ids::{ParticipantId, SkillId},
        inbound::Credentials,
        text::SafeText,
    },
    rt::tls::Trust,
    sandbox::{
        self, Sandbox,
        model::{roster, rules::Rules},
    },
};

/// The cloud to talk to.
pub(super) struct Cloud {
    pub(super) csds: Url,
    pub(super) credentials: Credentials,
    pub(super) trust: Trust,
    pub(super) brand: SafeText,
    pub(super) names: BTreeMap<ParticipantId, SafeText>,
    /// The cloud that runs inside this program, if it does.
    pub(super) sandbox: Option<Sandbox>,
}

impl Cloud {
    /// The cloud of a profile; its secret is read now.
    pub(super) async fn named(profile: &Profile) -> anyhow::Result<Self> {
        let brand = profile.brand.as_deref();
        Ok(Self {
            csds: profile.csds.clone(),
            credentials: profile::credentials(profile).await?,
            trust: profile::trust(profile)?,
            brand: SafeText::clean(brand.unwrap_or(profile.account.as_str())),
            names: BTreeMap::new(),
            sandbox: None,
        })
    }

    /// Who can sit down in the sandbox inside this program; `None` at any other cloud.
    pub(super) fn office(&self) -> anyhow::Result<Option<Office>> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(None);
        };
        let ready = sandbox.ready();
        let logins = ready.agents.iter().map(|user| Login {
            username: user.username.clone(),
            password: Password::Known(user.password.clone()),
        });
        Ok(Some(Office {
            csds: ready.csds.parse()?,
            account: ready.account.clone(),
            trust: self.trust.clone(),
            logins: logins.collect(),
            names: self.names.clone(),
        }))
    }

    /// The note for `handset agent` in other terminals, while the sandbox runs inside this program. Without it
    /// only they are missed, so that it cannot be left is told in the log alone.
    pub(super) fn note(&self, folder: &Path) -> Option<Note> {
        let sandbox = self.sandbox.as_ref()?;
        let names = self.names.iter();
        let names = names.map(|(id, name)| (id.to_string(), name.as_str().to_owned()));
        let left = Note::leave(folder, &sandbox.ready(), &names.collect());
        left.inspect_err(|error| tracing::warn!("{error:#}")).ok()
    }

    /// The sandbox, started here.
    pub(super) async fn sandbox(folder: &Path, webhook: &str) -> anyhow::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot open a port for the sandbox on 127.0.0.1")?;
        let settings = sandbox::settings::Settings {
            webhook: Some(webhook.parse()?),
            state: Some(folder.join("cloud.db")),
            // The user who tries the phone sees a survey then: only conversations of a skill have one.
            rules: Rules {
                default_skill: Some(SkillId::from(roster::SERVICE.id)),
                ..Rules::default()
            },
            control: beside::token()?,
            ..sandbox::settings::Settings::default()
        };
        let sandbox = sandbox::start(socket, settings).await?;
        let ready = sandbox.ready();
        Ok(Self {
            csds: ready.csds.parse()?,
            credentials: Credentials {
                account: ready.account.clone(),
                client: ready.client_id.clone(),
                secret: ready.client_secret.clone(),
            },
            trust: Trust::default(),
            brand: SafeText::clean(SANDBOX_BRAND),
            names: names(&sandbox),
            sandbox: Some(sandbox),
        })
    }
}

/// What to call the agents of the sandbox: those that answer by themselves, and those who log in.
fn names(sandbox: &Sandbox) -> BTreeMap<ParticipantId, SafeText> {
    let agents = sandbox.agents();
    let scripted = agents
        .iter()
        .map(|(id, name)| (id.clone(), SafeText::clean(name)));
    let logins = sandbox.ready().agents.into_iter().map(|user| {
        let mut letters = user.username.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let name: String = first.into_iter().chain(letters).collect();
        (user.pid, SafeText::clean(&name))
    });
    logins.chain(scripted).collect()
}
