//! Stories made up of lines and traces, and the scenarios they become.

mod taps;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::{
    domain::{
        content::{Content, Hosted},
        ids::{DialogId, EntryId, ItemId, PhoneId},
        line::{Delivery, Hops, Line, LineBody},
        role::{Author, Role},
        time::Timestamp,
        wire::outbound::{AcceptStatus, EndField},
    },
    export::{
        Redactor, Talk,
        talk::{Beside, Recording, TalkFile, Trace, compose, trace::Traced},
    },
    scenario::{check::check, format::format, parse::parse, script::Deed},
};

const BEGAN: i64 = 1_795_176_000_000;

/// A conversation under construction: each thing happens a second after the one before.
#[derive(Default)]
struct Story {
    recording: Recording,
    seconds: i64,
    entries: u64,
    consumer: &'static str,
}

impl Story {
    fn new() -> Self {
        let mut story = Self {
            consumer: "Ada Quill",
            ..Self::default()
        };
        story.recording.folder = "a.files".to_owned();
        story
    }

    fn now(&self) -> Timestamp {
        Timestamp(BEGAN + self.seconds * 1000)
    }

    fn trace(mut self, lines: Vec<ItemId>, what: Traced) -> Self {
        self.entries += 1;
        self.recording.traces.push(Trace {
            entry: EntryId(self.entries),
            at: self.now(),
            lines,
            what,
        });
        self
    }

    fn line(&mut self, body: LineBody) -> ItemId {
        let number = u32::try_from(self.recording.lines.len()).unwrap();
        let id = ItemId {
            phone: Some(PhoneId(0)),
            number,
        };
        let line = Line::new(id, self.now(), (0, u64::from(number)), body);
        self.recording.lines.push(line);
        id
    }

    fn after(mut self, seconds: i64) -> Self {
        self.seconds += seconds;
        self
    }

    fn mine(mut self, content: Content, metadata: Option<Value>, delivery: Delivery) -> Self {
        self.seconds += 1;
        let now = self.now();
        let id = self.line(LineBody::Mine {
            content,
            delivery,
            hops: Hops {
                sent: Some(now),
                answered: Some(now.after(std::time::Duration::from_millis(20))),
                ..Hops::default()
            },
        });
        self.trace(vec![id], Traced::Said(metadata))
    }

    fn says(self, text: &str) -> Self {
        self.mine(Content::text(text.into()), None, Delivery::Taken)
    }

    fn clicked(self, item: u32, metadata: &Value, texts: &[&str]) -> Self {
        let of = ItemId {
            phone: Some(PhoneId(0)),
            number: item,
        };
        let mut story = self.after(1).trace(
            vec![of],
            Traced::Clicked {
                sequence: Some(u64::from(item)),
                metadata: Some(metadata.clone()),
            },
        );
        for text in texts {
            let content = Content::text((*text).into());
            story = story.mine(content, Some(metadata.clone()), Delivery::Taken);
        }
        story
    }

    fn did(self, deed: Deed) -> Self {
        self.after(1).trace(Vec::new(), Traced::Done(deed))
    }

    fn from(mut self, role: Role, dialog: &str, content: Content) -> Self {
        self.seconds += 1;
        let id = self.line(LineBody::Theirs {
            author: Author {
                id: "riley".into(),
                role,
            },
            name: "Riley".into(),
            content,
            dialog: DialogId::from(dialog),
            sequence: self.recording.lines.len() as u64,
            answerable: false,
        });
        self.trace(vec![id], Traced::Hook)
    }

    fn hears(self, text: &str) -> Self {
        self.from(Role::AssignedAgent, "conv", Content::text(text.into()))
    }

    fn written(&self) -> TalkFile {
        let talk = Talk {
            consumer: self.consumer.into(),
            brand: "Acme".into(),
            account: "sandbox".into(),
            conversation: "conv".into(),
            began: Timestamp(BEGAN),
            exported: Timestamp(BEGAN),
            zone: TimeZone::UTC,
            redactor: Redactor::default(),
        };
        let file = compose(&talk, &self.recording).unwrap();
        let mut parsed = parse("a.talk", &file.text, &|name| Err(name.to_owned()));
        let checked = check(&parsed.script, &parsed.sources);
        parsed.faults.extend(checked);
        assert_eq!(format(&file.text).as_deref(), Ok(file.text.as_str()));
        assert!(!parsed.is_faulty(), "{}\n{:?}", file.text, parsed.faults);
        file
    }

    /// The steps and comments below the head.
    fn steps(&self) -> Vec<String> {
        let text = self.written().text;
        let (_, steps) = text.split_once("\n\n").unwrap();
        steps.lines().map(str::to_owned).collect()
    }
}

fn id(name: &str) -> Value {
    json!([{"type": "ExternalId", "id": name}])
}

#[test]
fn a_plain_conversation_reads_as_one_would_write_it() {
    let file = Story::new()
        .trace(Vec::new(), Traced::Opened)
        .hears("Hi Ada, this is Riley. How can I help?")
        .says("Where is my order?")
        .hears("What is your order number?")
        .says("It is 40417")
        .from(Role::Controller, "conv", Content::text("One moment".into()))
        .after(9)
        .hears("Order 40417 arrives on 2026-12-01.")
        .did(Deed::Closes { with_survey: false })
        .from(Role::Agent, "survey", Content::text("How was it?".into()))
        .did(Deed::Rates {
            stars: 5,
            is_resolved: Some(true),
        })
        .did(Deed::Ends(EndField::State))
        .written();
    assert_eq!(
        file.text,
        "# Recorded by handset 0.1.0 from a conversation of 2026-11-20 12:00 +00:00 with the sandbox.
title Where is my order?
needs survey
extras fail

me opens
agent: Hi {me.first}, this is Riley. How can I help?
me: Where is my order?
agent: What is your order number?
me: It is 40417
maybe system: One moment
agent within 20s: Order 40417 arrives on ….
me closes
survey: How was it?
me rates 5 resolved
me ends
"
    );
    assert_eq!(file.remarks, Vec::<String>::new());
}

#[test]
fn a_conversation_begins_with_what_comes_first() {
    let silent = Story::new().trace(Vec::new(), Traced::Opened);
    assert_eq!(
        silent.says("Hello").hears("Hi").steps(),
        ["me: Hello", "agent: Hi"]
    );
    let theirs = Story::new().hears("Hello again").says("Hi").steps();
    assert!(
        theirs[0].starts_with("# Somebody else opened"),
        "{theirs:?}"
    );
    let part = Story::new().says("before").hears("yes").says("after");
    let since = part.now();
    let mut story = part;
    story.recording.since = Some(since);
    let text = story.written().text;
    assert!(text.contains("It begins in the middle"), "{text}");
    assert!(!text.contains("extras fail"), "{text}");
    assert_eq!(story.steps(), ["me: after"]);
    story.recording.since = Some(story.now().after(std::time::Duration::from_secs(1)));
    assert!(
        compose(
            &Talk {
                consumer: "".into(),
                brand: "".into(),
                account: "1".into(),
                conversation: "conv".into(),
                began: since,
                exported: since,
                zone: TimeZone::UTC,
                redactor: Redactor::default(),
            },
            &story.recording
        )
        .is_none()
    );
}

#[test]
fn long_rows_are_counted() {
    let mut story = Story::new().says("Tell me all");
    for number in 0..21 {
        story = story.hears(&format!("Fact {number}"));
    }
    let story = story.says("Stop").hears("Yes");
    let text = story.written().text;
    assert!(!text.contains("extras fail"), "{text}");
    assert_eq!(
        story.steps(),
        [
            "me: Tell me all",
            "expect 21 messages from agent within 45s",
            "me: Stop",
            "agent: Yes",
        ]
    );
}

#[test]
fn files_secrets_and_failures_are_told() {
    let file = |local: Option<&str>, caption: &str| {
        Content::File(Hosted {
            caption: caption.into(),
            file_type: "PNG".into(),
            local: local.map(str::to_owned),
            ..Hosted::default()
        })
    };
    let failed = Delivery::Failed {
        reason: "401\nno token".into(),
        uncertain: false,
    };
    let story = Story::new()
        .says("my password is hunter2")
        .mine(
            file(Some("/home/ada/my mug.png"), "For Ada"),
            None,
            Delivery::Taken,
        )
        .mine(file(None, ""), None, Delivery::Taken)
        .from(Role::AssignedAgent, "conv", file(None, "Invoice 4711"))
        .from(Role::AssignedAgent, "conv", file(None, ""))
        .after(1)
        .trace(vec![], Traced::Marked(AcceptStatus::Access))
        .mine(Content::text("Hello?".into()), None, failed);
    let written = story.written();
    assert_eq!(
        story.steps(),
        [
            "# What looked like a secret is … in the next line; `secret NAME from env VAR` can hold it.",
            "me: my password is …",
            "me sends \"a.files/1-my-mug.png\" \"For {me.first}\"",
            "# Not in this scenario: a file that is not on this machine any more.",
            "me sees file \"Invoice …\"",
            "me sees file",
            "me marks last access",
            "# This did not go out: 401 no token",
            "me: Hello?",
        ]
    );
    assert!(!written.text.contains("hunter2"));
    assert_eq!(written.remarks.len(), 1);
    assert!(
        written.text.contains("title my password is …"),
        "{}",
        written.text
    );
    let local = Beside::Copy("/home/ada/my mug.png".into());
    assert_eq!(written.beside, [("1-my-mug.png".to_owned(), local)]);
}

#[test]
fn flight_mode_and_absence_are_seen_where_the_wire_tells_them() {
    let mut story = Story::new().says("Hello").hears("Hi");
    // Written at once, sent five seconds later, and nothing else went out.
    let written = story.now();
    story.seconds += 5;
    let story = story.says("Are you there?");
    let mut story = story
        .after(1)
        .trace(vec![], Traced::Looked(false))
        .hears("Yes");
    story = story
        .after(1)
        .trace(vec![], Traced::Looked(true))
        .says("Good");
    let mut quiet = story.after(1).trace(vec![], Traced::Looked(false));
    quiet.recording.lines[2].at = Timestamp(written.0 + 500);
    assert_eq!(
        quiet.steps(),
        [
            "me: Hello",
            "agent: Hi",
            "me goes offline",
            "me: Are you there?",
            "me goes online",
            "me looks away",
            "agent: Yes",
            "me looks back",
            "me: Good",
        ]
    );
}

#[test]
fn what_came_late_is_waited_for_in_the_phones_order() {
    let mut story = Story::new()
        .says("Hello")
        .hears("One")
        .hears("Two")
        .says("Thanks");
    // The webhook of the first came last.
    story.recording.traces[1].at = Timestamp(story.now().0 + 5000);
    assert_eq!(
        story.steps(),
        ["me: Hello", "agent: One", "agent: Two", "me: Thanks"]
    );
}
