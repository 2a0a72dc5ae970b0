//! The wire beside the phone: what is shown, where keys go, what is done with an entry.

use tempfile::tempdir;

use super::{CTRL_Q, ENTER, ESC, TAB, talk};
use crate::support::pty::Terminal;

const F11: &str = "\u{1b}[23~";
const F12: &str = "\u{1b}[24~";
const CTRL_F: &str = "\u{6}";
const CTRL_S: &str = "\u{13}";

#[test]
fn nothing_typed_while_one_looks_at_the_wire_opens_the_exporter() {
    for (columns, rows) in [(140, 40), (80, 24)] {
        let data = tempdir().unwrap();
        let mut terminal = Terminal::handset(columns, rows, data.path(), &[]);
        talk(&mut terminal);
        terminal.press(F12);
        terminal.wait_text("F11");
        terminal.press("please export it");
        terminal.wait_text("please export it");
        // What is looked for is written beside the draft, which goes on behind it.
        terminal.press(CTRL_F);
        terminal.press("export");
        terminal.wait_text("find: export");
        terminal.press(ESC);
        terminal.wait_text("> please export it");
        terminal.press(", now");
        let screen = terminal.wait_text("please export it, now");
        assert!(!screen.contains("Export as"), "{screen}");
        terminal.press(ENTER);
        terminal.wait("the bubble accepted", |screen| {
            screen.contains("please export it, now") && screen.contains("Write a message")
        });
        // Nor on the wire itself, once a draft is begun.
        terminal.press(TAB);
        terminal.wait_text("Tab phone");
        terminal.press("we export");
        let screen = terminal.wait_text("we export");
        assert!(!screen.contains("Export as"), "{screen}");
        terminal.press(CTRL_Q);
        assert!(terminal.ended().success());
    }
}

#[test]
fn which_panes_are_shown_is_remembered_over_a_restart() {
    let data = tempdir().unwrap();
    let start = || Terminal::handset(140, 40, data.path(), &[]);
    let is_wire = |screen: &str| screen.contains("Journal");
    let is_phone = |screen: &str| screen.contains("Write a message");
    let mut terminal = start();
    terminal.wait("both panes", |screen| is_wire(screen) && is_phone(screen));
    terminal.press(F11);
    terminal.wait("the phone alone", |screen| {
        is_phone(screen) && !is_wire(screen)
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let mut terminal = start();
    terminal.wait_text("this is Riley");
    let screen = terminal.screen();
    assert!(is_phone(&screen) && !is_wire(&screen), "{screen}");
    terminal.press(F11);
    terminal.wait("the wire alone", |screen| {
        is_wire(screen) && !is_phone(screen)
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let mut terminal = start();
    terminal.wait("the wire alone", |screen| {
        is_wire(screen) && !is_phone(screen)
    });
    // What is typed is for the phone all the same, and seen.
    terminal.press("hello");
    terminal.wait("the phone", |screen| {
        screen.contains("hello") && !is_wire(screen)
    });
    terminal.press(F11);
    terminal.wait("the wire alone", |screen| is_wire(screen));
    terminal.press(F11);
    terminal.wait("both panes", |screen| {
        is_wire(screen) && screen.contains("hello")
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn an_entry_is_opened_edited_and_sent_again_and_a_webhook_delivered_again() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    talk(&mut terminal);
    // The request of the text alone.
    terminal.press(TAB);
    terminal.wait_text("Tab phone");
    terminal.press(CTRL_F);
    terminal.press("dir:out type:ContentEvent");
    terminal.press(ENTER);
    terminal.wait_text("1 of ");
    terminal.press(ENTER);
    terminal.wait("the tree", |screen| {
        screen.contains("▾ request") && screen.contains("message") && screen.contains("▸ answer")
    });
    terminal.press("b");
    terminal.wait_text("request byte for byte");
    terminal.press("b");
    terminal.press(ESC);
    terminal.wait("the list", |screen| !screen.contains("▸ answer"));
    terminal.press("e");
    terminal.wait("the editor", |screen| {
        screen.contains("Request by hand") && screen.contains("\"message\": \"hi\"")
    });
    terminal.press(CTRL_S);
    terminal.wait_text("SEND answered 200");
    terminal.wait_text("2 of ");
    let bubbles = |screen: &str| screen.matches(super::ANSWER).count();
    terminal.wait("the answer to both", |screen| bubbles(screen) == 2);
    // A webhook that has a number, once more.
    terminal.press(CTRL_F);
    terminal.press("\u{1}dir:in type:ContentEvent hello!");
    terminal.press(ENTER);
    terminal.wait("the webhooks of both", |screen| {
        screen.contains("2 of ") && screen.contains("← text")
    });
    terminal.press("r");
    terminal.wait_text("our listener answered 200");
    let screen = terminal.wait_text("duplicate");
    assert_eq!(bubbles(&screen), 2, "{screen}");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}
