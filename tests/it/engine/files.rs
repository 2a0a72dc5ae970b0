//! Files, raw requests and tokens as front ends see them, with the sandbox as
//! the cloud.

use std::{
    cell::{Cell, RefCell},
    fs,
    path::PathBuf,
};

use handset::{
    domain::{
        content::{Content, Hosted},
        conversation::event::Act,
        exchange::{Entry, EntryKind, Exchange},
        ids::{ItemId, PhoneId},
        line::{Delivery, Line, LineBody},
        notice::Severity,
        wire::outbound::AcceptStatus,
    },
    engine::{
        command::{Command, Endpoint},
        update::{Token, Update},
    },
    media::attach,
    sandbox::settings::Agent,
};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;
use tempfile::tempdir;

use crate::{
    engine::rig::{Phone, cloud},
    support::{scene::act, soon},
};

const GREETING: &str = "this is Riley";

fn hosted(item: &Line) -> Option<&Hosted> {
    match &item.body {
        LineBody::Mine {
            content: Content::File(file),
            ..
        }
        | LineBody::Theirs {
            content: Content::File(file),
            ..
        } => Some(file),
        _ => None,
    }
}

/// The consumer's file, and whether the cloud has it.
fn sent(phone: &Phone) -> Option<&Line> {
    phone.items.iter().find(|item| {
        let known =
            matches!(&item.body, LineBody::Mine { delivery, .. } if delivery.sequence().is_some());
        known && hosted(item).is_some()
    })
}

/// The agent's file.
fn theirs(phone: &Phone) -> Option<ItemId> {
    let is_file =
        |item: &&Line| hosted(item).is_some() && matches!(item.body, LineBody::Theirs { .. });
    phone.items.iter().find(is_file).map(|item| item.id)
}

/// Waits for what becomes of a bubble's file.
async fn file_of(phone: &mut Phone, wanted: ItemId) -> Result<PathBuf, String> {
    let found = RefCell::new(None);
    phone
        .until("the file", |update| match update {
            Update::File { item, file } if *item == wanted => {
                *found.borrow_mut() = Some(file.clone());
                true
            }
            _ => false,
        })
        .await;
    found.into_inner().unwrap()
}

/// The calls in the journal, oldest first, each once.
async fn calls(phone: &Phone) -> Vec<Exchange> {
    let entries = phone.journal.entries(None, 500).await.unwrap();
    let of_call = |entry: Entry| match entry.kind {
        EntryKind::Call(call) => Some(call),
        EntryKind::Hook(_) => None,
    };
    let mut calls: Vec<Exchange> = entries.into_iter().filter_map(of_call).collect();
    calls.reverse();
    calls
}

/// Whether a call for this has ended.
fn ended(update: &Update, purpose: &str) -> bool {
    let is_it = |entry: &Entry| match &entry.kind {
        EntryKind::Call(call) => call.purpose.contains(purpose) && call.outcome.is_some(),
        EntryKind::Hook(_) => false,
    };
    matches!(update, Update::Wire(entries) if entries.iter().any(is_it))
}

async fn greeted(phone: &mut Phone) {
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_to_the_agent() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    greeted(&mut phone).await;
    let picture = folder.path().join("the lamp.png");
    let mut random = fastrand::Rng::with_seed(5);
    let noise = RgbImage::from_fn(500, 500, |_, _| {
        Rgb([random.u8(..), random.u8(..), random.u8(..)])
    });
    noise.save_with_format(&picture, ImageFormat::Png).unwrap();
    let ready = attach::prepare(&picture, "").unwrap();
    assert_eq!(ready.objections, []);
    let size = ready.facts.bytes;
    phone
        .tell(act(Act::Attach(Box::new(ready.attachment))))
        .await;
    let progress = RefCell::new(Vec::new());
    phone
        .until("its last byte", |update| {
            if let Update::Progress { done, total, .. } = update {
                progress.borrow_mut().push((*done, *total));
            }
            progress.borrow().last() == Some(&(size, size))
        })
        .await;
    phone
        .wait("the cloud has it", |phone| sent(phone).is_some())
        .await;
    let item = sent(&phone).unwrap();
    let (id, file) = (item.id, hosted(item).unwrap().clone());
    assert!(file.path.starts_with("/v1/"), "{file:?}");
    let preview = file.preview.unwrap();
    assert!(preview.starts_with("data:image/") && preview.len() < 30_000);

    // All three requests belong to the bubble.
    let linked = async {
        while phone.journal.links(id).await.unwrap().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    soon("the links", linked).await;
    let calls = calls(&phone).await;
    let put = calls.iter().find(|call| call.method == "PUT").unwrap();
    assert_eq!(put.body, format!("[{size} bytes]"));
    assert!(put.url.contains("temp_url_sig=…"), "{}", put.url);
    // What is ours is here already.
    phone.tell(Command::Fetch(id)).await;
    assert_eq!(
        file_of(&mut phone, id).await,
        Ok(picture.canonicalize().unwrap())
    );
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_file_is_fetched_once_and_marked_once() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    greeted(&mut phone).await;
    phone.say("Send me a picture").await;
    phone
        .wait("the picture", |phone| theirs(phone).is_some())
        .await;
    let item = theirs(&phone).unwrap();
    phone.tell(Command::Fetch(item)).await;
    let path = file_of(&mut phone, item).await.unwrap();
    assert_eq!(path.parent().unwrap(), folder.path().join("files"));
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("The-blue-one-"), "{name}");
    assert_eq!(path.extension().unwrap(), "png");
    let picture = fs::read(&path).unwrap();
    assert_eq!(image::guess_format(&picture).unwrap(), ImageFormat::Png);
    phone
        .until("ACCESS", |update| ended(update, "ACCESS"))
        .await;

    // A second time nothing goes out, and what is there is left alone.
    fs::write(&path, b"mine now").unwrap();
    phone.tell(Command::Fetch(item)).await;
    assert_eq!(file_of(&mut phone, item).await, Ok(path.clone()));
    assert_eq!(fs::read(&path).unwrap(), b"mine now");
    // Marks go out in order: whatever that led to has left before the next one.
    let mark = Act::Mark {
        item,
        status: AcceptStatus::Nack,
        metadata: None,
    };
    phone.tell(act(mark)).await;
    phone.until("NACK", |update| ended(update, "NACK")).await;
    let calls = calls(&phone).await;
    let count = |what: &str| {
        calls
            .iter()
            .filter(|call| call.purpose.contains(what))
            .count()
    };
    assert_eq!((count("download"), count("ACCESS")), (1, 1));
    // What was fetched belongs to the bubble.
    let linked = phone.journal.links(item).await.unwrap();
    assert!(linked.len() >= 2, "{linked:?}");
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_in_two_bubbles_is_fetched_once_and_for_its_owner_alone() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    greeted(&mut phone).await;
    let picture = folder.path().join("lamp.png");
    RgbImage::from_pixel(300, 300, Rgb([9, 8, 7]))
        .save_with_format(&picture, ImageFormat::Png)
        .unwrap();
    let ready = attach::prepare(&picture, "").unwrap();
    phone
        .tell(act(Act::Attach(Box::new(ready.attachment))))
        .await;
    phone
        .wait("the cloud has it", |phone| sent(phone).is_some())
        .await;
    fs::remove_file(&picture).unwrap();
    let of_first = sent(&phone).unwrap();
    let (first, file) = (of_first.id, hosted(of_first).unwrap());
    let conversation = calls(&phone)
        .await
        .into_iter()
        .find_map(|call| call.conversation)
        .unwrap();
    let again = json!({
        "kind": "req", "id": "1", "type": "ms.PublishEvent",
        "body": { "dialogId": conversation, "conversationId": conversation, "event": {
            "type": "ContentEvent", "contentType": "hosted/file",
            "message": {
                "relativePath": file.path,
                "fileType": file.file_type,
                "caption": file.caption,
            },
        } },
    });
    let raw = Command::Raw {
        phone: PhoneId(0),
        endpoint: Endpoint::Send,
        body: again.to_string(),
    };
    phone.tell(raw).await;
    // It comes back as one written on another device.
    let other = |phone: &Phone| {
        let files = phone.items.iter().filter(|item| hosted(item).is_some());
        files.map(|item| item.id).find(|id| *id != first)
    };
    phone
        .wait("the same file again", |phone| other(phone).is_some())
        .await;
    let second = other(&phone).unwrap();
    let files = folder.path().join("files");
    phone.tell(Command::Fetch(first)).await;
    phone.tell(Command::Fetch(second)).await;
    let mut found = Vec::new();
    while found.len() < 2 {
        if let Some(Update::File { file, .. }) = phone.next().await {
            found.push(file);
        }
    }
    assert_eq!(found[0], found[1]);
    let path = found[0].clone().unwrap();
    image::load_from_memory(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(fs::read_dir(&files).unwrap().count(), 1);
    // The call is kept a moment after the file is told.
    let kept = async {
        loop {
            let calls = calls(&phone).await;
            let downloads = calls.iter().filter(|call| call.purpose == "download");
            match downloads.count() {
                0 => tokio::task::yield_now().await,
                count => break count,
            }
        }
    };
    assert_eq!(soon("the download in the journal", kept).await, 1);
    #[cfg(unix)]
    for (path, mode) in [(&files, 0o700), (&path, 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        let found = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{}", path.display());
    }
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_is_said() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    greeted(&mut phone).await;
    let greeting = phone.theirs(GREETING).unwrap();
    phone.tell(Command::Fetch(greeting)).await;
    let refused = file_of(&mut phone, greeting).await.unwrap_err();
    assert_eq!(refused, "there is no file in it");
    phone.say("Send me a picture").await;
    phone
        .wait("the picture", |phone| theirs(phone).is_some())
        .await;
    let item = theirs(&phone).unwrap();
    phone.tell(act(Act::Flight(true))).await;
    phone.tell(Command::Fetch(item)).await;
    let refused = file_of(&mut phone, item).await.unwrap_err();
    assert!(refused.contains("flight mode"), "{refused}");
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_the_cloud_does_not_take_is_refused_by_the_cloud() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    greeted(&mut phone).await;
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, b"words").unwrap();
    let ready = attach::prepare(&notes, "").unwrap();
    assert_eq!(ready.objections.len(), 1);
    // Sent all the same.
    phone
        .tell(act(Act::Attach(Box::new(ready.attachment))))
        .await;
    let failed = |phone: &Phone| {
        phone.items.iter().any(|item| {
            matches!(
                &item.body,
                LineBody::Mine {
                    delivery: Delivery::Failed {
                        uncertain: false,
                        ..
                    },
                    ..
                }
            )
        })
    };
    phone.wait("its refusal", failed).await;
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_request_goes_out_as_it_is_and_its_end_is_told() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    greeted(&mut phone).await;
    for body in ["{ not even JSON", "[]"] {
        let raw = Command::Raw {
            phone: PhoneId(0),
            endpoint: Endpoint::Send,
            body: body.to_owned(),
        };
        phone.tell(raw).await;
        let is_it = |entry: &Entry| match &entry.kind {
            EntryKind::Call(call) => {
                call.purpose == "raw SEND"
                    && call.outcome.is_some()
                    && (&*call.body, call.phone) == (body.as_bytes(), Some(PhoneId(0)))
            }
            EntryKind::Hook(_) => false,
        };
        let (seen, notified) = (Cell::new(false), Cell::new(false));
        phone
            .until("its answer and the notice", |update| {
                if let Update::Wire(entries) = update {
                    seen.set(seen.get() || entries.iter().any(is_it));
                }
                let told = matches!(update, Update::Notice(notice)
                    if notice.title == "SEND answered 400");
                notified.set(notified.get() || told);
                seen.get() && notified.get()
            })
            .await;
    }
    assert!(
        phone
            .notices
            .iter()
            .all(|notice| notice.severity == Severity::Warning)
    );
    phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_are_told_with_their_thread_and_without_their_signatures() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::Riley).await);
    let mut phone = Phone::start(&cloud, folder.path()).await;
    let found: RefCell<Vec<Token>> = RefCell::default();
    phone
        .until("both tokens", |update| {
            if let Update::Tokens(tokens) = update {
                found.borrow_mut().clone_from(tokens);
            }
            found.borrow().len() == 2
        })
        .await;
    let found = found.into_inner();
    assert_eq!((found[0].kind, found[0].phone), ("AppJWT", None));
    assert!(found[0].until.is_some());
    assert_eq!(
        (found[1].kind, found[1].phone),
        ("ConsumerJWS", Some(PhoneId(0)))
    );
    assert_eq!(found[1].claims["claims"]["ext_consumer_id"], "handset-ada");
    for token in &found {
        assert_eq!(token.claims["header"]["typ"], "JWT");
        assert_eq!(token.claims.as_object().unwrap().len(), 2);
    }
    phone.quit().await;
}
