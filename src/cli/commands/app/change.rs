//! `handset app enable`, `disable` and `delete`.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::{
    cli::{
        asking,
        commands::app::{
            AppAnswer,
            login::{AppFlags, OneInstall},
        },
    },
    client::{Admin, AdminError},
    domain::{ids::ClientId, text::SafeText},
};

/// How often a change is made anew when somebody else was faster.
const TRIES: usize = 5;
/// What is asked before an app install is deleted.
const WHETHER: &str = "whether to delete it";

/// Delete an app install; its connector stops working, and it does not come back.
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    #[command(flatten)]
    pub(super) common: AppFlags,

    /// Its client_id.
    #[arg(value_name = "CLIENT_ID")]
    id: String,

    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// Enables or disables an app install.
pub(super) async fn switch(of: &OneInstall, on: bool) -> anyhow::Result<AppAnswer> {
    let (client, changed) = of
        .ask(async |admin, client| put(admin, client, on).await)
        .await?;
    let word = if on { "enabled" } else { "disabled" };
    let changed = changed.with_context(|| format!("the app install is not {word}"))?;
    let already = if changed { "" } else { " already" };
    Ok(AppAnswer {
        text: format!("{client} is {word}{already}"),
        json: json!({ "client_id": client, "enabled": on, "changed": changed }),
    })
}

/// Whether that was a change.
async fn put(admin: &Admin, client: &ClientId, on: bool) -> Result<bool, AdminError> {
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
    pub(super) async fn run(&self) -> anyhow::Result<AppAnswer> {
        let resolved = self.common.resolve()?;
        let client = ClientId::from(self.id.as_str());
        let access = self.common.connect(&resolved, None).await?;
        let deleted = self.delete(&access.admin, &client).await;
        access.end().await;
        deleted?;
        Ok(AppAnswer {
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
            if !tokio::task::spawn_blocking(move || asking::yes(&question, WHETHER)).await?? {
                bail!("nothing is deleted");
            }
        }
        // What was looked at is deleted, and nothing that somebody has made of it since.
        let deleted = admin.delete(client, &install.revision).await;
        deleted.context("the app install is not deleted")
    }
}
