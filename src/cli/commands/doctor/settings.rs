//! Whether there is a whole profile, or none and so the sandbox; and whether its secret can be had.

use std::fs;

use crate::{
    cli::{
        self,
        checks::finding::Finding,
        commands::doctor::DoctorArgs,
        profile::{self, Resolved},
    },
    config::{origin::Origin, profile::Profile},
    domain::secret::Secret,
    rt::tls::Trust,
};

const NAME: &str = "settings";
const SECRET: &str = "secret";

pub(super) enum CheckedSettings {
    /// A cloud that can be reached for.
    Cloud(Box<Profile>, Trust),
    /// No profile: the sandbox.
    Sandbox,
    Broken,
}

/// Reads the settings as the phone does.
pub(super) fn check(args: &DoctorArgs) -> (Finding, CheckedSettings) {
    let resolved = match args.resolve() {
        Ok(resolved) => resolved,
        Err(error) => return (broken(&error), CheckedSettings::Broken),
    };
    if !resolved.is_cloud {
        let says = format!("no profile: the sandbox is the cloud{}", place(&resolved));
        return (Finding::good(NAME, says), CheckedSettings::Sandbox);
    }
    let profile = match resolved.profile() {
        Ok(profile) => profile,
        Err(error) => {
            let words = cli::in_words(&error);
            // `the profile has no client_id: write …`
            let finding = match words.split_once(": write ") {
                Some((says, how)) => Finding::bad(NAME, says, format!("write {how}")),
                None => Finding::of_error(NAME, &words, "say it in the profile"),
            };
            return (finding, CheckedSettings::Broken);
        }
    };
    let trust = match profile::trust(profile.ca.as_deref()) {
        Ok(trust) => trust,
        Err(error) => return (broken(&error), CheckedSettings::Broken),
    };
    let who = match &resolved.name {
        Some(name) => format!("profile {} by {}", name.value, name.origin),
        None => "no profile, a cloud that is named".to_owned(),
    };
    let place = match &resolved.name {
        // It was named with its line.
        Some(name) if matches!(name.origin, Origin::File { .. }) => String::new(),
        _ => place(&resolved),
    };
    let loud = if profile.production {
        ", PRODUCTION"
    } else {
        ""
    };
    let says = format!("{who}, account {}{loud}{place}", profile.account);
    (
        Finding::good(NAME, says),
        CheckedSettings::Cloud(Box::new(profile), trust),
    )
}

fn broken(error: &anyhow::Error) -> Finding {
    Finding::of_error(
        NAME,
        &cli::in_words(error),
        "mend that place; `handset config path` says which file is read",
    )
}

/// Where the file is, and whether it is there.
fn place(resolved: &Resolved) -> String {
    match &resolved.file {
        Some(file) if fs::metadata(file).is_ok() => format!(", file {}", file.display()),
        Some(file) => format!(", no file {}", file.display()),
        None => String::new(),
    }
}

/// Reads the client_secret from where the profile says.
pub(super) async fn secret(profile: &Profile) -> (Finding, Option<Secret>) {
    match profile::secret(&profile.secret, "client_secret").await {
        Ok(secret) => {
            let remark = profile.secret.remark();
            let remark = remark
                .map(|remark| format!("; {remark}"))
                .unwrap_or_default();
            let says = format!("the client_secret is there ({}){remark}", profile.secret);
            (Finding::good(SECRET, says), Some(secret))
        }
        Err(error) => {
            let remedy = "put the secret where the profile says";
            let finding = Finding::of_error(SECRET, &cli::in_words(&error), remedy);
            (finding, None)
        }
    }
}
