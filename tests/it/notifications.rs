//! What handset reads in the notifications of the cloud, held against fixtures
//! written from the vendor's documents (`webhooks` 3 to 5).

use std::fs;

use handset::domain::{
    content::Content,
    rich::plain,
    text::SafeText,
    wire::inbound::{self, Change, Event},
};
use proptest::prelude::*;

/// File, and each of its changes in a few words.
const READ: &[(&str, &[&str])] = &[
    ("text", &["ASSIGNED_AGENT #3 says \"Yes, two left.\""]),
    (
        "text-with-replies",
        &["ASSIGNED_AGENT #4 says \"Shall I?\" \
        (Yes: Yes please, with [{\"type\":\"ExternalId\",\"id\":\"qr-yes\"}]) (No: No) (Shop: )"],
    ),
    ("echo", &["CONSUMER #0 says \"Is the blue one in stock?\""]),
    ("file", &["ASSIGNED_AGENT #5 sends receipt, PNG"]),
    (
        "secure-form",
        &["ASSIGNED_AGENT #5 shows the form Card details"],
    ),
    (
        "rich",
        &[
            "ASSIGNED_AGENT #6 shows Pick one / [image] Blue mug https://cdn.shop.test/blue.jpg / ( Blue ) / [sparkle]",
        ],
    ),
    (
        "list",
        &["ASSIGNED_AGENT #7 shows Choose toppings / Cold / [ ] Ice / ( Send )"],
    ),
    ("accept", &["ASSIGNED_AGENT #1 Accept [0]"]),
    ("read-several", &["ASSIGNED_AGENT #2 Read [0, 3, 99]"]),
    ("enrich", &["AGENT #8 unknown AcceptStatusEvent"]),
    ("composing", &["ASSIGNED_AGENT is Composing"]),
    (
        "chat-state-unknown",
        &["ASSIGNED_AGENT unknown ChatStateEvent"],
    ),
    (
        "private-note",
        &["ASSIGNED_AGENT #9 (private) says \"he is rude\""],
    ),
    (
        "automatic",
        &["CONTROLLER #1 says \"We will be right with you\""],
    ),
    (
        "metadata-null",
        &["AGENT #0 @Qm3tY0ZfT2-uV8kXw1cLrA says \"Welcome\""],
    ),
    ("oldest", &[" #0 says \"hello\""]),
    (
        "unknown-event",
        &["ASSIGNED_AGENT #10 unknown SparkleEvent"],
    ),
    (
        "two-changes",
        &[
            "ASSIGNED_AGENT #2 Read [0]",
            "ASSIGNED_AGENT #3 says \"Hi\"",
        ],
    ),
    ("no-changes", &[]),
    ("unknown-type", &["message without an event"]),
    (
        "opened",
        &["main open, open: CONSUMER; main open; updated 1722500000000"],
    ),
    (
        "assigned",
        &["main open, open: CONSUMER ASSIGNED_AGENT; main open; updated 1722500003000"],
    ),
    (
        "suggested",
        &["main open, open: CONSUMER; main open; updated 1722500003000"],
    ),
    (
        "survey",
        &[
            "main closed, open: CONSUMER ASSIGNED_AGENT AGENT READER; survey open; main closed; updated 1722500100000; by CONSUMER",
        ],
    ),
    (
        "closed",
        &["main closed, closed: CONSUMER; main closed; updated 1722500200000; by AGENT"],
    ),
];

fn told(change: &Change) -> String {
    match change {
        Change::Message(message) => {
            let role = message.author.role.as_str();
            let sequence = message.sequence.map(|sequence| format!(" #{sequence}"));
            let conversation = message.conversation.as_ref();
            let elsewhere = conversation
                .filter(|id| id.as_str() != message.dialog.as_str())
                .map(|_| format!(" @{}", message.dialog));
            let private = if message.for_consumer {
                ""
            } else {
                " (private)"
            };
            format!(
                "{role}{}{}{private}{}",
                sequence.unwrap_or_default(),
                elsewhere.unwrap_or_default(),
                happened(&message.event)
            )
        }
        Change::Conversation(it) => {
            let word = |open: bool| if open { "open" } else { "closed" };
            let roles: Vec<_> = it
                .participants
                .iter()
                .map(|one| one.role.as_str())
                .collect();
            let dialogs = it.dialogs.iter().map(|dialog| {
                let kind = if dialog.survey { "survey" } else { "main" };
                format!("; {kind} {}", word(dialog.open))
            });
            format!(
                "main {}, {}: {}{}; updated {}{}",
                word(it.main_open),
                word(it.open),
                roles.join(" "),
                dialogs.collect::<String>(),
                it.updated.unwrap().0,
                it.facts
                    .close_reason
                    .as_ref()
                    .map(|by| format!("; by {by}"))
                    .unwrap_or_default(),
            )
        }
        Change::Unknown(kind) => kind.clone(),
    }
}

fn happened(event: &Event) -> String {
    match event {
        Event::Content { content, text } => {
            let replies: Vec<String> = content
                .replies()
                .iter()
                .map(|reply| {
                    let with = reply.metadata.as_ref();
                    let with = with
                        .map(|data| format!(", with {data}"))
                        .unwrap_or_default();
                    format!(" ({}: {}{with})", reply.title, reply.text.join(", "))
                })
                .collect();
            let replies = replies.concat();
            match content {
                Content::Text { text: shown, .. } => {
                    assert_eq!(text.as_deref(), Some(shown.as_str()));
                    format!(" says {:?}{replies}", shown.as_str())
                }
                Content::File(file) => format!(" sends {}, {}", file.caption, file.file_type),
                Content::Form { title } => format!(" shows the form {title}"),
                Content::Rich { content, .. } => {
                    let lines = plain::lines(content);
                    let lines: Vec<_> = lines.iter().map(SafeText::as_str).collect();
                    format!(" shows {}{replies}", lines.join(" / "))
                }
            }
        }
        Event::Accept { status, sequences } => format!(" {status:?} {sequences:?}"),
        Event::ChatState(state) => format!(" is {state:?}"),
        Event::Unknown(kind) => format!(" unknown {kind}"),
    }
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wire/inbound");
    fs::read(format!("{folder}/{name}.json")).unwrap()
}

#[test]
fn every_documented_notification_is_read() {
    for (name, expected) in READ {
        let changes: Vec<String> = inbound::read(&fixture(name)).iter().map(told).collect();
        assert_eq!(changes, *expected, "{name}");
    }
}

#[test]
fn every_fixture_is_expected() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wire/inbound");
    assert_eq!(fs::read_dir(folder).unwrap().count(), READ.len());
}

proptest! {
    #[test]
    fn broken_notifications_are_survived(which in 0..READ.len(), cut in 0.0_f64..1.0, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = fixture(READ[which].0);
        let index = at.index(body.len());
        body[index] = byte;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short body")]
        let length = (body.len() as f64 * cut) as usize;
        inbound::read(&body);
        inbound::read(&body[..length]);
    }
}
