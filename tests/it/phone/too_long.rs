//! A message that is longer than the cloud takes comes back to be shortened, on both sides.

use tempfile::tempdir;

use super::{CTRL_Q, ENTER};
use crate::support::pty::Terminal;

const ALT_G: &str = "\u{1b}g";
const ALT_Y: &str = "\u{1b}y";
const F5: &str = "\u{1b}[15~";
const COUNT: &str = "8200 of 8000";

/// Sends a text that is too long, and has it put back into the draft.
fn is_put_back(terminal: &mut Terminal) {
    let text = "a word ".repeat(1171) + "end";
    assert_eq!(text.len(), 8200);
    terminal.press(&format!("\u{1b}[200~{text}\u{1b}[201~"));
    terminal.wait_text(COUNT);
    terminal.press(ENTER);
    let screen = terminal.wait("the refusal", |screen| {
        screen.contains("F5 puts it back into the draft") && !screen.contains(COUNT)
    });
    assert!(!screen.contains("sends it again"), "{screen}");
    terminal.press(F5);
    terminal.wait_text(COUNT);
}

#[test]
fn what_is_refused_for_its_length_goes_back_into_the_draft() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    is_put_back(&mut terminal);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn what_is_refused_to_an_agent_goes_back_into_the_agents_draft() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.press(ALT_G);
    terminal.wait_text("takes this conversation");
    terminal.press(ALT_Y);
    terminal.wait_text("Write to Ada");
    is_put_back(&mut terminal);
}
