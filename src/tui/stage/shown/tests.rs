//! What of a conversation gets on stage.

use crate::{
    config::brand,
    domain::{line::Delivery, mask::Mask},
    tui::{
        chat::phone::{Owner, Phone},
        stage::shown::*,
        testkit::{id, mine, place, theirs},
    },
};

fn quiet_line(number: u32, text: &str) -> Line {
    let body = LineBody::Quiet { text: text.into() };
    Line {
        body,
        ..theirs(number, "")
    }
}

/// What of these lines may be shown, as their texts.
fn texts(lines: Vec<Line>) -> Vec<String> {
    let mut phone = Phone::default();
    for line in lines {
        phone.chat.put(&line);
    }
    let pack = brand::embedded().remove(1);
    let mut shown = ShownOnStage::default();
    let mask = Mask::new(["55512300".to_owned()], Vec::new());
    shown.follow(&phone, &pack, &mask, |_| {});
    let text = |line: &Line| match &line.body {
        LineBody::Quiet { text } => format!("- {text}"),
        LineBody::Theirs { name, content, .. } => format!("{name}: {}", said(content)),
        LineBody::Mine {
            content, delivery, ..
        } => format!("me: {} {delivery:?}", said(content)),
    };
    shown.lines.iter().map(text).collect()
}

fn said(content: &Content) -> String {
    match content {
        Content::Text { text, .. } => text.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn quiet_lines_are_told_in_the_words_of_the_pack_or_not_at_all() {
    let shown = texts(vec![
        quiet_line(1, "Riley joined the conversation"),
        quiet_line(2, "The time to respond is now 5 min, urgent"),
        quiet_line(3, "Riley passed you on to skill 4711"),
        quiet_line(4, "Riley handed you over to Sam Lee"),
        quiet_line(
            5,
            "A message came that this phone cannot read; select it to see what came",
        ),
        quiet_line(6, "You rated 4 of 5, settled"),
        quiet_line(7, "The agent closed the conversation; a survey follows"),
    ]);
    assert_eq!(
        shown,
        [
            "- Riley from Acme joined the chat",
            "- Sam goes on from here",
            "- You rated this chat 4 of 5",
            "- This chat has ended",
        ]
    );
}

#[test]
fn why_a_message_failed_is_not_told_and_private_notes_are_not_shown() {
    let failed = Delivery::Failed {
        reason: "the cloud answered 500 at https://api.example.com".into(),
        uncertain: false,
    };
    let note = Line {
        private: true,
        ..theirs(2, "a note for agents")
    };
    let shown = texts(vec![
        mine(1, "hello from 55512300", failed),
        note,
        theirs(3, "mail a@b.com"),
    ]);
    assert_eq!(
        shown,
        ["me: hello from ••• Queued", "Riley from Acme: mail •••"]
    );
}

#[test]
fn a_line_that_changes_is_shown_as_it_is_now_and_one_that_goes_is_gone() {
    let pack = brand::embedded().remove(0);
    let mask = Mask::default();
    let mut phone = Phone::default();
    let mut shown = ShownOnStage::default();
    phone.chat.put(&theirs(1, "one"));
    phone.chat.put(&theirs(2, "two"));
    let mut told = Vec::new();
    shown.follow(&phone, &pack, &mask, |id| told.push(id));
    phone.chat.put(&theirs(2, "three"));
    shown.follow(&phone, &pack, &mask, |id| told.push(id));
    assert_eq!(told, [id(1), id(2), id(2)]);
    let line = shown.lines.at(place(2)).unwrap();
    assert_eq!(line.content().map(said), Some("three".to_owned()));
    phone.chat.lines.take_out(id(1));
    shown.follow(&phone, &pack, &mask, |_| {});
    assert_eq!(shown.lines.len(), 1);
    // Another phone of as many changes is another phone.
    let mut other = Phone {
        owner: Owner::Phone(PhoneId(7)),
        ..Phone::default()
    };
    while other.chat.lines.changes() < phone.chat.lines.changes() {
        other.chat.put(&theirs(9, "nine"));
    }
    shown.follow(&other, &pack, &mask, |_| {});
    let texts: Vec<_> = shown
        .lines
        .iter()
        .filter_map(Line::content)
        .map(said)
        .collect();
    assert_eq!(texts, ["nine"]);
}
