//! The other commands in plain mode.

use std::process::Stdio;

use tempfile::tempdir;

use super::{assert_bytes_are_plain, assert_transcript};
use crate::support;

fn told(arguments: &[&str], data: &std::path::Path) -> (String, String, Option<i32>) {
    let output = support::program()
        .args(arguments)
        .env("HANDSET_DATA_DIR", data)
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

#[test]
fn run_is_told_in_words() {
    let data = tempdir().unwrap();
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first-steps.talk");
    let (text, complained, code) = told(&["run", "--plain", "--seed", "7", scenario], data.path());
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{text}");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let text = text.replace(folder, "");
    // How long it took differs.
    let spans = |line: &str| match line.split_once(".talk:") {
        Some((before, _)) => format!("{before}.talk\n"),
        None => line.split(" in ").next().unwrap().to_owned() + "\n",
    };
    let text: String = text.lines().map(spans).collect();
    assert_transcript!("plain_run", &text, data.path());
}

#[test]
fn doctor_says_the_state_first() {
    let data = tempdir().unwrap();
    let (text, complained, code) = told(&["doctor", "--plain"], data.path());
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{text}");
    assert_bytes_are_plain(text.as_bytes());
    let first = "Plain mode, switched on by --plain.";
    assert_eq!(text.lines().next(), Some(first));
    // What is said of this machine differs from machine to machine.
    let states = text.lines().skip(1).map(|line| {
        let mut parts = line.splitn(3, ". ");
        format!("{}\n", parts.next().unwrap())
    });
    let text: String = states.collect();
    assert_transcript!("plain_doctor", &text, data.path());
}

#[test]
fn the_page_says_what_is_tested() {
    let data = tempdir().unwrap();
    let (text, _, code) = told(&["accessibility"], data.path());
    assert_eq!(code, Some(0));
    assert_bytes_are_plain(text.as_bytes());
    for part in ["What is tested", "What is not", "--plain", "ACCESSIBLE"] {
        assert!(text.contains(part), "no {part:?}");
    }
}

#[test]
fn without_a_terminal_plain_mode_is_named() {
    let data = tempdir().unwrap();
    let (_, complained, code) = told(&[], data.path());
    assert_eq!(code, Some(1));
    assert!(complained.contains("--plain"), "{complained}");
}
