//! Flows of the consumer, in pipes.

use std::{fs, io::Write as _, process::Stdio};

use tempfile::tempdir;

use super::{Piped, assert_bytes_are_plain, assert_transcript};
use crate::support;

/// What Riley says first.
const GREETING: &str = "How can I help?";

#[test]
fn two_lines_of_a_pipe_are_a_conversation() {
    let data = tempdir().unwrap();
    let mut child = support::program()
        .arg("--plain")
        .env("HANDSET_DATA_DIR", data.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"hi\n/close\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complained.is_empty(),
        "{told}{complained}"
    );
    assert_bytes_are_plain(told.as_bytes());
    let places = [
        "Plain mode, switched on by --plain. Type a message, or ? for help.",
        "Conversation 1 opened with Acme.",
        ", message ",
        ": hi\n",
        "Sent.",
        "You closed the conversation",
        "handset has ended.",
    ];
    let mut rest = told.as_str();
    for part in places {
        let (_, behind) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("no {part:?} in\n{told}"));
        rest = behind;
    }
}

#[test]
fn talk() {
    let data = tempdir().unwrap();
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line("hi");
    phone.wait("Hello! What can I do for you?");
    phone.line("/where");
    phone.wait("With you: ");
    phone.line("/again");
    phone.wait("message 4: Hello!");
    phone.line("/csta 5");
    phone.wait("Did you mean csat?");
    phone.line("/theme dark");
    phone.wait("no colours");
    phone.line("\"\"\"");
    phone.line("one");
    phone.line("/two");
    phone.line("\"\"\"");
    phone.wait("  /two");
    phone.wait("I did not get that");
    phone.line("/say less");
    phone.line("Which colours are there?");
    phone.wait("Which one would you like?");
    phone.line("/quit");
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert_eq!(told.matches("You, ").count(), 3, "{told}");
    assert_transcript!("plain_talk", &told, data.path());
}

#[test]
fn a_card_is_told_and_used_by_numbers() {
    let data = tempdir().unwrap();
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line("Show me a carousel");
    phone.wait("Card 4 of 4:");
    phone.line("/1");
    phone.wait("You chose 1, ");
    phone.line("Let me choose several");
    phone.wait("Choose any of ");
    phone.line("a list with check boxes");
    phone.wait("sends what is checked.");
    phone.line("/1");
    phone.wait("1 box Ice, checked.");
    phone.line("/99");
    phone.wait("Warning: choose 1 to ");
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert_transcript!("plain_card", &told, data.path());
}

#[test]
fn choices_dates_and_times() {
    let data = tempdir().unwrap();
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line("Which colours are there?");
    phone.wait("3 Surprise me.");
    phone.line("/2");
    phone.wait("The green one");
    phone.line("A date picker, please");
    phone.wait("1 button ");
    phone.line("/1");
    phone.wait("as 2026-12-24");
    phone.line("someday");
    phone.wait("Warning: type a day");
    phone.line("2030-02-14");
    phone.wait("14-02-2030");
    phone.line("I want an appointment");
    phone.line("/1");
    phone.wait("Choose 1 to ");
    phone.line("back");
    phone.wait("Nothing was chosen.");
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    // The times of the appointment are those of today.
    let told = told
        .split("Question: ")
        .take(2)
        .collect::<Vec<_>>()
        .join("Question: ");
    assert_transcript!("plain_choices", &told, data.path());
}

#[test]
fn files_go_and_come() {
    let data = tempdir().unwrap();
    let mug = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/mug.png");
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line("/image gone.png");
    phone.wait("Warning: the file was not sent");
    phone.line(&format!("/image {mug} my mug"));
    phone.wait("Got your picture");
    phone.line("Send me a picture");
    phone.wait("picture PNG, The blue one");
    phone.line("/fetch");
    let told = phone.wait(" is saved, ");
    let path = told.split(" is saved, ").nth(1).unwrap();
    let path = path.split_once(": ").unwrap().1.trim();
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert!(fs::metadata(path).unwrap().len() > 100, "{path}");
    assert_transcript!("plain_file", &told.replace(path, "FILE"), data.path());
}

#[test]
fn the_survey_is_answered_by_numbers() {
    let data = tempdir().unwrap();
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line("/close");
    phone.line("/5");
    phone.wait("Was your matter settled?");
    phone.line("/1");
    phone.wait("better");
    phone.line("Nothing, all is well");
    phone.wait("The survey is over.");
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert_transcript!("plain_survey", &told, data.path());
}

#[test]
fn what_was_before_is_counted_and_told_when_asked_for() {
    let data = tempdir().unwrap();
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line("hi");
    phone.wait("Hello! What can I do for you?");
    assert_eq!(phone.end().2, Some(0));
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait("A conversation goes on with Acme, 4 messages so far.");
    phone.line("/again 4");
    phone.line("/flight on");
    phone.line("never out");
    phone.line("/persona gus");
    phone.wait("This is Gus");
    phone.line("/phones");
    let told = phone.wait("Phone 2: ");
    assert_eq!(
        told.matches("Hello! What can I do for you?").count(),
        1,
        "{told}"
    );
    phone.line("/phone 1");
    let (told, _, code) = phone.end();
    assert_eq!(code, Some(0), "{told}");
    assert_bytes_are_plain(told.as_bytes());
    assert!(told.contains("Flight mode is on."), "{told}");
}
