//! What the session writes and reads, against the hand-written JSON of `tests/fixtures/wire/ums`.

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use handset::domain::{
    availability::Availability,
    content::Content,
    ids::ParticipantId,
    role::Role,
    survey::Csat,
    text::SafeText,
    time::Timestamp,
    wire::{
        inbound,
        outbound::{AcceptStatus, ChatState},
        ums::{
            conversation::Change,
            frame::{self, Answer, Frame, Notification},
            message::Message,
            profile,
            request::{Asker, Event, Field, Request},
        },
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

const CONVERSATION: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
const CONSUMER: &str = "9b1f6c0d2e7a48359c54d0b7e8f1a2634c5d6e7f8091a2b3c4d5e6f708192a3b";
const FULL: &str = "55512300.1200345612";
const PID: &str = "b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire/ums")
}

fn text_of(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.json"))).expect(name)
}

fn fixture(name: &str) -> Value {
    serde_json::from_str(&text_of(name)).expect(name)
}

fn publish(event: Event, private: bool, metadata: Option<Value>) -> Request {
    Request::Publish {
        conversation: CONVERSATION.into(),
        dialog: CONVERSATION.into(),
        event,
        private,
        metadata,
    }
}

fn text(text: &str, replies: Option<Value>) -> Event {
    Event::Text {
        text: text.to_owned(),
        replies,
    }
}

fn accept(status: AcceptStatus, sequences: &[u64]) -> Request {
    let sequences = sequences.to_vec();
    publish(Event::Accept { status, sequences }, false, None)
}

fn update(fields: Vec<Field>) -> Request {
    Request::Update {
        conversation: CONVERSATION.into(),
        fields,
    }
}

fn remove(role: Role) -> Field {
    Field::Remove { user: None, role }
}

fn ring(accepted: bool) -> Request {
    Request::Ring {
        ring: "r1".to_owned(),
        accepted,
    }
}

fn requests() -> Vec<(&'static str, Request)> {
    let replies = fixture("requests/text-quick-replies")["body"]["event"]["quickReplies"].clone();
    let content = fixture("requests/rich")["body"]["event"]["content"].clone();
    let rich = Event::Rich {
        content,
        replies: Some(replies.clone()),
    };
    let card = json!([{ "type": "ExternalId", "id": "card-1" }]);
    vec![
        ("clock", Request::Clock),
        (
            "state-online",
            Request::SetState(Some(Availability::Online)),
        ),
        ("state-offline", Request::SetState(None)),
        ("subscribe-state", Request::SubscribeState),
        (
            "subscribe-open",
            Request::Subscribe {
                open: true,
                since: None,
            },
        ),
        (
            "subscribe-closed",
            Request::Subscribe {
                open: false,
                since: Some(Timestamp(1_722_500_000_000)),
            },
        ),
        ("unsubscribe", Request::Unsubscribe("e0b1".to_owned())),
        ("subscribe-tasks", Request::SubscribeTasks),
        ("ring-accept", ring(true)),
        ("ring-reject", ring(false)),
        (
            "query",
            Request::Query {
                dialog: CONVERSATION.into(),
                newer_than: 3,
            },
        ),
        (
            "text",
            publish(text("Yes, two left. 🎉", None), false, None),
        ),
        (
            "text-quick-replies",
            publish(text("Shall I?", Some(replies)), false, None),
        ),
        ("note", publish(text("seems upset", None), true, None)),
        ("rich", publish(rich, false, Some(card))),
        ("accept", accept(AcceptStatus::Accept, &[0, 3])),
        ("read", accept(AcceptStatus::Read, &[3])),
        (
            "composing",
            publish(Event::State(ChatState::Composing), false, None),
        ),
        (
            "join",
            update(vec![Field::Add {
                user: None,
                role: Role::Manager,
            }]),
        ),
        ("leave", update(vec![remove(Role::Manager)])),
        ("back-to-queue", update(vec![remove(Role::AssignedAgent)])),
        (
            "to-skill",
            update(vec![
                remove(Role::AssignedAgent),
                Field::Skill("3300120015".into()),
            ]),
        ),
        (
            "to-agent",
            update(vec![
                remove(Role::AssignedAgent),
                Field::Suggest("sam-pid".into()),
            ]),
        ),
        ("close", update(vec![Field::Close])),
        (
            "close-with-survey",
            update(vec![Field::CloseDialog(CONVERSATION.into())]),
        ),
        (
            "begin",
            Request::Begin {
                consumer: CONSUMER.into(),
                origin: Some(CONVERSATION.into()),
            },
        ),
        ("profile", Request::Profile(CONSUMER.into())),
    ]
}

#[test]
fn every_request_is_written_as_documented() {
    let asker = Asker {
        account: "55512300".into(),
        full: FULL.into(),
    };
    let mut written = BTreeSet::new();
    for (name, request) in requests() {
        let expected = fixture(&format!("requests/{name}"));
        assert_eq!(request.envelope("1", &asker), expected, "{name}");
        written.insert(format!("{name}.json"));
    }
    let there: BTreeSet<_> = fs::read_dir(folder().join("requests"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(written, there);
}

fn told(name: &str) -> Notification {
    match frame::read(text_of(&format!("frames/{name}")).as_bytes()) {
        Frame::Told(told) => told,
        other @ Frame::Answer { .. } => panic!("{name}: {other:?}"),
    }
}

fn answered(name: &str) -> Result<Answer, String> {
    match frame::read(text_of(&format!("frames/{name}")).as_bytes()) {
        Frame::Answer { to, answer } => {
            assert_eq!(to, "9");
            answer.map_err(|fault| fault.to_string())
        }
        other @ Frame::Told(_) => panic!("{name}: {other:?}"),
    }
}

fn message(name: &str) -> Message {
    match told(name) {
        Notification::Messages { mut messages, .. } => messages.remove(0),
        other => panic!("{name}: {other:?}"),
    }
}

fn changes(name: &str) -> Vec<Change> {
    match told(name) {
        Notification::Conversations {
            subscription,
            changes,
        } => {
            assert_eq!(subscription, "e0b1");
            changes
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn answers_and_refusals_are_read_in_each_of_their_forms() {
    assert_eq!(answered("answer-sequence").unwrap().sequence(), Some(3));
    assert!(answered("answer-ring").is_ok());
    let clock = answered("answer-clock").unwrap().clock();
    assert_eq!(clock, Some(Timestamp(1_722_500_000_123)));
    let subscription = answered("answer-subscription").unwrap().subscription();
    assert_eq!(subscription.as_deref(), Some("e0b1"));
    let messages = answered("answer-messages").unwrap().messages().unwrap();
    let numbers: Vec<_> = messages.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, [Some(0), Some(2)]);
    assert!(matches!(messages[1].event, inbound::Event::Unknown(_)));
    for (name, said) in [
        ("refusal-text", "400 Agent does not exist in conversation"),
        ("refusal-object", "403 [40301] Forbidden: not yours"),
        (
            "refusal-without-code",
            "502 [50201] Unable to access resource",
        ),
    ] {
        assert_eq!(answered(name).unwrap_err(), said);
    }
}

#[test]
fn a_conversation_is_read_with_both_ids_of_everybody() {
    let change = changes("conversation").remove(0);
    assert!(!change.is_deleted);
    let read = change.conversation;
    let members: Vec<_> = read
        .members
        .iter()
        .map(|one| (one.full.as_str(), one.pid.as_str(), one.role.as_str()))
        .collect();
    assert_eq!(
        members,
        [
            (CONSUMER, CONSUMER, "CONSUMER"),
            (FULL, PID, "ASSIGNED_AGENT")
        ]
    );
    assert!(read.is_open && read.is_main_open);
    assert_eq!(read.started, Some(Timestamp(1_722_500_000_000)));
    assert_eq!(read.owed_by, Some(Timestamp(1_722_500_600_000)));
    assert_eq!((read.csat, read.closed_by.as_str()), (None, ""));
    assert_eq!(read.features, [SafeText::from("RICH_CONTENT")]);
    assert_eq!(read.last.unwrap().sequence, Some(0));

    let mut changes = changes("survey");
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert!(changes.pop().unwrap().is_deleted);
    let read = changes.remove(0).conversation;
    assert!(read.is_open && !read.is_main_open);
    let dialogs: Vec<_> = read
        .dialogs
        .iter()
        .map(|one| (one.id.as_str(), one.is_survey, one.is_open))
        .collect();
    assert_eq!(
        dialogs,
        [
            ("Qm3tY0ZfT2-uV8kXw1cLrA", true, true),
            (CONVERSATION, false, false)
        ]
    );
    let manager = read
        .members
        .iter()
        .find(|one| one.pid.as_str() == "morgan-pid");
    assert_eq!(manager.unwrap().full.as_str(), "55512300.1200345614");
    let suggested: Vec<_> = read.suggested.iter().map(|one| one.full.as_str()).collect();
    assert_eq!(suggested, ["55512300.1200345615"]);
    let csat = Csat {
        rate: Some(4),
        resolved: None,
    };
    assert_eq!((read.csat, read.closed_by.as_str()), (Some(csat), "AGENT"));
}

#[test]
fn messages_are_read_with_audience_and_metadata() {
    let said = message("text");
    assert_eq!(
        (said.sequence, said.private, &said.metadata),
        (Some(0), false, &None)
    );
    assert_eq!((said.by.as_str(), said.role), (CONSUMER, Role::Consumer));
    let note = message("note-old-prefix");
    assert_eq!((note.sequence, note.private), (Some(5), true));
    assert_eq!((note.by.as_str(), note.pid.as_str()), (FULL, PID));
    assert_eq!(note.at, Some(Timestamp(1_722_500_004_000)));
    let content = Content::text(SafeText::from("seems upset"));
    assert!(matches!(note.event, inbound::Event::Content { content: read, .. } if read == content));
    let click = message("click");
    let status = inbound::Event::Accept {
        status: AcceptStatus::Action,
        sequences: vec![6],
    };
    assert_eq!(click.event, status);
    assert_eq!(
        click.metadata,
        Some(json!([{ "type": "ExternalId", "id": "add-blue" }]))
    );
    let typing = message("composing-with-zero");
    assert_eq!(typing.sequence, None);
    assert_eq!(typing.pid, ParticipantId::from(CONSUMER));
}

#[test]
fn rings_and_states_are_read() {
    let Notification::Tasks(mut tasks) = told("ring") else {
        panic!("no task");
    };
    let task = tasks.remove(0);
    assert!(!task.is_over && task.conversation.as_str() == CONVERSATION);
    let ring = &task.rings[0];
    assert!(ring.is_waiting);
    assert_eq!(ring.lasts, Some(Duration::from_secs(72)));
    assert_eq!(ring.until, Some(Timestamp(1_722_500_074_000)));
    let Notification::Tasks(tasks) = told("ring-over") else {
        panic!("no task");
    };
    assert!(tasks[0].is_over && !tasks[0].rings[0].is_waiting);
    assert_eq!(
        told("state"),
        Notification::Availability(Availability::BackSoon)
    );
}

#[test]
fn a_profile_becomes_rows() {
    let profile = profile::read(&fixture("profile"));
    assert_eq!(profile.name.as_str(), "Ada Quill");
    assert_eq!(profile.sdes.len(), 2);
    let row = |name: &str| {
        let found = profile
            .facts
            .iter()
            .find(|(known, _)| known.as_str() == name);
        found.map(|(_, value)| value.as_str().to_owned())
    };
    for (name, value) in [
        ("privateData.email", None),
        ("mobileNum", Some("+15550100")),
        ("email", Some("ada@shop.test")),
        ("ctmrinfo.socialId", Some("so-77")),
        ("ctmrinfo.balance", Some("12.5")),
        ("ctmrinfo.lastPaymentDate.year", Some("2024")),
        ("personal.contacts.email", Some("ada@shop.test")),
    ] {
        assert_eq!(row(name).as_deref(), value, "{name} in {:?}", profile.facts);
    }
    assert_eq!(profile::read(&json!({})), profile::Profile::default());
    // As the SDK has it.
    let list = json!([{ "type": "personal", "personal": { "firstname": "Ada", "lastname": "Q" } }]);
    assert_eq!(profile::read(&list).name.as_str(), "Ada Q");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{1,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every frame there is, with one of its values replaced by anything.
fn bent() -> impl Strategy<Value = Value> {
    let files = fs::read_dir(folder().join("frames")).unwrap();
    let frames: Vec<Value> = files
        .map(|entry| serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap())
        .collect();
    (
        prop::sample::select(frames),
        any::<prop::sample::Index>(),
        any_json(),
    )
        .prop_map(|(mut frame, at, value)| {
            let mut paths = Vec::new();
            collect(&frame, String::new(), &mut paths);
            let path = at.get(&paths);
            *frame.pointer_mut(path).unwrap() = value;
            frame
        })
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, format!("{path}/{name}"), paths);
            }
        }
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                collect(element, format!("{path}/{at}"), paths);
            }
        }
        _ => {}
    }
    paths.push(path);
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_left(frame in bent()) {
        frame::read(frame.to_string().as_bytes());
        profile::read(&frame);
    }
}
