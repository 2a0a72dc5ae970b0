//! Set-ups in which nothing is wrong.

use crate::{
    doctor::rig::{Report, Setup, handset},
    support::{pty::Terminal, soon},
};

#[tokio::test]
async fn a_set_up_that_works_gets_one_good_line_for_each_check() {
    let setup = Setup::new().await;
    let (text, success) = setup.text(&[]).await;
    assert!(success, "{text}");
    let names: Vec<&str> = text
        .lines()
        .map(|line| line.split_once(": ").unwrap().0)
        .collect();
    assert_eq!(
        names,
        [
            "✓ settings",
            "✓ files",
            "✓ secret",
            "✓ data",
            "✓ clock",
            "✓ domains",
            "✓ tokens",
            "– login",
            "– app install",
            "✓ tunnel",
            "✓ listener",
            "✓ terminal",
        ],
        "{text}"
    );
    assert!(text.contains("profile acme"), "{text}");
    assert!(
        text.contains("a canary came in through url at http://127.0.0.1:"),
        "{text}"
    );
    // Nothing is left behind.
    assert!(!setup.path("data").exists());

    let report = setup.report(&[]).await;
    assert!(report.names("bad").is_empty() && report.names("warning").is_empty());
    report.is("app install", "skipped", "the profile has no login");
}

#[tokio::test]
async fn without_a_profile_it_is_the_sandbox_that_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = handset(folder.path(), &["doctor", "--json"]);
    let output = command.env("LANG", "C.UTF-8").env("TERM", "xterm").output();
    let output = soon("the doctor", output).await.unwrap();
    let report = Report(serde_json::from_slice(&output.stdout).unwrap());
    assert!(output.status.success(), "{:#}", report.0);
    assert_eq!(
        report.names("good"),
        [
            "settings", "files", "data", "sandbox", "listener", "terminal"
        ]
    );
    report.is("settings", "good", "no profile: the sandbox is the cloud");
}

#[tokio::test]
async fn a_terminal_without_utf_8_gets_ascii() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = handset(folder.path(), &["doctor"]);
    let output = command.env("LANG", "C").env("TERM", "vt100").output();
    let output = soon("the doctor", output).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.is_ascii(), "{text}");
    assert!(
        text.contains("\n! terminal: ") && text.contains(" -> set LANG"),
        "{text}"
    );
}

#[test]
fn in_a_terminal_it_has_colours_and_tells_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("LANG", "C.UTF-8"), ("COLORTERM", "truecolor")];
    let terminal = Terminal::handset_with(100, 30, folder.path(), &["doctor"], &variables);
    let screen = terminal.wait_text("100×30");
    assert!(screen.contains("true colours"), "{screen}");
    assert!(screen.contains("✓ sandbox: it starts"), "{screen}");
    let raw = String::from_utf8(terminal.raw()).unwrap();
    assert!(raw.contains("\u{1b}[32m✓\u{1b}[0m settings"), "{raw:?}");
}
