//! `handset run`: scenarios played against sandboxes of their own, by the program itself.

mod deed_table;
mod deeds;
mod ends;
mod examples;
mod failures;
mod keep;
mod live;
mod mistakes;
mod stabilise;
mod time;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{program, soon};

/// A run that has ended.
struct Ended {
    code: Option<i32>,
    /// The JSON report; null when there is none.
    report: Value,
    stdout: String,
    stderr: String,
    _folder: TempDir,
}

/// `handset run` in a folder with these files.
fn command(folder: &Path, files: &[(&str, &str)], arguments: &[&str]) -> Command {
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    let mut command = Command::from(program());
    command
        .arg("run")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs a scenario to its end.
async fn run(text: &str, arguments: &[&str]) -> Ended {
    run_files(&[("a.talk", text)], &[&["a.talk"], arguments].concat()).await
}

/// Runs what is named in a folder with these files.
async fn run_files(files: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [arguments, &["--json", "out.json"]].concat();
    let mut command = command(folder.path(), files, &arguments);
    let output = soon("the end of the run", command.output()).await.unwrap();
    let report = fs::read(folder.path().join("out.json")).unwrap_or_default();
    Ended {
        code: output.status.code(),
        report: serde_json::from_slice(&report).unwrap_or_default(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        _folder: folder,
    }
}

impl Ended {
    /// The only scene.
    #[track_caller]
    fn scene(&self) -> &Value {
        let scene = &self.report["files"][0]["scenes"][0];
        assert!(scene.is_object(), "{}\n{}", self.stdout, self.stderr);
        scene
    }

    /// That every scene passed.
    #[track_caller]
    fn passed(&self) {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        assert_eq!(self.report["totals"]["failed"], 0);
    }

    /// The kind and the line of the failure, with its message.
    #[track_caller]
    fn failure(&self) -> (&str, u64, &str) {
        let failure = &self.scene()["outcome"]["failure"];
        assert_eq!(self.code, Some(1), "{}\n{}", self.stdout, self.stderr);
        (
            failure["kind"].as_str().unwrap(),
            failure["line"].as_u64().unwrap(),
            failure["message"].as_str().unwrap(),
        )
    }
}

/// The folder of the examples.
fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}
