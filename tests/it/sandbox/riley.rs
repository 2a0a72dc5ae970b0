//! Talking with Riley, over HTTP and webhooks only.

mod cards;
mod manners;
mod people;
mod pictures;
mod restart;
mod talk;

use std::time::Duration;

use handset::sandbox::settings::Delays;
use serde_json::json;

use crate::sandbox::{hook::text, riley::talk::Talk};

#[tokio::test]
async fn riley_takes_the_ring_accepts_reads_types_and_answers() {
    let talk = Talk::start().await;
    let assigned = talk
        .hook
        .change("the agent", |change| {
            change["result"]["conversationDetails"]["participants"][0]["role"] == "ASSIGNED_AGENT"
        })
        .await;
    let riley = &assigned["result"]["conversationDetails"]["participants"][0]["id"];
    let answer = talk.ask("Thanks a lot!", "You are welcome!").await;
    assert_eq!(&answer["originatorId"], riley);
    let told = talk.after("Thanks a lot!");
    let told: Vec<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|told| !told.starts_with("UPSERT"))
        .collect();
    assert_eq!(
        told,
        [
            "Thanks a lot!",
            "ACCEPT [1]",
            "READ [1]",
            "COMPOSING",
            "ACTIVE",
            "You are welcome!"
        ]
    );
}

#[tokio::test]
async fn every_sort_of_answer_can_be_provoked() {
    let talk = Talk::start().await;
    talk.ask("Where is my ORDER?", "order number").await;
    talk.ask("A-40417", "Found it").await;
    let ask = talk.ask("Which colours are there?", "Which one").await;
    let replies = &ask["event"]["quickReplies"];
    assert_eq!(replies["type"], "quickReplies");
    let button = &replies["replies"][0];
    let click = &button["click"]["metadata"];
    let action = json!({ "kind": "req", "id": "21", "type": "ms.PublishEvent", "metadata": click,
        "body": { "dialogId": talk.id, "event": { "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [ask["sequence"]] } } });
    assert_eq!(talk.ada.send(action.to_string()).await.status(), 200);
    let clicked = json!({ "kind": "req", "id": "22", "type": "ms.PublishEvent", "metadata": click,
        "body": { "dialogId": talk.id, "event": { "type": "ContentEvent", "contentType": "text/plain",
            "message": button["click"]["actions"][0]["text"] } } });
    assert_eq!(talk.ada.send(clicked.to_string()).await.status(), 200);
    talk.says("a fine choice").await;
    talk.ada.say(&talk.id, "Show me a card").await;
    let card = talk
        .hook
        .change("the card", |change| {
            change["event"]["type"] == "RichContentEvent"
        })
        .await;
    assert_eq!(card["event"]["content"]["type"], "vertical");
    let note = talk.ask("Write a private note", "must not see this").await;
    assert_eq!(note["messageAudience"], "AGENTS_AND_MANAGERS");
    talk.ask("Get me a supervisor", "Morgan").await;
    let anything = talk.says("anything else").await;
    assert_eq!(anything["originatorMetadata"]["role"], "ASSIGNED_AGENT");
    let hostile = talk.ask("Send me something hostile", "Red").await;
    assert!(text(&hostile).unwrap().contains("\u{1b}[31m"));
    talk.ask("say it in Arabic", "مرحبا").await;
    talk.ask("Count to five", "Five").await;
    talk.ask("keep typing", "took a while").await;
    talk.ask("zzz", "did not get that").await;
}

#[tokio::test]
async fn riley_reads_along_while_typing_and_answers_in_turn() {
    let talk = Talk::with(Delays {
        per_character: Duration::from_millis(250),
        longest: Duration::from_secs(4),
        ..Delays::none()
    })
    .await;
    talk.ada.say(&talk.id, "thanks").await;
    // Read, and from then on answered: that takes Riley four seconds, in which a busy machine too
    // brings the next message.
    talk.hook
        .change("thanks read", |change| {
            change["originatorMetadata"]["role"] == "ASSIGNED_AGENT"
                && change["event"]["status"] == "READ"
        })
        .await;
    talk.ada.say(&talk.id, "opening hours").await;
    talk.says("from 8 to 20").await;
    let told = talk.after("opening hours");
    let place = |what: &str| {
        let place = told.iter().position(|told| told.contains(what));
        place.unwrap_or_else(|| panic!("no {what} in {told:?}"))
    };
    assert!(place("ACCEPT") < place("READ"), "{told:?}");
    assert!(place("READ") < place("You are welcome!"), "{told:?}");
    assert!(
        place("You are welcome!") < place("from 8 to 20"),
        "{told:?}"
    );
}

#[tokio::test]
async fn jokes_are_told_in_turn() {
    let talk = Talk::start().await;
    for _ in 0..4 {
        talk.ada.say(&talk.id, "a joke").await;
    }
    let jokes = talk
        .hook
        .wait_for("four jokes", |seen| {
            let jokes: Vec<String> = seen
                .iter()
                .map(super::hook::Seen::change)
                .filter(|change| change["originatorMetadata"]["role"] == "ASSIGNED_AGENT")
                .filter_map(|change| text(&change).map(ToOwned::to_owned))
                .filter(|text| !text.contains("this is Riley"))
                .collect();
            (jokes.len() == 4).then_some(jokes)
        })
        .await;
    let different: std::collections::BTreeSet<_> = jokes.iter().collect();
    assert_eq!(different.len(), 4, "{jokes:?}");
}

#[tokio::test]
async fn a_burst_is_answered_one_by_one_and_goodbye_closes() {
    let talk = Talk::start().await;
    for words in ["hello", "opening hours", "bye", "anyone?"] {
        talk.ada
            .send(json!({ "kind": "req", "id": "1", "type": "ms.PublishEvent", "body": { "dialogId": talk.id,
                "event": { "type": "ContentEvent", "contentType": "text/plain", "message": words } } }).to_string())
            .await;
    }
    let closed = talk
        .hook
        .change("the close", |change| {
            change["result"]["conversationDetails"]["stage"] == "CLOSE"
        })
        .await;
    assert_eq!(
        closed["result"]["conversationDetails"]["closeReason"],
        "AGENT"
    );
    let theirs: Vec<String> = talk
        .hook
        .changes()
        .iter()
        .filter(|change| change["originatorMetadata"]["role"] == "ASSIGNED_AGENT")
        .filter_map(|change| text(change).map(ToOwned::to_owned))
        .collect();
    assert_eq!(theirs.len(), 4, "{theirs:?}");
    assert!(theirs[1].starts_with("Hello!"), "{theirs:?}");
    assert!(theirs[2].contains("from 8 to 20"), "{theirs:?}");
    assert!(theirs[3].contains("Goodbye"), "{theirs:?}");
}
