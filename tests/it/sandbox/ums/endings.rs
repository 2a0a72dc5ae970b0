//! How sockets end: sessions, limits, slowness, the end of the sandbox.

use std::time::Duration;

use futures_util::SinkExt as _;
use handset::sandbox::settings::{
    Settings,
    terms::{Closing, Terms},
};
use serde_json::json;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use crate::sandbox::{
    hook::until,
    login::post,
    rig::{quick, run},
    ums::client::{PATIENCE, Socket, log_in},
};

#[tokio::test]
async fn a_logout_ends_the_sockets_of_that_session_with_4401() {
    let (sandbox, connector) = run(quick()).await;
    let agent = log_in(&sandbox, &connector, "kim").await;
    let (mut one, mut two) = (
        Socket::of(&connector, &agent).await,
        Socket::of(&connector, &agent).await,
    );
    let mut other = Socket::enter(&sandbox, &connector, "kim").await;
    let csrf = json!({ "csrf": agent.body["csrf"] });
    let cookie = agent.cookie();
    assert_eq!(
        post(&connector, "logout", Some(cookie), &csrf)
            .await
            .status(),
        200
    );
    assert_eq!(
        (one.closed().await, two.closed().await),
        (Some(4401), Some(4401))
    );
    assert_eq!(other.ask(".GetClock", json!({})).await["code"], 200);
    sandbox.log_out_all();
    assert_eq!(other.closed().await, Some(4401));
}

#[tokio::test]
async fn a_session_that_runs_out_ends_its_socket() {
    let (sandbox, connector) = run(Settings {
        session_life: Duration::from_secs(6),
        ..quick()
    })
    .await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    assert_eq!(kim.closed().await, Some(4401));
}

#[tokio::test]
async fn a_revoked_token_may_end_without_a_word() {
    let ums = Terms {
        revoked: Closing::Abrupt,
        ..Terms::default()
    };
    let (sandbox, connector) = run(Settings { ums, ..quick() }).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    sandbox.log_out_all();
    assert_eq!(kim.closed().await, None);
}

#[tokio::test]
async fn sockets_are_closed_with_any_code_on_demand() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    let pid = kim.pid.as_str().into();
    assert_eq!(sandbox.close_sockets(Some(&pid), Closing::Code(1011)), 1);
    assert_eq!(kim.closed().await, Some(1011));
    assert_eq!(sam.ask(".GetClock", json!({})).await["code"], 200);
    assert_eq!(sandbox.close_sockets(None, Closing::Code(4407)), 1);
    assert_eq!(sam.closed().await, Some(4407));
    until("they are forgotten", || sandbox.sockets() == 0).await;
}

#[tokio::test]
async fn a_goodbye_is_answered() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let goodbye = CloseFrame {
        code: 1000.into(),
        reason: "".into(),
    };
    kim.stream.close(Some(goodbye)).await.unwrap();
    assert_eq!(kim.closed().await, Some(1000));
    until("it is forgotten", || sandbox.sockets() == 0).await;
}

#[tokio::test]
async fn a_silent_socket_is_closed_when_that_is_asked_for() {
    let ums = Terms {
        idle: Some(Duration::from_secs(5)),
        ..Terms::default()
    };
    let (sandbox, connector) = run(Settings { ums, ..quick() }).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    assert_eq!(kim.closed().await, Some(1000));
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_socket_with_1009() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let long = format!(r#"{{"type":".GetClock","x":"{}"}}"#, "x".repeat(900_000));
    kim.send(long).await;
    assert_eq!(kim.frame().await["code"], 200);
    let _ = kim.stream.send(Message::text("x".repeat(1_100_000))).await;
    assert_eq!(kim.closed().await, Some(1009));
}

#[tokio::test]
async fn the_end_of_the_sandbox_is_told() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let (stopped, code) = tokio::join!(sandbox.stop(PATIENCE), kim.closed());
    assert!(stopped);
    assert_eq!(code, Some(1001));
}

#[tokio::test]
async fn a_socket_nobody_reads_is_closed_and_slows_nobody() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    kim.take(&id).await;
    let text = "é".repeat(8000);
    for _ in 0..32 {
        ada.say(&id, &text).await;
    }
    let mut slow = Socket::enter(&sandbox, &connector, "sam").await;
    // Each answer has half a megabyte, and nobody takes one.
    let query = json!({ "type": "ms.QueryMessages", "body": { "dialogId": id } }).to_string();
    for _ in 0..100 {
        if slow
            .stream
            .send(Message::text(query.clone()))
            .await
            .is_err()
        {
            break;
        }
    }
    until("it is closed", || sandbox.sockets() == 1).await;
    assert_eq!(kim.say(&id, "still there?").await["code"], 200);
    kim.said("still there?").await;
}
