//! What a device or a sender may take, and that only he feels it who takes more.

use std::time::Duration;

use bytes::Bytes;
use handset::{
    domain::relay::{Claim, Role, Scope, Up, frame::LONGEST_UP},
    relay::{Limits, backend::Retention},
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    relay::rig::{Device, Rig, answered, consumer, conversation},
    support::{
        hooks::ACCOUNT,
        http::{Peer, once},
    },
};

/// Two testers of whom the second has a conversation, to see that nothing happens to him.
async fn two(limits: Limits) -> (Rig, Device, Device) {
    let rig = Rig::with(limits, Retention::default()).await;
    let ada = rig.tester("ada", "d1").await;
    let mut bob = rig.tester("bob", "d2").await;
    assert_eq!(bob.claim(conversation("c2")).await, None);
    (rig, ada, bob)
}

/// The second one is served as if nothing were.
async fn is_served(rig: &Rig, bob: &mut Device) {
    assert_eq!(rig.post(&answered("c2", 0)).await, 200);
    assert_eq!(bob.take(1).await, [answered("c2", 0)]);
}

#[tokio::test]
async fn an_oversized_frame_ends_its_own_link() {
    for length in [LONGEST_UP + 1, 70_000, 3_000_000] {
        let (rig, mut ada, mut bob) = two(Limits::default()).await;
        ada.raw(Message::Binary(vec![1_u8; length].into())).await;
        let (reason, again) = ada.goodbye().await;
        assert!(reason.contains("longer") && !again, "{reason}");
        assert_eq!(ada.closed().await, 1009);
        is_served(&rig, &mut bob).await;
        rig.until_metric("links_closed_total{reason=\"oversized\"}", 1.0)
            .await;
        drop(ada);
        rig.end().await;
    }
}

#[tokio::test]
async fn a_flood_ends_its_own_link() {
    let limits = Limits {
        frames_burst: 50,
        frames_per_second: 1,
        ..Limits::default()
    };
    for flood in [
        Message::Binary(ack("c1", 1)),
        Message::Ping(Bytes::new()),
        Message::Binary(claim(conversation("c1"))),
    ] {
        let (rig, mut ada, mut bob) = two(limits.clone()).await;
        for _ in 0..80 {
            ada.raw(flood.clone()).await;
        }
        let (reason, _) = ada.goodbye().await;
        assert!(reason.contains("more frames"), "{reason}");
        is_served(&rig, &mut bob).await;
        drop(ada);
        rig.end().await;
    }
}

fn ack(conversation: &str, seq: u64) -> Bytes {
    let scope = Scope::Conversation(conversation.into());
    Up::Ack { scope, seq }.encode()
}

fn claim(claim: Claim) -> Bytes {
    Up::Claim { claim }.encode()
}

#[tokio::test]
async fn acknowledging_what_came_is_no_flood() {
    let limits = Limits {
        frames_burst: 50,
        frames_per_second: 1,
        ..Limits::default()
    };
    let (rig, mut ada, mut bob) = two(limits).await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    for sequence in 0..150 {
        assert_eq!(rig.post(&answered("c1", sequence)).await, 200);
    }
    assert_eq!(ada.take(150).await.len(), 150);
    is_served(&rig, &mut bob).await;
    rig.end().await;
}

#[tokio::test]
async fn what_is_no_frame_ends_its_own_link() {
    let mut unversioned = ack("c1", 1).to_vec();
    unversioned[0] = 9;
    for nonsense in [
        Message::Text("hello".into()),
        Message::Binary(Bytes::from_static(b"\x01\x00")),
        Message::Binary(unversioned.into()),
        Message::Binary(
            Up::Hello {
                device: "d1".into(),
                program: String::new(),
            }
            .encode(),
        ),
    ] {
        let (rig, mut ada, mut bob) = two(Limits::default()).await;
        ada.raw(nonsense).await;
        let (_, again) = ada.goodbye().await;
        assert!(!again);
        assert_eq!(ada.closed().await, 1008);
        is_served(&rig, &mut bob).await;
        rig.end().await;
    }
}

#[tokio::test]
async fn a_hello_comes_first_and_says_a_name_that_can_be_kept() {
    let rig = Rig::start().await;
    let (_, ticket) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let long = "d".repeat(65);
    for first in [
        ack("c1", 1),
        Up::Hello {
            device: String::new(),
            program: String::new(),
        }
        .encode(),
        Up::Hello {
            device: "a b".into(),
            program: String::new(),
        }
        .encode(),
        Up::Hello {
            device: long,
            program: String::new(),
        }
        .encode(),
    ] {
        let mut device = Device::open(rig.address(), ticket.reveal()).await.unwrap();
        device.raw(Message::Binary(first)).await;
        let (_, again) = device.goodbye().await;
        assert!(!again);
    }
    // Whoever says nothing is not waited for.
    let mut device = Device::open(rig.address(), ticket.reveal()).await.unwrap();
    let (reason, _) = device.goodbye().await;
    assert!(reason.contains("hello"), "{reason}");
    rig.end().await;
}

#[tokio::test]
async fn a_ticket_has_so_many_links_and_a_device_keeps_its_newest_claims() {
    let limits = Limits {
        links_per_ticket: 2,
        claims_per_device: 3,
        ..Limits::default()
    };
    let rig = Rig::with(limits, Retention::default()).await;
    let (_, ticket) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let mut first = Device::link(rig.address(), &ticket, "d1").await;
    let _second = Device::link(rig.address(), &ticket, "d2").await;
    let mut third = Device::open(rig.address(), ticket.reveal()).await.unwrap();
    third
        .say(&Up::Hello {
            device: "d3".into(),
            program: String::new(),
        })
        .await;
    let (reason, again) = third.goodbye().await;
    assert!(reason.contains("too many links") && again, "{reason}");
    for claim in [conversation("c1"), conversation("c2"), consumer("ann")] {
        assert_eq!(first.claim(claim).await, None);
    }
    rig.until_metric("links{role=\"tester\"}", 2.0).await;
    // The claim that was used last stays, the one that was used first is forgotten.
    assert_eq!(rig.post(&answered("c1", 0)).await, 200);
    assert_eq!(first.take(1).await, [answered("c1", 0)]);
    assert_eq!(first.claim(conversation("c3")).await, None);
    assert_eq!(rig.post(&answered("c2", 0)).await, 200);
    for id in ["c1", "c3"] {
        assert_eq!(rig.post(&answered(id, 1)).await, 200);
        assert_eq!(first.take(1).await, [answered(id, 1)]);
    }
    first.is_left_alone().await;
    // Whoever has it all the same claims it again.
    assert_eq!(first.claim(conversation("c2")).await, None);
    assert_eq!(first.take(1).await, [answered("c2", 0)]);
    let folder = rig.end().await;
    let db = rusqlite::Connection::open(folder.path().join("relay.db")).unwrap();
    let kept = db.query_row("SELECT count(*) FROM claim", (), |row| row.get::<_, i64>(0));
    assert_eq!(kept, Ok(3));
}

#[tokio::test]
async fn as_many_links_as_there_may_be_and_no_more() {
    let limits = Limits {
        links: 1,
        ..Limits::default()
    };
    let rig = Rig::with(limits, Retention::default()).await;
    let (_, ticket) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let ada = Device::link(rig.address(), &ticket, "d1").await;
    let refused = Device::open(rig.address(), ticket.reveal())
        .await
        .err()
        .unwrap();
    assert_eq!(refused.status(), 503);
    drop(ada);
    rig.until_metric("links{role=\"tester\"}", 0.0).await;
    crate::support::soon("a free place", async {
        while Device::open(rig.address(), ticket.reveal()).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    rig.end().await;
}

#[tokio::test]
async fn who_says_nothing_any_more_is_pinged_and_then_given_up() {
    let limits = Limits {
        // So long that no busy machine is silent for it by itself.
        silence: Duration::from_secs(5),
        ..Limits::default()
    };
    let (rig, ada, mut bob) = two(limits).await;
    assert_eq!(bob.welcome.as_ref().unwrap().silence, 5_000);
    // One is not polled any more and so answers no ping; the other one's library does.
    bob.listen_while(rig.until_metric("links_closed_total{reason=\"silent\"}", 1.0))
        .await;
    is_served(&rig, &mut bob).await;
    drop(ada);
    rig.end().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_not_kept() {
    let rig = Rig::start().await;
    rig.issue("ada", ACCOUNT, Role::Tester).await;
    let head = |length: usize, more: &str| {
        format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nx-liveperson-account-id: {ACCOUNT}\r\n\
             {more}Content-Length: {length}\r\n\r\n",
            rig.path()
        )
    };
    let whole = |length: usize| [head(length, "").into_bytes(), vec![b'x'; length]].concat();
    let status = async |bytes: Vec<u8>| once(rig.address(), &bytes).await.unwrap().status;
    assert_eq!(status(whole(1024 * 1024)).await, 200);
    assert_eq!(status(whole(1024 * 1024 + 1)).await, 413);
    let waiting = head(2_000_000, "Expect: 100-continue\r\n");
    assert_eq!(status(waiting.into_bytes()).await, 413);
    let long = format!("X-Long: {}\r\n", "v".repeat(30_000));
    let request = format!("{}x", head(1, &long));
    assert_eq!(status(request.into_bytes()).await, 431);
    // A sender that breaks off leaves nothing.
    let mut peer = Peer::connect(rig.address()).await;
    peer.write(format!("{}ab", head(10, "")).as_bytes()).await;
    drop(peer);
    rig.until_metric("events_refused_total{reason=\"broken\"}", 1.0)
        .await;
    assert!((rig.metric("events_kept_total").await - 1.0).abs() < 0.1);
    rig.end().await;
}
