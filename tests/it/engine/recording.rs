//! A real conversation with the sandbox becomes a scenario: afterwards by `handset export`, and
//! from a moment on by a question to the engine.

use std::{fs, path::Path, process::Output};

use handset::{
    domain::{
        content::{Click, Content},
        conversation::event::Act,
        ids::ItemId,
        line::{Line, LineBody},
        time::Timestamp,
        wire::outbound::{Rating, TtrType},
    },
    engine::{
        command::{Command, Format, Question},
        update::{Answer, Phase, Update},
    },
    export::Redactor,
    rt::clock,
    sandbox::{model::roster, settings::Agent},
    scenario::{
        format::format,
        parse::parse,
        script::{Deed, Script, StepKind},
    },
};
use serde_json::{Value, json};
use tempfile::tempdir;

use super::{GREETING, phase};
use crate::{
    engine::rig::{Phone, ada, cloud, text},
    support::scene::act,
};

fn export(data: &Path, arguments: &[&str]) -> Output {
    crate::support::program()
        .arg("export")
        .args(["--conversation", "last", "--format", "talk"])
        .args(arguments)
        .env("HANDSET_DATA_DIR", data)
        .env("TZ", "UTC")
        .output()
        .unwrap()
}

fn read(text: &str) -> Script {
    let parsed = parse("a.talk", text, &|name| Err(format!("no {name}")));
    assert!(!parsed.is_faulty(), "{text}\n{:?}", parsed.faults);
    parsed.script
}

/// The newest message of others that is as wanted.
async fn heard(phone: &mut Phone, what: &str, is: impl Fn(&Line) -> bool) -> ItemId {
    let others = |item: &&Line| matches!(item.body, LineBody::Theirs { .. });
    let find = |phone: &Phone| {
        phone
            .items
            .iter()
            .rev()
            .filter(others)
            .find(|item| is(item))
            .map(|item| item.id)
    };
    phone.wait(what, |phone| find(phone).is_some()).await;
    find(phone).unwrap()
}

fn says(words: &str) -> impl Fn(&Line) -> bool {
    move |item| text(item).contains(words)
}

fn replies(item: &Line) -> usize {
    item.content().map_or(0, |content| content.replies().len())
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one talk, told in its order")]
async fn a_conversation_becomes_a_scenario() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut ada = ada();
    // A survey follows on a conversation with a skill.
    ada.opening.skill = roster::skill("Service");
    let data = folder.path().join("sandbox");
    let mut phone = Phone::start_with(&cloud, &data, vec![ada]).await.unwrap();
    heard(&mut phone, "the greeting", says(GREETING)).await;
    phone.say("Show me a carousel, I am Ada").await;
    let is_card = |item: &Line| matches!(item.content(), Some(Content::Rich { .. }));
    let card = heard(&mut phone, "the card", is_card).await;
    let click = Click {
        metadata: Some(json!([{"type": "ExternalId", "id": "carousel-blue-add"}])),
        texts: vec!["Add the blue mug".to_owned()],
    };
    phone.tell(act(Act::Click { item: card, click })).await;
    heard(&mut phone, "the click", says("Got your click")).await;
    phone.say("Where is my order?").await;
    heard(&mut phone, "the question", says("order number")).await;
    phone.say("It is 40417").await;
    heard(&mut phone, "the answer", says("arrives tomorrow")).await;
    phone
        .tell(act(Act::ChangeTtr {
            ttr: TtrType::Custom,
            value: Some(900),
        }))
        .await;
    phone.say("my password is hunter2").await;
    heard(&mut phone, "help", |item| {
        says("Sorry")(item) && replies(item) > 0
    })
    .await;
    let since = Timestamp(clock::unix_millis());
    let help = heard(&mut phone, "help", |item| says("Sorry")(item)).await;
    phone
        .tell(act(Act::Reply {
            item: help,
            index: 0,
        }))
        .await;
    heard(&mut phone, "help", says("Say one of these")).await;
    phone.tell(act(Act::Close)).await;
    let survey = heard(&mut phone, "the survey", |item| replies(item) == 5).await;
    phone
        .tell(act(Act::Reply {
            item: survey,
            index: 3,
        }))
        .await;
    heard(&mut phone, "more of the survey", |item| replies(item) == 2).await;
    phone
        .tell(act(Act::Rate(Rating {
            csat: Some(4),
            resolved: Some(true),
        })))
        .await;
    phone.tell(act(Act::Close)).await;
    phone.until("the end", phase(Phase::Closed)).await;

    // What came after a moment, while the phone runs.
    let recorded = folder.path().join("late.talk");
    fs::write(&recorded, "not to be lost").unwrap();
    let conversation = conversation(&mut phone).await;
    let question = Question::Export {
        conversation,
        format: Format::Talk,
        file: Some(recorded.clone()),
        since: Some(since),
    };
    phone.tell(Command::Ask { ask: 7, question }).await;
    let mut file = None;
    while file.is_none() {
        let update = crate::support::soon("an answer", phone.next()).await;
        if let Some(Update::Answer { ask: 7, answer }) = update {
            let Answer::Exported(written) = answer else {
                panic!("{answer:?}");
            };
            file = Some(written);
        }
    }
    let late = file.unwrap();
    assert_eq!(late, folder.path().join("late-2.talk"));
    assert_eq!(fs::read_to_string(&recorded).unwrap(), "not to be lost");
    let late = fs::read_to_string(late).unwrap();
    assert!(
        !late.contains("carousel") && late.contains("me taps \"Help\""),
        "{late}"
    );
    read(&late);
    phone.quit().await;

    let file = folder.path().join("mugs.talk");
    let out = export(folder.path(), &["--out", file.to_str().unwrap()]);
    assert!(out.status.success() && out.stdout.is_empty(), "{out:?}");
    let told = String::from_utf8(out.stderr).unwrap();
    let told: Vec<&str> = told.lines().collect();
    assert!(told[0].contains("looks like a secret"), "{told:?}");
    let tried = format!("`handset run {}` passes", file.display());
    assert_eq!(told[1..], [tried], "{}", fs::read_to_string(&file).unwrap());
    let written = fs::read_to_string(&file).unwrap();
    let script = read(&written);
    assert_eq!(script.head.extras_fail, Some(true));
    assert_eq!(script.head.needs, ["survey"]);
    holds_in_order(
        &written,
        &[
            "me opens",
            "agent: Hi, this is Riley from",
            "me: Show me a carousel, I am {me.first}",
            "# mugs.files/1-card.json",
            "me sees",
            "  4 cards",
            "  card 1 button \"Add\" #carousel-blue-add",
            "end",
            "me taps #carousel-blue-add",
            "agent: Got your click on carousel-blue-add",
            "me: Where is my order?",
            "me: It is 40417",
            "tomorrow before noon.",
            "me asks 15m",
            "me: my password is …",
            "agent: Sorry, I did not get that.",
            "me sees offer \"Help\"",
            "me taps \"Help\"",
            "me closes",
            "survey: ",
            "me taps \"4\"",
            "me rates 4 resolved",
            "me closes",
        ],
    );
    for never in ["hunter2", "me: Add the blue mug", "me: Help", "me: 4"] {
        assert!(!written.contains(never), "{never} is in\n{written}");
    }
    let steps = &script.scenes[0].steps;
    let taps = |step: &&handset::scenario::script::ScriptStep| {
        matches!(
            &step.kind,
            StepKind::Deed {
                deed: Deed::Taps(_),
                ..
            }
        )
    };
    assert_eq!(steps.iter().filter(taps).count(), 3, "{written}");

    let card = fs::read_to_string(folder.path().join("mugs.files/1-card.json")).unwrap();
    let card: Value = serde_json::from_str(&card).unwrap();
    assert_eq!(card["event"]["content"]["type"], "carousel");
    let exact = fs::read_to_string(folder.path().join("mugs.talk.json")).unwrap();
    let exact: Value = serde_json::from_str(&exact).unwrap();
    assert!(exact["lines"].as_array().unwrap().len() > 15);
    assert!(!Redactor::default().text(&exact.to_string()).is_empty());

    // Nothing is replaced unless that was asked for, and to stdout goes the scenario alone.
    let again = export(folder.path(), &["--out", file.to_str().unwrap()]);
    assert!(!again.status.success());
    let out = ["--force", "--out", file.to_str().unwrap()];
    let forced = export(folder.path(), &[&out[..], &["--no-try"]].concat());
    assert!(forced.status.success(), "{forced:?}");
    let told = String::from_utf8(forced.stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    // With nobody who answers it fails, is told, and stays.
    let unanswered = export(folder.path(), &[&out[..], &["--agent", "none"]].concat());
    assert!(unanswered.status.success(), "{unanswered:?}");
    let told = String::from_utf8(unanswered.stderr).unwrap();
    let greeting = written
        .lines()
        .position(|line| line.starts_with("agent: Hi"));
    let failed = format!("` fails at line {}: ", greeting.unwrap() + 1);
    assert!(told.contains(&failed), "{told}{written}");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    let shown = export(folder.path(), &[]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(shown.replace("recorded.files", "mugs.files"), written);
    assert_eq!(
        format(&written).unwrap(),
        written,
        "as `handset fmt` writes it"
    );
}

async fn conversation(phone: &mut Phone) -> handset::domain::ids::ConversationId {
    let question = Question::Conversations {
        words: String::new(),
        limit: 1,
    };
    phone.tell(Command::Ask { ask: 6, question }).await;
    loop {
        let update = crate::support::soon("an answer", phone.next()).await;
        if let Some(Update::Answer {
            ask: 6,
            answer: Answer::Conversations(found),
        }) = update
        {
            return found.conversations[0].conversation.clone();
        }
    }
}

#[track_caller]
fn holds_in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for part in wanted {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part:?} is not in its place in\n{text}");
        };
        rest = after;
    }
}
