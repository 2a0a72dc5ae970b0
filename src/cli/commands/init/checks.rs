//! Checks each answer with the cloud itself, by the functions `doctor` checks a profile with.

use std::{env, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    cli::checks::{
        cloud::{CloudCheck, CloudTarget, Tokens},
        finding::Finding,
        listener::ListenerCheck,
        scratch::Scratch,
    },
    client::Needs,
    config::profile::{Profile, Source},
    domain::{secret::Secret, text::SafeText},
    ingress::{listener::fresh_path, relay::FetchTicket},
    rt::shutdown::Shutdown,
};

/// How long canaries are sent through an address that is new.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long the tasks of a check may take to end.
const ENDING: Duration = Duration::from_secs(3);

/// What is known of the cloud so far.
#[derive(Debug, Clone)]
pub(super) struct CloudAnswers {
    pub(super) target: CloudTarget,
    pub(super) ca: Option<PathBuf>,
}

/// An app install as it is chosen from.
pub(super) struct InstallChoice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_enabled: bool,
    pub(super) secret: Option<Secret>,
}

/// The cloud as an app install of this id sees it; nothing is sent yet.
fn cloud(target: &CloudTarget, id: &str, secret: Option<Secret>) -> anyhow::Result<CloudCheck> {
    // Its one task ends with the client.
    CloudCheck::new(target, id.into(), secret, &Shutdown::new()).map_err(|finding| error(*finding))
}

fn error(finding: Finding) -> anyhow::Error {
    match finding.passed() {
        Err(error) => error,
        Ok(()) => anyhow!("the cloud cannot be asked"),
    }
}

/// Whether the account is known there.
pub(super) async fn domains(target: &CloudTarget) -> anyhow::Result<()> {
    let cloud = cloud(target, "", None)?;
    cloud.domains(Needs::Phone).await.passed()
}

/// Whether app install and secret give tokens.
pub(super) async fn tokens(
    target: &CloudTarget,
    id: &str,
    secret: Secret,
    place: &Source,
) -> anyhow::Result<()> {
    let cloud = cloud(target, id, Some(secret))?;
    match cloud.tokens(&place.to_string()).await {
        Tokens::Given(_) => Ok(()),
        Tokens::Refused(finding) | Tokens::Other(finding) => finding.passed(),
    }
}

/// The app installs the agent may manage.
pub(super) async fn installs(
    target: &CloudTarget,
    username: &str,
    password: Secret,
    place: &Source,
) -> anyhow::Result<Vec<InstallChoice>> {
    let cloud = cloud(target, "", None)?;
    let admin = cloud.log_in(username, password, place).await;
    let admin = admin.map_err(error)?;
    let installs = admin.installs().await;
    admin.logout().await;
    let all = installs?;
    let is_there = |one: &&Value| one.get("deleted") != Some(&Value::Bool(true));
    Ok(all.iter().filter(is_there).filter_map(choice).collect())
}

fn choice(record: &Value) -> Option<InstallChoice> {
    let text = |key: &str| record.get(key).and_then(Value::as_str);
    let id = text("client_id").or_else(|| text("id"))?.to_owned();
    let name = text("client_name").unwrap_or("without a name");
    Some(InstallChoice {
        id,
        name: SafeText::clean(name).one_line(),
        is_enabled: record.get("enabled") != Some(&Value::Bool(false)),
        secret: text("client_secret").map(Secret::new),
    })
}

/// How long a canary took through the tunnel; `None` where there is no tunnel. A webhook that comes
/// meanwhile is refused, so that the cloud posts it again.
pub(super) async fn tunnel(
    profile: &Profile,
    target: &CloudTarget,
    ticket: Option<Secret>,
) -> anyhow::Result<Option<Duration>> {
    if profile.tunnel.is_none() {
        return Ok(None);
    }
    let ticket = ticket.map(|ticket| -> FetchTicket {
        Arc::new(move || Box::pin(std::future::ready(Ok(ticket.clone()))))
    });
    let scratch = Scratch::make(&env::temp_dir()).context("cannot make a folder for the check")?;
    let path = profile.hook_path.clone().unwrap_or_else(fresh_path);
    let shutdown = Shutdown::new();
    let folder = &scratch.path;
    let opened = ListenerCheck::open(folder, Some(profile), profile.bind, path, &shutdown).await;
    let listener = opened.map_err(error)?;
    let device = format!("init-{}", Uuid::new_v4());
    let tried = listener.tunnel(profile, &target.trust, device, ticket, PATIENCE, &shutdown);
    let tried = tried.await;
    shutdown.stop(ENDING).await;
    listener.close().await;
    Ok(tried?.map(|proof| proof.took))
}
