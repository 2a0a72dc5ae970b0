//! The API client against a fake cloud on loopback, well behaved and not.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use handset::{
    client::{Caller, Client, Error, Settings, Tag},
    domain::{
        exchange::{Exchange, Outcome},
        ids::{AccountId, ClientId, ConversationId, ExtConsumerId, ParticipantId, RequestId},
        retry::Problem,
        secret::Secret,
        wire::{
            answer::Answer,
            opening::{Opening, Profile},
            outbound::{ChatState, Outbound},
            properties::{ClientProperties, Feature},
        },
    },
};
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
};

use crate::support::{
    free_address,
    peer::{ACCOUNT, At, CLIENT, CONVERSATION, PARTICIPANT, Peer, Reply, SECRET, fault, jwt},
};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_share_one_fetch_and_after_expiry_one_refresh() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    for round in 1..=3 {
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let client = client.clone();
            callers.spawn(async move { say(&client).await });
        }
        while let Some(answer) = callers.join_next().await {
            answer.unwrap().unwrap();
        }
        assert_eq!(peer.count(At::Token), round);
        assert_eq!((peer.count(At::Domain), peer.count(At::Consumer)), (3, 1));
        peer.expire_app_tokens();
    }
}

#[tokio::test]
async fn a_401_that_comes_late_causes_no_second_refresh() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    say(&client).await.unwrap();
    peer.expire_app_tokens();
    let release = Arc::new(Notify::new());
    let (first, held) = (AtomicBool::new(true), Arc::clone(&release));
    peer.on(At::Send, move |seen, cloud| match cloud.usual(seen) {
        late if first.swap(false, Ordering::Relaxed) => {
            Reply::Held(Arc::clone(&held), Box::new(late))
        }
        usual => usual,
    });
    let slow = tokio::spawn({
        let client = client.clone();
        async move { say(&client).await }
    });
    peer.until_seen(At::Send, 2).await;
    // While the first 401 is on its way, another call meets one and refreshes.
    say(&client).await.unwrap();
    assert_eq!(peer.count(At::Token), 2);
    release.notify_one();
    slow.await.unwrap().unwrap();
    assert_eq!((peer.count(At::Token), peer.count(At::Send)), (2, 5));
}

#[tokio::test]
async fn callers_share_a_failed_fetch_too() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    peer.always(At::Token, Reply::Json(503, json!({ "message": "down" })));
    let calls = (0..50).map(|_| say(&client));
    for answer in futures_util::future::join_all(calls).await {
        assert!(
            matches!(answer, Err(Problem::Unavailable { .. })),
            "{answer:?}"
        );
    }
    assert_eq!(peer.count(At::Token), 1);
}

#[tokio::test]
async fn a_second_401_is_reported_and_not_chased() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    peer.always(At::Send, fault(40102, "Invalid AppJWT"));
    let problem = say(&client).await.unwrap_err();
    assert!(matches!(&problem, Problem::Unauthorized { fault } if fault.code == Some(40102)));
    assert_eq!((peer.count(At::Send), peer.count(At::Token)), (2, 2));
    assert_eq!(peer.count(At::Consumer), 1);

    // A stranger's conversation: the cloud blames the ConsumerJWS, a fresh one changes nothing.
    peer.always(At::Send, fault(40103, "Invalid ConsumerJWS"));
    let problem = say(&client).await.unwrap_err();
    assert!(matches!(problem, Problem::Unauthorized { .. }));
    assert_eq!((peer.count(At::Send), peer.count(At::Token)), (4, 2));
    assert_eq!(peer.count(At::Consumer), 2);

    // 40104 and 40105 are mixed up by clouds: both tokens are fetched.
    peer.always(At::Send, fault(40104, "AppJWT is missing"));
    say(&client).await.unwrap_err();
    assert_eq!((peer.count(At::Send), peer.count(At::Token)), (6, 3));
    assert_eq!(peer.count(At::Consumer), 3);
}

#[tokio::test]
async fn expired_tokens_are_replaced_without_anyone_noticing() {
    let peer = Peer::start().await;
    let (client, mut exchanges) = client(settings(&peer));
    say(&client).await.unwrap();
    peer.expire_app_tokens();
    peer.expire_consumer_tokens();
    drain(&mut exchanges);
    // One 401 for each.
    say(&client).await.unwrap();
    assert_eq!((peer.count(At::Token), peer.count(At::Consumer)), (2, 2));
    assert_eq!(peer.count(At::Send), 4);

    // A consumer call that meets an expired AppJWT refreshes it likewise.
    peer.expire_app_tokens();
    client
        .consumer(&ExtConsumerId::from("crm-2"), Tag::default())
        .await
        .unwrap();
    assert_eq!((peer.count(At::Token), peer.count(At::Consumer)), (3, 4));
}

#[tokio::test]
async fn wrong_credentials_are_said_in_words() {
    let peer = Peer::start().await;
    let wrong = Settings {
        secret: Secret::new("not-the-secret"),
        ..settings(&peer)
    };
    let (client, _exchanges) = client(wrong);
    let problem = client.consumer(&ada(), Tag::default()).await.unwrap_err();
    let words = problem.to_string();
    assert!(words.contains("invalid_client"), "{words}");
    let hint = problem.hint().to_string();
    assert!(hint.contains("client secret"), "{hint}");
    assert!(matches!(problem, Problem::Unauthorized { .. }));
    // Nor is a wrong secret tried again and again.
    assert_eq!(peer.count(At::Token), 1);
}

type Expected = fn(&Problem) -> bool;

#[tokio::test]
async fn error_answers_become_the_right_problem() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    let answers: [(Reply, Expected); 8] = [
        (
            fault(40002, "Bad input"),
            |p| matches!(p, Problem::Refused { fault } if fault.code == Some(40002)),
        ),
        (fault(42901, "Too many"), |p| {
            matches!(p, Problem::Busy { .. })
        }),
        (fault(50201, "Unable to access resource"), |p| {
            matches!(p, Problem::Unavailable { .. })
        }),
        (Reply::Raw(503, String::new(), b"<html>".to_vec()), |p| {
            matches!(p, Problem::Unavailable { .. })
        }),
        (
            Reply::Raw(404, String::new(), Vec::new()),
            |p| matches!(p, Problem::Refused { fault } if fault.status == 404),
        ),
        (Reply::Raw(413, String::new(), Vec::new()), |p| {
            matches!(p, Problem::Refused { .. })
        }),
        (
            Reply::Json(200, json!({ "code": 400, "body": "no" })),
            |p| matches!(p, Problem::Refused { .. }),
        ),
        // The status counts even when the body does not come whole.
        (Reply::Cut(500, b"{\"kind".to_vec()), |p| {
            matches!(p, Problem::Unavailable { .. })
        }),
    ];
    for (reply, expected) in answers {
        peer.always(At::Send, reply.clone());
        peer.always(At::Open, reply.clone());
        let problem = say(&client).await.unwrap_err();
        assert!(expected(&problem), "{reply:?}: {problem:?}");
        let problem = client.open(&caller(), &opening(), Tag::default()).await;
        assert!(
            expected(problem.as_ref().unwrap_err()),
            "{reply:?}: {problem:?}"
        );
    }
    // One call was one attempt each time.
    assert_eq!((peer.count(At::Send), peer.count(At::Open)), (8, 8));
}

#[tokio::test]
async fn what_may_have_arrived_is_uncertain() {
    let peer = Peer::start().await;
    let quick = Settings {
        timeout: Duration::from_secs(2),
        ..settings(&peer)
    };
    let (client, _exchanges) = client(quick);
    // The tokens are there, so that nothing but the message itself can be late.
    say(&client).await.unwrap();
    for reply in [
        Reply::Silence,
        Reply::Close,
        Reply::Cut(200, b"{\"code\":\"OK\",".to_vec()),
    ] {
        peer.always(At::Send, reply.clone());
        let problem = say(&client).await.unwrap_err();
        assert!(
            matches!(problem, Problem::Uncertain { .. }),
            "{reply:?}: {problem:?}"
        );
    }
    assert_eq!(peer.count(At::Send), 4);
}

#[tokio::test]
async fn a_good_status_with_nonsense_is_garbled() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    // Good but for its size.
    let mut huge = b"{\"code\":\"OK\",\"body\":{\"sequence\":1}}".to_vec();
    huge.resize(1024 * 1024, b' ');
    peer.always(At::Send, Reply::Raw(200, String::new(), huge.clone()));
    say(&client).await.unwrap();
    huge.push(b' ');
    for body in [Vec::new(), b"<html>".to_vec(), b"[]".to_vec(), huge.clone()] {
        peer.always(At::Send, Reply::Raw(200, String::new(), body));
        let problem = say(&client).await.unwrap_err();
        assert!(matches!(problem, Problem::Garbled { .. }), "{problem:?}");
    }
    peer.always(At::Send, Reply::Raw(400, String::new(), huge));
    let problem = say(&client).await.unwrap_err();
    assert!(matches!(problem, Problem::Refused { .. }), "{problem:?}");
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    let to = format!("location: http://{}/trap\r\n", peer.authority());
    peer.always(At::Send, Reply::Raw(307, to, Vec::new()));
    let problem = say(&client).await.unwrap_err();
    assert!(matches!(&problem, Problem::Refused { fault } if fault.status == 307));
    assert!(problem.to_string().contains("/trap"), "{problem}");
    assert_eq!(peer.count(At::Elsewhere), 0);
}

#[tokio::test]
async fn a_refused_connection_never_arrived_and_the_address_is_asked_for_again() {
    let peer = Peer::start().await;
    let closed = free_address().to_string();
    let gone = closed.clone();
    peer.on(At::Domain, move |seen, cloud| {
        let mut domain = cloud.domain(seen.target.split('/').nth(5).unwrap());
        if domain["service"] == "asyncMessagingEnt" {
            domain["baseURI"] = json!(gone);
        }
        Reply::Json(200, domain)
    });
    let forgetful = Settings {
        keep_domains: Duration::ZERO,
        ..settings(&peer)
    };
    let (client, _exchanges) = client(forgetful);
    let problem = say(&client).await.unwrap_err();
    assert!(
        matches!(problem, Problem::Unreachable { .. }),
        "{problem:?}"
    );
    assert!(problem.to_string().contains(&closed), "{problem}");

    // While the directory is down, the address in hand still serves.
    peer.always(At::Domain, Reply::Close);
    let problem = say(&client).await.unwrap_err();
    assert!(problem.to_string().contains(&closed), "{problem}");
}

#[tokio::test]
async fn a_moved_service_is_found_again() {
    let peer = Peer::start().await;
    let closed = free_address().to_string();
    peer.on(At::Domain, move |seen, cloud| {
        let mut domain = cloud.domain(seen.target.split('/').nth(5).unwrap());
        domain["baseURI"] = json!(closed);
        Reply::Json(200, domain)
    });
    let forgetful = Settings {
        keep_domains: Duration::ZERO,
        ..settings(&peer)
    };
    let (client, _exchanges) = client(forgetful);
    let problem = say(&client).await.unwrap_err();
    assert!(
        matches!(problem, Problem::Unreachable { .. }),
        "{problem:?}"
    );
    peer.usual(At::Domain);
    // The messaging address is doubted only once a message could not be delivered there.
    let problem = say(&client).await.unwrap_err();
    assert!(
        matches!(problem, Problem::Unreachable { .. }),
        "{problem:?}"
    );
    say(&client).await.unwrap();
}

#[tokio::test]
async fn no_tls_is_no_connection() {
    let peer = Peer::start().await;
    let mut csds = peer.url();
    csds.set_scheme("https").unwrap();
    let (sender, _exchanges) = mpsc::channel(100);
    let client = match Client::new(
        Settings {
            csds,
            ..settings(&peer)
        },
        sender,
    ) {
        Ok(client) => client,
        // A machine without certificates cannot do HTTPS at all, and is told so.
        Err(error) => return assert!(error.to_string().contains("CA certificates"), "{error}"),
    };
    let problem = say(&client).await.unwrap_err();
    assert!(
        matches!(problem, Problem::Unreachable { .. }),
        "{problem:?}"
    );
}

#[tokio::test]
async fn the_token_is_renewed_before_it_expires() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    let until = client.token_until();
    assert_eq!(*until.borrow(), None);
    peer.lifetime(1);
    say(&client).await.unwrap();
    let first = until.borrow().unwrap();
    assert!(until.has_changed().unwrap());

    // Messages go on; none of them ever meets an expired token.
    let renewed = async {
        while peer.count(At::Token) < 2 {
            say(&client).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_mins(2), renewed)
        .await
        .unwrap();
    let second = until.borrow().unwrap();
    assert!(second > first);
    let sent = peer.seen(At::Send);
    let renewals = sent
        .windows(2)
        .filter(|pair| pair[0].header("authorization") != pair[1].header("authorization"))
        .count();
    assert!(renewals <= 1);
}

#[tokio::test]
async fn opaque_tokens_are_taken_to_last_an_hour() {
    let peer = Peer::start().await;
    let (client, _exchanges) = client(settings(&peer));
    peer.always(
        At::Token,
        Reply::Json(200, json!({ "access_token": "opaque" })),
    );
    peer.always(
        At::Consumer,
        Reply::Json(201, json!({ "token": "opaque-too" })),
    );
    let problem = client.consumer(&ada(), Tag::default()).await.unwrap_err();
    let until = client.token_until().borrow().unwrap();
    let now = handset::rt::clock::unix_millis();
    assert!((3_590_000..=3_600_000).contains(&(until.0 - now)));
    assert!(problem.to_string().contains("lp_consumer_id"), "{problem}");
}

#[tokio::test]
async fn unusable_tokens_never_become_headers() {
    let peer = Peer::start().await;
    for answer in [
        json!({ "access_token": "with blank" }),
        json!({ "access_token": "line\r\nx: y" }),
        json!({ "access_token": "" }),
        json!({ "access_token": 7 }),
        json!([]),
    ] {
        let (client, _exchanges) = client(settings(&peer));
        peer.always(At::Token, Reply::Json(200, answer.clone()));
        let problem = say(&client).await.unwrap_err();
        assert!(
            matches!(problem, Problem::Unreachable { .. }),
            "{answer}: {problem:?}"
        );
    }
    assert_eq!((peer.count(At::Consumer), peer.count(At::Send)), (0, 0));
}

#[tokio::test]
async fn a_busy_token_service_is_asked_again_within_the_call() {
    let peer = Peer::start().await;
    let patient = Settings {
        patience: Duration::from_secs(20),
        ..settings(&peer)
    };
    let (client, mut exchanges) = client(patient);
    let calls = AtomicU32::new(0);
    peer.on(At::Token, move |seen, cloud| {
        match calls.fetch_add(1, Ordering::Relaxed) {
            0 => fault(42901, "Too many"),
            _ => cloud.usual(seen),
        }
    });
    say(&client).await.unwrap();
    let attempts: Vec<u32> = drain(&mut exchanges)
        .iter()
        .filter(|exchange| exchange.purpose == "AppJWT" && exchange.outcome.is_some())
        .map(|exchange| exchange.attempt)
        .collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn every_request_is_reported_twice() {
    let peer = Peer::start().await;
    let (client, mut exchanges) = client(settings(&peer));
    let tag = Tag {
        thread: Some(2),
        request: Some(RequestId(42)),
        conversation: None,
        attempt: 3,
    };
    let typing = Outbound::ChatState {
        conversation: CONVERSATION.into(),
        dialog: CONVERSATION.into(),
        state: ChatState::Composing,
    };
    client.send(&caller(), &typing, tag).await.unwrap();
    let reports = drain(&mut exchanges);
    let purposes: Vec<&str> = reports.iter().map(|e| e.purpose.as_str()).collect();
    assert_eq!(
        purposes,
        [
            "domains",
            "domains",
            "domains",
            "domains",
            "AppJWT",
            "AppJWT",
            "domains",
            "domains",
            "ConsumerJWS",
            "ConsumerJWS",
            "ms.PublishEvent COMPOSING",
            "ms.PublishEvent COMPOSING",
        ]
    );
    for pair in reports.chunks(2) {
        let [start, end] = pair else { panic!() };
        assert_eq!(start.serial, end.serial);
        assert_eq!(start.outcome, None);
        let Some(Outcome::Answered {
            status,
            waited,
            elapsed,
            ..
        }) = &end.outcome
        else {
            panic!("{end:?}")
        };
        assert!((200..=201).contains(status) && waited <= elapsed);
    }
    let sent = &reports[11];
    assert_eq!(sent.request, Some(RequestId(42)));
    assert_eq!(sent.conversation, Some(ConversationId::from(CONVERSATION)));
    assert_eq!((sent.attempt, sent.method.as_str()), (3, "POST"));
    assert_eq!(
        sent.body.as_ref(),
        typing.envelope("42").to_string().as_bytes()
    );
    assert!(sent.url.ends_with("/conversation/send?v=3"));
}

#[tokio::test]
async fn an_abandoned_call_is_reported_as_such() {
    let peer = Peer::start().await;
    let (client, mut exchanges) = client(settings(&peer));
    peer.always(At::Send, Reply::Silence);
    tokio::select! {
        answer = say(&client) => panic!("{answer:?}"),
        () = peer.until_seen(At::Send, 1) => {}
    }
    let last = drain(&mut exchanges).pop().unwrap();
    let Some(Outcome::Failed { reason, .. }) = last.outcome else {
        panic!("{last:?}")
    };
    assert_eq!(reason, Problem::Cancelled.to_string());
}

fn tell(told: &mut String, what: &impl std::fmt::Debug) {
    write!(told, "{what:?}").unwrap();
}

#[tokio::test]
async fn secrets_never_leave_the_client() {
    let peer = Peer::start().await;
    let (client, mut exchanges) = client(settings(&peer));
    let mut told = format!("{client:?} {:?}", settings(&peer));

    say(&client).await.unwrap();
    // A cloud that repeats what it was sent, in faults and in good answers.
    peer.on(At::Send, |seen, _| {
        let said = format!("{:?}", seen.headers);
        Reply::Json(
            400,
            json!({ "code": 400, "body": { "title": said, "details": said } }),
        )
    });
    tell(&mut told, &say(&client).await);
    peer.on(At::Send, |seen, _| {
        Reply::Json(
            200,
            json!({ "code": "OK", "body": { "echo": seen.headers } }),
        )
    });
    tell(&mut told, &say(&client).await);
    peer.on(At::Send, |seen, _| {
        let said = seen.header("authorization").unwrap();
        Reply::Json(200, json!({ "code": 400, "body": said }))
    });
    tell(&mut told, &say(&client).await);
    peer.on(At::Token, |seen, _| {
        let said = String::from_utf8_lossy(&seen.body).into_owned();
        Reply::Raw(
            500,
            "set-cookie: session=hush\r\n".to_owned(),
            said.into_bytes(),
        )
    });
    peer.expire_app_tokens();
    peer.usual(At::Send);
    tell(&mut told, &say(&client).await);
    // A token answer that cannot be read may still hold a token.
    let token = jwt(&json!({ "exp": 1 }));
    let broken = format!("{{\"access_token\":\"{token}\"");
    peer.always(
        At::Token,
        Reply::Raw(200, String::new(), broken.into_bytes()),
    );
    tell(&mut told, &say(&client).await);

    let reports = drain(&mut exchanges);
    assert!(reports.iter().any(|exchange| exchange.purpose == "AppJWT"));
    for exchange in &reports {
        tell(&mut told, exchange);
        told += &String::from_utf8_lossy(&exchange.body);
        if let Some(Outcome::Answered { body, .. }) = &exchange.outcome {
            told += &String::from_utf8_lossy(body);
        }
    }
    let mut secrets = vec![SECRET.to_owned(), token, "hush".to_owned()];
    for seen in peer.seen(At::Send) {
        secrets.push(seen.header("authorization").unwrap().to_owned());
        secrets.push(seen.header("x-lp-on-behalf").unwrap().to_owned());
    }
    for secret in secrets {
        assert!(!told.contains(&secret), "{secret} in {told}");
    }
    // What stands in their place, so that the test does not pass for want of anything told.
    assert!(told.contains("client_secret=…"));
    assert!(told.contains("\"access_token\":\"…\""));
    assert!(told.contains("(\"authorization\", \"…\")"));
}

#[tokio::test]
async fn a_repeated_form_does_not_give_the_secret_away() {
    let peer = Peer::start().await;
    let odd = Settings {
        secret: Secret::new("s/e+c r&t="),
        ..settings(&peer)
    };
    let (client, mut exchanges) = client(odd);
    peer.on(At::Token, |seen, _| {
        Reply::Raw(400, String::new(), seen.body.clone())
    });
    let problem = say(&client).await.unwrap_err();
    assert!(problem.to_string().contains("client_secret=…"), "{problem}");
    let mut told = String::new();
    tell(&mut told, &drain(&mut exchanges));
    assert!(
        !told.contains("s%2Fe%2Bc+r%26t%3D") && !told.contains("s/e+c"),
        "{told}"
    );
    let sent = String::from_utf8(peer.seen(At::Token)[0].body.clone()).unwrap();
    assert!(sent.ends_with("client_secret=s%2Fe%2Bc+r%26t%3D"), "{sent}");
}
