//! Conversations that ring at the workspace: which one is taken, and whether any ring.

use handset::{
    domain::{
        availability::Availability,
        workspace::{command::Command, effect::Shown, view::ConversationState},
    },
    engine::agent_session::update::Update,
};

use crate::{
    screens::{
        workspace::{alone, conversation},
        workspace_commands::one_conversation,
    },
    support::agent_session::{self, ring, state},
};

#[tokio::test]
async fn a_ring_is_taken_by_key_by_mouse_by_command_and_by_enter() {
    let (screen, mut session) = alone(80, 24).await;
    let rings = || {
        Update::Shown(Shown::Rings(vec![
            ring("c1", "Ada", 60),
            ring("c2", "Omar", 70),
        ]))
    };
    session.tell(rings()).await;
    screen.until("1:10").await;
    screen.press("alt+y");
    assert_eq!(
        session.command().await,
        Command::Accept("ring-c1".to_owned())
    );
    screen.press("enter");
    assert_eq!(
        session.command().await,
        Command::Accept("ring-c1".to_owned())
    );
    screen.write("/acc");
    screen.press("enter");
    assert_eq!(
        session.command().await,
        Command::Accept("ring-c1".to_owned())
    );
    screen.press("alt+x");
    assert_eq!(
        session.command().await,
        Command::Reject("ring-c1".to_owned())
    );
    // Each ring has buttons of its own.
    let is_bare = |shown: &str| shown.contains("Omar") && !shown.contains("/acc");
    screen.until_that(is_bare, "the rings alone").await;
    let (column, row) = screen.find("Omar").unwrap();
    let text = screen.text();
    let line = text.lines().nth(usize::from(row)).unwrap();
    let at = line.chars().position(|c| c == '(').unwrap();
    assert!(usize::from(column) < at, "{line}");
    screen.click(u16::try_from(at + 2).unwrap(), row);
    assert_eq!(
        session.command().await,
        Command::Accept("ring-c2".to_owned())
    );
    screen.press("ctrl+p");
    screen.write("ring reject");
    screen.press("enter");
    assert_eq!(
        session.command().await,
        Command::Reject("ring-c1".to_owned())
    );
}

#[tokio::test]
async fn what_was_taken_comes_into_view() {
    let (screen, mut session) = one_conversation(80, 24).await;
    session
        .tell(Update::Shown(Shown::Rings(vec![ring(
            "c2",
            "Omar Reyes",
            60,
        )])))
        .await;
    screen.until("1:00").await;
    screen.press("alt+y");
    assert_eq!(
        session.command().await,
        Command::Accept("ring-c2".to_owned())
    );
    session.tell(Update::Shown(Shown::Rings(Vec::new()))).await;
    // Another one comes to the workspace meanwhile, and does not push itself forward.
    session.tell(conversation(state("c3", "Lena"))).await;
    session.tell(conversation(state("c2", "Omar Reyes"))).await;
    screen.until("Write to Omar").await;
    screen.press("alt+n");
    screen.until("Write to Ada").await;
    screen.press("ctrl+pageup");
    screen.until("Write to Omar").await;
    screen.click_on("Lena").await;
    screen.until("Write to Lena").await;
    session.tell(Update::Shown(Shown::Gone("c3".into()))).await;
    screen.until("Write to Omar").await;
}

#[tokio::test]
async fn whether_conversations_ring_is_chosen_by_key_mouse_and_command() {
    let (screen, mut session) = alone(80, 24).await;
    screen.press("alt+v");
    screen.until("only transfers ring here").await;
    screen.press("down");
    screen.press("enter");
    let said = Command::Availability(Availability::Occupied);
    assert_eq!(session.command().await, said);
    session
        .tell(agent_session::up("kim", Availability::Occupied))
        .await;
    screen.until("◐ occupied ▾").await;
    screen.click_on("occupied ▾").await;
    screen.until("Whether conversations ring").await;
    screen.press("esc");
    for (word, state) in [
        ("/online", Availability::Online),
        ("/soon", Availability::BackSoon),
        ("/away", Availability::Away),
    ] {
        screen.write(word);
        screen.press("enter");
        assert_eq!(session.command().await, Command::Availability(state));
    }
}

#[tokio::test]
async fn of_several_that_ring_the_one_in_view_is_taken() {
    let (screen, mut session) = alone(80, 24).await;
    let rings = vec![ring("c1", "Ada Quill", 60), ring("c2", "Omar Reyes", 70)];
    session.tell(Update::Shown(Shown::Rings(rings))).await;
    screen.until("Enter takes the oldest of 2 that ring").await;
    let looked_at = ConversationState {
        role: None,
        ..state("c2", "Omar Reyes")
    };
    session.tell(conversation(looked_at)).await;
    screen
        .until("Enter takes this conversation, one of 2 that ring")
        .await;
    for key in ["enter", "alt+y"] {
        screen.press(key);
        assert_eq!(
            session.command().await,
            Command::Accept("ring-c2".to_owned())
        );
    }
    screen.press("alt+x");
    assert_eq!(
        session.command().await,
        Command::Reject("ring-c2".to_owned())
    );
}
