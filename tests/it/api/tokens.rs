//! Tokens: fetched once for all, renewed in time, and never used where they cannot be.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use handset::{
    client::{Settings, Tag},
    domain::{ids::ExtConsumerId, retry::Problem, secret::Secret},
};
use serde_json::json;
use tokio::{sync::Notify, task::JoinSet};

use crate::{
    api::{ada, client, drain, say, settings},
    support::peer::{At, Peer, Reply, fault},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_share_one_fetch_and_after_expiry_one_refresh() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    for round in 1..=3 {
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let client = client.clone();
            callers.spawn(async move { say(&client).await });
        }
        while let Some(answer) = callers.join_next().await {
            answer.unwrap().unwrap();
        }
        assert_eq!(peer.count(At::Token), round);
        assert_eq!((peer.count(At::Domain), peer.count(At::Consumer)), (3, 1));
        peer.expire_app_tokens();
    }
}

#[tokio::test]
async fn a_401_that_comes_late_causes_no_second_refresh() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    say(&client).await.unwrap();
    peer.expire_app_tokens();
    let release = Arc::new(Notify::new());
    let (first, held) = (AtomicBool::new(true), Arc::clone(&release));
    peer.on(At::Send, move |seen, cloud| match cloud.usual(seen) {
        late if first.swap(false, Ordering::Relaxed) => {
            Reply::Held(Arc::clone(&held), Box::new(late))
        }
        usual => usual,
    });
    let slow = tokio::spawn({
        let client = client.clone();
        async move { say(&client).await }
    });
    peer.until_seen(At::Send, 2).await;
    // While the first 401 is on its way, another call meets one and refreshes.
    say(&client).await.unwrap();
    assert_eq!(peer.count(At::Token), 2);
    release.notify_one();
    slow.await.unwrap().unwrap();
    assert_eq!((peer.count(At::Token), peer.count(At::Send)), (2, 5));
}

#[tokio::test]
async fn callers_share_a_failed_fetch_too() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    peer.always(At::Token, Reply::Json(503, json!({ "message": "down" })));
    let calls = (0..50).map(|_| say(&client));
    for answer in futures_util::future::join_all(calls).await {
        assert!(
            matches!(answer, Err(Problem::Unavailable { .. })),
            "{answer:?}"
        );
    }
    assert_eq!(peer.count(At::Token), 1);
}

#[tokio::test]
async fn a_second_401_is_reported_and_not_chased() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    peer.always(At::Send, fault(40102, "Invalid AppJWT"));
    let problem = say(&client).await.unwrap_err();
    assert!(matches!(&problem, Problem::Unauthorized { fault } if fault.code == Some(40102)));
    assert_eq!((peer.count(At::Send), peer.count(At::Token)), (2, 2));
    assert_eq!(peer.count(At::Consumer), 1);

    // A stranger's conversation: the cloud blames the ConsumerJWS, a fresh one changes nothing.
    peer.always(At::Send, fault(40103, "Invalid ConsumerJWS"));
    let problem = say(&client).await.unwrap_err();
    assert!(matches!(problem, Problem::Unauthorized { .. }));
    assert_eq!((peer.count(At::Send), peer.count(At::Token)), (4, 2));
    assert_eq!(peer.count(At::Consumer), 2);

    // 40104 and 40105 are mixed up by clouds: both tokens are fetched.
    peer.always(At::Send, fault(40104, "AppJWT is missing"));
    say(&client).await.unwrap_err();
    assert_eq!((peer.count(At::Send), peer.count(At::Token)), (6, 3));
    assert_eq!(peer.count(At::Consumer), 3);
}

#[tokio::test]
async fn expired_tokens_are_replaced_without_anyone_noticing() {
    let peer = Peer::start().await;
    let (client, mut exchanges) = client(settings(&peer));
    say(&client).await.unwrap();
    peer.expire_app_tokens();
    peer.expire_consumer_tokens();
    drain(&mut exchanges);
    // One 401 for each.
    say(&client).await.unwrap();
    assert_eq!((peer.count(At::Token), peer.count(At::Consumer)), (2, 2));
    assert_eq!(peer.count(At::Send), 4);

    // A consumer call that meets an expired AppJWT refreshes it likewise.
    peer.expire_app_tokens();
    client
        .consumer(&ExtConsumerId::from("crm-2"), Tag::default())
        .await
        .unwrap();
    assert_eq!((peer.count(At::Token), peer.count(At::Consumer)), (3, 4));
}

#[tokio::test]
async fn wrong_credentials_are_said_in_words() {
    let peer = Peer::start().await;
    let wrong = Settings {
        secret: Secret::new("not-the-secret"),
        ..settings(&peer)
    };
    let (client, _exchanges) = client(wrong);
    let problem = client.consumer(&ada(), Tag::default()).await.unwrap_err();
    let words = problem.to_string();
    assert!(words.contains("invalid_client"), "{words}");
    let hint = problem.hint().to_string();
    assert!(hint.contains("client secret"), "{hint}");
    assert!(matches!(problem, Problem::Unauthorized { .. }));
    // Nor is a wrong secret tried again and again.
    assert_eq!(peer.count(At::Token), 1);
}

#[tokio::test]
async fn the_token_is_renewed_before_it_expires() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    let until = client.token_until();
    assert_eq!(*until.borrow(), None);
    peer.lifetime(1);
    say(&client).await.unwrap();
    let first = until.borrow().unwrap();
    assert!(until.has_changed().unwrap());

    // Messages go on; none of them ever meets an expired token.
    let renewed = async {
        while peer.count(At::Token) < 2 {
            say(&client).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_mins(2), renewed)
        .await
        .unwrap();
    let second = until.borrow().unwrap();
    assert!(second > first);
    let sent = peer.seen(At::Send);
    let renewals = sent
        .windows(2)
        .filter(|pair| pair[0].header("authorization") != pair[1].header("authorization"))
        .count();
    assert!(renewals <= 1);
}

#[tokio::test]
async fn opaque_tokens_are_taken_to_last_an_hour() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    peer.always(
        At::Token,
        Reply::Json(200, json!({ "access_token": "opaque" })),
    );
    peer.always(
        At::Consumer,
        Reply::Json(201, json!({ "token": "opaque-too" })),
    );
    let problem = client.consumer(&ada(), Tag::default()).await.unwrap_err();
    let until = client.token_until().borrow().unwrap();
    let now = handset::rt::clock::unix_millis();
    assert!((3_590_000..=3_600_000).contains(&(until.0 - now)));
    assert!(problem.to_string().contains("lp_consumer_id"), "{problem}");
}

#[tokio::test]
async fn unusable_tokens_never_become_headers() {
    let peer = Peer::start().await;
    for answer in [
        json!({ "access_token": "with blank" }),
        json!({ "access_token": "line\r\nx: y" }),
        json!({ "access_token": "" }),
        json!({ "access_token": 7 }),
        json!([]),
    ] {
        let (client, _exchanges) = client(settings(&peer));
        peer.always(At::Token, Reply::Json(200, answer.clone()));
        let problem = say(&client).await.unwrap_err();
        assert!(
            matches!(problem, Problem::Unreachable { .. }),
            "{answer}: {problem:?}"
        );
    }
    assert_eq!((peer.count(At::Consumer), peer.count(At::Send)), (0, 0));
}

#[tokio::test]
async fn a_busy_token_service_is_asked_again_within_the_call() {
    let peer = Peer::start().await;
    let patient = Settings {
        patience: Duration::from_secs(20),
        ..settings(&peer)
    };
    let (client, mut exchanges) = client(patient);
    let calls = AtomicU32::new(0);
    peer.on(At::Token, move |seen, cloud| {
        match calls.fetch_add(1, Ordering::Relaxed) {
            0 => fault(42901, "Too many"),
            _ => cloud.usual(seen),
        }
    });
    say(&client).await.unwrap();
    let attempts: Vec<u32> = drain(&mut exchanges)
        .iter()
        .filter(|exchange| exchange.purpose == "AppJWT" && exchange.outcome.is_some())
        .map(|exchange| exchange.attempt)
        .collect();
    assert_eq!(attempts, [1, 2]);
}
