//! A run made by hand that holds every outcome, every kind of failure, and every text that has ever
//! broken a report.

use handset::report::outcome::{
    Failure, FailureKind, FileReport, RunFacts, RunReport, SceneOutcome, SceneReport, Seen,
    SeenKind, StepOutcome, StepReport, Totals,
};

/// Colours, controls, half a surrogate pair as it is escaped, right to left, emoji, markup of every
/// report.
pub(crate) const ODD: &str = "\u{1b}[31mred\u{1b}[0m \0\u{7}\u{b}\u{fffe}\u{85}\\ud83d שלום עולם \u{202e}txt 👨‍👩‍👧 \
     <b>&amp;]]></b> # TODO \\ %0A::error::x ##[error]y \"'`|";

pub(crate) fn step(line: usize, kind: &str, text: &str, at_ms: u64) -> StepReport {
    StepReport {
        line,
        kind: kind.to_owned(),
        text: text.to_owned(),
        at_ms,
        ..StepReport::default()
    }
}

pub(crate) fn seen(at_ms: u64, kind: SeenKind, who: Option<&str>, text: &str) -> Seen {
    Seen {
        at_ms,
        kind,
        whose: "ada".to_owned(),
        who: who.map(str::to_owned),
        text: text.to_owned(),
        entry: None,
        line: None,
        content: None,
    }
}

pub(crate) fn failure(kind: FailureKind, line: usize, message: &str, texts: [&str; 2]) -> Failure {
    let [expected, was] = texts;
    Failure {
        kind,
        message: message.to_owned(),
        file: None,
        line,
        deadline_line: None,
        expected: expected.to_owned(),
        was: vec![was.to_owned()],
        late_by_ms: None,
        hops: Vec::new(),
    }
}

pub(crate) fn failed(title: &str, line: usize, failure: Failure) -> SceneReport {
    let mut failing = step(
        failure.line,
        "expect",
        "expect last read within 15s",
        15_018,
    );
    failing.outcome = StepOutcome::Failed;
    failing.file.clone_from(&failure.file);
    SceneReport {
        title: title.to_owned(),
        line,
        outcome: SceneOutcome::Failed { failure },
        started: "2026-11-30T09:00:01.250Z".to_owned(),
        duration_ms: 15_020,
        steps: vec![step(line + 1, "line", "ada: Hello", 18), failing],
        ..SceneReport::default()
    }
}

/// Cards, two played persons, a fault, hops: the story of a hand-over.
fn hand_over() -> SceneReport {
    serde_json::from_str(include_str!("../../fixtures/reports/hand_over.json")).unwrap()
}

fn passed(title: &str, row: Option<&str>) -> SceneReport {
    SceneReport {
        title: title.to_owned(),
        row: row.map(str::to_owned),
        line: 3,
        started: "2026-11-30T09:00:00.000Z".to_owned(),
        duration_ms: 803,
        steps: vec![step(4, "line", "me: Hello", 12)],
        seen: vec![seen(12, SeenKind::Said, Some("Ada"), "Hello")],
        ..SceneReport::default()
    }
}

fn kinds() -> Vec<SceneReport> {
    let mut mismatch = failed(
        "Order 40417 for gus",
        3,
        failure(
            FailureKind::Mismatch,
            9,
            "mismatch: another message came (line 9)",
            [
                "Your parcel arrives tomorrow.",
                "Your  parcel arrives to\u{43c}orrow.",
            ],
        ),
    );
    mismatch.row = Some("40417".to_owned());
    mismatch.seed = Some(8);
    let mut used = failure(
        FailureKind::Impossible,
        2,
        "impossible: the conversation is closed (greeting.talk:2)",
        ["agent: Hello", "closed by the agent"],
    );
    used.file = Some("talks/parts/greeting.talk".to_owned());
    let mut nothing = failure(FailureKind::Assert, 12, "assert: csat is 3", ["csat 4", ""]);
    nothing.was.clear();
    let mut huge = failure(
        FailureKind::Mismatch,
        5,
        &"m".repeat(100_000),
        [&"long ".repeat(40_000), &"song ".repeat(40_000)],
    );
    huge.was
        .extend((0..30).map(|number| format!("other {number}")));
    let mut never = failed(
        "A password is shown",
        20,
        failure(
            FailureKind::Forbidden,
            7,
            "forbidden: never /passw(or)?d/i (line 7)",
            ["no message like /passw(or)?d/i", "Your password is •••"],
        ),
    );
    never.steps.pop();
    vec![
        mismatch,
        failed("A used file", 5, used),
        never,
        failed(
            "Left over",
            30,
            failure(
                FailureKind::LeftOver,
                30,
                "left-over: a message nobody waited for, with extras fail",
                ["no more messages", "One more thing"],
            ),
        ),
        failed("Rated", 10, nothing),
        failed("Huge", 4, huge),
        failed(
            ODD,
            4,
            failure(FailureKind::Mismatch, 5, ODD, [ODD, &format!("{ODD}!")]),
        ),
    ]
}

/// Everything.
pub(crate) fn whole() -> RunReport {
    let plain = |why: &str, is_internal| SceneReport {
        title: "Real account".to_owned(),
        line: 3,
        outcome: SceneOutcome::Error {
            why: why.to_owned(),
            is_internal,
        },
        ..SceneReport::default()
    };
    let skipped = SceneReport {
        title: "Real account".to_owned(),
        line: 8,
        outcome: SceneOutcome::Skipped {
            why: "needs live # and more".to_owned(),
        },
        ..SceneReport::default()
    };
    let file = |path: &str, scenes| FileReport {
        path: path.to_owned(),
        scenes,
        ..FileReport::default()
    };
    let mut colours = file("talks/colours.talk", vec![hand_over()]);
    "Blue one, handed to Sales, rated by Ada".clone_into(&mut colours.title);
    colours.from_root = [
        ("talks/colours.talk", "shop/talks/colours.talk"),
        ("kept/colours.har", "shop/kept/colours.har"),
        ("kept/colours ada.html", "shop/kept/colours ada.html"),
    ]
    .map(|(name, path)| (name.to_owned(), path.to_owned()))
    .into();
    let rows = vec![
        passed("Order", Some("1")),
        passed("Order", Some("2")),
        passed("Order", Some("1")),
        passed("", None),
    ];
    of(vec![
        colours,
        file("talks/orders with, commas: 1.talk", rows),
        file("talks/kinds.talk", kinds()),
        file(
            "../live.talk",
            vec![
                plain("no token: 401 from sentinel", false),
                plain("the phone ended early: index 7 is missing", true),
                skipped,
            ],
        ),
    ])
}

/// A run of these files.
pub(crate) fn of(files: Vec<FileReport>) -> RunReport {
    RunReport {
        handset: "0.1.0".to_owned(),
        run: RunFacts {
            id: "run-1".to_owned(),
            started: "2026-11-30T09:00:00.000Z".to_owned(),
            ended: "2026-11-30T09:02:31.500Z".to_owned(),
            duration_ms: 151_500,
            seed: 7,
            host: "build-3".to_owned(),
            cloud: "sandbox".to_owned(),
            ..RunFacts::default()
        },
        totals: Totals::of(&files),
        files,
    }
}
