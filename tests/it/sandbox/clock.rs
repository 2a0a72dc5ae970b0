//! Virtual time: what falls due when the sandbox's clock is moved on, and that it stays moved.

use std::time::Duration;

use handset::{
    domain::ids::ConversationId,
    sandbox::{
        agents::client::AgentNotification,
        settings::{Retry, Settings},
    },
};
use serde_json::Value;
use tempfile::tempdir;
use tokio::time::timeout;

use crate::{
    sandbox::{
        hook::Hook,
        rig::{claims, quick, run},
    },
    support::soon,
};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_hour_and_a_minute_end_an_app_jwt() {
    let (sandbox, mut connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    sandbox.advance(59 * MINUTE).await.unwrap();
    ada.open().await;
    sandbox.advance(2 * MINUTE).await.unwrap();
    let late = ada.conversation("[]").await;
    assert_eq!(late.status(), 401);
    let late: Value = late.json().await.unwrap();
    assert_eq!(late["body"]["errorCode"], 40102, "{late}");
    // A new one is of the new time, and the consumer is still known.
    let ready = sandbox.ready();
    connector = crate::sandbox::rig::Connector::new(
        &ready.csds,
        ready.account.as_str(),
        ready.client_id.as_str(),
        ready.client_secret.reveal(),
    )
    .await;
    let issued = claims(&connector.app_jwt)["iat"].as_i64().unwrap();
    assert!((sandbox.now().0 / 1000 - issued).abs() < 60);
    connector.consumer("ada").await.open().await;
}

#[tokio::test]
async fn rings_go_round_as_if_the_time_had_passed() {
    let (sandbox, connector) = run(quick()).await;
    let (mut kim, mut lee) = (
        sandbox.open_session("Kim").await.unwrap(),
        sandbox.open_session("Lee").await.unwrap(),
    );
    let id = ConversationId::from(connector.consumer("ada").await.open().await);
    // 72 seconds each: after five minutes it rings for the fifth time.
    sandbox.advance(5 * MINUTE).await.unwrap();
    let mut rung = [Vec::new(), Vec::new()];
    let mut next = async || {
        let (at, event) = tokio::select! {
            event = kim.next() => (0, event),
            event = lee.next() => (1, event),
        };
        rung[at].push(match event.unwrap() {
            AgentNotification::Ring { conversation, .. } if conversation == id => "ring",
            AgentNotification::RingEnded { conversation, .. } if conversation == id => "end",
            other => panic!("{other:?}"),
        });
    };
    for _ in 0..9 {
        soon("five rings and the end of four", next()).await;
    }
    let more = timeout(Duration::from_millis(200), next()).await;
    assert!(more.is_err(), "{rung:?}");
    assert_eq!(
        rung.concat()
            .iter()
            .filter(|event| **event == "ring")
            .count(),
        5,
        "{rung:?}"
    );
    // All but the last ended, and it went to the other one in between.
    assert!(
        rung.iter().all(|events| events.starts_with(&["ring"])),
        "{rung:?}"
    );
    assert_eq!(
        rung.concat()
            .iter()
            .filter(|event| **event == "end")
            .count(),
        4,
        "{rung:?}"
    );
}

#[tokio::test]
async fn what_waited_for_an_endpoint_longer_than_its_retention_is_dropped() {
    let mut hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        retry: Retry::default(),
        ..quick()
    })
    .await;
    hook.close().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "nobody hears this").await;
    assert!(sandbox.standing().1 >= 2);
    sandbox.advance(Duration::from_hours(25)).await.unwrap();
    assert_eq!(sandbox.standing().1, 0);
}

#[tokio::test]
async fn a_state_file_keeps_how_late_it_is() {
    let folder = tempdir().unwrap();
    let settings = || Settings {
        state: Some(folder.path().join("state")),
        ..quick()
    };
    let (sandbox, _) = run(settings()).await;
    sandbox.advance(90 * MINUTE).await.unwrap();
    let then = sandbox.now();
    assert!(sandbox.stop(crate::support::LIMIT).await);
    let (sandbox, _) = run(settings()).await;
    assert!(sandbox.now() >= then, "{:?} after {then:?}", sandbox.now());
    assert!(sandbox.now().since(then) < MINUTE);
}
