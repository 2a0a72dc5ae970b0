//! What one device does to a record, and what is left of that afterwards.

use axum::http::Method;
use handset::{
    domain::app_install::{EventType, LEASE_HEADER, Lease, all_at, latest_lease},
    engine::borrow::{Error, GivenBack, Pointed},
};
use serde_json::{Value, json};

use crate::borrow::cloud::{Cloud, ELSEWHERE, Fate, ORIGINAL, URL, original};

/// Seconds since 1970 in the year 2100.
const FAR: i64 = 4_102_444_800;

fn entry(record: &mut Value, event: EventType) -> &mut Value {
    &mut record["capabilities"]["webhooks"][event.key()]
}

fn left_alone(done: GivenBack) -> Vec<EventType> {
    match done {
        GivenBack::Done { left_alone, .. } => left_alone,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_borrowed_is_given_back_exactly() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let before = cloud.record().await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    let pointed = device.point(URL, false).await.unwrap();
    assert!(matches!(pointed, Pointed::Ours { lost, .. } if lost.is_empty()));
    let mut away = cloud.record().await;
    assert!(all_at(&away, URL));
    let lease = latest_lease(&away).unwrap();
    assert_eq!(lease.name, "ada@desk");
    let content = entry(&mut away, EventType::Content);
    assert_eq!(content["max_retries"], 3);
    assert_eq!(content["headers"][0]["header_name"], "X-Shop");
    assert_eq!(content["headers"][1]["header_name"], LEASE_HEADER);
    away["capabilities"]["webhooks"] = original();
    assert_eq!(away, before);
    // Once more is no change.
    let puts = cloud.count(&Method::PUT, "installations");
    device.point(URL, false).await.unwrap();
    assert_eq!(cloud.count(&Method::PUT, "installations"), puts);

    assert_eq!(left_alone(device.restore().await.unwrap()), []);
    assert_eq!(cloud.record().await, before);
    let gets = cloud.count(&Method::GET, "installations");
    assert_eq!(device.restore().await.unwrap(), GivenBack::Nothing);
    assert_eq!(
        cloud.count(&Method::GET, "installations"),
        gets,
        "nobody is asked for nothing"
    );
}

#[tokio::test]
async fn a_change_that_was_lost_or_not_answered_is_decided_anew() {
    for fate in [Fate::Lost, Fate::Unanswered] {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let before = cloud.record().await;
        let device = cloud.device(folder.path(), "ada@desk").await;
        cloud.next(Method::PUT, fate);
        device.point(URL, false).await.unwrap();
        assert!(all_at(&cloud.record().await, URL));
        cloud.next(Method::PUT, Fate::Unanswered);
        assert_eq!(left_alone(device.restore().await.unwrap()), []);
        assert_eq!(cloud.record().await, before);
    }
}

#[tokio::test]
async fn somebody_who_is_faster_is_not_written_over() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = cloud.record().await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    cloud.next(Method::PUT, Fate::Overtaken(cloud.renaming("Renamed once")));
    cloud.next(
        Method::PUT,
        Fate::Overtaken(cloud.renaming("Renamed twice")),
    );
    device.point(URL, false).await.unwrap();
    assert_eq!(cloud.record().await["client_name"], "Renamed twice");
    cloud.next(
        Method::PUT,
        Fate::Overtaken(cloud.renaming("Renamed again")),
    );
    assert_eq!(left_alone(device.restore().await.unwrap()), []);
    wanted["client_name"] = json!("Renamed again");
    assert_eq!(cloud.record().await, wanted);

    for round in 0..5 {
        let renaming = cloud.renaming(&format!("Round {round}"));
        cloud.next(Method::PUT, Fate::Overtaken(renaming));
    }
    let refused = device.point(URL, false).await.unwrap_err();
    assert!(matches!(refused, Error::Contended), "{refused}");
    wanted["client_name"] = json!("Round 4");
    assert_eq!(cloud.record().await, wanted);
    assert_eq!(left_alone(device.restore().await.unwrap()), []);
    assert_eq!(cloud.record().await, wanted);
}

#[tokio::test]
async fn what_somebody_changes_in_between_stays_changed() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = cloud.record().await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    device.point(URL, false).await.unwrap();
    cloud
        .change(|record| {
            record["description"] = json!("changed meanwhile");
            record["capabilities"]["webhooks"]["retry"]["retention_time"] = json!(60);
            entry(record, EventType::AcceptStatus)["endpoint"] = json!(ELSEWHERE);
            entry(record, EventType::Content)["max_retries"] = json!(1);
        })
        .await;
    let changed = cloud.record().await;
    // Another address and a renewal touch it no more than giving back does.
    let moved = "https://moved.example/hook";
    let Pointed::Ours { lost, .. } = device.follow(moved).await.unwrap() else {
        panic!("shared");
    };
    assert_eq!(lost, [EventType::AcceptStatus]);
    let done = device.restore().await.unwrap();
    assert_eq!(left_alone(done), [EventType::AcceptStatus]);
    wanted["description"] = json!("changed meanwhile");
    wanted["capabilities"]["webhooks"]["retry"]["retention_time"] = json!(60);
    entry(&mut wanted, EventType::Content)["max_retries"] = json!(1);
    *entry(&mut wanted, EventType::AcceptStatus) =
        entry(&mut changed.clone(), EventType::AcceptStatus).clone();
    assert_eq!(cloud.record().await, wanted);
}

#[tokio::test]
async fn an_app_install_that_is_gone_is_given_back_as_it_is() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let device = cloud.device(folder.path(), "ada@desk").await;
    device.point(URL, false).await.unwrap();
    let colleague = cloud.colleague();
    let revision = colleague.install(&cloud.client()).await.unwrap().revision;
    colleague.delete(&cloud.client(), &revision).await.unwrap();
    assert_eq!(device.restore().await.unwrap(), GivenBack::Gone);
    assert_eq!(device.restore().await.unwrap(), GivenBack::Nothing);
    let refused = device.point(URL, false).await.unwrap_err().to_string();
    assert!(refused.contains("there is no app install"), "{refused}");
}

#[tokio::test]
async fn a_colleagues_lease_is_respected_until_it_ends_or_is_taken_over() {
    let cloud = Cloud::start().await;
    let (ada, bo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = cloud.record().await;
    let ada = cloud.device(ada.path(), "ada@desk").await;
    let bo = cloud.device(bo.path(), "bo@desk").await;
    ada.point(URL, false).await.unwrap();
    let with_ada = cloud.record().await;
    let refused = bo.point(ELSEWHERE, false).await.unwrap_err();
    let words = refused.to_string();
    for part in ["ada@desk", "UTC", "--take-over", "relay"] {
        assert!(words.contains(part), "{words}");
    }
    assert_eq!(cloud.record().await, with_ada);
    // The same address, as that of a relay, is no quarrel, and nobody gives it back twice.
    assert_eq!(bo.point(URL, false).await.unwrap(), Pointed::Shared);
    assert_eq!(bo.restore().await.unwrap(), GivenBack::Nothing);

    bo.point(ELSEWHERE, true).await.unwrap();
    let Pointed::Ours { lost, by, .. } = ada.follow(URL).await.unwrap() else {
        panic!("shared");
    };
    assert_eq!(lost, EventType::ALL);
    assert_eq!(by.unwrap().name, "bo@desk");
    // Ada does not fight, and Bo gives back what Ada had.
    assert_eq!(left_alone(bo.restore().await.unwrap()), []);
    assert_eq!(cloud.record().await, with_ada);
    assert_eq!(left_alone(ada.restore().await.unwrap()), []);
    assert_eq!(cloud.record().await, before);

    cloud
        .change(|record| {
            let lease = Lease::new("somewhere", "cy@desk", 1_700_000_000).header();
            let header = json!([{ "header_name": LEASE_HEADER, "header_value": lease }]);
            entry(record, EventType::Content)["headers"] = header;
        })
        .await;
    let expired = cloud.record().await;
    bo.point(ELSEWHERE, false).await.unwrap();
    assert_eq!(left_alone(bo.restore().await.unwrap()), []);
    assert_eq!(cloud.record().await, expired);
}

#[tokio::test]
async fn what_an_earlier_run_left_is_no_original() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let before = cloud.record().await;
    for url in [URL, ELSEWHERE, URL] {
        // Each start finds what the one before has left.
        let device = cloud.device(folder.path(), "ada@desk").await;
        device.point(url, false).await.unwrap();
        assert!(all_at(&cloud.record().await, url));
    }
    // A colleague has changed one since.
    cloud
        .change(|record| *entry(record, EventType::ChatState) = json!({ "endpoint": ORIGINAL }))
        .await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    device.point(ELSEWHERE, false).await.unwrap();
    assert_eq!(left_alone(device.restore().await.unwrap()), []);
    let mut wanted = before;
    *entry(&mut wanted, EventType::ChatState) = json!({ "endpoint": ORIGINAL });
    assert_eq!(cloud.record().await, wanted);
}

#[tokio::test]
async fn a_lease_is_renewed_when_half_of_it_is_over() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let device = cloud.device(folder.path(), "ada@desk").await;
    device.point(URL, false).await.unwrap();
    let fresh = latest_lease(&cloud.record().await).unwrap();
    device.follow(URL).await.unwrap();
    assert_eq!(
        latest_lease(&cloud.record().await).unwrap(),
        fresh,
        "not yet"
    );
    for until in [fresh.until - 7 * 3600, FAR] {
        let old = Lease::new(&fresh.device, &fresh.name, until).header();
        cloud
            .change(|record| {
                for event in EventType::ALL {
                    let headers = entry(record, event)["headers"].as_array_mut().unwrap();
                    headers.last_mut().unwrap()["header_value"] = json!(old);
                }
            })
            .await;
        device.follow(URL).await.unwrap();
        let renewed = latest_lease(&cloud.record().await).unwrap();
        assert!(
            (fresh.until..fresh.until + 60).contains(&renewed.until),
            "{renewed:?}"
        );
    }
}
