//! One scenario for each deed of the reference's tables, run in the sandbox; and that none of the
//! deeds is left out.

use std::{fs, path::Path};

use crate::scenario::{Ended, run_files};

/// What consumers do, with Riley at the other end.
const OF_CONSUMERS: &[(&str, &str)] = &[
    (
        "opens.talk",
        "me opens\nagent: help\nexpect conversation open\n",
    ),
    (
        "sends-raw.talk",
        "me: Hello\nagent: help\nme sends raw send \"\"\"{\"kind\": \"req\"}\"\"\"\n\
         expect call \"raw SEND\" status 400\n\
         me sends raw conversation \"\"\"{\"kind\": \"req\"}\"\"\"\n\
         expect call \"raw CONVERSATION\" status 400\n",
    ),
    (
        "sends.talk",
        "me: Hello\nagent: help\nme sends \"dot.gif\" \"A dot\"\nexpect last sent\n",
    ),
    (
        "taps.talk",
        "me: Hello\nagent: help\nme: Which colours are there?\n\
         me sees offer \"Blue\"\nme taps \"Blue\"\nexpect last sent\n",
    ),
    (
        "picks.talk",
        "me: Hello\nagent: help\nme: A date picker\nme sees\n  button \"Pick a day\"\nend\n\
         me picks \"2030-02-03\" in \"Pick a day\"\nexpect last sent\n",
    ),
    (
        "looks.talk",
        "me: Hello\nagent: help\nme looks away\nme looks back\nme: Where is my order?\nagent: order\n",
    ),
    (
        "pockets.talk",
        "me: Hello\nagent: help\nme pockets\nme unpockets\nme: Where is my order?\nagent: order\n",
    ),
    (
        "goes.talk",
        "me: Hello\nagent: help\nme goes offline\nme: Are you there?\nme goes online\n\
         expect last sent\n",
    ),
    (
        "marks.talk",
        "me: Hello\nagent: help\nme marks last accept\nme marks last read\nme marks last nack\n\
         me marks last access\nme marks last action\n\
         expect call \"ms.PublishEvent\" status 200\n",
    ),
    (
        "tells.talk",
        "me: Hello\nagent: help\nme tells active\nme tells inactive\nme tells gone\n\
         me tells composing\nme tells pause\nme tells background\n\
         expect call \"ms.PublishEvent\" status 200\n",
    ),
    (
        "rates.talk",
        "me: Hello\nagent: help\nme rates 2 unresolved\nexpect csat 2 unresolved\n\
         me rates 5 resolved\nexpect csat 5 resolved\nme rates 3\nexpect csat 3\n",
    ),
    (
        "asks.talk",
        "me: Hello\nagent: help\nme asks prioritized\nme asks normal\nme asks urgent\n\
         me asks 30m\nexpect conversation open\n",
    ),
    ("types.talk", "me types 300ms\nme: Hello\nagent: help\n"),
    (
        "closes.talk",
        "me: Hello\nagent: help\nme closes\nexpect survey open\nsurvey: satisfied\n",
    ),
    (
        "ends.talk",
        "me: Hello\nagent: help\nme ends\nexpect conversation closed\n",
    ),
    (
        "ends-stage.talk",
        "me: Hello\nagent: help\nme ends stage\nexpect conversation closed\n",
    ),
    ("leaves.talk", "me: Hello\nagent: help\nme leaves\n"),
];

/// What agents do, with nobody there who answers by themselves.
const OF_AGENTS: &[(&str, &str)] = &[
    (
        "states.talk",
        "play kim as agent\nkim goes back soon\nkim goes occupied\nkim goes away\nkim goes online\n",
    ),
    (
        "declines.talk",
        "play kim as agent\nme: Hello\nkim declines within 10s\nexpect conversation queued\n",
    ),
    (
        "speaks.talk",
        "play kim as agent\nme: Hello\nkim takes within 10s\nkim types 300ms\nme sees kim typing\n\
         kim: Good day\nme: Is it blue?\nkim whispers: a quiet one\nno message from kim for 1s\n\
         kim replies hello\nkim offers \"Yes\" \"No\"\n\
         me sees offer \"Yes\" \"No\"\nme taps \"Yes\"\nkim shows card \"card.json\"\n\
         me sees\n  title \"Mug, blue\"\nend\n",
    ),
    (
        "hands-on.talk",
        "play kim as agent\nplay sam as agent\nme: Hello\nkim takes within 10s\n\
         kim hands to queue\nkim takes within 10s\nkim hands to agent \"Sam\"\nsam takes within 10s\n\
         sam hands to skill \"Sales\"\nexpect skill \"Sales\"\n",
    ),
    (
        "joins.talk",
        "play kim as agent\nplay sam as agent\nme: Hello\nkim takes within 10s\nsam joins\n\
         sam leaves\nkim closes\nexpect survey closed\n",
    ),
    (
        "closes-with-survey.talk",
        "play kim as agent\nme: Hello\nkim takes within 10s\nkim closes with survey\n\
         survey: satisfied\n",
    ),
];

/// Files that scenarios name.
const BESIDE: &[(&str, &str)] = &[
    (
        "card.json",
        include_str!("../../../examples/cards/mugs.json"),
    ),
    // One pixel; every byte of it is ASCII.
    (
        "dot.gif",
        "GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
    ),
];

#[track_caller]
fn all_passed(ended: &Ended, table: &[(&str, &str)]) {
    ended.passed();
    assert_eq!(ended.report["totals"]["passed"], table.len());
}

#[tokio::test]
async fn every_deed_of_a_consumer_works_in_the_sandbox() {
    let files = [OF_CONSUMERS, BESIDE].concat();
    let ended = run_files(&files, &[".", "--jobs", "2"]).await;
    all_passed(&ended, OF_CONSUMERS);
}

#[tokio::test]
async fn every_deed_of_an_agent_works_in_the_sandbox() {
    let files = [OF_AGENTS, BESIDE].concat();
    let ended = run_files(&files, &[".", "--jobs", "2", "--agent", "none"]).await;
    all_passed(&ended, OF_AGENTS);
}

/// The forms of a deed: its words up to what is filled in, each of several words on its own.
fn forms(usage: &str) -> Vec<String> {
    let is_fixed = |word: &&str| {
        word.chars()
            .all(|c| c.is_ascii_lowercase() || "|\\:".contains(c))
    };
    let words = usage.split(' ').take_while(is_fixed);
    let mut forms = vec![String::new()];
    for word in words {
        let word = word.trim_end_matches(':').replace('\\', "");
        forms = forms
            .iter()
            .flat_map(|form| word.split('|').map(move |one| format!("{form} {one}")))
            .collect();
    }
    forms
}

#[test]
fn no_deed_of_the_reference_is_left_out() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios.md");
    let reference = fs::read_to_string(reference).unwrap();
    let (_, deeds) = reference.split_once("\n## Deeds\n").unwrap();
    let (deeds, _) = deeds.split_once("\n## ").unwrap();
    let rows = deeds.lines().filter_map(|line| line.strip_prefix("| `"));
    let usages: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert!(usages.len() > 25, "{usages:?}");
    let scenarios: Vec<&str> = [OF_CONSUMERS, OF_AGENTS]
        .concat()
        .iter()
        .flat_map(|(_, text)| text.lines())
        .collect();
    for form in usages.iter().flat_map(|usage| forms(usage)) {
        let [blank, colon] = [" ", ":"].map(|end| format!("{form}{end}"));
        let has = |line: &&&str| {
            let line = format!("{line} ");
            line.contains(&blank) || line.contains(&colon)
        };
        let mut found = scenarios.iter().filter(has);
        assert!(found.next().is_some(), "no scenario for `{form}`");
    }
}
