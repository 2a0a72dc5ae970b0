//! The cloud the phone talks to: a profile's, or the sandbox inside this program.

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path};

use anyhow::Context as _;
use tokio::net::TcpListener;
use url::Url;

use crate::{
    cli::{commands::phone::SANDBOX_BRAND, profile},
    config::profile::Profile,
    domain::{ids::ParticipantId, inbound::Credentials, text::SafeText},
    rt::tls::Trust,
    sandbox::{self, Sandbox},
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

    /// The sandbox, started here.
    pub(super) async fn sandbox(folder: &Path, webhook: &str) -> anyhow::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot open a port for the sandbox on 127.0.0.1")?;
        let settings = sandbox::settings::Settings {
            webhook: Some(webhook.parse()?),
            state: Some(folder.join("cloud.db")),
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
            names: sandbox
                .agents()
                .iter()
                .map(|(id, name)| (id.clone(), SafeText::clean(name)))
                .collect(),
            sandbox: Some(sandbox),
        })
    }
}
