//! What the client reports of its requests, and that no secret is in it.

use std::fmt::Write as _;

use handset::{
    client::{Settings, Tag},
    domain::{
        exchange::{Cause, Outcome},
        ids::{ConversationId, PhoneId, RequestId},
        retry::Problem,
        secret::Secret,
        wire::outbound::{ChatState, Outbound},
    },
};
use serde_json::json;

use crate::{
    api::{caller, client, drain, say, settings},
    support::peer::{At, CONVERSATION, Peer, Reply, SECRET, jwt},
};

#[tokio::test]
async fn every_request_is_reported_twice() {
    let peer = Peer::start().await;
    let (client, mut exchanges) = client(settings(&peer));
    let tag = Tag {
        phone: Some(PhoneId(2)),
        cause: Some(Cause::Request(RequestId(42))),
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
    assert_eq!(sent.cause, Some(Cause::Request(RequestId(42))));
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
