//! The phone as a person uses it: the real program in a real pseudo-terminal,
//! with the sandbox as its cloud.

mod attach;
#[cfg(unix)]
mod away;
mod both_sides;
mod brand;
pub(crate) mod cloud;
mod control;
mod crash;
mod dividers;
mod ending;
mod faults;
mod few_colours;
mod files;
mod ingress;
mod keeping;
mod keys;
mod late_answers;
mod notices;
pub(crate) mod record;
mod said_again;
mod scenario;
mod secrets;
mod stage;
mod too_long;
mod tour;
mod tour_crash;
mod wire;
mod witness;

use std::{collections::BTreeSet, path::Path};

use handset::{
    domain::{
        content::Content,
        exchange::{Entry, EntryKind},
        ids::PhoneId,
        inbound::Verdict,
        line::{Line, LineBody},
        role::Role,
        wire::inbound::{self, Change, Event},
    },
    store::{Journal, Start},
};
use tempfile::tempdir;

use crate::support::pty::Terminal;

/// The keys as a terminal sends them.
const ENTER: &str = "\r";
const TAB: &str = "\t";
const PAGE_UP: &str = "\u{1b}[5~";
const CTRL_Q: &str = "\u{11}";
/// As the keyboard protocol writes it: no key behind it can be taken for a part of it.
const ESC: &str = "\u{1b}[27u";
const F8: &str = "\u{1b}[19~";

/// What Riley says to "hi".
const ANSWER: &str = "Hello! What can I do for you?";

/// The bubble, its ticks and Riley's answer. That Riley types is on the screen for less than a
/// second, which a busy machine may spend without drawing: nobody waits for it.
fn talk(terminal: &mut Terminal) {
    terminal.wait_text("this is Riley");
    terminal.press("hi");
    terminal.press(ENTER);
    terminal.wait("the bubble accepted", |screen| screen.contains("✓✓"));
    terminal.wait("the bubble read", |screen| screen.contains("Read"));
    terminal.wait_text(ANSWER);
}

/// What a phone that has ended left in its journal: lines in their order, the wire oldest first.
fn journal(data: &Path) -> (Vec<Line>, Vec<Entry>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (journal, _) = Journal::open(data, Start::Newest).await.unwrap();
        let mut items = journal.items(PhoneId(0), None, 100_000).await.unwrap();
        items.sort_by_key(|item| item.place);
        let mut entries = Vec::new();
        loop {
            let before = entries.last().map(|entry: &Entry| entry.id);
            let page = journal.entries(before, 1000).await.unwrap();
            if page.is_empty() {
                break;
            }
            entries.extend(page);
        }
        entries.reverse();
        journal.close().await;
        (items, entries)
    })
}

/// The texts of the consumer that the cloud has published, in the order of their webhooks.
///
/// A webhook that was journalled but not answered when the phone was killed is posted again; it
/// is the same message, told by its conversation and sequence.
fn echoes(entries: &[Entry]) -> Vec<(String, u64, String)> {
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    for entry in entries {
        let EntryKind::Hook(hook) = &entry.kind else {
            continue;
        };
        assert_eq!(hook.verdict, Verdict::Valid);
        for change in inbound::read(&hook.request.body) {
            if let Change::Message(message) = change
                && message.author.role == Role::Consumer
                && let Event::Content {
                    text: Some(text), ..
                } = message.event
            {
                let conversation = message.conversation.unwrap().to_string();
                let sequence = message.sequence.unwrap();
                if known.insert((conversation.clone(), sequence)) {
                    found.push((conversation, sequence, text));
                }
            }
        }
    }
    found
}

/// The texts of the consumer on the phone, top to bottom.
fn mine(items: &[Line]) -> Vec<String> {
    let of = |item: &Line| match &item.body {
        LineBody::Mine {
            content: Content::Text { text, .. },
            ..
        } => Some(text.to_string()),
        _ => None,
    };
    items.iter().filter_map(of).collect()
}

/// The number right after a mark.
fn number_after(line: &str, mark: &str) -> Option<u64> {
    let (_, rest) = line.split_once(mark)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[test]
fn a_newcomer_talks_with_riley_beside_the_wire() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait("both panes", |screen| {
        screen.contains("Ada Quill") && screen.contains("Wire")
    });
    talk(&mut terminal);
    terminal.press(TAB);
    // The last thing to happen, so that nothing but the keys moves the list from here on.
    let mut wire = terminal.wait("the answer read", |screen| {
        let echoed = |mark: &str| {
            let lines = screen.lines().filter(|line| line.contains("(echo)"));
            lines.filter_map(|line| number_after(line, mark)).max()
        };
        screen.contains("Tab phone") && echoed("READ ") > echoed("text (echo) #")
    });
    // Up to the first call of all, however many pages that takes.
    while !wire.contains("domains") {
        let before = terminal.screen();
        terminal.press(PAGE_UP);
        wire.push_str(&terminal.wait("the page above", |screen| screen != before));
    }
    for expected in [
        "domains",
        "AppJWT",
        "ConsumerJWS",
        "CONVERSATION",
        "→ COMPOSING",
        "→ text",
        "→ ACTIVE",
        "(echo)",
        "ACCEPT",
        "READ",
        "✓sig",
    ] {
        assert!(wire.contains(expected), "no {expected} in\n{wire}");
    }
    assert!(!wire.contains("✗"), "{wire}");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let (items, entries) = journal(&data.path().join("sandbox/journal.db"));
    assert_eq!(mine(&items), ["hi"]);
    assert_eq!(echoes(&entries).len(), 1);
}

#[test]
fn one_pane_at_a_time_is_enough() {
    for (columns, rows) in [(80, 24), (60, 16)] {
        let data = tempdir().unwrap();
        let mut terminal = Terminal::handset(columns, rows, data.path(), &[]);
        talk(&mut terminal);
        terminal.press(TAB);
        terminal.wait_text("✓sig");
        terminal.press(TAB);
        terminal.wait("the phone again", |screen| !screen.contains("✓sig"));
        terminal.press(CTRL_Q);
        assert!(terminal.ended().success());
    }
}

#[test]
fn the_screen_follows_the_size_of_its_terminal() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.resize(60, 16);
    terminal.wait("the phone alone", |screen| {
        screen.contains("this is Riley") && !screen.contains("Wire") && screen.contains("F1 help")
    });
    terminal.resize(40, 10);
    terminal.wait_text("handset needs 60×16");
    terminal.resize(140, 40);
    terminal.wait("both panes", |screen| {
        screen.contains("this is Riley") && screen.contains("Wire")
    });
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}
