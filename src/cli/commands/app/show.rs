//! `handset app list` and `handset app show`.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::{
    cli::{
        commands::app::{
            AppAnswer,
            login::{AppFlags, OneInstall},
        },
        output,
    },
    domain::{
        app_install::{self, Endpoints, EventType, LEASE_HEADER, Lease},
        json::pretty,
    },
    rt::clock,
};

/// Show one app install, its secrets hidden.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) of: OneInstall,

    /// Show the client_secret, custom headers and addresses as they are.
    #[arg(long)]
    reveal_secret: bool,
}

pub(super) async fn list(common: &AppFlags, is_plain: bool) -> anyhow::Result<AppAnswer> {
    let resolved = common.resolve()?;
    let access = common.connect(&resolved, None).await?;
    let installs = access.admin.installs().await;
    access.end().await;
    let mut installs = installs.context("cannot list the app installs")?;
    installs.retain(|install| install.get("deleted") != Some(&Value::Bool(true)));
    let text = if installs.is_empty() {
        "there is no app install; `handset app create` makes one".to_owned()
    } else if is_plain {
        output::sentences(HEADERS, installs.iter().map(row).collect())
    } else {
        output::table(installs.iter().map(row).collect())
    };
    let json = installs.iter().map(summary).collect();
    Ok(AppAnswer { text, json })
}

impl Show {
    pub(super) async fn run(&self) -> anyhow::Result<AppAnswer> {
        let asked = self
            .of
            .ask(async |admin, client| admin.install(client).await);
        let (_, install) = asked.await?;
        let mut record = install.context("cannot show the app install")?.record;
        if !self.reveal_secret {
            app_install::mask(&mut record, Endpoints::Borrowed);
        }
        let text = pretty(&record.to_string());
        Ok(AppAnswer { text, json: record })
    }
}

/// What the columns of the list are.
const HEADERS: [&str; 5] = ["client_id", "Name", "State", "Scope", "Events"];

fn text(record: &Value, name: &str) -> String {
    let text = record.get(name).and_then(Value::as_str);
    let text = text.unwrap_or("-").replace(['\n', '\r', '\t'], " ");
    text.chars().take(128).collect()
}

fn row(record: &Value) -> [String; 5] {
    let enabled = match record.get("enabled") {
        Some(Value::Bool(false)) => "disabled",
        _ => "enabled",
    };
    [
        text(record, "client_id"),
        text(record, "client_name"),
        enabled.to_owned(),
        text(record, "scope"),
        goes_to(record),
    ]
}

/// Where the events go, in a few words.
fn goes_to(record: &Value) -> String {
    let mut places: Vec<(String, usize)> = Vec::new();
    for endpoint in shown_endpoints(record).into_values() {
        let endpoint = endpoint.as_str().unwrap_or("nowhere").to_owned();
        match places.iter_mut().find(|(known, _)| *known == endpoint) {
            Some((_, count)) => *count += 1,
            None => places.push((endpoint, 1)),
        }
    }
    let all = EventType::ALL.len();
    let mut words: Vec<String> = places
        .into_iter()
        .map(|(endpoint, count)| match count {
            count if count == all => endpoint,
            count => format!("{endpoint} ({count} of {all})"),
        })
        .collect();
    if let Some(lease) = standing(record) {
        words.push(format!("borrowed by {}", lease.name));
    }
    words.join(", ")
}

fn standing(record: &Value) -> Option<Lease> {
    app_install::latest_lease(record).filter(|lease| lease.holds(clock::unix_millis() / 1000))
}

/// The endpoint of each event type, or null; those of a handset without their path.
fn shown_endpoints(record: &Value) -> Map<String, Value> {
    let mut shown = record.clone();
    app_install::mask(&mut shown, Endpoints::Borrowed);
    let endpoints = app_install::endpoints(&shown).into_iter();
    endpoints
        .map(|(event, endpoint)| (event.key().to_owned(), json!(endpoint)))
        .collect()
}

fn summary(record: &Value) -> Value {
    let lease = standing(record)
        .map(|lease| json!({ "header": LEASE_HEADER, "name": lease.name, "until": lease.until }));
    json!({
        "client_id": record.get("client_id"),
        "name": record.get("client_name"),
        "enabled": record.get("enabled"),
        "scope": record.get("scope"),
        "endpoints": shown_endpoints(record),
        "lease": lease,
    })
}
