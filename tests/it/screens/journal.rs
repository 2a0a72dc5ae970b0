//! The journal on the bench: past conversations listed, searched, read again,
//! exported; and the ways to each tab.

use crossterm::event::MouseEventKind;
use handset::{
    domain::{conversation::event::Act, ids::PhoneId, line::Delivery},
    engine::{
        command::{Format, Question},
        update::{Answer, FoundIn, Past, SearchResult, Update},
    },
};

use crate::support::{
    scene::{self, act, at},
    screen::Screen,
};

macro_rules! assert_screen {
    ($name:expr, $screen:expr) => {{
        let name = $name;
        $screen.redrawn().await;
        let shown = $screen.kept(&name).await;
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false,
              omit_expression => true },
            { insta::assert_snapshot!(name, shown) }
        )
    }};
}

fn past(number: u32) -> Past {
    Past {
        phone: PhoneId(number % 2),
        consumer: if number.is_multiple_of(2) {
            "Ada Quill"
        } else {
            "Bo 日本 Lindqvist-Sørensen"
        }
        .into(),
        conversation: format!("past-{number}").as_str().into(),
        began: at(-86_400 * i64::from(number)),
        lines: u64::from(number) * 7 + 2,
        is_open: number.is_multiple_of(5),
        agent: if number.is_multiple_of(3) {
            ""
        } else {
            "Riley"
        }
        .into(),
        rating: (!number.is_multiple_of(6)).then_some(u64::from(number % 6)),
        found_in: FoundIn::Nothing,
        opening: format!("Where is parcel {number}?\nIt is late \u{1b}[31m👍🏽 カタカナ")
            .as_str()
            .into(),
    }
}

fn found(conversations: Vec<Past>) -> Answer {
    Answer::Conversations(SearchResult {
        conversations,
        back_to: None,
    })
}

/// The same as a search finds it.
fn hit(number: u32) -> Past {
    Past {
        found_in: FoundIn::Lines,
        ..past(number)
    }
}

/// Opens the journal and answers with these.
async fn journal_of(screen: &mut Screen, list: Vec<Past>) {
    screen.press("tab");
    screen.until(" Journal ").await;
    screen.click_on(" Journal ").await;
    let (ask, question) = screen.question().await;
    let Question::Conversations { words, .. } = question else {
        panic!("conversations are asked for: {question:?}");
    };
    assert_eq!(words, "");
    screen.answer(ask, found(list)).await;
}

#[tokio::test]
async fn past_conversations_are_listed_and_searched() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    journal_of(&mut screen, (1..=40).map(past).collect()).await;
    screen.until("40 conversations").await;
    screen.until("2026-11-19 12:00").await;
    assert_screen!("journal_140x40", screen);
    screen.press("/");
    screen.write("k");
    let (first, _) = screen.question().await;
    screen.write("ettle");
    // The next search waits for the answer of the first.
    screen.answer(first, found(vec![past(3)])).await;
    let (second, question) = screen.question().await;
    let Question::Conversations { words, .. } = question else {
        panic!("conversations are asked for: {question:?}");
    };
    assert_eq!(words, "kettle");
    screen.answer(second, found(Vec::new())).await;
    screen.until("no conversation has all of these words").await;
    screen.press("esc");
    let (third, _) = screen.question().await;
    screen
        .answer(third, found((1..=40).map(past).collect()))
        .await;
    screen.until("40 conversations").await;
    // A search that is kept is written over by the next one.
    for word in ["k", "u"] {
        screen.press("/");
        screen.write(word);
        let (ask, question) = screen.question().await;
        let Question::Conversations { words, .. } = question else {
            panic!("conversations are asked for: {question:?}");
        };
        assert_eq!(words, word);
        screen.answer(ask, found(vec![hit(3)])).await;
        screen.press("enter");
    }
    screen.press("/");
    screen.press("esc");
    let (all, _) = screen.question().await;
    screen
        .answer(all, found((1..=40).map(past).collect()))
        .await;
    screen.until("40 conversations").await;
    screen.resized(80, 24).await;
    screen.press("end");
    screen.until("▸2026-10-11").await;
    assert_screen!("journal_80x24", screen);
    screen.resized(60, 16).await;
    assert_screen!("journal_60x16", screen);
}

#[tokio::test]
async fn a_past_conversation_is_read_and_nothing_is_sent_from_it() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    screen.press("x");
    journal_of(&mut screen, vec![past(2), past(4)]).await;
    screen.until("▸2026-11-18").await;
    screen.press("enter");
    let (lines, question) = screen.question().await;
    assert_eq!(question, Question::Conversation("past-2".into()));
    let said = vec![
        scene::theirs(1, -172_800, "How was it then?"),
        scene::mine(2, -172_790, "It was fine", Delivery::Read { sequence: 2 }),
        scene::mine(
            3,
            -172_780,
            "It failed",
            Delivery::Failed {
                reason: "x".into(),
                uncertain: false,
            },
        ),
        scene::offer(4, -172_770, "Which?", &["This one"]),
    ];
    screen.answer(lines, Answer::Lines(said)).await;
    // The phone is not looked at meanwhile.
    assert_eq!(screen.command().await, act(Act::Looked(false)));
    let (page, question) = screen.question().await;
    let Question::Entries {
        before: None,
        conversation: Some(of),
        ..
    } = question
    else {
        panic!("the wire of the conversation is asked for: {question:?}");
    };
    assert_eq!(of.as_str(), "past-2");
    let then = vec![
        scene::call(501, 0, "then-newer", "send", "{}"),
        scene::call(500, 0, "then-older", "send", "{}"),
    ];
    screen.answer(page, Answer::Entries(then)).await;
    screen.until("then-older").await;
    screen.until("How was it then?").await;
    screen.until("read-only · Esc goes back").await;
    // What happens now belongs to the phone, which is not in view.
    screen
        .update(Update::Lines(vec![scene::theirs(10, 200, "Now!")]))
        .await;
    screen
        .update(Update::Wire(vec![scene::call(
            900,
            0,
            "now-entry",
            "send",
            "{}",
        )]))
        .await;
    assert_screen!("past_140x40", screen);
    // Whatever is tried, nothing goes out.
    screen.write("hello");
    screen.paste("hello");
    screen.press("enter");
    screen.press("f5");
    screen.until("can only be read").await;
    screen.press("alt+1");
    screen.press("f3");
    screen.press("f10");
    screen.press("alt+a");
    screen.press("ctrl+up");
    screen.press("ctrl+up");
    screen.until("▌").await;
    screen
        .until("this conversation is past and can only be read")
        .await;
    screen.resized(80, 24).await;
    // The notice, the selection, the conversation.
    screen.press("esc");
    screen
        .until_gone("this conversation is past and can only be read")
        .await;
    assert_screen!("past_80x24", screen);
    screen.press("esc");
    screen.press("esc");
    assert_eq!(screen.command().await, act(Act::Looked(true)));
    let (again, _) = screen.question().await;
    let list = vec![past(2), past(4)];
    screen.answer(again, found(list)).await;
    screen.until("2 conversations").await;
    screen.resize(140, 40);
    screen.until("Now!").await;
    screen.until("> x").await;
    // A digit would go on with the draft.
    screen.click_on(" Wire ").await;
    screen.until("now-entry").await;
    assert!(!screen.text().contains("then-older"));
}

#[tokio::test]
async fn what_was_said_in_the_past_is_said_again_on_the_phone() {
    let mut screen = Screen::start(140, 40);
    screen
        .update(Update::Lines(vec![scene::theirs(10, 200, "Now!")]))
        .await;
    screen.until("Now!").await;
    journal_of(&mut screen, vec![past(2)]).await;
    screen.until("▸2026-11-18").await;
    screen.press("enter");
    let (lines, _) = screen.question().await;
    let said = vec![scene::mine(
        1,
        -172_800,
        "How was it then?",
        Delivery::Queued,
    )];
    screen.answer(lines, Answer::Lines(said)).await;
    assert_eq!(screen.command().await, act(Act::Looked(false)));
    screen.question().await;
    screen.until("How was it then?").await;
    screen.press("ctrl+up");
    screen.until("▌").await;
    screen.press("ctrl+r");
    assert_eq!(screen.command().await, act(Act::Looked(true)));
    assert_eq!(screen.command().await, act(Act::Replay(scene::id(1))));
    screen.until("Now!").await;
}

#[tokio::test]
async fn a_conversation_is_exported_from_the_phone_and_from_the_journal() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.press("ctrl+p");
    screen.write("export choose");
    screen.press("enter");
    screen.until("▸ Markdown: the transcript").await;
    assert_screen!("export_80x24", screen);
    screen.write("har");
    screen.until("▸ HAR").await;
    screen.press("enter");
    let (ask, question) = screen.question().await;
    let wanted = |conversation: &str, format| Question::Export {
        conversation: conversation.into(),
        format,
        file: None,
        since: None,
    };
    assert_eq!(
        question,
        wanted("4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310", Format::Har)
    );
    screen
        .answer(ask, Answer::Exported("/data/exports/ada.har".into()))
        .await;
    screen.until("/data/exports/ada.har").await;
    journal_of(&mut screen, vec![past(1), past(2)]).await;
    screen.until("2 conversations").await;
    screen.press("down");
    screen.press("x");
    screen.until("bundle: transcript").await;
    screen.click_on("bundle: transcript").await;
    let (ask, question) = screen.question().await;
    assert_eq!(question, wanted("past-2", Format::Bundle));
    screen
        .answer(ask, Answer::Failed("the disk is full".to_owned()))
        .await;
    screen.until("the conversation could not be exported").await;
}

#[tokio::test]
async fn what_was_said_is_said_again_from_a_selected_bubble_of_ours() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    screen.press("ctrl+r");
    screen.until("select the bubble of the consumer's").await;
    screen.press("ctrl+up");
    screen.press("ctrl+r");
    assert_eq!(screen.command().await, act(Act::Replay(scene::id(9))));
}

#[tokio::test]
async fn every_tab_is_reached_by_key_by_mouse_and_by_name() {
    let mut screen = Screen::showing_conversation(60, 16).await;
    screen.press("ctrl+p");
    screen.write("inspector journal");
    screen.press("enter");
    screen.until_tab("Journal").await;
    let (ask, _) = screen.question().await;
    screen.answer(ask, found((1..=3).map(past).collect())).await;
    screen.until("3 conversations").await;
    let (column, row) = screen.find("2026-11-18").unwrap();
    screen.mouse(MouseEventKind::ScrollDown, column, row);
    screen.until("▸2026-11-17").await;
    screen.click(column, row);
    screen.until("▸2026-11-18").await;
    screen.click(column, row);
    let (_, question) = screen.question().await;
    assert_eq!(question, Question::Conversation("past-2".into()));
    screen.press("]");
    screen.until_tab("Wire").await;
    screen.press("]");
    screen.until_tab("State").await;
    screen.press("[");
    screen.until_tab("Wire").await;
    screen.click_on(" Journal ").await;
    screen.until_tab("Journal").await;
    screen.press("2");
    screen.until_tab("State").await;
    screen.press("1");
    screen.until_tab("Wire").await;
    // Where nobody is logged in nothing is written either.
    screen.press("3");
    screen.until_tab("Agent").await;
    screen.press("1");
    screen.until_tab("Wire").await;
}

#[tokio::test]
async fn a_conversation_is_opened_where_it_has_the_words_and_they_are_marked() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    journal_of(&mut screen, vec![past(2)]).await;
    screen.until("1 conversation").await;
    screen.press("/");
    screen.write("f");
    let (ask, _) = screen.question().await;
    screen.write("ine, it");
    screen.answer(ask, found(vec![hit(2)])).await;
    let (ask, question) = screen.question().await;
    let Question::Conversations { words, .. } = question else {
        panic!("conversations are asked for: {question:?}");
    };
    assert_eq!(words, "fine, it");
    screen.answer(ask, found(vec![hit(2)])).await;
    screen.press("enter");
    screen.press("enter");
    let (lines, question) = screen.question().await;
    assert_eq!(question, Question::Conversation("past-2".into()));
    let mut said: Vec<_> = (1..=60)
        .map(|number| scene::theirs(number, -172_800, &format!("Line {number}.")))
        .collect();
    said[20] = scene::mine(
        21,
        -172_800,
        "it was FÍNE, really",
        Delivery::Read { sequence: 21 },
    );
    said[40] = scene::theirs(41, -172_800, "Fine, it is.");
    screen.answer(lines, Answer::Lines(said)).await;
    screen.until("it was FÍNE, really").await;
    screen.until("find: fine, it").await;
    assert!(!screen.text().contains("Line 60."));
    let (column, row) = screen.find("FÍNE").unwrap();
    assert!(screen.is_reversed(column, row) && screen.is_reversed(column + 4, row));
    assert!(!screen.is_reversed(column + 6, row));
    // Down is the next one below, Enter the one above.
    screen.press("down");
    screen.until("Fine, it is.").await;
    screen.press("enter");
    screen.until("it was FÍNE, really").await;
    screen.press("enter");
    screen.until("no further one").await;
    screen.press("esc");
    screen.until_gone("find: ").await;
    let (column, row) = screen.find("FÍNE").unwrap();
    assert!(!screen.is_reversed(column, row));
}

#[tokio::test]
async fn a_conversation_found_by_its_name_is_opened_with_its_whole_wire() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    journal_of(&mut screen, vec![past(2), past(3)]).await;
    screen.until("2 conversations").await;
    screen.press("/");
    screen.write("q");
    let (ask, _) = screen.question().await;
    screen.answer(ask, found(vec![hit(2)])).await;
    screen.until("1 conversation").await;
    screen.press("enter");
    screen.press("enter");
    let (lines, _) = screen.question().await;
    let said = vec![scene::theirs(1, -172_800, "Hello.")];
    screen.answer(lines, Answer::Lines(said)).await;
    screen.until("found by a name, a day or an id").await;
    assert!(!screen.text().contains("fits the filter"));
}

#[tokio::test]
async fn words_are_found_on_the_phone_and_in_what_only_the_journal_has() {
    let mut screen = Screen::start(140, 40);
    let newest: Vec<_> = (2000..4000)
        .map(|number| scene::theirs(number, 200, &format!("Line {number}.")))
        .collect();
    screen.update(Update::Lines(newest)).await;
    screen.until("Line 3999.").await;
    screen.write("draft");
    screen.press("ctrl+f");
    screen.until("find: ").await;
    screen.write("LINE 3500");
    screen.until("Line 3500.").await;
    assert!(!screen.text().contains("Line 3999."));
    screen.press("ctrl+a");
    screen.write("k");
    let ask = loop {
        let (ask, question) = screen.question().await;
        if let Question::FindLine {
            words, from, up, ..
        } = question
        {
            assert_eq!((words.as_str(), up), ("k", true));
            assert_eq!(from, Some(scene::theirs(2000, 200, "").place));
            break ask;
        }
    };
    screen.until("asking the journal").await;
    screen.write("ettle");
    // What was written meanwhile is asked for when the answer is there.
    screen.answer(ask, Answer::Found(None)).await;
    let ask = loop {
        let (ask, question) = screen.question().await;
        if let Question::FindLine { words, .. } = question {
            assert_eq!(words, "kettle");
            break ask;
        }
    };
    let hit = scene::theirs(700, 100, "The KETTLE is here.");
    screen.answer(ask, Answer::Found(Some(hit.place))).await;
    let ask = loop {
        let (ask, question) = screen.question().await;
        if let Question::Lines { before, .. } = question
            && before.is_some_and(|before| before > hit.place)
        {
            break ask;
        }
    };
    let page = (201..=700).rev().map(|number| match number {
        700 => hit.clone(),
        number => scene::theirs(number, 100, &format!("Old {number}.")),
    });
    screen.answer(ask, Answer::Lines(page.collect())).await;
    screen.until("The KETTLE is here.").await;
    let (column, row) = screen.find("KETTLE").unwrap();
    assert!(screen.is_reversed(column, row));
    screen.press("esc");
    screen.until("> draft").await;
    screen.until("The KETTLE is here.").await;
}

#[tokio::test]
async fn saying_it_again_tells_how_far_it_is_and_is_stopped_with_esc() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    screen
        .update(Update::Replaying {
            phone: PhoneId(0),
            replaying: Some((3, 8)),
        })
        .await;
    screen.until("saying it again: 3 of 8 · Esc stops").await;
    screen.press("esc");
    assert_eq!(screen.command().await, act(Act::StopReplay));
    screen
        .update(Update::Replaying {
            phone: PhoneId(0),
            replaying: None,
        })
        .await;
    screen.until("Write a message").await;
}

#[tokio::test]
async fn an_open_conversation_is_gone_back_to_from_the_journal_and_by_a_command() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    screen.write("/back");
    screen.press("enter");
    assert_eq!(screen.command().await, act(Act::GoBack(None)));
    let open = Past {
        phone: PhoneId(0),
        is_open: true,
        ..past(2)
    };
    let elsewhere = Past {
        phone: PhoneId(9),
        ..past(3)
    };
    journal_of(&mut screen, vec![open, elsewhere]).await;
    screen.until("16 lines · open").await;
    screen.press("u");
    assert_eq!(
        screen.command().await,
        act(Act::GoBack(Some("past-2".into())))
    );
    // The keyboard is where one writes.
    screen.write("hello again");
    screen.until("> hello again").await;
    // While a draft is written its letters are no keys of the inspector.
    screen.press("ctrl+u");
    screen.until("Write a message").await;
    screen.press("tab");
    screen.press("down");
    screen.press("u");
    screen.until("has no open phone").await;
}
