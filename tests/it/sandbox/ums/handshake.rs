//! Who gets a socket, and who does not.

use futures_util::{SinkExt as _, StreamExt as _};
use handset::sandbox::settings::Settings;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::sandbox::{
    rig::{ACCOUNT, quick, run},
    ums::client::{PATIENCE, Socket, log_in, open, path},
};

#[tokio::test]
async fn a_bearer_opens_a_socket_in_every_version_there_is() {
    let (sandbox, connector) = run(quick()).await;
    let kim = log_in(&sandbox, &connector, "kim").await;
    let brand = format!("/ws_api/account/{ACCOUNT}/messaging/brand/{}", kim.bearer);
    for version in ["?v=2", "?v=2.0", "?v=2.1", "?v=2.1&x=1", ""] {
        assert!(open(&connector, &format!("{brand}{version}")).await.is_ok());
    }
    for version in ["?v=1", "?v=3", "?v="] {
        let refused = open(&connector, &format!("{brand}{version}")).await;
        assert_eq!(refused.err(), Some(400), "{version}");
    }
    let wrong = kim.bearer.replace(|c: char| c.is_ascii_digit(), "a");
    let elsewhere = brand.replace(ACCOUNT, "999");
    for path in [
        path(&wrong),
        path("x"),
        format!("{elsewhere}?v=2.1"),
        // A bad token is told before a bad version.
        path(&wrong).replace("2.1", "1"),
    ] {
        assert_eq!(open(&connector, &path).await.err(), Some(401), "{path}");
    }
    sandbox.log_out_all();
    assert_eq!(open(&connector, &path(&kim.bearer)).await.err(), Some(401));
}

#[tokio::test]
async fn a_plain_request_with_a_bearer_gets_no_socket() {
    let (sandbox, connector) = run(quick()).await;
    let kim = log_in(&sandbox, &connector, "kim").await;
    let get = |path: String| connector.http.get(format!("{}{path}", connector.base));
    let answer = get(path(&kim.bearer)).send().await.unwrap();
    assert!(answer.status().is_client_error());
    assert_ne!(answer.status(), 401);
    assert_eq!(get(path("wrong")).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn nothing_is_said_first_and_pings_are_answered() {
    let (sandbox, connector) = run(Settings { ..quick() }).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.stream
        .send(Message::Ping("still there?".into()))
        .await
        .unwrap();
    let first = timeout(PATIENCE, kim.stream.next()).await.unwrap();
    assert_eq!(
        first.unwrap().unwrap(),
        Message::Pong("still there?".into())
    );
    let clock = kim.ask(".GetClock", json!({})).await;
    assert_eq!(clock["type"], ".GetClock$Response");
    assert!(clock["body"]["currentTime"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(
        (&clock["kind"], &clock["code"]),
        (&json!("resp"), &json!(200))
    );
}
