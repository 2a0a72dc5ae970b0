//! A cloud that stands still for a while shows in the percentiles, as many arrivals as there were
//! meanwhile; a closed loop would have noticed it once.

use std::time::Duration;

use handset::{
    domain::inbound::Credentials,
    swarm::measure::{Latency, SwarmCount},
};
use tokio::time::sleep_until;

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
    let swarm = RunningSwarm::start(&cloud, webhooks, "me: Hello\n", quiet(), flat(40.0, 4000));
    let pid = process.child.id().unwrap();
    sleep_until(swarm.start + Duration::from_secs(1)).await;
    support::signal(pid, "STOP");
    sleep_until(swarm.start + Duration::from_secs(1) + STALL).await;
    support::signal(pid, "CONT");
    let end = swarm.end().await;
    let what = told(&end);
    assert_eq!(count(&end, SwarmCount::Finished), 160, "{what}");
    assert_eq!(count(&end, SwarmCount::Lost), 0, "{what}");
    let open = latency(&end, Latency::Open);
    assert_eq!(open.count(), 160, "{what}");
    // Forty a second came during the stall, and each waited for what was left of it: those of its
    // first second for at least half a second.
    let long = at_least(&open, 500_000);
    assert!((38..=60).contains(&long), "{long}\n{what}");
    assert!(open.max() >= 1_400_000, "{}\n{what}", open.max());
    // One loop that opens one after another has as many samples as it has answers: the stall is in
    // one of them, and no percentile but the last one shows it.
    assert!(open.at(0.75) >= 300_000, "{}\n{what}", open.at(0.75));
}
