//! What comes over the agent's socket is shown, or a line says that it cannot be read.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{
    availability::Availability,
    wire::{
        damage::{CARD, CONVERSATION, PLAIN, SAID, damaged, damages},
        ums::frame::{self, Frame},
    },
    workspace::{command::Command, effect::Shown, event::Event as Step},
};

/// As one that serves the conversation is told of a message in it.
const ONLINE: &str = r#"{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{"sequence":3,"originatorId":"ada","originatorMetadata":{"id":"ada","role":"CONSUMER"},"serverTimestamp":1722500061200,"event":{"type":"ContentEvent","message":"Yes, two left.","contentType":"text/plain"},"conversationId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","dialogId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","messageAudience":"ALL","metadata":[]}}"#;

/// An agent who serves the conversation, and what was shown since.
struct Agent(Workspace, Vec<String>);

impl Agent {
    fn new(looks: bool) -> Self {
        let mut agent = Self(
            Workspace::new(Availability::Online, BTreeMap::new()),
            Vec::new(),
        );
        agent.step(Step::Up {
            full: "1.7".into(),
            pid: "pid-7".into(),
        });
        let told = json!({ "kind": "notification", "type": ".ams.aam.ExConversationChangeNotification",
            "body": { "subscriptionId": "open", "changes": [{ "type": "UPSERT", "result": {
                "convId": CONVERSATION, "conversationDetails": {
                    "convId": CONVERSATION, "skillId": "-1", "state": "OPEN", "stage": "OPEN",
                    "participants": { "CONSUMER": ["ada"], "ASSIGNED_AGENT": ["1.7"] },
                    "participantsPId": { "CONSUMER": ["ada"], "ASSIGNED_AGENT": ["pid-7"] },
                    "dialogs": [{ "dialogId": CONVERSATION, "dialogType": "MAIN",
                        "channelType": "MESSAGING", "state": "OPEN" }] } } }] } });
        agent.receive(told.to_string().as_bytes());
        if looks {
            agent.step(Step::Command(Command::Look(Some(CONVERSATION.into()))));
        }
        assert_eq!(agent.1, Vec::<String>::new());
        agent
    }

    fn step(&mut self, event: Step) {
        for effect in self.0.step(event, Timestamp(0)) {
            match effect {
                Effect::Show(Shown::Lines { lines, .. }) => {
                    self.1.extend(lines.iter().map(|line| match &line.body {
                        LineBody::Quiet { text } => text.to_string(),
                        LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => {
                            plain::words(content).to_string()
                        }
                    }));
                }
                Effect::Remark(words) => self.1.push(format!("notice: {words}")),
                _ => {}
            }
        }
    }

    fn receive(&mut self, frame: &[u8]) {
        if let Frame::Told(told) = frame::read(frame) {
            self.step(Step::Told(told));
        }
    }
}

#[test]
fn a_frame_that_cannot_be_placed_is_a_line_of_the_conversation_it_names_or_where_the_agent_looks() {
    let notice = format!("notice: {UNREADABLE_FOR_AGENTS}");
    let strange = |frame: &str| frame.replace(CONVERSATION, "x");
    let without_ids = strange(ONLINE)
        .replace("conversationId", "id")
        .replace("dialogId", "id");
    for (frame, line) in [
        (ONLINE.to_owned(), SAID),
        (ONLINE.replace(".ams.ms.Online", "?"), SAID),
        (ONLINE.replace("\"type\":\".ams", "\"art\":\".ams"), SAID),
        (
            ONLINE.replace("\"conversationId\":\"", "\"conversationId\":\"x"),
            SAID,
        ),
        (CARD.replace("\"sequence\":3", "\"sequence\":null"), SAID),
        (
            ONLINE.replace(r#"Id":"4f0a"#, r#"Id":"x4f0a"#),
            UNREADABLE_FOR_AGENTS,
        ),
        (
            ONLINE.replace("\"body\"", "\"leib\""),
            UNREADABLE_FOR_AGENTS,
        ),
        (
            PLAIN.replace("\"changes\"", "\"wechsel\""),
            UNREADABLE_FOR_AGENTS,
        ),
        (format!("!{CONVERSATION}\0"), UNREADABLE_FOR_AGENTS),
        (without_ids, &notice),
        ("no JSON at all".to_owned(), &notice),
    ] {
        let mut agent = Agent::new(false);
        agent.receive(frame.as_bytes());
        assert_eq!(agent.1, [line], "{frame}");
        let mut agent = Agent::new(true);
        agent.receive(frame.as_bytes());
        assert_eq!(agent.1, [line.trim_start_matches("notice: ")], "{frame}");
    }
    for other in [
        // Of a conversation that this workspace does not have.
        strange(ONLINE),
        strange(ONLINE).replace("\"message\"", "\"text\""),
        // No message, and nothing is wrong with it.
        json!({ "kind": "notification", "type": ".ams.new", "body": { "convId": CONVERSATION } })
            .to_string(),
        json!({ "kind": "resp", "type": "x", "body": { "sequence": 3 } }).to_string(),
        ONLINE.replace("ContentEvent", "AcceptStatusEvent"),
    ] {
        let mut agent = Agent::new(true);
        agent.receive(other.as_bytes());
        assert_eq!(agent.1, Vec::<String>::new(), "{other}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_text_with_any_damage_around_it_is_shown_or_a_line_says_that_it_came(
        body in prop::sample::select(&[ONLINE, PLAIN, CARD][..]),
        looks in any::<bool>(),
        damages in damages(),
    ) {
        let frame = damaged(body, &damages);
        let mut agent = Agent::new(looks);
        agent.receive(&frame);
        let shown = &agent.1;
        let is_told = shown.iter().any(|line| {
            line.contains(SAID) || line.ends_with(UNREADABLE_FOR_AGENTS)
        });
        prop_assert!(is_told, "{}: {shown:?}", String::from_utf8_lossy(&frame));
    }
}
