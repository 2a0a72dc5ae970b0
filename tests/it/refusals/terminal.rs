//! In a terminal: nothing is drawn before a refusal, and one too small is told.

use std::{fs, net::TcpListener};

use tempfile::tempdir;

use crate::{
    refusals::{SECRET, refused_undrawn},
    support::pty::Terminal,
};

#[test]
fn in_a_terminal_nothing_is_drawn_before_a_refusal() {
    let data = tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = holder.local_addr().unwrap().to_string();
    let file = data.path().join("file");
    fs::write(&file, "x".repeat(5000)).unwrap();
    let file = file.to_str().unwrap();
    let cloud = |csds| {
        let mut all = vec!["--csds", csds, "--account", "1", "--client-id", "x"];
        all.extend(["--secret-env", SECRET]);
        all
    };
    for (arguments, variables, words) in [
        (
            vec!["--no-plain"],
            vec![("TERM", "dumb")],
            vec!["TERM says dumb"],
        ),
        (
            vec![],
            vec![("HANDSET_LOG", "handset=loud")],
            vec!["cannot understand HANDSET_LOG"],
        ),
        (vec!["--theme", "dusk"], vec![], vec!["no theme \"dusk\""]),
        (
            vec!["--bind", &busy],
            vec![],
            vec!["cannot listen on", "already in use", "--bind"],
        ),
        (
            vec!["--bind", "0.0.0.0:0"],
            vec![],
            vec!["loopback", "--bind"],
        ),
        (
            vec!["--data-dir", file],
            vec![],
            vec!["cannot make the data folder", "--data-dir"],
        ),
        (
            cloud("http://api.example.com"),
            vec![],
            vec!["http://api.example.com/", "write https"],
        ),
    ] {
        refused_undrawn(&arguments, data.path(), &variables, &words);
    }
    let sandbox = data.path().join("sandbox");
    fs::copy(file, sandbox.join("cloud.db")).unwrap();
    refused_undrawn(
        &[],
        data.path(),
        &[],
        &["cannot read the state file", "cloud.db", "move it away"],
    );
}

#[test]
fn a_terminal_too_small_says_so_until_it_grows() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(20, 5, data.path(), &[]);
    terminal.wait("a line asking for room", |screen| screen.contains("60×16"));
    terminal.resize(80, 24);
    terminal.wait_text("this is Riley");
    terminal.resize(10, 2);
    terminal.wait("the phone gone", |screen| !screen.contains("Riley"));
    terminal.resize(80, 24);
    terminal.wait_text("this is Riley");
    terminal.press("\u{11}");
    assert!(terminal.ended().success());
}
