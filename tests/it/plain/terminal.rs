//! Plain mode at a terminal that edits lines itself.

use std::fs;

use tempfile::tempdir;

use super::assert_bytes_are_plain;
use crate::support::pty::Terminal;

#[test]
fn what_comes_while_a_line_is_typed_is_told_after_it() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(100, 40, data.path(), &["--plain"]);
    terminal.wait_text("How can I help?");
    // The terminal edits the line: what Backspace takes away is never sent.
    terminal.press("hu\u{7f}i\r");
    terminal.wait_text(": hi");
    terminal.press("and then");
    // The answer comes meanwhile, and is told once no key was pressed for a while.
    let screen = terminal.wait_text("Still typing: and then");
    let told = screen.find("Hello! What can I do for you?").unwrap();
    assert!(told < screen.find("Still typing").unwrap(), "{screen}");
    assert_eq!(screen.matches("Still typing").count(), 1);
    terminal.press(" more\r");
    let screen = terminal.wait_text(": and then more");
    assert_eq!(screen.matches("Hello! What can I do for you?").count(), 1);
    terminal.press("/quit\r");
    let ended = terminal.ended();
    assert!(ended.success());
    assert_bytes_are_plain(&without_backspace(terminal.raw()));
}

#[test]
fn the_end_of_the_input_and_a_dumb_terminal() {
    let data = tempdir().unwrap();
    let dumb = [("TERM", "dumb")];
    let mut terminal = Terminal::handset_with(100, 40, data.path(), &[], &dumb);
    terminal.wait_text("Plain mode, switched on by TERM, which is dumb.");
    terminal.wait_text("How can I help?");
    terminal.press("\u{4}");
    assert!(terminal.ended().success());
    assert!(terminal.screen().contains("The conversation stays open."));
    assert_bytes_are_plain(&terminal.raw());
}

#[test]
fn a_message_is_written_in_an_editor() {
    let data = tempdir().unwrap();
    let editor = [("EDITOR", "printf 'from an editor' >")];
    let mut terminal = Terminal::handset_with(100, 40, data.path(), &["--plain"], &editor);
    terminal.wait_text("How can I help?");
    terminal.press("/edit\r");
    terminal.wait_text(": from an editor");
    terminal.press("/quit\r");
    assert!(terminal.ended().success());
}

#[test]
fn a_line_that_was_said_again_is_dropped_and_a_request_is_written_by_hand() {
    let data = tempdir().unwrap();
    // The template is left as it is.
    let editor = [("EDITOR", "true")];
    let mut terminal = Terminal::handset_with(100, 60, data.path(), &["--plain"], &editor);
    terminal.wait_text("How can I help?");
    terminal.press("hi\r");
    terminal.wait_text(": hi");
    terminal.press("and then");
    terminal.wait_text("Still typing: and then");
    terminal.press("\u{3}");
    terminal.wait_text("The line is dropped. Ctrl+C again leaves handset.");
    terminal.press("/raw text\r");
    terminal.wait_text("The request is on its way. /wire last tells what comes of it.");
    terminal.press("/wire last\r");
    terminal.wait_text("Wire: ");
    terminal.press("Hello again\r");
    let screen = terminal.wait_text(": Hello again");
    // It was typed and said again, and sent neither alone nor before the next line.
    assert_eq!(screen.matches("and then").count(), 2, "{screen}");
    terminal.press("\u{3}");
    assert!(terminal.ended().success());
    assert_bytes_are_plain(&without_backspace(terminal.raw()));
}

#[test]
fn with_reduced_motion_the_cursor_of_the_screen_stands_still() {
    let data = tempdir().unwrap();
    let settings = data.path().join("settings");
    fs::create_dir(&settings).unwrap();
    fs::write(settings.join("config.toml"), "reduced_motion = true\n").unwrap();
    let mut terminal = Terminal::handset(100, 30, data.path(), &[]);
    terminal.wait_taken();
    terminal.wait_text("How can I help?");
    let written = |terminal: &Terminal, bytes: &[u8]| {
        terminal
            .raw()
            .windows(bytes.len())
            .any(|part| part == bytes)
    };
    assert!(written(&terminal, b"\x1b[2 q"));
    terminal.press("\u{11}");
    assert!(terminal.ended().success());
    assert!(written(&terminal, b"\x1b[0 q"));
    terminal.assert_given_back();
}

/// What a terminal echoes for Backspace is its own.
fn without_backspace(raw: Vec<u8>) -> Vec<u8> {
    raw.into_iter().filter(|byte| *byte != 8).collect()
}
