//! The command line: what can be asked for, and who does it.

pub mod agents;
pub mod beside;
mod checks;
pub mod commands;
pub mod files;
pub mod ingress;
pub mod inputs;
pub mod logging;
pub mod names;
pub mod output;
pub mod own;
pub mod pictures;
pub mod profile;
pub mod signals;
pub mod terminfo;
pub mod webhooks;

use std::{
    env,
    io::{self, BufWriter},
};

use anyhow::Context;
use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{
    cli::commands::{
        agent, app, config, doctor, export, init, listen, personas, phone, relay, sandbox,
    },
    config::misplaced,
};

/// What else has a say, at the end of `handset --help`.
const ENVIRONMENT: &str = "\
Environment:
  HANDSET_CONFIG_DIR  The folder of settings: config.toml with the profiles, and personas of your
                      own as personas/*.toml
  HANDSET_DATA_DIR    The data folder, where --data-dir names none
  HANDSET_LOG         What handset.log in the data folder tells: a level like debug, or levels by
                      module like warn,handset=trace
  HANDSET_PROFILE     The profile, where --profile names none
  HANDSET_ACCOUNT, _CSDS, _CLIENT_ID, _CLIENT_SECRET, _CA, _PRODUCTION, _BRAND, _THEME, _TUNNEL,
  _RELAY_LINK, _RELAY_TICKET, _LOGIN_USERNAME, _LOGIN_PASSWORD
                      Values over the profile's and below the flags; `handset config show` tells
                      which of them hold
  HANDSET_SANDBOX_TOKEN
                      The token of the sandbox's own API, in place of one drawn at random
  NO_COLOR            Set to anything, it takes the colours away";

/// A consumer's phone in a terminal for LivePerson's Connector API.
///
/// Without a command the phone opens, with an emulated cloud and an agent who answers: no
/// account and no set-up needed.
#[derive(Debug, Parser)]
#[command(
    name = "handset",
    version,
    propagate_version = true,
    args_conflicts_with_subcommands = true,
    after_long_help = ENVIRONMENT
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    phone: phone::PhoneArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Agent(agent::AgentArgs),
    App(app::AppArgs),
    Config(config::ConfigArgs),
    Doctor(doctor::DoctorArgs),
    Export(export::ExportArgs),
    Init(Box<init::InitArgs>),
    Listen(listen::ListenArgs),
    /// Lists the consumers there are to play.
    Personas,
    Relay(Box<relay::RelayArgs>),
    Sandbox(sandbox::SandboxArgs),
}

/// Reads the command line, or ends the program with what is wrong with it.
pub fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| unrepeated(error).exit())
}

/// The error without a text that may be a secret in the wrong place: a value that cannot be read,
/// and whatever else has not the shape of a name.
fn unrepeated(mut error: clap::Error) -> clap::Error {
    let (kind, is_place) = match error.kind() {
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, true),
        ErrorKind::InvalidSubcommand => (ContextKind::InvalidSubcommand, true),
        _ => (ContextKind::InvalidValue, false),
    };
    let Some(ContextValue::String(text)) = error.get(kind) else {
        return error;
    };
    let may_be_repeated =
        text.is_empty() || misplaced::is_like_a_name(text.trim_start_matches('-'));
    if may_be_repeated && error.kind() != ErrorKind::ValueValidation {
        return error;
    }
    let place = env::args_os().position(|argument| argument.to_str() == Some(text));
    let shown = match place.filter(|_| is_place) {
        Some(place) => format!("… (word {place} of the command line)"),
        None => "…".to_owned(),
    };
    error.insert(kind, ContextValue::String(shown));
    // It would repeat the text.
    error.remove(ContextKind::Suggested);
    error
}

/// Does what was asked for; the error is for the person at the terminal.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime of this program")?;
    let outcome = runtime.block_on(async {
        match cli.command {
            Some(Command::Agent(args)) => Box::pin(agent::run(args)).await,
            Some(Command::Config(args)) => config::run(args, &mut io::stdout()).await,
            Some(Command::Init(args)) => Box::pin(init::run(*args)).await,
            Some(Command::App(args)) => Box::pin(app::run(args, &mut io::stdout())).await,
            Some(Command::Doctor(args)) => Box::pin(doctor::run(args, &mut io::stdout())).await,
            Some(Command::Listen(args)) => {
                Box::pin(listen::run(args, io::stdout(), io::stderr())).await
            }
            Some(Command::Export(args)) => export::run(args, &mut BufWriter::new(io::stdout())),
            Some(Command::Personas) => personas::run(&mut io::stdout()),
            Some(Command::Relay(args)) => Box::pin(relay::run(*args, &mut io::stdout())).await,
            Some(Command::Sandbox(args)) => Box::pin(sandbox::run(args, &mut io::stdout())).await,
            None => Box::pin(phone::run(cli.phone)).await,
        }
    });
    // Every command has ended its tasks; what is left is a write that nobody reads.
    runtime.shutdown_background();
    outcome
}

/// An error with its causes on one line, each said once.
pub fn in_words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if words.is_empty() {
            words = cause;
        } else if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}
