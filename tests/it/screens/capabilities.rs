//! Everything a consumer can do, as commands: each leads to one order, and
//! wrong arguments to a reason.

use std::path::Path;

use handset::{
    domain::{
        conversation::event::Act,
        ids::PhoneId,
        wire::outbound::{AcceptStatus, ChatState, EndField, Rating, TtrType},
    },
    engine::command::{Command, Endpoint, Format, Question},
};
use serde_json::{Value, json};

use crate::support::{
    scene::{self, act},
    screen::Screen,
};

macro_rules! assert_screen {
    ($name:expr, $screen:expr) => {{
        let name = $name;
        let shown = $screen.kept(&name).await;
        insta::with_settings!(
            { snapshot_path => "../../snapshots", prepend_module_to_snapshot => false,
              omit_expression => true },
            { insta::assert_snapshot!(name, shown) }
        )
    }};
}

fn rate(csat: Option<u8>, resolved: Option<bool>) -> Command {
    act(Act::Rate(Rating { csat, resolved }))
}

fn mark(status: AcceptStatus, metadata: Option<Value>) -> Command {
    act(Act::Mark {
        item: scene::id(8),
        status,
        metadata,
    })
}

fn ttr(ttr: TtrType, value: Option<u64>) -> Command {
    act(Act::ChangeTtr { ttr, value })
}

#[tokio::test]
async fn each_command_is_one_order() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    let metadata = json!([{ "type": "ExternalId", "id": "a" }]);
    for (draft, expected) in [
        ("/close", act(Act::Close)),
        ("/end", act(Act::End(EndField::State))),
        ("/end stage", act(Act::End(EndField::Stage))),
        ("/new", act(Act::New)),
        ("/csat 5", rate(Some(5), None)),
        ("/csat 2 no", rate(Some(2), Some(false))),
        ("/csat skip", rate(None, None)),
        ("/fcr yes", rate(None, Some(true))),
        ("/ttr urgent", ttr(TtrType::Urgent, None)),
        ("/ttr custom 900", ttr(TtrType::Custom, Some(900))),
        ("/state gone", act(Act::Tell(ChatState::Gone))),
        ("/state background", act(Act::Tell(ChatState::Background))),
        ("/mark nack", mark(AcceptStatus::Nack, None)),
        (
            r#"/mark action [{"type":"ExternalId","id":"a"}]"#,
            mark(AcceptStatus::Action, Some(metadata)),
        ),
        ("/flight on", act(Act::Flight(true))),
    ] {
        screen.write(draft);
        screen.press("enter");
        assert_eq!(screen.command().await, expected, "{draft}");
    }
}

#[tokio::test]
async fn wrong_arguments_are_told_and_stay_to_be_mended() {
    let mut screen = Screen::showing_conversation(240, 24).await;
    for (draft, reason) in [
        ("/csat 9", "1 to 5"),
        ("/fcr maybe", "it takes yes, no"),
        ("/ttr custom x", "is no number of seconds"),
        ("/state awake", "composing"),
        ("/mark seen", "access"),
        ("/metadata 5", "array of objects"),
        ("/export pdf", "md, json, html"),
        ("/persona nobody", "there is no persona"),
        ("/raw nothing", "it takes text"),
        ("/image", "takes the path"),
        ("/replay", "select the bubble"),
    ] {
        screen.write(draft);
        screen.press("enter");
        screen.until(reason).await;
        screen.until(&format!("> {draft}")).await;
        screen.press("esc");
        screen.press("esc");
        screen.press("ctrl+a");
        screen.press("delete");
        screen.until("Write a message").await;
    }
    screen.press("f3");
    assert_eq!(screen.command().await, act(Act::Flight(true)));
}

#[tokio::test]
async fn the_selected_bubble_is_meant_before_the_newest() {
    let mut screen = Screen::showing_conversation(140, 40).await;
    screen.click_on("Let me look.").await;
    screen.until("▌").await;
    screen.write("/mark accept");
    screen.press("enter");
    let expected = act(Act::Mark {
        item: scene::id(3),
        status: AcceptStatus::Accept,
        metadata: None,
    });
    assert_eq!(screen.command().await, expected);
    screen.click_on("Thanks!").await;
    screen.write("/replay");
    screen.press("enter");
    assert_eq!(screen.command().await, act(Act::Replay(scene::id(6))));
    screen.write("/fetch");
    screen.press("enter");
    screen.until("there is no file to fetch").await;
}

#[tokio::test]
async fn metadata_goes_with_the_next_message_alone() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.write(r#"/metadata {"type":"ExternalId","id":"add-blue"}"#);
    screen.press("enter");
    screen.until("with ExternalId").await;
    assert_screen!("metadata_80x24", screen);
    screen.write("Add the blue one");
    screen.press("enter");
    let expected = act(Act::Submit {
        text: "Add the blue one".to_owned(),
        metadata: Some(json!([{ "type": "ExternalId", "id": "add-blue" }])),
    });
    assert_eq!(screen.command().await, expected);
    screen.until_gone("with ExternalId").await;
    screen.write("And no more");
    screen.press("enter");
    assert_eq!(screen.command().await, act(Act::submit("And no more")));
}

#[tokio::test]
async fn the_conversation_is_written_out_in_every_format() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    for (name, format) in [
        ("md", Format::Markdown),
        ("html", Format::Html),
        ("bundle", Format::Bundle),
    ] {
        screen.write(&format!("/export {name}"));
        screen.press("enter");
        let command = screen.command().await;
        let Command::Ask { question, .. } = command else {
            panic!("{command:?}");
        };
        let conversation = scene::head().conversation.unwrap();
        let expected = Question::Export {
            conversation,
            format,
            file: None,
            since: None,
        };
        assert_eq!(question, expected);
    }
}

#[tokio::test]
async fn a_request_by_hand_goes_out_as_it_stands() {
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.write("/raw csat");
    screen.press("enter");
    screen.until("CSATRate").await;
    assert_screen!("raw_80x24", screen);
    screen.press("ctrl+a");
    screen.write("{ not json");
    screen.press("enter");
    screen.write("\u{e9}");
    screen.press("ctrl+s");
    let expected = Command::Raw {
        phone: PhoneId(0),
        endpoint: Endpoint::Send,
        body: "{ not json\né".to_owned(),
    };
    assert_eq!(screen.command().await, expected);
    screen.until("on its way").await;
    // What was sent is there again, to be mended.
    screen.press("alt+r");
    screen.until("{ not json").await;
    // Another template by click and by key; CONVERSATION goes elsewhere.
    screen.click_on(" text ").await;
    screen.until("Is the blue one in stock?\"").await;
    screen.click_on("profile").await;
    screen.until("userprofile.SetUserProfile").await;
    screen.press("shift+tab");
    screen.press("shift+tab");
    screen.click_on("conversation").await;
    screen.until("consumer/conversation?v=3").await;
    screen.click_on("( Send it as it stands )").await;
    let command = screen.command().await;
    let Command::Raw { endpoint, body, .. } = command else {
        panic!("{command:?}");
    };
    assert_eq!(endpoint, Endpoint::Conversation);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body[1]["body"]["brandId"], "55512300");
}

fn picture(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    image::RgbImage::new(4, 3).save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What is attached next: its path on this machine, type and caption.
async fn attached(screen: &mut Screen) -> (String, String, String) {
    loop {
        if let Command::Act {
            act: Act::Attach(file),
            ..
        } = screen.command().await
        {
            return (file.local, file.file_type, file.caption);
        }
    }
}

#[tokio::test]
async fn a_picture_is_sent_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = picture(folder.path(), "my cat.png");
    let mut screen = Screen::showing_conversation(140, 40).await;
    screen.write(&format!("/image '{path}' a cat"));
    screen.press("enter");
    let (local, file_type, caption) = attached(&mut screen).await;
    assert!(local.ends_with("my cat.png"), "{local}");
    assert_eq!((file_type.as_str(), caption.as_str()), ("PNG", "a cat"));
    // What the cloud will refuse is refused here, and sent when it is insisted on.
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "words").unwrap();
    screen.write(&format!("/image {}", notes.display()));
    screen.press("enter");
    screen.until("the file was not sent").await;
    screen.press("f8");
    screen.until("it is of type TXT").await;
    screen.until("/image!").await;
    screen.press("esc");
    screen.press("esc");
    screen.write(&format!("/image! {}", notes.display()));
    screen.press("enter");
    assert_eq!(attached(&mut screen).await.1, "TXT");
    screen.write("/image /not/there.png");
    screen.press("enter");
    screen.until("cannot read /not/there.png").await;
    // The command can be mended where it was written.
    screen.until("> /image /not/there.png").await;
}

#[tokio::test]
async fn a_pasted_path_of_a_picture_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = picture(folder.path(), "cat.png");
    let mut screen = Screen::showing_conversation(80, 24).await;
    screen.write("look: ");
    screen.paste(&path);
    screen.until("Send this file?").await;
    screen.until("PNG").await;
    screen.until("4×3").await;
    // Left alone it stays text.
    screen.press("esc");
    screen.until_gone("Send this file?").await;
    screen.until("> look: ").await;
    screen.press("ctrl+a");
    screen.paste(&path);
    screen.until("Send this file?").await;
    screen.write("my cat");
    screen.press("enter");
    let (_, _, caption) = attached(&mut screen).await;
    assert_eq!(caption, "my cat");
    screen.until("Write a message").await;
    // Other texts that are pasted are texts.
    screen.paste("/not/there.png");
    screen.write("!");
    screen.until("> /not/there.png!").await;
    assert!(!screen.text().contains("Send this file?"));
}

#[tokio::test]
async fn a_file_is_chosen_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("holiday");
    std::fs::create_dir(&inner).unwrap();
    picture(&inner, "beach.png");
    std::fs::write(inner.join("plan.pdf"), b"%PDF-1.7").unwrap();
    let first = picture(folder.path(), "cat.png");
    let mut screen = Screen::showing_conversation(80, 24).await;
    // The picker opens where the last file was; a path that was pasted leads there.
    screen.write(&format!("/attach {first}"));
    screen.press("enter");
    screen.until("holiday/").await;
    screen.write("holi");
    screen.until("▸ holiday/").await;
    screen.press("enter");
    screen.until("beach.png").await;
    screen.until("PDF 8 B ✗").await;
    screen.write("plan");
    screen.until("▸ plan.pdf").await;
    screen.press("enter");
    screen.until("it is of type PDF").await;
    screen.press("enter");
    screen.until("it was not sent").await;
    screen.press("ctrl+s");
    let (local, file_type, caption) = attached(&mut screen).await;
    assert!(local.ends_with("plan.pdf"), "{local}");
    assert_eq!((file_type.as_str(), caption.as_str()), ("PDF", "plan"));
}
