//! From what all layers give to a whole profile, or to what is missing and where it can be given.

use std::path::Path;

use serde::Deserialize as _;

use crate::config::{
    layer::Layer, origin::Wrong, profile::Profile, setting::Setting, tunnel_kind::TunnelKind, words,
};

/// Why there is no whole profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProfileError {
    #[error("{whose} has no {key}: {how}")]
    Missing {
        /// `the profile "acme"` or `the cloud that is named`.
        whose: String,
        key: &'static str,
        how: String,
    },
    /// Something that was given cannot be used together with the rest.
    #[error(transparent)]
    Wrong(#[from] Wrong),
    /// A value cannot be used at all.
    #[error("{whose} cannot be used: {reason}")]
    Unusable { whose: String, reason: String },
}

/// Whose settings these are, for what is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whose<'a> {
    /// The name of the profile, if one was chosen.
    pub(crate) profile: Option<&'a str>,
    pub(crate) file: Option<&'a Path>,
}

impl Whose<'_> {
    fn words(self) -> String {
        self.profile.map_or_else(
            || "the cloud that is named".to_owned(),
            |profile| format!("the profile {profile:?}"),
        )
    }

    fn missing(self, setting: Setting) -> ProfileError {
        let mut hints = Vec::new();
        if let (Some(profile), Some(file)) = (self.profile, self.file) {
            let section = match setting.section() {
                "" => String::new(),
                section => format!(".{section}"),
            };
            hints.push(format!(
                "write {} = {} under [profiles.{profile}{section}] in {}",
                setting.name(),
                setting.row().kind.example(),
                file.display()
            ));
        }
        let flag = setting.row().flag.map(|flag| flag.name);
        let elsewhere: Vec<&str> = setting.row().variable.into_iter().chain(flag).collect();
        if setting == Setting::TunnelUrl {
            hints.push("use HANDSET_TUNNEL or --tunnel with the address".to_owned());
        } else if !elsewhere.is_empty() {
            hints.push(format!("use {}", elsewhere.join(" or ")));
        }
        if hints.is_empty() {
            hints.push("say it in a profile; `handset init` writes one".to_owned());
        }
        ProfileError::Missing {
            whose: self.words(),
            key: setting.row().key,
            how: hints.join(", or "),
        }
    }
}

/// A profile with everything it needs.
pub(crate) fn profile(layer: &Layer, whose: Whose<'_>) -> Result<Profile, ProfileError> {
    let has = |setting| layer.get(setting).is_some();
    let has_login = has(Setting::LoginUsername);
    let needed = layer.entries().filter(|(setting, _)| {
        setting.row().is_needed && (setting.section() != "login" || has_login)
    });
    for (setting, said) in needed {
        if said.is_none() {
            return Err(whose.missing(setting));
        }
    }
    check_public(layer, whose)?;
    let unusable = |reason: String| ProfileError::Unusable {
        whose: whose.words(),
        reason,
    };
    let mut table = layer.table().map_err(|error| unusable(error.to_string()))?;
    if !has_login {
        table.remove("login");
    }
    let mut profile =
        Profile::deserialize(table).map_err(|error| unusable(error.message().to_owned()))?;
    let account = profile.account.as_str();
    profile.name = whose.profile.unwrap_or(account).to_owned();
    Ok(profile)
}

/// The public address of a tunnel that cannot tell it: ssh's always, and cloudflared's where the
/// tunnel has a name.
fn check_public(layer: &Layer, whose: Whose<'_>) -> Result<(), ProfileError> {
    let is_named = layer.get(Setting::TunnelName).is_some();
    let public = layer.get(Setting::TunnelPublic);
    let text = layer.text(Setting::TunnelPublic).unwrap_or_default();
    let checked = match (layer.tunnel_kind(), public) {
        (TunnelKind::Ssh, None) => return Err(whose.missing(Setting::TunnelPublic)),
        (TunnelKind::Cloudflared, None) if is_named => {
            return Err(whose.missing(Setting::TunnelPublic));
        }
        // Any port will do to see whether it is an address.
        (TunnelKind::Ssh, Some(_)) => words::web(&text.replace("{port}", "8443")).map(drop),
        (TunnelKind::Cloudflared, Some(_)) if is_named => words::web(text).map(drop),
        (TunnelKind::Cloudflared, Some(_)) => Err(
            "a quick tunnel of cloudflared has no address of its own; add the `name` of a named \
             tunnel, or leave `public` out"
                .to_owned(),
        ),
        _ => Ok(()),
    };
    match (checked, public) {
        (Err(reason), Some(public)) => Err(ProfileError::Wrong(Wrong {
            origin: public.origin.clone(),
            reason,
        })),
        _ => Ok(()),
    }
}
