//! What goes when there is no room for more, and who is told.

use handset::{
    domain::relay::{Down, Up},
    relay::{
        Limits,
        backend::{Retention, Which},
    },
};

use crate::{
    relay::rig::{Device, Rig, answered, consumer, conversation, said, scope},
    support::{hooks::ACCOUNT, soon},
};

/// A relay that keeps so many bytes of an account.
async fn rig(bytes: u64) -> Rig {
    let retention = Retention {
        bytes,
        ..Retention::default()
    };
    Rig::with(Limits::default(), retention).await
}

/// The same, with nothing of what came last in memory any more.
async fn again(rig: Rig, bytes: u64) -> Rig {
    let retention = Retention {
        bytes,
        ..Retention::default()
    };
    Rig::on(rig.end().await, Limits::default(), retention).await
}

/// Testers who have claimed a conversation each, and are away.
async fn away(rig: &Rig, testers: &[(&str, &str, &str)]) {
    for (name, device, id) in testers {
        let mut device = rig.tester(name, device).await;
        assert_eq!(device.claim(conversation(id)).await, None);
    }
    rig.until_metric("links{role=\"tester\"}", 0.0).await;
}

/// Some 10 kB of a conversation.
fn large(conversation: &str, sequence: u64) -> String {
    answered(conversation, sequence).replace("hi", &"x".repeat(10_000))
}

/// How many events were dropped unseen, as the device is told.
async fn told(device: &mut Device) -> u64 {
    let events = device.wait("what was dropped", |down| match down {
        Down::Dropped { events } => Some(*events),
        _ => None,
    });
    events.await
}

#[tokio::test]
async fn what_one_tester_gets_pushes_out_nothing_of_anothers() {
    let rig = rig(100_000).await;
    away(&rig, &[("ada", "d1", "c1"), ("bob", "d2", "c2")]).await;
    for sequence in 0..5 {
        assert_eq!(rig.post(&answered("c2", sequence)).await, 200);
    }
    for sequence in 0..40 {
        assert_eq!(rig.post(&large("c1", sequence)).await, 200);
    }
    let rig = again(rig, 100_000).await;
    let mut bob = rig.tester("bob", "d2").await;
    let wanted: Vec<_> = (0..5).map(|sequence| answered("c2", sequence)).collect();
    assert_eq!(bob.take(5).await, wanted);
    rig.end().await;
}

#[tokio::test]
async fn what_nobody_can_claim_pushes_out_nothing_that_a_tester_waits_for() {
    let rig = rig(200_000).await;
    away(&rig, &[("bob", "d2", "c2")]).await;
    let mut bob = rig.tester("bob", "d2").await;
    assert_eq!(bob.claim(consumer("ann")).await, None);
    drop(bob);
    for sequence in 0..10 {
        assert_eq!(rig.post(&large("c2", sequence)).await, 200);
    }
    for sequence in 0..60 {
        // Of a conversation that nobody has, and of one that seems to be his.
        let noise = large(&format!("noise-{sequence}"), sequence);
        assert_eq!(rig.post(&noise).await, 200);
        let forged = said(&format!("forged-{sequence}"), "ann", sequence);
        let forged = forged.replace("hi", &"x".repeat(10_000));
        assert_eq!(rig.post(&forged).await, 200);
    }
    let rig = again(rig, 200_000).await;
    let mut bob = rig.tester("bob", "d2").await;
    let mut of_c2 = Vec::new();
    while of_c2.len() < 10 {
        let got = bob.event().await;
        bob.ack(&got).await;
        if got.scope == scope("c2") {
            of_c2.push(got.body);
        }
    }
    let wanted: Vec<_> = (0..10).map(|sequence| large("c2", sequence)).collect();
    assert_eq!(of_c2, wanted);
    assert!(rig.metric("events_dropped_total{reason=\"room\"}").await < 0.5);
    rig.end().await;
}

#[tokio::test]
async fn a_tester_is_told_how_many_events_were_dropped_until_it_has_noted_them() {
    let rig = rig(100_000).await;
    let mut ada = rig.tester("ada", "d1").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    let account = ACCOUNT.into();
    // What was acknowledged is no loss.
    assert_eq!(rig.post(&large("c1", 0)).await, 200);
    ada.take(1).await;
    drop(ada);
    rig.until_metric("links{role=\"tester\"}", 0.0).await;
    for sequence in 1..40 {
        assert_eq!(rig.post(&large("c1", sequence)).await, 200);
    }
    let lost = soon("a sweep", async {
        loop {
            let read = rig.backend.read(&account, &Which::Account, 0, 100);
            let lost = 40 - u32::try_from(read.await.unwrap().len()).unwrap();
            let counted = rig.metric("events_dropped_total{reason=\"room\"}").await;
            // Nine of them are left; the one that was acknowledged went first.
            if lost >= 31 && (counted - f64::from(lost - 1)).abs() < 0.5 {
                return u64::from(lost) - 1;
            }
        }
    })
    .await;
    let rig = again(rig, 100_000).await;
    // Not noted: said again over the next link.
    for _ in 0..2 {
        let mut ada = rig.tester("ada", "d1").await;
        assert_eq!(told(&mut ada).await, lost);
    }
    let mut ada = rig.tester("ada", "d1").await;
    assert_eq!(told(&mut ada).await, lost);
    ada.say(&Up::Noted { events: lost }).await;
    // An answer to something that was said later.
    assert_eq!(ada.claim(conversation("c9")).await, None);
    let left = rig.backend.dropped(&account, "ada", 0);
    assert_eq!(left.await, Ok(0));
    rig.end().await;
}
