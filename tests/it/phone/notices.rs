//! What just happened, on one row between chat and composer, and what is copied where it says so.

use std::{
    path::Path,
    process::{Command, Output},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tempfile::tempdir;

use super::{CTRL_Q, ENTER, ESC, F8, TAB, talk};
use crate::{
    needs::needs,
    support::{self, pty::Terminal},
};

const ALT_C: &str = "\u{1b}c";

/// What a terminal was last given for its clipboard.
fn clipboard(terminal: &Terminal) -> String {
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let (_, last) = raw.rsplit_once("\u{1b}]52;c;").expect("nothing was copied");
    let end = last.find(['\u{7}', '\u{1b}']).unwrap();
    let bytes = STANDARD.decode(last.get(..end).unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The row of the screen that shows a text.
fn row_of(screen: &str, text: &str) -> usize {
    let row = screen.lines().position(|line| line.contains(text));
    row.unwrap_or_else(|| panic!("no {text:?} on\n{screen}"))
}

/// Runs a shell with handset's folder as that of `handset token`.
fn bash(data: &Path, script: &str) -> Output {
    let mut bash = Command::new("bash");
    support::isolate(&mut bash);
    let program = support::program();
    let folder = Path::new(program.get_program()).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    bash.args(["-c", script])
        .env("PATH", path)
        .env("HANDSET_DATA_DIR", data)
        .env("HANDSET_CONFIG_DIR", data.join("settings"))
        .env("no_proxy", "*")
        .output()
        .unwrap()
}

#[test]
fn a_copied_command_says_what_it_needs_and_works_once_it_has_that() {
    needs!("bash", "curl");
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &["--persona", "ada"]);
    talk(&mut terminal);
    // The last request with a text.
    terminal.press(TAB);
    terminal.press("\u{6}");
    terminal.press("dir:out type:publishevent text");
    terminal.press(ENTER);
    let before = terminal.wait("only requests", |screen| {
        screen.contains("→ text") && screen.contains("1 of ")
    });
    terminal.press("c");
    let screen = terminal.wait_text("✓ copied as curl · set APP_JWT and CONSUMER_JWS to use it");
    assert!(screen.contains("F8 earlier"), "{screen}");
    // It stands right over the composer's edge, and covers nothing of the wire.
    let row = row_of(&screen, "copied as curl");
    let composer = row_of(&screen, "Write a message");
    assert_eq!(row + 2, composer, "{screen}");
    let wire = |screen: &str| {
        let halves = screen
            .lines()
            .map(|line| line.chars().skip(86).collect::<String>());
        // Entries that the filter leaves out may still come, and are counted.
        let listed = halves.take(30).filter(|half| !half.contains("1 of "));
        listed.collect::<Vec<_>>()
    };
    assert_eq!(wire(&screen), wire(&before));

    let command = clipboard(&terminal);
    let first = command.lines().next().unwrap();
    assert!(first.contains("set APP_JWT and CONSUMER_JWS"), "{first}");
    assert!(
        first.contains("handset token --export --reveal --consumer "),
        "{first}"
    );
    let tokens = first.split("; ").nth(1).unwrap();
    let tokens = tokens.trim_end_matches(" prints the tokens'");

    // Nothing of a token is shown unless somebody asks for it.
    let masked = bash(data.path(), "handset token");
    let masked = String::from_utf8(masked.stdout).unwrap();
    assert!(
        masked.contains("APP_JWT") && !masked.contains("eyJ"),
        "{masked}"
    );
    let refused = bash(data.path(), "handset token --export");
    assert!(!refused.status.success() && refused.stdout.is_empty());
    let one = bash(data.path(), "handset token --kind app-jwt --reveal");
    let one = String::from_utf8(one.stdout).unwrap();
    assert_eq!(one.trim_end().split('.').count(), 3, "no JWT");

    // Without them the cloud refuses it; with them it takes the message once more.
    let refused = bash(data.path(), &command);
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(!said.contains("sequence"), "{said}");
    let sent = bash(data.path(), &format!("eval \"$({tokens})\"\n{command}"));
    let said = String::from_utf8_lossy(&sent.stdout).into_owned();
    let errors = String::from_utf8_lossy(&sent.stderr).into_owned();
    assert!(
        said.contains("\"sequence\":"),
        "{said}\n{errors}\n{command}"
    );
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (_, entries) = super::journal(&data.path().join("sandbox/journal.db"));
    assert!(super::echoes(&entries).len() >= 2, "the message came twice");
}

#[test]
fn the_path_of_a_notice_is_a_link_and_can_be_copied_from_the_list() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    talk(&mut terminal);
    terminal.press("/export html");
    terminal.press(ENTER);
    let screen = terminal.wait_text("exported the conversation as");
    assert!(screen.contains("✓ exported"), "{screen}");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains(";file:///"), "the path is a link");
    terminal.press(F8);
    terminal.wait_text("copy the path");
    terminal.press(ALT_C);
    terminal.wait_text("copied the path");
    let path = clipboard(&terminal);
    assert!(Path::new(&path).is_file(), "{path}");
    terminal.press(ESC);
    terminal.wait("the list closed", |screen| {
        !screen.contains("copy the path")
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_notice_takes_one_row_of_the_chat_and_gives_it_back() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    talk(&mut terminal);
    let before = terminal.wait("the answer", |screen| {
        screen.contains("Read") && !screen.contains("typing…")
    });
    // No message failed, which is a remark.
    terminal.press("\u{1b}[15~");
    let during = terminal.wait_text("no message failed");
    let answer = |screen: &str| row_of(screen, super::ANSWER);
    assert!(answer(&before) - answer(&during) <= 1, "{before}\n{during}");
    terminal.press(ESC);
    let after = terminal.wait("it gone", |screen| !screen.contains("no message failed"));
    assert_eq!(answer(&before), answer(&after));
    terminal.press(TAB);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}
