//! Dividers tell the conversations of a phone apart, and what came of each.

use tempfile::tempdir;

use super::{CTRL_Q, said_again::say};
use crate::support::pty::Terminal;

#[test]
fn dividers_tell_the_number_who_closed_a_conversation_and_the_stars_also_after_a_start() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(96, 50, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.wait_text("· conversation 1 · open ──");
    say(&mut terminal, "/close", "How satisfied");
    terminal.wait_text("· closed by the consumer · survey open ──");
    terminal.press("\u{1b}4");
    terminal.wait_text("matter settled");
    terminal.press("\u{1b}1");
    terminal.wait_text("do better");
    say(&mut terminal, "It was quick", "You rated 4 of 5");
    terminal.wait_text("· conversation 1 · closed by the consumer · rated 4 ──");
    say(
        &mut terminal,
        "Hello once more",
        "── conversation 2 · open ──",
    );
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let again = Terminal::handset(96, 50, data.path(), &[]);
    again.wait_text("── conversation 2 · open ──");
    again.wait_text("· conversation 1 · closed by the consumer · rated 4 ──");
}
