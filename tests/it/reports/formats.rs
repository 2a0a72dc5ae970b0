//! Every report of the run made by hand, byte by byte, and what must hold for any text.

use std::collections::BTreeSet;

use handset::{
    domain::time::Timestamp,
    report::{
        events::{self, RunEvent},
        github,
        human::{self, HumanStyle, Verbosity},
        json,
        junit::{self, JunitDialect},
        merge,
        outcome::{FailureKind, FileReport, RunReport, SceneOutcome},
        tap,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    needs::{needs, programs},
    reports::{samples, schema::Schema, xml},
};

macro_rules! assert_report {
    ($name:literal, $text:expr) => {
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false },
            { insta::assert_snapshot!($name, $text) }
        )
    };
}

/// The run without the scene whose texts are too long for a golden file.
fn readable() -> RunReport {
    let mut report = samples::whole();
    for file in &mut report.files {
        file.scenes.retain(|scene| scene.title != "Huge");
    }
    samples::of(report.files)
}

fn for_people(report: &RunReport, style: HumanStyle) -> String {
    let scenes = report.files.iter().flat_map(|file| {
        file.scenes
            .iter()
            .map(|scene| human::scene(&report.run, &file.path, scene, style))
    });
    let scenes: String = scenes.collect();
    scenes + &human::totals(report, style)
}

#[test]
fn people_read_what_failed_and_what_was_seen_instead() {
    let plain = HumanStyle::default();
    assert_report!("report_human", for_people(&readable(), plain));
    let verbose = HumanStyle {
        verbosity: Verbosity::Verbose,
        ..plain
    };
    let colours = samples::of(samples::whole().files.drain(..1).collect());
    assert_report!("report_human_verbose", for_people(&colours, verbose));
    let coloured = HumanStyle {
        is_coloured: true,
        verbosity: Verbosity::Verbose,
        ..plain
    };
    // Nothing is said by colour alone.
    let text = for_people(&colours, coloured);
    let mut uncoloured = text.clone();
    for code in ["0", "1", "2", "31", "32", "33"] {
        uncoloured = uncoloured.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert!(text.contains("\u{1b}[31mFAIL \u{1b}[0m"), "{text}");
    assert_eq!(uncoloured, for_people(&colours, verbose));
    let in_words = HumanStyle {
        is_plain: true,
        ..plain
    };
    assert_report!("report_human_plain", for_people(&readable(), in_words));
    let whole = for_people(&samples::whole(), in_words);
    assert!(!whole.contains(['✓', '✗', '─', '\u{1b}']), "{whole}");
    let quiet = HumanStyle {
        verbosity: Verbosity::Quiet,
        ..plain
    };
    let quiet = for_people(&readable(), quiet);
    assert!(
        !quiet.contains("PASS ") && !quiet.contains("SKIP "),
        "{quiet}"
    );
}

#[test]
fn junit_is_what_its_readers_take() {
    assert_report!(
        "report_junit_common",
        junit::document(&readable(), JunitDialect::Common)
    );
    assert_report!(
        "report_junit_xunit",
        junit::document(&readable(), JunitDialect::Xunit)
    );
    let whole = junit::document(&samples::whole(), JunitDialect::Common);
    let root = xml::read(&whole).unwrap();
    let cases = root.named("testcase");
    assert_eq!(cases.len(), samples::whole().totals.all());
    let keys: BTreeSet<_> = cases
        .iter()
        .map(|case| (&case.attributes["classname"], &case.attributes["name"]))
        .collect();
    assert_eq!(keys.len(), cases.len());
    for element in root.all() {
        assert!(element.text.len() <= 64 * 1024, "{}", element.name);
        for value in element.attributes.values() {
            assert!(value.len() <= 4_000 && !value.contains('\n'), "{value}");
        }
    }
}

/// What `junit-10.xsd` of Jenkins' xUnit plugin allows: the attributes of each element, those that
/// must be there, and what may stand in it.
const STRICT: [(&str, &str, &str, &str); 8] = [
    (
        "testsuites",
        "name time tests failures errors",
        "",
        "testsuite",
    ),
    (
        "testsuite",
        "name tests failures errors group time skipped timestamp hostname id package file log url",
        "name tests failures errors",
        "testsuite properties testcase system-out system-err",
    ),
    ("properties", "", "", "property"),
    ("property", "name value", "name value", ""),
    (
        "testcase",
        "name time classname group",
        "name",
        "skipped error failure system-out system-err",
    ),
    ("failure", "type message", "", ""),
    ("error", "type message", "", ""),
    ("system-out", "", "", ""),
];

#[test]
fn the_xunit_dialect_has_nothing_that_the_strict_schema_refuses() {
    let refused = |dialect| {
        let root = xml::read(&junit::document(&samples::whole(), dialect)).unwrap();
        let mut refused = BTreeSet::new();
        for element in root.all() {
            let name = element.name.as_str();
            let rules = STRICT.iter().find(|rules| rules.0 == name);
            let rules = rules.copied().unwrap_or((name, "type message", "", ""));
            let has = |words: &str, word: &str| words.split(' ').any(|one| one == word);
            for attribute in element.attributes.keys().filter(|one| !has(rules.1, one)) {
                refused.insert(format!("{name} {attribute}"));
            }
            let required = rules.2.split(' ').filter(|one| !one.is_empty());
            assert!(
                required
                    .into_iter()
                    .all(|one| element.attributes.contains_key(one))
            );
            for child in element
                .children
                .iter()
                .filter(|one| !has(rules.3, &one.name))
            {
                refused.insert(format!("{name} > {}", child.name));
            }
        }
        refused.into_iter().collect::<Vec<_>>()
    };
    assert!(refused(JunitDialect::Xunit).is_empty());
    assert_eq!(
        refused(JunitDialect::Common),
        ["testcase > properties", "testcase file", "testcase line"]
    );
}

#[test]
fn tap_has_a_point_for_every_case() {
    assert_report!("report_tap", tap::document(&readable(), false));
    let colours = samples::of(samples::whole().files.drain(..1).collect());
    assert_report!("report_tap_verbose", tap::document(&colours, true));
    let mut nothing = samples::of(Vec::new());
    assert_eq!(
        tap::document(&nothing, false),
        "TAP version 14\n1..0 # SKIP nothing to run\n"
    );
    nothing.run.ended_early = Some("no token: 401\nfrom sentinel".to_owned());
    assert_eq!(
        tap::document(&nothing, false),
        "TAP version 14\nBail out! no token: 401 from sentinel\n"
    );
}

#[test]
fn perl_reads_the_tap() {
    needs!("prove");
    let folder = tempfile::tempdir().unwrap();
    for (name, is_verbose) in [("short.tap", false), ("long.tap", true)] {
        let file = folder.path().join(name);
        let text = tap::document(&samples::whole(), is_verbose);
        // Older readers know version 13, whose points, plans and blocks are the same.
        let text = text.replacen("TAP version 14", "TAP version 13", 1);
        std::fs::write(&file, text).unwrap();
        let prove = std::process::Command::new(programs::path("prove").unwrap())
            .args(["--norc", "--exec", "cat"])
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&prove.stdout);
        assert!(said.contains("Failed 10/15 subtests"), "{said}");
        assert!(said.contains("Failed tests:  1, 6-14"), "{said}");
        assert!(!said.contains("Parse errors"), "{said}");
    }
}

#[test]
fn json_is_read_back_and_is_what_its_schema_says() {
    let mut report = samples::whole();
    let text = json::document(&report).unwrap();
    let mut schema = Schema::read(json::SCHEMA_FILE);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema.faults(&document), [""; 0]);
    assert_eq!(document["ok"], false);
    assert!(
        !text.contains("/home/tester"),
        "a place on this machine is no reader's business"
    );
    // What is not there in every run.
    report.run.profile = Some("acme".to_owned());
    report.run.time = "fast".to_owned();
    report.run.command = Some("handset run".to_owned());
    report.run.ended_early = Some("interrupted".to_owned());
    report.run.seed = u64::MAX;
    let document: Value = serde_json::from_str(&json::document(&report).unwrap()).unwrap();
    assert_eq!(schema.faults(&document), [""; 0]);
    assert_eq!(schema.unseen(), [""; 0]);
    let mut wrong = document.clone();
    wrong["files"][0]["scenes"][0]["outcome"]["failure"]["kind"] = json!("slow");
    wrong["more"] = json!(1);
    let faults = schema.faults(&wrong).join("\n");
    assert!(
        faults.contains(".failure.kind: \"slow\" is none of"),
        "{faults}"
    );
    assert!(
        faults.contains("$.more: the schema does not name it"),
        "{faults}"
    );

    let read = json::read(&text).unwrap();
    assert_eq!(json::document(&read).unwrap(), text);
    assert_eq!(
        json::read(&json::document(&report).unwrap()).unwrap().run,
        report.run
    );
    let newer = text.replacen("\"ok\"", "\"later\":{},\"ok\"", 1);
    assert_eq!(json::read(&newer).unwrap(), read);
    for (bad, why) in [
        ("{}", "missing field `schema`"),
        (
            "{\"schema\":\"handset-run-2\"}",
            "of the form `handset-run-2`",
        ),
        ("{\"schema\":\"handset-run-1\"}", "missing field `handset`"),
        (
            "{\"schema\":\"\\ud83d\"}",
            "it is no report of `handset run --json`",
        ),
    ] {
        let fault = json::read(bad).unwrap_err().to_string();
        assert!(fault.contains(why), "{fault}");
    }
}

/// All that happens in the run, as it would be told.
fn lines(report: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    let mut tell = |event: RunEvent<'_>| {
        let line = events::line(Timestamp(1_796_029_200_000), &event).unwrap();
        lines.push(line.trim_end_matches('\n').to_owned());
    };
    let (run, cases) = (&report.run, report.totals.all());
    tell(RunEvent::RunBegin { run, cases });
    tell(RunEvent::Notice("the tunnel was away for 3 s\u{1b}[2J"));
    let mut case = 0;
    for file in &report.files {
        let path = file.path.as_str();
        tell(RunEvent::FileBegin(file));
        for scene in &file.scenes {
            case += 1;
            tell(RunEvent::SceneBegin { case, path, scene });
            scene
                .steps
                .iter()
                .for_each(|step| tell(RunEvent::StepEnd { case, step }));
            tell(RunEvent::SceneEnd { case, path, scene });
        }
    }
    tell(RunEvent::RunEnd(report));
    lines
}

#[test]
fn every_event_is_one_line_of_its_schema() {
    let mut schema = Schema::read(events::SCHEMA_FILE);
    for line in lines(&samples::whole()) {
        assert!(!line.contains(['\n', '\u{1b}']), "{line}");
        let event = serde_json::from_str(&line).unwrap();
        assert_eq!(schema.faults(&event), [""; 0], "{line}");
    }
    assert_eq!(schema.unseen(), [""; 0]);
    let colours = samples::of(samples::whole().files.drain(..1).collect());
    assert_report!("report_jsonl", lines(&colours).join("\n"));
}

#[test]
fn github_shows_ten_errors_and_says_how_many_more_there_are() {
    assert_report!("report_github", github::annotations(&readable()));
    let failure = samples::failure(FailureKind::Late, 4, "late", ["a", "b"]);
    let scenes = (0..40).map(|nth| samples::failed(&format!("Scene {nth}"), 3, failure.clone()));
    let file = FileReport {
        path: "a.talk".to_owned(),
        scenes: scenes.collect(),
        ..FileReport::default()
    };
    let many = samples::of(vec![file]);
    let annotations = github::annotations(&many);
    assert_eq!(annotations.lines().count(), 10);
    assert!(annotations.ends_with("::error title=handset::and 31 more, see the summary\n"));
    let short = github::summary(&many, 5_000);
    assert!(
        short.len() <= 5_000 && short.contains("that went wrong; see"),
        "{short}"
    );
    assert_eq!(github::summary(&many, 100), "");
    assert_report!(
        "report_github_summary",
        github::summary(&readable(), usize::MAX)
    );
}

#[test]
fn reports_of_several_machines_become_one() {
    let mut one = samples::whole();
    let mut other = samples::whole();
    other.run.seed = 9;
    other.run.host = "build-4".to_owned();
    other.run.started = "2026-11-30T08:59:00.000Z".to_owned();
    other.run.ended_early = Some("stopped".to_owned());
    other.files.truncate(2);
    one.files.drain(..1);
    let merged = merge::merged(vec![one.clone(), other.clone()]);
    let paths: Vec<&str> = merged.files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "talks/orders with, commas: 1.talk",
        "talks/kinds.talk",
        "../live.talk",
        "talks/colours.talk",
    ];
    assert_eq!(paths, expected);
    assert_eq!(merged.files[0].scenes.len(), 8, "no scene is left out");
    assert_eq!(
        merged.totals.all(),
        one.files
            .iter()
            .chain(&other.files)
            .map(|file| file.scenes.len())
            .sum::<usize>()
    );
    assert_eq!(merged.run.host, "build-3, build-4");
    assert_eq!(merged.run.duration_ms, 211_500);
    assert_eq!(merged.run.ended_early.as_deref(), Some("stopped"));
    let seeds: Vec<_> = merged
        .files
        .iter()
        .map(|file| file.scenes.last().unwrap().seed)
        .collect();
    assert_eq!(seeds, [Some(9), None, None, Some(9)]);
    assert_eq!(merge::merged(vec![one.clone()]).files, one.files);
    assert_eq!(merge::merged(Vec::new()), RunReport::default());
}

/// The run with this text wherever a text of others can stand.
pub(super) fn everywhere(text: &str) -> RunReport {
    let mut report = samples::whole();
    let text = || text.to_owned();
    report.run.host = text();
    report.run.profile = Some(text());
    report.run.ended_early = Some(text());
    for file in &mut report.files {
        file.path = text();
        for scene in &mut file.scenes {
            scene.title = text();
            scene.row = Some(text());
            scene.tags = vec![text()];
            scene.conversations = [(text(), text())].into();
            scene.artifacts = [(text(), text())].into();
            scene.wire.values_mut().for_each(|wire| *wire = text());
            for step in &mut scene.steps {
                (step.text, step.file) = (text(), Some(text()));
            }
            for seen in &mut scene.seen {
                (seen.text, seen.who, seen.whose) = (text(), Some(text()), text());
            }
            match &mut scene.outcome {
                SceneOutcome::Failed { failure } => {
                    (failure.message, failure.expected) = (text(), text());
                    failure.was = vec![format!("{} ", text()), text()];
                }
                SceneOutcome::Error { why, .. } | SceneOutcome::Skipped { why } => *why = text(),
                SceneOutcome::Passed => {}
            }
        }
    }
    report
}

/// Texts of all kinds of characters, those that mean something to a reader among them.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    let marked = "([<>&\"'\\]\\[!#%:\\\\;,|`{}-]|\\PC|[\u{0}-\u{1f}\u{7f}-\u{9f}\u{fffe}\u{ffff}\u{2028}]|ok |not ok |Bail out!|::|---|\\.\\.\\.){0,40}";
    prop_oneof![marked, any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_gives_well_formed_xml(text in any_text()) {
        let report = everywhere(&text);
        for dialect in [JunitDialect::Common, JunitDialect::Xunit] {
            let document = junit::document(&report, dialect);
            let root = xml::read(&document);
            prop_assert!(root.is_ok(), "{:?}\n{document}", root);
            prop_assert_eq!(root.unwrap().named("testcase").len(), report.totals.all());
        }
    }

    #[test]
    fn no_text_breaks_out_of_its_line(text in any_text()) {
        let report = everywhere(&text);
        let tap = tap::document(&report, false);
        let mut points = 0;
        for line in tap.lines().skip(2) {
            points += usize::from(line.starts_with("ok ") || line.starts_with("not ok "));
            prop_assert!(
                ["ok ", "not ok ", "  ", "Bail out! "].iter().any(|start| line.starts_with(start)),
                "{:?}", line
            );
        }
        prop_assert_eq!(points, report.totals.all());
        prop_assert_eq!(tap.matches("\nBail out! ").count(), 1);
        for line in lines(&report) {
            let event: Value = serde_json::from_str(&line).unwrap();
            prop_assert!(event["event"].is_string());
        }
        for line in github::annotations(&report).lines() {
            prop_assert!(line.starts_with("::error "), "{:?}", line);
        }
        let style = HumanStyle::default();
        for line in for_people(&report, style).lines() {
            let starts = ["PASS ", "FAIL ", "ERROR ", "SKIP ", "  ", "went wrong:", "ended early: ", "15 scenes in "];
            prop_assert!(starts.iter().any(|start| line.starts_with(start)), "{:?}", line);
            prop_assert!(!line.contains(|c: char| c.is_control()), "{:?}", line);
        }
    }
}
