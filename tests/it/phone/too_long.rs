//! A message that is longer than the cloud takes comes back to be shortened.

use tempfile::tempdir;

use super::{CTRL_Q, ENTER};
use crate::support::pty::Terminal;

const F5: &str = "\u{1b}[15~";
const COUNT: &str = "8200 of 8000";

#[test]
fn what_is_refused_for_its_length_goes_back_into_the_draft() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(96, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    let text = "a word ".repeat(1171) + "end";
    assert_eq!(text.len(), 8200);
    terminal.press(&format!("\u{1b}[200~{text}\u{1b}[201~"));
    terminal.wait_text(COUNT);
    terminal.press(ENTER);
    let screen = terminal.wait("the refusal", |screen| {
        screen.contains("F5 puts it back into the draft, to be shortened")
            && !screen.contains(COUNT)
    });
    assert!(!screen.contains("sends it again"), "{screen}");
    terminal.press(F5);
    terminal.wait_text(COUNT);
    terminal.press(CTRL_Q);
    terminal.ended();
}
