//! Runs made up, and what is loosened for them.

use super::*;
use crate::{
    report::outcome::{Failure, FailureKind, Matched},
    scenario::{changes::changed, parse::parse},
};

/// What became of a step: its line, the text it took, and when.
type Taken = (usize, &'static str, u64);

/// A run of a scenario that is one scene, in which these steps passed.
fn run(taken: &[Taken], left: &[(&str, &str, u64)]) -> Vec<SceneReport> {
    let mut report = SceneReport::default();
    let seen = |who: &str, text: &str, at_ms, line| Seen {
        at_ms,
        kind: SeenKind::Heard,
        whose: "me".to_owned(),
        who: Some(who.to_owned()),
        text: text.to_owned(),
        entry: None,
        line,
        content: None,
    };
    for (line, text, at_ms) in taken {
        let matched = (!text.is_empty()).then(|| {
            report.seen.push(seen("Riley", text, *at_ms, Some(*line)));
            Matched {
                seen: Some(report.seen.len() - 1),
                entry: None,
            }
        });
        report.steps.push(StepReport {
            line: *line,
            at_ms: *at_ms,
            matched,
            ..StepReport::default()
        });
    }
    let left = left
        .iter()
        .map(|(who, text, at_ms)| seen(who, text, *at_ms, None));
    report.seen.extend(left);
    vec![report]
}

/// The same, ended by the failure of a step.
fn failing(mut run: Vec<SceneReport>, line: usize) -> Vec<SceneReport> {
    run[0].steps.push(StepReport {
        line,
        outcome: StepOutcome::Failed,
        at_ms: 99_000,
        ..StepReport::default()
    });
    let failure = Failure {
        kind: FailureKind::Late,
        message: "late".to_owned(),
        file: None,
        line,
        deadline_line: None,
        expected: String::new(),
        was: Vec::new(),
        late_by_ms: None,
        hops: Vec::new(),
    };
    run[0].outcome = SceneOutcome::Failed { failure };
    run
}

/// The scenario loosened, and the remarks.
fn loose(text: &str, runs: &[Vec<SceneReport>]) -> (String, Vec<String>) {
    let parsed = parse("a.talk", text, &|name| Err(name.to_owned()));
    assert_eq!(parsed.faults, []);
    let mut runs = runs.to_vec();
    for report in runs.iter_mut().flatten() {
        report.line = parsed.script.scenes[0].place.line;
    }
    let found = differences(&parsed.script, Duration::from_secs(10), &runs);
    (changed(text, &found.changes).unwrap(), found.remarks)
}

const ORDER: &str = "extras fail\n\nme: Order?\nagent: It comes on Monday\nagent: Bye\n";

#[test]
fn words_that_differ_are_loosened_and_no_others() {
    let monday = [
        (3, "", 10),
        (4, "It comes on Monday.", 900),
        (5, "Bye", 1500),
    ];
    let tuesday = failing(
        run(
            &[(3, "", 10)],
            &[
                ("Riley", "It comes on Tuesday.", 900),
                ("Riley", "Bye", 1500),
            ],
        ),
        4,
    );
    let (text, remarks) = loose(ORDER, &[run(&monday, &[]), tuesday.clone()]);
    assert_eq!(
        text,
        "extras fail\n\nme: Order?\nagent: It comes on\nagent: Bye\n"
    );
    assert_eq!(remarks, Vec::<String>::new());
    // The same in every run is no difference.
    let (text, remarks) = loose(ORDER, &[tuesday.clone(), tuesday]);
    assert_eq!(text, ORDER);
    assert_eq!(
        remarks,
        ["line 4 failed in every run in the same way: late"]
    );
}

#[test]
fn what_comes_in_some_runs_may_come() {
    let whole = [
        (3, "", 10),
        (4, "It comes on Monday", 900),
        (5, "Bye", 1500),
    ];
    let without = failing(run(&[(3, "", 10)], &[("Riley", "Bye", 1500)]), 4);
    let (text, _) = loose(ORDER, &[run(&whole, &[]), without]);
    assert!(
        text.contains("\nmaybe agent: It comes on Monday\nagent: Bye\n"),
        "{text}"
    );
    let more = run(
        &whole,
        &[("Riley", "One moment", 400), ("CONTROLLER", "Closed", 1600)],
    );
    let (text, _) = loose(ORDER, &[run(&whole, &[]), more.clone()]);
    assert!(
        text.ends_with("\nmaybe agent: One moment\nagent: It comes on Monday\nagent: Bye\nmaybe system: Closed\n"),
        "{text}"
    );
    let (text, remarks) = loose(ORDER, &[more.clone(), more.clone()]);
    assert_eq!(text, ORDER);
    assert_eq!(remarks.len(), 2, "{remarks:?}");
    // Where other messages are allowed they are none of ours.
    let allowed = ORDER.replace("extras fail\n\n", "\n\n");
    let (text, remarks) = loose(&allowed, &[run(&whole, &[]), more]);
    assert_eq!((text.as_str(), remarks.len()), (allowed.trim_start(), 0));
}

#[test]
fn what_comes_in_another_order_stands_in_any_order() {
    let whole = [
        (3, "", 10),
        (4, "It comes on Monday", 900),
        (5, "Bye", 1500),
    ];
    let other = failing(
        run(
            &[(3, "", 10), (4, "It comes on Monday", 1500)],
            &[("Riley", "Bye", 900)],
        ),
        5,
    );
    let (text, _) = loose(ORDER, &[run(&whole, &[]), other.clone()]);
    assert!(
        text.ends_with("me: Order?\nany order\n  agent: It comes on Monday\n  agent: Bye\nend\n"),
        "{text}"
    );
    let (text, remarks) = loose(ORDER, &[other.clone(), other]);
    assert_eq!((text.as_str(), remarks.len()), (ORDER, 1));
}

#[test]
fn deadlines_that_some_runs_miss_become_longer() {
    let text = ORDER.replace("agent: It", "agent within 2s: It");
    let quick = [
        (3, "", 10),
        (4, "It comes on Monday", 900),
        (5, "Bye", 1500),
    ];
    let slow = [
        (3, "", 10),
        (4, "It comes on Monday", 3500),
        (5, "Bye", 4000),
    ];
    let (loosened, _) = loose(&text, &[run(&quick, &[]), run(&slow, &[])]);
    assert_eq!(loosened, text.replace("within 2s", "within 10s"));
    let (loosened, remarks) = loose(&text, &[run(&slow, &[]), run(&slow, &[])]);
    assert_eq!((loosened.as_str(), remarks.len()), (text.as_str(), 1));
}

#[test]
fn a_deed_that_fails_is_told_and_stays() {
    let text = "me: Hi\nme taps \"Yes\"\n";
    let fails = failing(run(&[(1, "", 10)], &[]), 2);
    let (loosened, remarks) = loose(text, &[run(&[(1, "", 10), (2, "", 20)], &[]), fails]);
    assert_eq!(loosened, text);
    assert_eq!(
        remarks,
        ["line 2 failed in 1 of 2 runs, and is not loosened: late"]
    );
}

#[test]
fn runs_to_be_compared_are_patient() {
    let text = "extras fail\nwithin 4s\n\nme: Hi\nany order\n  agent within 3s: Yes\n  agent: No\nend\nno typing for 1s\n";
    let parsed = parse("a.talk", text, &|name| Err(name.to_owned()));
    let script = observable(&parsed.script);
    assert_eq!(script.head.extras_fail, Some(false));
    assert_eq!(
        script.head.within.map(|(within, _)| within.as_secs()),
        Some(8)
    );
    let StepKind::AnyOrder(steps) = &script.scenes[0].steps[1].kind else {
        panic!("{script:?}");
    };
    assert!(
        matches!(&steps[0].kind, StepKind::Line { timing, .. } if timing.within == Some(Duration::from_secs(6)))
    );
    assert_eq!(script.scenes[0].steps[2], parsed.script.scenes[0].steps[2]);
}
