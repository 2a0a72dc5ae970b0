//! Steps that are written come back as they were.

use std::time::Duration;

use proptest::prelude::*;

use crate::{
    domain::wire::outbound::{AcceptStatus, ChatState, EndField, TtrType},
    scenario::{parse::parse, print::*, script::*},
};

fn text(text: &str) -> Template {
    Template(vec![TextPiece::Text(text.to_owned())])
}

/// Writes steps, and reads them again.
fn read_again(kinds: Vec<StepKind>) -> (String, Vec<StepKind>) {
    let mut sheet = Sheet::default();
    for kind in kinds {
        sheet.step(&ScriptStep {
            place: SourcePlace::default(),
            source: String::new(),
            is_optional: false,
            kind,
        });
    }
    let written = sheet.text();
    let parsed = parse("a.talk", &written, &|_| Err("no file".to_owned()));
    assert_eq!(parsed.faults, [], "{written}");
    let steps = parsed
        .script
        .scenes
        .into_iter()
        .flat_map(|scene| scene.steps);
    (written.clone(), steps.map(|step| step.kind).collect())
}

fn line(said: Payload) -> StepKind {
    StepKind::Line {
        who: text("me"),
        timing: Timing::default(),
        text: said,
    }
}

#[track_caller]
fn comes_back(kind: StepKind, expected: &str) {
    let (written, read) = read_again(vec![kind.clone()]);
    assert_eq!(read, [kind]);
    assert_eq!(written.trim_end(), expected);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn deeds_and_facts_are_written_as_they_are_read() {
    let did = |deed| StepKind::Deed {
        who: text("me"),
        deed,
        within: None,
    };
    for (deed, expected) in [
        (Deed::Opens, "me opens"),
        (Deed::Types(Duration::from_millis(1500)), "me types 1s500ms"),
        (
            Deed::Sends {
                file: text("a b.png"),
                caption: Some(text("\"Mug\"")),
            },
            r#"me sends "a b.png" "\"Mug\"""#,
        ),
        (
            Deed::Taps(Element::Title(text("Add {1}"))),
            r#"me taps "Add {{1}""#,
        ),
        (
            Deed::Taps(Element::Id(text("blue-add"))),
            "me taps #blue-add",
        ),
        (
            Deed::Picks {
                value: text("01-12-2026"),
                within: Element::Id(text("day")),
            },
            r#"me picks "01-12-2026" in #day"#,
        ),
        (Deed::Looks(false), "me looks away"),
        (Deed::Pockets(true), "me pockets"),
        (Deed::GoesOnline(false), "me goes offline"),
        (Deed::Marks(AcceptStatus::Nack), "me marks last nack"),
        (Deed::Tells(ChatState::Background), "me tells background"),
        (
            Deed::Rates {
                stars: 4,
                is_resolved: Some(false),
            },
            "me rates 4 unresolved",
        ),
        (
            Deed::Asks {
                ttr: TtrType::Urgent,
                span: None,
            },
            "me asks urgent",
        ),
        (
            Deed::Asks {
                ttr: TtrType::Custom,
                span: Some(Duration::from_mins(15)),
            },
            "me asks 15m",
        ),
        (Deed::Closes { with_survey: false }, "me closes"),
        (Deed::Ends(EndField::Stage), "me ends stage"),
        (
            Deed::SendsRaw {
                to_conversation: false,
                body: text(r#"{"a": {"b": "{x}"}}"#),
            },
            r#"me sends raw send """{"a": {"b": "{{x}"}}""""#,
        ),
        (
            Deed::SendsRaw {
                to_conversation: true,
                body: text("{\n  \"a\": 1\n}"),
            },
            "me sends raw conversation \"\"\"\n  {\n    \"a\": 1\n  }\n\"\"\"",
        ),
    ] {
        comes_back(did(deed), expected);
    }
    comes_back(
        StepKind::Expect {
            fact: Fact::Messages {
                count: 21,
                who: text("agent"),
            },
            within: Some(Duration::from_secs(90)),
        },
        "expect 21 messages from agent within 1m30s",
    );
    comes_back(
        StepKind::No {
            event: UnwantedEvent::Message {
                from: Some(text("agent")),
                text: Some(Payload::Bare(text("sorry"))),
            },
            during: Duration::from_secs(2),
        },
        "no message from agent: sorry for 2s",
    );
    comes_back(
        StepKind::Sees {
            who: text("me"),
            sight: Sight::Offer(vec![text("Yes"), text("No, \"thanks\"")]),
            within: None,
        },
        r#"me sees offer "Yes" "No, \"thanks\"""#,
    );
}

#[test]
fn texts_get_quotes_where_they_would_be_read_as_something_else() {
    for (said, expected) in [
        ("Where is it?", "me: Where is it?"),
        ("\"quoted\"", r#"me: "\"quoted\"""#),
        ("/help", r#"me: "/help""#),
        ("=1", r#"me: "=1""#),
        (" blanks ", r#"me: " blanks ""#),
        ("a {b}", r#"me: "a {{b}""#),
        ("ends \"\"\"", r#"me: "ends \"\"\"""#),
    ] {
        let (written, read) = read_again(vec![line(Payload::Bare(text(said)))]);
        assert_eq!(written.trim_end(), expected);
        let [StepKind::Line { text: read, .. }] = read.as_slice() else {
            panic!("{read:?}")
        };
        let (Payload::Bare(read) | Payload::Quoted(read)) = read else {
            panic!("{read:?}")
        };
        assert_eq!(*read, text(said));
    }
    comes_back(
        line(Payload::Bare(text("one\n\n  two: \"x\""))),
        "me: \"\"\"\n  one\n\n    two: \"x\"\n\"\"\"",
    );
    comes_back(
        StepKind::Line {
            who: text("agent"),
            timing: Timing::default(),
            text: Payload::Regex {
                pattern: "a|b".to_owned(),
                ignores_case: true,
            },
        },
        "agent: /a|b/i",
    );
}

proptest! {
    #[test]
    fn every_text_comes_back(said in "([ -~]|[\n\"{}/…é\\\\]){1,40}") {
        let (written, read) = read_again(vec![line(Payload::Bare(text(&said)))]);
        let [StepKind::Line { text: Payload::Bare(read) | Payload::Quoted(read), .. }] =
            read.as_slice()
        else {
            panic!("{written}\n{read:?}")
        };
        prop_assert_eq!(read, &text(&said), "{}", written);
    }
}
