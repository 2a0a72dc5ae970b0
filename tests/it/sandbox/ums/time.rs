//! What the sandbox's clock does to sockets: rings expire, suggestions lapse, sessions end.

use std::time::Duration;

use serde_json::json;

use crate::sandbox::{
    rig::{quick, run},
    ums::client::Socket,
};

const RING: Duration = Duration::from_secs(72);

#[tokio::test]
async fn a_ring_nobody_answers_expires_and_goes_round() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let id = connector.consumer("ada").await.open().await;
    let first = kim.ring(&id, "WAITING").await;
    let mut morgan = Socket::enter(&sandbox, &connector, "morgan").await;
    morgan.go_online().await;
    sandbox.advance(Duration::from_mins(1)).await.unwrap();
    let ended = kim.rest().await.iter().any(|one| {
        one["body"]["changes"][0]["result"]["ringsDetails"][0]["ringState"] == "EXPIRED"
    });
    assert!(!ended, "there is still time");
    sandbox.advance(Duration::from_secs(12)).await.unwrap();
    let ended = kim.ring(&id, "EXPIRED").await;
    let ring = |task: &serde_json::Value| task["ringsDetails"][0]["ringId"].clone();
    assert_eq!(ring(&ended), ring(&first));
    assert_eq!(kim.answer_ring(&first, "ACCEPTED").await["code"], 400);
    let second = morgan.ring(&id, "WAITING").await;
    let until = |task: &serde_json::Value| task["ringsDetails"][0]["ringExpirationTs"].as_i64();
    assert!(until(&second) >= until(&first).map(|at| at + 72_000));
    sandbox.advance(RING).await.unwrap();
    morgan.ring(&id, "EXPIRED").await;
    // Later the same again.
    let again = kim.ring(&id, "WAITING").await;
    assert_ne!(ring(&again), ring(&first));
    assert_eq!(kim.answer_ring(&again, "ACCEPTED").await["code"], 202);
}

#[tokio::test]
async fn what_all_reject_rests_before_it_rings_again() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let id = connector.consumer("ada").await.open().await;
    let first = kim.ring(&id, "WAITING").await;
    kim.answer_ring(&first, "REJECTED").await;
    kim.ring(&id, "REJECTED").await;
    let rings = |told: &[serde_json::Value]| {
        let waiting = told.iter().filter(|one| {
            one["body"]["changes"][0]["result"]["ringsDetails"][0]["ringState"] == "WAITING"
        });
        waiting.count()
    };
    assert_eq!(rings(&kim.rest().await), 0);
    sandbox.advance(Duration::from_secs(5)).await.unwrap();
    kim.take(&id).await;
}

#[tokio::test]
async fn a_suggestion_nobody_hears_lapses() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let id = connector.consumer("ada").await.open().await;
    kim.take(&id).await;
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    sam.go_online().await;
    let hand_on = json!([
        { "field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT" },
        { "field": "ParticipantsChange", "type": "SUGGEST", "role": "ASSIGNED_AGENT", "userId": sam.full },
    ]);
    assert_eq!(kim.update(&id, hand_on).await["code"], 200);
    sam.ring(&id, "WAITING").await;
    sandbox.advance(RING).await.unwrap();
    sam.ring(&id, "EXPIRED").await;
    kim.take(&id).await;
    let change = kim
        .notified(".ams.aam.ExConversationChangeNotification", |body| {
            let details = &body["changes"][0]["result"]["conversationDetails"];
            details["participants"]["ASSIGNED_AGENT"] == json!([])
                && details["dialogs"][0]["participantsDetails"]
                    .as_array()
                    .unwrap()
                    .len()
                    == 1
        })
        .await;
    assert_eq!(
        change["changes"][0]["type"], "UPSERT",
        "the suggestion is gone"
    );
}

#[tokio::test]
async fn a_session_ends_by_the_sandboxs_clock() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let before = kim.ask(".GetClock", json!({})).await;
    sandbox.advance(Duration::from_hours(7)).await.unwrap();
    let after = kim.ask(".GetClock", json!({})).await;
    let time = |answer: &serde_json::Value| answer["body"]["currentTime"].as_i64().unwrap();
    assert!(time(&after) - time(&before) >= 7 * 3_600_000);
    sandbox.advance(Duration::from_hours(1)).await.unwrap();
    assert_eq!(kim.closed().await, Some(4401));
}
