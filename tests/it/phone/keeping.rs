//! What the phone keeps: last week's conversation is found and opened at the hit, and what is
//! written comes back after a crash and after a closed window.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use handset::{
    domain::{
        content::Content,
        ids::{ItemId, PhoneId},
        line::{Delivery, Hops, Line, LineBody},
        persona::Persona,
        text::SafeText,
        time::Timestamp,
    },
    store::{Journal, Reader, Save, Start},
};
use tempfile::tempdir;

use super::{CTRL_Q, ENTER, ESC, TAB};
use crate::support::{LIMIT, pty::Terminal};

const CTRL_F: &str = "\u{6}";
const ALT_G: &str = "\u{1b}g";
const ALT_M: &str = "\u{1b}m";
const ALT_Y: &str = "\u{1b}y";
const DAY: i64 = 86_400_000;

/// Waits for something about the journal; a phone writes it meanwhile.
fn until(journal: &Path, what: &str, is_so: impl Fn(&Reader) -> bool) {
    let limit = Instant::now() + LIMIT;
    while !Reader::open(journal).is_ok_and(|reader| is_so(&reader)) {
        assert!(Instant::now() < limit, "no {what} in {}", journal.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A journal with a conversation of last week, of a consumer whose phone is closed.
fn last_week(journal: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (journal, _feed) = Journal::open(journal, Start::Cursor).await.unwrap();
        let phone = PhoneId(7);
        let said = |number: u32| {
            let text = match number {
                31 => "My GLÜHWÜRMCHEN lamp is broken".to_owned(),
                number => format!("line {number} of last week"),
            };
            let id = ItemId {
                phone: Some(phone),
                number,
            };
            let body = LineBody::Mine {
                content: Content::text(SafeText::clean(&text)),
                delivery: Delivery::Read {
                    sequence: u64::from(number),
                },
                hops: Hops::default(),
            };
            let at = now() - 7 * DAY + i64::from(number) * 60_000;
            Line::new(id, Timestamp(at), (0, u64::from(number)), body)
        };
        let greta = Persona::named("Greta Ünal", "greta".into());
        let save = Save {
            items: (0..90).map(said).collect(),
            phones: vec![(
                phone,
                "greta".to_owned(),
                serde_json::to_value(&greta).unwrap(),
                false,
            )],
            dialogs: vec![(phone, 0, "old-1".into(), "old-1".into())],
            ..Save::default()
        };
        journal.save(save).await.unwrap();
        journal.close().await;
    });
}

#[test]
fn last_weeks_conversation_is_found_by_a_name_and_by_a_word_and_opened_at_the_hit() {
    let data = tempdir().unwrap();
    let journal = data.path().join("sandbox/journal.db");
    std::fs::create_dir_all(journal.parent().unwrap()).unwrap();
    last_week(&journal);
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.press(TAB);
    terminal.press("4");
    terminal.wait_text("2 conversations");
    terminal.press("/");
    terminal.press("unal greta");
    terminal.wait("one by the consumer's name", |screen| {
        screen.contains("1 conversation ") && screen.contains("Greta Ünal")
    });
    terminal.press(ESC);
    terminal.wait_text("2 conversations");
    terminal.press("/");
    terminal.press("lamp gluhwurmchen");
    terminal.wait("one by what was said", |screen| {
        screen.contains("1 conversation ") && screen.contains("90 lines")
    });
    terminal.press(ENTER);
    terminal.press(ENTER);
    terminal.wait("the line that has it, in the middle", |screen| {
        screen.contains("find: lamp gluhwurmchen")
            && screen.contains("GLÜHWÜRMCHEN")
            && screen.contains("line 30 of last week")
            && !screen.contains("line 89 of last week")
    });
    terminal.press(ESC);
    terminal.wait("the conversation alone", |screen| {
        !screen.contains("find: ") && screen.contains("GLÜHWÜRMCHEN")
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_draft_survives_kill_9_and_a_closed_window() {
    let data = tempdir().unwrap();
    let journal = data.path().join("sandbox/journal.db");
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.press("half a sentence ab");
    terminal.wait_text("> half a sentence ab");
    until(&journal, "draft", |reader| {
        reader.size().unwrap().drafts == 1
    });
    terminal.signal("KILL");
    terminal.ended();

    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("> half a sentence ab");
    terminal.press("out 日本語");
    terminal.wait_text("about 日本語");
    // The window is closed at once: nothing may wait for a timer.
    terminal.signal("HUP");
    terminal.ended();

    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("> half a sentence about 日本語");
    terminal.press(ENTER);
    terminal.wait_text("Write a message");
    until(&journal, "end of the draft", |reader| {
        reader.size().unwrap().drafts == 0
    });
    terminal.signal("KILL");
    terminal.ended();

    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait("the message once, and no draft", |screen| {
        screen.matches("half a sentence about").count() == 1 && screen.contains("Write a message")
    });
    terminal.press(CTRL_F);
    terminal.press("SENTENCE");
    terminal.wait("the words found", |screen| {
        screen.contains("find: SENTENCE") && screen.contains("next")
    });
    terminal.press(ESC);
    terminal.wait_text("Write a message");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn what_an_agent_writes_survives_kill_9_too() {
    let data = tempdir().unwrap();
    let journal = data.path().join("sandbox/journal.db");
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.press(ALT_G);
    terminal.wait_text("( Alt+Y accept )");
    terminal.press(ALT_Y);
    terminal.wait_text("Write to ");
    terminal.press(ALT_M);
    terminal.wait_text("Write a note for agents");
    terminal.press("gold customer");
    terminal.wait_text("# gold customer");
    until(&journal, "draft", |reader| {
        reader.size().unwrap().drafts == 1
    });
    terminal.signal("KILL");
    terminal.ended();

    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.press(ALT_G);
    terminal.wait("the note, for agents alone", |screen| {
        screen.contains("# gold customer") && screen.contains("PRIVATE NOTE")
    });
    terminal.press(ENTER);
    until(&journal, "end of the draft", |reader| {
        reader.size().unwrap().drafts == 0
    });
    terminal.press(CTRL_F);
    terminal.press("customer");
    terminal.wait("the words found", |screen| {
        screen.contains("find: customer") && screen.contains("Enter next")
    });
    terminal.press(ESC);
    terminal.wait_text("Write to ");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}
