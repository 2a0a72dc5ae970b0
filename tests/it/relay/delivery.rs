//! Who gets what, in which order, and how often.

use std::time::Duration;

use handset::{
    domain::{
        canary::Canary,
        relay::{Down, Role, Scope, Up},
    },
    relay::{Limits, backend::Retention},
};

use crate::{
    relay::rig::{Device, Rig, answered, consumer, conversation, post, said, scope},
    support::{hooks::ACCOUNT, http::once},
};

#[tokio::test]
async fn an_event_goes_to_its_owner_alone_and_to_observers_besides() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    let mut bob = rig.tester("bob", "d2").await;
    let mut eve = rig.observer("eve", "d3").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    assert_eq!(bob.claim(conversation("c2")).await, None);
    for sequence in 0..3 {
        assert_eq!(rig.post(&answered("c1", sequence)).await, 200);
        assert_eq!(rig.post(&answered("c2", sequence)).await, 200);
    }
    let of = |id: &str| (0..3).map(|n| answered(id, n)).collect::<Vec<_>>();
    let got = ada.event().await;
    assert_eq!(got.scope, scope("c1"));
    for (name, value) in [
        ("x-liveperson-account-id", ACCOUNT),
        ("x-liveperson-signature", "sha1=AbC="),
        ("x-own", "a  b"),
        ("content-type", "application/json"),
    ] {
        let header = (name.to_owned(), value.to_owned());
        assert!(
            got.headers.contains(&header),
            "{header:?} of {:?}",
            got.headers
        );
    }
    assert!(got.headers.iter().all(|(name, _)| name != "host"));
    ada.ack(&got).await;
    assert_eq!([vec![got.body], ada.take(2).await].concat(), of("c1"));
    assert_eq!(bob.take(3).await, of("c2"));
    let all = eve.take(6).await;
    for id in ["c1", "c2"] {
        let part: Vec<_> = all
            .iter()
            .filter(|body| body.contains(id))
            .cloned()
            .collect();
        assert_eq!(part, of(id));
    }
    for device in [&mut ada, &mut bob, &mut eve] {
        device.is_left_alone().await;
    }
    rig.until_metric("unacknowledged", 0.0).await;
    assert!((rig.metric("events_kept_total").await - 6.0).abs() < 0.1);
    rig.end().await;
}

#[tokio::test]
async fn two_accounts_know_nothing_of_each_other() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    let (_, ticket) = rig.issue("ada", "other", Role::Tester).await;
    let mut other = Device::link(rig.address(), &ticket, "d1").await;
    let (_, ticket) = rig.issue("eve", "other", Role::Observer).await;
    let mut eve = Device::link(rig.address(), &ticket, "d2").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    assert_eq!(other.claim(conversation("c1")).await, None);
    assert_eq!(rig.post(&answered("c1", 1)).await, 200);
    assert_eq!(ada.take(1).await, [answered("c1", 1)]);
    other.is_left_alone().await;
    eve.is_left_alone().await;
    let answer = post(rig.address(), &rig.path(), "other", &answered("c1", 1)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(other.take(1).await, [answered("c1", 1)]);
    assert_eq!(eve.take(1).await, [answered("c1", 1)]);
    ada.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn what_waits_comes_on_the_next_link_in_order_and_goes_on_after_what_was_acknowledged() {
    let rig = Rig::start().await;
    let (_, ticket) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let mut ada = Device::link(rig.address(), &ticket, "d1").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    drop(ada);
    for sequence in 0..200 {
        assert_eq!(rig.post(&answered("c1", sequence)).await, 200);
    }
    let mut ada = Device::link(rig.address(), &ticket, "d1").await;
    let of = |from: u64, to: u64| (from..to).map(|n| answered("c1", n)).collect::<Vec<_>>();
    assert_eq!(ada.take(120).await, of(0, 120));
    // Some of the rest is on its way, unacknowledged.
    ada.event().await;
    rig.until_metric("acknowledged_total", 120.0).await;
    drop(ada);
    // Also when the relay is started anew.
    let folder = rig.end().await;
    let rig = Rig::on(folder, Limits::default(), Retention::default()).await;
    let mut ada = Device::link(rig.address(), &ticket, "d1").await;
    assert_eq!(ada.take(80).await, of(120, 200));
    ada.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn what_nobody_claimed_waits_for_the_claim() {
    let rig = Rig::start().await;
    let mut eve = rig.observer("eve", "d0").await;
    for sequence in 0..4 {
        assert_eq!(rig.post(&said("c1", "ann", sequence)).await, 200);
        assert_eq!(rig.post(&said("c2", "ben", sequence)).await, 200);
    }
    assert_eq!(eve.take(8).await.len(), 8);
    rig.until_metric("unclaimed", 8.0).await;
    let mut ada = rig.tester("ada", "d1").await;
    ada.is_left_alone().await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    let of = |id: &str, who: &str| (0..4).map(|n| said(id, who, n)).collect::<Vec<_>>();
    assert_eq!(ada.take(4).await, of("c1", "ann"));
    // The consumer of the other one is played by one device alone: that is as good.
    let mut bob = rig.tester("bob", "d2").await;
    assert_eq!(bob.claim(consumer("ben")).await, None);
    assert_eq!(bob.take(4).await, of("c2", "ben"));
    assert_eq!(rig.post(&answered("c2", 9)).await, 200);
    assert_eq!(bob.take(1).await, [answered("c2", 9)]);
    rig.until_metric("unclaimed", 0.0).await;
    ada.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn a_consumer_that_two_play_decides_nothing() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    let mut bob = rig.tester("bob", "d2").await;
    assert_eq!(ada.claim(consumer("ann")).await, None);
    assert_eq!(rig.post(&said("c1", "ann", 0)).await, 200);
    assert_eq!(ada.take(1).await, [said("c1", "ann", 0)]);
    assert_eq!(bob.claim(consumer("ann")).await, None);
    assert_eq!(rig.post(&said("c2", "ann", 0)).await, 200);
    bob.is_left_alone().await;
    ada.is_left_alone().await;
    assert_eq!(bob.claim(conversation("c2")).await, None);
    assert_eq!(bob.take(1).await, [said("c2", "ann", 0)]);
    // The one that was decided stays so.
    assert_eq!(rig.post(&said("c1", "ann", 1)).await, 200);
    assert_eq!(ada.take(1).await, [said("c1", "ann", 1)]);
    bob.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn whoever_says_it_is_his_gets_what_only_seemed_to_be_anothers() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    assert_eq!(ada.claim(consumer("ann")).await, None);
    // Bob has opened it as the same consumer, and what is said there is faster than he is.
    assert_eq!(rig.post(&said("c1", "ann", 0)).await, 200);
    assert_eq!(ada.take(1).await, [said("c1", "ann", 0)]);
    let mut bob = rig.tester("bob", "d2").await;
    assert_eq!(bob.claim(conversation("c1")).await, None);
    assert_eq!(bob.take(1).await, [said("c1", "ann", 0)]);
    assert_eq!(rig.post(&said("c1", "ann", 1)).await, 200);
    assert_eq!(bob.take(1).await, [said("c1", "ann", 1)]);
    ada.is_left_alone().await;
    let reason = ada.claim(conversation("c1")).await.unwrap();
    assert!(reason.contains("bob"), "{reason}");
    rig.end().await;
}

#[tokio::test]
async fn the_same_words_for_two_app_installs_are_two_webhooks() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    let body = answered("c1", 0);
    let signed = [
        ("one", "sha1=one="),
        ("two", "sha1=two="),
        ("two", "sha1=none="),
    ];
    for (client, signature) in signed.into_iter().chain(signed) {
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: relay.test\r\nx-liveperson-account-id: {ACCOUNT}\r\n\
             X-LivePerson-Client-Id: {client}\r\nx-liveperson-signature: {signature}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            rig.path(),
            body.len()
        );
        let answer = once(rig.address(), request.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 200);
    }
    for (client, signature) in signed {
        let got = ada.event().await;
        ada.ack(&got).await;
        let has = |name: &str, value: &str| {
            let mut headers = got.headers.iter();
            headers.any(|header| *header == (name.to_owned(), value.to_owned()))
        };
        assert!(has("x-liveperson-client-id", client), "{got:?}");
        assert!(has("x-liveperson-signature", signature), "{got:?}");
    }
    ada.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn a_conversation_stays_with_whoever_claimed_it_first_or_his_next_device() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    let mut bob = rig.tester("bob", "d2").await;
    let mut eve = rig.observer("eve", "d3").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    assert_eq!(ada.claim(conversation("c1")).await, None);
    let reason = bob.claim(conversation("c1")).await.unwrap();
    assert!(reason.contains("ada"), "{reason}");
    assert!(
        eve.claim(conversation("c2"))
            .await
            .unwrap()
            .contains("observer")
    );
    assert!(ada.claim(conversation("")).await.is_some());
    assert_eq!(rig.post(&answered("c1", 0)).await, 200);
    assert_eq!(ada.take(1).await.len(), 1);
    // A new telephone of the same person: everything of the conversation comes to it.
    let mut anew = rig.tester("ada", "d9").await;
    assert_eq!(anew.claim(conversation("c1")).await, None);
    assert_eq!(anew.take(1).await, [answered("c1", 0)]);
    assert_eq!(rig.post(&answered("c1", 1)).await, 200);
    assert_eq!(anew.take(1).await, [answered("c1", 1)]);
    ada.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn the_same_webhook_is_kept_once_and_chat_states_each_time() {
    let rig = Rig::start().await;
    let mut eve = rig.observer("eve", "d1").await;
    let typing = r#"{"body":{"changes":[{"event":{"type":"ChatStateEvent","chatState":"COMPOSING"},"conversationId":"c1"}]}}"#;
    for body in [
        &answered("c1", 0),
        &answered("c1", 0),
        &typing.to_owned(),
        &typing.to_owned(),
    ] {
        assert_eq!(rig.post(body).await, 200);
    }
    assert_eq!(
        eve.take(3).await,
        [answered("c1", 0), typing.to_owned(), typing.to_owned()]
    );
    eve.is_left_alone().await;
    assert!((rig.metric("events_again_total").await - 1.0).abs() < 0.1);
    // What is no JSON is the observers' all the same.
    assert_eq!(rig.post("not json").await, 200);
    assert_eq!(eve.take(1).await, ["not json"]);
    rig.end().await;
}

#[tokio::test]
async fn an_observer_begins_where_it_came_and_goes_on_where_it_was() {
    let rig = Rig::start().await;
    let (_, ticket) = rig.issue("eve", ACCOUNT, Role::Observer).await;
    assert_eq!(rig.post(&answered("c1", 0)).await, 200);
    let mut eve = Device::link(rig.address(), &ticket, "d1").await;
    eve.is_left_alone().await;
    assert_eq!(rig.post(&answered("c1", 1)).await, 200);
    let got = eve.event().await;
    assert_eq!(
        (&got.scope, &got.body),
        (&Scope::Account, &answered("c1", 1))
    );
    eve.ack(&got).await;
    rig.until_metric("unacknowledged", 0.0).await;
    drop(eve);
    assert_eq!(rig.post(&answered("c1", 2)).await, 200);
    let mut eve = Device::link(rig.address(), &ticket, "d1").await;
    assert_eq!(eve.take(1).await, [answered("c1", 2)]);
    eve.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn a_canary_comes_back_to_its_device_alone() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    let mut bob = rig.tester("bob", "d2").await;
    let canary = |device: &str| Canary {
        device: device.to_owned(),
        nonce: "n1".to_owned(),
    };
    let body = String::from_utf8(canary("d1").body()).unwrap();
    assert_eq!(rig.post(&body).await, 200);
    let request = ada.wait("the canary", |down| match down {
        Down::Canary { request } => Some(request.clone()),
        _ => None,
    });
    let request = request.await;
    assert_eq!(Canary::read(&request.body), Some(canary("d1")));
    assert_eq!(request.header("x-liveperson-signature"), Some("sha1=AbC="));
    // To nobody's device it is answered too, and not kept.
    let body = String::from_utf8(canary("d7").body()).unwrap();
    assert_eq!(rig.post(&body).await, 200);
    bob.is_left_alone().await;
    assert!((rig.metric("canaries_total").await - 2.0).abs() < 0.1);
    assert!(rig.metric("events_kept_total").await < 0.1);
    rig.end().await;
}

#[tokio::test]
async fn testers_learn_how_many_they_are() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    let bob = rig.tester("bob", "d2").await;
    rig.observer("eve", "d3").await;
    assert_eq!(bob.welcome.as_ref().unwrap().peers, 1);
    let others = |count| move |down: &Down| (*down == Down::Peers { testers: count }).then_some(());
    ada.wait("one other", others(1)).await;
    drop(bob);
    ada.wait("nobody", others(0)).await;
    rig.end().await;
}

#[tokio::test]
async fn a_slow_reader_gets_no_more_than_its_window_and_slows_nobody() {
    let limits = Limits {
        write_within: Duration::from_mins(1),
        ..Limits::default()
    };
    let rig = Rig::with(limits, Retention::default()).await;
    // One reads and acknowledges nothing, one does not even read.
    let mut ada = rig.tester("ada", "d1").await;
    let mut deaf = rig.observer("deaf", "d2").await;
    let mut bob = rig.tester("bob", "d3").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    assert_eq!(bob.claim(conversation("c2")).await, None);
    let long = "x".repeat(100_000);
    for sequence in 0..100 {
        let of_ada = answered("c1", sequence).replace("hi", &long);
        assert_eq!(rig.post(&of_ada).await, 200);
        assert_eq!(rig.post(&answered("c2", sequence)).await, 200);
        assert_eq!(bob.take(1).await, [answered("c2", sequence)]);
    }
    let mut last = None;
    for _ in 0..20 {
        last = Some(ada.event().await);
    }
    ada.is_left_alone().await;
    ada.ack(&last.unwrap()).await;
    assert_eq!(
        ada.event().await.body,
        answered("c1", 20).replace("hi", &long)
    );
    // The one that did not read begins to.
    assert_eq!(deaf.take(200).await.len(), 200);
    rig.end().await;
}

#[tokio::test]
async fn an_acknowledgement_of_what_was_not_sent_skips_nothing() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    assert_eq!(rig.post(&answered("c1", 0)).await, 200);
    assert_eq!(ada.take(1).await.len(), 1);
    for (scope, seq) in [
        (scope("c1"), u64::MAX),
        (Scope::Account, 5),
        (scope("c9"), 5),
    ] {
        ada.say(&Up::Ack { scope, seq }).await;
    }
    assert_eq!(rig.post(&answered("c1", 1)).await, 200);
    assert_eq!(ada.take(1).await, [answered("c1", 1)]);
    rig.end().await;
}
