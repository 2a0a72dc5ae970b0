//! How a run ends: exit codes, signals, the same again with the same seed.

use std::fs;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{
    scenario::{command, run, run_files},
    support::{signal, soon},
};

#[tokio::test]
async fn a_file_that_does_not_parse_ends_with_2_before_anything_is_opened() {
    let ended = run_files(
        &[("a.talk", "me: Hello\n"), ("b.talk", "me sings\n")],
        &["a.talk", "b.talk"],
    )
    .await;
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.report, Value::Null);
    assert!(ended.stderr.contains("b.talk:1"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_file_that_is_not_there_ends_with_2() {
    let ended = run_files(&[], &["nowhere.talk"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("nowhere.talk"), "{}", ended.stderr);
}

#[tokio::test]
async fn nothing_to_run_ends_with_5() {
    let ended = run("me: Hello\n", &["--name", "zebra"]).await;
    assert_eq!(ended.code, Some(5));
    let ended = run("needs live\n\nme: Hello\n", &["--need-some"]).await;
    assert_eq!(ended.code, Some(5));
    assert_eq!(
        ended.scene()["outcome"],
        json!({ "result": "skipped", "why": "needs live" })
    );
}

#[tokio::test]
async fn what_could_not_be_run_ends_with_3() {
    let ended = run("play zoe as agent\n\nme: Hello\nzoe takes\n", &[]).await;
    assert_eq!(ended.code, Some(3), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.scene()["outcome"]["result"], "error");
    let why = ended.scene()["outcome"]["why"].as_str().unwrap();
    assert!(why.contains("zoe"), "{why}");
}

#[tokio::test]
async fn scenes_are_chosen_by_tag_name_row_and_line() {
    let text = "rows\n| city | word |\n| Rome | one |\n| Oslo | two |\nend\n\n\
                scene Of {city} @slow\n  me: Hello from {city}\n  expect last sent\n\n\
                scene Plain @smoke\n  me: Hello {word}\n  expect last sent\n";
    let titles = |ended: &super::Ended| -> Vec<String> {
        let scenes = ended.report["files"][0]["scenes"].as_array().unwrap();
        let title = |one: &Value| {
            let row = one["row"].as_str().unwrap_or_default();
            format!("{} {row}", one["title"].as_str().unwrap())
        };
        scenes.iter().map(title).collect()
    };
    let all = ["Of Rome Rome", "Of Oslo Oslo", "Plain Rome", "Plain Oslo"];
    for (arguments, chosen) in [
        (&["--tag", "smoke"][..], &all[2..]),
        (&["--tag", "!smoke"], &all[..2]),
        (&["--name", "of o"], &all[1..2]),
        (&["--row", "Oslo", "--tag", "smoke"], &all[3..]),
    ] {
        let ended = run(text, &[arguments, &["--jobs", "4"]].concat()).await;
        ended.passed();
        assert_eq!(titles(&ended), chosen, "{arguments:?}");
    }
    let ended = run_files(&[("a.talk", text)], &["a.talk:12", "--row", "Rome"]).await;
    assert_eq!(titles(&ended), all[2..3]);
}

#[tokio::test]
async fn no_more_scenes_begin_after_so_many_failed() {
    let text = "scene One\n  me: Hello\n  expect 9 messages from system within 1ms\n\n\
                scene Two\n  me: Hello\n";
    let ended = run(text, &["--stop-after", "1"]).await;
    assert_eq!(ended.code, Some(1));
    let second = &ended.report["files"][0]["scenes"][1]["outcome"];
    assert_eq!(second["result"], "skipped");
}

#[tokio::test]
async fn what_failed_is_run_again_by_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let text = "scene One\n  me: Hello\n\nscene Two\n  me: Hello\n  agent within 1ms: zebra\n";
    let files = [("a.talk", text)];
    let first = ["a.talk", "--json", "first.json"];
    let mut first = command(folder.path(), &files, &first);
    let first = soon("a run", first.output()).await.unwrap();
    assert_eq!(first.status.code(), Some(1));
    let again = [
        "a.talk",
        "--failed-of",
        "first.json",
        "--list",
        "--json",
        "-",
    ];
    let output = soon("a list", command(folder.path(), &files, &again).output()).await;
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["title"], "Two");
}

#[tokio::test]
async fn an_interrupt_ends_the_conversation_and_the_report_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let text = "scene One\n  me: Hello\n  agent within 10m: zebra\n\nscene Two\n  me: Hello\n";
    let arguments = [
        "a.talk", "--time", "real", "--report", "jsonl", "--json", "out.json",
    ];
    let mut child = command(folder.path(), &[("a.talk", text)], &arguments)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = soon("the first step", lines.next_line()).await.unwrap();
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if event["event"] == "step.end" {
            break;
        }
    }
    signal(child.id().unwrap(), "INT");
    while soon("the rest", lines.next_line()).await.unwrap().is_some() {}
    let status = soon("the end", child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(130));
    let report = fs::read(folder.path().join("out.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let scenes = report["files"][0]["scenes"].as_array().unwrap();
    let stopped = json!({ "result": "skipped", "why": "the run was stopped" });
    assert_eq!(
        [&scenes[0]["outcome"], &scenes[1]["outcome"]],
        [&stopped; 2]
    );
    let mut seen = scenes[0]["seen"].as_array().unwrap().iter();
    let is_closed = |one: &Value| {
        one["text"]
            .as_str()
            .unwrap()
            .contains("conversation is closed")
    };
    assert!(seen.any(is_closed), "{}", scenes[0]["seen"]);
}

/// What of a report is the same whenever it is run.
fn timeless(report: &Value) -> Value {
    let scenes = report["files"][0]["scenes"].as_array().unwrap().iter();
    let scenes = scenes.map(|scene| {
        let steps = scene["steps"].as_array().unwrap().iter();
        let steps = steps.map(|step| [&step["line"], &step["text"], &step["outcome"]]);
        let said = scene["seen"].as_array().unwrap().iter();
        let said = said.filter(|one| one["kind"] == "said" || one["kind"] == "heard");
        json!({
            "outcome": scene["outcome"],
            "conversations": scene["conversations"],
            "steps": steps.collect::<Vec<_>>(),
            "said": said.map(|one| &one["text"]).collect::<Vec<_>>(),
        })
    });
    scenes.collect()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_run() {
    let text = "me: My number is {uuid}\nagent: help\nexpect last read\n";
    let mut reports = Vec::new();
    for seed in ["7", "7", "8"] {
        let ended = run(text, &["--seed", seed]).await;
        ended.passed();
        assert_eq!(ended.report["run"]["seed"].to_string(), seed);
        reports.push(timeless(&ended.report));
    }
    assert_eq!(reports[0], reports[1]);
    assert_ne!(reports[0], reports[2]);
}
