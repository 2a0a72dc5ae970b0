//! The sandbox inside a running phone: its token, and `handset sandbox ctl` from another terminal.

use std::{fs, net::SocketAddr, path::Path};

use handset::domain::secret::Secret;
use serde_json::Value;
use tempfile::tempdir;

use super::{CTRL_Q, talk};
use crate::support::{http::once, program, pty::Terminal};

const TOKEN: &str = "HANDSET_SANDBOX_TOKEN";
const GIVEN: &str = "a-token-of-this-test-alone";

/// What the phone's note says.
fn note(data: &Path) -> Value {
    serde_json::from_slice(&fs::read(data.join("sandbox/sandbox.json")).unwrap()).unwrap()
}

async fn status(note: &Value, token: &Secret) -> u16 {
    let csds = note["csds"].as_str().unwrap();
    let address: SocketAddr = csds.strip_prefix("http://").unwrap().parse().unwrap();
    let token = token.reveal();
    let request = format!(
        "GET /sandbox/v1/conversations HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    once(address, request.as_bytes()).await.unwrap().status
}

/// The files below a folder that hold a text.
fn holding(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_part = |part: &[u8]| part == text.as_bytes();
        if path.is_dir() {
            holding(&path, text, found);
        // A running phone may have done away with it meanwhile.
        } else if fs::read(&path).is_ok_and(|all| all.windows(text.len()).any(is_part)) {
            found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phones_sandbox_asks_for_its_token_and_ctl_finds_it() {
    for given in [None, Some(GIVEN)] {
        let folder = tempdir().unwrap();
        let mut variables = vec![("HANDSET_LOG", "trace")];
        variables.extend(given.map(|given| (TOKEN, given)));
        let mut terminal = Terminal::handset_with(110, 30, folder.path(), &[], &variables);
        talk(&mut terminal);
        let note = note(folder.path());
        let token = note["control_token"].as_str().unwrap();
        assert!(given.is_none_or(|given| given == token) && token.len() >= 16);
        assert_eq!(status(&note, &Secret::new(token)).await, 200);
        for wrong in ["", "x", "a-token-of-another-test"] {
            assert_eq!(status(&note, &Secret::new(wrong)).await, 403);
        }
        let output = program()
            .args(["sandbox", "ctl", "--json", "conversations", "--data-dir"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(listed["conversations"].as_array().unwrap().len(), 1);
        let mut files = Vec::new();
        holding(folder.path(), token, &mut files);
        assert_eq!(
            files,
            ["sandbox.json"],
            "the token is in no other file, the log included"
        );
        terminal.press(CTRL_Q);
        assert!(terminal.ended().success());
        let raw = terminal.raw();
        assert!(
            !raw.windows(token.len())
                .any(|part| part == token.as_bytes())
        );
        let mut files = Vec::new();
        holding(folder.path(), token, &mut files);
        assert!(files.is_empty(), "{files:?}");
    }
}

#[test]
fn a_log_that_cannot_be_written_leaves_the_screen_alone() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("sandbox")).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("sandbox/handset.log")).unwrap();
    let variables = [("HANDSET_LOG", "trace")];
    let mut terminal = Terminal::handset_with(110, 30, folder.path(), &[], &variables);
    talk(&mut terminal);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for complaint in ["tracing", "Unable to write", "No space left"] {
        assert!(!raw.contains(complaint), "{complaint:?} on the screen");
    }
}
