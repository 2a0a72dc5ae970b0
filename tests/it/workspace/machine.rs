//! The workspace step by step: what it asks of the cloud, and when.

use std::{collections::BTreeMap, time::Duration};

use handset::domain::{
    availability::Availability,
    ids::{ConversationId, RequestId, TimerId},
    line::{Line, LineBody, UNREADABLE_FOR_AGENTS},
    rich::plain,
    time::Timestamp,
    wire::ums::{
        frame::{self, Answer, Frame},
        request::{self, Request},
    },
    workspace::{
        Workspace,
        command::Command,
        effect::{Effect, Shown},
        event::Event,
        view::Ring,
    },
};
use serde_json::{Value, json};

const ROOM: &str = "c1";
const FULL: &str = "1.7";
const NOW: i64 = 1_722_500_000_000;

/// A workspace, its time, and what it did.
struct Table {
    workspace: Workspace,
    now: i64,
    asked: Vec<(RequestId, Request)>,
    wakes: Vec<(TimerId, Duration)>,
    rings: Vec<Ring>,
    lines: BTreeMap<u32, Line>,
}

impl Table {
    /// With the conversation assigned to whoever is logged in, and nothing said in it.
    fn new() -> Self {
        let mut table = Self {
            workspace: Workspace::new(Availability::Online, BTreeMap::new()),
            now: NOW,
            asked: Vec::new(),
            wakes: Vec::new(),
            rings: Vec::new(),
            lines: BTreeMap::new(),
        };
        table.step(Event::Up {
            full: FULL.into(),
            pid: "pid-7".into(),
        });
        table.tell(".ams.aam.ExConversationChangeNotification", &room());
        table.answer_queries(&json!([]));
        table.asked.clear();
        table
    }

    fn step(&mut self, event: Event) {
        for effect in self.workspace.step(event, Timestamp(self.now)) {
            match effect {
                Effect::Ask { request, what } => self.asked.push((request, what)),
                Effect::Wake { timer, after } => self.wakes.push((timer, after)),
                Effect::Show(Shown::Rings(rings)) => self.rings = rings,
                Effect::Show(Shown::Lines { lines, .. }) => {
                    self.lines
                        .extend(lines.into_iter().map(|line| (line.id.number, line)));
                }
                _ => {}
            }
        }
    }

    fn execute(&mut self, command: Command) {
        self.step(Event::Command(command));
    }

    fn tell(&mut self, kind: &str, body: &Value) {
        self.tell_frame(&told(kind, body));
    }

    fn tell_frame(&mut self, frame: &str) {
        let Frame::Told(told) = frame::read(frame.as_bytes()) else {
            panic!("{frame}");
        };
        self.step(Event::Told(told));
    }

    /// What the lines say, whoever said it.
    fn said(&self) -> Vec<String> {
        let lines = self.lines.values().map(|line| match &line.body {
            LineBody::Quiet { text } => text.to_string(),
            LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => {
                plain::words(content).to_string()
            }
        });
        lines.collect()
    }

    fn answer_queries(&mut self, events: &Value) {
        let queries: Vec<RequestId> = self
            .asked
            .iter()
            .filter(|(_, what)| matches!(what, Request::Query { .. }))
            .map(|(request, _)| *request)
            .collect();
        self.asked.clear();
        for request in queries {
            let answer = Ok(Answer::from(events.clone()));
            self.step(Event::Answered { request, answer });
        }
    }

    /// Lets time pass, and the timers run out that are due.
    fn pass(&mut self, span: Duration) {
        self.now += i64::try_from(span.as_millis()).unwrap();
        for (timer, _) in std::mem::take(&mut self.wakes) {
            self.step(Event::Woke(timer));
        }
    }

    /// What was published since the last look: `READ [1]`, `COMPOSING`, `text`.
    fn published(&mut self) -> Vec<String> {
        let asked = std::mem::take(&mut self.asked);
        let asked = asked.into_iter().filter_map(|(_, what)| match what {
            Request::Publish { event, .. } => Some(match event {
                request::Event::Accept { status, sequences } => {
                    format!("{} {sequences:?}", status.as_str())
                }
                request::Event::State(state) => state.as_str().to_owned(),
                request::Event::Text { .. } => "text".to_owned(),
                request::Event::Rich { .. } => "card".to_owned(),
            }),
            _ => None,
        });
        asked.collect()
    }

    fn writes(&mut self, any: bool) {
        let conversation = ConversationId::from(ROOM);
        self.execute(Command::Writing { conversation, any });
    }
}

fn told(kind: &str, body: &Value) -> String {
    json!({ "kind": "notification", "type": kind, "body": body }).to_string()
}

fn room() -> Value {
    json!({ "subscriptionId": "open", "changes": [ { "type": "UPSERT", "result": {
        "convId": ROOM, "conversationDetails": {
            "convId": ROOM, "skillId": "-1", "state": "OPEN", "stage": "OPEN",
            "participants": { "CONSUMER": ["ada"], "ASSIGNED_AGENT": [FULL] },
            "participantsPId": { "CONSUMER": ["ada"], "ASSIGNED_AGENT": ["pid-7"] },
            "dialogs": [ { "dialogId": ROOM, "dialogType": "MAIN", "channelType": "MESSAGING", "state": "OPEN" } ],
        } } } ] })
}

fn event(sequence: u64, by: &str, event: &Value) -> Value {
    let role = if by == "ada" {
        "CONSUMER"
    } else {
        "ASSIGNED_AGENT"
    };
    json!({ "sequence": sequence, "dialogId": ROOM, "conversationId": ROOM, "originatorId": by,
        "originatorPId": by, "originatorMetadata": { "id": by, "role": role },
        "serverTimestamp": NOW, "messageAudience": "ALL", "event": event })
}

fn text(sequence: u64) -> Value {
    let said = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "hello" });
    event(sequence, "ada", &said)
}

const TOLD: &str = ".ams.ms.OnlineEventDistribution";

#[test]
fn what_arrives_is_accepted_and_what_is_in_view_is_read() {
    let mut table = Table::new();
    table.tell(TOLD, &text(0));
    assert_eq!(table.published(), ["ACCEPT [0]"]);
    table.execute(Command::Look(Some(ROOM.into())));
    assert_eq!(table.published(), ["READ [0]"]);
    table.tell(TOLD, &text(1));
    assert_eq!(table.published(), ["ACCEPT [1]", "READ [1]"]);
    table.execute(Command::Look(None));
    table.tell(TOLD, &text(2));
    assert_eq!(table.published(), ["ACCEPT [2]"]);
}

#[test]
fn an_odd_frame_is_read_as_far_as_it_can_be() {
    let frame = told(TOLD, &text(0));
    let deep = format!(r#""x":{}{},"event":"#, "[".repeat(900), "]".repeat(900));
    for odd in [
        format!("\u{feff}{frame}"),
        frame.replace(r#""kind":"#, r#""kind":"x","kind":"#),
        frame.replace(r#""sequence":0"#, r#""sequence":"0""#),
        frame.replace(r#""event":"#, r#""metadata":[{"n":1e400}],"event":"#),
        frame.replace(r#""event":"#, &deep),
    ] {
        assert_ne!(odd, frame);
        let mut table = Table::new();
        table.tell_frame(&odd);
        assert_eq!(table.said(), ["hello"], "{odd}");
        assert_eq!(table.published(), ["ACCEPT [0]"], "{odd}");
    }
    let mut table = Table::new();
    table.tell_frame(&frame.replace(r#""sequence":0"#, r#""sequence":null"#));
    assert_eq!(table.said(), ["hello"]);
    for lost in [r#""message""#, r#""event""#] {
        let mut table = Table::new();
        table.execute(Command::Look(Some(ROOM.into())));
        table.tell_frame(&frame.replace(lost, r#""lost""#));
        assert_eq!(table.said(), [UNREADABLE_FOR_AGENTS], "{lost}");
        assert_eq!(
            table.published(),
            ["ACCEPT [0]"],
            "it is here, and nobody can read it"
        );
    }
}

#[test]
fn what_another_agent_has_read_is_not_read_again() {
    let mut table = Table::new();
    table.execute(Command::Look(Some(ROOM.into())));
    table.published();
    // One is missing between: all of it is asked for, and told at once.
    table.tell(TOLD, &text(3));
    assert!(matches!(
        table.asked[..],
        [(_, Request::Query { newer_than: 0, .. })]
    ));
    let read = json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0] });
    table.answer_queries(&json!([text(0), event(1, "1.8", &read), text(2), text(3)]));
    assert_eq!(table.published(), ["ACCEPT [2, 3]", "READ [2, 3]"]);
}

#[test]
fn typing_is_told_when_it_changes() {
    let mut table = Table::new();
    for _ in 0..5 {
        table.writes(true);
    }
    assert_eq!(table.published(), ["COMPOSING"]);
    table.now += 2000;
    table.writes(true);
    table.pass(Duration::from_secs(1));
    assert!(table.published().is_empty(), "a key came a second ago");
    table.pass(Duration::from_secs(2));
    assert_eq!(table.published(), ["PAUSE"]);
    table.writes(true);
    assert_eq!(table.published(), ["COMPOSING"]);
    table.execute(Command::say(ROOM.into(), "yes", false));
    table.writes(false);
    assert_eq!(table.published(), ["text", "ACTIVE"]);
    table.pass(Duration::from_secs(3));
    assert!(table.published().is_empty());
}

#[test]
fn a_ring_ends_by_its_own_time_however_far_the_clocks_are_apart() {
    for until in [NOW + 72_000, NOW - 9_000_000, NOW + 9_000_000] {
        let mut table = Table::new();
        let task = json!({ "changes": [ { "type": "UPSERT", "result": {
            "routingTaskId": "rt", "conversationId": "c2", "consumerId": "bo", "skillId": "-1",
            "ringsDetails": [ { "ringId": "r", "ringExpiration": 72_000, "ringState": "WAITING",
                "ringExpirationTs": until } ] } } ] });
        table.tell(".ams.routing.RoutingTaskNotification", &task);
        assert_eq!(table.rings[0].until, Timestamp(NOW + 72_000), "{until}");
        table.pass(Duration::from_secs(72));
        assert!(table.rings.is_empty());
    }
}

#[test]
fn who_came_before_it_is_known_what_was_said_comes_after_it() {
    let mut table = Table::new();
    let mut rung = room();
    let details = &mut rung["changes"][0]["result"]["conversationDetails"];
    details["convId"] = json!("c2");
    details["dialogs"][0]["dialogId"] = json!("c2");
    let mut taken = rung.clone();
    for people in ["participants", "participantsPId"] {
        let details = &mut rung["changes"][0]["result"]["conversationDetails"];
        details[people]["ASSIGNED_AGENT"] = json!([]);
    }
    for told in [&mut rung, &mut taken] {
        told["changes"][0]["result"]["convId"] = json!("c2");
        table.tell(".ams.aam.ExConversationChangeNotification", told);
    }
    let mut said = text(4);
    said["dialogId"] = json!("c2");
    said["conversationId"] = json!("c2");
    table.answer_queries(&json!([said]));
    let mut lines: Vec<&Line> = table.lines.values().collect();
    lines.sort_by_key(|line| line.place);
    let quiet: Vec<bool> = lines
        .iter()
        .map(|line| matches!(line.body, LineBody::Quiet { .. }))
        .collect();
    assert_eq!(quiet, [false, true], "{lines:?}");
}

#[test]
fn what_was_written_before_the_agent_took_it_is_accepted_and_read_once_they_have_it() {
    let mut table = Table::new();
    let mut queued = room();
    let mut taken = room();
    let details = &mut queued["changes"][0]["result"]["conversationDetails"];
    for people in ["participants", "participantsPId"] {
        details[people]["ASSIGNED_AGENT"] = json!([]);
    }
    details["convId"] = json!("c2");
    details["dialogs"][0]["dialogId"] = json!("c2");
    let details = &mut taken["changes"][0]["result"]["conversationDetails"];
    details["convId"] = json!("c2");
    details["dialogs"][0]["dialogId"] = json!("c2");
    for told in [&mut queued, &mut taken] {
        told["changes"][0]["result"]["convId"] = json!("c2");
    }
    let changed = ".ams.aam.ExConversationChangeNotification";
    table.tell(changed, &queued);
    table.execute(Command::Look(Some("c2".into())));
    let mut said = text(0);
    said["dialogId"] = json!("c2");
    said["conversationId"] = json!("c2");
    table.answer_queries(&json!([said]));
    assert!(table.published().is_empty(), "nobody answers it yet");
    table.tell(changed, &taken);
    assert_eq!(table.published(), ["ACCEPT [0]", "READ [0]"]);
}
