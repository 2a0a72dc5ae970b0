//! Where a NATS is, by the flags that say it.

use std::path::{Path, PathBuf};

use anyhow::bail;
use url::Url;

use crate::{
    cli::{inputs, profile},
    config::profile::Source,
    domain::secret::Secret,
};

/// The NATS of a run on several machines.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct NatsArgs {
    /// The NATS server with JetStream over which machines share a run; other users of this machine
    /// can read what is written here, so a password is better off below.
    #[arg(long, value_name = "URL", value_parser = secret)]
    nats: Option<Secret>,
    /// The environment variable that holds the URL, like nats://user:password@host:4222.
    #[arg(long, value_name = "VAR", value_parser = inputs::words)]
    nats_env: Option<String>,
    /// The file that has the URL on its first line, readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    nats_file: Option<PathBuf>,
}

/// Something that may have a password in it.
#[expect(
    clippy::unnecessary_wraps,
    reason = "what reads a flag's value may fail, and this one must not, lest clap repeat it"
)]
pub(crate) fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

impl NatsArgs {
    /// The URL, where one is said.
    pub(crate) async fn url(&self) -> anyhow::Result<Option<Secret>> {
        let (variable, file) = (self.nats_env.as_deref(), self.nats_file.as_deref());
        url(self.nats.as_ref(), variable, file).await
    }
}

/// The URL of a NATS that is said as such, or by the variable or the file that has it. What is wrong
/// with it is said without it: there may be a password in it.
pub(crate) async fn url(
    said: Option<&Secret>,
    variable: Option<&str>,
    file: Option<&Path>,
) -> anyhow::Result<Option<Secret>> {
    let source = match (variable, file) {
        (Some(variable), _) => Some(Source::Env(variable.to_owned())),
        (None, Some(path)) => Some(Source::File(path.to_owned())),
        (None, None) => None,
    };
    let secret = match (&source, said) {
        (Some(source), _) => profile::secret(source, "address of NATS").await?,
        (None, Some(url)) => url.clone(),
        (None, None) => return Ok(None),
    };
    let url = Url::parse(secret.reveal()).ok();
    let known = |url: &Url| matches!(url.scheme(), "nats" | "tls" | "ws" | "wss") && url.has_host();
    if !url.as_ref().is_some_and(known) {
        bail!(
            "cannot read the address of NATS given with --nats, --nats-env or --nats-file; write \
             one like nats://127.0.0.1:4222 or tls://nats.example.com"
        );
    }
    Ok(Some(secret))
}
