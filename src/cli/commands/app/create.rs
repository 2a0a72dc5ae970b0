//! `handset app create`: a new app install, its secret into a file and nowhere else.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    cli::{
        commands::app::{AppAnswer, login::AppFlags},
        inputs,
    },
    client::Admin,
    domain::{app_install::EventType, ids::ClientId, secret::Secret},
};

/// Make an app install for a connector; print its client_id, and write its secret into a file.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    #[command(flatten)]
    pub(super) common: AppFlags,

    /// Its name, which no other one of the account has.
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    name: String,

    /// What it is for.
    #[arg(long, value_name = "TEXT", value_parser = inputs::words,
        default_value = "Testing with handset")]
    description: String,

    /// Where all five kinds of webhook go [default: nowhere yet].
    #[arg(long, value_name = "URL", value_parser = inputs::url)]
    endpoint: Option<Url>,

    /// For how many seconds the cloud keeps what it could not deliver, 2 to 259200.
    #[arg(long, value_name = "SECONDS", default_value_t = 86400,
        value_parser = clap::value_parser!(u32).range(2..=259_200))]
    retention: u32,

    /// The file to write the client_secret into; it must not be there yet, and is for its owner
    /// alone.
    #[arg(long, value_name = "FILE")]
    secret_out: PathBuf,
}

impl Create {
    pub(super) async fn run(&self) -> anyhow::Result<AppAnswer> {
        let resolved = self.common.resolve()?;
        let access = self.common.connect(&resolved, None).await?;
        // Before anything is made: a secret without a place would be lost.
        let file = open(&self.secret_out)?;
        let made = self.make(&access.admin).await;
        access.end().await;
        let (client, secret) = match made {
            Ok(made) => made,
            Err(error) => {
                drop(file);
                // Empty, and made a moment ago by this very command.
                let _ = fs::remove_file(&self.secret_out);
                return Err(error);
            }
        };
        write(file, &secret).with_context(|| {
            format!(
                "the app install {client} is made, but its secret could not be written to {}; \
                 `handset app show {client} --reveal-secret` shows it",
                self.secret_out.display()
            )
        })?;
        Ok(AppAnswer {
            text: client.to_string(),
            json: json!({ "client_id": client, "secret_file": self.secret_out }),
        })
    }

    async fn make(&self, admin: &Admin) -> anyhow::Result<(ClientId, Secret)> {
        let made = admin.create(&self.manifest()).await;
        let made = made.context("cannot make the app install")?;
        let word = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        let id = word(&made, "client_id").or_else(|| word(&made, "id"));
        if let (Some(id), Some(secret)) = (&id, word(&made, "client_secret")) {
            return Ok((ClientId::from(id.as_str()), Secret::new(secret)));
        }
        // The documents do not promise that the answer says it.
        let all = admin
            .installs()
            .await
            .context("cannot list the app installs")?;
        let is_it = |one: &&Value| match &id {
            Some(id) => word(one, "client_id").as_ref() == Some(id),
            None => word(one, "client_name").as_deref() == Some(self.name.as_str()),
        };
        let found = all.iter().find(is_it);
        let id = found.and_then(|one| word(one, "client_id"));
        let secret = found.and_then(|one| word(one, "client_secret"));
        match (id, secret) {
            (Some(id), Some(secret)) => Ok((ClientId::from(id), Secret::new(secret))),
            _ => Err(anyhow!(
                "the app install is made, but the cloud does not tell its secret; look it up in \
                 the console"
            )),
        }
    }

    fn manifest(&self) -> Value {
        let mut webhooks = Map::new();
        webhooks.insert(
            "retry".to_owned(),
            json!({ "retention_time": self.retention }),
        );
        if let Some(url) = &self.endpoint {
            for event in EventType::ALL {
                webhooks.insert(event.key().to_owned(), json!({ "endpoint": url.as_str() }));
            }
        }
        json!({
            "client_name": self.name,
            "description": self.description,
            "grant_types": ["client_credentials"],
            "scope": "msg.consumer",
            "enabled": true,
            "capabilities": { "webhooks": webhooks },
        })
    }
}

fn open(path: &Path) -> anyhow::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path).map_err(|cause| {
        anyhow!(
            "cannot make {} for the secret: {cause}; name a new file with --secret-out",
            path.display()
        )
    })
}

fn write(mut file: fs::File, secret: &Secret) -> io::Result<()> {
    file.write_all(secret.reveal().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}
