//! What agents are called: read with the profile's login, kept in the journal for the next start.
//! Nothing waits for it; without it agents are "the agent".

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{
    cli::profile,
    client::ums::{self, House},
    config::profile::{Login, Profile},
    domain::{
        ids::{AccountId, ParticipantId},
        text::SafeText,
    },
    engine::command::Command,
    rt::tls::Trust,
    store::Journal,
};

const KEPT: &str = "agents.names";
/// How long a run that wants the names waits for them.
const SOON: Duration = Duration::from_secs(10);
/// The pauses before further tries of what may pass by itself.
const AGAIN: [Duration; 3] = [
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(10),
];

pub(crate) type Names = BTreeMap<ParticipantId, SafeText>;

/// Tells the engine the names of last time, and those of now once they are read.
pub(crate) async fn send(
    profile: Profile,
    trust: Trust,
    journal: Journal,
    engine: mpsc::Sender<Command>,
) {
    let Some(login) = &profile.login else {
        return;
    };
    if let Some(names) = kept(&journal).await {
        // Gone: then nobody has to know.
        let _ = engine.send(Command::Name(names)).await;
    }
    let Some(names) = read(&profile, login, &trust).await else {
        return;
    };
    keep(&names, &journal).await;
    let _ = engine.send(Command::Name(names)).await;
}

/// The names of now, or of last time where they cannot be read soon; empty without a login.
pub(crate) async fn known(profile: &Profile, trust: &Trust, journal: &Journal) -> Names {
    let Some(login) = &profile.login else {
        return Names::new();
    };
    let reading = read(profile, login, trust);
    if let Ok(Some(names)) = timeout(SOON, reading).await {
        keep(&names, journal).await;
        return names;
    }
    kept(journal).await.unwrap_or_default()
}

async fn kept(journal: &Journal) -> Option<Names> {
    let kept = journal.get(KEPT).await.ok()??;
    serde_json::from_str(&kept).ok()
}

async fn keep(names: &Names, journal: &Journal) {
    let kept = serde_json::to_string(names).unwrap_or_default();
    if let Err(error) = journal.put(KEPT, &kept).await {
        tracing::warn!(%error, "the names of agents were not kept");
    }
}

/// The names by full id and by PID; `None` when the login may not see any.
async fn read(profile: &Profile, login: &Login, trust: &Trust) -> Option<Names> {
    for wait in AGAIN.into_iter().map(Some).chain([None]) {
        let password = profile::secret(&login.password, "password of the login");
        let password = password
            .await
            .inspect_err(|error| tracing::warn!("agents stay without names: {error:#}"));
        let settings = ums::Settings {
            csds: profile.csds.clone(),
            account: profile.account.clone(),
            username: login.username.clone(),
            password: password.ok()?,
            trust: trust.clone(),
            times: ums::Times::default(),
        };
        match ums::house(settings).await {
            Ok(Ok(house)) => {
                let names = names(house, &profile.account);
                return (!names.is_empty()).then_some(names);
            }
            Ok(Err(fault)) if !fault.lasting => {
                tracing::info!(what = fault.what, "agents have no names yet");
            }
            Ok(Err(fault)) => {
                tracing::warn!(what = fault.what, "agents stay without names");
                return None;
            }
            Err(error) => {
                tracing::warn!(%error, "agents stay without names");
                return None;
            }
        }
        sleep(wait?).await;
    }
    None
}

fn names(house: House, account: &AccountId) -> Names {
    let workers = house.users.into_iter();
    workers
        .flat_map(|worker| {
            let full = ParticipantId::from(format!("{account}.{}", worker.user));
            let ids = [Some(full), worker.pid];
            ids.into_iter()
                .flatten()
                .map(move |id| (id, worker.name.clone()))
        })
        .collect()
}
