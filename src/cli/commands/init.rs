//! `handset init`: asks what a profile needs, tries each answer out, and writes the profile.

mod answers;
mod checks;
mod places;
mod prompt;

use std::{fs, net::SocketAddr, path::PathBuf};

use anyhow::Context as _;

use crate::{
    cli::{
        commands::init::prompt::Prompt, files, inputs, plain_mode::PlainMode, profile,
        schemas::SchemaName,
    },
    config::{file::SettingsFile, schema::PLACE, writing},
};

/// Make a profile: ask for account, app install, login and tunnel, try each answer out, write it.
///
/// Flags are the answers that are proposed; with --yes they are taken without asking, and the
/// first one that does not work ends it. Nothing is written before all of it works.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct InitArgs {
    #[command(flatten)]
    cloud: profile::CloudFlags,

    #[command(flatten)]
    tunnel: profile::TunnelFlags,

    /// The name of an agent who may manage the app install.
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    login: Option<String>,

    /// The environment variable that holds the agent's password.
    #[arg(long, value_name = "VAR", value_parser = inputs::words, requires = "login")]
    password_env: Option<String>,

    /// Point the app install's webhooks here while a phone runs, and back afterwards.
    #[arg(long, requires = "login")]
    borrow: bool,

    /// The loopback address and port that a public address leads to.
    #[arg(long, value_name = "ADDR", value_parser = inputs::address)]
    bind: Option<SocketAddr>,

    /// Real consumers and agents are there: say it loudly and ask before each conversation.
    #[arg(long)]
    production: bool,

    /// The brand's name on the screen [default: the account].
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    brand: Option<String>,

    /// Replace a profile of that name.
    #[arg(long)]
    force: bool,

    /// Take the flags for the answers, and the defaults for the rest.
    #[arg(long)]
    yes: bool,
}

/// Asks until all of it works, then writes it.
pub(crate) async fn run(args: InitArgs, plain: Option<PlainMode>) -> anyhow::Result<()> {
    let path = profile::settings_file()
        .context("cannot tell where the settings are; name their folder with HANDSET_CONFIG_DIR")?;
    let mut prompt = Prompt::start(!args.yes, plain.is_some())?;
    if let Some(plain) = plain {
        prompt.say(plain.first_line().trim_end())?;
    }
    // A file that cannot be understood is told before anybody answers anything.
    let known = profile::settings()?;
    if !args.yes {
        prompt.say(&format!(
            "This makes a profile in {}. Enter takes what stands in brackets, - takes it away; \
             Ctrl-C leaves, with nothing written.\n",
            path.display()
        ))?;
    }
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    let (profile, pending) = answers::ask(&mut prompt, &args, &known, &folder).await?;
    for (source, secret) in &pending {
        source
            .store(secret)
            .await
            .with_context(|| format!("the profile {} was not written", profile.name))?;
    }
    drop(pending);
    writing::write(&path, &profile, args.force)?;
    let schema = folder.join(PLACE);
    fs::create_dir_all(schema.parent().unwrap_or(&folder))
        .with_context(|| format!("cannot make the folder of {}", schema.display()))?;
    let text = SchemaName::Config.text();
    files::replace(&schema, text.as_bytes(), 0o644, "schema of the settings")?;
    prompt.say(&format!(
        "\nThe profile {name} is in {}. Next:\n\n  handset doctor --profile {name}\n  handset --profile {name}\n",
        path.display(),
        name = profile.name,
    ))?;
    Ok(())
}

/// The name of the profile, which must be free unless it may be replaced.
fn checked_name(name: &str, args: &InitArgs, known: &SettingsFile) -> Result<(), String> {
    if !writing::is_plain(name) {
        return Err("take letters, digits, - and _ for the name".to_owned());
    }
    if known.profiles.contains_key(name) && !args.force {
        return Err(format!(
            "there is a profile {name:?} already; take another name, or start with --force to replace it"
        ));
    }
    Ok(())
}
