//! What handset reads in the notifications of the cloud, held against fixtures
//! written from the vendor's documents (`webhooks` 3 to 5).

use std::{collections::BTreeSet, fs};

use handset::domain::{
    content::Content,
    rich::plain,
    text::SafeText,
    wire::inbound::{self, Change, Event},
};
use proptest::prelude::*;
use serde_json::Value;

/// File, and each of its changes in a few words.
const READ: &[(&str, &[&str])] = &[
    ("accept", &["ASSIGNED_AGENT #1 Accept [0]"]),
    ("access", &["ASSIGNED_AGENT #9 Access [8]"]),
    ("action", &["CONSUMER #11 Action [6]"]),
    (
        "assigned",
        &[
            "main open, open: CONSUMER ASSIGNED_AGENT; main open; updated 1722500003000; skill 3300120015; due 1722500600000",
        ],
    ),
    (
        "automatic",
        &["CONTROLLER #1 says \"We will be right with you\""],
    ),
    (
        "chat-state-unknown",
        &["ASSIGNED_AGENT unknown ChatStateEvent"],
    ),
    (
        "closed",
        &["main closed, closed: CONSUMER; main closed; updated 1722500200000; by AGENT"],
    ),
    (
        "closed-by-system",
        &["main closed, closed: CONSUMER; main closed by SYSTEM; updated 1722500005000; by SYSTEM"],
    ),
    (
        "cobrowse",
        &[
            "main open, open: CONSUMER ASSIGNED_AGENT; main open; updated 1722500005000; due 1722500600000",
        ],
    ),
    ("composing", &["ASSIGNED_AGENT is Composing"]),
    (
        "controller",
        &[
            "main open, open: CONSUMER CONTROLLER; main open; updated 1722500005000; due 1722500600000",
        ],
    ),
    (
        "deleted",
        &[
            "deleted, main open, open: CONSUMER; main open; updated 1722500005000; due 1722500600000",
        ],
    ),
    ("echo", &["CONSUMER #0 says \"Is the blue one in stock?\""]),
    ("echo-metadata", &["CONSUMER #22 says \"Blue please\""]),
    ("enrich", &["AGENT #8 unknown AcceptStatusEvent"]),
    ("external-file", &["ASSIGNED_AGENT #14 sends terms, PDF"]),
    ("file", &["ASSIGNED_AGENT #5 sends receipt, PNG"]),
    ("file-bare", &["ASSIGNED_AGENT #13 sends , JPG"]),
    (
        "full",
        &[
            "main open, open: CONSUMER ASSIGNED_AGENT READER; main open; updated 1722500005000; ttr {\"ttrType\":\"NORMAL\",\"value\":1200}; campaign {\"campaignId\":2100440011,\"engagementId\":2100440099}; due 1722500600000",
        ],
    ),
    (
        "list",
        &["ASSIGNED_AGENT #7 shows Choose toppings / Cold / [ ] Ice / ( Send )"],
    ),
    ("manager", &["MANAGER #18 says \"May I?\""]),
    (
        "manager-joined",
        &[
            "main open, open: CONSUMER ASSIGNED_AGENT MANAGER; main open; updated 1722500005000; due 1722500600000",
        ],
    ),
    (
        "metadata-null",
        &["AGENT #0 @Qm3tY0ZfT2-uV8kXw1cLrA says \"Welcome\""],
    ),
    ("nack", &["ASSIGNED_AGENT #10 Nack [8]"]),
    ("no-changes", &[]),
    ("oldest", &[" #0 says \"hello\""]),
    (
        "opened",
        &[
            "main open, open: CONSUMER; main open; updated 1722500000000; ttr {\"ttrType\":\"PRIORITIZED\",\"value\":600}; due 1722500600000",
        ],
    ),
    ("originator-missing", &[" #20 says \"Who am I?\""]),
    ("own-file", &["CONSUMER #12 sends receipt, PNG"]),
    ("own-state", &["CONSUMER is Composing"]),
    (
        "private-note",
        &["ASSIGNED_AGENT #9 (private) says \"he is rude\""],
    ),
    (
        "queued-again",
        &[
            "main open, open: CONSUMER; main open; updated 1722500005000; skill 3300120015; due 1722500600000",
        ],
    ),
    (
        "rated",
        &[
            "main closed, closed: CONSUMER; main closed by AGENT; updated 1722500005000; by AGENT; csat {\"csatRate\":4,\"csatResolutionConfirmation\":true,\"status\":\"FILLED\"}",
        ],
    ),
    (
        "rated-bare",
        &[
            "main closed, closed: CONSUMER; main closed by AGENT; updated 1722500005000; by AGENT; csat {\"csatRate\":2}",
        ],
    ),
    ("read-several", &["ASSIGNED_AGENT #2 Read [0, 3, 99]"]),
    (
        "rich",
        &[
            "ASSIGNED_AGENT #6 shows Pick one / [image] Blue mug https://cdn.shop.test/blue.jpg / ( Blue ) / [sparkle]",
        ],
    ),
    (
        "rich-as-message",
        &["ASSIGNED_AGENT #17 shows The older member"],
    ),
    (
        "rich-with-replies",
        &[
            "ASSIGNED_AGENT #16 shows Pick one (Blue: Blue please, with [{\"type\":\"ExternalId\",\"id\":\"qr-blue\"}])",
        ],
    ),
    (
        "secure-form",
        &["ASSIGNED_AGENT #5 shows the form Card details"],
    ),
    (
        "secure-submission",
        &["CONSUMER #15 shows the form Card details"],
    ),
    ("sent-ts", &["ASSIGNED_AGENT #19 says \"Hi\""]),
    ("state-active", &["ASSIGNED_AGENT is Active"]),
    ("state-background", &["ASSIGNED_AGENT is Background"]),
    ("state-gone", &["ASSIGNED_AGENT is Gone"]),
    ("state-inactive", &["ASSIGNED_AGENT is Inactive"]),
    ("state-pause", &["ASSIGNED_AGENT is Pause"]),
    (
        "suggested",
        &["main open, open: CONSUMER; main open; updated 1722500003000; asked ASSIGNED_AGENT"],
    ),
    (
        "suggested-other",
        &[
            "main open, open: CONSUMER ASSIGNED_AGENT; main open; updated 1722500005000; asked ASSIGNED_AGENT; due 1722500600000",
        ],
    ),
    (
        "survey",
        &[
            "main closed, open: CONSUMER ASSIGNED_AGENT AGENT READER; survey open; main closed by CONSUMER; updated 1722500100000; by CONSUMER",
        ],
    ),
    (
        "survey-done",
        &[
            "main closed, closed: CONSUMER ASSIGNED_AGENT; main closed by CONSUMER; survey closed by AGENT; updated 1722500005000; by CONSUMER",
        ],
    ),
    (
        "survey-main-first",
        &[
            "main closed, open: CONSUMER ASSIGNED_AGENT; main closed by CONSUMER; survey open; updated 1722500005000; by CONSUMER",
        ],
    ),
    (
        "survey-question",
        &[
            "AGENT #1 @Qm3tY0ZfT2-uV8kXw1cLrA says \"How was it?\" (Blue: Blue please, with [{\"type\":\"ExternalId\",\"id\":\"qr-blue\"}])",
        ],
    ),
    ("text", &["ASSIGNED_AGENT #3 says \"Yes, two left.\""]),
    (
        "text-with-replies",
        &[
            "ASSIGNED_AGENT #4 says \"Shall I?\" (Yes: Yes please, with [{\"type\":\"ExternalId\",\"id\":\"qr-yes\"}]) (No: No) (Shop: )",
        ],
    ),
    (
        "transferred",
        &[
            "main open, open: CONSUMER READER; main open; updated 1722500005000; skill 3300120016; due 1722500600000",
        ],
    ),
    (
        "ttr",
        &[
            "main open, open: CONSUMER ASSIGNED_AGENT; main open; updated 1722500005000; ttr {\"ttrType\":\"URGENT\",\"value\":300}",
        ],
    ),
    (
        "two-changes",
        &[
            "ASSIGNED_AGENT #2 Read [0]",
            "ASSIGNED_AGENT #3 says \"Hi\"",
        ],
    ),
    (
        "two-conversations",
        &[
            "main open, open: CONSUMER; updated 1722500000000",
            "main open, open: CONSUMER; updated 1722500000000",
        ],
    ),
    ("unknown-event", &["ASSIGNED_AGENT #10 unreadable"]),
    (
        "unknown-members",
        &["ASSIGNED_AGENT #21 says \"New times\""],
    ),
    ("unknown-role", &["CO_PILOT #23 says \"Beep\""]),
    ("unknown-type", &[" unreadable"]),
    (
        "upsert-oldest",
        &["main open, open: CONSUMER; main open; updated 1722500000000"],
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
                let by = dialog.closed_by.as_ref();
                let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
                format!("; {kind} {}{by}", word(dialog.open))
            });
            format!(
                "{}main {}, {}: {}{}; updated {}{}{}",
                if it.deleted { "deleted, " } else { "" },
                word(it.main_open),
                word(it.open),
                roles.join(" "),
                dialogs.collect::<String>(),
                it.updated.unwrap_or_default().0,
                it.facts
                    .close_reason
                    .as_ref()
                    .map(|by| format!("; by {by}"))
                    .unwrap_or_default(),
                facts(it),
            )
        }
    }
}

/// What is told beside the usual.
fn facts(it: &inbound::Conversation) -> String {
    let mut told = String::new();
    for one in &it.suggested {
        told += "; asked ";
        told += one.role.as_str();
    }
    let skill = it
        .facts
        .skill
        .as_ref()
        .filter(|skill| skill.as_str() != "-1");
    let facts = [
        ("skill", skill.map(ToString::to_string)),
        ("ttr", it.facts.ttr.as_ref().map(ToString::to_string)),
        ("csat", it.facts.csat.as_ref().map(ToString::to_string)),
        (
            "campaign",
            it.facts.campaign.as_ref().map(ToString::to_string),
        ),
        ("due", it.facts.effective_ttr.map(|due| due.0.to_string())),
    ];
    for (name, fact) in facts {
        told += &fact
            .map(|fact| format!("; {name} {fact}"))
            .unwrap_or_default();
    }
    told
}

fn happened(event: &Event) -> String {
    match event {
        Event::Content { content, text } => {
            let replies: Vec<String> = content
                .replies()
                .iter()
                .map(|reply| {
                    let click = reply.click().unwrap_or_default();
                    let with = click
                        .metadata
                        .map(|data| format!(", with {data}"))
                        .unwrap_or_default();
                    format!(" ({}: {}{with})", reply.title(), click.texts.join(", "))
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
        Event::Unreadable => " unreadable".to_owned(),
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

/// What kinds of change stand in a fixture, as finely as `webhooks` 3 to 5 tell them apart.
fn kinds(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let word = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let changes = body["body"]["changes"].as_array().unwrap();
    let mut kinds: Vec<String> = changes
        .iter()
        .flat_map(|change| {
            let event = &change["event"];
            let details = &change["result"]["conversationDetails"];
            let mut kinds = match event["type"].as_str() {
                Some(kind @ "ContentEvent") => {
                    vec![format!("{kind} {}", word(&event["contentType"]))]
                }
                Some(kind @ "AcceptStatusEvent") => {
                    vec![format!("{kind} {}", word(&event["status"]))]
                }
                Some(kind @ "ChatStateEvent") => {
                    vec![format!("{kind} {}", word(&event["chatState"]))]
                }
                Some(kind) => vec![kind.to_owned()],
                None if details.is_object() => vec![format!(
                    "{} {} {}",
                    word(&change["type"]),
                    word(&details["state"]),
                    word(&details["stage"])
                )],
                None => vec!["unknown".to_owned()],
            };
            if event["quickReplies"].is_object() {
                kinds.push(format!("quick replies in {}", word(&event["type"])));
            }
            let role = &change["originatorMetadata"]["role"];
            if event.is_object() {
                kinds.push(format!("by {}", word(role)));
                kinds.push(format!("to {}", word(&change["messageAudience"])));
                kinds.push(match change.get("metadata") {
                    None => "metadata absent".to_owned(),
                    Some(Value::Null) => "metadata null".to_owned(),
                    Some(_) => "metadata given".to_owned(),
                });
            }
            for dialog in details["dialogs"].as_array().into_iter().flatten() {
                kinds.push(format!(
                    "dialog {} {}",
                    word(&dialog["channelType"]),
                    word(&dialog["dialogType"])
                ));
            }
            for fact in [
                "ttr",
                "csat",
                "csatRate",
                "campaignInfo",
                "delay",
                "closeReason",
            ] {
                if details.get(fact).is_some() {
                    kinds.push(format!("told {fact}"));
                }
            }
            kinds
        })
        .collect();
    kinds.push(format!("{} changes", changes.len()));
    if body["body"].get("sentTs").is_some() {
        kinds.push("sentTs".to_owned());
    }
    kinds
}

/// Everything the documents show; a kind nobody listed, or a listed one without a fixture, fails.
#[test]
fn every_kind_of_notification_has_a_fixture() {
    let bodies = READ.iter().map(|(name, _)| fixture(name));
    let there: BTreeSet<String> = bodies.flat_map(|body| kinds(&body)).collect();
    let expected: BTreeSet<String> = include_str!("../fixtures/wire/inbound_kinds.txt")
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(there, expected);
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
