//! The phone as a person uses it: the real program in a real pseudo-terminal,
//! with the sandbox as its cloud.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use handset::domain::{
    content::Content,
    exchange::EntryKind,
    item::{Body, Delivery},
    wire::inbound::{self, Change, Event},
};
use handset::store::{Journal, Start};
use serde_json::Value;
use tempfile::tempdir;

use crate::support::pty::Terminal;

/// The keys as a terminal sends them.
const ENTER: &str = "\r";
const TAB: &str = "\t";
const CTRL_Q: &str = "\u{11}";

/// A sandbox in a process of its own; killed when this is dropped.
struct Cloud {
    child: Child,
    ready: Value,
}

impl Cloud {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_handset"))
            .arg("sandbox")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        Self {
            child,
            ready: serde_json::from_str(&line).unwrap(),
        }
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bubble, its ticks, Riley typing and Riley's answer, wherever the phone is on screen.
fn talk(terminal: &mut Terminal) {
    terminal.wait("Riley's greeting", |screen| screen.contains("Riley"));
    terminal.press("hi");
    terminal.press(ENTER);
    terminal.wait("the bubble read", |screen| {
        screen.contains("✓✓") && screen.contains("Read")
    });
    terminal.wait_text("typing…");
    terminal.wait_text("Hello! What can I do for you?");
}

#[test]
fn a_newcomer_talks_with_riley_beside_the_wire() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait("both panes", |screen| {
        screen.contains("Ada Quill") && screen.contains("Wire")
    });
    talk(&mut terminal);
    for shown in [
        "COMPOSING",
        "ms.PublishEvent text",
        "ACTIVE",
        "(echo)",
        "ACCEPT",
        "READ",
        "✓sig",
    ] {
        terminal.wait_text(shown);
    }
    assert!(!terminal.screen().contains("✗"), "{}", terminal.screen());
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn one_pane_at_a_time_is_enough() {
    for (columns, rows) in [(80, 24), (60, 16)] {
        let data = tempdir().unwrap();
        let mut terminal = Terminal::handset(columns, rows, data.path(), &[]);
        talk(&mut terminal);
        terminal.press(TAB);
        terminal.wait_text("✓sig");
        terminal.press(TAB);
        terminal.wait("the phone again", |screen| !screen.contains("✓sig"));
        terminal.press(CTRL_Q);
        assert!(terminal.ended().success());
    }
}
