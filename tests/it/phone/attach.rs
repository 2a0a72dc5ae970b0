//! A picture is drawn before it is sent, from the path that is being written on.

use std::{fs, path::PathBuf};

use tempfile::{TempDir, tempdir};

use super::{CTRL_Q, ENTER};
use crate::support::pty::Terminal;

const ALT_A: &str = "\u{1b}a";
const CTRL_U: &str = "\u{15}";
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/pictures/mug.png");

/// A phone, a picture and a text with short paths.
fn phone(columns: u16, rows: u16, variables: &[(&str, &str)]) -> (Terminal, PathBuf, TempDir) {
    let data = tempdir().unwrap();
    fs::copy(PICTURE, data.path().join("mug.png")).unwrap();
    fs::write(data.path().join("notes.txt"), "words").unwrap();
    let terminal = Terminal::handset_with(columns, rows, data.path(), &[], variables);
    terminal.wait_text("this is Riley");
    (terminal, data.path().to_owned(), data)
}

/// Cells of half blocks.
fn blocks(screen: &str) -> usize {
    screen.matches('▀').count()
}

/// Writes a path into the picker.
fn write(terminal: &mut Terminal, path: &str) {
    terminal.press(CTRL_U);
    terminal.wait("an empty field", |screen| !screen.contains("Enter asks"));
    terminal.press(path);
}

#[test]
fn a_picture_is_drawn_while_its_path_is_written_and_before_it_goes() {
    let (mut terminal, data, _folder) = phone(100, 32, &[]);
    let [picture, text] = ["mug.png", "notes.txt"].map(|name| data.join(name));
    terminal.press(ALT_A);
    terminal.wait_text("Send a file");
    terminal.press(picture.to_str().unwrap());
    terminal.wait("the picture", |screen| {
        screen.contains("Enter asks for the caption")
            && screen.contains("PNG · ")
            && blocks(screen) > 40
    });
    write(&mut terminal, text.to_str().unwrap());
    terminal.wait("no picture", |screen| {
        screen.contains("TXT · 5 B") && blocks(screen) == 0
    });
    write(&mut terminal, data.to_str().unwrap());
    terminal.wait_text("a folder: Enter looks into it");
    write(&mut terminal, picture.to_str().unwrap());
    terminal.wait("the picture again", |screen| blocks(screen) > 40);
    terminal.press(ENTER);
    terminal.wait("the question, with the picture", |screen| {
        screen.contains("Send this file?")
            && screen.contains("Caption     mug")
            && blocks(screen) > 40
    });
    terminal.press("a mug");
    terminal.wait_text("Caption   a mug");
    terminal.press(ENTER);
    terminal.wait_text("Got your picture");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn the_smallest_screen_has_room_for_picture_and_caption() {
    let (mut terminal, data, _folder) = phone(60, 16, &[]);
    terminal.press(ALT_A);
    terminal.wait_text("Send a file");
    terminal.press(data.join("mug.png").to_str().unwrap());
    terminal.wait("the picture", |screen| {
        screen.contains("Enter asks for the caption") && blocks(screen) > 3
    });
    terminal.press(ENTER);
    terminal.wait("the question, with the picture", |screen| {
        screen.contains("Caption     mug") && screen.contains("PNG · ") && blocks(screen) > 3
    });
}

#[test]
fn without_colours_the_words_stand_alone() {
    let (mut terminal, data, _folder) = phone(80, 24, &[("NO_COLOR", "1")]);
    terminal.press(ALT_A);
    terminal.wait_text("Send a file");
    terminal.press(data.join("mug.png").to_str().unwrap());
    let screen = terminal.wait_text("Enter asks for the caption");
    assert!(screen.contains("PNG · "), "{screen}");
    terminal.press(ENTER);
    let screen = terminal.wait_text("Caption     mug");
    assert_eq!(blocks(&screen), 0, "{screen}");
}
