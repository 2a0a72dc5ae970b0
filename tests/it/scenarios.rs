//! Scenarios as files: `handset check` and `handset fmt` by the real program.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Output, Stdio},
};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::program;

const GOOD: &str = "me: Where is my order?\nagent: order number\n";

/// A folder with these files in it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn handset(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command.output().unwrap()
}

/// The exit code, and stdout.
fn ended(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = handset(folder, arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn every_fault_is_told_with_its_line_and_what_to_do() {
    let bad = "title One\nplay kim as agent\ntitle Two\n\nscene A\n\tkin takes within 5s\n  me: \"half\n  me takse\n  me takes\n  \
        agent within 5x: a\n  me: {ordr}\n  if agent: b\n    me: /c/\n  end\n  pause 5s\n  agent: /.*/\n  agent: {?x} \
        k4V9s0M2eXample7Secret1\n  expect csat 7\n  agent: /(/\n  me sees\n    4 crads\n  end\n  me sees click #a\n  maybe me: d\n  \
        no message\n  use \"parts/ask.talk\" with word=e\n  end\n";
    let folder = folder(&[
        ("bad.talk", bad),
        ("parts/ask.talk", "agent: {word}\nme closse\n"),
    ]);
    let (code, text) = ended(folder.path(), &["check", "bad.talk"]);
    assert_eq!(code, 2, "{text}");
    assert!(!text.contains("k4V9s0M2"), "{text}");
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("check", text);
    });
    let (code, short) = ended(folder.path(), &["check", "--format", "short", "bad.talk"]);
    assert_eq!(code, 2);
    assert!(
        short.contains("parts/ask.talk:2:4: error[T007]: "),
        "{short}"
    );
    let (_, json) = ended(folder.path(), &["check", "--format", "json", "bad.talk"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let faults = json["faults"].as_array().unwrap();
    assert_eq!(faults.len(), short.lines().count());
    assert_eq!(
        json["errors"].as_u64().unwrap() + json["warnings"].as_u64().unwrap(),
        faults.len() as u64
    );
    let (_, github) = ended(folder.path(), &["check", "--format", "github", "bad.talk"]);
    assert_eq!(github.lines().count(), faults.len());
    assert!(
        github.starts_with("::error file=bad.talk,line=3,col=1,endColumn=9,title=T012::"),
        "{github}"
    );
}

#[test]
fn a_need_that_nobody_can_look_for_is_a_fault() {
    let text = "needs sandbox survay\n\nme: Hello\n";
    let folder = folder(&[("a.talk", text)]);
    let (code, said) = ended(folder.path(), &["check", "a.talk"]);
    assert_eq!(code, 2);
    for words in [
        "error[T022]: there is no need `survay`; did you mean `survey`?",
        "a.talk:1:15",
        "a scene can need `sandbox`, `live`, `survey`, `agent`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn warnings_fail_only_when_that_is_wanted_and_good_files_pass() {
    let folder = folder(&[
        ("slow.talk", "me: a\npause 5s\n"),
        ("good.talk", GOOD),
        ("deep/uses.talk", "use \"part.talk\" with word=b\n"),
        ("deep/part.talk", "me: {word}\n"),
    ]);
    let is = |arguments: &[&str], code: i32, words: &str| {
        let (ended, text) = ended(folder.path(), arguments);
        assert_eq!(ended, code, "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    };
    is(&["check", "good.talk"], 0, "1 scenario: no fault");
    is(&["check", "slow.talk"], 0, "1 warning");
    is(&["check", "--strict", "slow.talk"], 2, "1 warning");
    // A part of another scenario is checked with that one only.
    is(&["check", "."], 0, "3 scenarios: 1 warning");
    is(
        &["check", "deep/part.talk"],
        2,
        "there is no value `{word}`",
    );
    let output = handset(folder.path(), &["check", "nothing.talk"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("cannot read the scenario nothing.talk"),
        "{said}"
    );
}

#[test]
fn fmt_writes_files_in_their_places_and_leaves_those_with_faults() {
    let folder = folder(&[
        ("a.talk", "me:   Hello\n\n\n\nagent within 90s :hi\n"),
        ("b.talk", GOOD),
        ("c.talk", "me closse\n"),
    ]);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (code, diff) = ended(folder.path(), &["fmt", "--check", "a.talk", "b.talk"]);
    assert_eq!(code, 1);
    assert!(
        diff.contains("-me:   Hello\n") && diff.contains("+me: Hello\n"),
        "{diff}"
    );
    assert!(read("a.talk").contains(":   Hello"));
    let (code, written) = ended(folder.path(), &["fmt", "a.talk", "b.talk"]);
    assert_eq!((code, written.as_str()), (0, "a.talk\n"));
    assert_eq!(read("a.talk"), "me: Hello\n\nagent within 1m30s: hi\n");
    assert_eq!(
        ended(folder.path(), &["fmt", "--check", "a.talk", "b.talk"]),
        (0, String::new())
    );
    let output = handset(folder.path(), &["fmt", "c.talk"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("error[T007]")
    );
    assert_eq!(read("c.talk"), "me closse\n");
}

#[test]
fn fmt_takes_stdin_and_prints() {
    let mut command = program();
    let command = command
        .args(["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"me:  Hello\r\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"me: Hello\n");
}

#[test]
fn the_examples_have_no_fault_and_are_formatted() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, text) = ended(repository, &["check", "--strict", "examples"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(
        ended(repository, &["fmt", "--check", "examples"]),
        (0, String::new())
    );
}
