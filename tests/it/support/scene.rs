//! A made-up conversation as the engine would tell it, with fixed times and ids.

use std::time::Duration;

use bytes::Bytes;
use handset::{
    domain::{
        content::{Content, QuickReply},
        conversation::event::Act,
        exchange::{Entry, EntryKind, Exchange, Outcome},
        ids::{EntryId, ItemId, PhoneId},
        inbound::{Hook, Request, Verdict},
        line::{Delivery, Hops, Line, LineBody},
        persona::Persona,
        rich::quick,
        role::{Author, Role},
        signature::Mismatch,
        time::Timestamp,
    },
    engine::{
        command::Command,
        update::{Head, Link, Phase, Switches, Update},
    },
    ingress::status::IngressStatus,
};
use serde_json::{Value, json};

/// Friday, 20 November 2026, 12:00 UTC.
pub(crate) const NOON: i64 = 1_795_176_000_000;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp(NOON + seconds * 1000)
}

pub(crate) fn id(number: u32) -> ItemId {
    ItemId {
        phone: Some(PhoneId(0)),
        number,
    }
}

pub(crate) fn item(number: u32, seconds: i64, body: LineBody) -> Line {
    Line::new(id(number), at(seconds), (0, u64::from(number)), body)
}

pub(crate) fn mine(number: u32, seconds: i64, text: &str, delivery: Delivery) -> Line {
    let sent = Some(at(seconds));
    let later = |millis: i64| Some(Timestamp(at(seconds).0 + millis));
    let hops = match delivery {
        Delivery::Read { .. } => Hops {
            sent,
            answered: later(18),
            echoed: later(35),
            accepted: later(120),
            read: later(306),
        },
        Delivery::Sent { .. } => Hops {
            sent,
            answered: later(21),
            ..Hops::default()
        },
        _ => Hops::default(),
    };
    let content = Content::text(text.into());
    item(
        number,
        seconds,
        LineBody::Mine {
            content,
            delivery,
            hops,
        },
    )
}

pub(crate) fn theirs_with(number: u32, seconds: i64, role: Role, content: Content) -> Line {
    let answerable = !content.replies().is_empty();
    let name = match role {
        Role::AssignedAgent => "Riley",
        Role::Manager => "Morgan",
        _ => "",
    };
    item(
        number,
        seconds,
        LineBody::Theirs {
            author: Author {
                id: "b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87".into(),
                role,
            },
            name: name.into(),
            content,
            dialog: "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310".into(),
            sequence: u64::from(number),
            answerable,
        },
    )
}

pub(crate) fn theirs(number: u32, seconds: i64, text: &str) -> Line {
    theirs_with(
        number,
        seconds,
        Role::AssignedAgent,
        Content::text(text.into()),
    )
}

pub(crate) fn quiet(number: u32, seconds: i64, text: &str) -> Line {
    item(number, seconds, LineBody::Quiet { text: text.into() })
}

pub(crate) fn reply(title: &str) -> QuickReply {
    let publish = json!({"type": "publishText", "text": title});
    button(&json!({"type": "button", "title": title, "click": {"actions": [publish]}}))
}

/// A quick reply as it came.
pub(crate) fn button(button: &Value) -> QuickReply {
    let quick = json!({"type": "quickReplies", "replies": [button]});
    quick::replies(&quick).remove(0)
}

pub(crate) fn offer(number: u32, seconds: i64, text: &str, titles: &[&str]) -> Line {
    let content = Content::Text {
        text: text.into(),
        replies: titles.iter().map(|title| reply(title)).collect(),
    };
    theirs_with(number, seconds, Role::AssignedAgent, content)
}

pub(crate) fn head() -> Head {
    Head {
        consumer: "Ada Quill".into(),
        brand: "Acme".into(),
        sandbox: true,
        production: false,
        agent: Some("Riley".into()),
        conversation: Some("4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310".into()),
        phase: Phase::Open,
    }
}

pub(crate) fn link() -> Link {
    Link {
        token_until: Some(at(3_120)),
        listener: Some("127.0.0.1:4711".to_owned()),
        sandbox: None,
        last_event: Some(at(188)),
        refused: 1,
        turned_away: String::new(),
        ingress: IngressStatus::near(),
    }
}

pub(crate) fn call(id: u64, millis: i64, purpose: &str, endpoint: &str, body: &str) -> Entry {
    Entry {
        id: EntryId(id),
        phone: Some(PhoneId(0)),
        kind: EntryKind::Call(Exchange {
            serial: id,
            phone: Some(PhoneId(0)),
            cause: None,
            conversation: Some("4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310".into()),
            purpose: purpose.to_owned(),
            method: "POST".to_owned(),
            url: format!(
                "http://127.0.0.1:4700/api/account/55512300/messaging/consumer/{endpoint}?v=3"
            ),
            headers: vec![
                ("authorization".to_owned(), "…".to_owned()),
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-lp-on-behalf".to_owned(), "…".to_owned()),
            ],
            body: Bytes::from(body.to_owned()),
            attempt: 1,
            started: Timestamp(NOON + millis),
            outcome: Some(Outcome::Answered {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: Bytes::from_static(
                    b"{\"reqId\":\"1\",\"code\":\"OK\",\"body\":{\"sequence\":4}}",
                ),
                waited: Duration::from_millis(17),
                elapsed: Duration::from_millis(18),
            }),
        }),
    }
}

pub(crate) fn hook(
    id: u64,
    millis: i64,
    verdict: Verdict,
    sequence: Option<u64>,
    change: &str,
) -> Entry {
    let body = format!(
        "{{\"kind\":\"notification\",\"body\":{{\"changes\":[{change}]}},\"type\":\"ms.MessagingEventNotification\"}}"
    );
    Entry {
        id: EntryId(id),
        phone: Some(PhoneId(0)),
        kind: EntryKind::Hook(Hook {
            request: Request {
                at: Timestamp(NOON + millis),
                headers: vec![
                    ("x-liveperson-account-id".to_owned(), "55512300".to_owned()),
                    (
                        "x-liveperson-signature".to_owned(),
                        "sha1=wwH/68fBYQQlJGbbqtatUSnxUmE=".to_owned(),
                    ),
                ],
                body: Bytes::from(body),
            },
            verdict,
            status: if verdict == Verdict::Valid { 200 } else { 401 },
            kind: Some("ms.MessagingEventNotification".to_owned()),
            conversation: Some("4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310".into()),
            sequence,
        }),
    }
}

/// Lines of every kind.
fn lines() -> Vec<Line> {
    let yesterday = -86_400;
    let rich = Content::Rich {
        content: serde_json::json!({"type": "vertical", "elements": [
            {"type": "text", "text": "Blue kettle, 1.7 l"},
            {"type": "text", "text": "€ 49.90 · two left"},
            {"type": "text", "text": "https://shop.test/kettle"},
        ]}),
        replies: Vec::new(),
    };
    vec![
        quiet(0, yesterday, "Riley joined"),
        theirs(1, yesterday + 5, "Hello Ada, how can I help?"),
        mine(
            2,
            0,
            "Is the blue one in stock? 日本語 👍🏽 👨‍👩‍👧 ❤️ العربية",
            Delivery::Read { sequence: 2 },
        ),
        theirs(
            3,
            30,
            "Let me look. カタカナ ｶﾞｷﾞ and a rather long sentence that has to be wrapped because no bubble is that wide.",
        ),
        theirs_with(4, 60, Role::AssignedAgent, rich),
        theirs_with(
            5,
            90,
            Role::Controller,
            Content::text("Riley will be with you until 18:00.".into()),
        ),
        mine(6, 120, "Thanks!", Delivery::Accepted { sequence: 6 }),
        mine(
            7,
            150,
            "And in red?",
            Delivery::Failed {
                reason: "the cloud answered 503 five times".into(),
                uncertain: true,
            },
        ),
        offer(
            8,
            187,
            "Yes, two left. 🎉",
            &["Reserve one", "Show me others", "日本語で"],
        ),
        mine(9, 188, "Great, one moment", Delivery::Queued),
    ]
}

/// Entries of every kind.
fn entries() -> Vec<Entry> {
    let content = "{\"kind\":\"req\",\"id\":\"1\",\"type\":\"ms.PublishEvent\",\"body\":{\"dialogId\":\"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310\",\"event\":{\"type\":\"ContentEvent\",\"contentType\":\"text/plain\",\"message\":\"Is the blue one in stock? 日本語 👍🏽\"}}}";
    let echo = "{\"sequence\":2,\"originatorMetadata\":{\"id\":\"9b1f\",\"role\":\"CONSUMER\"},\"event\":{\"type\":\"ContentEvent\",\"message\":\"Is the blue one in stock? 日本語 👍🏽\",\"contentType\":\"text/plain\"}}";
    let accept = "{\"sequence\":3,\"originatorMetadata\":{\"id\":\"b7d1\",\"role\":\"ASSIGNED_AGENT\"},\"event\":{\"type\":\"AcceptStatusEvent\",\"status\":\"READ\",\"sequenceList\":[2]}}";
    let typing = "{\"originatorMetadata\":{\"id\":\"b7d1\",\"role\":\"ASSIGNED_AGENT\"},\"event\":{\"type\":\"ChatStateEvent\",\"chatState\":\"COMPOSING\"}}";
    let mut failed = call(
        7,
        150_000,
        "ms.PublishEvent text",
        "conversation/send",
        content,
    );
    let mut pending = call(
        8,
        188_000,
        "ms.PublishEvent ACTIVE",
        "conversation/send",
        "{}",
    );
    if let (EntryKind::Call(failed), EntryKind::Call(pending)) =
        (&mut failed.kind, &mut pending.kind)
    {
        failed.attempt = 5;
        failed.outcome = Some(Outcome::Failed {
            reason: "connection refused".to_owned(),
            elapsed: Duration::from_secs(12),
        });
        pending.outcome = None;
    }
    let mut domains = call(1, -500, "domains", "baseURI.json", "");
    if let EntryKind::Call(domains) = &mut domains.kind {
        "GET".clone_into(&mut domains.method);
    }
    vec![
        domains,
        call(2, -400, "AppJWT", "token", "grant_type=client_credentials"),
        call(3, 0, "ms.PublishEvent text", "conversation/send", content),
        hook(4, 35, Verdict::Valid, Some(2), echo),
        hook(5, 306, Verdict::Valid, Some(3), accept),
        hook(6, 100_000, Verdict::Invalid(Mismatch::Secret), None, typing),
        failed,
        pending,
        hook(9, 187_220, Verdict::Valid, None, typing),
    ]
}

/// The phone everything here happens on.
pub(crate) fn phone() -> Update {
    Update::Phone {
        phone: PhoneId(0),
        persona: Box::new(Persona::named("Ada Quill", "handset-ada".into())),
    }
}

/// Something done on that phone.
pub(crate) fn act(act: Act) -> Command {
    Command::Act {
        phone: PhoneId(0),
        act,
    }
}

/// A conversation with a bit of everything in it.
pub(crate) fn conversation() -> Vec<Update> {
    vec![
        phone(),
        Update::Head {
            phone: PhoneId(0),
            head: head(),
        },
        Update::Link(link()),
        Update::Switches {
            phone: PhoneId(0),
            switches: Switches::default(),
        },
        Update::Lines(lines()),
        Update::Wire(entries()),
        Update::Linked {
            entry: EntryId(3),
            items: vec![id(2)],
        },
        Update::Linked {
            entry: EntryId(4),
            items: vec![id(2)],
        },
        Update::Linked {
            entry: EntryId(5),
            items: vec![id(2)],
        },
        Update::Typing {
            phone: PhoneId(0),
            name: Some("Riley".into()),
        },
    ]
}
