//! What an agent asks for at the workspace, by key, by mouse, by command and by name.

use handset::{
    domain::{
        line::Delivery,
        workspace::{
            command::{Command, Message},
            effect::Shown,
            view::ConversationState,
        },
    },
    engine::{agent_session::update::Update, command::Command as PhoneCommand},
    tui::Ended,
};
use serde_json::json;

use crate::{
    screens::workspace::{alone, conversation, workspace},
    support::{
        agent_session::{self, AgentSession, ring, state},
        screen::Screen,
    },
};

/// A workspace with one conversation on it.
pub(super) async fn one_conversation(columns: u16, rows: u16) -> (Screen, AgentSession) {
    let (screen, session) = alone(columns, rows).await;
    session.tell(conversation(state("c1", "Ada Quill"))).await;
    session.tell(agent_session::everything("c1")).await;
    screen.until("Reserved until Saturday.").await;
    (screen, session)
}

fn say(text: &str, private: bool) -> Command {
    Command::say("c1".into(), text, private)
}

#[tokio::test]
async fn what_is_written_is_told_and_said() {
    let (screen, mut session) = one_conversation(80, 24).await;
    assert_eq!(
        session.any_command().await,
        Command::Look(Some("c1".into()))
    );
    screen.write("h");
    let writing = |any| Command::Writing {
        conversation: "c1".into(),
        any,
    };
    assert_eq!(session.any_command().await, writing(true));
    screen.press("backspace");
    assert_eq!(session.any_command().await, writing(false));
    screen.write("日本 👍🏽");
    screen.press("alt+enter");
    screen.write("b");
    screen.press("enter");
    assert_eq!(session.command().await, say("日本 👍🏽\nb", false));
    screen.until("Write to Ada").await;
    screen.paste("two\r\nlines");
    screen.until("lines").await;
    screen.press("enter");
    assert_eq!(session.command().await, say("two\nlines", false));
}

#[tokio::test]
async fn a_note_is_said_to_nobody_else_and_nobody_hears_it_being_written() {
    let (screen, mut session) = one_conversation(80, 24).await;
    assert_eq!(
        session.any_command().await,
        Command::Look(Some("c1".into()))
    );
    screen.write("/note be kind");
    screen.press("enter");
    // A command is nobody's business either.
    assert_eq!(session.any_command().await, say("be kind", true));
    screen.press("alt+m");
    screen.until("PRIVATE NOTE").await;
    screen.write("gold");
    screen.press("enter");
    let quiet = Command::Writing {
        conversation: "c1".into(),
        any: false,
    };
    assert_eq!(session.any_command().await, quiet);
    assert_eq!(session.any_command().await, say("gold", true));
    // What comes next is for the consumer again.
    screen.until_gone("PRIVATE NOTE").await;
    screen.write("hello");
    screen.press("enter");
    assert_eq!(session.command().await, say("hello", false));
    screen.press("alt+m");
    screen.until("PRIVATE NOTE").await;
    screen.press("esc");
    screen.until_gone("PRIVATE NOTE").await;
}

#[tokio::test]
async fn commands_never_leak_into_the_chat() {
    let (screen, mut session) = one_conversation(80, 24).await;
    assert_eq!(
        session.any_command().await,
        Command::Look(Some("c1".into()))
    );
    screen.write("/trasnfer sales");
    screen.press("enter");
    screen.until("there is no command /trasnfer").await;
    screen.press("ctrl+u");
    screen.write("/transfer nowhere");
    screen.press("enter");
    screen.until("it takes service, sales, @sam, @morgan").await;
    screen.press("ctrl+u");
    screen.write("/close now");
    screen.press("enter");
    screen.until("/close was not carried out").await;
    screen.press("ctrl+u");
    screen.write("//close");
    screen.press("enter");
    let mut said = session.any_command().await;
    while matches!(said, Command::Writing { .. }) {
        said = session.any_command().await;
    }
    assert_eq!(said, say("/close", false));
}

#[tokio::test]
async fn commands_complete_as_one_types() {
    let (screen, mut session) = one_conversation(80, 24).await;
    screen.write("/tr");
    screen.until("hand it to a skill").await;
    screen.press("tab");
    screen.until("/transfer @sam").await;
    screen.press("down");
    screen.press("down");
    screen.press("enter");
    let transfer = Command::TransferToSkill {
        conversation: "c1".into(),
        skill: "2".into(),
    };
    // Enter puts the whole completion in and carries it out.
    assert_eq!(session.command().await, transfer);
    screen.write("/reply hel");
    screen.until("Hello {name}").await;
    screen.press("enter");
    screen.until("Hello Ada, this is Kim.").await;
    screen.press("enter");
    let hello = "Hello Ada, this is Kim. What can I do for you?";
    assert_eq!(session.command().await, say(hello, false));
}

#[tokio::test]
async fn a_card_is_sent_as_it_lies_in_the_library() {
    let (screen, mut session) = one_conversation(80, 24).await;
    screen.press("alt+k");
    screen.write("offer");
    screen.until("Reserve one").await;
    screen.press("enter");
    let Command::Say {
        conversation,
        message: Message::Rich { content, replies },
        private: false,
        metadata,
    } = session.command().await
    else {
        panic!("a card is sent");
    };
    assert_eq!(conversation.as_str(), "c1");
    assert_eq!(content["elements"][3]["title"], "Reserve one");
    assert_eq!(replies, None);
    assert_eq!(
        metadata,
        Some(json!([{"type": "ExternalId", "id": "offer-1"}]))
    );
    screen.write("/card solved");
    screen.press("enter");
    let Command::Say {
        message: Message::Text { text, replies },
        ..
    } = session.command().await
    else {
        panic!("a card is sent");
    };
    assert_eq!(text, "Is that settled for you?");
    assert!(replies.unwrap()["replies"][0]["title"] == "Yes, thank you");
}

#[tokio::test]
async fn a_conversation_is_handed_over_given_back_and_closed() {
    let (screen, mut session) = one_conversation(80, 24).await;
    let id = || "c1".into();
    screen.press("alt+t");
    screen.until("agent Sam · online").await;
    screen.write("sam");
    screen.press("enter");
    let to_sam = Command::TransferToAgent {
        conversation: id(),
        agent: "pid-sam".into(),
    };
    assert_eq!(session.command().await, to_sam);
    screen.press("alt+b");
    assert_eq!(session.command().await, Command::BackToQueue(id()));
    let close = |survey| Command::Close {
        conversation: "c1".into(),
        survey,
    };
    screen.press("alt+s");
    assert_eq!(session.command().await, close(true));
    // The same words as on the phone.
    for (word, survey) in [("/close", true), ("/end", false)] {
        screen.write(word);
        screen.press("enter");
        assert_eq!(session.command().await, close(survey));
    }
    // An open conversation stays on the workspace, one that is over can be put away.
    screen.press("alt+w");
    screen.until("this conversation is still open").await;
    let over = ConversationState {
        is_open: false,
        ..state("c1", "Ada Quill")
    };
    session.tell(conversation(over)).await;
    screen.until("No rating").await;
    screen.write("x");
    screen.press("enter");
    screen.until("nothing more can be said").await;
    screen.press("backspace");
    screen.press("alt+w");
    assert_eq!(session.command().await, Command::Leave(id()));
    screen.write("/begin");
    screen.press("enter");
    assert_eq!(session.command().await, Command::Begin("9b1f6c0d".into()));
}

#[tokio::test]
async fn what_failed_is_sent_again_and_a_line_is_seen_as_json() {
    let (screen, mut session) = one_conversation(80, 24).await;
    let delivery = Delivery::Failed {
        reason: "no answer in 10 s".into(),
        uncertain: false,
    };
    let failed = agent_session::mine(agent_session::text("did not go out"), delivery);
    session
        .tell(agent_session::lines(
            "c1",
            vec![agent_session::line(12, 80, failed)],
        ))
        .await;
    screen.until("✗ no answer in 10 s").await;
    screen.press("f5");
    let again = Command::Retry {
        conversation: "c1".into(),
        line: 12,
    };
    assert_eq!(session.command().await, again);
    screen.press("pageup");
    screen.press("pageup");
    // It is in view from the first of both on, and stands elsewhere then.
    let is_top = |shown: &str| {
        let both = ["Is the blue one in stock?", "used the card #4"];
        both.iter().all(|text| shown.contains(text))
    };
    screen.until_that(is_top, "the first page").await;
    screen.click_on("used the card #4").await;
    screen.press("f9");
    screen.until("\"id\": \"offer-reserve\"").await;
}

#[tokio::test]
async fn two_agents_can_log_in_in_one_window() {
    let (screen, mut ends) = workspace(140, 40, &["kim", "sam"], false);
    screen.press("alt+g");
    let kim = AgentSession::taken(&mut ends).await;
    assert_eq!(kim.user, "kim");
    kim.tell(conversation(state("c1", "Ada Quill"))).await;
    screen.until("Write to Ada").await;
    // It would say again what is selected on the phone.
    screen.press("ctrl+r");
    screen.until("that is for the phone").await;
    screen.press("alt+u");
    screen.until("logged in").await;
    screen.write("sam");
    screen.press("enter");
    let mut sam = AgentSession::taken(&mut ends).await;
    assert_eq!(sam.user, "sam");
    screen.until("new conversations ring here").await;
    // What rings at one rings at nobody else's.
    sam.tell(Update::Shown(Shown::Rings(vec![ring("c9", "Omar", 60)])))
        .await;
    screen.until("1:00").await;
    screen.press("alt+y");
    assert_eq!(sam.command().await, Command::Accept("ring-c9".to_owned()));
    screen.click_on("Kim").await;
    screen.until("Write to Ada").await;
    screen.until("Sam (1)").await;
    screen.write("/login sam");
    screen.press("enter");
    screen.until("1:00").await;
    screen.write("/leave");
    screen.press("enter");
    assert_eq!(sam.command().await, Command::Quit);
    sam.tell(Update::Stopped).await;
    screen.until("Write to Ada").await;
}

#[tokio::test]
async fn phone_and_workspace_keep_their_drafts_apart() {
    let (mut screen, mut ends) = workspace(140, 40, &["kim"], false);
    screen.update(crate::support::scene::phone()).await;
    screen.write("from the consumer");
    screen.press("alt+g");
    let mut kim = AgentSession::taken(&mut ends).await;
    kim.tell(conversation(state("c1", "Ada Quill"))).await;
    screen.until("Write to Ada").await;
    screen.write("from the agent");
    screen.press("enter");
    assert_eq!(kim.command().await, say("from the agent", false));
    screen.press("tab");
    screen.press("enter");
    let PhoneCommand::Act { act, .. } = screen.command().await else {
        panic!("the phone sends");
    };
    assert!(format!("{act:?}").contains("from the consumer"), "{act:?}");
    // Leaving keeps what was written at the workspace.
    screen.press("tab");
    screen.write("half a sen");
    screen.until("> half a sen").await;
    screen.press("ctrl+q");
    let draft = screen.workspace_draft().await;
    assert_eq!(
        (draft.agent.as_str(), draft.conversation.as_str()),
        ("kim", "c1")
    );
    assert_eq!(draft.text, "half a sen");
    assert_eq!(kim.command().await, Command::Quit);
    loop {
        if screen.any_command().await == PhoneCommand::Quit {
            break;
        }
    }
}

#[tokio::test]
async fn a_workspace_alone_ends_when_its_agent_has_logged_out() {
    let (screen, mut session) = one_conversation(80, 24).await;
    screen.write("/quit");
    screen.press("enter");
    assert_eq!(session.command().await, Command::Quit);
    screen.until("leaving…").await;
    session.tell(Update::Stopped).await;
    assert_eq!(screen.ended().await, Ended::Stopped);
}

#[tokio::test]
async fn a_session_that_is_gone_is_told() {
    let (screen, mut ends) = workspace(140, 40, &["kim"], false);
    screen.press("alt+g");
    let kim = AgentSession::taken(&mut ends).await;
    screen.until("online").await;
    drop(kim);
    screen.until("has ended without saying why").await;
    screen.until("log in as kim").await;
}

#[tokio::test]
async fn what_is_written_where_nobody_keeps_it_is_warned_of() {
    let (screen, mut session) = one_conversation(80, 24).await;
    screen.write("half a sen");
    screen.until("> half a sen").await;
    screen.press("ctrl+q");
    screen.until("what is written was not sent").await;
    screen.press("ctrl+q");
    loop {
        if session.command().await == Command::Quit {
            break;
        }
    }
}

#[tokio::test]
async fn words_are_found_in_what_was_said_as_on_the_phone() {
    let (screen, session) = one_conversation(80, 24).await;
    screen.press("ctrl+f");
    screen.write("SATURDAY");
    screen.until("find: SATURDAY").await;
    screen.until("Enter next").await;
    screen.press("enter");
    screen.until("no further one").await;
    screen.resized(60, 16).await;
    screen.until("find: SATURDAY").await;
    screen.press("esc");
    screen.until("Write to Ada").await;
    screen.write("/find nobody said this");
    screen.press("enter");
    screen.until("not found").await;
    screen.press("esc");
    screen.until("Write to Ada").await;
    // In what is over words are found too.
    let over = ConversationState {
        is_open: false,
        ..state("c1", "Ada Quill")
    };
    session.tell(conversation(over)).await;
    screen.until("Closed").await;
    screen.press("ctrl+f");
    screen.write("reserved");
    screen.until("find: reserved").await;
    screen.until("Enter next").await;
}
