//! A recording: begun and ended by a command, told in the status row, written when handset is left.

use std::path::PathBuf;

use handset::{
    domain::ids::ConversationId,
    engine::{
        command::{Command, Format, Question},
        update::{Answer, Switches, Update},
    },
};

use crate::support::{scene, screen::Screen};

/// What is asked to be written, with the number of the question.
async fn asked(screen: &mut Screen) -> (u64, ConversationId, PathBuf) {
    let command = screen.command().await;
    let Command::Ask {
        ask,
        question:
            Question::Export {
                conversation,
                format: Format::Talk,
                file: Some(file),
                since: Some(since),
            },
    } = command
    else {
        panic!("{command:?}");
    };
    assert!(since.0 > 0);
    (ask, conversation, file)
}

#[tokio::test]
async fn a_recording_is_shown_and_written_at_its_end() {
    let mut screen = Screen::showing_conversation(200, 30).await;
    screen.write("/record off");
    screen.press("enter");
    screen.until("nothing is recorded").await;
    screen.press("ctrl+a");
    screen.write("/record /tmp/my shop");
    screen.press("enter");
    screen.until("it takes one file").await;
    screen.press("ctrl+a");
    screen.write("/record '/tmp/my shop'");
    screen.press("enter");
    screen.until("● rec").await;
    screen.until("/tmp/my shop.talk").await;
    screen.write("/record other.talk");
    screen.press("enter");
    screen.until("it records to").await;
    screen.press("ctrl+a");
    screen.write("/record of");
    screen.press("tab");
    screen.press("enter");
    screen.until_gone("● rec").await;
    let (ask, conversation, file) = asked(&mut screen).await;
    assert_eq!(Some(conversation), scene::head().conversation);
    assert_eq!(file, PathBuf::from("/tmp/my shop.talk"));
    let answer = Answer::Exported(file);
    screen.update(Update::Answer { ask, answer }).await;
    screen.until("the scenario was written").await;
    screen
        .until("handset run '/tmp/my shop.talk' tries it")
        .await;
}

#[tokio::test]
async fn each_conversation_of_a_recording_has_a_file() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.write("/record /tmp/a.talk");
    screen.press("enter");
    screen.until("● rec").await;
    let mut head = scene::head();
    head.conversation = Some("another".into());
    let phone = handset::domain::ids::PhoneId(0);
    for head in [head, scene::head()] {
        screen.update(Update::Head { phone, head }).await;
    }
    // What was told before the keys came is known by then.
    let switches = Switches {
        flight: true,
        pocket: false,
    };
    screen.update(Update::Switches { phone, switches }).await;
    screen.until("✈ flight").await;
    screen.write("/record off");
    screen.press("enter");
    let (_, _, first) = asked(&mut screen).await;
    let (_, conversation, file) = asked(&mut screen).await;
    assert_eq!(first, PathBuf::from("/tmp/a.talk"));
    assert_eq!(
        (conversation, file),
        ("another".into(), "/tmp/a-2.talk".into())
    );
}

#[tokio::test]
async fn leaving_writes_what_was_recorded_first() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.write("/record /tmp/a.talk");
    screen.press("enter");
    screen.until("● rec").await;
    screen.press("ctrl+q");
    screen.until("leaving…").await;
    let (ask, ..) = asked(&mut screen).await;
    let answer = Answer::Failed("the disk is full".to_owned());
    screen.update(Update::Answer { ask, answer }).await;
    assert_eq!(screen.command().await, Command::Quit);
    screen.update(Update::Stopped).await;
    screen.ended().await;
}
