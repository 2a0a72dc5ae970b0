//! Personas on the command line: listed, and refused with a reason.

use std::{fs, path::Path, process::Stdio};

use tokio::process::Command;

/// What `handset` with these arguments says, on stdout and on stderr, and whether it went well.
async fn said(settings: &Path, arguments: &[&str]) -> (String, String, bool) {
    let output = Command::from(crate::support::program())
        .args(arguments)
        .env("HANDSET_CONFIG_DIR", settings)
        .env("HANDSET_DATA_DIR", settings.join("data"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = crate::support::soon("the end", output).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let success = output.status.success();
    (text(&output.stdout), text(&output.stderr), success)
}

#[tokio::test]
async fn personas_are_listed_with_the_users_own() {
    let settings = tempfile::tempdir().unwrap();
    let folder = settings.path().join("personas");
    fs::create_dir(&folder).unwrap();
    let own = "name = \"Zoe Lane\"\nconsumer = \"zoe-1\"\nabout = \"Mine\"\n";
    fs::write(folder.join("zoe.toml"), own).unwrap();
    let (list, _, success) = said(settings.path(), &["personas"]).await;
    assert!(success);
    assert!(list.starts_with("ada "), "{list}");
    let mut lines = list.lines();
    let zoe = lines.find(|line| line.starts_with("zoe ")).unwrap();
    assert!(
        zoe.contains("Zoe Lane") && zoe.contains("zoe.toml"),
        "{zoe}"
    );
    assert!(list.contains("Your own: *.toml in "), "{list}");
}

#[tokio::test]
async fn a_wrong_persona_is_refused_before_anything_starts() {
    let settings = tempfile::tempdir().unwrap();
    let (_, error, success) = said(settings.path(), &["--persona", "nobody"]).await;
    assert!(!success);
    assert!(error.contains("there is no persona \"nobody\""), "{error}");
    let (_, error, _) = said(
        settings.path(),
        &["--persona", "ada", "--persona", "Ada Quill"],
    )
    .await;
    assert!(error.contains("has a phone already"), "{error}");
    let (_, error, _) = said(settings.path(), &["--persona", "ada", "--name", "Bo"]).await;
    assert!(error.contains("cannot be used with"), "{error}");
    let folder = settings.path().join("personas");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("bad.toml"), "name = \"B\"\ncolour = 1\n").unwrap();
    let (_, error, _) = said(settings.path(), &["personas"]).await;
    assert!(
        error.contains("bad.toml:2:1: unknown field `colour`"),
        "{error}"
    );
    assert!(!settings.path().join("data").exists());
}
