//! `handset run --keep`: what is kept of conversations, and where reports say that it is.

use std::{fs, path::Path};

use crate::{reports::xml, scenario::command, support::soon};

const TALK: &str = "secret pin from env CUSTOMER_PIN\n\n\
                    scene Ada chooses\n  me: My pin is {pin}\n  expect last read\n\n\
                    scene It fails\n  me: Hello\n  agent within 1ms: zebra\n";
const PIN: &str = "4711-\"quoted\"-0815";

/// Runs it in a folder of a repository; gives the code and stdout.
async fn run(repository: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = repository.join("tests");
    fs::create_dir_all(repository.join(".git")).unwrap();
    fs::create_dir_all(&folder).unwrap();
    let all = ["shop.talk", "--junit", "junit.xml", "--json", "out.json"];
    let all = [&all[..], arguments].concat();
    let mut command = command(&folder, &[("shop.talk", TALK)], &all);
    command.env("CUSTOMER_PIN", PIN);
    let output = soon("the end of the run", command.output()).await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), stdout)
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_conversation_is_kept_in_the_folder_and_reports_say_where() {
    let repository = tempfile::tempdir().unwrap();
    let (code, stdout) = run(repository.path(), &["--keep", "kept"]).await;
    assert_eq!(code, Some(1), "{stdout}");
    let folder = repository.path().join("tests");
    let kept = folder.join("kept");
    assert_eq!(
        names(&kept),
        [
            "shop-ada-chooses.har",
            "shop-ada-chooses.html",
            "shop-it-fails.har",
            "shop-it-fails.html"
        ]
    );
    let page = fs::read_to_string(kept.join("shop-ada-chooses.html")).unwrap();
    assert!(page.contains("My pin is •••"), "{page}");
    let har = fs::read_to_string(kept.join("shop-ada-chooses.har")).unwrap();
    let har: serde_json::Value = serde_json::from_str(&har).unwrap();
    assert!(!har["log"]["entries"].as_array().unwrap().is_empty());
    for name in names(&kept) {
        let text = fs::read_to_string(kept.join(&name)).unwrap();
        assert!(!text.contains("4711-"), "{name}");
    }
    assert!(
        stdout.contains(
            "the whole conversation: kept/shop-it-fails.html · wire: kept/shop-it-fails.har"
        ),
        "{stdout}"
    );
    let junit = fs::read_to_string(folder.join("junit.xml")).unwrap();
    xml::read(&junit).unwrap();
    for name in names(&kept) {
        let line = format!("[[ATTACHMENT|tests/kept/{name}]]");
        assert!(junit.contains(&line), "{line}: {junit}");
    }
    let json = fs::read(folder.join("out.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        json["files"][0]["scenes"][0]["artifacts"],
        serde_json::json!({
            "har": "kept/shop-ada-chooses.har",
            "html": "kept/shop-ada-chooses.html"
        })
    );
}

#[tokio::test]
async fn of_scenes_that_passed_nothing_is_kept_when_failed_is_said() {
    let repository = tempfile::tempdir().unwrap();
    let folder = repository.path().join("tests");
    run(repository.path(), &["--keep", "failed"]).await;
    let failed = ["shop-it-fails.har", "shop-it-fails.html"];
    assert_eq!(names(&folder.join("handset-run")), failed);
    run(repository.path(), &["--keep", "failed", "--keep", "here"]).await;
    assert_eq!(names(&folder.join("here")), failed);
    let before = names(&folder);
    run(repository.path(), &["--keep", "never"]).await;
    run(repository.path(), &[]).await;
    assert_eq!(names(&folder), before);
    let (code, _) = run(repository.path(), &["--keep", "junit.xml/x"]).await;
    assert_eq!(code, Some(2));
}

/// The page and the wire of a scene have the sandbox's time, as its steps have.
#[tokio::test]
async fn what_is_kept_has_the_time_of_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let text = "me: Hello\nagent: help\npass 61m\nme: Where is my order?\nagent: order number\n";
    let arguments = ["a.talk", "--keep", "kept"];
    let mut command = command(folder.path(), &[("a.talk", text)], &arguments);
    let output = soon("the end of the run", command.output()).await.unwrap();
    assert!(output.status.success());
    let har = fs::read(folder.path().join("kept/a.har")).unwrap();
    let har: serde_json::Value = serde_json::from_slice(&har).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    for direction in ["out", "in"] {
        let of = entries.iter().filter(|one| one["_direction"] == direction);
        let times: Vec<jiff::Timestamp> = of
            .map(|one| one["startedDateTime"].as_str().unwrap().parse().unwrap())
            .collect();
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        let passed = last.duration_since(*first).as_mins();
        assert!((61..120).contains(&passed), "{direction}: {first} {last}");
    }
}
