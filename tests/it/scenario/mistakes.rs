//! Deliberate mistakes in scenarios, and what a tester reads who has to find them.

use std::{collections::BTreeMap, fs, path::PathBuf};

use regex::Regex;

use crate::scenario::{Ended, run_files};

/// The folder of the scenarios with a mistake each. The comment `# fails: KIND` stands above the
/// line that has to be named.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mistakes")
}

/// The kind of failure and the line, by the name of the file.
fn wanted() -> BTreeMap<String, (String, u64)> {
    let scenarios = fs::read_dir(folder()).unwrap().map(|one| one.unwrap());
    let scenarios = scenarios.filter(|one| one.path().extension().is_some_and(|it| it == "talk"));
    let wanted = scenarios.map(|one| {
        let text = fs::read_to_string(one.path()).unwrap();
        let marked = text.lines().enumerate();
        let mut marked =
            marked.filter_map(|(at, line)| Some((at, line.trim().strip_prefix("# fails: ")?)));
        let (at, kind) = marked.next().unwrap();
        let name = one.file_name().into_string().unwrap();
        (name, (kind.to_owned(), at as u64 + 2))
    });
    wanted.collect()
}

/// The same of what was run.
fn failed(ended: &Ended) -> BTreeMap<String, (String, u64)> {
    let files = ended.report["files"].as_array().unwrap().iter();
    let failed = files.map(|file| {
        let path = file["path"].as_str().unwrap();
        let failure = &file["scenes"][0]["outcome"]["failure"];
        let kind = failure["kind"].as_str().unwrap_or("none").to_owned();
        let line = failure["line"].as_u64().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap();
        (name.to_owned(), (kind, line))
    });
    failed.collect()
}

/// The reports without what is different each time, in the order of the files: times, and what was
/// seen meanwhile.
fn masked(stdout: &str) -> String {
    let folder = folder();
    let mask = |text: String, pattern: &str, with: &str| {
        Regex::new(pattern)
            .unwrap()
            .replace_all(&text, with)
            .into_owned()
    };
    let text = stdout.replace(&format!("{}/", folder.display()), "");
    let text = mask(text, r"(?m)^FAIL (.*?) {3,}\S.*$", "FAIL $1");
    let text = mask(text, r"(?m)^( {8}(\+\d|… \d)|  seen since ).*\n", "");
    let text = mask(text, r"\+\d+ ms", "+N ms");
    let text = mask(text, r"after \d+(\.\d+)? m?s,", "after N,");
    let text = mask(text, r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID");
    // The totals, with the names before them where there are several.
    let text = mask(text, r"(?ms)^(went wrong:|\d+ scenes? in ).*", "");
    let mut reports: Vec<&str> = text.split("FAIL ").filter(|one| !one.is_empty()).collect();
    reports.sort_unstable();
    reports.concat()
}

/// Runs those whose names begin with this figure.
async fn run_those_with(figure: char) -> Ended {
    let paths = wanted().into_keys().filter(|name| name.starts_with(figure));
    let paths: Vec<String> = paths
        .map(|name| folder().join(name).display().to_string())
        .collect();
    let mut arguments: Vec<&str> = paths.iter().map(String::as_str).collect();
    arguments.extend(["--seed", "7", "--jobs", "10"]);
    run_files(&[], &arguments).await
}

#[tokio::test]
async fn each_of_them_is_told_at_its_line_by_its_word() {
    // Each figure begins the names of some.
    let ran = tokio::join!(
        run_those_with('0'),
        run_those_with('1'),
        run_those_with('2')
    );
    let (mut all, mut stdout) = (BTreeMap::new(), String::new());
    for ended in [ran.0, ran.1, ran.2] {
        assert_eq!(ended.code, Some(1), "{}\n{}", ended.stdout, ended.stderr);
        all.extend(failed(&ended));
        stdout.push_str(&masked(&ended.stdout));
    }
    assert_eq!(all, wanted(), "{stdout}");
    assert_eq!(all.len(), 20);
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("mistakes", stdout);
    });
}
