//! The journal on the bench: past conversations listed, searched, read again,
//! exported; and the ways to each tab.

use crossterm::event::MouseEventKind;
use handset::{
    domain::{conversation::event::Act, item::Delivery},
    engine::{
        command::{Format, Question},
        update::{Answer, Past, Update},
    },
};

use crate::support::{
    scene::{self, act, at},
    screen::Screen,
};

macro_rules! assert_screen {
    ($name:literal, $screen:expr) => {{
        let drawn = $screen.redrawn().await;
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false },
            { insta::assert_snapshot!($name, drawn) }
        )
    }};
}

fn past(number: u32) -> Past {
    Past {
        thread: number % 2,
        consumer: if number.is_multiple_of(2) {
            "Ada Quill"
        } else {
            "Bo 日本 Lindqvist-Sørensen"
        }
        .into(),
        conversation: format!("past-{number}").as_str().into(),
        began: at(-86_400 * i64::from(number)),
        lines: u64::from(number) * 7 + 2,
        opening: format!("Where is parcel {number}?\nIt is late \u{1b}[31m👍🏽 カタカナ")
            .as_str()
            .into(),
    }
}

/// Opens the journal and answers with these.
async fn journal_of(screen: &mut Screen, list: Vec<Past>) {
    screen.press("tab");
    screen.press("4");
    let (ask, question) = screen.question().await;
    let Question::Conversations { needle, .. } = question else {
        panic!("conversations are asked for: {question:?}");
    };
    assert_eq!(needle, "");
    screen.answer(ask, Answer::Conversations(list)).await;
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
    screen
        .answer(first, Answer::Conversations(vec![past(3)]))
        .await;
    let (second, question) = screen.question().await;
    let Question::Conversations { needle, .. } = question else {
        panic!("conversations are asked for: {question:?}");
    };
    assert_eq!(needle, "kettle");
    screen
        .answer(second, Answer::Conversations(Vec::new()))
        .await;
    screen.until("no conversation has that in it").await;
    screen.press("esc");
    let (third, _) = screen.question().await;
    screen
        .answer(third, Answer::Conversations((1..=40).map(past).collect()))
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
        .update(Update::Items(vec![scene::theirs(10, 200, "Now!")]))
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
    screen.until("┏").await;
    screen.until("nothing was sent").await;
    screen.resized(80, 24).await;
    // The notice, the selection, the conversation.
    screen.press("esc");
    screen.until_gone("nothing was sent").await;
    assert_screen!("past_80x24", screen);
    screen.press("esc");
    screen.press("esc");
    assert_eq!(screen.command().await, act(Act::Looked(true)));
    let (again, _) = screen.question().await;
    let list = vec![past(2), past(4)];
    screen.answer(again, Answer::Conversations(list)).await;
    screen.until("2 conversations").await;
    screen.resize(140, 40);
    screen.until("Now!").await;
    screen.until("> x").await;
    screen.press("1");
    screen.until("now-entry").await;
    assert!(!screen.text().contains("then-older"));
}

#[tokio::test]
async fn what_was_said_in_the_past_is_said_again_on_the_phone() {
    let mut screen = Screen::start(140, 40);
    screen
        .update(Update::Items(vec![scene::theirs(10, 200, "Now!")]))
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
    screen.until("┏").await;
    screen.press("ctrl+r");
    assert_eq!(screen.command().await, act(Act::Looked(true)));
    assert_eq!(screen.command().await, act(Act::Replay(scene::id(1))));
    screen.until("Now!").await;
}

#[tokio::test]
async fn a_conversation_is_exported_from_the_phone_and_from_the_journal() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.press("ctrl+p");
    screen.write("export the conv");
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
    screen.press("e");
    screen.until("bundle: all of them").await;
    screen.click_on("bundle: all");
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
    screen.write("past conversations");
    screen.press("enter");
    screen.until("[Journal]").await;
    let (ask, _) = screen.question().await;
    screen
        .answer(ask, Answer::Conversations((1..=3).map(past).collect()))
        .await;
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
    screen.until("[Wire]").await;
    screen.press("]");
    screen.until("[State]").await;
    screen.press("[");
    screen.until("[Wire]").await;
    screen.click_on(" Journal ");
    screen.until("[Journal]").await;
    screen.press("2");
    screen.until("[State]").await;
    screen.press("1");
    screen.until("[Wire]").await;
}
