//! Riley hands conversations over, gives them back, begins and ends them.

use handset::sandbox::{model::rules::Rules, settings::Settings};
use serde_json::json;

use crate::sandbox::{
    rig::{SERVICE, quick},
    riley::talk::Talk,
};

#[tokio::test]
async fn sam_of_sales_takes_over_and_sends_back() {
    let talk = Talk::start().await;
    talk.ada.say(&talk.id, "Transfer me to Sales").await;
    let sam = talk.says("this is Sam from Sales").await;
    assert_eq!(talk.author(&sam), "Sam");
    let answer = talk.ask("thanks", "welcome").await;
    assert_eq!(talk.author(&answer), "Sam");
    talk.ada.say(&talk.id, "Send me back").await;
    let riley = talk.says("Here we are again").await;
    assert_eq!(talk.author(&riley), "Riley");
    let answer = talk.ask("opening hours", "from 8 to 20").await;
    assert_eq!(talk.author(&answer), "Riley");
}

#[tokio::test]
async fn a_colleague_can_be_asked_for_by_name() {
    let talk = Talk::start().await;
    talk.ada.say(&talk.id, "Can I talk to Sam?").await;
    let suggested = talk
        .hook
        .change("Sam suggested", |change| {
            let people = &change["result"]["conversationDetails"]["dialogs"][0];
            let people = people["participantsDetails"].as_array();
            people.is_some_and(|people| people.iter().any(|one| one["state"] == "SUGGESTED"))
        })
        .await;
    assert_eq!(suggested["result"]["conversationDetails"]["stage"], "OPEN");
    let sam = talk.says("this is Sam from Sales").await;
    assert_eq!(talk.author(&sam), "Sam");
}

#[tokio::test]
async fn a_conversation_put_back_into_the_queue_is_taken_again_once() {
    let talk = Talk::start().await;
    talk.ask("Put me back to the queue", "put you back").await;
    talk.says("Here we are again").await;
    talk.ask("thanks", "welcome").await;
    let said = talk.answers();
    assert_eq!(said.len(), 4, "{said:?}");
}

#[tokio::test]
async fn riley_writes_later_in_a_conversation_of_its_own() {
    let talk = Talk::start().await;
    talk.ask("Write to me later", "write to you in a moment")
        .await;
    talk.hook
        .change("the close", |change| {
            change["result"]["convId"] == talk.id.as_str()
                && change["result"]["conversationDetails"]["stage"] == "CLOSE"
        })
        .await;
    let again = talk.says("I come back to you, as promised").await;
    let id = again["conversationId"].as_str().unwrap();
    assert_ne!(id, talk.id);
    assert_eq!(talk.author(&again), "Riley");
    talk.ada.say(id, "thanks").await;
    talk.hook
        .change("the answer", |change| {
            change["conversationId"] == id && change["event"]["message"] == "You are welcome!"
        })
        .await;
}

#[tokio::test]
async fn a_survey_follows_when_it_is_asked_for() {
    let rules = Rules {
        default_skill: Some(SERVICE.into()),
        ..Rules::default()
    };
    let settings = Settings { rules, ..quick() };
    let talk = Talk::on(&["MULTI_DIALOG"], settings).await;
    talk.ask("I want to give feedback", "a few questions follow")
        .await;
    let surveyed = talk
        .hook
        .change("the survey", |change| {
            change["result"]["conversationDetails"]["dialogs"][1]["dialogType"] == "POST_SURVEY"
        })
        .await;
    let details = &surveyed["result"]["conversationDetails"];
    assert_eq!(
        (&details["state"], &details["stage"]),
        (&json!("CLOSE"), &json!("OPEN"))
    );
    assert_eq!(details["dialogs"][0]["closedBy"], "AGENT");
    // Riley is out of it: what is said now is the survey's.
    let dialog = &details["dialogs"][1]["dialogId"];
    talk.hook
        .change("the first question", |change| {
            change["dialogId"] == *dialog && change["event"]["quickReplies"].is_object()
        })
        .await;
    assert_eq!(talk.answers().len(), 2);
}

#[tokio::test]
async fn a_rating_is_thanked_for() {
    let talk = Talk::start().await;
    let rating = json!({ "field": "CSATRate", "csatRate": 4, "status": "FILLED" });
    assert_eq!(talk.ada.update(&talk.id, rating).await.status(), 200);
    talk.says("Thank you for your rating: 4 stars").await;
    talk.ask("thanks", "welcome").await;
    assert_eq!(talk.answers().len(), 3, "thanked for once");
}
