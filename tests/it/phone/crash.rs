//! Killed at any moment, the phone comes back as it was: nothing is lost and
//! nothing is said twice.

use std::collections::BTreeSet;

use tempfile::tempdir;

use super::{ANSWER, CTRL_Q, ENTER, cloud::Cloud, echoes, journal, mine, talk};
use crate::support::pty::Terminal;

/// Sends a message, and waits until its draft is gone: messages that come at once are one paste.
fn say(terminal: &mut Terminal, text: &str) {
    terminal.press(text);
    terminal.press(ENTER);
    // The screen read here leaves out the colour of a hand.
    let begin = text.split(" 👍").next().unwrap();
    terminal.wait("the message sent", |screen| {
        screen.contains(begin) && screen.contains("Write a message")
    });
}

/// Flight mode, by its slash command.
fn fly(terminal: &mut Terminal) {
    terminal.press("/flight on");
    terminal.press(ENTER);
    terminal.wait("flight mode", |screen| {
        screen.contains("✈ flight") && screen.contains("Write a message")
    });
}

#[test]
fn a_queued_message_leaves_once_after_kill_9() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    talk(&mut terminal);
    fly(&mut terminal);
    for text in ["tell me a joke", "日本語 👍🏽 ❤️ العربية"] {
        say(&mut terminal, text);
    }
    terminal.wait("both waiting", |screen| screen.matches('◷').count() == 2);
    terminal.signal("KILL");
    assert!(!terminal.ended().success());

    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait("the conversation as it was", |screen| {
        screen.contains(ANSWER) && screen.contains("tell me a joke")
    });
    terminal.wait("both sent and read", |screen| {
        !screen.contains('◷') && screen.matches("✓✓").count() >= 3
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (items, entries) = journal(&data.path().join("sandbox/journal.db"));
    let echoes = echoes(&entries);
    let conversations: BTreeSet<_> = echoes.iter().map(|(id, ..)| id).collect();
    assert_eq!(conversations.len(), 1, "the conversation went on");
    let texts: Vec<&str> = echoes.iter().map(|(_, _, text)| text.as_str()).collect();
    let said = ["hi", "tell me a joke", "日本語 👍🏽 ❤️ العربية"];
    assert_eq!(texts, said);
    assert_eq!(mine(&items), said);
}

#[test]
fn killed_while_messages_are_leaving_nothing_is_said_twice() {
    let data = tempdir().unwrap();
    let mut texts = Vec::new();
    for round in 0..4 {
        let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
        terminal.wait_text("this is Riley");
        for part in 0..=round {
            let text = format!("round {round} part {part}");
            // As soon as the last one shows, each may be anywhere on its way.
            say(&mut terminal, &text);
            texts.push(text);
        }
        terminal.signal("KILL");
        terminal.ended();
    }
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait("nothing in doubt", |screen| {
        screen.contains(texts.last().unwrap()) && !screen.contains('◷')
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (items, entries) = journal(&data.path().join("sandbox/journal.db"));
    assert_eq!(mine(&items).len(), texts.len(), "{:?}", mine(&items));
    let echoed: Vec<String> = echoes(&entries)
        .into_iter()
        .map(|(.., text)| text)
        .collect();
    let once: BTreeSet<&String> = echoed.iter().collect();
    assert_eq!(once.len(), echoed.len(), "said twice: {echoed:?}");
    let shown: BTreeSet<String> = mine(&items).into_iter().collect();
    assert_eq!(shown, texts.into_iter().collect());
}

#[test]
fn what_the_cloud_did_while_the_phone_was_dead_comes_in_order() {
    let data = tempdir().unwrap();
    let cloud = Cloud::start();
    let mut terminal = cloud.phone(data.path());
    talk(&mut terminal);
    terminal.press("send me several messages in a row");
    terminal.press(ENTER);
    // The cloud has it, and Riley goes on with it whether or not somebody is there.
    terminal.wait("the message accepted", |screen| {
        let below = screen.rsplit_once("in a row").map(|(_, below)| below);
        below.is_some_and(|below| below.contains("✓✓"))
    });
    terminal.signal("KILL");
    terminal.ended();

    let mut terminal = cloud.phone(data.path());
    terminal.wait_text("several messages");
    terminal.press("thanks");
    terminal.press(ENTER);
    terminal.wait("everything said and read", |screen| {
        let below = screen.rsplit_once("thanks  ").map(|(_, below)| below);
        below.is_some_and(|below| below.contains("Read")) && !screen.contains("typing…")
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (items, entries) = journal(&cloud.journal(data.path()));
    let texts: Vec<String> = echoes(&entries)
        .into_iter()
        .map(|(.., text)| text)
        .collect();
    assert_eq!(texts, ["hi", "send me several messages in a row", "thanks"]);
    let places: Vec<u64> = items.iter().map(|item| item.place.stored().1).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_cloud_that_does_not_answer_gets_the_message_once() {
    let data = tempdir().unwrap();
    let cloud = Cloud::start();
    let mut terminal = cloud.phone(data.path());
    talk(&mut terminal);
    cloud.signal("STOP");
    terminal.press("anybody there?");
    terminal.press(ENTER);
    terminal.wait("the message on its way", |screen| screen.contains('◷'));
    terminal.signal("KILL");
    terminal.ended();
    cloud.signal("CONT");

    let mut terminal = cloud.phone(data.path());
    // Either the cloud had it, and its echo comes, or nobody knows, and the bubble says so.
    terminal.wait("the message decided", |screen| {
        screen.contains("anybody there?") && !screen.contains('◷')
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (items, entries) = journal(&cloud.journal(data.path()));
    let echoed = echoes(&entries);
    let times = echoed.iter().filter(|(.., text)| text == "anybody there?");
    assert!(times.count() <= 1, "{echoed:?}");
    assert_eq!(mine(&items), ["hi", "anybody there?"]);
}
