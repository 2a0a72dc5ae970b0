//! That every consumer of a shared run is accounted for when workers die.

use super::*;
use crate::swarm::measure::Latency;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn beat(worker: &str, stage: WorkerStage, slices: &[u64]) -> RunRecord {
    RunRecord::Beat(WorkerBeat {
        worker: worker.to_owned(),
        incarnation: "1".into(),
        stage,
        slices: slices.to_vec(),
        in_conversation: 0,
        clock_ahead_ms: 3,
    })
}

fn measures(started: u64, finished: u64) -> Measures {
    let mut measures = Measures::new(1);
    measures.count(0, SwarmCount::Planned, started);
    measures.count(0, SwarmCount::Started, started);
    measures.count(0, SwarmCount::Finished, finished);
    for _ in 0..started {
        measures.record(0, Latency::Sent, 1_000 * started);
    }
    measures
}

fn second(worker: &str, number: u64, measures: Measures) -> RunRecord {
    RunRecord::Second(Box::new(WorkerSecond {
        worker: worker.to_owned(),
        incarnation: "1".into(),
        number,
        second: u32::try_from(number).unwrap(),
        in_conversation: 5,
        measures,
    }))
}

fn ended(worker: &str, seconds: u64, all: &Measures) -> RunRecord {
    let in_all = all.in_all();
    RunRecord::Ended(Box::new(WorkerEnd {
        worker: worker.to_owned(),
        incarnation: "1".into(),
        seconds,
        counts: in_all.counts.clone(),
        recorded: in_all
            .latencies
            .iter()
            .map(|(latency, histogram)| (*latency, histogram.count()))
            .collect(),
        ..WorkerEnd::default()
    }))
}

/// Two workers share four slices of ten arrivals each.
fn begun() -> WorkerLedger {
    let mut ledger = WorkerLedger::default();
    for (worker, slices) in [("w1", [0, 1]), ("w2", [2, 3])] {
        for slice in slices {
            let claimed = RunRecord::Claimed {
                slice,
                worker: worker.to_owned(),
                incarnation: "1".into(),
            };
            ledger.record(at(0), claimed);
        }
        ledger.record(at(0), beat(worker, WorkerStage::Ready, &slices));
    }
    ledger
}

fn arrivals(slices: &[u64]) -> u64 {
    10 * u64::try_from(slices.len()).unwrap()
}

#[test]
fn what_workers_tell_adds_up_and_what_comes_twice_counts_once() {
    let mut ledger = begun();
    assert_eq!(ledger.ready(), (2, 4));
    let mut all = Measures::new(1);
    for number in 0..100 {
        let measured = measures(number % 3, number % 2);
        all.merge(&measured);
        ledger.record(at(number), second("w2", number, measured.clone()));
        ledger.record(at(number), second("w1", number, measured.clone()));
        ledger.record(at(number), second("w1", number, measured));
    }
    assert_eq!(ledger.so_far().seconds.len(), 100);
    for worker in ["w1", "w2"] {
        ledger.record(at(100), ended(worker, 100, &all));
    }
    assert!(ledger.is_over());
    let end = ledger.end(4, arrivals);
    assert_eq!(end.missing, [] as [&str; 0]);
    let mut twice = all.clone();
    twice.merge(&all);
    assert_eq!(end.timeline.total, twice);
    assert_eq!(end.timeline.seconds.len(), 100);
    assert_eq!(end.timeline.seconds[7].in_conversation, 10);
}

#[test]
fn a_silent_worker_is_lost_and_every_consumer_of_it_accounted_for() {
    let mut ledger = begun();
    ledger.record(at(1), second("w1", 0, measures(7, 2)));
    ledger.record(at(1), second("w2", 0, measures(8, 8)));
    ledger.record(at(14), beat("w2", WorkerStage::Running, &[2, 3]));
    assert_eq!(ledger.find_lost(at(14)), []);
    let lines = ledger.lines(at(14));
    assert_eq!(lines[0].health, WorkerHealth::Suspect);
    assert_eq!(lines[1].health, WorkerHealth::Working);
    let lost = ledger.find_lost(at(15));
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].worker.as_str(), lost[0].seconds), ("w1", 1));
    assert_eq!(ledger.find_lost(at(15)), []);
    // It comes back: what it tells from now on does not count, and it cannot end.
    ledger.record(at(40), second("w1", 1, measures(3, 3)));
    ledger.record(at(40), ended("w1", 2, &measures(10, 5)));
    ledger.record(at(40), ended("w2", 1, &measures(8, 8)));
    assert!(ledger.is_over());
    let end = ledger.end(4, arrivals);
    assert_eq!(end.missing, [] as [&str; 0]);
    let facts = &end.workers[0];
    assert_eq!(
        (facts.started, facts.in_conversation, facts.never_started),
        (7, 5, 13)
    );
    assert_eq!(
        end.lost,
        [
            "worker w1 was lost at 15 s: 5 of its consumers were in conversation, 13 were never started"
        ]
    );
    assert_eq!(end.timeline.total.total(SwarmCount::LostWithWorker), 5);
    assert_eq!(end.timeline.total.total(SwarmCount::Started), 15);
}

#[test]
fn a_run_read_again_from_its_records_comes_to_the_same() {
    let mut ledger = begun();
    ledger.record(at(1), second("w1", 0, measures(7, 2)));
    let revoked = RunRecord::Revoked {
        worker: "w1".into(),
        incarnation: "1".into(),
        seconds: 1,
        at_ms: 15_000,
    };
    ledger.record(at(99), revoked);
    ledger.record(at(99), second("w1", 1, measures(3, 3)));
    ledger.record(at(99), ended("w2", 0, &Measures::new(1)));
    assert!(ledger.is_over());
    let end = ledger.end(4, arrivals);
    assert_eq!(end.timeline.total.total(SwarmCount::Started), 7);
    assert!(
        end.lost[0].starts_with("worker w1 was lost at 15 s"),
        "{:?}",
        end.lost
    );
}

#[test]
fn silence_while_nats_is_away_is_nobodys_fault() {
    let mut ledger = begun();
    ledger.was_deaf(at(30));
    assert_eq!(ledger.find_lost(at(31)), []);
    assert_eq!(ledger.find_lost(at(45)).len(), 2);
}

#[test]
fn missing_seconds_and_slices_nobody_took_are_told() {
    let mut ledger = begun();
    ledger.record(at(1), second("w1", 0, measures(7, 7)));
    let mut all = measures(7, 7);
    all.merge(&measures(2, 2));
    ledger.record(at(2), ended("w1", 2, &all));
    ledger.record(at(2), ended("w2", 0, &Measures::new(1)));
    let end = ledger.end(5, arrivals);
    assert_eq!(
        end.missing,
        [
            "worker w1 measured 2 seconds, and 1 of them are here; its totals do not agree with them",
            "10 arrivals of 1 slices that no worker took were never started"
        ]
    );
}
