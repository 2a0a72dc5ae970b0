//! Conversations that wait before they are opened: for the user's word, and for
//! a way in for the answers.

use handset::{
    domain::exchange::EntryKind,
    engine::{
        command::Command,
        notice::{Notice, Severity},
        outside::{Lamp, Light, Outside, Watch},
        update::{Phase, Update},
    },
    sandbox::settings::Agent,
};
use tempfile::tempdir;
use tokio::sync::{mpsc, watch};

use super::{
    GREETING, phase,
    rig::{Phone, cloud},
};

const ASKED: Update = Update::Consent { thread: 0 };

fn way(ready: bool) -> Outside {
    let lamp = Lamp {
        light: if ready { Light::Proved } else { Light::Waiting },
        name: "tunnel url".to_owned(),
        says: "https://hooks.example.test/…".to_owned(),
    };
    Outside {
        tunnel: Some(lamp),
        install: None,
        ready,
    }
}

/// Whether the journal knows of a request for a conversation.
async fn opened(phone: &Phone) -> bool {
    let entries = phone.journal.entries(None, 200).await.unwrap();
    entries
        .iter()
        .any(|entry| matches!(&entry.kind, EntryKind::Call(call) if call.purpose == "CONVERSATION"))
}

#[tokio::test(flavor = "multi_thread")]
async fn real_people_are_not_called_before_the_user_says_so() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let started = Phone::start_behind(&cloud, folder.path(), vec![], (Watch::near(), true));
    let mut phone = started.await.unwrap();
    phone.until("the question", |update| *update == ASKED).await;
    // What is written meanwhile waits too.
    phone.say("hello?").await;
    phone
        .wait("the bubble", |phone| !phone.mine().is_empty())
        .await;
    assert!(!opened(&phone).await, "it was opened all the same");
    phone
        .tell(Command::Consent {
            thread: 0,
            yes: false,
        })
        .await;
    phone.until("left alone", phase(Phase::Closed)).await;
    assert!(!opened(&phone).await);
    assert_eq!(phone.mine(), [("hello?".to_owned(), false)]);

    // The next message asks again; a word nobody asked for is none.
    phone
        .tell(Command::Consent {
            thread: 0,
            yes: true,
        })
        .await;
    phone.say("hello!").await;
    phone
        .until("the question again", |update| *update == ASKED)
        .await;
    assert!(!opened(&phone).await);
    phone
        .tell(Command::Consent {
            thread: 0,
            yes: true,
        })
        .await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_way_in_no_conversation_begins() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let (state, seen) = watch::channel(way(false));
    let (tell, notices) = mpsc::channel(1);
    let outside = Watch {
        state: seen,
        notices,
    };
    let mut phone = Phone::start_behind(&cloud, folder.path(), vec![], (outside, false))
        .await
        .unwrap();
    let notice = Notice {
        severity: Severity::Info,
        title: "the way in is being opened".to_owned(),
        detail: String::new(),
        hint: String::new(),
    };
    tell.send(notice.clone()).await.unwrap();
    phone
        .wait("the notice", |phone| phone.notices.contains(&notice))
        .await;
    // The consumer is known by now, and nothing more happens.
    phone
        .until(
            "who the consumer is",
            |update| matches!(update, Update::Tokens(known) if known.len() == 2),
        )
        .await;
    assert!(!opened(&phone).await, "no answer could have come");
    state.send_replace(way(true));
    phone
        .until(
            "the light",
            |update| matches!(update, Update::Link(link) if link.outside == way(true)),
        )
        .await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    phone.quit().await;
}
