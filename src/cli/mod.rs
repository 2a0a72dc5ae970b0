//! The command line: what can be asked for, and who does it.

mod agents;
mod answerer;
mod asking;
mod beside;
mod checks;
mod cloud;
mod commands;
mod completing;
mod files;
mod ingress;
mod inputs;
mod logging;
mod names;
mod nats;
mod output;
mod own;
mod pictures;
mod plain_mode;
mod presenter;
mod profile;
mod raw_mode;
mod reports;
mod scenarios;
mod schemas;
mod show;
mod signals;
mod spans;
mod terminfo;
mod webhooks;

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
        agent, app, check, completions, config, doctor, export, fmt, import, init, journal, keys,
        listen, man, mcp, open, personas, phone, play, relay, report, run as run_scenarios,
        sandbox, stabilise, stage, swarm, token,
    },
    cli::plain_mode::PlainFlags,
    config::misplaced,
};

/// The page of `handset accessibility`.
const ACCESSIBILITY: &str = include_str!("../../docs/accessibility.md");

/// What else has a say, at the end of `handset --help`.
const ENVIRONMENT: &str = "\
Environment:
  HANDSET_CONFIG_DIR  The folder of settings: config.toml with the profiles, keys.toml with keys
                      of your own, and personas as personas/*.toml
  HANDSET_DATA_DIR    The data folder, where --data-dir names none
  HANDSET_LOG         What handset.log in the data folder tells: a level like debug, or levels by
                      module like warn,handset=trace
  HANDSET_PROFILE     The profile, where --profile names none
  HANDSET_ACCOUNT, _CSDS, _CLIENT_ID, _CLIENT_SECRET, _CA, _PRODUCTION, _BRAND, _THEME,
  _PRIVATE, _TUNNEL, _RELAY_LINK, _RELAY_TICKET, _LOGIN_USERNAME, _LOGIN_PASSWORD
                      Values over the profile's and below the flags; `handset config show` tells
                      which of them hold
  HANDSET_SANDBOX_TOKEN
                      The token of the sandbox's own API, in place of one drawn at random
  VISUAL, EDITOR      The editor of long texts: a command, perhaps with arguments
  HANDSET_PLAIN, ACCESSIBLE
                      Set to anything but 0, false or no, plain mode for screen readers, braille
                      and pipes; --no-plain wins
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
    command: Option<CliCommand>,
    #[command(flatten)]
    phone: phone::PhoneArgs,
    #[command(flatten)]
    plain: PlainFlags,
}

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Tells what is done for screen readers, braille and pipes, what is tested, and what is not.
    Accessibility,
    Agent(agent::AgentArgs),
    App(app::AppArgs),
    Check(check::CheckArgs),
    Completions(completions::CompletionsArgs),
    Config(config::ConfigArgs),
    Doctor(doctor::DoctorArgs),
    Export(export::ExportArgs),
    Fmt(fmt::FmtArgs),
    Import(import::ImportArgs),
    Init(Box<init::InitArgs>),
    Journal(journal::JournalArgs),
    Keys(keys::KeysArgs),
    Listen(listen::ListenArgs),
    #[command(hide = true)]
    Man(man::ManArgs),
    Mcp(mcp::McpArgs),
    Open(open::OpenArgs),
    /// Lists the consumers there are to play.
    Personas,
    Play(Box<play::PlayArgs>),
    Relay(Box<relay::RelayArgs>),
    Report(report::ReportCommandArgs),
    Run(Box<run_scenarios::RunArgs>),
    Sandbox(sandbox::SandboxArgs),
    Stabilise(stabilise::StabiliseArgs),
    Stage(Box<stage::StageArgs>),
    Swarm(Box<swarm::SwarmArgs>),
    Token(Box<token::TokenArgs>),
}

pub use completing::answer_shell;

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
    let plain = cli.plain.resolve();
    let outcome = runtime.block_on(async {
        match cli.command {
            Some(CliCommand::Accessibility) => {
                output::print(&mut io::stdout(), ACCESSIBILITY, "what is done for access")
            }
            Some(CliCommand::Agent(args)) => Box::pin(agent::run(args, plain)).await,
            Some(CliCommand::Config(args)) => config::run(args, &mut io::stdout()).await,
            Some(CliCommand::Check(args)) => check::run(&args, &mut io::stdout()),
            Some(CliCommand::Completions(args)) => completions::run(&args, &mut io::stdout()),
            Some(CliCommand::Fmt(args)) => fmt::run(&args, &mut io::stdout()),
            Some(CliCommand::Init(args)) => Box::pin(init::run(*args, plain)).await,
            Some(CliCommand::App(args)) => Box::pin(app::run(args, plain, &mut io::stdout())).await,
            Some(CliCommand::Doctor(args)) => {
                Box::pin(doctor::run(args, plain, &mut io::stdout())).await
            }
            Some(CliCommand::Listen(args)) => {
                Box::pin(listen::run(args, io::stdout(), io::stderr())).await
            }
            Some(CliCommand::Import(args)) => import::run(&args, &mut io::stdout()),
            Some(CliCommand::Export(args)) => {
                Box::pin(export::run(args, &mut BufWriter::new(io::stdout()))).await
            }
            Some(CliCommand::Keys(args)) => keys::run(&args, &mut io::stdout()),
            Some(CliCommand::Mcp(args)) => Box::pin(mcp::run(args)).await,
            Some(CliCommand::Open(args)) => open::run(&args, &mut io::stdout()),
            Some(CliCommand::Man(args)) => man::run(&args, &mut io::stdout()),
            Some(CliCommand::Journal(args)) => journal::run(args, &mut io::stdout()),
            Some(CliCommand::Personas) => personas::run(&mut io::stdout()),
            Some(CliCommand::Play(args)) => Box::pin(play::run(*args)).await,
            Some(CliCommand::Relay(args)) => Box::pin(relay::run(*args, &mut io::stdout())).await,
            Some(CliCommand::Report(args)) => {
                report::run(args, plain.is_some(), &mut BufWriter::new(io::stdout()))
            }
            Some(CliCommand::Run(args)) => {
                Box::pin(run_scenarios::run(*args, plain, &mut io::stdout())).await
            }
            Some(CliCommand::Sandbox(args)) => {
                Box::pin(sandbox::run(args, &mut io::stdout())).await
            }
            Some(CliCommand::Stabilise(args)) => {
                Box::pin(stabilise::run(args, &mut io::stdout())).await
            }
            Some(CliCommand::Stage(args)) => Box::pin(stage::run(*args, &mut io::stdout())).await,
            Some(CliCommand::Swarm(args)) => {
                Box::pin(swarm::swarm(*args, plain, &mut io::stdout())).await
            }
            Some(CliCommand::Token(args)) => Box::pin(token::run(*args, &mut io::stdout())).await,
            None => Box::pin(phone::run(cli.phone, plain)).await,
        }
    });
    // Every command has ended its tasks; what is left is a write that nobody reads.
    runtime.shutdown_background();
    outcome
}

/// How the program ends where neither success nor an error says it: with this code, and without a
/// word more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the program ends with code {0}")]
pub struct EndsWith(pub u8);

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
