//! The tester's end of a relay: the link against a relay that the test plays.

mod fake;
mod listed;
mod whole;

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::SinkExt;
use handset::{
    domain::{
        canary::Canary,
        inbound::Credentials,
        relay::{Claim, Down, Role, Scope, Up, frame},
        secret::Secret,
    },
    ingress::{
        intake::Intake,
        relay::{News, Relay, RelayError, RelaySettings},
        tunnel::{Claims, OpenTunnel, Outage},
    },
    rt::tls::Trust,
    store::{Feed, Journal, Start},
};
use tempfile::{TempDir, tempdir};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use url::Url;

use self::fake::{Authority, FakeRelay, PUBLIC, Peer, TICKET, event, request};
use crate::support::{
    hooks::{ACCOUNT, CLIENT, SECRET},
    soon,
};

/// A device with a journal of its own.
struct Device {
    name: String,
    _folder: TempDir,
    claims: Claims,
    journal: Journal,
    feed: Feed,
    canaries: mpsc::UnboundedReceiver<String>,
    relay: Relay,
    news: News,
}

impl Device {
    async fn of(relay: &FakeRelay) -> Self {
        Self::trusting(&relay.link(), Trust::default()).await
    }

    async fn with(link: &str, ticket: &str, name: &str) -> Self {
        Self::new(link, Trust::default(), ticket, name).await
    }

    async fn trusting(link: &str, trust: Trust) -> Self {
        Self::new(link, trust, TICKET, "ada").await
    }

    async fn new(link: &str, trust: Trust, ticket: &str, name: &str) -> Self {
        let folder = tempdir().unwrap();
        let file = folder.path().join("journal.db");
        let (journal, feed) = Journal::open(&file, Start::Newest).await.unwrap();
        let (told, canaries) = mpsc::unbounded_channel();
        let landed = move |canary: &Canary| told.send(canary.nonce.clone()).unwrap();
        let credentials = Credentials {
            account: ACCOUNT.into(),
            client: CLIENT.into(),
            secret: Secret::new(SECRET),
        };
        let intake = Intake::new(credentials, journal.clone()).with_canaries(Arc::new(landed));
        let claims = Claims::default();
        let mut settings = settings(link, trust, &intake, claims.clone());
        let ticket = Secret::new(ticket);
        settings.ticket = Arc::new(move || Box::pin(std::future::ready(Ok(ticket.clone()))));
        settings.device = format!("device-of-{name}");
        let (relay, news) = Relay::new(settings).unwrap();
        Self {
            name: name.to_owned(),
            _folder: folder,
            claims,
            journal,
            feed,
            canaries,
            relay,
            news,
        }
    }

    /// The fault that a link ends with before it is one.
    async fn fails(&mut self, relay: &FakeRelay, status: u16, body: &str) -> Outage {
        let (way, ()) = tokio::join!(self.relay.link(), relay.turn_away(status, body));
        shows_no_secret(way.err().unwrap())
    }

    /// The number of the next event that reached the journal.
    async fn next(&mut self) -> u64 {
        let (_, hook) = soon("an event", self.feed.recv()).await.unwrap().unwrap();
        hook.sequence.unwrap()
    }
}

fn settings(link: &str, trust: Trust, intake: &Intake, claims: Claims) -> RelaySettings {
    RelaySettings {
        address: Url::parse(link).unwrap(),
        trust,
        ticket: Arc::new(|| Box::pin(async { Ok(Secret::new(TICKET)) })),
        device: "device-of-ada".to_owned(),
        claims,
        take: intake.takes_events(),
        take_canary: intake.takes_canaries(),
    }
}

async fn linked(relay: &FakeRelay, device: &mut Device) -> (OpenTunnel, Peer, Up) {
    let (way, (peer, hello)) = tokio::join!(device.relay.link(), relay.accept());
    (way.unwrap(), peer, hello)
}

fn shows_no_secret(fault: Outage) -> Outage {
    let words = format!("{fault} {fault:?}");
    for secret in [TICKET, SECRET, "unguessable"] {
        assert!(!words.contains(secret), "{words}");
    }
    fault
}

async fn ended(way: OpenTunnel) -> Outage {
    shows_no_secret(soon("the end of the link", way.ended).await)
}

fn conversation(id: &str) -> Scope {
    Scope::Conversation(id.into())
}

fn ack(scope: &Scope, seq: u64) -> Up {
    Up::Ack {
        scope: scope.clone(),
        seq,
    }
}

#[tokio::test]
async fn it_says_who_it_is_and_claims_what_it_opened_now_and_later() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    let [old, new] = ["c1", "c2"].map(|id| Claim::Conversation(id.into()));
    device.claims.add(old.clone());
    let (way, mut peer, hello) = linked(&relay, &mut device).await;
    assert_eq!(way.public.as_str(), PUBLIC);
    let program = format!("handset/{}", env!("CARGO_PKG_VERSION"));
    let device_id = "device-of-ada".to_owned();
    assert_eq!(
        hello,
        Up::Hello {
            device: device_id,
            program
        }
    );
    assert_eq!(peer.heard().await, Up::Claim { claim: old.clone() });
    device.claims.add(new.clone());
    assert_eq!(peer.heard().await, Up::Claim { claim: new.clone() });

    let reason = "bob's device holds it\u{1b}[2J".to_owned();
    let claim = new.clone();
    peer.say(Down::Refused { claim, reason }).await;
    let refusal = soon("the refusal", device.news.refusals.recv()).await;
    let refusal = refusal.unwrap();
    assert_eq!(refusal.claim, new);
    assert!(refusal.reason.starts_with("bob's device holds it"));
    assert!(!refusal.reason.contains('\u{1b}'), "{}", refusal.reason);
    peer.say(Down::Peers { testers: 3 }).await;
    let standing = &mut device.news.standing;
    let three = standing.wait_for(|now| now.as_ref().is_some_and(|now| now.peers == 3));
    soon("three peers", three).await.unwrap();

    // Another link claims all anew.
    drop(way);
    assert_eq!(peer.next().await, None);
    let (_way, mut peer, _) = linked(&relay, &mut device).await;
    assert_eq!(peer.heard().await, Up::Claim { claim: old });
    assert_eq!(peer.heard().await, Up::Claim { claim: new });
}

#[tokio::test]
async fn an_observer_claims_nothing() {
    let mut relay = FakeRelay::start().await;
    relay.welcome.role = Role::Observer;
    let mut device = Device::of(&relay).await;
    device.claims.add(Claim::Conversation("c1".into()));
    let (_way, mut peer, _) = linked(&relay, &mut device).await;
    peer.say(event(&Scope::Account, 7, 1)).await;
    assert_eq!(peer.heard().await, ack(&Scope::Account, 7));
}

#[tokio::test]
async fn events_are_kept_once_and_in_order_and_acknowledged_after_that() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    let (way, mut peer, _) = linked(&relay, &mut device).await;
    let [one, other] = ["c1", "c2"].map(conversation);
    for number in 0..100 {
        peer.say(event(&one, number + 1, number)).await;
    }
    peer.say(event(&other, 500, 100)).await;
    let (mut acks, mut last) = (0, (0, 0));
    while last != (100, 500) {
        match peer.heard().await {
            Up::Ack { scope, seq } if scope == one => {
                assert!(seq > last.0, "{seq} after {}", last.0);
                last.0 = seq;
            }
            Up::Ack { scope, seq } if scope == other => last.1 = seq,
            up => panic!("{up:?}"),
        }
        acks += 1;
    }
    // Told together, where they can be.
    assert!(acks < 50, "{acks} for 101 events");
    for number in 0..=100 {
        assert_eq!(device.next().await, number);
    }
    // Once more over the same link, and over another one: known, and acknowledged again.
    peer.say(event(&one, 40, 39)).await;
    assert_eq!(peer.heard().await, ack(&one, 100));
    drop(way);
    let (_way, mut peer, _) = linked(&relay, &mut device).await;
    peer.say(event(&one, 99, 98)).await;
    peer.say(event(&one, 100, 99)).await;
    peer.say(event(&one, 102, 101)).await;
    let mut told = peer.heard().await;
    while told != ack(&one, 102) {
        told = peer.heard().await;
    }
    assert_eq!(device.next().await, 101);
}

#[tokio::test]
async fn what_is_not_the_clouds_is_kept_as_such_and_does_not_come_for_ever() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    let (_way, mut peer, _) = linked(&relay, &mut device).await;
    let scope = conversation("c1");
    let stranger = request(b"{}", "another-install");
    peer.say(Down::Event {
        scope: scope.clone(),
        seq: 1,
        request: stranger,
    })
    .await;
    assert_eq!(peer.heard().await, ack(&scope, 1));
    let (_, hook) = soon("it", device.feed.recv()).await.unwrap().unwrap();
    assert_eq!((hook.verdict.as_str(), hook.status), ("invalid", 401));
}

#[tokio::test]
async fn a_signed_canary_is_told_and_not_kept() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    let (_way, mut peer, _) = linked(&relay, &mut device).await;
    let canary = |nonce: &str| Canary {
        device: "device-of-ada".to_owned(),
        nonce: nonce.to_owned(),
    };
    let mut forged = request(&canary("forged").body(), CLIENT);
    forged.headers.pop();
    let signed = request(&canary("signed").body(), CLIENT);
    for request in [forged, signed] {
        peer.say(Down::Canary { request }).await;
    }
    let landed = soon("the canary", device.canaries.recv()).await;
    assert_eq!(landed.unwrap(), "signed");
    peer.say(event(&conversation("c1"), 1, 7)).await;
    assert_eq!(device.next().await, 7);
    assert_eq!(device.journal.entries(None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_that_cannot_be_kept_is_not_acknowledged_and_ends_the_link() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    let (way, mut peer, _) = linked(&relay, &mut device).await;
    device.journal.clone().close().await;
    peer.say(event(&conversation("c1"), 1, 1)).await;
    let fault = ended(way).await;
    assert!(!fault.lasting && fault.what.contains("journal"), "{fault}");
    assert_eq!(peer.next().await, None);
}

#[tokio::test]
async fn silence_is_noticed_and_a_peer_that_answers_pings_is_alive() {
    let mut relay = FakeRelay::start().await;
    // So long that no busy machine is silent for it by itself.
    relay.welcome.silence = 5_000;
    let mut device = Device::of(&relay).await;
    let (way, mut peer, _) = linked(&relay, &mut device).await;
    // Reading answers the pings; nothing else is said for twice the silence and more.
    let alive = tokio::time::timeout(Duration::from_secs(11), async {
        while peer.next().await.is_some() {}
    });
    assert!(alive.await.is_err(), "the link ended");
    let fault = ended(way).await;
    assert!(!fault.lasting && fault.what.contains("5 s"), "{fault}");
    drop(peer);
}

#[tokio::test]
async fn a_relay_cannot_ask_for_more_patience_than_there_is() {
    let mut relay = FakeRelay::start().await;
    relay.welcome.silence = u64::MAX;
    let mut device = Device::of(&relay).await;
    let (way, peer, _) = linked(&relay, &mut device).await;
    let fault = ended(way).await;
    assert!(fault.what.contains("12 s"), "{fault}");
    drop(peer);
}

#[tokio::test]
async fn a_ticket_that_does_not_hold_is_a_lasting_fault() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    let expired = r#"{"reason":"the ticket expired on 2026-11-19"}"#;
    let fault = device.fails(&relay, 401, expired).await;
    assert!(fault.lasting, "{fault}");
    for words in ["does not accept the ticket", "expired on 2026-11-19"] {
        assert!(fault.what.contains(words), "{fault}");
    }
    assert!(fault.hint.contains("handset relay ticket"), "{fault}");
    let long = format!(r#"{{"reason":"\u001b[31m{}"}}"#, "x".repeat(5_000));
    let fault = device.fails(&relay, 401, &long).await;
    assert!(fault.what.len() < 500 && !fault.what.contains('\u{1b}'));
    let fault = device.fails(&relay, 503, "").await;
    assert!(!fault.lasting && fault.what.contains("503"), "{fault}");
    let fault = device.fails(&relay, 404, "<html>").await;
    assert!(fault.lasting && fault.hint.contains("address"), "{fault}");
    // Once there was a link, the same is a network in between that will pass.
    drop(linked(&relay, &mut device).await);
    let fault = device.fails(&relay, 404, "<html>").await;
    assert!(!fault.lasting, "{fault}");
}

#[tokio::test]
async fn a_goodbye_says_whether_to_come_again() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    for (again, words) in [
        (true, "the relay is about to stop"),
        (false, "it is revoked"),
    ] {
        let (way, mut peer, _) = linked(&relay, &mut device).await;
        peer.say(event(&conversation("c1"), 1, 1)).await;
        let reason = words.to_owned();
        peer.say(Down::Goodbye { reason, again }).await;
        // What was safe is told before the link ends.
        assert_eq!(peer.heard().await, ack(&conversation("c1"), 1));
        let fault = ended(way).await;
        assert_eq!(fault.lasting, !again);
        assert!(fault.what.contains(words), "{fault}");
        assert_eq!(*device.news.standing.borrow(), None);
    }
}

#[tokio::test]
async fn what_makes_no_sense_ends_the_link_and_nothing_else() {
    let relay = FakeRelay::start().await;
    let mut device = Device::of(&relay).await;
    let mut newer = Down::Peers { testers: 1 }.encode().to_vec();
    newer[0] = 2;
    let long = vec![b'x'; frame::LONGEST + 1];
    for (frame, words) in [
        (Message::Binary(newer.into()), "version 2"),
        (
            Message::Binary(b"\x01".to_vec().into()),
            "ends after 1 bytes",
        ),
        (Message::text("hello"), "text"),
        (Message::Binary(long.into()), "too long"),
        (Message::Close(None), "closed"),
    ] {
        let (way, mut peer, _) = linked(&relay, &mut device).await;
        // A peer that is refused may be closed before all is written.
        let _ = peer.0.send(frame).await;
        let fault = ended(way).await;
        assert!(!fault.lasting, "{fault}");
        let said = fault.what.to_lowercase();
        assert!(said.contains(words), "{words} is not in: {fault}");
    }
}

#[tokio::test]
async fn a_private_authority_has_to_be_named() {
    let (authority, another) = (Authority::new(), Authority::new());
    let relay = FakeRelay::over_tls(&authority).await;
    let folder = tempdir().unwrap();
    let trust = |name: &str, authority: &Authority| {
        let file = folder.path().join(name);
        std::fs::write(&file, &authority.pem).unwrap();
        Trust::with_file(Path::new(&file)).unwrap()
    };
    let (right, wrong) = (trust("ca.pem", &authority), trust("other.pem", &another));
    let mut device = Device::trusting(&relay.link(), right).await;
    let (_way, mut peer, _) = linked(&relay, &mut device).await;
    peer.say(event(&conversation("c1"), 1, 1)).await;
    assert_eq!(device.next().await, 1);
    for trust in [wrong, Trust::default()] {
        let mut device = Device::trusting(&relay.link(), trust).await;
        let fault = device.fails(&relay, 401, "").await;
        assert!(fault.lasting && fault.hint.contains("--ca"), "{fault}");
        assert!(fault.what.contains("not trusted"), "{fault}");
    }
}

#[tokio::test]
async fn an_address_has_to_be_a_relays() {
    let relay = FakeRelay::start().await;
    let device = Device::of(&relay).await;
    let intake = Intake::new(
        Credentials {
            account: ACCOUNT.into(),
            client: CLIENT.into(),
            secret: Secret::new(SECRET),
        },
        device.journal.clone(),
    );
    let refused = |link: &str| {
        let settings = settings(link, Trust::default(), &intake, Claims::default());
        Relay::new(settings).err().unwrap()
    };
    assert!(matches!(
        refused("ws://relay.example/link"),
        RelayError::Plain(_)
    ));
    assert!(matches!(
        refused("ws://192.0.2.7/link"),
        RelayError::Plain(_)
    ));
    assert!(matches!(
        refused("https://relay.example/link"),
        RelayError::Address(_)
    ));
    let with_password = refused("wss://ada:hunter2@relay.example/link");
    assert!(!with_password.to_string().contains("hunter2"));
    // Nobody is there.
    let gone = FakeRelay::start().await;
    let link = gone.link();
    drop(gone);
    let mut device = Device::trusting(&link, Trust::default()).await;
    let fault = device.relay.link().await.err().unwrap();
    assert!(!fault.lasting && fault.what.contains("refused"), "{fault}");
}
