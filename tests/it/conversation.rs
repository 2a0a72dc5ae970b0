//! The conversation's behaviour, case by case: each file under
//! `tests/fixtures/conversations` is one story, told step by step with the
//! effects and the lines of the phone it must lead to.
//!
//! An event is written in a few words, see [`event`]; webhooks are built as the
//! JSON the cloud posts and read by the program's own reader. `restart` stops
//! the machine and restores it from what it had saved.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use handset::domain::{
    content::Content,
    conversation::{
        Conversation, Saved,
        effect::Effect,
        event::{Act, Attachment, PhoneEvent},
    },
    ids::{ItemId, ParticipantId, PhoneId, RequestId, TimerId},
    line::{Delivery, Line, LineBody},
    persona::Habits,
    retry::Problem,
    text::SafeText,
    time::Timestamp,
    wire::{
        fault, inbound,
        opening::Profile,
        outbound::{EndField, Outbound, Rating},
    },
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::support::reload::reload;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    /// What the story shows, for the reader.
    #[expect(dead_code, reason = "for the reader of the file")]
    about: String,
    /// How the consumer writes and reads; usually as anybody does.
    #[serde(default)]
    habits: Habits,
    step: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Milliseconds since the story began; by default as the step before.
    at: Option<i64>,
    event: String,
    /// The whole webhook body, for the event `body`.
    body: Option<String>,
    /// All effects, in order.
    #[serde(default)]
    effects: Vec<String>,
    /// All lines of the phone, top to bottom.
    phone: Option<Vec<String>>,
    /// Who is typing, `""` for nobody.
    typing: Option<String>,
    /// `opening`, `open` or `closed`.
    phase: Option<String>,
}

fn names() -> BTreeMap<ParticipantId, SafeText> {
    [("riley", "Riley"), ("mo", "Mo")]
        .map(|(id, name)| (ParticipantId::from(id), SafeText::from(name)))
        .into()
}

/// `RequestId` from `#7`.
fn request(word: &str) -> RequestId {
    RequestId(word.strip_prefix('#').unwrap().parse().unwrap())
}

fn item(word: &str) -> ItemId {
    ItemId {
        phone: Some(PhoneId(0)),
        number: word.parse().unwrap(),
    }
}

/// `uncertain`, `unreachable`, or a status with an optional error code as `400/40004`.
fn problem(word: &str) -> Problem {
    let reason = SafeText::from("time-out");
    match word {
        "uncertain" => Problem::Uncertain { reason },
        "unreachable" => Problem::Unreachable { reason },
        status => {
            let (status, code) = status.split_once('/').unwrap_or((status, "0"));
            let body = json!({"code": 400, "body": {
                "title": "No", "details": "not so", "errorCode": code.parse::<u32>().unwrap()}});
            Problem::of(fault::read(
                status.parse().unwrap(),
                body.to_string().as_bytes(),
            ))
        }
    }
}

fn notification(kind: &str, change: &Value) -> inbound::Change {
    let body = json!({"kind": "notification", "body": {"changes": [change]}, "type": kind});
    let mut changes = inbound::read(body.to_string().as_bytes());
    assert_eq!(changes.len(), 1);
    changes.remove(0)
}

/// `hook WHO[@CONVERSATION[/DIALOG]] KIND …`
fn message(words: &str) -> inbound::Change {
    let (who, rest) = words.split_once(' ').unwrap();
    let (who, place) = who.split_once('@').unwrap_or((who, "c1"));
    let (conversation, dialog) = place.split_once('/').unwrap_or((place, place));
    let role = match who {
        "me" => "CONSUMER",
        "mo" => "MANAGER",
        "system" => "CONTROLLER",
        "survey" => "AGENT",
        _ => "ASSIGNED_AGENT",
    };
    let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let chat_state = |state: &str| json!({"type": "ChatStateEvent", "chatState": state});
    let event = match kind {
        "composing" => chat_state("COMPOSING"),
        "active" => chat_state("ACTIVE"),
        _ => Value::Null,
    };
    let mut change = json!({"originatorId": who, "originatorMetadata": {"id": who, "role": role},
        "event": event, "conversationId": conversation, "dialogId": dialog, "messageAudience": "ALL"});
    if change["event"].is_null() {
        let (sequence, rest) = rest.split_once(' ').unwrap();
        change["sequence"] = json!(sequence.parse::<u64>().unwrap());
        change["serverTimestamp"] = json!(0);
        let list = || serde_json::from_str::<Value>(rest).unwrap();
        let receipt = |status: &str| json!({"type": "AcceptStatusEvent", "status": status, "sequenceList": list()});
        change["event"] = match kind {
            "text" | "note" => {
                json!({"type": "ContentEvent", "message": rest, "contentType": "text/plain"})
            }
            "quick" => json!({"type": "ContentEvent", "message": rest, "contentType": "text/plain",
                "quickReplies": {"type": "quickReplies", "replies": [
                    {"type": "button", "title": "Yes", "click": {
                        "metadata": [{"type": "ExternalId", "id": "yes"}],
                        "actions": [{"type": "publishText", "text": "Yes please"}]}},
                    {"type": "button", "title": "No", "click": {
                        "actions": [{"type": "publishText", "text": "No"}]}}]}}),
            "accept" => receipt("ACCEPT"),
            "action" => receipt("ACTION"),
            "read" => receipt("READ"),
            "access" => receipt("ACCESS"),
            "nack" => receipt("NACK"),
            "file" => json!({"type": "ContentEvent", "contentType": "hosted/file", "message": {
                "caption": "a file", "relativePath": rest, "fileType": "PNG"}}),
            other => json!({"type": other}),
        };
        if kind == "note" {
            change["messageAudience"] = json!("AGENTS_AND_MANAGERS");
        }
    }
    notification("ms.MessagingEventNotification", &change)
}

/// `upsert CONVERSATION TIME open|survey|closed [WHO …]`
fn upsert(words: &str) -> inbound::Change {
    let mut words = words.split(' ');
    let id = words.next().unwrap();
    let updated: i64 = words.next().unwrap().parse().unwrap();
    let (main, stage) = match words.next().unwrap() {
        "open" => ("OPEN", "OPEN"),
        "survey" => ("CLOSE", "OPEN"),
        _ => ("CLOSE", "CLOSE"),
    };
    let mut participants = vec![json!({"id": "me", "role": "CONSUMER"})];
    let mut details = json!({"dialogs": [{"dialogId": id, "dialogType": "MAIN",
        "channelType": "MESSAGING", "state": main, "participantsDetails": []}]});
    let mut survey_by = None;
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "skill" => details["skillId"] = json!(value),
            "ttr" => {
                let (kind, seconds) = value.split_once(':').unwrap();
                let seconds: u64 = seconds.parse().unwrap();
                details["ttr"] = json!({"ttrType": kind, "value": seconds});
            }
            "csat" => details["csat"] = serde_json::from_str(value).unwrap(),
            "survey-by" => survey_by = Some(value),
            "asked" => {
                let one = json!({"id": value, "role": "ASSIGNED_AGENT", "state": "SUGGESTED"});
                details["dialogs"][0]["participantsDetails"] = json!([one]);
            }
            "by-system" => details["closeReason"] = json!("SYSTEM"),
            "reader" => participants.push(json!({"id": value, "role": "READER"})),
            "agent" => participants.push(json!({"id": value, "role": "ASSIGNED_AGENT"})),
            "system" => participants.push(json!({"id": "system", "role": "CONTROLLER"})),
            "by-consumer" => details["closeReason"] = json!("CONSUMER"),
            "by-agent" => details["closeReason"] = json!("AGENT"),
            "stranger" => participants[0]["id"] = json!("somebody-else"),
            "mo" => participants.push(json!({"id": "mo", "role": "MANAGER"})),
            "suggested" => {
                details["dialogs"][0]["participantsDetails"] =
                    json!([{"id": "riley", "role": "ASSIGNED_AGENT", "state": "SUGGESTED"}]);
            }
            agent => participants.push(json!({"id": agent, "role": "ASSIGNED_AGENT"})),
        }
    }
    if main != stage || survey_by.is_some() {
        // The survey first: the order is not fixed.
        let mut survey = json!({"dialogId": format!("{id}-survey"), "dialogType": "POST_SURVEY",
            "channelType": "MESSAGING", "state": "OPEN"});
        if let Some(by) = survey_by {
            survey["state"] = json!("CLOSE");
            survey["closedBy"] = json!(by);
        }
        details["dialogs"].as_array_mut().unwrap().insert(0, survey);
    }
    details["participants"] = Value::Array(participants);
    details["state"] = json!(main);
    details["stage"] = json!(stage);
    details["metaDataLastUpdateTs"] = json!(updated);
    notification(
        "cqm.ExConversationChangeNotification",
        &json!({"type": "UPSERT", "result": {"convId": id, "conversationDetails": details}}),
    )
}

/// One of the words the wire has for something.
fn word<T: DeserializeOwned>(word: &str) -> T {
    serde_json::from_value(Value::from(word)).unwrap()
}

/// `LOCAL TYPE [CAPTION]`, always with a picture.
fn attachment(words: &str) -> Act {
    let mut words = words.splitn(3, ' ');
    Act::Attach(Box::new(Attachment {
        local: words.next().unwrap().to_owned(),
        size: 7,
        file_type: words.next().unwrap().to_owned(),
        caption: words.next().unwrap_or_default().to_owned(),
        preview: Some("data:,x".to_owned()),
        metadata: None,
    }))
}

/// The events of a story, each in a few words.
fn event(words: &str) -> PhoneEvent {
    let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
    let pair = || rest.split_once(' ').unwrap_or((rest, ""));
    let act = match verb {
        "submit" => Act::submit(rest.replace("\\n", "\n")),
        "typed" => Act::Typed {
            standing: rest != "nothing",
        },
        "looked" => Act::Looked(rest == "at"),
        "shown" => Act::Shown(rest.split_whitespace().map(item).collect()),
        "reply" => Act::Reply {
            item: item(pair().0),
            index: pair().1.parse().unwrap(),
        },
        "retry" => Act::Retry(item(rest)),
        "submit-with" => Act::Submit {
            text: pair().1.to_owned(),
            metadata: Some(serde_json::from_str(pair().0).unwrap()),
        },
        "attach" => attachment(rest),
        "tell" => Act::Tell(word(rest)),
        "mark" => {
            let (status, metadata) = pair().1.split_once(' ').unwrap_or((pair().1, "null"));
            Act::Mark {
                item: item(pair().0),
                status: word(status),
                metadata: serde_json::from_str(metadata).unwrap(),
            }
        }
        "end" => Act::End(if rest == "stage" {
            EndField::Stage
        } else {
            EndField::State
        }),
        "rate" => Act::Rate(Rating {
            csat: pair().0.parse().ok(),
            resolved: pair().1.parse().ok(),
        }),
        "ttr" => Act::ChangeTtr {
            ttr: word(pair().0),
            value: pair().1.parse().ok(),
        },
        "profile" => Act::SetProfile(Profile::named(rest, "")),
        "replay" => Act::Replay(item(rest)),
        "close" => Act::Close,
        "new" => Act::New,
        "back" => Act::GoBack((!rest.is_empty()).then(|| rest.into())),
        "stop-replay" => Act::StopReplay,
        "flight" => Act::Flight(rest == "on"),
        "pocket" => Act::Pocket(rest == "in"),
        "quit" => Act::Quit,
        "start" => return PhoneEvent::Started,
        "identified" => {
            return PhoneEvent::Identified {
                request: request(rest),
                me: "me".into(),
            };
        }
        "opened" => {
            return PhoneEvent::Opened {
                request: request(pair().0),
                conversation: pair().1.into(),
            };
        }
        "sent" => {
            return PhoneEvent::Sent {
                request: request(pair().0),
                sequence: pair().1.parse().ok(),
            };
        }
        "uploaded" => {
            return PhoneEvent::Uploaded {
                request: request(pair().0),
                path: pair().1.to_owned(),
            };
        }
        "failed" => {
            return PhoneEvent::Failed {
                request: request(pair().0),
                problem: problem(pair().1),
            };
        }
        "woke" => {
            return PhoneEvent::Woke(TimerId(rest.strip_prefix('t').unwrap().parse().unwrap()));
        }
        "hook" => return PhoneEvent::Notified(message(rest)),
        "upsert" => return PhoneEvent::Notified(upsert(rest)),
        other => panic!("no such event: {other}"),
    };
    PhoneEvent::User(act)
}

fn told(effect: &Effect) -> String {
    match effect {
        Effect::Identify { request } => format!("identify #{}", request.0),
        Effect::Open { request, attempt } => format!("open #{} try {attempt}", request.0),
        Effect::Send {
            request,
            attempt,
            outbound,
            items,
        } => {
            let envelope = outbound.envelope("1");
            let purpose = outbound.purpose();
            let purpose = purpose.split_once(' ').map_or(&*purpose, |(_, what)| what);
            let body = &envelope["body"];
            let said = match outbound {
                Outbound::Text { .. } | Outbound::File { .. } => body.pointer("/event/message"),
                Outbound::EndConversation { .. }
                | Outbound::Rate { .. }
                | Outbound::ChangeTtr { .. } => body.pointer("/conversationField"),
                Outbound::SetUserProfile { .. } => Some(body),
                _ => None,
            };
            let place = body
                .get("dialogId")
                .or_else(|| body.pointer("/conversationField/dialog/dialogId"))
                .or_else(|| body.get("conversationId"));
            let dialog = place
                .and_then(Value::as_str)
                .filter(|dialog| *dialog != "c1");
            let metadata = envelope.get("metadata");
            let about: Vec<_> = items.iter().map(|item| item.number).collect();
            format!(
                "send #{} {purpose}{}{}{}{}{}",
                request.0,
                said.map(|said| format!(" {said}")).unwrap_or_default(),
                dialog
                    .map(|dialog| format!(" @{dialog}"))
                    .unwrap_or_default(),
                metadata
                    .map(|data| format!(" with {data}"))
                    .unwrap_or_default(),
                if *attempt > 1 {
                    format!(" try {attempt}")
                } else {
                    String::new()
                },
                if about.is_empty() {
                    String::new()
                } else {
                    format!(" about {about:?}")
                },
            )
        }
        Effect::Upload {
            request,
            attempt,
            local,
            file_type,
            ..
        } => format!("upload #{} try {attempt} {local} {file_type}", request.0),
        Effect::Wake { timer, after } => format!("wake t{} in {}", timer.0, seconds(*after)),
        Effect::Concerns(items) => {
            let numbers: Vec<_> = items.iter().map(|item| item.number).collect();
            format!("concerns {numbers:?}")
        }
        Effect::Tell { tried, again, .. } => match again {
            Some(after) => format!("tell {tried}, again in {}", seconds(*after)),
            None => format!("tell {tried}"),
        },
        Effect::Remark(text) => format!("remark {text}"),
    }
}

fn seconds(span: Duration) -> String {
    format!("{} ms", span.as_millis())
}

fn drawn(item: &Line) -> String {
    match &item.body {
        LineBody::Mine {
            content, delivery, ..
        } => {
            let mark = match delivery {
                Delivery::Queued => "◷".to_owned(),
                Delivery::Leaving => "→".to_owned(),
                Delivery::Taken => "✓".to_owned(),
                Delivery::Sent { sequence } => format!("✓ {sequence}"),
                Delivery::Accepted { sequence } => format!("✓✓ {sequence}"),
                Delivery::Read { sequence } => format!("read {sequence}"),
                Delivery::Failed { uncertain, .. } => {
                    if *uncertain { "✗?" } else { "✗" }.to_owned()
                }
            };
            format!("me [{mark}] {}", text(content))
        }
        LineBody::Theirs {
            author,
            content,
            answerable,
            ..
        } => {
            let replies = content.replies().iter();
            let replies: Vec<String> = replies.map(|one| one.title().to_string()).collect();
            let offered = if *answerable {
                format!(" {replies:?}")
            } else {
                String::new()
            };
            format!("{} {}{offered}", author.id, text(content))
        }
        LineBody::Quiet { text } => format!("-- {text}"),
    }
}

fn text(content: &Content) -> String {
    match content {
        Content::Text { text, .. } => text.to_string(),
        Content::File(file) => format!("[{} {}] {}", file.file_type, file.path, file.caption),
        other => format!("{other:?}"),
    }
}

/// Stops the machine and starts it again from what it had journalled.
fn restarted(
    conversation: &Conversation,
    journal: &BTreeMap<ItemId, Line>,
    habits: Habits,
) -> Conversation {
    let saved = serde_json::to_string(conversation.saved()).unwrap();
    let saved: Saved = serde_json::from_str(&saved).unwrap();
    let items = serde_json::to_string(&journal.values().collect::<Vec<_>>()).unwrap();
    Conversation::restored(
        saved,
        serde_json::from_str(&items).unwrap(),
        names(),
        habits,
    )
}

fn play(path: &Path, forgets: bool) {
    let shown = path.file_name().unwrap().to_string_lossy().into_owned();
    let source = fs::read_to_string(path).unwrap();
    let story: Story = toml::from_str(&source).unwrap_or_else(|fault| panic!("{shown}: {fault}"));
    let mut conversation = Conversation::new(PhoneId(0), names(), story.habits);
    let mut journal = BTreeMap::new();
    let mut now = 0;
    for (index, step) in story.step.iter().enumerate() {
        let at = format!("{shown}, step {}: {}", index + 1, step.event);
        now = step.at.unwrap_or(now);
        let effects = if step.event == "restart" {
            conversation = restarted(&conversation, &journal, story.habits);
            Vec::new()
        } else if let Some(body) = &step.body {
            let changes = inbound::read(body.as_bytes());
            let step = |change| {
                let event = PhoneEvent::Notified(change);
                reload(&mut conversation, &journal, &event);
                let effects = conversation.step(Timestamp(now), event);
                for item in conversation.take_changed() {
                    journal.insert(item.id, item);
                }
                effects
            };
            changes.into_iter().flat_map(step).collect()
        } else {
            let event = event(&step.event);
            reload(&mut conversation, &journal, &event);
            conversation.step(Timestamp(now), event)
        };
        let effects = effects.iter().map(told);
        if forgets {
            // Bubbles that are forgotten are not named beside what is sent.
            let plain = |words: String| {
                let about = words.split(" about [").next().unwrap_or_default();
                about
                    .split("concerns [")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            };
            let expected: Vec<String> = step.effects.iter().cloned().map(plain).collect();
            let effects: Vec<String> = effects.map(plain).collect();
            assert_eq!(effects, expected, "effects of {at}, when all is forgotten");
        } else {
            let effects: Vec<String> = effects.collect();
            assert_eq!(effects, step.effects, "effects of {at}");
        }
        for item in conversation.take_changed() {
            journal.insert(item.id, item);
        }
        if forgets {
            conversation.forget(0);
        }
        if let Some(phone) = &step.phone {
            let mut lines: Vec<&Line> = journal.values().collect();
            lines.sort_by_key(|item| item.place);
            let lines: Vec<String> = lines.into_iter().map(drawn).collect();
            assert_eq!(&lines, phone, "the phone after {at}");
            let held: Vec<_> = conversation.items().cloned().collect();
            let all = held == journal.values().cloned().collect::<Vec<_>>();
            assert!(all || forgets, "{at}");
        }
        if let Some(typing) = &step.typing {
            let who = conversation.typing().unwrap_or_default();
            assert_eq!(who.as_str(), typing, "typing after {at}");
        }
        if let Some(phase) = &step.phase {
            let now = if conversation.is_open() {
                "open"
            } else if conversation.is_closed() {
                "closed"
            } else {
                "opening"
            };
            assert_eq!(now, phase, "phase after {at}");
        }
    }
}

#[test]
fn every_story_goes_as_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/conversations");
    let mut stories: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    stories.sort();
    assert!(stories.len() > 10, "the stories are gone");
    let failed = stories
        .iter()
        .filter(|path| {
            let goes = |forgets| std::panic::catch_unwind(|| play(path, forgets)).is_ok();
            !goes(false) || !goes(true)
        })
        .count();
    assert_eq!(failed, 0, "stories that went otherwise, see above");
}
