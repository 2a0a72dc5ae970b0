//! The engine as front ends see it: commands in, updates out, with the real
//! journal, the real listener and the sandbox on loopback.

mod exports;
mod files;
mod flood;
mod gate;
mod odd;
mod phones;
mod pictures;
mod recording;
mod rig;
mod window;

use handset::{
    domain::{
        conversation::event::Act,
        exchange::{Entry, EntryKind, Outcome},
        ids::{EntryId, PhoneId},
        line::{Delivery, Line, LineBody},
        notice::Severity,
        wire::outbound::EndField,
    },
    engine::update::{Phase, Update},
    sandbox::settings::Agent,
    store::{Journal, Save, Start},
};
use serde_json::json;
use tempfile::tempdir;

use self::rig::{PATH, Phone, cloud, mine};
use crate::support::{LIMIT, hooks, http, scene::act, soon};

const GREETING: &str = "this is Riley";

fn accepted(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Accepted { .. } | Delivery::Read { .. })
}

fn is_read(item: &Line) -> bool {
    matches!(
        &item.body,
        LineBody::Mine {
            delivery: Delivery::Read { .. },
            ..
        }
    )
}

fn phase(wanted: Phase) -> impl Fn(&Update) -> bool {
    move |update| matches!(update, Update::Head { head, .. } if head.phase == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn talk_close_and_talk_again() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    phone.say("hi").await;
    phone
        .wait("hi is read", |phone| phone.is("hi", accepted))
        .await;
    phone.tell(act(Act::End(EndField::State))).await;
    phone
        .until("the end of the first", phase(Phase::Closed))
        .await;
    phone.say("me again").await;
    phone
        .wait("a second one", |phone| phone.is("me again", accepted))
        .await;
    phone.tell(act(Act::New)).await;
    phone.say("and again").await;
    phone
        .wait("a third one", |phone| phone.is("and again", accepted))
        .await;
    let said = mine(&phone.quit().await);
    let words = ["hi", "me again", "and again"].map(|text| (text.to_owned(), true));
    assert_eq!(said, words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quick_reply_is_clicked_and_said() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone.say("quick replies").await;
    let question = "Which one would you like?";
    phone
        .wait("the question", |phone| phone.theirs(question).is_some())
        .await;
    let item = phone.theirs(question).unwrap();
    phone.tell(act(Act::Reply { item, index: 0 })).await;
    phone
        .wait("the reply read", |phone| {
            phone.mine().len() == 2 && phone.items.iter().filter(|item| is_read(item)).count() == 2
        })
        .await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flight_mode_survives_a_kill_and_nothing_is_doubled() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    phone.tell(act(Act::Flight(true))).await;
    for text in ["one", "two", "three"] {
        phone.say(text).await;
    }
    phone
        .wait("three queued", |phone| phone.mine().len() == 3)
        .await;
    assert!(phone.mine().iter().all(|(_, has_left)| !has_left));
    phone.kill().await;
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .wait("all three", |phone| {
            ["one", "two", "three"]
                .iter()
                .all(|text| phone.is(text, accepted))
        })
        .await;
    let said: Vec<String> = mine(&phone.quit().await)
        .into_iter()
        .map(|(text, _)| text)
        .collect();
    assert_eq!(said, ["one", "two", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_opening_it_ends_up_in_one_conversation() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone.say("hi").await;
    phone.until("the call", |update| {
        matches!(update, Update::Wire(entries) if entries.iter().any(|entry| {
            matches!(&entry.kind, EntryKind::Call(call) if call.purpose.contains("CONVERSATION"))
        }))
    })
    .await;
    phone.kill().await;
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .wait("hi has left", |phone| {
            // Killed while it left, nobody knows whether it did, and its bubble says so.
            let in_doubt = |delivery: &Delivery| {
                matches!(
                    delivery,
                    Delivery::Failed {
                        uncertain: true,
                        ..
                    }
                )
            };
            phone.is("hi", accepted) || phone.is("hi", in_doubt)
        })
        .await;
    let journal = phone.journal.clone();
    let mut opened = 0;
    for entry in journal.entries(None, 1000).await.unwrap() {
        if let EntryKind::Call(call) = entry.kind {
            opened += usize::from(call.purpose.contains("CONVERSATION"));
        }
    }
    assert_eq!(opened, 1);
    drop(journal);
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unread_front_end_slows_no_webhook_and_cannot_keep_the_engine_from_ending() {
    const FLOOD: u64 = 2000;
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::None).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .until("an open conversation", phase(Phase::Open))
        .await;
    let address = phone.hook;
    // Nobody reads an update from here on.
    soon("every answer", async {
        let mut peer = http::Peer::connect(address).await;
        for number in 0..FLOOD {
            if number % 10 == 0 {
                // Refused when the engine waits for the front end.
                let _ = phone.running.commands.try_send(act(Act::Typed {
                    standing: number % 20 == 0,
                }));
            }
            let request = hooks::signed(PATH, hooks::message(number).as_bytes());
            peer.write(&request).await;
            assert_eq!(peer.answer().await.unwrap().status, 200);
        }
    })
    .await;
    phone.stop.cancel();
    soon("the engine's task", &mut phone.running.task)
        .await
        .unwrap();
    phone.journal.clone().close().await;
    let (journal, mut feed) =
        Journal::open(&folder.path().join("journal.db"), Start::After(EntryId(0)))
            .await
            .unwrap();
    let mut kept = 0;
    while let Ok(Some(_)) = feed.recv_ready().await {
        kept += 1;
    }
    assert!(kept >= FLOOD, "{kept}");
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_written_is_told_and_nothing_is_sent() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    // Another program refuses every line and every state of the phone from now on.
    let other = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    other.busy_timeout(LIMIT).unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON item BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    other.execute_batch(refuse).unwrap();
    phone.say("kept nowhere").await;
    phone
        .wait("the notice", |phone| {
            phone.notices.iter().any(|notice| {
                notice.severity == Severity::Error && notice.detail.contains("the disk is full")
            })
        })
        .await;
    phone
        .wait("queued", |phone| {
            phone.is("kept nowhere", |delivery| *delivery == Delivery::Queued)
        })
        .await;
    other.execute_batch("DROP TRIGGER refuse").unwrap();
    drop(other);
    phone
        .wait("sent after all", |phone| phone.is("kept nowhere", accepted))
        .await;
    let journal = phone.journal.clone();
    let entries = journal.entries(None, 1000).await.unwrap();
    let is_text = |entry: &&Entry| matches!(&entry.kind, EntryKind::Call(call) if call.purpose.ends_with("text"));
    assert_eq!(entries.iter().filter(is_text).count(), 1);
    drop(journal);
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_word_is_journalled_with_its_answer() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    phone.quit().await;
    let path = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    let entries = journal.entries(None, 1000).await.unwrap();
    let gone = entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Call(call) if call.purpose.ends_with("GONE") => Some(call),
        _ => None,
    });
    let outcome = &gone.expect("GONE was told").outcome;
    assert!(
        matches!(outcome, Some(Outcome::Answered { status: 200, .. })),
        "{outcome:?}"
    );
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_cannot_be_read_is_not_written_over() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let path = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    let save = Save {
        states: vec![(PhoneId(0), json!({"from": "the future"}), None)],
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    journal.close().await;
    let refused = Phone::try_start(&cloud, folder.path()).await.err().unwrap();
    assert!(refused.to_string().contains("journal.db"), "{refused}");
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    let kept = journal.restore().await.unwrap().states;
    assert_eq!(kept, [(PhoneId(0), Some(json!({"from": "the future"})))]);
    journal.close().await;
}
