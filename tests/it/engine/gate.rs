//! Conversations that wait before they are opened: for the user's word, and for
//! a way in for the answers.

use std::{cell::Cell, sync::Arc};

use handset::{
    domain::{
        exchange::{Entry, EntryKind},
        ids::PhoneId,
        notice::{Notice, Severity},
    },
    engine::{
        command::{Command, Endpoint},
        update::{Phase, Update},
    },
    ingress::status::{Health, Indicator, IngressStatus, StatusWatch},
    sandbox::settings::Agent,
};
use tempfile::tempdir;
use tokio::sync::{Notify, mpsc, watch};

use super::{
    GREETING, phase,
    rig::{Phone, cloud},
};
use crate::support::soon;

/// Waits for the next question and gives its number.
async fn asked(phone: &mut Phone, by_hand: Option<Endpoint>) -> u64 {
    let id = Cell::new(None);
    let is_asked = |update: &Update| {
        let Update::Consent(asked) = update else {
            return false;
        };
        id.set(Some(asked.id));
        asked.phone == PhoneId(0) && asked.by_hand == by_hand
    };
    phone.until("the question", is_asked).await;
    id.get().unwrap()
}

fn way(ready: bool) -> IngressStatus {
    let indicator = Indicator {
        health: if ready {
            Health::Proved
        } else {
            Health::Waiting
        },
        name: "tunnel url".to_owned(),
        says: "https://hooks.example.test/…".to_owned(),
    };
    IngressStatus {
        tunnel: Some(indicator),
        install: None,
        ready,
    }
}

/// Whether the journal knows of a request for a conversation.
async fn opened(phone: &Phone) -> bool {
    let entries = phone.journal.entries(None, 200).await.unwrap();
    entries
        .iter()
        .any(|entry| matches!(&entry.kind, EntryKind::Call(call) if call.purpose == "CONVERSATION"))
}

#[tokio::test(flavor = "multi_thread")]
async fn real_people_are_not_called_before_the_user_says_so() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let started = Phone::start_behind(&cloud, folder.path(), vec![], (StatusWatch::near(), true));
    let mut phone = started.await.unwrap();
    let first = asked(&mut phone, None).await;
    // What is written meanwhile waits too.
    phone.say("hello?").await;
    phone
        .wait("the bubble", |phone| !phone.mine().is_empty())
        .await;
    assert!(!opened(&phone).await, "it was opened all the same");
    phone
        .tell(Command::Consent {
            id: first,
            yes: false,
        })
        .await;
    phone.until("left alone", phase(Phase::Closed)).await;
    assert!(!opened(&phone).await);
    assert_eq!(phone.mine(), [("hello?".to_owned(), false)]);
    // Whoever said no is not told of an error.
    let told = |notice: &Notice| {
        notice.severity == Severity::Info && notice.detail.contains("as you said")
    };
    phone
        .wait("that it was left", |phone| phone.notices.iter().any(told))
        .await;

    // The next message asks again; a word nobody asked for is none.
    let yes = |id| Command::Consent { id, yes: true };
    phone.tell(yes(first)).await;
    phone.say("hello!").await;
    let again = asked(&mut phone, None).await;
    phone.tell(yes(first)).await;
    assert!(!opened(&phone).await);
    phone.tell(yes(again)).await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_asked_for_by_hand_needs_the_users_word_too() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::None).await);
    let started = Phone::start_behind(&cloud, folder.path(), vec![], (StatusWatch::near(), true));
    let mut phone = started.await.unwrap();
    let answer = |id, yes| Command::Consent { id, yes };
    let opening = asked(&mut phone, None).await;
    phone.tell(answer(opening, false)).await;
    phone.until("left alone", phase(Phase::Closed)).await;

    let by_hand = |endpoint| Command::Raw {
        phone: PhoneId(0),
        endpoint,
        body:
            r#"{ "kind": "req", "id": "1", "type": "cm.ConsumerRequestConversation", "body": {} }"#
                .to_owned(),
    };
    for endpoint in [Endpoint::Conversation, Endpoint::Send] {
        phone.tell(by_hand(endpoint)).await;
        let id = asked(&mut phone, Some(endpoint)).await;
        phone.tell(answer(id, false)).await;
        // A yes that comes after the no is a word nobody asked for.
        phone.tell(answer(id, true)).await;
    }
    phone.tell(by_hand(Endpoint::Conversation)).await;
    let id = asked(&mut phone, Some(Endpoint::Conversation)).await;
    let entries = phone.journal.entries(None, 200).await.unwrap();
    let is_raw = |entry: &&_| by_the_tester(entry);
    assert_eq!(entries.iter().filter(is_raw).count(), 0, "{entries:?}");
    phone.tell(answer(id, true)).await;
    phone
        .until("its answer", |update| {
            matches!(update, Update::Notice(notice) if notice.title.starts_with("CONVERSATION answered"))
        })
        .await;
    phone.quit().await;
}

/// Whether a call of the wire is CONVERSATION or SEND.
fn by_the_tester(entry: &Entry) -> bool {
    matches!(&entry.kind, EntryKind::Call(call)
        if call.url.contains("/consumer/conversation"))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_way_in_no_conversation_begins() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let (state, seen) = watch::channel(way(false));
    let (tell, notices) = mpsc::channel(1);
    let again = Arc::new(Notify::new());
    let ingress = StatusWatch {
        state: seen,
        notices,
        again: Arc::clone(&again),
        ..StatusWatch::near()
    };
    let mut phone = Phone::start_behind(&cloud, folder.path(), vec![], (ingress, false))
        .await
        .unwrap();
    let notice = Notice {
        severity: Severity::Info,
        title: "the way in is being opened".to_owned(),
        detail: String::new(),
        hint: String::new(),
        ..Notice::default()
    };
    tell.send(notice.clone()).await.unwrap();
    phone
        .wait("the notice", |phone| phone.notices.contains(&notice))
        .await;
    // The consumer is known by now, and nothing more happens.
    phone
        .until(
            "who the consumer is",
            |update| matches!(update, Update::Tokens(known) if known.len() == 2),
        )
        .await;
    assert!(!opened(&phone).await, "no answer could have come");
    // The user's wish gets to whoever keeps the way in.
    phone.tell(Command::TryWayIn).await;
    soon("the wish", again.notified()).await;
    state.send_replace(way(true));
    phone
        .until(
            "the light",
            |update| matches!(update, Update::Link(link) if link.ingress == way(true)),
        )
        .await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    phone.quit().await;
}

/// Waits until the journal has so many requests to CONVERSATION.
async fn until_sent(phone: &Phone, wanted: usize) {
    let is_one = |entry: &&Entry| {
        matches!(&entry.kind, EntryKind::Call(call)
            if call.url.contains("/messaging/consumer/conversation?"))
    };
    soon("the requests in the journal", async {
        loop {
            let entries = phone.journal.entries(None, 200).await.unwrap();
            let sent = entries.iter().filter(is_one).count();
            assert!(sent <= wanted, "{entries:?}");
            if sent == wanted {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_opens_one_conversation() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::None).await);
    let started = Phone::start_behind(&cloud, folder.path(), vec![], (StatusWatch::near(), true));
    let mut phone = started.await.unwrap();
    let opening = asked(&mut phone, None).await;
    let body =
        r#"{ "kind": "req", "id": "1", "type": "cm.ConsumerRequestConversation", "body": {} }"#;
    let endpoint = Endpoint::Conversation;
    let mut by_hand = Vec::new();
    for _ in 0..2 {
        let body = body.to_owned();
        let id = PhoneId(0);
        phone
            .tell(Command::Raw {
                phone: id,
                endpoint,
                body,
            })
            .await;
        by_hand.push(asked(&mut phone, Some(endpoint)).await);
    }
    // Yes to the second request alone: it goes out, and nothing else does.
    let id = by_hand[1];
    phone.tell(Command::Consent { id, yes: true }).await;
    phone
        .until("its answer", |update| {
            matches!(update, Update::Notice(notice) if notice.title.starts_with("CONVERSATION answered"))
        })
        .await;
    until_sent(&phone, 1).await;
    assert!(!opened(&phone).await, "the phone opened one too");
    // No to the first request, yes to the phone's own.
    let id = by_hand[0];
    phone.tell(Command::Consent { id, yes: false }).await;
    phone
        .tell(Command::Consent {
            id: opening,
            yes: true,
        })
        .await;
    phone.until("the conversation", phase(Phase::Open)).await;
    until_sent(&phone, 2).await;
    phone.quit().await;
}
