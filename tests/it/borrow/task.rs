//! The task that borrows while a phone runs.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use handset::{
    domain::{
        app_install::{EventType, all_at},
        time::Timestamp,
    },
    engine::borrow::{BorrowState, Borrower, Ended, Options},
    ingress::{
        reporter::InstallState as _,
        tunnel::{Outage, TunnelState},
    },
};
use serde_json::json;
use tokio::sync::{Notify, watch};

use crate::{
    borrow::cloud::{Cloud, ELSEWHERE, Fate, ORIGINAL, URL},
    support::{LIMIT, soon},
};

fn quick() -> Options {
    Options {
        look: Duration::from_millis(30),
        ending: LIMIT,
        ..Options::default()
    }
}

fn up(url: &str) -> TunnelState {
    TunnelState::Up {
        public: url.parse().unwrap(),
        took: Duration::from_millis(1),
        at: Timestamp(0),
    }
}

async fn until(borrower: &Borrower, is_it: impl Fn(&BorrowState) -> bool) -> BorrowState {
    let mut state = borrower.state();
    let found = soon("a state", state.wait_for(|state| is_it(state))).await;
    found.unwrap().clone()
}

fn pointed_at(url: &str) -> impl Fn(&BorrowState) -> bool + use<> {
    let url = url.to_owned();
    move |state| matches!(state, BorrowState::Pointed { public, .. } if *public == url)
}

#[tokio::test]
async fn endpoints_follow_the_tunnel_and_come_back_at_the_end() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let before = cloud.record().await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    let (tunnel, watched) = watch::channel(TunnelState::Opening { attempt: 1 });
    let borrower = Borrower::start(device, watched, quick());
    assert_eq!(*borrower.state().borrow(), BorrowState::Waiting);
    for url in [URL, ELSEWHERE] {
        tunnel.send_replace(up(url));
        let state = until(&borrower, pointed_at(url)).await;
        assert!(state.is_ready());
        assert!(!state.to_string().contains("hook-"), "{state}");
        assert!(all_at(&cloud.record().await, url));
    }
    assert_eq!(
        borrower.stop(0).await,
        Ended::Restored { left_alone: vec![] }
    );
    assert_eq!(cloud.record().await, before);
    assert_eq!(cloud.count(&Method::POST, "/logout"), 1);
}

#[tokio::test]
async fn whoever_points_elsewhere_meanwhile_is_told_of_and_not_fought() {
    let cloud = Cloud::start().await;
    let (ada, bo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let device = cloud.device(ada.path(), "ada@desk").await;
    let (tunnel, watched) = watch::channel(up(URL));
    let borrower = Borrower::start(device, watched, quick());
    until(&borrower, pointed_at(URL)).await;
    let bo = cloud.device(bo.path(), "bo@desk").await;
    bo.point(ELSEWHERE, true).await.unwrap();
    let taken = until(&borrower, |state| {
        matches!(state, BorrowState::Taken { .. })
    })
    .await;
    assert!(taken.to_string().contains("bo@desk"), "{taken}");
    tunnel.send_replace(up("https://moved.example/hook"));
    let looks = cloud.count(&Method::GET, "installations");
    soon("two more looks", async {
        while cloud.count(&Method::GET, "installations") < looks + 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let theirs = cloud.record().await;
    assert!(all_at(&theirs, ELSEWHERE));
    // Given back by Bo, it is Ada's again, at the address Ada has by now.
    bo.restore().await.unwrap();
    until(&borrower, pointed_at("https://moved.example/hook")).await;
    assert!(matches!(borrower.stop(0).await, Ended::Restored { .. }));
}

#[tokio::test]
async fn a_lease_in_force_is_waited_for() {
    let cloud = Cloud::start().await;
    let (ada, bo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = cloud.record().await;
    let bo = cloud.device(bo.path(), "bo@desk").await;
    bo.point(ELSEWHERE, false).await.unwrap();
    let device = cloud.device(ada.path(), "ada@desk").await;
    let (_tunnel, watched) = watch::channel(up(URL));
    let borrower = Borrower::start(device, watched, quick());
    let held = until(&borrower, |state| matches!(state, BorrowState::Held { .. })).await;
    assert!(
        held.to_string().contains("bo@desk") && !held.is_ready(),
        "{held}"
    );
    assert!(all_at(&cloud.record().await, ELSEWHERE));
    bo.restore().await.unwrap();
    until(&borrower, pointed_at(URL)).await;
    borrower.stop(0).await;
    assert_eq!(cloud.record().await, before);
}

#[tokio::test]
async fn what_others_use_too_is_left_to_them() {
    let cloud = Cloud::start().await;
    let (ada, bo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = cloud.record().await;
    let (_tunnel, watched) = watch::channel(up(URL));
    let device = cloud.device(ada.path(), "ada@desk").await;
    let first = Borrower::start(device.clone(), watched.clone(), quick());
    until(&first, pointed_at(URL)).await;
    let second = cloud.device(bo.path(), "bo@desk").await;
    let second = Borrower::start(second, watched, quick());
    until(&second, |state| matches!(state, BorrowState::Shared { .. })).await;
    assert_eq!(first.stop(1).await, Ended::LeftToOthers { peers: 1 });
    assert!(all_at(&cloud.record().await, URL));
    assert_eq!(second.stop(0).await, Ended::Nothing);
    assert!(all_at(&cloud.record().await, URL));
    // Ada's next start leaves it too while there is no address; Ada's end gives it back.
    let (tunnel, watched) = watch::channel(TunnelState::Opening { attempt: 1 });
    let options = Options {
        grace: Duration::ZERO,
        ..quick()
    };
    let again = Borrower::start(device, watched, options);
    tunnel.send_replace(up(URL));
    until(&again, pointed_at(URL)).await;
    assert!(matches!(again.stop(0).await, Ended::Restored { .. }));
    assert_eq!(cloud.record().await, before);
}

#[tokio::test]
async fn what_a_crash_left_is_given_back_when_there_is_no_address() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let before = cloud.record().await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    device.point(URL, false).await.unwrap();
    let fault = Outage::passing("no network", "wait");
    let (_tunnel, watched) = watch::channel(TunnelState::Down {
        fault,
        retry_in: None,
    });
    let options = Options {
        grace: Duration::from_millis(50),
        ..quick()
    };
    let borrower = Borrower::start(device, watched, options);
    soon("what was there before", async {
        while cloud.record().await != before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(borrower.stop(0).await, Ended::Nothing);
}

#[tokio::test]
async fn an_end_in_the_middle_of_a_change_is_an_end_all_the_same() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let before = cloud.record().await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    cloud.next(
        Method::PUT,
        Fate::Held(Arc::clone(&reached), Arc::clone(&release)),
    );
    let (_tunnel, watched) = watch::channel(up(URL));
    let borrower = Borrower::start(device, watched, quick());
    soon("the change", reached.notified()).await;
    assert!(matches!(borrower.stop(0).await, Ended::Restored { .. }));
    // The change arrives when everything is over, and is refused: its revision is a past one.
    release.notify_one();
    cloud.settled().await;
    assert_eq!(cloud.record().await, before);
}

#[tokio::test]
async fn a_cloud_that_is_out_of_reach_at_the_end_is_made_good_later() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let before = cloud.record().await;
    let device = cloud.device(folder.path(), "ada@desk").await;
    let (_tunnel, watched) = watch::channel(up(URL));
    let options = Options {
        look: Duration::from_mins(1),
        ending: Duration::from_millis(200),
        ..Options::default()
    };
    let borrower = Borrower::start(device.clone(), watched, options);
    until(&borrower, pointed_at(URL)).await;
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    cloud.next(Method::GET, Fate::Held(reached, Arc::clone(&release)));
    let ended = borrower.stop(0).await;
    assert!(matches!(ended, Ended::Unfinished { .. }), "{ended:?}");
    assert!(ended.to_string().contains("handset app restore"), "{ended}");
    assert!(all_at(&cloud.record().await, URL));
    release.notify_one();
    device.restore().await.unwrap();
    assert_eq!(cloud.record().await, before);
}

#[tokio::test]
async fn trouble_is_told_and_tried_again() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let device = cloud.device(folder.path(), "ada@desk").await;
    cloud.next(Method::GET, Fate::Refused(503));
    let (_tunnel, watched) = watch::channel(up(URL));
    let borrower = Borrower::start(device, watched, quick());
    let trouble = until(&borrower, |state| {
        matches!(state, BorrowState::Trouble { .. })
    })
    .await;
    assert!(trouble.to_string().contains("503"), "{trouble}");
    until(&borrower, pointed_at(URL)).await;
    cloud
        .change(|record| {
            let webhooks = &mut record["capabilities"]["webhooks"];
            webhooks[EventType::ChatState.key()] = json!({ "endpoint": ORIGINAL });
        })
        .await;
    let taken = until(&borrower, |state| {
        matches!(state, BorrowState::Taken { .. })
    })
    .await;
    assert!(taken.to_string().contains("ChatStateEvent"), "{taken}");
    let left_alone = vec![EventType::ChatState];
    assert_eq!(borrower.stop(0).await, Ended::Restored { left_alone });
}
