//! `handset report merge`, as it is typed.

use std::{fs, path::Path, process::Output};

use handset::report::json;

use crate::{
    reports::{samples, xml},
    support,
};

fn merge(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = support::program();
    program
        .args(["report", "merge"])
        .args(arguments)
        .current_dir(folder);
    program
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY");
    program.output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// A repository with a folder in it that holds two reports.
fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let repository = tempfile::tempdir().unwrap();
    fs::create_dir(repository.path().join(".git")).unwrap();
    let folder = repository.path().join("shop");
    fs::create_dir(&folder).unwrap();
    let report = samples::whole();
    for (name, files) in [
        ("a.json", &report.files[..1]),
        ("b.json", &report.files[1..]),
    ] {
        let part = samples::of(files.to_vec());
        fs::write(folder.join(name), json::document(&part).unwrap()).unwrap();
    }
    (repository, folder)
}

#[test]
fn reports_are_merged_into_every_form() {
    let (_repository, folder) = folder();
    let output = merge(
        &folder,
        &[
            "a.json",
            "b.json",
            "--junit",
            "out/junit.xml",
            "--html",
            "out/page.html",
            "--tap",
            "out/run.tap",
            "--json",
            "out/run.json",
        ],
    );
    let (printed, complained) = said(&output);
    assert!(output.status.success(), "{complained}");
    assert_eq!(complained, "");
    assert!(
        printed.starts_with("FAIL  talks/colours.talk:34  Ada chooses"),
        "{printed}"
    );
    assert!(
        printed
            .contains("15 scenes in 4 files: 8 failed, 2 could not be judged, 4 passed, 1 skipped"),
        "{printed}"
    );
    assert!(!printed.contains('\u{1b}'), "no terminal, no colours");
    let written = |name: &str| fs::read_to_string(folder.join("out").join(name)).unwrap();
    let junit = xml::read(&written("junit.xml")).unwrap();
    let files: Vec<&str> = junit
        .named("testsuite")
        .iter()
        .map(|suite| suite.attributes["file"].as_str())
        .collect();
    assert_eq!(
        files,
        [
            "shop/talks/colours.talk",
            "shop/talks/orders with, commas: 1.talk",
            "shop/talks/kinds.talk",
            "live.talk"
        ]
    );
    assert!(written("page.html").contains("href=\"../kept/colours%20ada.html\""));
    assert!(written("run.tap").starts_with("TAP version 14\n1..15\n"));
    assert_eq!(
        json::read(&written("run.json")).unwrap().totals,
        samples::whole().totals
    );
    assert_eq!(fs::read_dir(folder.join("out")).unwrap().count(), 4);
}

#[test]
fn stdout_carries_what_was_asked_for_and_nothing_else() {
    let (_repository, folder) = folder();
    let stdout = |arguments: &[&str]| {
        let output = merge(&folder, &[&["a.json", "b.json"], arguments].concat());
        let (printed, complained) = said(&output);
        assert!(
            output.status.success() && complained.is_empty(),
            "{complained}"
        );
        printed
    };
    assert!(stdout(&["--report", "tap"]).starts_with("TAP version 14\n1..15\nnot ok 1 - "));
    let lines = stdout(&["--report", "jsonl"]);
    assert!(lines.starts_with("{\"v\":1,\"t\":\""), "{lines}");
    assert_eq!(lines.matches("\"event\":\"scene.end\"").count(), 15);
    assert_eq!(stdout(&["--report", "quiet"]), "");
    xml::read(&stdout(&["--junit", "-", "--junit-dialect", "xunit"])).unwrap();
    json::read(&stdout(&["--json", "-"])).unwrap();
    let in_words = stdout(&["--plain", "-v"]);
    assert!(!in_words.contains(['✓', '✗', '→', '\u{1b}']), "{in_words}");
    assert!(!stdout(&["-q"]).contains("PASS "));
}

#[test]
fn github_is_told_on_stderr_and_in_the_summary() {
    let (_repository, folder) = folder();
    let summary = folder.join("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let mut program = support::program();
    program
        .args(["report", "merge", "a.json", "b.json", "--report", "quiet"])
        .current_dir(&folder);
    program
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary);
    let (printed, complained) = said(&program.output().unwrap());
    assert_eq!(printed, "");
    assert_eq!(complained.lines().count(), 10, "{complained}");
    assert!(
        complained
            .starts_with("::error file=shop/talks/colours.talk,line=34,title=Ada chooses%2C Kim"),
        "{complained}"
    );
    let summary = fs::read_to_string(summary).unwrap();
    assert!(
        summary.starts_with("before\n### ❌ handset run: "),
        "{summary}"
    );
}

#[test]
fn what_cannot_be_read_or_written_is_told_in_words() {
    let (_repository, folder) = folder();
    fs::write(folder.join("odd.json"), "{\"schema\":\"handset-run-9\"}").unwrap();
    fs::write(folder.join("file"), "").unwrap();
    for (arguments, words) in [
        (
            &["gone.json"][..],
            "cannot read the report gone.json: No such file",
        ),
        (
            &["odd.json"],
            "it is of the form `handset-run-9`, and this version of handset reads `handset-run-1`",
        ),
        (&["file"], "it is no report of `handset run --json`"),
        (
            &["a.json", "--junit", "."],
            "cannot write the JUnit report to .: it is a folder",
        ),
        (
            &["a.json", "--junit", "file/x.xml"],
            "cannot make the folder file for the JUnit report",
        ),
        (
            &["a.json", "--junit", "x", "--tap", "x"],
            "two reports are to be written to x",
        ),
        (
            &["a.json", "--junit", "-", "--report", "tap"],
            "stdout cannot take the JUnit report and what --report prints",
        ),
        (&["a.json", "-v", "-q"], "cannot be used with"),
    ] {
        let output = merge(&folder, arguments);
        let (printed, complained) = said(&output);
        assert!(!output.status.success() && printed.is_empty(), "{printed}");
        assert!(complained.contains(words), "{complained}");
    }
}
