//! What a recovery costs, in notifications that are looked at: so many for each, however many
//! there are.

use std::collections::BTreeSet;

use super::*;
use crate::sandbox::delivery::policy::work;

fn rig(retention: Option<Duration>) -> Rig {
    let webhooks = Webhooks::all_at(&url("http://one.test/in"), retention, Some(2));
    let timing = Timing {
        capacity: 1_000_000,
        capacity_bytes: usize::MAX,
        ..timing()
    };
    work::taken();
    Rig {
        policy: Policy::new(webhooks, timing),
        ..Rig::new(None, None)
    }
}

/// How many are looked at while so many wait behind an endpoint that was down, as many come
/// while they are sent again, and as many while those are drained.
fn by_time(many: u64) -> usize {
    let mut rig = rig(Some(DAY));
    let first = rig.event("a");
    for _ in 0..many {
        rig.event("a");
    }
    rig.answer(first, false);
    let mut coming = vec![Standing::Recovered, Standing::InTransition];
    while rig.policy.held() > 0 {
        match rig.posting().as_slice() {
            [] => rig.wait(Duration::from_secs(2)),
            posting => posting.iter().for_each(|id| rig.answer(*id, true)),
        }
        if coming.last() == Some(&rig.standing()) {
            coming.pop();
            for _ in 0..many {
                rig.event("a");
            }
        }
    }
    assert_eq!((rig.standing(), coming.len()), (Standing::Up, 0));
    work::taken()
}

/// The same where each of so many is refused once.
fn by_number(many: u64) -> usize {
    let mut rig = rig(None);
    let mut refused = BTreeSet::new();
    for _ in 0..many {
        rig.event("a");
    }
    while rig.policy.held() > 0 {
        match rig.posting().as_slice() {
            [] => rig.wait(Duration::from_secs(30)),
            posting => {
                for id in posting {
                    rig.answer(*id, !refused.insert(*id));
                }
            }
        }
    }
    work::taken()
}

#[test]
fn a_recovery_looks_at_each_notification_so_many_times_however_many_there_are() {
    for (name, looked_at) in [("time", by_time as fn(u64) -> usize), ("number", by_number)] {
        let (few, many) = (looked_at(250), looked_at(2000));
        assert!(
            many <= few * 10,
            "by {name}: {few} for 250, {many} for eight times as many"
        );
    }
}
