//! An endpoint that is away, slow or answers wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use handset::sandbox::{
    Standing,
    settings::{Retry, Settings},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::sandbox::{
    hook::{Hook, text, until},
    rig::{quick, run},
};

fn texts(changes: &[Value], conversation: &str) -> Vec<String> {
    changes
        .iter()
        .filter(|change| change["conversationId"] == conversation)
        .filter_map(|change| text(change).map(ToOwned::to_owned))
        .collect()
}

#[tokio::test]
async fn what_was_not_taken_comes_again_in_order_and_once() {
    let mut hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let bob = connector.consumer("bob").await;
    let (a, b) = (ada.open().await, bob.open().await);
    ada.say(&a, "before").await;
    hook.change("the first", |change| text(change) == Some("before"))
        .await;
    hook.close().await;
    let mut expected = vec!["before".to_owned()];
    for number in 0..20 {
        ada.say(&a, &format!("a{number}")).await;
        bob.say(&b, &format!("b{number}")).await;
        expected.push(format!("a{number}"));
    }
    until("the refusals", || {
        sandbox.standing() == (Standing::Failed, 40)
    })
    .await;
    hook.open().await;
    hook.answer_with(500);
    hook.wait_for("an attempt at the open door", |seen| {
        seen.iter().find(|one| one.status == 500).cloned()
    })
    .await;
    hook.answer_with(201);
    ada.say(&a, "after").await;
    expected.push("after".to_owned());
    hook.change("the last of one", |change| text(change) == Some("after"))
        .await;
    hook.change("the last of the other", |change| {
        text(change) == Some("b19")
    })
    .await;
    assert_eq!(texts(&hook.changes(), &a), expected);
    assert_eq!(
        texts(&hook.changes(), &b),
        (0..20).map(|n| format!("b{n}")).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn anything_but_200_and_201_is_a_failure() {
    for status in [202, 204, 301, 401, 410, 429, 500] {
        let hook = Hook::start().await;
        hook.answer_with(status);
        let (sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            ..quick()
        })
        .await;
        let ada = connector.consumer("ada").await;
        let id = ada.open().await;
        hook.wait_for("two attempts", |seen| (seen.len() >= 2).then_some(()))
            .await;
        until("the refusal", || {
            sandbox.standing() == (Standing::Failed, 1)
        })
        .await;
        hook.answer_with(200);
        hook.change("the opening", |change| change["result"]["convId"] == id)
            .await;
    }
}

#[tokio::test]
async fn an_endpoint_that_takes_too_long_has_not_taken_it() {
    let hook = Hook::start().await;
    hook.answer_after(Duration::from_millis(400));
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        retry: Retry {
            read_timeout: Duration::from_millis(100),
            ..quick().retry
        },
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    ada.open().await;
    hook.wait_for("two attempts", |seen| (seen.len() >= 2).then_some(()))
        .await;
    assert_eq!(sandbox.standing().1, 1);
    hook.answer_after(Duration::ZERO);
    until("an attempt answered in time", || sandbox.standing().1 == 0).await;
}

#[tokio::test]
async fn answers_that_never_end_hold_so_many_connections_and_nothing_up() {
    // Says 200 at once and never the body it announced.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let most = Arc::new(AtomicUsize::new(0));
    let server = tokio::spawn({
        let most = most.clone();
        async move {
            let open = Arc::new(AtomicUsize::new(0));
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let (open, most) = (open.clone(), most.clone());
                tokio::spawn(async move {
                    most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
                    let mut said = [0; 4096];
                    assert_ne!(socket.read(&mut said).await.unwrap(), 0);
                    socket.write_all(head).await.unwrap();
                    while !matches!(socket.read(&mut said).await, Ok(0) | Err(_)) {}
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        }
    });
    let (sandbox, connector) = run(Settings {
        webhook: Some(url.parse().unwrap()),
        retry: Retry {
            read_timeout: Duration::from_secs(5),
            ..quick().retry
        },
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    for number in 0..120 {
        ada.say(&id, &number.to_string()).await;
    }
    until("all are taken", || sandbox.standing() == (Standing::Up, 0)).await;
    server.abort();
    let most = most.load(Ordering::SeqCst);
    // One is under way, and one is perhaps being closed.
    assert!(most <= 64 + 2, "{most} connections at once");
}

#[tokio::test]
async fn by_number_an_event_is_tried_so_often_and_then_lost() {
    let hook = Hook::start().await;
    hook.answer_with(500);
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        retry: Retry {
            retention: None,
            max_retries: Some(2),
            ..quick().retry
        },
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    hook.wait_for("three attempts", |seen| (seen.len() == 3).then_some(()))
        .await;
    hook.answer_with(200);
    ada.say(&id, "still there?").await;
    hook.change("the message", |change| text(change) == Some("still there?"))
        .await;
    assert_eq!(hook.seen().len(), 4, "the lost one does not come back");
    until("the outcome", || sandbox.standing() == (Standing::Up, 0)).await;
}

#[tokio::test]
async fn an_endpoint_named_later_gets_what_an_earlier_one_refused() {
    let (old, new) = (Hook::start().await, Hook::start().await);
    old.answer_with(500);
    let (sandbox, connector) = run(Settings {
        webhook: Some(old.url()),
        retry: Retry {
            first_gap: Duration::from_hours(1),
            longest_gap: Duration::from_hours(1),
            ..quick().retry
        },
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "one").await;
    until("the refusal", || sandbox.standing().0 == Standing::Failed).await;
    sandbox.set_webhook(&new.url());
    new.change("the message", |change| text(change) == Some("one"))
        .await;
    assert_eq!(new.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_each_keep_their_order_with_a_state_file_and_without() {
    let folder = tempfile::tempdir().unwrap();
    for state in [None, Some(folder.path().join("cloud.db"))] {
        let hook = Hook::start().await;
        let (_sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            state,
            ..quick()
        })
        .await;
        let mut talks = Vec::new();
        for number in 0..12 {
            let consumer = connector.consumer(&format!("consumer {number}")).await;
            talks.push(tokio::spawn(async move {
                let id = consumer.open().await;
                for word in 0..20 {
                    assert_eq!(consumer.say(&id, &word.to_string()).await, word);
                }
                id
            }));
        }
        let expected: Vec<String> = (0..20).map(|word| word.to_string()).collect();
        for talk in talks {
            let id = talk.await.unwrap();
            hook.change("the last word", |change| {
                change["conversationId"] == id && text(change) == Some("19")
            })
            .await;
            assert_eq!(texts(&hook.changes(), &id), expected);
        }
    }
}
