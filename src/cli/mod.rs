//! The command line: what can be asked for, and what is then composed.

pub mod args;
pub mod commands;

use std::io::Write;

use crate::cli::args::{Args, Command};

/// Does what the command line asks for; results go to `out`.
pub async fn run(args: Args, out: &mut (impl Write + Send)) -> anyhow::Result<()> {
    match args.command {
        Command::Sandbox(sandbox) => commands::sandbox::run(sandbox, out).await,
    }
}
