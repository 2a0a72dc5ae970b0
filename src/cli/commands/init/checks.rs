//! Each answer tried out on the cloud itself.

use std::{path::PathBuf, time::Duration};

use anyhow::{anyhow, bail};
use serde_json::Value;
use tokio::{sync::mpsc, time::timeout};
use url::Url;

use crate::{
    client::{self, Admin, Client, Login},
    domain::{inbound::Credentials, retry::Problem, secret::Secret, text::SafeText},
    rt::tls::Trust,
};

/// How long one check may take.
const WITHIN: Duration = Duration::from_secs(30);
/// How long an address or a token is tried for.
const PATIENCE: Duration = Duration::from_secs(4);

/// What is known of the cloud so far.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) account: String,
    pub(super) csds: Url,
    pub(super) ca: Option<PathBuf>,
    pub(super) trust: Trust,
}

impl Place {
    pub(super) fn client(&self, client: &str, secret: Secret) -> anyhow::Result<Client> {
        // Nobody reads what goes to and fro here; a channel that is closed holds nothing up.
        let (exchanges, _) = mpsc::channel(1);
        let settings = client::Settings {
            trust: self.trust.clone(),
            patience: PATIENCE,
            ..client::Settings::new(
                self.csds.clone(),
                self.account.as_str().into(),
                client.into(),
                secret,
            )
        };
        Ok(Client::new(settings, exchanges)?)
    }

    /// The credentials of an app install there.
    pub(super) fn credentials(&self, client: &str, secret: Secret) -> Credentials {
        Credentials {
            account: self.account.as_str().into(),
            client: client.into(),
            secret,
        }
    }
}

/// Whether the account is known there.
pub(super) async fn domains(place: &Place) -> anyhow::Result<()> {
    let client = place.client("", Secret::new(""))?;
    within(client.check_domains())
        .await?
        .map_err(|problem| told(&problem))
}

/// Whether app install and secret give a token.
pub(super) async fn token(place: &Place, client: &str, secret: Secret) -> anyhow::Result<()> {
    let client = place.client(client, secret)?;
    within(client.check_app_token())
        .await?
        .map_err(|problem| told(&problem))
}

/// An app install as it is chosen from.
pub(super) struct Install {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_enabled: bool,
    pub(super) secret: Option<Secret>,
}

/// The app installs the agent may manage.
pub(super) async fn installs(
    place: &Place,
    username: &str,
    password: Secret,
) -> anyhow::Result<Vec<Install>> {
    let client = place.client("", Secret::new(""))?;
    let admin: Admin = client.admin(Login {
        username: username.to_owned(),
        password,
    });
    let installs = within(admin.installs()).await;
    // The session ends by itself if it cannot be ended now.
    let _ = timeout(PATIENCE, admin.logout()).await;
    let all = installs??;
    let connectors = all
        .iter()
        .filter(|one| one.get("deleted") != Some(&Value::Bool(true)));
    Ok(connectors.filter_map(install).collect())
}

fn install(record: &Value) -> Option<Install> {
    let text = |key: &str| record.get(key).and_then(Value::as_str);
    let id = text("client_id").or_else(|| text("id"))?.to_owned();
    let name = text("client_name").unwrap_or("without a name");
    Some(Install {
        id,
        name: SafeText::clean(name).as_str().replace('\n', " "),
        is_enabled: record.get("enabled") != Some(&Value::Bool(false)),
        secret: text("client_secret").map(Secret::new),
    })
}

/// Why the cloud was of no use, and what to do about it.
fn told(problem: &Problem) -> anyhow::Error {
    let words = problem.words();
    let hint = match problem {
        Problem::Unreachable { .. } if words.as_str().contains("certificate") => {
            "if the cloud has an authority of its own, name its certificate with --ca".to_owned()
        }
        Problem::Unreachable { .. } => "check the network and the CSDS address".to_owned(),
        Problem::Busy { .. } | Problem::Unavailable { .. } => "try again in a while".to_owned(),
        _ => problem.hint().to_string(),
    };
    anyhow!("{words}; {hint}")
}

async fn within<T>(doing: impl Future<Output = T>) -> anyhow::Result<T> {
    match timeout(WITHIN, doing).await {
        Ok(done) => Ok(done),
        Err(_) => bail!("no answer within {} s; try again", WITHIN.as_secs()),
    }
}
