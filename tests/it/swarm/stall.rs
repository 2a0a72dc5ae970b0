//! A cloud that stands still for a while shows in the percentiles, as many arrivals as there were
//! meanwhile; a closed loop would have noticed it once.

use std::time::Duration;

use handset::{
    domain::inbound::Credentials,
    swarm::measure::{Latency, SwarmCount},
};
use tokio::time::{Instant, sleep_until};

use crate::{
    sandbox::rig::Process,
    support,
    swarm::rig::{CloudAt, RunningSwarm, Webhooks, at_least, count, flat, latency, quiet, told},
};

/// How long the sandbox stands still.
const STALL: Duration = Duration::from_millis(1500);

#[tokio::test]
async fn a_stall_is_in_the_latency_of_all_who_came_meanwhile() {
    let webhooks = Webhooks::new().await;
    let url = webhooks.url();
    let process = Process::start(&["--agent", "none", "--webhook", &url]).await;
    let word = |name: &str| process.ready[name].as_str().unwrap().to_owned();
    let cloud = CloudAt {
        csds: word("csds"),
        credentials: Credentials {
            account: word("account").into(),
            client: word("client_id").as_str().into(),
            secret: handset::domain::secret::Secret::new(word("client_secret")),
        },
        control: word("control_token"),
    };
    let pid = process.child.id().unwrap();
    let swarm = RunningSwarm::start(&cloud, webhooks, "me: Hello\n", quiet(), flat(15.0, 4000));
    sleep_until(swarm.start + Duration::from_secs(1)).await;
    support::signal(pid, "STOP");
    sleep_until(swarm.start + Duration::from_secs(1) + STALL).await;
    support::signal(pid, "CONT");
    let end = swarm.end().await;
    let what = told(&end);
    assert_eq!(count(&end, SwarmCount::Finished), 60, "{what}");
    assert_eq!(count(&end, SwarmCount::Lost), 0, "{what}");
    let open = latency(&end, Latency::Open);
    assert_eq!(open.count(), 60, "{what}");
    // Fifteen came in the first second of the stall, and each waited for half a second at least.
    let long = at_least(&open, 500_000);
    assert!(long >= 14, "{long}\n{what}");
    assert!(open.max() >= 1_400_000, "{}\n{what}", open.max());
    assert!(open.at(0.8) >= 500_000, "{}\n{what}", open.at(0.8));

    // A loop that opens one conversation after another notices the same stall once.
    let start = Instant::now();
    let stalled = tokio::spawn(async move {
        sleep_until(start + Duration::from_millis(500)).await;
        support::signal(pid, "STOP");
        sleep_until(start + Duration::from_millis(500) + STALL).await;
        support::signal(pid, "CONT");
    });
    let connector = process.connector().await;
    let ada = connector.consumer("ada").await;
    let (mut opened, mut noticed) = (0, 0);
    while start.elapsed() < Duration::from_secs(4) {
        let asked = Instant::now();
        ada.open().await;
        opened += 1;
        noticed += u64::from(asked.elapsed() >= Duration::from_millis(500));
    }
    stalled.await.unwrap();
    assert!(
        noticed < long / 3,
        "{noticed} of {opened} in a loop, {long} of 60 by a plan"
    );
}
