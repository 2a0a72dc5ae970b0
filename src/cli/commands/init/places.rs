//! Where a secret is kept: asked for, and tried out by reading it.

use std::path::{Path, PathBuf};

use crate::{
    cli::{commands::init::prompt::Prompt, in_words},
    config::profile::Source,
    domain::secret::Secret,
};

/// A secret with the place it is kept in.
pub(super) struct KeptSecret {
    pub(super) source: Source,
    pub(super) secret: Secret,
    /// Whether it has yet to be put there.
    pub(super) is_new: bool,
}

pub(super) struct SecretQuestion<'a> {
    /// Which secret: `client_secret`, `password` or `ticket`.
    pub(super) what: &'a str,
    /// The flag that names its variable.
    pub(super) flag: &'a str,
    pub(super) profile: &'a str,
    pub(super) folder: &'a Path,
    pub(super) usual: Option<Source>,
    pub(super) known: Option<Secret>,
}

/// Asks where it is until it can be had.
pub(super) async fn ask(
    prompt: &mut Prompt,
    wanted: &SecretQuestion<'_>,
) -> anyhow::Result<KeptSecret> {
    let what = wanted.what;
    let question =
        format!("Where is the {what} kept: file [PATH], keyring, env VARIABLE, command PROGRAM …");
    let usual = wanted.usual.as_ref().map(spelled);
    let usual = usual.or_else(|| prompt.is_asking().then(|| "file".to_owned()));
    loop {
        let place = prompt
            .must(&question, usual.as_deref(), wanted.flag)
            .await?;
        let source = match source(&place, wanted) {
            Ok(source) => source,
            Err(reason) => {
                prompt.again(&reason)?;
                continue;
            }
        };
        let is_new = match &source {
            Source::Keyring { .. } => true,
            // One that is there is read as it is, and never written over.
            Source::File(path) => std::fs::symlink_metadata(path).is_err(),
            Source::Env(_) | Source::Command(_) => false,
        };
        if is_new {
            let secret = match &wanted.known {
                Some(secret) => secret.clone(),
                None if prompt.is_asking() => prompt.secret(&format!("The {what}")).await?,
                None => anyhow::bail!("there is no {what} in the {source}; nothing was written"),
            };
            return Ok(KeptSecret {
                source,
                secret,
                is_new,
            });
        }
        let reading = async { Ok(source.read().await?) };
        // Without it nobody would know why they are not asked, or what to do about an old one.
        let hint = match &source {
            Source::File(_) => ", which is there already (delete it to enter another)",
            _ => "",
        };
        match prompt
            .trying(&format!("reading it from {source}{hint}"), reading)
            .await?
        {
            Ok(secret) => {
                return Ok(KeptSecret {
                    source,
                    secret,
                    is_new,
                });
            }
            Err(error) => prompt.again(&in_words(&error))?,
        }
    }
}

/// A place in the words it is asked for in.
fn spelled(source: &Source) -> String {
    match source {
        Source::Env(variable) => format!("env {variable}"),
        Source::Command(words) => format!("command {}", words.join(" ")),
        Source::Keyring { .. } => "keyring".to_owned(),
        Source::File(path) => format!("file {}", path.display()),
    }
}

fn source(place: &str, wanted: &SecretQuestion<'_>) -> Result<Source, String> {
    let mut words = place.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let rest: Vec<String> = words.map(ToOwned::to_owned).collect();
    match (kind, rest.as_slice()) {
        ("env", [variable]) => Ok(Source::Env(variable.clone())),
        ("env", _) => Err("name one variable: env ACME_SECRET".to_owned()),
        ("command", [_, ..]) => Ok(Source::Command(rest)),
        ("command", []) => Err("name the program: command pass show acme".to_owned()),
        ("keyring", []) => Ok(Source::Keyring {
            service: "handset".to_owned(),
            user: format!("{} {}", wanted.profile, wanted.what),
        }),
        ("file", []) => {
            let name = format!("{}.{}", wanted.profile, wanted.what);
            Ok(Source::File(wanted.folder.join(name)))
        }
        ("file", [_, ..]) => {
            let path = place.trim_start().strip_prefix("file").unwrap_or("").trim();
            let path = std::path::absolute(PathBuf::from(path));
            path.map(Source::File)
                .map_err(|cause| format!("cannot use this path: {cause}"))
        }
        _ => Err(
            "write file, file PATH, keyring, env VARIABLE, or command PROGRAM ARGUMENTS; \
             the secret itself is asked for afterwards"
                .to_owned(),
        ),
    }
}
