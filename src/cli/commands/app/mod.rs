//! `handset app`: the app installs of an account, by an agent's login.

mod change;
mod create;
mod login;
mod point;
mod show;

use std::io::Write;

use anyhow::Context as _;
use serde_json::Value;

use crate::{
    cli::commands::app::login::Common, domain::text::SafeText, export::json_line::json_line,
};

/// Look at the app installs of an account and change them, with an agent's login.
///
/// The login is the profile's ([profiles.NAME.login] in config.toml), or --username with
/// --password-env.
#[derive(Debug, clap::Args)]
pub struct AppArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(Box<show::List>),
    Show(Box<show::Show>),
    Create(Box<create::Create>),
    Enable(Box<change::Enable>),
    Disable(Box<change::Disable>),
    Delete(Box<change::Delete>),
    Point(Box<point::Point>),
    Restore(Box<point::Restore>),
}

/// What a command has to say: to people, or as one JSON value.
struct Said {
    text: String,
    json: Value,
}

/// Does what was asked for.
pub async fn run(args: AppArgs, output: &mut impl Write) -> anyhow::Result<()> {
    let (common, said) = match args.command {
        Command::List(list) => (list.common.clone(), list.run().await?),
        Command::Show(show) => (show.common.clone(), show.run().await?),
        Command::Create(create) => (create.common.clone(), create.run().await?),
        Command::Enable(enable) => (enable.switch.common.clone(), enable.switch.run(true).await?),
        Command::Disable(disable) => (
            disable.switch.common.clone(),
            disable.switch.run(false).await?,
        ),
        Command::Delete(delete) => (delete.common.clone(), delete.run().await?),
        Command::Point(point) => (point.common.clone(), point.run().await?),
        Command::Restore(restore) => (restore.common.clone(), restore.run().await?),
    };
    say(&common, &said, output)
}

fn say(common: &Common, said: &Said, output: &mut impl Write) -> anyhow::Result<()> {
    let text = if common.json {
        json_line(&said.json)?
    } else {
        SafeText::clean(&said.text).as_str().trim_end().to_owned()
    };
    writeln!(output, "{text}").context("cannot print the answer")
}
