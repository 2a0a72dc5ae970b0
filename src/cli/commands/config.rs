//! `handset config`: what holds and who said it, where the file is, which profiles there are.

use std::{fmt::Write as _, io::Write};

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::{
    cli::{
        output,
        profile::{self, Resolved},
        schemas::SchemaName,
    },
    config::{origin::Origin, profile::Source, setting::Setting, words::SettingValue},
    domain::text::SafeText,
    export::json_line::json_line,
};

/// Show the settings: what holds, who said it, where the file is; print the schemas of files.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ConfigCommand {
    Show(Box<Show>),
    /// Print the path of the settings file, whether it is there or not.
    Path,
    /// List the profiles of the settings file; the default one has a star.
    List,
    /// Print a JSON Schema, by which editors complete and check a file.
    Schema {
        /// Of which file.
        name: SchemaName,
    },
}

/// Show what holds: each value, and whether the default, the file, the environment or a flag said
/// it.
///
/// Of a secret it shows where it is and whether it is there, and never what it is. To see whether
/// it is there, a program or the keyring named for it is asked.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    cloud: profile::CloudFlags,

    #[command(flatten)]
    tunnel: profile::TunnelFlags,

    /// What holds in the sandbox, whatever profile is the default.
    #[arg(long, conflicts_with_all = ["profile", "csds", "account", "client-id", "secret-env"])]
    sandbox: bool,

    /// Print JSON, one object.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: ConfigArgs, output: &mut impl Write) -> anyhow::Result<()> {
    let text = match args.command {
        ConfigCommand::Show(show) => shown(&show).await?,
        ConfigCommand::Path => {
            let path = profile::settings_file().context(
                "cannot tell where the settings are; name their folder with HANDSET_CONFIG_DIR",
            )?;
            format!("{}\n", SafeText::from(path.display().to_string()))
        }
        ConfigCommand::List => list()?,
        ConfigCommand::Schema { name } => name.text().into_owned(),
    };
    output::print(output, &text, "the settings")
}

struct SettingLine {
    key: &'static str,
    value: Value,
    /// As it is shown to people.
    words: String,
    origin: Option<Origin>,
}

async fn shown(show: &Show) -> anyhow::Result<String> {
    let flags = show.cloud.layer.clone().over(show.tunnel.layer.clone());
    let resolved = if show.sandbox {
        profile::sandbox(flags)?
    } else {
        profile::resolve(show.cloud.profile.as_deref(), flags)?
    };
    let rows = rows(&resolved).await;
    Ok(if show.json {
        format!("{}\n", json_line(&json(&resolved, &rows))?)
    } else {
        table(&resolved, &rows)
    })
}

async fn rows(resolved: &Resolved) -> Vec<SettingLine> {
    let mut rows = Vec::new();
    for (setting, said) in resolved.layer.entries() {
        if !resolved.is_cloud && !setting.is_for_sandbox() {
            continue;
        }
        let (value, words) = match said.map(|said| &said.value) {
            None => (Value::Null, "not set".to_owned()),
            Some(SettingValue::Text(text)) => (json!(text), text.clone()),
            Some(SettingValue::Number(number)) => (json!(number.to_string()), number.to_string()),
            Some(SettingValue::Switch(switch)) => (json!(switch), switch.to_string()),
            Some(SettingValue::List(list)) => (json!(list), list.join(", ")),
            Some(SettingValue::Secret(source)) => {
                let state = state(source).await;
                (json!(state), state)
            }
        };
        rows.push(SettingLine {
            key: setting.row().key,
            value,
            words,
            origin: said.map(|said| said.origin.clone()),
        });
    }
    rows
}

/// Whether a secret is there; it is dropped at once.
async fn state(source: &Source) -> String {
    match source.read().await {
        Ok(_) => format!("set ({source})"),
        Err(error) => format!("not set: {error}"),
    }
}

fn table(resolved: &Resolved, rows: &[SettingLine]) -> String {
    let mut text = String::new();
    let head = match &resolved.name {
        Some(name) => format!("profile {} ({})", name.value, name.origin),
        None if resolved.is_cloud => "no profile".to_owned(),
        None => "no profile: `handset` opens the sandbox".to_owned(),
    };
    line(&mut text, &head);
    let column = |of: &dyn Fn(&SettingLine) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let keys = column(&|row| row.key.chars().count());
    // A long one does not push every origin off the screen.
    let words = column(&|row| {
        Some(row.words.chars().count())
            .filter(|n| *n <= 44)
            .unwrap_or(0)
    });
    for row in rows {
        let origin = row.origin.as_ref().map_or(String::new(), Origin::to_string);
        let said = format!("{:keys$}  {:words$}  {origin}", row.key, row.words);
        line(&mut text, said.trim_end());
    }
    for (setting, origin) in &resolved.ignored {
        let key = setting.row().key;
        line(
            &mut text,
            &format!("{key}, given by {origin}, does not count in the sandbox"),
        );
    }
    text
}

/// One line, without anything a terminal would execute.
fn line(text: &mut String, said: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", SafeText::clean(said).one_line());
}

fn json(resolved: &Resolved, rows: &[SettingLine]) -> Value {
    let values: Map<String, Value> = rows
        .iter()
        .map(|row| {
            let origin = row.origin.as_ref().map(Origin::to_string);
            let entry = json!({ "value": row.value, "origin": origin });
            (row.key.to_owned(), entry)
        })
        .collect();
    json!({
        "profile": resolved.name.as_ref().map(|name| &name.value),
        "file": resolved.file.as_ref().map(|file| file.display().to_string()),
        "values": values,
        "ignored": resolved.ignored.iter().map(|(setting, _)| setting.row().key).collect::<Vec<_>>(),
    })
}

fn list() -> anyhow::Result<String> {
    let file = profile::settings()?;
    if file.profiles.is_empty() {
        return Ok("There is no profile yet; `handset init` makes one.\n".to_owned());
    }
    let default = file.default.map(|default| default.value);
    let rows = file.profiles.iter().map(|(name, layer)| {
        let is_default = default.as_deref() == Some(name);
        let star = if is_default { "*" } else { " " };
        let account = layer.text(Setting::Account).unwrap_or_default();
        let production = layer.get(Setting::Production).map(|said| &said.value);
        let loud = match production {
            Some(SettingValue::Switch(true)) => "  PRODUCTION",
            _ => "",
        };
        [format!("{star} {name}"), format!("{account}{loud}")]
    });
    Ok(output::table(rows.collect()))
}
