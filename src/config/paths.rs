//! Where handset keeps its files.

use std::{
    env,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

/// Names the data folder, before the system's own convention does.
pub(crate) const DATA_DIR_VARIABLE: &str = "HANDSET_DATA_DIR";
/// The phone's journal, in the folder of its files.
pub(crate) const JOURNAL: &str = "journal.db";
/// The phone's log, beside it.
pub(crate) const LOG: &str = "handset.log";

/// Names the folder of settings, before the system's own convention does.
pub(crate) const CONFIG_DIR_VARIABLE: &str = "HANDSET_CONFIG_DIR";

/// Why there is no place for files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PathsError {
    /// Nobody said where, and the system does not know the user's home.
    #[error(
        "cannot tell where to keep data: {cause}; name a folder with --data-dir or HANDSET_DATA_DIR"
    )]
    NoHome {
        #[source]
        cause: etcetera::HomeDirError,
    },
}

/// The data folder: as asked for, else `HANDSET_DATA_DIR`, else `handset` where the system
/// keeps a user's data (`~/.local/share` on Linux). Nothing is made yet.
pub(crate) fn data_dir(asked: Option<PathBuf>) -> Result<PathBuf, PathsError> {
    if let Some(folder) = asked.or_else(|| named(DATA_DIR_VARIABLE)) {
        return Ok(folder);
    }
    let base = etcetera::choose_base_strategy().map_err(|cause| PathsError::NoHome { cause })?;
    Ok(base.data_dir().join("handset"))
}

/// Where programs of one user meet while they run: the data folder that is named, else `handset` in
/// `XDG_RUNTIME_DIR`, else the data folder. Nothing is made yet.
pub(crate) fn runtime_dir() -> Result<PathBuf, PathsError> {
    let of_session = || named("XDG_RUNTIME_DIR").map(|folder| folder.join("handset"));
    match named(DATA_DIR_VARIABLE).or_else(of_session) {
        Some(folder) => Ok(folder),
        None => data_dir(None),
    }
}

/// In the data folder, the one of the phone's files: the sandbox's, or an account's.
pub(crate) fn phone_dir(data: &Path, account: Option<&str>) -> PathBuf {
    data.join(account.map_or_else(
        || "sandbox".to_owned(),
        |account| format!("account-{}", file_name(account)),
    ))
}

/// The folder of settings: `HANDSET_CONFIG_DIR`, else `handset` where the system keeps a user's
/// settings (`~/.config` on Linux); `None` when nobody knows where that is.
pub(crate) fn config_dir() -> Option<PathBuf> {
    named(CONFIG_DIR_VARIABLE).or_else(|| {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(base.config_dir().join("handset"))
    })
}

/// The folder of the user's own personas: `personas` in the folder of settings.
pub(crate) fn personas_dir() -> Option<PathBuf> {
    Some(config_dir()?.join("personas"))
}

/// The folder of the user's own brand packs: `brands` in the folder of settings.
pub(crate) fn brands_dir() -> Option<PathBuf> {
    Some(config_dir()?.join("brands"))
}

/// The folder an environment variable names.
fn named(variable: &str) -> Option<PathBuf> {
    let folder = env::var_os(variable).filter(|folder| !folder.is_empty());
    folder.map(PathBuf::from)
}

/// A file name for something named by others, such as an account: letters, digits, `-` and
/// `_` stay, every other byte becomes `%` and two hex digits.
pub(crate) fn file_name(name: &str) -> String {
    let safe = |byte: u8| {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02x}")
        }
    };
    name.bytes().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::paths::*;

    #[test]
    fn a_file_name_cannot_leave_its_folder() {
        assert_eq!(file_name("55512300"), "55512300");
        assert_eq!(file_name("le-5_X"), "le-5_X");
        assert_eq!(file_name("../a b"), "%2e%2e%2fa%20b");
    }

    #[test]
    fn the_folder_asked_for_comes_first() {
        assert_eq!(
            data_dir(Some("/tmp/asked".into())).unwrap(),
            PathBuf::from("/tmp/asked")
        );
    }
}
