//! The screens of the README, drawn of a conversation as the engine tells one. Its times and ids are
//! fixed, so that the pictures are the same every time.

use handset::{
    config::personas,
    domain::{
        content::Content,
        conversation::details::DialogDetails,
        exchange::{Entry, EntryKind, Outcome},
        ids::PhoneId,
        inbound::Verdict,
        line::{Delivery, Line},
        role::Role,
    },
    engine::update::{Link, Update},
    ingress::status::{Health, Indicator, IngressStatus},
};
use serde_json::{Value, json};

use crate::{
    screens::{
        bench::{details, tokens},
        workspace::{busy, workspace},
    },
    support::{
        agent_session::AgentSession,
        scene::{self, call, hook, mine, offer, quiet, theirs},
        screen::Screen,
    },
};

const SIZE: (u16, u16) = (140, 36);

fn lines() -> Vec<Line> {
    let welcome = Content::text("Welcome to Acme. Somebody will be with you shortly.".into());
    vec![
        scene::theirs_with(1, 0, Role::Controller, welcome),
        quiet(2, 4, "Riley joined the conversation"),
        theirs(3, 6, "Hi Ada, this is Riley from Acme. How can I help?"),
        mine(
            4,
            20,
            "Is the blue kettle in stock?",
            Delivery::Read { sequence: 4 },
        ),
        theirs(5, 26, "Yes, two left. They came in this week 🎉"),
        mine(
            6,
            40,
            "Lovely, can you put one aside?",
            Delivery::Read { sequence: 6 },
        ),
        offer(
            7,
            48,
            "With pleasure. Which size?",
            &["1 litre", "1.7 litres", "Surprise me"],
        ),
    ]
}

/// The same request with another answer.
fn answered(mut entry: Entry, body: &Value) -> Entry {
    let EntryKind::Call(call) = &mut entry.kind else {
        return entry;
    };
    if let Some(Outcome::Answered { body: answer, .. }) = &mut call.outcome {
        *answer = json!({"code": "OK", "body": body}).to_string().into();
    }
    entry
}

/// A request that says something, and the webhooks that answer it.
fn said(id: u64, second: i64, sequence: u64, text: &str) -> Vec<Entry> {
    let body = json!({"kind": "req", "id": sequence.to_string(), "type": "ms.PublishEvent", "body": {
        "dialogId": "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310",
        "event": {"type": "ContentEvent", "contentType": "text/plain", "message": text}}});
    let echo = json!({"sequence": sequence, "originatorMetadata": {"id": "9b1f", "role": "CONSUMER"},
        "event": {"type": "ContentEvent", "message": text, "contentType": "text/plain"}});
    let read = json!({"sequence": sequence + 1,
        "originatorMetadata": {"id": "b7d1", "role": "ASSIGNED_AGENT"},
        "event": {"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [sequence]}});
    let typing = json!({"originatorMetadata": {"id": "b7d1", "role": "ASSIGNED_AGENT"},
        "event": {"type": "ChatStateEvent", "chatState": "COMPOSING"}});
    let send = "conversation/send";
    let at = second * 1000;
    vec![
        answered(
            call(id, at - 3000, "ms.PublishEvent COMPOSING", send, "{}"),
            &json!({}),
        ),
        answered(
            call(id + 1, at, "ms.PublishEvent text", send, &body.to_string()),
            &json!({"sequence": sequence}),
        ),
        hook(
            id + 2,
            at + 35,
            Verdict::Valid,
            Some(sequence),
            &echo.to_string(),
        ),
        hook(
            id + 3,
            at + 306,
            Verdict::Valid,
            Some(sequence + 1),
            &read.to_string(),
        ),
        hook(id + 4, at + 800, Verdict::Valid, None, &typing.to_string()),
    ]
}

fn entries() -> Vec<Entry> {
    let token = "grant_type=client_credentials";
    let mut all = vec![
        call(1, -900, "AppJWT", "token", token),
        call(2, -600, "ConsumerJWS", "auth", "{}"),
        call(
            3,
            -300,
            "cm.ConsumerRequestConversation",
            "conversation",
            "{}",
        ),
    ];
    all.extend(said(4, 20, 4, "Is the blue kettle in stock?"));
    all.extend(said(9, 40, 6, "Lovely, can you put one aside?"));
    all
}

/// What the engine tells of that conversation.
fn conversation(link: Link) -> Vec<Update> {
    let phone = PhoneId(0);
    let head = scene::head();
    vec![
        scene::phone(),
        Update::Head { phone, head },
        Update::Link(Link { refused: 0, ..link }),
        Update::Lines(lines()),
        Update::Wire(entries()),
    ]
}

async fn showing(link: Link) -> Screen {
    let screen = Screen::start(SIZE.0, SIZE.1);
    for update in conversation(link) {
        screen.update(update).await;
    }
    screen.until("● last event").await;
    screen.until("13 entries").await;
    screen
}

#[tokio::test]
async fn the_phone_and_the_wire_and_the_state() {
    let screen = showing(scene::link()).await;
    screen.picture("screen", "The phone and the wire").await;
    let mut details = details();
    let dialog = DialogDetails {
        top: 9,
        received: vec![(0, 9)],
        ..details.dialogs.swap_remove(0)
    };
    details.dialogs = vec![dialog];
    details.participants[0].1 = "Ada Quill".into();
    screen
        .update(Update::Details {
            phone: PhoneId(0),
            details: Some(Box::new(details)),
        })
        .await;
    screen.update(Update::Tokens(tokens())).await;
    screen.click_on(" State ").await;
    screen.until("never expires").await;
    screen
        .picture("tour/state", "The state of a conversation")
        .await;
}

#[tokio::test]
async fn several_phones() {
    let screen = showing(scene::link()).await;
    let all = personas::embedded();
    for (number, key) in [(1, "gus"), (2, "lena")] {
        let persona = &personas::named(key, &all).unwrap().persona;
        let phone = PhoneId(number);
        screen
            .update(Update::Phone {
                phone,
                persona: Box::new(persona.clone()),
            })
            .await;
        let head = scene::head();
        screen.update(Update::Head { phone, head }).await;
    }
    screen.until("Lena").await;
    screen.press("ctrl+t");
    screen.until("Pat").await;
    screen.picture("tour/phones", "Several phones").await;
}

#[tokio::test]
async fn both_sides() {
    let (screen, mut ends) = workspace(SIZE.0, SIZE.1, &["kim", "sam"], false);
    for update in conversation(scene::link()) {
        screen.update(update).await;
    }
    screen.press("alt+g");
    let session = AgentSession::taken(&mut ends).await;
    busy(&screen, &session).await;
    screen
        .picture("tour/both-sides", "The phone and the agent workspace")
        .await;
}

#[tokio::test]
async fn what_was_proved_of_the_tunnel() {
    let proved = |name: &str| {
        let (name, says) = (name.to_owned(), String::new());
        Some(Indicator {
            health: Health::Proved,
            name,
            says,
        })
    };
    let ingress = IngressStatus {
        tunnel: proved("tunnel relay"),
        install: proved("install"),
        ready: true,
    };
    let screen = showing(Link {
        ingress,
        ..scene::link()
    })
    .await;
    screen.press("tab");
    screen.press("enter");
    screen.until("← list").await;
    screen
        .picture("tour/live", "A conversation through a relay")
        .await;
}
