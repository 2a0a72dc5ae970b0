//! The command line: what can be asked for, and who does it.

pub mod commands;
pub mod output;
pub mod signals;

use std::io;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::cli::commands::listen;

/// A consumer's phone in a terminal for LivePerson's Connector API.
#[derive(Debug, Parser)]
#[command(name = "handset", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The help text of each is the doc comment of its `Args`.
#[derive(Debug, Subcommand)]
enum Command {
    Listen(listen::Args),
}

/// Does what was asked for; the error is for the person at the terminal.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime of this program")?;
    let outcome = match cli.command {
        Command::Listen(args) => {
            runtime.block_on(Box::pin(listen::run(args, io::stdout(), io::stderr())))
        }
    };
    // Every command has ended its tasks; what is left is a write that nobody reads.
    runtime.shutdown_background();
    outcome
}
