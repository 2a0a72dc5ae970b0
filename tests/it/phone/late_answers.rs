//! What a terminal answers to other programs, however late, and pastes without brackets: the
//! real program, with the bytes as a terminal sends them.

use tempfile::tempdir;

use super::{ANSWER, CTRL_Q, ENTER};
use crate::support::pty::Terminal;

/// Answers to what was asked before handset began: colours, the device, its name, a picture, a
/// mode, the position of the cursor.
const ANSWERS: [&str; 9] = [
    "\u{1b}]11;rgb:1e1e/2020/3030\u{1b}\\",
    "\u{1b}]10;rgb:ffff/ffff/ffff\u{7}",
    "\u{1b}[?62;1;4;22c",
    "\u{1b}[>0;276;0c",
    "\u{1b}P>|XTerm(380)\u{1b}\\",
    "\u{1b}_Gi=31;OK\u{1b}\\",
    "\u{1b}[?2026;2$y",
    "\u{1b}[?997;1n",
    "\u{1b}[24;80R",
];

#[test]
fn late_answers_leave_a_draft_alone() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    let mut draft = "hi".to_owned();
    terminal.press(&draft);
    terminal.wait_text(&draft);
    // Each whole, and each in two pieces: the first is on its way for as long as it takes to show
    // a key that came before it.
    for (number, answer) in ANSWERS.iter().enumerate() {
        let mark = char::from(b'a' + u8::try_from(number).unwrap());
        terminal.press(answer);
        terminal.press(&mark.to_string());
        draft.push(mark);
        terminal.wait_text(&draft);
        let (first, rest) = answer.split_at(answer.len() / 2);
        let mark = mark.to_ascii_uppercase();
        terminal.press(&format!("{mark}{first}"));
        draft.push(mark);
        terminal.wait_text(&draft);
        terminal.press(rest);
    }
    terminal.press(" ok");
    draft.push_str(" ok");
    terminal.wait_text(&draft);
    terminal.press(ENTER);
    terminal.wait("the message accepted", |screen| {
        screen.contains("✓✓") && screen.contains(&draft)
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (items, _) = super::journal(&data.path().join("sandbox/journal.db"));
    assert_eq!(super::mine(&items), [draft]);
}

#[test]
fn rows_pasted_without_brackets_are_one_draft() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.press("hi there, this is\rone paste of\rthree rows");
    terminal.wait_text("three rows");
    // By then the paste is long over.
    terminal.wait_text("COMPOSING (echo)");
    terminal.press(ENTER);
    terminal.wait_text(ANSWER);
    // What is typed and sent at once is sent all the same.
    terminal.press("thanks\r");
    terminal.wait_text("You are welcome!");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (items, _) = super::journal(&data.path().join("sandbox/journal.db"));
    let pasted = "hi there, this is\none paste of\nthree rows";
    assert_eq!(super::mine(&items), [pasted, "thanks"]);
}
