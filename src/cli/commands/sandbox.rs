//! `handset sandbox`: the emulated cloud as a program of its own.
//!
//! Prints one line of JSON when it is ready, then serves until it is told to stop.

use std::{io::Write, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::json;
use url::Url;

use crate::{
    cli::{inputs, logging, signals::Signals},
    domain::ids::AccountId,
    sandbox::{
        self,
        cloud::rules::Rules,
        settings::{Agent, Settings},
    },
};

/// How long stopping may take.
const DEADLINE: Duration = Duration::from_secs(8);

/// Run an emulated cloud that a connector can talk to.
///
/// It serves domain lookup, tokens, CONVERSATION and SEND on one address, posts signed webhooks,
/// and has an agent answer. When it is ready it prints one line of JSON with the address,
/// account, client_id and client_secret.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address and port to serve on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = inputs::address)]
    listen: SocketAddr,
    /// The account to emulate [default: that of the state file, or 55512300].
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// Who answers new conversations.
    #[arg(long, value_name = "WHO", default_value = "riley")]
    agent: Who,
    /// Where to post signed webhooks.
    #[arg(long, value_name = "URL", value_parser = inputs::url)]
    webhook: Option<Url>,
    /// Whether a survey follows on a closed conversation, for a connector that declares MULTI_DIALOG.
    #[arg(long, value_name = "SWITCH", default_value = "on")]
    survey: Switch,
    /// What is said by itself at the beginning, to a connector that declares AUTO_MESSAGES; empty says nothing.
    #[arg(long, value_name = "TEXT", default_value = Rules::WELCOME)]
    welcome: String,
    /// Make ids and secret the same every time; a state file keeps those it has.
    #[arg(long, value_name = "N", value_parser = inputs::number, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// The state file: keep the account in it, and go on from it at the next start.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Who {
    /// The built-in agent, who always has time.
    Riley,
    /// Nobody; conversations wait.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// Serves until it is told to stop.
pub async fn run(args: Args, out: &mut impl Write) -> anyhow::Result<()> {
    // Before anything is announced: whoever reads the line may stop us at once.
    let mut signals = Signals::new()?;
    logging::to_stderr(logging::filter()?);
    let listener = inputs::bind(args.listen, "--listen").await?;
    let sandbox = sandbox::start(listener, settings(args)).await?;
    let ready = sandbox.ready();
    let line = json!({
        "ready": true,
        "csds": ready.csds,
        "account": ready.account,
        "client_id": ready.client_id,
        "client_secret": ready.client_secret.reveal(),
    });
    writeln!(out, "{line}").context("cannot print the ready line")?;
    out.flush().context("cannot print the ready line")?;
    signals.stop().await;
    tokio::select! {
        in_time = sandbox.stop(DEADLINE) => {
            if !in_time {
                tracing::warn!("the sandbox did not stop in time");
            }
        }
        // Asked twice: leave at once. The state file is whole at any moment.
        () = signals.stop() => {}
    }
    Ok(())
}

fn settings(args: Args) -> Settings {
    Settings {
        account: args.account.map(AccountId::from),
        agent: match args.agent {
            Who::Riley => Agent::Riley,
            Who::None => Agent::None,
        },
        rules: rules(args.survey, args.welcome),
        webhook: args.webhook,
        seed: args.seed,
        state: args.state,
        ..Settings::default()
    }
}

fn rules(survey: Switch, welcome: String) -> Rules {
    let mut rules = Rules::default();
    if survey == Switch::Off {
        rules.surveyed.clear();
    }
    rules.welcome = if welcome.is_empty() {
        Vec::new()
    } else {
        vec![welcome]
    };
    rules
}

fn account(text: &str) -> Result<String, String> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits {
        Ok(text.to_owned())
    } else {
        Err("an account is 1 to 32 letters and digits".to_owned())
    }
}
