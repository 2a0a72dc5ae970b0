//! What consumers and agents do, and what is seen of it.

use std::fs;

use crate::scenario::{command, run, run_files};

#[tokio::test]
async fn what_a_consumer_can_do() {
    let text = "\
me types 300ms
me: Hello, I want to see an image
agent: help
expect last read
me looks away
me looks back
me pockets
me unpockets
me marks last read
me tells COMPOSING
me goes offline
me: Are you still there?
me goes online
expect last sent
agent: /./
me asks urgent
me asks 10m
me rates 4 resolved
expect csat 4 resolved
me ends
expect conversation closed
";
    run(text, &["-v"]).await.passed();
}

#[tokio::test]
async fn who_has_not_said_or_done_anything_has_no_conversation() {
    let text = "\
play ada
play gus
play kim as agent

gus looks away
ada: Hello
kim takes
kim: Hello {ada.first}.
expect 1 messages from kim
no message from kim for 500ms
";
    let ended = run(text, &[]).await;
    ended.passed();
    let conversations = ended.scene()["conversations"].as_object().unwrap();
    assert_eq!(conversations.keys().collect::<Vec<_>>(), ["ada"]);
}

#[tokio::test]
async fn the_wire_is_looked_at() {
    let text = "\
me: Hello
agent: help
me: Where is my order?
expect call \"ms.PublishEvent\" status 200
expect hook \"ContentEvent\" signed
expect json \"/body/changes/0/event/message\" matches /order/ in hook \"ContentEvent\"
expect json \"/body/event/contentType\" == \"text/plain\" in call \"ms.PublishEvent text\"
expect sent under 10s
expect echo under 10s
";
    run(text, &[]).await.passed();
    let wrong = "me: Hello\nexpect call \"ms.PublishEvent text\" status 418 within 500ms\n";
    let ended = run(wrong, &[]).await;
    let (kind, _, message) = ended.failure();
    assert_eq!(kind, "assert", "{message}");
    assert!(message.contains("200"), "{message}");
}

#[tokio::test]
async fn values_are_put_in_taken_out_and_secrets_never_shown() {
    let text = "\
let greeting = \"Hello {me.first}\"
secret code from env HANDSET_TEST_CODE

me: {greeting}, my code is {code}
agent: \"this is {?who} from {?brand}. How\"
me: {who} of {brand}, thank you. {agent.name}?
expect last sent
agent within 100ms: {code}
";
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["a.talk", "--json", "out.json", "-v"];
    let output = command(folder.path(), &[("a.talk", text)], &arguments)
        .env("HANDSET_TEST_CODE", "open-sesame-4711")
        .output()
        .await
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let report = fs::read_to_string(folder.path().join("out.json")).unwrap();
    assert!(
        report.contains("Riley of Acme, thank you. Riley?"),
        "{report}"
    );
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    for text in [&stdout, &report] {
        assert!(!text.contains("open-sesame"), "{text}");
    }
    assert!(report.contains("•••"));
}

#[tokio::test]
async fn what_an_agent_can_do() {
    let text = "\
play ada
play kim as agent
play sam as agent

ada: Hello
kim takes within 10s
kim whispers: a quiet one
kim replies hello
kim offers \"Yes\" \"No\"
ada sees offer \"Yes\" \"No\"
ada taps \"No\"
kim hands to queue
kim takes within 10s
kim hands to agent \"Sam\"
sam takes within 10s
agent joins
sam goes occupied
kim joins
kim leaves
sam closes with survey
survey: satisfied
ada taps \"5\"
";
    run(text, &["--agent", "none", "-v"]).await.passed();
}

#[tokio::test]
async fn steps_of_other_files_branches_and_time() {
    let used = "me: {words}\nagent: /./\n";
    let text = "\
me: Hello
agent: help
use \"more.talk\" with words=\"Where is my order?\"
if agent within 100ms: zebra
  me: a zebra
else
  me: no zebra
end
pass 61m
sandbox advance 5s
expect last sent
note The end
";
    let files = [("a.talk", text), ("more.talk", used)];
    let ended = run_files(&files, &["a.talk"]).await;
    ended.passed();
    let steps = ended.scene()["steps"].as_array().unwrap();
    let texts: Vec<&str> = steps
        .iter()
        .map(|one| one["text"].as_str().unwrap())
        .collect();
    assert!(texts.contains(&"me: no zebra"), "{texts:?}");
    assert!(!texts.contains(&"me: a zebra"), "{texts:?}");
    let other = steps.iter().find(|one| one["file"] == "more.talk");
    assert_eq!(other.unwrap()["depth"], 1);
}

#[tokio::test]
async fn a_file_is_sent_and_cards_are_chosen_from() {
    let text = "\
me: Let me choose one
agent: help
me: choose one
me sees
  image
end
use \"parts/sending.talk\"
agent: Got your picture
me ends
";
    // What a used file names lies beside that file.
    let part = "me sends \"dot.png\" \"A dot\"\n";
    let folder = tempfile::tempdir().unwrap();
    let dot: &[u8] = &[
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2,
        0, 0, 0, 144, 119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 8, 215, 99, 248, 207, 192, 0, 0,
        3, 1, 1, 0, 24, 221, 141, 176, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ];
    fs::create_dir(folder.path().join("parts")).unwrap();
    fs::write(folder.path().join("parts/dot.png"), dot).unwrap();
    let files = [("a.talk", text), ("parts/sending.talk", part)];
    let mut command = command(folder.path(), &files, &["a.talk", "-v"]);
    let output = command.output().await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
}
