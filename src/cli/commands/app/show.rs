//! `handset app list` and `handset app show`.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::{
    cli::commands::app::{Said, login::Common},
    domain::app_install::{self, Endpoints, EventType, LEASE_HEADER, Lease},
    domain::json::pretty,
    rt::clock,
};

/// List the app installs: client_id, name, whether it is enabled, scope, where its events go.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) common: Common,
}

/// Show one app install, its secrets hidden.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) common: Common,

    /// Its client_id [default: the profile's].
    #[arg(value_name = "CLIENT_ID")]
    id: Option<String>,

    /// Show the client_secret, custom headers and addresses as they are.
    #[arg(long)]
    reveal_secret: bool,
}

impl List {
    pub(super) async fn run(&self) -> anyhow::Result<Said> {
        let resolved = self.common.resolve()?;
        let access = self.common.connect(&resolved, None).await?;
        let installs = access.admin.installs().await;
        access.end().await;
        let installs = installs.context("cannot list the app installs")?;
        let installs: Vec<Value> = installs
            .into_iter()
            .filter(|install| install.get("deleted") != Some(&Value::Bool(true)))
            .collect();
        let rows: Vec<[String; 5]> = installs.iter().map(row).collect();
        let text = if rows.is_empty() {
            "there is no app install; `handset app create` makes one".to_owned()
        } else {
            table(&rows)
        };
        let json = installs.iter().map(summary).collect();
        Ok(Said { text, json })
    }
}

impl Show {
    pub(super) async fn run(&self) -> anyhow::Result<Said> {
        let resolved = self.common.resolve()?;
        let client = Common::client(self.id.as_deref(), &resolved)?;
        let access = self.common.connect(&resolved, None).await?;
        let install = access.admin.install(&client).await;
        access.end().await;
        let mut record = install.context("cannot show the app install")?.record;
        if !self.reveal_secret {
            app_install::mask(&mut record, Endpoints::Borrowed);
        }
        let text = pretty(&record.to_string());
        Ok(Said { text, json: record })
    }
}

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

/// Columns as wide as they must be; the last one is as long as it is.
fn table(rows: &[[String; 5]]) -> String {
    let mut widths = [0; 5];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut table = String::new();
    for row in rows {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        table.push_str(cells.join("  ").trim_end());
        table.push('\n');
    }
    table
}

/// Where the events go, in a few words.
fn goes_to(record: &Value) -> String {
    let mut ways: Vec<(String, usize)> = Vec::new();
    for endpoint in shown_endpoints(record).into_values() {
        let endpoint = endpoint.as_str().unwrap_or("nowhere").to_owned();
        match ways.iter_mut().find(|(known, _)| *known == endpoint) {
            Some((_, count)) => *count += 1,
            None => ways.push((endpoint, 1)),
        }
    }
    let all = EventType::ALL.len();
    let mut words: Vec<String> = ways
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

/// The lease that holds now.
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
