//! That measures add up without loss, and what thresholds make of them.

use proptest::prelude::*;

use super::*;
use crate::swarm::measure::{
    failures::FailedStep,
    metric::Metric,
    threshold::{Threshold, ThresholdError, ThresholdOutcome},
};

/// Every value is told within three digits, and what two workers measured is what one would have.
#[test]
fn measures_add_up_over_workers_and_survive_json() {
    proptest!(|(values in prop::collection::vec((0usize..4, 0usize..2, 1u64..4_000_000_000), 1..200))| {
        let mut one = Measures::new(2);
        let mut workers = [Measures::new(2), Measures::new(2), Measures::new(1), Measures::new(2)];
        for (worker, scenario, micros) in values {
            one.record(scenario, Latency::Sent, micros);
            one.count(scenario, SwarmCount::Messages, 1);
            one.calls.add("send", "200");
            // A worker that has no consumer of the second scenario gives its measures to another.
            let worker = if scenario == 1 && worker == 2 { 3 } else { worker };
            workers[worker].record(scenario, Latency::Sent, micros);
            workers[worker].count(scenario, SwarmCount::Messages, 1);
            workers[worker].calls.add("send", "200");
        }
        let mut merged = Measures::default();
        for worker in &workers {
            let text = serde_json::to_string(worker).unwrap();
            merged.merge(&serde_json::from_str(&text).unwrap());
        }
        prop_assert_eq!(&merged, &one);
    });
}

#[test]
fn a_latency_is_told_within_three_digits() {
    let mut measured = ScenarioMeasures::default();
    for micros in 1..=100_000 {
        measured.record(Latency::Echo, micros);
    }
    let p99 = Metric::parse("echo.p99").unwrap().value(&measured).unwrap();
    assert!((p99 - 99_000.0).abs() <= 99.0, "{p99}");
    let mean = Metric::parse("echo.mean")
        .unwrap()
        .value(&measured)
        .unwrap();
    assert!((mean - 50_000.5).abs() <= 51.0, "{mean}");
    measured.record(Latency::Echo, u64::MAX);
    let longest = Metric::parse("echo.max").unwrap().value(&measured).unwrap();
    assert!((longest - 3.6e9).abs() <= 3.6e6, "{longest}");
}

#[test]
fn a_histogram_of_other_bounds_is_refused() {
    use base64::Engine as _;
    use hdrhistogram::serialization::{Serializer as _, V2Serializer};
    let other = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 1_000, 2).unwrap();
    let mut bytes = Vec::new();
    V2Serializer::new().serialize(&other, &mut bytes).unwrap();
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let read: Result<LatencyHistogram, _> = serde_json::from_value(text.into());
    let error = read.unwrap_err().to_string();
    assert!(error.contains("1 µs to 1 h"), "{error}");
}

#[test]
fn thresholds_are_read_and_judged() {
    let mut measured = ScenarioMeasures::default();
    for _ in 0..98 {
        measured.record(Latency::Sent, 10_000);
    }
    measured.record(Latency::Sent, 900_000);
    measured.record(Latency::Sent, 900_000);
    measured.counts.add(SwarmCount::Messages, 100);
    measured.counts.add(SwarmCount::Lost, 1);
    measured.counts.add(SwarmCount::Started, 50);
    measured.counts.add(SwarmCount::Failed, 1);
    let judge = |name: &str, condition: &str| {
        let threshold = Threshold::parse(name, condition).unwrap();
        threshold.judge(&measured).outcome
    };
    let held = ThresholdOutcome::Held;
    let broken = ThresholdOutcome::Broken;
    assert_eq!(judge("sent.p90", "< 800ms"), held);
    assert_eq!(judge("sent.p99", "< 800ms"), broken);
    assert_eq!(judge("sent.max", "<=0.901s"), held);
    assert_eq!(judge("sent.p50", ">= 9.9ms"), held);
    assert_eq!(judge("lost", "== 0"), broken);
    assert_eq!(judge("lost.rate", "<= 1%"), held);
    assert_eq!(judge("failed.rate", "< 0.02"), broken);
    assert_eq!(judge("doubled", "== 0"), held);
    assert_eq!(
        judge("reply.p99", "< 1h"),
        ThresholdOutcome::NothingMeasured
    );
    assert_eq!(
        judge("arrivals.dropped", "== 0"),
        ThresholdOutcome::NothingMeasured
    );
    let mut may_be_empty = Threshold::parse("reply.p99", "< 1h").unwrap();
    may_be_empty.may_be_empty = true;
    assert!(may_be_empty.judge(&measured).held());
}

#[test]
fn a_wrong_threshold_is_told_with_what_was_meant() {
    let error = |name: &str, condition: &str| Threshold::parse(name, condition).unwrap_err();
    let name = error("snet.p99", "< 1s");
    assert!(matches!(name, ThresholdError::Name(_)), "{name}");
    assert_eq!(
        error("losst", "== 0").to_string(),
        "nothing is measured as `losst`; did you mean `lost`?"
    );
    assert_eq!(
        error("snet.p99", "< 1s").to_string(),
        "nothing is measured as `snet.p99`; did you mean `sent`?"
    );
    assert_eq!(
        error("sent.p101", "< 1s").to_string(),
        "`sent.p101` is no number of the latency `sent`: write `sent.p99`, `sent.mean`, `sent.min` or `sent.max`"
    );
    for (name, condition) in [
        ("sent.p99", "800ms"),
        ("sent.p99", "< 800"),
        ("sent.p99", "< -1s"),
        ("lost", "== 1.5"),
        ("failed.rate", "< 101%"),
        ("failed.rate", "=< 1%"),
        ("lost", ""),
    ] {
        let error = error(name, condition);
        assert!(matches!(error, ThresholdError::Condition(_)), "{error}");
    }
}

#[test]
fn failures_keep_one_example_for_each_step_and_no_more_steps_than_200() {
    let failed = |why: &str| FailedStep {
        count: 1,
        why: why.to_owned(),
        ..FailedStep::default()
    };
    let mut failures = Failures::default();
    failures.add("a.talk:3", failed("late"));
    failures.add("a.talk:3", failed("other"));
    for line in 0..300 {
        failures.add(&format!("b.talk:{line}"), failed("late"));
    }
    let by_count = failures.by_count();
    assert_eq!(by_count.len(), 201);
    assert_eq!((by_count[0].0, by_count[0].1.count), ("elsewhere", 101));
    assert_eq!(by_count[1].1.count, 2);
    assert_eq!(by_count[1].1.why, "late");
}
