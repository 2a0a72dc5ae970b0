//! Nothing secret leaves the program: not onto the screen, not into the log
//! even when it logs everything, not into the journal.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use tempfile::tempdir;

use super::{CTRL_Q, ENTER, TAB, cloud::Cloud, talk};
use crate::support::pty::Terminal;

/// How a base64url-encoded JSON object begins, and with it every AppJWT and ConsumerJWS.
const TOKEN: &str = "eyJ";
/// Everything the program and its libraries have to say.
const LOUD: (&str, &str) = ("HANDSET_LOG", "trace");
const HOME: &str = "\u{1b}[H";
const UP: &str = "\u{1b}[A";
const DOWN: &str = "\u{1b}[B";

/// Every file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn contains(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes.windows(text.len()).any(|part| part == text)
}

/// Talks, looks at the wire from end to end with all its details, and leaves.
fn use_everything(terminal: &mut Terminal) {
    talk(terminal);
    terminal.press(TAB);
    terminal.wait_text("✓sig");
    terminal.press(HOME);
    for _ in 0..40 {
        terminal.press(UP);
    }
    terminal.press(ENTER);
    terminal.wait("the first calls", |screen| screen.contains("domains"));
    // Every part of the opened entry, and its bytes.
    for _ in 0..12 {
        terminal.press(DOWN);
        terminal.press(ENTER);
    }
    terminal.press("b");
    terminal.wait_text("byte for byte");
}

#[track_caller]
fn holds_no_secret(what: &str, bytes: &[u8], secret: &str) {
    assert!(!contains(bytes, secret), "the client secret is in {what}");
    if let Some(at) = bytes
        .windows(TOKEN.len())
        .position(|part| part == TOKEN.as_bytes())
    {
        let from = at.saturating_sub(80);
        let until = (at + 40).min(bytes.len());
        let around = String::from_utf8_lossy(bytes.get(from..until).unwrap());
        panic!("a token is in {what}: {around}");
    }
}

#[test]
fn no_secret_is_shown_logged_or_journalled() {
    let data = tempdir().unwrap();
    let cloud = Cloud::start();
    let mut terminal = cloud.phone_with(data.path(), &[LOUD]);
    use_everything(&mut terminal);
    // As they are while it runs, and as they are left.
    let running = files(data.path());
    for file in &running {
        // One that another took the place of, or whose writer is done with it, is there no more.
        let Ok(bytes) = fs::read(file) else { continue };
        holds_no_secret(&file.display().to_string(), &bytes, cloud.secret());
    }
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (mut logged, mut journalled) = (false, false);
    for file in files(data.path()) {
        let bytes = fs::read(&file).unwrap();
        holds_no_secret(&file.display().to_string(), &bytes, cloud.secret());
        logged |= file.ends_with("handset.log") && contains(&bytes, "DEBUG");
        journalled |= file.ends_with("journal.db") && contains(&bytes, "client_credentials");
    }
    assert!(logged, "the log holds what only a loud one does");
    assert!(journalled, "the journal holds the calls for tokens");
    holds_no_secret("the terminal's output", &terminal.raw(), cloud.secret());
}

#[test]
fn the_sandbox_of_the_phone_tells_its_secret_to_nobody_either() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset_with(120, 30, data.path(), &[], &[LOUD]);
    use_everything(&mut terminal);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let state = data.path().join("sandbox/cloud.db");
    let secret: String = Connection::open(&state)
        .unwrap()
        .query_row("SELECT client_secret FROM account", (), |row| row.get(0))
        .unwrap();
    for file in files(data.path()) {
        // The emulated cloud has to know it; the file is its owner's alone.
        if file != state {
            let bytes = fs::read(&file).unwrap();
            holds_no_secret(&file.display().to_string(), &bytes, &secret);
        }
    }
    holds_no_secret("the terminal's output", &terminal.raw(), &secret);
}
