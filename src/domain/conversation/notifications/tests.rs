//! What comes is shown, or a line says that it cannot be read.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{
    conversation::event::{Act, PhoneEvent},
    ids::PhoneId,
    line::{Line, UNREADABLE},
    persona::Habits,
    rich::plain,
    wire::{
        damage::{CARD, CONVERSATION, PLAIN, SAID, damaged, damages},
        outbound::Outbound,
    },
};

/// A phone in its conversation, and what it was asked to do.
struct Phone(Conversation, Vec<Effect>);

impl Phone {
    fn new() -> Self {
        let mut conversation = Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default());
        conversation.enter(CONVERSATION.into());
        Self(conversation, Vec::new())
    }

    /// A body comes to the only phone there is, as the engine would bring it.
    fn receive(&mut self, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        for change in inbound::read(body) {
            let change = match change {
                Change::Message(message) if !self.0.knows_message(&message) => {
                    let traced = self.0.trace(&message, &text).map(Box::new);
                    Change::Message(traced.unwrap_or(message))
                }
                known => known,
            };
            self.1
                .extend(self.0.step(Timestamp(0), PhoneEvent::Notified(change)));
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.items().map(words).collect()
    }

    /// The numbers marked with a status.
    fn marked(&self, wanted: AcceptStatus) -> Vec<Sequence> {
        let sent = self.1.iter().filter_map(|effect| match effect {
            Effect::Send {
                outbound:
                    Outbound::Accept {
                        status, sequences, ..
                    },
                ..
            } if *status == wanted => Some(sequences.clone()),
            _ => None,
        });
        sent.flatten().collect()
    }
}

fn words(item: &Line) -> String {
    match &item.body {
        LineBody::Quiet { text } => text.as_str().to_owned(),
        LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => match content {
            Content::Text { text, .. } => text.as_str().to_owned(),
            Content::Rich { content, .. } => {
                let lines = plain::lines(content);
                lines.iter().map(ToString::to_string).collect()
            }
            other => format!("{other:?}"),
        },
    }
}

/// The body with some bytes of it changed.
fn changed(body: &str, what: &str, into: &str) -> String {
    assert!(body.contains(what), "{what}");
    body.replace(what, into)
}

#[test]
fn oddities_around_a_message_cost_nothing_of_it() {
    let text = |odd: String| {
        let mut phone = Phone::new();
        phone.receive(odd.as_bytes());
        assert_eq!(phone.lines(), [SAID], "{odd}");
        assert_eq!(phone.marked(AcceptStatus::Accept), [3], "{odd}");
    };
    for body in [PLAIN, CARD] {
        text(format!("\u{feff}{body}"));
        text(changed(body, r#""type":"ms."#, r#""type":"x","type":"ms."#));
        text(changed(body, r#""sequence":3"#, r#""sequence":"3""#));
        text(changed(
            body,
            r#""event":{"#,
            r#""metadata":[{"n":1e400}],"event":{"#,
        ));
        let deep = format!(
            r#""x":{}{},"event":{{"#,
            "[".repeat(5_000),
            "]".repeat(5_000)
        );
        text(changed(body, r#""event":{"#, &deep));
        text(changed(body, r#""id":"riley""#, r#""id":{"a":7}"#));
        text(changed(body, r#""kind":"notification","#, ""));
        text(changed(
            body,
            r#""messageAudience":"ALL""#,
            r#""messageAudience":null"#,
        ));
    }
    let metadata = changed(PLAIN, r#"[{"type":"ExternalId","id":"x"}]"#, "7");
    text(metadata.replace("1722500061200", "\"soon\""));
}

#[test]
fn a_message_without_its_number_is_shown_all_the_same() {
    for number in ["null", "-1", "\"x\"", "{}", "1e400"] {
        let mut phone = Phone::new();
        let number = format!(r#""sequence":{number}"#);
        phone.receive(changed(PLAIN, r#""sequence":3"#, &number).as_bytes());
        let lines = phone.lines();
        assert_eq!(
            lines,
            [format!("The agent, in a message without a number: {SAID}")]
        );
        assert!(phone.marked(AcceptStatus::Accept).is_empty());
    }
}

#[test]
fn what_cannot_be_read_is_a_line_that_is_accepted_and_never_read() {
    let odd = [
        (changed(PLAIN, r#""event":"#, r#""ereignis":"#), vec![3]),
        (changed(PLAIN, r#""message":"#, r#""nachricht":"#), vec![3]),
        (
            changed(
                PLAIN,
                r#""messageAudience":"ALL""#,
                r#""messageAudience":"SOME""#,
            ),
            vec![3],
        ),
        (changed(CARD, r#""content":"#, r#""inhalt":"#), vec![3]),
        (changed(PLAIN, r#""changes":"#, r#""aenderungen":"#), vec![]),
        (format!("!{CONVERSATION}\u{0}\u{1}"), vec![]),
        (
            r#"{"body":{"changes":[{"event":{"type":"ContentEvent","message":"whose?"}}]}}"#
                .to_owned(),
            vec![],
        ),
        (String::new(), vec![]),
    ];
    for (body, accepted) in odd {
        let mut phone = Phone::new();
        phone.receive(body.as_bytes());
        assert_eq!(phone.lines(), [UNREADABLE], "{body}");
        let item = phone.0.items().next().unwrap().id;
        assert!(phone.1.contains(&Effect::Concerns(vec![item])), "{body}");
        // On screen and looked at.
        let shown = PhoneEvent::User(Act::Shown(vec![item]));
        let effects = phone.0.step(Timestamp(1), shown);
        phone.1.extend(effects);
        assert_eq!(phone.marked(AcceptStatus::Accept), accepted, "{body}");
        assert!(phone.marked(AcceptStatus::Read).is_empty(), "{body}");
        // It comes again.
        phone.receive(body.as_bytes());
        let again = if accepted.is_empty() { 2 } else { 1 };
        assert_eq!(phone.lines().len(), again, "{body}");
    }
}

#[test]
fn what_is_not_for_the_consumer_makes_no_line_however_odd_it_is() {
    let private = changed(PLAIN, r#""ALL""#, r#""AGENTS_AND_MANAGERS""#);
    for body in [
        private.clone(),
        changed(&private, r#""message":"#, r#""x":"#),
    ] {
        let mut phone = Phone::new();
        phone.receive(body.as_bytes());
        assert_eq!(phone.lines(), Vec::<String>::new(), "{body}");
    }
    // Where the audience may have been lost, the text is not shown.
    let mut phone = Phone::new();
    let cut = private.split(r#","messageAudience"#).next().unwrap();
    phone.receive(cut.as_bytes());
    assert_eq!(phone.lines(), [UNREADABLE]);
    let mut phone = Phone::new();
    phone.receive(
        json!({"kind": "notification", "body": {"changes": []}})
            .to_string()
            .as_bytes(),
    );
    phone.receive(
        PLAIN
            .replace("ContentEvent", "AcceptStatusEvent")
            .as_bytes(),
    );
    phone.receive(PLAIN.replace(CONVERSATION, "somebody else's").as_bytes());
    assert_eq!(phone.lines(), Vec::<String>::new());
}

#[test]
fn a_message_the_cloud_took_in_words_without_a_number_is_sent_and_its_echo_brings_the_number() {
    let mut phone = Phone::new();
    let say = |phone: &mut Phone, text: &str| {
        let effects = phone
            .0
            .step(Timestamp(1), PhoneEvent::User(Act::submit(text)));
        let request = effects.iter().find_map(|effect| match effect {
            Effect::Send {
                request,
                outbound: Outbound::Text { .. },
                ..
            } => Some(*request),
            _ => None,
        });
        request.unwrap()
    };
    let deliveries = |phone: &Phone| -> Vec<Delivery> {
        let mine = phone.0.items().filter_map(|item| match &item.body {
            LineBody::Mine { delivery, .. } => Some(delivery.clone()),
            _ => None,
        });
        mine.collect()
    };
    let sequence = None;
    let request = say(&mut phone, SAID);
    phone
        .0
        .step(Timestamp(2), PhoneEvent::Sent { request, sequence });
    assert_eq!(deliveries(&phone), [Delivery::Taken]);
    // Nothing waits for it, and it is not sent again.
    let item = phone.0.items().next().unwrap().id;
    phone
        .0
        .step(Timestamp(3), PhoneEvent::User(Act::Retry(item)));
    let request = say(&mut phone, "more");
    let sequence = Some(4);
    phone
        .0
        .step(Timestamp(4), PhoneEvent::Sent { request, sequence });
    assert_eq!(
        deliveries(&phone),
        [Delivery::Taken, Delivery::Sent { sequence: 4 }]
    );
    let saved = serde_json::to_value(phone.0.saved()).unwrap();
    let items = phone.0.items().cloned().collect();
    let saved = serde_json::from_value(saved).unwrap();
    phone.0 = Conversation::restored(saved, items, BTreeMap::new(), Habits::default());
    phone.receive(PLAIN.replace("ASSIGNED_AGENT", "CONSUMER").as_bytes());
    let sent = |sequence| Delivery::Sent { sequence };
    assert_eq!(deliveries(&phone), [sent(3), sent(4)]);
}

#[test]
fn a_card_whose_body_lacks_its_first_brace_is_told() {
    let mut phone = Phone::new();
    phone.receive(&CARD.as_bytes()[1..]);
    let lines = phone.lines();
    assert!(
        lines
            .iter()
            .all(|line| line.contains(SAID) || line == UNREADABLE)
            && !lines.is_empty(),
        "{lines:?}"
    );
}

#[test]
fn no_part_of_what_was_said_passes_for_all_of_it_and_no_odd_audience_hides_it() {
    let twice = r#""content":"content":{"type":"vertical""#;
    for (body, line) in [
        // The content is a text, and the card stands behind it.
        (
            changed(CARD, r#""content":{"type":"vertical""#, twice),
            UNREADABLE,
        ),
        // The quotes change their meaning from the time to the end.
        (changed(PLAIN, r#"estamp":"#, ":"), UNREADABLE),
        (
            changed(PLAIN, r#"on","body":{"changes":[{""#, ""),
            UNREADABLE,
        ),
        (
            changed(PLAIN, r#"on","body":{"changes":[{""#, "").replace(r#""ALL""#, r#"#ALL""#),
            UNREADABLE,
        ),
        (
            changed(
                PLAIN,
                r#""messageAudience":"ALL""#,
                r#""messageAudience":"AL" "#,
            ),
            UNREADABLE,
        ),
        // The kind of the text is lost, and with it the name of what follows.
        (
            changed(PLAIN, r#"Type":"text/plain","quickReplies""#, r#"""#),
            SAID,
        ),
    ] {
        let mut phone = Phone::new();
        phone.receive(body.as_bytes());
        assert_eq!(phone.lines(), [line], "{body}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_text_with_any_damage_around_it_is_shown_or_a_line_says_that_it_came(
        is_card in any::<bool>(),
        damages in damages(),
    ) {
        let body = damaged(if is_card { CARD } else { PLAIN }, &damages);
        let mut phone = Phone::new();
        phone.receive(&body);
        let lines = phone.lines();
        let is_told = lines.iter().any(|line| line.contains(SAID) || line == UNREADABLE);
        prop_assert!(is_told, "{}: {lines:?}", String::from_utf8_lossy(&body));
        prop_assert_eq!(phone.marked(AcceptStatus::Read), Vec::<Sequence>::new());
    }
}
