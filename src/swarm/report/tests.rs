//! What the reports of a swarm say, and that nothing in them is taken for markup.

use crate::{
    report::outcome::RunFacts,
    swarm::{
        measure::{Latency, Measures, SwarmCount, failures::FailedStep, threshold::Threshold},
        report::{
            against, html, human, json, junit,
            outcome::{MachineFacts, PlanFacts, ScenarioFacts, SwarmReport, WorkerFacts},
            verdict::SwarmVerdict,
        },
    },
};

/// A run of three seconds in which one consumer of twenty failed.
fn sample(slower_micros: u64) -> SwarmReport {
    let mut report = SwarmReport {
        handset: "0.1.0".into(),
        run: RunFacts {
            id: "0f3a".into(),
            started: "2026-11-30T09:00:00.000Z".into(),
            ended: "2026-11-30T09:00:03.000Z".into(),
            duration_ms: 3_000,
            seed: 7,
            host: "probe".into(),
            cloud: "sandbox".into(),
            command: Some("handset swarm peak.toml --seed 7".into()),
            ..RunFacts::default()
        },
        plan: PlanFacts {
            name: "Monday <morning>".into(),
            scenarios: vec![ScenarioFacts {
                path: "late-parcel.talk".into(),
                weight: 7,
            }],
            stages: vec!["to 20/s over 3s".into()],
            arrivals: "poisson".into(),
            arrivals_planned: 20,
            duration_ms: 3_000,
            people: vec!["typing 45wpm ± 40%".into()],
            digest: "d1".into(),
        },
        machine: MachineFacts {
            cores: 2,
            system: "linux x86_64".into(),
            cpu_ms: 1_200,
            resident_kib: 40_960,
            sandbox_inside: true,
        },
        ..SwarmReport::default()
    };
    for second in 0..3 {
        let mut measured = Measures::new(1);
        for micros in 1..=700 {
            measured.record(0, Latency::Sent, 10_000 + micros * 10 + slower_micros);
        }
        measured.count(0, SwarmCount::Planned, 7);
        measured.count(0, SwarmCount::Started, 7);
        measured.count(0, SwarmCount::Messages, 700);
        measured.count(0, SwarmCount::Hooks, 1_400);
        measured.calls.add("send", "200");
        measured.hooks.add("MessagingEventNotification", "verified");
        if second == 2 {
            measured.count(0, SwarmCount::Failed, 1);
            let failed = FailedStep {
                step: "agent: order number".into(),
                count: 1,
                why: "late: nothing within 10 s".into(),
                conversation: "e7b5".into(),
                said: vec!["consumer: Where is <my> parcel?\u{1b}[2J".into()],
            };
            measured.failures.add("late-parcel.talk:3", failed);
        }
        report
            .measured
            .add(second, 7 * u64::from(second), &measured);
    }
    let mut thresholds = Threshold::built_in();
    thresholds.push(Threshold::parse("sent.p99", "< 800ms").unwrap());
    let all = report.measured.total.in_all();
    report.thresholds = thresholds.iter().map(|one| one.judge(&all)).collect();
    report
}

#[test]
fn a_report_is_told_to_people() {
    let mut report = sample(0);
    assert_eq!(report.verdict(), SwarmVerdict::Passed);
    insta::with_settings!({ snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("report_swarm", human::text(&report));
    });
    report.bottlenecks.push("lag p99 was 80ms".into());
    assert_eq!(report.verdict(), SwarmVerdict::Inconclusive);
    report.missing.push("worker w3 was lost".into());
    assert_eq!(report.verdict(), SwarmVerdict::Incomplete);
    let reply = Threshold::parse("reply.p90", "< 45s").unwrap();
    let judged = reply.judge(&report.measured.total.in_all());
    report.thresholds.push(judged);
    assert_eq!(report.verdict(), SwarmVerdict::Failed);
    assert_eq!(
        report.verdict_sentence(),
        "failed: Monday <morning>: 1 of 5 thresholds did not hold (reply.p90 nothing was measured, wanted < 45s); \
         incomplete: worker w3 was lost; handset itself was the bottleneck, so the numbers are not the cloud's: \
         lag p99 was 80ms (21 consumers in 3.0 s)"
    );
}

#[test]
fn json_is_read_back_whole() {
    let report = sample(0);
    let text = json::document(&report).unwrap();
    assert_eq!(json::read(&text).unwrap(), report);
    let other = text.replace("handset-swarm-1", "handset-run-1");
    let error = json::read(&other).unwrap_err().to_string();
    assert!(error.contains("`handset-run-1`"), "{error}");
}

#[test]
fn the_page_and_junit_escape_what_others_wrote() {
    let mut report = sample(0);
    report.workers.push(WorkerFacts {
        name: "w<1>".into(),
        fate: "ended".into(),
        ..WorkerFacts::default()
    });
    report.left_open.push("c<1>".into());
    let page = html::page(&report);
    assert!(
        page.contains("Monday &lt;morning&gt;") && page.contains("Where is &lt;my&gt; parcel?")
    );
    assert!(!page.contains("<my>") && !page.contains("w<1>") && !page.contains('\u{1b}'));
    assert!(!page.contains("http"), "the page fetches something");
    let reply = Threshold::parse("reply.p90", "< 45s").unwrap();
    report
        .thresholds
        .push(reply.judge(&report.measured.total.in_all()));
    report.bottlenecks.push("lag <p99>".into());
    let junit = junit::document(&report);
    assert!(
        junit.contains("tests=\"6\" failures=\"1\" errors=\"1\""),
        "{junit}"
    );
    assert!(junit.contains("message=\"reply.p90 nothing was measured, wanted &lt; 45s\""));
    assert!(!junit.contains("lag <p99>"));
}

#[test]
fn two_runs_are_compared_and_chance_is_told_from_change() {
    let base = sample(0);
    let same = against::text(&sample(1), &base, 7);
    assert!(
        same.contains("no difference shown") && !same.contains("slower"),
        "{same}"
    );
    let slower = against::text(&sample(4_000), &base, 7);
    assert_eq!(slower.matches("slower").count(), 3, "{slower}");
    let mut other = sample(4_000);
    other.plan.digest = "d2".into();
    let none = against::text(&other, &base, 7);
    assert!(
        none.starts_with("no verdict: the runs are not of one kind (plans d2 and d1)"),
        "{none}"
    );
    assert!(!none.contains("slower"), "{none}");
}
