//! What plain mode does besides talking: it records, exports, plays a scenario, asks in production,
//! and tells of app installs and of a profile that is made.

use std::fs;

use tempfile::tempdir;

use super::{Piped, assert_bytes_are_plain};
use crate::support::house::House;

const GREETING: &str = "How can I help?";

/// The file whose path was told last behind some words.
#[track_caller]
fn file_behind(told: &str, words: &str) -> String {
    let (_, path) = told.rsplit_once(words).unwrap();
    let path = path.lines().next().unwrap().trim();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn what_was_said_is_recorded_and_exported() {
    let data = tempdir().unwrap();
    let said = data.path().join("said.talk").display().to_string();
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line(&format!("/record {said}"));
    phone.wait("What follows is recorded to");
    phone.line("hi");
    phone.wait("Hello! What can I do for you?");
    phone.line("/record off");
    phone.wait("The scenario was written: ");
    phone.line("/record off");
    phone.wait("Warning: /record was not done: nothing is recorded");
    phone.line("/export md");
    phone.wait("Exported as md: ");
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert_bytes_are_plain(told.as_bytes());
    let recorded = file_behind(&told, "The scenario was written: ");
    assert!(recorded.contains(": hi"), "{recorded}");
    let exported = file_behind(&told, "Exported as md: ");
    assert!(exported.contains("What can I do for you?"), "{exported}");
}

#[test]
fn a_scenario_is_played_held_and_ended() {
    let data = tempdir().unwrap();
    let file = data.path().join("show.talk");
    fs::write(
        &file,
        "within 20s\nme: hi\nagent: Hello! What can I do for you?\n",
    )
    .unwrap();
    let long = data.path().join("long.talk");
    fs::write(&long, "me: bye for now\npause 60s\nme: late\n").unwrap();
    let mut phone = Piped::start(data.path(), &["--plain"]);
    phone.wait(GREETING);
    phone.line(&format!("/scenario {}", file.display()));
    // The next line waits until it is over.
    phone.line("/where");
    let told = phone.wait("With you: ");
    let places = [
        "Scenario: ",
        "begins, 2 steps.",
        ": hi\n",
        "Hello! What can I do for you?",
        "he scenario passed",
        "With you: ",
    ];
    let mut rest = told.as_str();
    for part in places {
        let (_, behind) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("no {part:?} in\n{told}"));
        rest = behind;
    }
    phone.line("/scenario gone.talk");
    phone.wait("gone.talk is not played");
    phone.line("/scenario off");
    phone.wait("no scenario is played; /scenario FILE plays one");
    let (told, complained, code) = phone.end();
    assert_eq!((complained.as_str(), code), ("", Some(0)), "{told}");
    assert_bytes_are_plain(told.as_bytes());
    assert_eq!(told.matches("he scenario passed").count(), 1, "{told}");
}

#[test]
fn in_production_it_is_asked_first_and_app_installs_are_told_in_sentences() {
    let house = House::build(&[], true, "production = true");
    let settings = house.settings();
    let settings = [("HANDSET_CONFIG_DIR", settings.to_str().unwrap())];
    let mut phone = Piped::start_with(&house.data(), &["--plain"], &settings);
    phone.wait("Question: A conversation with real people is about to be opened. Type yes or no.");
    assert!(!phone.told().contains(GREETING));
    phone.line("maybe");
    phone.wait("Type yes or no");
    phone.line("yes");
    phone.wait(GREETING);
    let (told, _, code) = phone.end();
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("Warning: This is production. Real people are on the other side."),
        "{told}"
    );
    assert_bytes_are_plain(told.as_bytes());

    let list = Piped::start_with(&house.data(), &["app", "list", "--plain"], &settings);
    let (told, complained, code) = list.end();
    assert_eq!(code, Some(0), "{complained}");
    assert_bytes_are_plain(told.as_bytes());
    assert!(
        told.contains("client_id: ") && told.contains("State: enabled"),
        "{told}"
    );

    let made = house.folder().join("made");
    fs::create_dir(&made).unwrap();
    let variables = [
        ("HANDSET_CONFIG_DIR", made.to_str().unwrap()),
        ("ACME_SECRET", house.word("client_secret")),
    ];
    let mut words = vec!["init", "--plain", "--yes", "--profile", "acme", "--csds"];
    words.extend([house.word("https"), "--ca", house.word("ca"), "--account"]);
    words.extend([
        house.word("account"),
        "--client-id",
        house.word("client_id"),
    ]);
    words.extend([
        "--secret-env",
        "ACME_SECRET",
        "--tunnel",
        "http://127.0.0.1:9",
    ]);
    words.extend(["--bind", "127.0.0.1:9"]);
    let init = Piped::start_with(&house.data(), &words, &variables);
    let (told, complained, code) = init.end();
    assert_eq!(code, Some(0), "{told}{complained}");
    assert_bytes_are_plain(told.as_bytes());
    assert!(
        told.contains("Trying: looking up the domains") && told.contains("It works."),
        "{told}"
    );
}
