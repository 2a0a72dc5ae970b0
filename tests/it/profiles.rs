//! Profiles as a user has them: the settings file, the environment and the flags of the real
//! program, secrets from everywhere, and nothing secret on any screen.

mod init;
mod init_flags;
mod layers;
mod sandbox;
mod sources;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

/// What no output may ever hold.
const SECRET: &str = "k4v9s0m2example7secret1";

/// The program with its settings in a folder, and with nothing of the tester's own environment.
fn handset(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = crate::support::program();
    command.args(arguments).env_clear();
    command
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .env("HANDSET_CONFIG_DIR", folder)
        .env("HANDSET_DATA_DIR", folder.join("data"))
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    command
}

/// What it says on stdout and on stderr, and whether it went well.
fn said(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (String, String, bool) {
    let output = handset(folder, arguments, variables).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let success = output.status.success();
    let (out, err) = (text(output.stdout), text(output.stderr));
    for said in [&out, &err] {
        assert!(
            !said.contains(SECRET),
            "{arguments:?} shows a secret: {said}"
        );
        assert!(!said.contains("panicked"), "{said}");
    }
    (out, err, success)
}

/// `handset config show --json` with more arguments.
#[track_caller]
fn show(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let arguments = [&["config", "show", "--json"], arguments].concat();
    let (out, err, success) = said(folder, &arguments, variables);
    assert!(success, "{arguments:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

/// Why it fails.
#[track_caller]
fn refusal(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let (out, err, success) = said(folder, arguments, variables);
    assert!(!success && out.is_empty(), "{arguments:?}: {out}");
    err
}

fn write(folder: &Path, text: &str) {
    fs::write(folder.join("config.toml"), text).unwrap();
}
