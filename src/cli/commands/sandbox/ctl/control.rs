//! The words of `handset sandbox ctl` as scenarios say them, told to one sandbox.

use std::{sync::Arc, time::Duration};

use clap::Parser;
use url::Url;

use crate::{
    cli::{
        commands::sandbox::ctl::{CtlCommand, asked, asking::Sandbox},
        in_words,
    },
    domain::secret::Secret,
    runner::world::{Pending, SandboxControl},
};

/// A sandbox that takes orders.
#[derive(Clone)]
pub(crate) struct Control(Arc<Sandbox>);

/// What may stand behind `sandbox` in a scenario.
#[derive(Debug, Parser)]
#[command(name = "sandbox", no_binary_name = true, disable_help_flag = true)]
struct Order {
    #[command(subcommand)]
    command: CtlCommand,
}

impl Control {
    /// The sandbox at this address, with the token of its own API if it is known.
    pub(crate) fn new(at: Url, token: Option<Secret>) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Sandbox::new(at, token)?)))
    }
}

impl SandboxControl for Control {
    fn tell(&self, words: Vec<String>) -> Pending<()> {
        let sandbox = Arc::clone(&self.0);
        Box::pin(async move {
            let order = Order::try_parse_from(&words).map_err(|error| {
                let told = error.to_string();
                let first = told.lines().next().unwrap_or_default();
                let first = first.trim_start_matches("error: ");
                let words = words.join(" ");
                format!(
                    "`sandbox {words}` cannot be read: {first}; see `handset sandbox ctl --help`"
                )
            })?;
            let asked = asked(order.command).map_err(|error| in_words(&error))?;
            let told = sandbox.ask(asked).await;
            told.map(|_| ()).map_err(|error| in_words(&error))
        })
    }

    fn advance(&self, span: Duration) -> Pending<()> {
        self.tell(vec![
            "advance".to_owned(),
            format!("{}ms", span.as_millis()),
        ])
    }
}
