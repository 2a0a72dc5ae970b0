//! The agent's side in plain mode, beside a consumer in another process.

use tempfile::tempdir;

use super::{Piped, assert_bytes_are_plain, assert_transcript};

/// What no consumer may see.
const SECRET: &str = "gold customer, be kind";

#[test]
fn a_ring_is_taken_answered_and_handed_over() {
    let data = tempdir().unwrap();
    let mut phone = Piped::start(data.path(), &["--plain", "--agent", "none"]);
    phone.wait("Conversation 1 opened");
    phone.line("is there a mug in blue");
    phone.wait("Sent.");
    let mut agent = Piped::start(data.path(), &["agent", "--plain"]);
    agent.wait("is logged in, online");
    agent.wait("/take or /decline");
    agent.line("/take");
    agent.wait("Conversation with Ada Quill");
    agent.wait("is there a mug in blue");
    agent.line("Hello, this is Kim.");
    phone.wait("Hello, this is Kim.");
    agent.line(&format!("/note {SECRET}"));
    agent.wait(SECRET);
    agent.line("/card");
    agent.wait("Which card");
    agent.line("1");
    phone.wait("a card.");
    agent.line("/transfer");
    agent.wait("To whom");
    agent.line("Sales");
    agent.wait("Choose 1 to ");
    agent.line("1");
    agent.wait("Handed to Sales.");
    phone.wait("passed you on");
    let (told, complained, code) = agent.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert_transcript!("plain_agent", &told, data.path());
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert!(!told.contains(SECRET), "{told}");
    assert_transcript!("plain_agent_consumer", &told, data.path());
}

#[test]
fn both_sides_are_typed_in_one_program() {
    let data = tempdir().unwrap();
    let mut both = Piped::start(data.path(), &["--plain", "--agent", "none"]);
    both.wait("Conversation 1 opened");
    both.line("hello?");
    both.line("/agent");
    both.line("/take");
    both.line("Hello, what can I do for you?");
    both.wait("You, ");
    both.line("/phone");
    both.wait("You type on Ada Quill's phone.");
    both.line("Nothing, thanks");
    both.line("/agent");
    both.line("/close");
    both.wait("Closed by agent.");
    let (told, _, code) = both.end();
    assert_eq!(code, Some(0), "{told}");
    assert_bytes_are_plain(told.as_bytes());
}
