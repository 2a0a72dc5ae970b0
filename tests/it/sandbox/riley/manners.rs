//! Floods, silence, odd input and ten conversations at once.

use std::time::Duration;

use futures_util::future::join_all;
use handset::sandbox::settings::{Delays, Settings};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::sandbox::{
    hook::{Seen, text, until},
    rig::quick,
    riley::talk::Talk,
};

/// Typing takes its time, single characters do not.
fn unhurried() -> Delays {
    Delays {
        longest: Duration::from_millis(1),
        ..Delays::none()
    }
}

fn floods(seen: &[Seen]) -> Vec<(u64, String)> {
    seen.iter()
        .map(Seen::change)
        .filter_map(|change| {
            let text = text(&change).filter(|text| text.starts_with("flood "))?;
            let theirs = change["originatorMetadata"]["role"] == "ASSIGNED_AGENT";
            theirs.then(|| (change["sequence"].as_u64().unwrap(), text.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn a_flood_arrives_whole_and_in_order() {
    let talk = Talk::start().await;
    talk.ada.say(&talk.id, "A flood, please").await;
    // Looks at the bytes of the latest only: reading everything anew each time takes long.
    talk.hook
        .wait_for("the last of it", |seen| {
            let latest = seen.iter().rev().take(8);
            let last = b"flood 500/500";
            let is_last = |one: &Seen| one.body.windows(last.len()).any(|part| part == last);
            latest.into_iter().any(is_last).then_some(())
        })
        .await;
    let flood = floods(&talk.hook.seen());
    let numbers: Vec<u64> = flood.iter().map(|(sequence, _)| *sequence).collect();
    let texts: Vec<String> = flood.into_iter().map(|(_, text)| text).collect();
    let expected: Vec<String> = (1..=500).map(|n| format!("flood {n}/500")).collect();
    assert_eq!(texts, expected);
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    talk.ask("flood 3", "flood 3/3").await;
}

#[tokio::test]
async fn a_flood_can_be_stopped() {
    let folder = tempdir().unwrap();
    // With a state file each message waits for the disk, so that there is time to speak.
    let talk = Talk::of(Settings {
        state: Some(folder.path().join("state.db")),
        ..quick()
    })
    .await;
    talk.ada.say(&talk.id, "flood 5000").await;
    talk.says("flood 1/5000").await;
    let stopped = talk.ask("Stop!", "Stopped.").await;
    talk.ask("thanks", "welcome").await;
    let flood = floods(&talk.hook.seen());
    assert!(flood.len() < 5000, "nothing was left to stop");
    let stopped = stopped["sequence"].as_u64().unwrap();
    assert!(flood.iter().all(|(sequence, _)| *sequence < stopped));
}

#[tokio::test]
async fn silence_is_read_typed_and_ends_when_riley_is_spoken_to() {
    let talk = Talk::with(unhurried()).await;
    let asked = talk.ada.say(&talk.id, "Be silent").await;
    talk.hook
        .change("the receipt", |change| {
            change["event"]["status"] == "READ" && change["event"]["sequenceList"] == json!([asked])
        })
        .await;
    // Typing came to its end, and nothing was said: that is the silence.
    until("the end of typing", || {
        let told = talk.after("Be silent");
        let place = |state: &str| told.iter().position(|told| told == state);
        place("COMPOSING").is_some() && place("COMPOSING") < place("ACTIVE")
    })
    .await;
    talk.ask("thanks", "welcome").await;
    let said = talk.answers();
    assert_eq!(said.len(), 2, "the greeting and the last answer: {said:?}");
}

#[tokio::test]
async fn riley_types_without_a_message() {
    let talk = Talk::start().await;
    talk.ada.say(&talk.id, "Type without a message").await;
    talk.ask("thanks", "welcome").await;
    let told = talk.after("Type without a message");
    let thanks = told.iter().position(|told| told == "thanks").unwrap();
    let welcome = told
        .iter()
        .position(|told| told.contains("welcome"))
        .unwrap();
    assert!(thanks < welcome);
    assert!(
        told.iter().filter(|told| *told == "COMPOSING").count() == 2,
        "{told:?}"
    );
    assert_eq!(talk.answers().len(), 2);
}

#[tokio::test]
async fn odd_input_is_answered_politely_and_briefly() {
    let talk = Talk::start().await;
    let long = "blah ".repeat(1600);
    for (count, words) in [
        "?!",
        "👩‍👩‍👧‍👦",
        " ",
        "Ø".repeat(5).as_str(),
        "\u{1b}[2J\u{7}",
        &long,
    ]
    .into_iter()
    .enumerate()
    {
        talk.ada.say(&talk.id, words).await;
        let lost = |seen: &[Seen]| {
            let lost = seen.iter().map(Seen::change).filter(|change| {
                text(change).is_some_and(|text| text.contains("did not get that"))
                    && change["event"]["quickReplies"]["replies"][0]["title"] == "Help"
            });
            (lost.count() == count + 1).then_some(())
        };
        talk.hook.wait_for(words, lost).await;
    }
    let content =
        json!({ "type": "RichContentEvent", "content": { "type": "text", "text": "hello" } });
    let sequence = talk.ada.publish(&talk.id, content).await;
    talk.hook
        .change("the receipt", |change| {
            change["event"]["status"] == "READ"
                && change["event"]["sequenceList"] == json!([sequence])
        })
        .await;
    let help = talk.ask("help", "Say one of these").await;
    assert_eq!(help["event"]["quickReplies"]["type"], "quickReplies");
}

#[tokio::test]
async fn hostile_text_arrives_as_it_was_written() {
    let talk = Talk::start().await;
    talk.ada.say(&talk.id, "Send me something hostile").await;
    let all = talk
        .hook
        .wait_for("the last of it", |seen| {
            let changes: Vec<Value> = seen.iter().map(Seen::change).collect();
            let done = |change: &Value| {
                text(change).is_some_and(|text| text.contains("Pick one of these"))
            };
            changes.iter().any(done).then_some(changes)
        })
        .await;
    // Written out as JSON, the escapes of the wire are those of the text.
    let all: String = all.iter().map(Value::to_string).collect();
    for evil in [
        "\\u001b]52;c;",
        "\\u001b]8;;https://evil.test",
        "\u{9b}2J",
        "\u{202e}",
        "\u{200b}",
        "\\u0007",
        "\u{301}\u{323}",
        "\\u0000",
        "\\n\\n\\n\\n",
        "https://cdn.shop.test/\\u001b]0;owned",
    ] {
        assert!(all.contains(evil), "no {evil:?}");
    }
}

#[tokio::test]
async fn ten_conversations_at_once_are_not_mixed_up() {
    let talk = Talk::start().await;
    let people = (0..10).map(|number| {
        let connector = talk.ada.connector.clone();
        async move {
            let consumer = connector.consumer(&format!("consumer-{number}")).await;
            let id = consumer.open().await;
            // All are asked for a number, and every second one gives it.
            consumer.say(&id, "Where is my order?").await;
            let second = if number % 2 == 0 {
                "40417"
            } else {
                "I don't know it"
            };
            consumer.say(&id, second).await;
            consumer.say(&id, &format!("flood {}", number + 1)).await;
            (number, id)
        }
    });
    for (number, id) in join_all(people).await {
        let second = match number % 2 {
            0 => ["Thank you. Let me look that up…", "Found it"].as_slice(),
            _ => &["No problem."],
        };
        let mut expected = vec![
            "Hi, this is Riley".to_owned(),
            "I can look that up.".to_owned(),
        ];
        expected.extend(second.iter().map(|&line| line.to_owned()));
        let flood = number + 1;
        expected.extend((1..=flood).map(|n| format!("flood {n}/{flood}")));
        let said = talk
            .hook
            .wait_for("all that one was told", |seen| {
                let said: Vec<String> = seen
                    .iter()
                    .map(Seen::change)
                    .filter(|change| {
                        change["conversationId"] == id.as_str()
                            && change["originatorMetadata"]["role"] == "ASSIGNED_AGENT"
                    })
                    .filter_map(|change| text(&change).map(ToOwned::to_owned))
                    .collect();
                (said.len() >= expected.len()).then_some(said)
            })
            .await;
        let agrees = said
            .iter()
            .zip(&expected)
            .all(|(said, line)| said.starts_with(line));
        assert!(
            said.len() == expected.len() && agrees,
            "{said:#?} and not {expected:#?}"
        );
    }
}
