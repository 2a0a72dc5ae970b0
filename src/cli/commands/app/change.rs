//! `handset app enable`, `disable` and `delete`.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::{
    cli::commands::app::{Said, login::Common},
    client::{Admin, AdminError},
    domain::{ids::ClientId, text::SafeText},
};

/// How often a change is made anew when somebody else was faster.
const TRIES: usize = 5;

/// Enable an app install: its connector gets tokens and webhooks.
#[derive(Debug, clap::Args)]
pub(super) struct Enable {
    #[command(flatten)]
    pub(super) switch: Switch,
}

/// Disable an app install: its connector gets neither tokens nor webhooks.
#[derive(Debug, clap::Args)]
pub(super) struct Disable {
    #[command(flatten)]
    pub(super) switch: Switch,
}

#[derive(Debug, clap::Args)]
pub(super) struct Switch {
    #[command(flatten)]
    pub(super) common: Common,

    /// Its client_id [default: the profile's].
    #[arg(value_name = "CLIENT_ID")]
    id: Option<String>,
}

/// Delete an app install; its connector stops working, and it does not come back.
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    #[command(flatten)]
    pub(super) common: Common,

    /// Its client_id.
    #[arg(value_name = "CLIENT_ID")]
    id: String,

    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Switch {
    pub(super) async fn run(&self, on: bool) -> anyhow::Result<Said> {
        let resolved = self.common.resolve()?;
        let client = Common::client(self.id.as_deref(), &resolved)?;
        let access = self.common.connect(&resolved, None).await?;
        let changed = switch(&access.admin, &client, on).await;
        access.end().await;
        let word = if on { "enabled" } else { "disabled" };
        let changed = changed.with_context(|| format!("the app install is not {word}"))?;
        let already = if changed { "" } else { " already" };
        Ok(Said {
            text: format!("{client} is {word}{already}"),
            json: json!({ "client_id": client, "enabled": on, "changed": changed }),
        })
    }
}

/// Whether that was a change.
async fn switch(admin: &Admin, client: &ClientId, on: bool) -> Result<bool, AdminError> {
    let mut last = AdminError::Changed;
    for _ in 0..TRIES {
        let mut install = admin.install(client).await?;
        // One that is not said to be is enabled.
        let is_on = install.record.get("enabled").and_then(Value::as_bool);
        if is_on.unwrap_or(true) == on {
            return Ok(false);
        }
        if let Some(members) = install.record.as_object_mut() {
            members.insert("enabled".to_owned(), Value::Bool(on));
        }
        match admin.put(client, &install).await {
            Ok(()) => return Ok(true),
            Err(error) if error == AdminError::Changed => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

impl Delete {
    pub(super) async fn run(&self) -> anyhow::Result<Said> {
        let resolved = self.common.resolve()?;
        let client = ClientId::from(self.id.as_str());
        let access = self.common.connect(&resolved, None).await?;
        let deleted = self.delete(&access.admin, &client).await;
        access.end().await;
        deleted?;
        Ok(Said {
            text: format!("{client} is deleted"),
            json: json!({ "client_id": client, "deleted": true }),
        })
    }

    async fn delete(&self, admin: &Admin, client: &ClientId) -> anyhow::Result<()> {
        let install = admin.install(client).await;
        let install = install.context("the app install is not deleted")?;
        if !self.yes {
            let name = install.record.get("client_name").and_then(Value::as_str);
            let name = SafeText::clean(name.unwrap_or("without a name"));
            let question = format!("delete the app install {name} ({client}) for good? [y/N] ");
            if !tokio::task::spawn_blocking(move || asked(&question)).await?? {
                bail!("nothing is deleted");
            }
        }
        // What was looked at is deleted, and nothing that somebody has made of it since.
        let deleted = admin.delete(client, &install.revision).await;
        deleted.context("the app install is not deleted")
    }
}

/// Asks on the terminal; blocks until there is an answer.
fn asked(question: &str) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nobody is there to be asked whether to delete it; say --yes if that is meant");
    }
    let mut terminal = io::stderr();
    terminal.write_all(question.as_bytes())?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
