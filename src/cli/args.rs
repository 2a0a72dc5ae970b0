//! The command tree.

use clap::{Parser, Subcommand};

use crate::cli::commands;

/// A consumer's phone in a terminal, for LivePerson's Connector API.
#[derive(Debug, Parser)]
#[command(name = "handset", version, about)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What handset can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an emulated cloud that a connector can talk to.
    Sandbox(commands::sandbox::Args),
}
