//! The API client against a fake cloud on loopback, well behaved and not.

mod problems;
mod reports;
mod tokens;

use std::time::Duration;

use handset::{
    client::{Caller, Client, Error, Settings, Tag},
    domain::{
        exchange::Exchange,
        ids::{AccountId, ClientId, ConversationId, ExtConsumerId, ParticipantId},
        retry::Problem,
        secret::Secret,
        wire::{
            answer::Answer,
            opening::{Opening, Profile},
            outbound::Outbound,
            properties::{ClientProperties, Feature},
        },
    },
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::peer::{ACCOUNT, At, CLIENT, CONVERSATION, PARTICIPANT, Peer, Reply, SECRET};

fn settings(peer: &Peer) -> Settings {
    Settings {
        // No repetition unless a test is about it.
        patience: Duration::ZERO,
        ..Settings::new(
            peer.url(),
            AccountId::from(ACCOUNT),
            ClientId::from(CLIENT),
            Secret::new(SECRET),
        )
    }
}

/// A client and what it reports; the channel is larger than any test's traffic.
fn client(settings: Settings) -> (Client, mpsc::Receiver<Exchange>) {
    let (sender, receiver) = mpsc::channel(10_000);
    (Client::new(settings, sender).unwrap(), receiver)
}

fn ada() -> ExtConsumerId {
    ExtConsumerId::from("crm-40417")
}

fn caller() -> Caller {
    Caller {
        consumer: ada(),
        properties: ClientProperties {
            features: vec![Feature::RichContent, Feature::QuickReplies],
            ..ClientProperties::default()
        },
    }
}

fn hello() -> Outbound {
    Outbound::Text {
        conversation: CONVERSATION.into(),
        dialog: CONVERSATION.into(),
        text: "Is the blue one in stock?".to_owned(),
        metadata: None,
    }
}

fn opening() -> Opening {
    Opening {
        profile: Profile::named("Ada", "Quill"),
        ..Opening::default()
    }
}

async fn say(client: &Client) -> Result<Answer, Problem> {
    client.send(&caller(), &hello(), Tag::default()).await
}

fn drain(exchanges: &mut mpsc::Receiver<Exchange>) -> Vec<Exchange> {
    std::iter::from_fn(|| exchanges.try_recv().ok()).collect()
}

#[tokio::test]
async fn opening_and_saying_go_out_as_documented() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));

    let id = client.open(&caller(), &opening(), Tag::default()).await;
    assert_eq!(id, Ok(ConversationId::from(CONVERSATION)));
    for sequence in 0..2 {
        let answer = say(&client).await.unwrap();
        assert_eq!(answer.sequence, Some(sequence));
    }
    let who = client.consumer(&ada(), Tag::default()).await;
    assert_eq!(who, Ok(ParticipantId::from(PARTICIPANT)));

    // Everything but the messages themselves was fetched once.
    let counts = [
        At::Domain,
        At::Domains,
        At::Token,
        At::Consumer,
        At::Open,
        At::Send,
    ]
    .map(|at| peer.count(at));
    assert_eq!(counts, [3, 0, 1, 1, 1, 2]);

    let domain = &peer.seen(At::Domain)[0];
    assert_eq!(domain.method, "GET");
    assert_eq!(
        domain.target,
        "/api/account/55512300/service/asyncMessagingEnt/baseURI.json?version=1.0"
    );
    let token = &peer.seen(At::Token)[0];
    assert_eq!(
        token.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let consumer = &peer.seen(At::Consumer)[0];
    assert_eq!(consumer.target, "/api/account/55512300/consumer?v=1.0");
    assert_eq!(consumer.json(), json!({ "ext_consumer_id": "crm-40417" }));
    assert_eq!(
        peer.seen(At::Open)[0].json(),
        opening().envelope(&AccountId::from(ACCOUNT))
    );
    for call in [&peer.seen(At::Open)[0], &peer.seen(At::Send)[0]] {
        assert!(call.header("authorization").unwrap().starts_with("ey"));
        assert!(call.header("x-lp-on-behalf").unwrap().starts_with("ey"));
        assert_eq!(call.header("content-type"), Some("application/json"));
        assert!(call.header("user-agent").unwrap().starts_with("handset/"));
        let properties: Value =
            serde_json::from_str(call.header("client-properties").unwrap()).unwrap();
        assert_eq!(
            properties,
            json!({ "type": ".ClientProperties", "features": ["RICH_CONTENT", "QUICK_REPLIES"] })
        );
    }
}

#[tokio::test]
async fn domains_are_understood_in_both_shapes() {
    let peer = Peer::start().await;
    // The documentation page's shape: the collection, in answer to the single lookup.
    peer.on(At::Domain, |seen, cloud| {
        let other = json!({ "service": "swift", "account": ACCOUNT, "baseURI": "127.0.0.1:1" });
        let service = seen.target.split('/').nth(5).unwrap();
        Reply::Json(200, json!({ "baseURIs": [other, cloud.domain(service)] }))
    });
    say(&client(settings(&peer)).0).await.unwrap();
    assert_eq!((peer.count(At::Domain), peer.count(At::Domains)), (3, 0));

    // A directory that knows only the lookup of everything.
    peer.always(At::Domain, Reply::Json(404, json!({})));
    say(&client(settings(&peer)).0).await.unwrap();
    assert_eq!((peer.count(At::Domain), peer.count(At::Domains)), (6, 3));

    // One that does not know the service at all.
    peer.always(At::Domains, Reply::Json(200, json!({ "baseURIs": [] })));
    let problem = say(&client(settings(&peer)).0).await.unwrap_err();
    assert!(matches!(&problem, Problem::Refused { fault } if fault.status == 404));
    assert!(
        problem.to_string().contains("asyncMessagingEnt"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_bad_directory_sends_no_token_anywhere() {
    let peer = Peer::start().await;
    for base in [
        json!("msg.sandbox.test"),
        json!("192.0.2.7:80"),
        json!("127.0.0.1.evil.test"),
        json!("user@127.0.0.1"),
        json!("127.0.0.1/path"),
        json!("https://127.0.0.1"),
        json!(""),
        json!(7),
    ] {
        let answer = json!({ "service": "any", "baseURI": base });
        peer.always(At::Domain, Reply::Json(200, answer));
        let problem = say(&client(settings(&peer)).0).await.unwrap_err();
        assert!(!problem.is_uncertain(), "{base}: {problem}");
    }
    peer.always(
        At::Domain,
        Reply::Raw(200, String::new(), b"<html>".to_vec()),
    );
    let problem = say(&client(settings(&peer)).0).await.unwrap_err();
    // Nothing was sent, so nothing can have arrived.
    assert!(matches!(problem, Problem::Unreachable { .. }), "{problem}");
    assert_eq!(peer.count(At::Token), 0);
}

#[tokio::test]
async fn plain_http_is_for_this_machine_alone() {
    let peer = Peer::start().await;
    let with = |csds: &str| {
        let csds = csds.parse().unwrap();
        let settings = Settings {
            csds,
            ..settings(&peer)
        };
        Client::new(settings, mpsc::channel(1).0)
    };
    for csds in [
        "http://api.liveperson.net",
        "http://192.0.2.1:8080/",
        "http://localhost.test",
    ] {
        let error = with(csds).unwrap_err();
        assert!(matches!(error, Error::PlainHttp { .. }), "{csds}: {error}");
    }
    for csds in ["ftp://127.0.0.1/", "file:///etc/hosts", "mailto:a@b.test"] {
        let error = with(csds).unwrap_err();
        assert!(matches!(error, Error::Address { .. }), "{csds}: {error}");
    }
    for csds in [
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
        "http://localhost:1/",
    ] {
        with(csds).unwrap();
    }
}

type Expected = fn(&Problem) -> bool;
