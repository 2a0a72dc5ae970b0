//! `config.toml`: the profiles there are, and which one is meant when nobody names one.
//!
//! A fault is told with file, line and column and a caret under it. No secret belongs in the
//! file; should there be one, no fault repeats it.

mod excerpt;
mod value;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub(crate) use self::excerpt::SettingsFault;
use self::{excerpt::Text, value::in_order};
use crate::config::{
    layer::Layer,
    origin::Said,
    setting::{SECTIONS, Setting},
    text,
};

/// What it can say beside what its tables do.
const KEYS: [&str; 4] = ["default", "profiles", "plain", "reduced_motion"];

/// Its name in the folder of settings.
pub(crate) const NAME: &str = "config.toml";

/// Why the settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsFileError {
    /// The system does not give the file.
    #[error("cannot read the settings in {}: {cause}; make the file readable, or move it elsewhere", path.display())]
    Read { path: PathBuf, cause: io::Error },
    /// Everybody could change what this program does.
    #[error("everybody can write to {0}; it names programs to start, so do `chmod go-w {0}` first", path.display())]
    Open { path: PathBuf },
    /// It says something that cannot be understood.
    #[error(transparent)]
    Fault(#[from] SettingsFault),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SettingsFile {
    /// The profile that is meant when nobody names one.
    pub(crate) default: Option<Said<String>>,
    /// The profiles by their names.
    pub(crate) profiles: BTreeMap<String, Layer>,
    /// Whether plain mode is on where neither a flag nor the environment says so.
    pub(crate) plain: bool,
    /// Whether nothing on the screen moves by itself.
    pub(crate) reduced_motion: bool,
}

impl SettingsFile {
    /// Reads it; a file that is not there says nothing.
    pub(crate) fn read(path: &Path) -> Result<Self, SettingsFileError> {
        match text_of(path) {
            Ok(Some(text)) => Ok(Self::parse(path, &text)?),
            Ok(None) => Err(SettingsFileError::Open {
                path: path.to_owned(),
            }),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(SettingsFileError::Read {
                path: path.to_owned(),
                cause,
            }),
        }
    }

    /// Reads what a file says; `path` is named in faults and origins, and relative paths are
    /// meant from its folder.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, SettingsFault> {
        let text = Text {
            path: Arc::new(path.to_owned()),
            text,
        };
        let root = DeTable::parse(text.text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            text.fault(at, error.message().trim().replace('\n', "; "))
        })?;
        let mut file = Self::default();
        for (key, value) in in_order(root.into_inner()) {
            match key.get_ref().as_ref() {
                "default" => file.default = Some(text.name(&key, &value)?),
                "profiles" => {
                    for (name, value) in text.table("profiles", value)?.1 {
                        let layer = profile(&text, name.get_ref(), value)?;
                        file.profiles.insert(name.into_inner().into_owned(), layer);
                    }
                }
                "plain" => file.plain = text.switch(&key, &value)?,
                "reduced_motion" => file.reduced_motion = text.switch(&key, &value)?,
                _ => return Err(text.unknown(&key, &KEYS)),
            }
        }
        if let Some(default) = &file.default
            && !file.profiles.contains_key(&default.value)
        {
            let reason = format!(
                "there is no profile {:?} in this file; {}",
                default.value,
                file.known()
            );
            let at = text.text.find("default").unwrap_or(0);
            return Err(text.fault(at..at + "default".len(), reason));
        }
        Ok(file)
    }

    /// The names of the profiles, for a hint.
    pub(crate) fn known(&self) -> String {
        if self.profiles.is_empty() {
            return "there is none yet; `handset init` makes one".to_owned();
        }
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        format!("choose one of {}", names.join(", "))
    }
}

/// The text of a file of sensible size; `None` when everybody can write to it.
fn text_of(path: &Path) -> io::Result<Option<String>> {
    let file = text::open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o002 != 0 {
        return Ok(None);
    }
    text::read_from(file, text::LARGEST).map(Some)
}

/// Reads a profile, with the tables in it.
fn profile(
    text: &Text<'_>,
    name: &str,
    value: Spanned<DeValue<'_>>,
) -> Result<Layer, SettingsFault> {
    let name = format!("profiles.{name}");
    let mut layer = Layer::default();
    let mut within = Vec::new();
    let known: Vec<Setting> = settings_of("").collect();
    for (key, value) in text.table(&name, value)?.1 {
        match SECTIONS
            .into_iter()
            .find(|section| key.get_ref() == section)
        {
            Some(section) => within.push((section, value)),
            None => text.put(&mut layer, &known, &SECTIONS, &key, &value)?,
        }
    }
    for (section, value) in within {
        let name = format!("{name}.{section}");
        let (span, entries) = text.table(&name, value)?;
        let must = if section == "tunnel" {
            "kind"
        } else {
            "username"
        };
        let Some((key, value)) = entries.iter().find(|(key, _)| key.get_ref() == must) else {
            let reason = format!("[{name}] has no `{must}`; add it");
            return Err(text.fault(span, reason));
        };
        // The other options go by the kind.
        let all: Vec<Setting> = settings_of(section).collect();
        text.put(&mut layer, &all, &[], key, value)?;
        let kind = layer.tunnel_kind();
        let known: Vec<Setting> = settings_of(section)
            .filter(|one| one.is_for(kind))
            .collect();
        for (key, value) in &entries {
            let named = all.iter().find(|one| key.get_ref() == one.name());
            if let Some(theirs) = named.filter(|one| !one.is_for(kind)) {
                let theirs = theirs.row().tunnels.first().unwrap_or(&kind).name();
                let reason = format!(
                    "`{}`: this is for {theirs:?}, and the kind is {:?}; change the kind, or \
                     leave this out",
                    key.get_ref(),
                    kind.name()
                );
                return Err(text.fault(key.span(), reason));
            }
            text.put(&mut layer, &known, &[], key, value)?;
        }
    }
    Ok(layer)
}

/// The settings of a table within a profile, or with no name of the profile itself.
fn settings_of(section: &str) -> impl Iterator<Item = Setting> {
    let all = Setting::ALL.iter().copied();
    all.filter(move |one| one.section() == section)
}

#[cfg(test)]
mod tests;
