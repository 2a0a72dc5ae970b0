//! The program as the benches start it: without the settings and the environment of whoever runs
//! them, where a `default` profile would have it call another cloud.

use std::{env, ffi::OsString, path::PathBuf};

/// Where it is.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_handset");

/// Variables it must not see.
pub(crate) fn foreign_variables() -> Vec<OsString> {
    let names = env::vars_os().map(|(name, _)| name);
    let is_own = |name: &OsString| name.as_encoded_bytes().starts_with(b"HANDSET_");
    names.filter(is_own).collect()
}

/// Its folder of settings, which is not there: `HANDSET_CONFIG_DIR`.
pub(crate) fn no_settings() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-settings")
}
