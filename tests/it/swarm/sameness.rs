//! The phone of a swarm's consumer and the phone of the engine do the same: the same acts and the same
//! webhooks bring the same requests.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use handset::{
    client,
    domain::{
        conversation::event::{Act, PhoneEvent},
        ids::{ItemId, PhoneId},
        inbound::{Credentials, Request},
        persona::Persona,
        secret::Secret,
        signature::{Algorithm, sign},
        time::Timestamp,
        wire::{
            inbound,
            outbound::{ChatState, EndField, Rating},
        },
    },
    engine::{self, Parts, command::Command, unkept::UnkeptPhone},
    ingress::{intake::Intake, status::StatusWatch, tunnel::Claims},
    rt::world_clock::WorldClock,
    store::{Journal, Start},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{
    peer::{ACCOUNT, At, CLIENT, CONVERSATION, PARTICIPANT, Peer, Reply, SECRET},
    soon,
};

/// Time passes in steps of this size.
const TICK: Duration = Duration::from_millis(100);

/// Something that happens to both.
#[derive(Debug, Clone)]
enum Step {
    Acts(Act),
    Comes(Value),
    Passes(u32),
}

fn change(sequence: u64, from: (&str, &str), event: &Value) -> Value {
    let mut change = json!({
        "dialogId": CONVERSATION, "conversationId": CONVERSATION,
        "originatorId": from.0, "originatorMetadata": {"id": from.0, "role": from.1},
        "serverTimestamp": 1_722_500_061_200_u64, "messageAudience": "ALL", "event": event,
    });
    if event["type"] != "ChatStateEvent" {
        change["sequence"] = json!(sequence);
    }
    json!({"kind": "notification", "type": "ms.MessagingEventNotification",
        "body": {"changes": [change]}})
}

fn stands(is_open: bool, has_agent: bool) -> Value {
    let mut people = vec![json!({"id": PARTICIPANT, "role": "CONSUMER"})];
    if has_agent {
        people.push(json!({"id": "riley", "role": "ASSIGNED_AGENT"}));
    }
    let word = if is_open { "OPEN" } else { "CLOSE" };
    json!({"kind": "notification", "type": "cqm.ExConversationChangeNotification",
        "body": {"changes": [{"type": "UPSERT", "result": {"convId": CONVERSATION,
            "conversationDetails": {"participants": people, "state": word, "stage": word,
                "dialogs": [{"dialogId": CONVERSATION, "dialogType": "MAIN", "state": word}]}}}]}})
}

fn event() -> impl Strategy<Value = Value> {
    let text =
        |text: &str| json!({"type": "ContentEvent", "contentType": "text/plain", "message": text});
    let riley = ("riley", "ASSIGNED_AGENT");
    let me = (PARTICIPANT, "CONSUMER");
    prop_oneof![
        4 => (0..12_u64).prop_map(move |at| change(at, riley, &text("Yes, two left."))),
        3 => (0..12_u64).prop_map(move |at| change(at, me, &text("Hello"))),
        2 => (0..12_u64, 0..12_u64, prop::bool::ANY).prop_map(move |(at, of, read)| {
            let status = if read { "READ" } else { "ACCEPT" };
            change(at, riley, &json!({"type": "AcceptStatusEvent", "status": status,
                "sequenceList": [of]}))
        }),
        1 => Just(change(0, riley, &json!({"type": "ChatStateEvent", "chatState": "COMPOSING"}))),
        2 => (prop::bool::weighted(0.8), prop::bool::ANY)
            .prop_map(|(is_open, has_agent)| stands(is_open, has_agent)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let shown = (0..10_u32).prop_map(|count| {
        let items = (0..count).map(|number| ItemId {
            phone: Some(PhoneId(0)),
            number,
        });
        Act::Shown(items.collect())
    });
    prop_oneof![
        5 => prop_oneof!["Hello", "Where is it?", "It is 40417"].prop_map(Act::submit),
        2 => prop::bool::ANY.prop_map(|standing| Act::Typed { standing }),
        1 => prop::bool::ANY.prop_map(Act::Looked),
        3 => shown,
        1 => Just(Act::Close),
        1 => Just(Act::End(EndField::State)),
        1 => prop::bool::ANY.prop_map(Act::Flight),
        1 => prop::bool::ANY.prop_map(Act::Pocket),
        1 => Just(Act::Tell(ChatState::Inactive)),
        1 => (1..=5_u8).prop_map(|stars| Act::Rate(Rating { csat: Some(stars), resolved: None })),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => act().prop_map(Step::Acts),
        5 => event().prop_map(Step::Comes),
        2 => (1..50_u32).prop_map(Step::Passes),
    ]
}

fn client(
    peer: &Peer,
    clock: &WorldClock,
) -> (
    client::Client,
    mpsc::Receiver<handset::domain::exchange::Exchange>,
) {
    let (reports, exchanges) = mpsc::channel(1024);
    let settings = client::Settings {
        clock: clock.clone(),
        ..client::Settings::new(
            peer.url(),
            ACCOUNT.into(),
            CLIENT.into(),
            Secret::new(SECRET),
        )
    };
    (client::Client::new(settings, reports).unwrap(), exchanges)
}

fn settings() -> engine::Settings {
    engine::Settings {
        personas: Vec::new(),
        usual: ada(),
        brand: "Acme".into(),
        sandbox: true,
        names: BTreeMap::new(),
        listener: None,
        listener_url: None,
        sandbox_at: None,
        production: false,
        fresh: true,
    }
}

fn ada() -> Persona {
    Persona::named("Ada Quill", "handset-ada".into())
}

/// A fake cloud that numbers messages by the numbers of their requests, whichever comes first of those
/// that are under way together.
async fn cloud() -> Peer {
    let peer = Peer::start().await;
    peer.on(At::Send, |seen, _| {
        let id = seen.json()["id"].clone();
        let sequence: u64 = id.as_str().unwrap().parse().unwrap();
        let body = json!({"code": "OK", "body": {"sequence": sequence}, "reqId": id});
        Reply::Json(200, body)
    });
    peer
}

/// The requests since this was last asked, in order: those under way together by their numbers.
fn requests(peer: &Peer, known: &mut [usize; 2]) -> Vec<String> {
    let mut new = Vec::new();
    for (at, known) in [At::Open, At::Send].into_iter().zip(known) {
        let all = peer.seen(at);
        let of_step = all.iter().skip(*known);
        new.extend(of_step.map(|one| format!("{at:?} {}", one.json())));
        *known = all.len();
    }
    new.sort();
    new
}

/// What the engine asks of the cloud after each step.
async fn by_engine(steps: &[Step], folder: &Path) -> Vec<Vec<String>> {
    let peer = cloud().await;
    let clock = WorldClock::default();
    let (client, exchanges) = client(&peer, &clock);
    let opened = Journal::open(&folder.join("journal.db"), Start::Cursor).await;
    let (journal, feed) = opened.unwrap();
    let parts = Parts {
        client,
        pictures: None,
        exchanges,
        journal: journal.clone(),
        feed,
        claims: Claims::default(),
        ingress: StatusWatch::near(),
        clock: clock.clone(),
    };
    let stop = CancellationToken::new();
    let mut running = engine::start(settings(), parts, stop).await.unwrap();
    let mut updates = running.updates;
    let drained = tokio::spawn(async move { while updates.recv().await.is_some() {} });
    let credentials = Credentials {
        account: ACCOUNT.into(),
        client: CLIENT.into(),
        secret: Secret::new(SECRET),
    };
    let intake = Intake::new(credentials, journal.clone());
    clock.quiet().await;
    let (mut all, mut seen) = (Vec::new(), [0; 2]);
    for step in steps {
        match step {
            Step::Acts(act) => {
                let command = Command::Act {
                    phone: PhoneId(0),
                    act: act.clone(),
                };
                running.commands.send(command).await.unwrap();
                running.alarm.ring();
            }
            Step::Comes(body) => assert_eq!(intake.take(signed(body)).await, 200),
            Step::Passes(ticks) => {
                for _ in 0..*ticks {
                    clock.advance(TICK).await;
                }
            }
        }
        clock.quiet().await;
        all.push(requests(&peer, &mut seen));
    }
    running.task.abort();
    let _ = (&mut running.task).await;
    drained.abort();
    journal.close().await;
    all
}

fn signed(body: &Value) -> Request {
    let body = body.to_string();
    let secret = Secret::new(SECRET);
    let signature = sign(Algorithm::Sha1, &secret, body.as_bytes());
    let headers = [
        ("x-liveperson-account-id", ACCOUNT),
        ("x-liveperson-client-id", CLIENT),
        ("x-liveperson-signature", &signature),
    ];
    Request {
        at: Timestamp(0),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        body: body.into(),
    }
}

/// What the phone of a swarm's consumer asks of the cloud after each step.
async fn by_swarm(steps: &[Step], folder: &Path) -> Vec<Vec<String>> {
    let peer = cloud().await;
    let clock = WorldClock::default();
    let (client, mut exchanges) = client(&peer, &clock);
    let counted = tokio::spawn(async move { while exchanges.recv().await.is_some() {} });
    let (told, mut updates) = mpsc::channel(64);
    let drained = tokio::spawn(async move { while updates.recv().await.is_some() {} });
    let calling = (client, folder.to_owned());
    let settings = Arc::new(settings());
    let mut phone = UnkeptPhone::new(
        PhoneId(0),
        Box::new(ada()),
        settings,
        calling,
        told,
        clock.clone(),
    );
    phone.begin().await;
    settle(&mut phone, &clock).await;
    let (mut all, mut seen) = (Vec::new(), [0; 2]);
    for step in steps {
        match step {
            Step::Acts(act) => {
                let command = Command::Act {
                    phone: PhoneId(0),
                    act: act.clone(),
                };
                phone.execute(command).await;
            }
            Step::Comes(body) => {
                for change in inbound::read(body.to_string().as_bytes()) {
                    phone.step(PhoneEvent::Notified(change)).await;
                }
            }
            Step::Passes(ticks) => {
                for _ in 0..*ticks {
                    clock.advance(TICK).await;
                    settle(&mut phone, &clock).await;
                }
            }
        }
        settle(&mut phone, &clock).await;
        all.push(requests(&peer, &mut seen));
    }
    phone.stop().await;
    drained.abort();
    counted.abort();
    all
}

/// Takes what comes until no call is under way and no timer is due.
async fn settle(phone: &mut UnkeptPhone, clock: &WorldClock) {
    loop {
        let event = tokio::select! {
            biased;
            event = phone.next() => event,
            _ = clock.quiet() => match phone.next().now_or_never() {
                Some(event) => event,
                None => return,
            },
        };
        phone.step(event).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_swarm_asks_what_the_phone_asks(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (engine, swarm) = runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let both = futures_util::future::join(
                by_engine(&steps, folder.path()),
                by_swarm(&steps, folder.path()),
            );
            Box::pin(soon("the end of both", both)).await
        });
        for (at, (engine, swarm)) in engine.iter().zip(&swarm).enumerate() {
            prop_assert_eq!(engine, swarm, "after step {} of {:#?}", at, steps);
        }
        prop_assert_eq!(engine.len(), steps.len());
    }
}
