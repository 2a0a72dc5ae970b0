//! What the person does becomes commands, and nothing else does.

use handset::{
    domain::conversation::event::Act,
    engine::{command::Command, update::Update},
    tui::Ended,
};

use crate::support::{
    scene::{self, act},
    screen::{Screen, settings},
};

#[tokio::test]
async fn typing_is_told_and_enter_sends() {
    let mut screen = Screen::start(80, 24);
    screen.write("hi");
    screen.press("backspace");
    screen.press("backspace");
    screen.write("yo");
    screen.press("enter");
    let standing = |standing| act(Act::Typed { standing });
    for expected in [
        standing(true),
        standing(true),
        standing(true),
        standing(false),
        standing(true),
        standing(true),
        act(Act::submit("yo".to_owned())),
    ] {
        assert_eq!(screen.any_command().await, expected);
    }
    screen.until("Write a message").await;
}

#[tokio::test]
async fn a_paste_never_sends_and_keeps_its_lines() {
    let mut screen = Screen::start(80, 24);
    screen.paste("one\r\ntwo\rthree\u{1b}[31m");
    screen.until("three").await;
    screen.press("alt+enter");
    screen.write("four");
    screen.press("enter");
    let expected = act(Act::submit("one\ntwo\nthree\nfour".to_owned()));
    assert_eq!(screen.command().await, expected);
}

#[tokio::test]
async fn slash_commands_never_leak_into_the_chat() {
    let mut screen = Screen::start(80, 24);
    screen.write("/close");
    screen.press("enter");
    // Not even that something is being written is told.
    loop {
        match screen.any_command().await {
            Command::Act {
                act: Act::Shown(_), ..
            } => {}
            command => {
                assert_eq!(command, act(Act::Close));
                break;
            }
        }
    }
    screen.write("/clsoe");
    screen.press("enter");
    screen.until("there is no command /clsoe").await;
    screen.until("> /clsoe").await;
    screen.press("ctrl+a");
    screen.write("//close");
    screen.press("enter");
    assert_eq!(
        screen.command().await,
        act(Act::submit("/close".to_owned()))
    );
    // A start is enough when Enter finds the rest.
    screen.write("/fli");
    screen.press("enter");
    screen.until("> /flight").await;
    screen.write("on");
    screen.press("enter");
    assert_eq!(screen.command().await, act(Act::Flight(true)));
    screen.write("/po");
    screen.press("tab");
    screen.press("enter");
    assert_eq!(screen.command().await, act(Act::Pocket(true)));
}

#[tokio::test]
async fn a_slash_command_does_nothing_nobody_asked_for() {
    let mut screen = Screen::start(80, 24);
    // A sentence is no command, whatever it begins with.
    screen.write("/close the window please");
    screen.press("enter");
    screen.until("/close takes nothing after it").await;
    screen.until("> /close the window please").await;
    screen.press("ctrl+a");
    // Enter on the bare list takes what does no harm.
    screen.write("/");
    screen.until("▸ /help").await;
    screen.press("enter");
    screen.until("Writing a message").await;
    screen.press("f3");
    assert_eq!(screen.command().await, act(Act::Flight(true)));
}

#[tokio::test]
async fn the_offered_commands_can_be_put_away() {
    let screen = Screen::showing_conversation(80, 24).await;
    screen.write("/");
    screen.until("/persona NAME").await;
    screen.press("esc");
    screen.until_gone("/persona NAME").await;
    screen.until("> /").await;
    screen.write("th");
    screen.until("/theme NAME").await;
}

#[tokio::test]
async fn a_filter_set_from_the_composer_is_seen() {
    let screen = Screen::showing_conversation(80, 24).await;
    screen.write("/filter appjwt");
    screen.press("enter");
    screen.until("1 of 9 · filter \"appjwt\"").await;
    // Where both stand side by side, the keyboard stays where it is.
    let screen = Screen::showing_conversation(140, 40).await;
    screen.write("/filter appjwt");
    screen.press("enter");
    screen.until("1 of 9 · filter \"appjwt\"").await;
    screen.write("hello");
    screen.until("> hello").await;
}

#[tokio::test]
async fn quick_replies_are_used_by_key_by_click_and_by_selection() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    let reply = |index| {
        act(Act::Reply {
            item: scene::id(8),
            index,
        })
    };
    screen.press("alt+2");
    assert_eq!(screen.command().await, reply(1));
    screen.click_on(" 1 Reserve one ").await;
    assert_eq!(screen.command().await, reply(0));
    // Up to the offer, right to its second button.
    screen.press("up");
    screen.press("up");
    screen.press("right");
    screen.press("right");
    screen.press("enter");
    assert_eq!(screen.command().await, reply(1));
    screen.press("alt+9");
    screen.until("there is no quick reply 9").await;
    // Once used, the buttons go.
    let mut used = scene::offer(8, 187, "Yes, two left. 🎉", &["Reserve one"]);
    if let handset::domain::line::LineBody::Theirs { answerable, .. } = &mut used.body {
        *answerable = false;
    }
    screen.update(Update::Lines(vec![used])).await;
    screen.until_gone("Reserve one").await;
    screen.press("alt+1");
    screen.until("there are no quick replies").await;
}

#[tokio::test]
async fn a_failed_message_is_sent_again() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    screen.press("f5");
    assert_eq!(screen.command().await, act(Act::Retry(scene::id(7))));
    screen.click_on("And in red?").await;
    screen.until("▌").await;
    screen.press("enter");
    assert_eq!(screen.command().await, act(Act::Retry(scene::id(7))));
}

#[tokio::test]
async fn what_is_on_screen_is_told_when_it_changes() {
    let mut screen = Screen::start(80, 24);
    let items = vec![
        scene::theirs(1, 0, "hello"),
        scene::mine(2, 1, "hi", handset::domain::line::Delivery::Queued),
    ];
    screen.update(Update::Lines(items)).await;
    assert_eq!(
        screen.any_command().await,
        act(Act::Shown(vec![scene::id(1)]))
    );
    // The wire covers the phone here.
    screen.press("tab");
    assert_eq!(screen.any_command().await, act(Act::Shown(Vec::new())));
    screen.press("shift+tab");
    assert_eq!(
        screen.any_command().await,
        act(Act::Shown(vec![scene::id(1)]))
    );
    let looked = crossterm::event::Event::FocusLost;
    screen.keys.send(looked).unwrap();
    assert_eq!(screen.any_command().await, act(Act::Looked(false)));
}

#[tokio::test]
async fn leaving_waits_for_the_engine_and_leaves_it_the_draft() {
    let mut screen = Screen::start(80, 24);
    screen.write("unsent");
    screen.until("> unsent").await;
    screen.press("ctrl+c");
    assert_eq!(screen.draft().await, (None, "unsent".to_owned()));
    assert_eq!(screen.command().await, Command::Quit);
    screen.until("leaving…").await;
    screen.update(Update::Stopped).await;
    assert_eq!(screen.ended().await, Ended::Stopped);
}

#[tokio::test]
async fn leaving_twice_does_not_wait() {
    let mut screen = Screen::start(80, 24);
    screen.press("ctrl+q");
    assert_eq!(screen.command().await, Command::Quit);
    screen.press("ctrl+q");
    assert_eq!(screen.ended().await, Ended::Forced);
}

#[tokio::test]
async fn the_screen_ends_with_what_it_hangs_on() {
    let screen = Screen::start(80, 24);
    screen.stop.cancel();
    assert_eq!(screen.ended().await, Ended::Cancelled);
    let mut screen = Screen::start(80, 24);
    screen.keys = tokio::sync::mpsc::unbounded_channel().0;
    assert_eq!(screen.ended().await, Ended::InputEnded);
    let mut screen = Screen::start(80, 24);
    screen.updates = tokio::sync::mpsc::channel(1).0;
    assert_eq!(screen.ended().await, Ended::EngineGone);
}

#[tokio::test]
async fn a_busy_engine_loses_no_draft_and_hears_of_the_last_state() {
    let mut screen = Screen::start_with(80, 24, settings(), 1);
    screen
        .update(Update::Lines(vec![scene::theirs(1, 0, "hello")]))
        .await;
    screen.until("hello").await;
    // The queue is full now: Shown lies in it.
    screen.write("precious");
    screen.press("enter");
    screen.until("the message was not sent").await;
    screen.until("> precious").await;
    let event = crossterm::event::Event::FocusLost;
    screen.keys.send(event).unwrap();
    screen
        .update(Update::Lines(vec![scene::theirs(2, 0, "welcome")]))
        .await;
    screen.until("welcome").await;
    assert_eq!(
        screen.any_command().await,
        act(Act::Shown(vec![scene::id(1)]))
    );
    // What was owed comes as soon as there is room, the latest only.
    assert_eq!(screen.any_command().await, act(Act::Looked(false)));
    let both = vec![scene::id(1), scene::id(2)];
    assert_eq!(screen.any_command().await, act(Act::Shown(both)));
    screen.press("enter");
    assert_eq!(
        screen.command().await,
        act(Act::submit("precious".to_owned()))
    );
}
