//! What is counted is what happened: with nothing wrong, and with faults of known size.

use std::{sync::atomic::Ordering, time::Duration};

use handset::{
    sandbox::settings::Agent,
    swarm::{
        measure::{Latency, SwarmCount},
        run::SwarmOrder,
    },
};
use serde_json::json;
use tokio::time::sleep_until;

use crate::{
    support::soon,
    swarm::rig::{RunningSwarm, at_least, count, flat, latency, quiet, sandbox, told},
};

const STORY: &str = "\
me: Hello, I have a question
agent: Riley
me: Thank you, bye
";

#[tokio::test]
async fn everybody_who_comes_is_answered_and_everything_is_closed() {
    let (sandbox, cloud, webhooks) = sandbox(Agent::Riley).await;
    let swarm = RunningSwarm::start(&cloud, webhooks, STORY, quiet(), flat(25.0, 2000));
    let end = swarm.end().await;
    let what = told(&end);
    for (counted, expected) in [
        (SwarmCount::Planned, 50),
        (SwarmCount::Started, 50),
        (SwarmCount::Finished, 50),
        (SwarmCount::Messages, 100),
        (SwarmCount::Dropped, 0),
        (SwarmCount::Failed, 0),
        (SwarmCount::Lost, 0),
        (SwarmCount::Doubled, 0),
        (SwarmCount::Redelivered, 0),
        (SwarmCount::Reordered, 0),
        (SwarmCount::Gaps, 0),
        (SwarmCount::BadSignature, 0),
        (SwarmCount::Strays, 0),
        (SwarmCount::Overflowed, 0),
        (SwarmCount::LeftOpen, 0),
    ] {
        assert_eq!(count(&end, counted), expected, "{}\n{what}", counted.name());
    }
    for (hop, expected) in [
        (Latency::Open, 50),
        (Latency::Taken, 50),
        (Latency::Sent, 100),
        (Latency::Echo, 100),
        (Latency::Accepted, 100),
        (Latency::Closed, 50),
    ] {
        assert_eq!(
            latency(&end, hop).count(),
            expected,
            "{}\n{what}",
            hop.name()
        );
    }
    // Each second adds up to the whole.
    let started: u64 = end.timeline.seconds.iter().map(|one| one.started).sum();
    assert_eq!(started, 50);
    assert_eq!(
        end.timeline.total.calls.0["CONVERSATION"]["200"], 50,
        "{what}"
    );
    assert!(
        end.thresholds
            .iter()
            .all(handset::swarm::measure::threshold::JudgedThreshold::held)
    );
    sandbox.stop(Duration::from_secs(3)).await;
}

#[tokio::test]
async fn who_is_not_answered_leaves_and_above_the_limit_nobody_comes() {
    let (sandbox, cloud, webhooks) = sandbox(Agent::None).await;
    let mut workload = flat(20.0, 1000);
    workload.people.gives_up = Some(Duration::from_millis(1500));
    workload.limits.consumers = 15;
    let swarm = RunningSwarm::start(&cloud, webhooks, STORY, quiet(), workload);
    let end = swarm.end().await;
    let what = told(&end);
    assert_eq!(count(&end, SwarmCount::Planned), 20, "{what}");
    assert_eq!(count(&end, SwarmCount::Dropped), 5, "{what}");
    assert_eq!(count(&end, SwarmCount::Abandoned), 15, "{what}");
    assert_eq!(count(&end, SwarmCount::LeftOpen), 0, "{what}");
    let broken = end.thresholds.iter().filter(|judged| !judged.held());
    let broken: Vec<_> = broken
        .map(|judged| judged.threshold.name.as_str())
        .collect();
    assert_eq!(broken, ["arrivals.dropped"]);
    sandbox.stop(Duration::from_secs(3)).await;
}

/// Everybody has opened a conversation when the faults begin, and nothing but their texts goes out
/// until the faults are over.
const PAUSED: &str = "\
me opens
pause 1500ms
pause 1500ms
me: one
me: two
me: three
me: four
me: five
me: six
me: seven
me: eight
pause 1s
";

#[tokio::test]
async fn what_the_sandbox_loses_doubles_and_turns_round_is_counted_exactly() {
    let (sandbox, cloud, webhooks) = sandbox(Agent::None).await;
    let mut workload = flat(100.0, 200);
    workload.limits.drain = Duration::from_secs(8);
    let swarm = RunningSwarm::start(&cloud, webhooks, PAUSED, quiet(), workload);
    // Everybody looks at the conversation that was opened, and all of that has been told.
    let all_open = async {
        while swarm.active.load(Ordering::SeqCst) < 20 || sandbox.standing().1 > 0 {
            tokio::task::yield_now().await;
        }
    };
    soon("everybody has opened a conversation", all_open).await;
    let delay = json!({"on": "send", "do": "delay", "ms": 300, "probability": 0.1});
    cloud.add_fault(delay).await;
    // One after the other: a notification that is hit by both would be lost and not come twice.
    let drop = json!({"on": "webhook", "do": "drop", "count": 7});
    cloud.add_fault(drop).await;
    let all_lost = async { while cloud.fired().await[1] < 7 {} };
    soon("the sandbox loses seven", all_lost).await;
    let twice = json!({"on": "webhook", "do": "duplicate", "count": 11});
    cloud.add_fault(twice).await;
    let end = swarm.end().await;
    let (fired, what) = (cloud.fired().await, told(&end));
    assert_eq!(fired[1..], [7, 11], "{what}");
    assert_eq!(count(&end, SwarmCount::Messages), 160, "{what}");
    assert_eq!(count(&end, SwarmCount::Lost), 7, "{what}");
    assert_eq!(count(&end, SwarmCount::Gaps), 0, "{what}");
    assert_eq!(count(&end, SwarmCount::Redelivered), 11, "{what}");
    assert_eq!(count(&end, SwarmCount::Doubled), 0, "{what}");
    assert_eq!(count(&end, SwarmCount::LeftOpen), 0, "{what}");
    // Nothing is sent but texts and what ends a conversation. A busy machine may delay others as long.
    let (sent, closed) = (latency(&end, Latency::Sent), latency(&end, Latency::Closed));
    let late = at_least(&sent, 299_000) + at_least(&closed, 299_000);
    assert!(late >= fired[0] && fired[0] > 0, "{late} {fired:?}\n{what}");
    assert_eq!(sent.count(), 160);
    sandbox.stop(Duration::from_secs(3)).await;
}

#[tokio::test]
async fn told_to_end_it_closes_what_is_open() {
    let (sandbox, cloud, webhooks) = sandbox(Agent::None).await;
    let story = "me: Hello\nagent within 60s: never said\n";
    let swarm = RunningSwarm::start(&cloud, webhooks, story, quiet(), flat(20.0, 60_000));
    sleep_until(swarm.start + Duration::from_millis(1010)).await;
    swarm.orders.send_replace(SwarmOrder::Close);
    let end = swarm.end().await;
    let what = told(&end);
    let started = count(&end, SwarmCount::Started);
    assert!((20..=22).contains(&started), "{what}");
    assert_eq!(count(&end, SwarmCount::Stuck), started, "{what}");
    assert_eq!(count(&end, SwarmCount::LeftOpen), 0, "{what}");
    // Who had not opened a conversation yet had none to close.
    let opened = end.timeline.total.calls.0["CONVERSATION"]["200"];
    assert_eq!(latency(&end, Latency::Closed).count(), opened, "{what}");
    sandbox.stop(Duration::from_secs(3)).await;
}
