//! `handset app`: the app installs of an account, by an agent's login.

mod change;
mod create;
mod login;
mod point;
mod show;

use std::io::Write;

use serde_json::Value;

use crate::{
    cli::{
        commands::app::login::{AppFlags, OneInstall},
        output,
        plain_mode::PlainMode,
    },
    domain::{spoken::speakable, text::SafeText},
    export::json_line::json_line,
};

/// Look at the app installs of an account and change them, with an agent's login.
///
/// The login is the profile's ([profiles.NAME.login] in config.toml), or --username with
/// --password-env.
#[derive(Debug, clap::Args)]
pub(crate) struct AppArgs {
    #[command(subcommand)]
    command: AppCommand,
}

#[derive(Debug, clap::Subcommand)]
enum AppCommand {
    /// List the app installs: client_id, name, whether it is enabled, scope, where its events go.
    List(Box<AppFlags>),
    Show(Box<show::Show>),
    Create(Box<create::Create>),
    /// Enable an app install: its connector gets tokens and webhooks.
    Enable(Box<OneInstall>),
    /// Disable an app install: its connector gets neither tokens nor webhooks.
    Disable(Box<OneInstall>),
    Delete(Box<change::Delete>),
    Point(Box<point::Point>),
    /// Give the webhooks back that were borrowed by `app point` or by a phone that was killed.
    Restore(Box<OneInstall>),
}

/// What a command has to say: to people, or as one JSON value.
struct AppAnswer {
    text: String,
    json: Value,
}

pub(crate) async fn run(
    args: AppArgs,
    plain: Option<PlainMode>,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let (common, said) = match &args.command {
        AppCommand::List(common) => (&**common, show::list(common, plain.is_some()).await?),
        AppCommand::Show(show) => (&show.of.common, show.run().await?),
        AppCommand::Create(create) => (&create.common, create.run().await?),
        AppCommand::Enable(of) => (&of.common, change::switch(of, true).await?),
        AppCommand::Disable(of) => (&of.common, change::switch(of, false).await?),
        AppCommand::Delete(delete) => (&delete.common, delete.run().await?),
        AppCommand::Point(point) => (&point.of.common, point.run().await?),
        AppCommand::Restore(of) => (&of.common, point::restore(of).await?),
    };
    let text = if common.json {
        json_line(&said.json)?
    } else if let Some(plain) = plain {
        format!("{}{}", plain.first_line(), speakable(said.text.trim_end()))
    } else {
        SafeText::clean(&said.text).as_str().trim_end().to_owned()
    };
    output::print(output, &format!("{text}\n"), "the answer")
}
