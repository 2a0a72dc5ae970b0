//! Scenarios as they are read, and what is told of those with faults.

use crate::scenario::{fault::FaultKind, parse::*, script::*};

/// The faults of a text by their codes, each with its line.
fn faults(text: &str) -> Vec<(String, usize)> {
    let parsed = parse("a.talk", text, &|name| match name {
        "rows.csv" => Ok("a,b\n1,2\n3,4\n".to_owned()),
        "steps.talk" => Ok("me: Hello\nagent: {word}\n".to_owned()),
        "itself.talk" => Ok("use \"itself.talk\"\n".to_owned()),
        "deep/one.talk" => Ok("use \"two.talk\"\n".to_owned()),
        "deep/two.talk" => Ok("me: Two\nuse \"../steps.talk\" with word=x\n".to_owned()),
        "bad.talk" => Ok("\nme closse\n".to_owned()),
        _ => Err("there is no such file".to_owned()),
    });
    let faults = parsed.faults.iter();
    faults
        .map(|fault| (fault.kind.code(), fault.place.line))
        .collect()
}

fn script(text: &str) -> Script {
    let parsed = parse("a.talk", text, &|name| Err(format!("no {name}")));
    assert_eq!(parsed.faults, [], "{text}");
    parsed.script
}

fn text(text: &str) -> Template {
    Template(vec![TextPiece::Text(text.to_owned())])
}

fn kinds(text: &str) -> Vec<StepKind> {
    let script = script(text);
    let steps = script.scenes.into_iter().flat_map(|scene| scene.steps);
    steps.map(|step| step.kind).collect()
}

#[test]
fn every_example_of_a_form_reads_as_that_form() {
    use crate::scenario::{
        forms::{
            Layout, LineForm,
            deeds::DEEDS,
            facts::{EVENTS, FACTS},
            lines::{HEAD, STEPS},
            sights::{CARD_PARTS, SIGHTS},
        },
        syntax::{line::SourceLine, token::tokens},
    };
    fn all<T>(forms: &[LineForm<T>]) {
        for (at, form) in forms.iter().enumerate() {
            let line = SourceLine {
                text: form.example.to_owned(),
                ..SourceLine::default()
            };
            let tokens = tokens(&line.text, 0);
            let (mut faults, mut layout) = (Vec::new(), Layout::default());
            let only = forms.get(at..=at).unwrap();
            let sinks = (&mut faults, &mut layout);
            let by_itself = crate::scenario::forms::pick(only, "a form", &line, &tokens, sinks);
            assert!(by_itself.is_ok(), "{}: {:?}", form.usage, by_itself.err());
            assert!(faults.is_empty(), "{faults:?}");
        }
    }
    all(DEEDS);
    all(FACTS);
    all(EVENTS);
    all(SIGHTS);
    all(CARD_PARTS);
    all(HEAD);
    for form in STEPS {
        let line = SourceLine {
            text: form.example.to_owned(),
            ..SourceLine::default()
        };
        let first = form.first_words().next().unwrap();
        assert!(line.text.starts_with(first), "{}", form.usage);
    }
}

#[test]
fn a_line_is_said_by_its_name_with_its_spans_and_its_text_as_written() {
    let line = |text: &str| match kinds(text).remove(0) {
        StepKind::Line { who, timing, text } => (who, timing, text),
        other => panic!("{other:?}"),
    };
    let (who, timing, said) = line("me: It is 40417, see: #3  ");
    assert_eq!((who, timing), (text("me"), Timing::default()));
    assert_eq!(said, Payload::Bare(text("It is 40417, see: #3")));
    let (_, timing, _) = line("agent within 1m30s : hello");
    assert_eq!(timing.within, Some(std::time::Duration::from_secs(90)));
    let (_, timing, _) = line("me after 500ms: hello");
    assert_eq!(timing.after, Some(std::time::Duration::from_millis(500)));
    let (_, _, said) = line("agent: \" two  \\\"blanks\\\" \"");
    assert_eq!(said, Payload::Quoted(text(" two  \"blanks\" ")));
    let (_, _, said) = line("agent: =\"exactly {{\"");
    assert_eq!(said, Payload::Exactly(text("exactly {")));
    let (_, _, said) = line("agent: /a\\/b/i");
    let pattern = "a\\/b".to_owned();
    assert_eq!(
        said,
        Payload::Regex {
            pattern,
            ignores_case: true
        }
    );
    let (_, _, said) = line("me: \"\"\"\n    one\n\n      two: \"x\"\n    \"\"\"\n");
    assert_eq!(said, Payload::Bare(text("one\n\n  two: \"x\"")));
    let (who, _, _) = line("\u{feff}{me.first}:Hi\r\n");
    assert_eq!(who, Template(vec![TextPiece::Value("me.first".to_owned())]));
}

#[test]
fn the_examples_of_the_repository_are_read() {
    let files = |name: &str| match name {
        "orders.csv" => Ok(include_str!("../../../examples/orders.csv").to_owned()),
        _ => Err("unknown".to_owned()),
    };
    for (text, steps) in [
        (include_str!("../../../examples/first-steps.talk"), 6),
        (include_str!("../../../examples/cards-and-csat.talk"), 25),
        (include_str!("../../../examples/orders.talk"), 5),
    ] {
        let parsed = parse("a.talk", text, &files);
        let faulty: Vec<_> = parsed
            .faults
            .iter()
            .filter(|fault| !fault.kind.is_warning())
            .collect();
        assert!(faulty.is_empty(), "{faulty:?}");
        assert_eq!(parsed.script.scenes.len(), 1);
        assert_eq!(parsed.script.scenes[0].steps.len(), steps);
    }
}

#[test]
fn blocks_stand_in_each_other_and_end_where_they_should() {
    let kinds = kinds(
        "if agent within 2s: a\n any order\n  maybe agent: b\n  expect csat 4\n end\nelse\n me: c\nend\nme sees\n card 2 button \"Add\" #x\n 3 cards\nend",
    );
    let [
        StepKind::If {
            condition,
            then,
            otherwise,
        },
        StepKind::Sees {
            sight: Sight::Card(parts),
            ..
        },
    ] = kinds.as_slice()
    else {
        panic!("{kinds:?}")
    };
    assert_eq!(condition.source, "if agent within 2s: a");
    assert!(
        matches!(&then[0].kind, StepKind::AnyOrder(steps) if steps.len() == 2 && steps[0].is_optional)
    );
    assert_eq!(otherwise.len(), 1);
    assert_eq!(parts[0].card, Some(2));
    assert_eq!(parts[1].kind, CardPartKind::Cards(3));
}

#[test]
fn each_fault_is_told_once_at_its_line() {
    let is = |text: &str, expected: &[(FaultKind, usize)]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(kind, line)| (kind.code(), *line))
            .collect();
        assert_eq!(faults(text), expected, "{text}");
    };
    is("me closse\nme closes", &[(FaultKind::NoSuchWord, 1)]);
    is("agent order number", &[(FaultKind::NoSuchWord, 1)]);
    is("agent wihtin 3s: hi", &[(FaultKind::NoSuchWord, 1)]);
    is("hello", &[(FaultKind::WrongForm, 1)]);
    is(
        "4: a\n\u{feff}: b",
        &[(FaultKind::WrongForm, 1), (FaultKind::WrongForm, 2)],
    );
    is("me types 5x", &[(FaultKind::BadSpan, 1)]);
    is("me within 5x: a", &[(FaultKind::BadSpan, 1)]);
    is("me closes within 0s", &[(FaultKind::BadSpan, 1)]);
    is("me rates 6", &[(FaultKind::WrongForm, 1)]);
    is("me:", &[(FaultKind::NoText, 1)]);
    is("me: \"\"\"\n \n\"\"\"", &[(FaultKind::NoText, 1)]);
    is("me: a { b", &[(FaultKind::BadText, 1)]);
    is("me: \"\"\"\nno end", &[(FaultKind::NotClosed, 1)]);
    for line in ["me: Quote it", "note Quote it", "title Quote it", "me ends"] {
        let text = format!("{line} \"\"\"\nagent: hidden\n\"\"\"\nme: Hello");
        is(&text, &[(FaultKind::WrongForm, 1)]);
    }
    is("any order\nme: a", &[(FaultKind::NotClosed, 1)]);
    is(
        "me: a\nend\nelse",
        &[
            (FaultKind::NothingToClose, 2),
            (FaultKind::NothingToClose, 3),
        ],
    );
    is("me: a\ntitle late", &[(FaultKind::Misplaced, 2)]);
    is("within 2s\nwithin 3s\nme: a", &[(FaultKind::Twice, 2)]);
    is("note: a", &[(FaultKind::KeywordAsName, 1)]);
    is("me: a\nscene b\nme: c", &[(FaultKind::Misplaced, 1)]);
    is("no message from me", &[(FaultKind::WrongForm, 1)]);
    is("use \"none.talk\"", &[(FaultKind::Unread, 1)]);
    is("use \"itself.talk\"", &[(FaultKind::Circle, 1)]);
    is("use \"a.talk\"", &[(FaultKind::Circle, 1)]);
    is("use \"bad.talk\"", &[(FaultKind::NoSuchWord, 2)]);
    is("use \"deep/one.talk\"", &[]);
    is(
        &"use \"steps.talk\" with word=x\n".repeat(MOST_USES + 1),
        &[(FaultKind::TooLarge, MOST_USES + 1)],
    );
    is(
        "rows from \"rows.csv\" key c\nme: a",
        &[(FaultKind::BadRows, 1)],
    );
    is(
        "rows\n | a | a |\n | 1 | 2 |\nend\nme: a",
        &[(FaultKind::BadRows, 2)],
    );
    is(
        "rows\n | a | b |\n | 1 |\n | 1 | 2 |\nend\nme: {a} {b}",
        &[(FaultKind::BadRows, 3)],
    );
    is("", &[(FaultKind::NoSteps, 1)]);
    is("scene a", &[(FaultKind::NoSteps, 1)]);
    is(&"any order\n".repeat(60_000), &[(FaultKind::TooLarge, 33)]);
    is(&"x".repeat(LARGEST_FILE + 1), &[(FaultKind::TooLarge, 1)]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_is_well_formed_and_wrong_is_told_at_its_line() {
    let is = |text: &str, expected: &[(FaultKind, usize)]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(kind, line)| (kind.code(), *line))
            .collect();
        assert_eq!(faults(text), expected, "{text}");
    };
    is("kim: a", &[(FaultKind::UnknownName, 1)]);
    is(
        "play kim as agent\nkim: a\nkim takes\nme sees kim typing",
        &[],
    );
    is(
        "me takes\nagent taps \"a\"",
        &[(FaultKind::WrongRole, 1), (FaultKind::WrongRole, 2)],
    );
    is(
        "play kim as agent\nkim goes online\nme goes online\nkim goes offline",
        &[(FaultKind::WrongRole, 4)],
    );
    is(
        "agent sees file\nme sees click #a",
        &[(FaultKind::WrongRole, 1), (FaultKind::WrongRole, 2)],
    );
    is("survey closes", &[(FaultKind::WrongRole, 1)]);
    is("play agent\nme: a", &[(FaultKind::KeywordAsName, 1)]);
    is(
        "if agent: a\nend\nif agent within 2s: a\nend",
        &[(FaultKind::NoDeadline, 1)],
    );
    is(
        "if me within 2s: a\nend\nmaybe me: a",
        &[(FaultKind::Misplaced, 1), (FaultKind::Misplaced, 3)],
    );
    is(
        "agent after 2s: a\nme after 2s: a",
        &[(FaultKind::NoEffect, 1)],
    );
    is(
        "me: {a}\nlet a = b\nme: {a} {me.first} {agent.name} {uuid}",
        &[(FaultKind::UnknownValue, 1)],
    );
    is("me: {kim.first}", &[(FaultKind::UnknownValue, 1)]);
    is(
        "me: {n}\nagent: no {?n}\nme: {n}",
        &[(FaultKind::UnknownValue, 1)],
    );
    is(
        "agent: no {?n}\nagent: /(?<m>a)/",
        &[(FaultKind::UnusedCapture, 1)],
    );
    is("agent: {?n} {?n}\nme: {n}", &[(FaultKind::Twice, 1)]);
    is(
        "me: /a/\nme: {?a} {a}",
        &[
            (FaultKind::Unsayable, 1),
            (FaultKind::Unsayable, 2),
            (FaultKind::UnknownValue, 2),
        ],
    );
    is(
        "agent: /(/\nagent: {?a:/(/}\nme: {a}",
        &[(FaultKind::BadRegex, 1), (FaultKind::BadRegex, 2)],
    );
    is(
        "agent: /.*/\nagent: //\nagent: /^$/",
        &[
            (FaultKind::MatchesEverything, 1),
            (FaultKind::MatchesEverything, 2),
        ],
    );
    is("me: \"half", &[(FaultKind::HalfQuoted, 1)]);
    is(
        "me: a\npause 2s\npause 2500ms",
        &[(FaultKind::LongPause, 3)],
    );
    is(
        "rows from \"rows.csv\"\nme: a",
        &[(FaultKind::UnusedColumn, 1)],
    );
    is("rows from \"rows.csv\"\nscene {b}\nme: a", &[]);
    is(
        "rows\n|who|\n|ada|\n|ada|\nend\nplay {who}\n{who}: a\nada: b",
        &[(FaultKind::SameKey, 4)],
    );
    is(
        "rows\n|who|\n|ada|\nend\n{who}: a",
        &[(FaultKind::UnknownName, 5)],
    );
    is("play {env:WHO}\nsomebody: a", &[]);
    is("use \"steps.talk\"", &[(FaultKind::UnknownValue, 2)]);
    is("use \"steps.talk\" with word=a", &[]);
    is(
        "let pin = password=hunter22\nme: {pin}",
        &[(FaultKind::LooksSecret, 1)],
    );
    is("secret pin from env PIN\nme: {pin}", &[]);
    is(
        "never /(/ from kim\nme: a",
        &[(FaultKind::BadRegex, 1), (FaultKind::UnknownName, 1)],
    );
}

#[test]
fn a_slip_in_a_span_is_not_taken_for_a_deed() {
    let help = |text: &str| {
        let parsed = parse("a.talk", text, &|_| Err("none".to_owned()));
        parsed.faults.first().map(|fault| fault.help.clone())
    };
    let meant = help("agent wihtin 3s: hi").unwrap();
    assert_eq!(meant, "did you mean `agent within …`?");
    let text = help("agent order number").unwrap();
    assert!(text.contains("`agent: order number`"), "{text}");
}

#[test]
fn words_that_people_write_for_those_of_the_language_are_known() {
    for (line, words, help) in [
        ("me clicks \"Add\"", "did you mean `taps`?", "me: clicks"),
        (
            "agent transfers to Sam",
            "did you mean `hands`?",
            "agent: transfers",
        ),
        (
            "me sees \"Blue\"",
            "`\"Blue\"` begins no sight",
            "`offer \"A\"…`",
        ),
        ("me sees buttons", "did you mean `offer`?", "`WHO typing`"),
        (
            "expect 3 message",
            "where `messages` should stand",
            "`N messages from WHO`",
        ),
        (
            "Riley: Hello",
            "nobody here is called `Riley`",
            "is called `agent`",
        ),
    ] {
        let parsed = parse("a.talk", line, &|name| Err(name.to_owned()));
        let [fault] = parsed.faults.as_slice() else {
            panic!("{line}: {:?}", parsed.faults);
        };
        assert!(fault.words.contains(words), "{line}: {}", fault.words);
        assert!(fault.help.contains(help), "{line}: {}", fault.help);
    }
}
