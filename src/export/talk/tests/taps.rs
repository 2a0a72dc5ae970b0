//! What is tapped and picked: cards, quick replies, dates.

use serde_json::json;

use super::{Story, id};
use crate::{
    domain::{
        content::{Content, QuickReply},
        role::Role,
    },
    export::talk::{Beside, Trace, trace::Traced},
};

#[test]
fn clicks_are_taps_and_their_texts_are_not_said_again() {
    let card = Content::Rich {
        content: json!({"type": "carousel", "elements": [
            {"type": "vertical", "elements": [
                {"type": "text", "text": "Mug, blue"},
                {"type": "button", "title": "Add", "click": {
                    "metadata": id("blue-add"),
                    "actions": [{"type": "publishText", "text": "Add the blue one"}],
                }},
            ]},
            {"type": "vertical", "elements": [
                {"type": "text", "text": "Mug, red"},
                {"type": "button", "title": "Add", "click": {
                    "metadata": id("red-add"),
                    "actions": [{"type": "publishText", "text": "Add the red one"}],
                }},
            ]},
        ]}),
        replies: vec![QuickReply::publishing("Others", &["Show others"], None)],
    };
    let mut story = Story::new()
        .says("Mugs")
        .from(Role::AssignedAgent, "conv", card)
        .clicked(1, &id("red-add"), &["Add the red one"])
        .hears("Added.");
    // The echo of the text was written down before its call.
    let traces = &mut story.recording.traces;
    let is_said = |trace: &Trace| matches!(trace.what, Traced::Said(_));
    let at = traces.iter().rposition(is_said).unwrap();
    let what = Traced::Hook;
    let echo = Trace {
        what,
        ..traces[at].clone()
    };
    traces.insert(at, echo);
    let file = story.written();
    assert_eq!(
        story.steps(),
        [
            "me: Mugs",
            "# a.files/1-card.json",
            "me sees",
            "  2 cards",
            "  title \"Mug, blue\"",
            "  card 2 button \"Add\" #red-add",
            "end",
            "me sees offer \"Others\"",
            "me taps #red-add",
            "agent: Added.",
        ]
    );
    let [(name, Beside::Card(card))] = file.beside.as_slice() else {
        panic!("{:?}", file.beside)
    };
    assert_eq!(name, "1-card.json");
    assert_eq!(card["event"]["content"]["type"], "carousel");
    assert_eq!(
        card["event"]["quickReplies"]["replies"][0]["title"],
        "Others"
    );
}

#[test]
fn quick_replies_are_tapped_also_without_metadata_and_dates_are_picked() {
    let replies = |replies| Content::Text {
        text: "Which colour?".into(),
        replies,
    };
    let plain = vec![
        QuickReply::publishing("Blue", &["Blue, please"], None),
        QuickReply::publishing("Red", &["Red, please"], None),
    ];
    assert_eq!(
        Story::new()
            .from(Role::AssignedAgent, "conv", replies(plain.clone()))
            .says("Red, please")
            .says("Blue, please")
            .steps()[1..],
        [
            "agent: Which colour?",
            "me sees offer \"Blue\" \"Red\"",
            "me taps \"Red\"",
            // It was not to be had any more.
            "me: Blue, please",
        ]
    );
    let known = vec![QuickReply::publishing(
        "Blue",
        &["Blue it is", "Thanks"],
        Some(id("b")),
    )];
    assert_eq!(
        Story::new()
            .from(Role::AssignedAgent, "conv", replies(known))
            .clicked(0, &id("b"), &["Blue it is", "Thanks", "More"])
            .steps()[3..],
        [
            "me taps \"Blue\"",
            "# Not in this scenario: the metadata that went along with this.",
            "me: More",
        ]
    );
    let date = Content::Rich {
        content: json!({"type": "button", "title": "Pick a day", "click": {
            "metadata": id("day"), "actions": [{"type": "datePicker", "class": "single"}],
        }}),
        replies: Vec::new(),
    };
    let picked = Story::new()
        .from(Role::AssignedAgent, "conv", date)
        .clicked(0, &id("day"), &["01-12-2026"])
        .steps();
    assert_eq!(
        picked[1..],
        [
            "# a.files/1-card.json",
            "me sees",
            "  button \"Pick a day\" #day",
            "end",
            "me picks \"01-12-2026\" in \"Pick a day\"",
        ]
    );
    // A title that differs from run to run is not told: the id is.
    let priced = Content::Rich {
        content: json!({"type": "vertical", "elements": [
            {"type": "text", "text": "The blue one"},
            {"type": "button", "title": "Pay €9.50", "click": {
                "metadata": id("pay"), "actions": [{"type": "publishText", "text": "I pay"}],
            }},
        ]}),
        replies: Vec::new(),
    };
    let paid = Story::new()
        .from(Role::AssignedAgent, "conv", priced)
        .clicked(0, &id("pay"), &["I pay"])
        .steps();
    assert_eq!(
        paid[1..],
        [
            "# a.files/1-card.json",
            "me sees",
            "  title \"The blue one\"",
            "end",
            "me taps #pay",
        ]
    );
    // What nobody knows is a mark by hand.
    let unknown = Story::new().says("Hi").clicked(0, &id("x"), &[]).steps();
    assert_eq!(unknown, ["me: Hi", "me marks last action"]);
}
