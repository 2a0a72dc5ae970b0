//! The agent's login, and what its app install says: whether it works, and where its webhooks go.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::{
    cli::{
        self,
        checks::{
            cloud::{CloudCheck, LOGIN, SCOPE, has_scope, on_the_way, refused},
            finding::Finding,
        },
        profile::{self, Pointing},
    },
    client::{AdminError, Install},
    config::profile::{Login, Profile},
    domain::app_install::{self, EventType, Lease},
    rt::clock,
};

const INSTALL: &str = "app install";

/// What is known of this device and the tunnel, for the endpoints to be compared with.
#[derive(Debug, Default)]
pub(super) struct DeviceFacts {
    /// The id of this device, once it has one.
    pub(super) device: Option<String>,
    /// The public address the tunnel has opened.
    pub(super) public: Option<String>,
    /// An earlier start borrowed it, and nothing runs that would give it back.
    pub(super) is_left: bool,
    /// A phone runs and looks after it.
    pub(super) phone_runs: bool,
}

/// Logs in and reads the app install.
pub(super) async fn login(
    cloud: &CloudCheck,
    login: &Login,
    profile: &Profile,
) -> (Finding, Option<Result<Install, AdminError>>) {
    let password = match profile::secret(&login.password, "password of the login").await {
        Ok(password) => password,
        Err(error) => {
            let remedy = "put the password where the profile says";
            let finding = Finding::of_error(LOGIN, &cli::in_words(&error), remedy);
            return (finding, None);
        }
    };
    let name = &login.username;
    let admin = match cloud.log_in(name, password, &login.password).await {
        Ok(admin) => admin,
        Err(finding) => return (finding, None),
    };
    let install = admin.install(&profile.client).await;
    admin.logout().await;
    let says = match &install {
        Err(error @ AdminError::Forbidden { .. }) => {
            return (refused(name, &login.password, error), None);
        }
        Ok(_) => format!("{name} is let in and may see the app install"),
        Err(_) => format!("{name} is let in"),
    };
    (Finding::good(LOGIN, says), Some(install))
}

/// What is wrong with the app install so that it gives no tokens.
pub(super) fn dead(install: &Result<Install, AdminError>) -> Option<Finding> {
    let record = match install {
        Ok(install) => &install.record,
        Err(AdminError::Missing { id }) => {
            let says = format!("there is no app install {id} in this account");
            let remedy = "check `client_id`; `handset app list` shows those there are";
            return Some(Finding::bad(INSTALL, says, remedy));
        }
        Err(_) => return None,
    };
    let is = |name: &str| record.get(name).and_then(Value::as_bool);
    if is("deleted") == Some(true) {
        let remedy = "use another one; `handset app list` shows those there are";
        return Some(Finding::bad(INSTALL, "it is deleted", remedy));
    }
    if is("enabled") == Some(false) {
        let says = "it is disabled, so it gets no tokens and no webhooks";
        return Some(Finding::bad(INSTALL, says, "do `handset app enable`"));
    }
    let scope = record.get("scope").and_then(Value::as_str)?;
    (!has_scope(scope)).then(|| {
        let says = format!("its scope is {scope:?}, and {SCOPE} is needed");
        let remedy = format!("have its scope changed to {SCOPE}, in the console or its manifest");
        Finding::bad(INSTALL, says, remedy)
    })
}

/// Where the webhooks go, and what becomes of those that cannot be delivered.
pub(super) fn check(
    install: &Result<Install, AdminError>,
    profile: &Profile,
    here: &DeviceFacts,
) -> Finding {
    if let Some(finding) = dead(install) {
        return finding;
    }
    let record = match install {
        Ok(install) => &install.record,
        Err(AdminError::Cloud(problem)) => {
            let says = format!("cannot read it: {problem}");
            return Finding::bad(INSTALL, says, on_the_way(problem));
        }
        Err(error) => return Finding::of_error(INSTALL, &error.to_string(), "try again"),
    };
    // What the phone would refuse to start with is said of the tunnel.
    let pointing = Pointing::of(profile);
    let borrows = !matches!(pointing, Ok(Pointing::Tunnel | Pointing::ByHand));
    let has_tunnel = !profile.tunnel.is_none();
    let remedy = if has_tunnel {
        "do `handset app point`, or set `borrow = true` in the login"
    } else {
        "choose a tunnel and set `borrow = true` in the login, or do `handset app point` with \
         the address that leads here"
    };
    let now = clock::unix_millis() / 1000;
    let device = here.device.as_deref().unwrap_or_default();
    let ours = here.public.as_deref().map(app_install::origin);
    let at: Vec<Option<String>> = app_install::endpoints(record)
        .into_iter()
        .map(|(_, endpoint)| endpoint.map(|endpoint| app_install::origin(&endpoint)))
        .collect();
    let all_ours = ours.is_some() && at.iter().all(|endpoint| *endpoint == ours);
    if !all_ours && let Some(lease) = app_install::foreign_lease(record, device, now) {
        let says = format!(
            "its webhooks are borrowed by {} until {}",
            lease.name,
            until(&lease)
        );
        let remedy = "wait until then, work through a relay together, or start with --take-over";
        return Finding::bad(INSTALL, says, remedy);
    }
    if here.is_left && !here.phone_runs {
        let says = "a handset that was killed has left its webhooks pointed here";
        let remedy = "do `handset app restore`, or start handset, which goes on with them";
        return Finding::warning(INSTALL, says, remedy);
    }
    let missing: Vec<&str> = app_install::endpoints(record)
        .into_iter()
        .filter(|(_, endpoint)| endpoint.is_none())
        .map(|(event, _)| short(event))
        .collect();
    if !missing.is_empty() && !borrows {
        let says = format!("it has no endpoint for {}", missing.join(", "));
        return Finding::bad(INSTALL, says, remedy);
    }
    let is_ours = |lease: Lease| lease.holds(now).then(|| until(&lease));
    let then = match app_install::lease_of(record, device).and_then(is_ours) {
        Some(until) => format!(", borrowed by this device until {until}"),
        None if all_ours => ", our tunnel".to_owned(),
        None if borrows && has_tunnel => "; the phone borrows them at its start".to_owned(),
        None => String::new(),
    };
    let goes = goes_to(&at, &then);
    if !is_retried(record) {
        let says =
            format!("{goes}; it has no retry.retention_time, so what cannot be delivered is lost");
        let remedy = "have a retry with a retention_time put into its webhooks";
        return Finding::warning(INSTALL, says, remedy);
    }
    let by_hand = !borrows && !all_ours && ours.is_some();
    if by_hand {
        return Finding::warning(INSTALL, goes, remedy);
    }
    Finding::good(INSTALL, goes)
}

/// Where the webhooks go, in words.
fn goes_to(at: &[Option<String>], then: &str) -> String {
    let mut places: Vec<&str> = at.iter().flatten().map(String::as_str).collect();
    places.dedup();
    match places.as_slice() {
        [] => format!("it is enabled, its webhooks go nowhere{then}"),
        places => format!(
            "it is enabled, its webhooks go to {}{then}",
            places.join(", ")
        ),
    }
}

/// Whether what cannot be delivered is tried again.
fn is_retried(record: &Value) -> bool {
    let Some(webhooks) = record.pointer("/capabilities/webhooks") else {
        return false;
    };
    let by_number = |event: EventType| {
        let times = webhooks
            .get(event.key())
            .and_then(|entry| entry.get("max_retries"));
        times.and_then(Value::as_u64).is_some_and(|times| times > 0)
    };
    webhooks.pointer("/retry/retention_time").is_some() || EventType::ALL.into_iter().all(by_number)
}

fn short(event: EventType) -> &'static str {
    let key = event.key();
    key.rsplit('.').next().unwrap_or(key)
}

fn until(lease: &Lease) -> String {
    match Timestamp::from_second(lease.until) {
        Ok(time) => {
            let time = time.to_zoned(TimeZone::UTC);
            time.strftime("%Y-%m-%d %H:%M UTC").to_string()
        }
        Err(_) => "nobody knows when".to_owned(),
    }
}
