//! Who is let in, and for how long.

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use handset::{
    domain::{
        relay::{Role, Scope},
        secret::Secret,
    },
    relay::{
        backend::{Identity, Issued},
        ticket::{Keys, fresh_identity},
    },
    rt::clock,
};
use serde_json::{Value, json};

use crate::{
    relay::rig::{Device, Rig, answered, books, conversation},
    support::{hooks::ACCOUNT, http::Peer},
};

/// What the relay says to a ticket it does not take.
async fn refusal(rig: &Rig, ticket: &str) -> (u16, String) {
    let Err(answer) = Device::open(rig.address(), ticket).await else {
        panic!("{ticket} was taken");
    };
    let body = answer.body().clone().unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert!(!body["message"].as_str().unwrap().is_empty());
    let reason = body["reason"].as_str().unwrap().to_owned();
    (answer.status().as_u16(), reason)
}

/// A token of any header and claims, signed with any key.
fn token(header: &Value, claims: &Value, key: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

#[tokio::test]
async fn a_forged_ticket_is_refused_whatever_it_says() {
    let rig = Rig::start().await;
    let (issued, good) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let identity = rig.backend.identity().await.unwrap();
    let key = STANDARD.decode(identity.key.reveal()).unwrap();
    let hs256 = json!({"typ": "JWT", "alg": "HS256"});
    let claims = |aud: &str, iss: &str| {
        json!({
            "iss": iss, "aud": aud, "jti": issued.id, "sub": "ada", "account": ACCOUNT,
            "role": "observer", "iat": issued.made, "exp": issued.until,
        })
    };
    let right = claims(&identity.relay, "handset-relay");
    let unsigned = {
        let whole = token(&json!({"alg": "none"}), &right, &key);
        let (signed, _) = whole.rsplit_once('.').unwrap();
        format!("{signed}.")
    };
    let other = Keys::new(&Identity {
        relay: identity.relay.clone(),
        ..fresh_identity()
    });
    let of_another_key = other.unwrap().sign(&issued).unwrap();
    let mut cut = good.reveal().to_owned();
    cut.pop();
    for ticket in [
        of_another_key.reveal(),
        &unsigned,
        &token(&json!({"typ": "JWT", "alg": "HS384"}), &right, &key),
        &token(&hs256, &claims("another relay", "handset-relay"), &key),
        &token(&hs256, &claims(&identity.relay, "somebody"), &key),
        &cut,
        "a.b.c",
        "x",
        &"x".repeat(5000),
    ] {
        assert_eq!(
            refusal(&rig, ticket).await,
            (401, "forged".to_owned()),
            "{ticket}"
        );
    }
    // The same by hand and in order is taken: it is the words above that were wrong.
    let by_hand = token(&hs256, &right, &key);
    assert!(Device::open(rig.address(), &by_hand).await.is_ok());
    assert!((rig.metric("links_refused_total{reason=\"forged\"}").await - 9.0).abs() < 0.1);
    rig.end().await;
}

#[tokio::test]
async fn an_ended_an_unknown_and_no_ticket_are_refused() {
    let rig = Rig::start().await;
    let (issued, _) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let now = clock::unix_millis() / 1000;
    let sign = |issued: &Issued| rig.keys.sign(issued).unwrap();
    let ended = sign(&Issued {
        until: now - 1,
        ..issued.clone()
    });
    assert_eq!(
        refusal(&rig, ended.reveal()).await,
        (401, "expired".to_owned())
    );
    let unknown = sign(&Issued {
        id: "nobody's".to_owned(),
        ..issued.clone()
    });
    assert_eq!(
        refusal(&rig, unknown.reveal()).await,
        (401, "unknown".to_owned())
    );
    // Signed for another account than it was made for.
    let moved = sign(&Issued {
        account: "other".into(),
        ..issued
    });
    assert_eq!(
        refusal(&rig, moved.reveal()).await,
        (401, "unknown".to_owned())
    );
    let mut peer = Peer::connect(rig.address()).await;
    peer.write(
        b"GET /link HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .await;
    let answer = peer.answer().await.unwrap();
    assert_eq!(answer.status, 401);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["reason"], "missing");
    rig.end().await;
}

#[tokio::test]
async fn revoking_closes_the_link_and_keeps_it_closed() {
    let rig = Rig::start().await;
    let (issued, ticket) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let mut ada = Device::link(rig.address(), &ticket, "d1").await;
    let mut bob = rig.tester("bob", "d2").await;
    // As another program does it.
    let revoked = Issued {
        revoked: true,
        ..issued
    };
    let books = books(rig.folder.path()).await;
    books.keep_ticket(&revoked).await.unwrap();
    books.close().await;
    let (reason, again) = ada.goodbye().await;
    assert!(reason.contains("revoked") && !again, "{reason}");
    assert_eq!(ada.closed().await, 1008);
    assert_eq!(
        refusal(&rig, ticket.reveal()).await,
        (401, "revoked".to_owned())
    );
    bob.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn a_ticket_made_beside_the_relay_is_good_at_once_and_ends_when_it_says() {
    let rig = Rig::start().await;
    let books = books(rig.folder.path()).await;
    let now = clock::unix_millis() / 1000;
    let issued = Issued {
        id: "short".to_owned(),
        name: "ada".to_owned(),
        account: ACCOUNT.into(),
        role: Role::Tester,
        made: now,
        until: now + 3,
        revoked: false,
    };
    books.keep_ticket(&issued).await.unwrap();
    let ticket = rig.keys.sign(&issued).unwrap();
    let mut ada = Device::link(rig.address(), &ticket, "d1").await;
    assert_eq!(ada.welcome.as_ref().unwrap().until, issued.until);
    let (reason, again) = ada.goodbye().await;
    assert!(reason.contains("ended") && !again, "{reason}");
    assert!(clock::unix_millis() / 1000 >= issued.until);
    books.close().await;
    rig.end().await;
}

#[tokio::test]
async fn nobody_gets_at_anothers_events_by_his_devices_id() {
    let rig = Rig::start().await;
    let mut ada = rig.tester("ada", "d1").await;
    assert_eq!(ada.claim(conversation("c1")).await, None);
    assert_eq!(rig.post(&answered("c1", 0)).await, 200);
    let mut bob = rig.tester("bob", "d1").await;
    bob.is_left_alone().await;
    assert!(bob.claim(conversation("c1")).await.is_some());
    // Nor does he move the other's cursor, or take his place.
    let (scope, seq) = (Scope::Conversation("c1".into()), 1000);
    bob.say(&handset::domain::relay::Up::Ack { scope, seq })
        .await;
    assert_eq!(ada.take(1).await, [answered("c1", 0)]);
    assert_eq!(rig.post(&answered("c1", 1)).await, 200);
    assert_eq!(ada.take(1).await, [answered("c1", 1)]);
    bob.is_left_alone().await;
    rig.end().await;
}

#[tokio::test]
async fn the_same_device_linking_again_takes_the_place_of_its_link() {
    let rig = Rig::start().await;
    let (_, ticket) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let mut first = Device::link(rig.address(), &ticket, "d1").await;
    assert_eq!(first.claim(conversation("c1")).await, None);
    let mut second = Device::link(rig.address(), &ticket, "d1").await;
    let (reason, again) = first.goodbye().await;
    assert!(reason.contains("second time") && !again, "{reason}");
    assert_eq!(first.closed().await, 1000);
    drop(first);
    rig.until_metric("links{role=\"tester\"}", 1.0).await;
    assert_eq!(rig.post(&answered("c1", 0)).await, 200);
    assert_eq!(second.take(1).await, [answered("c1", 0)]);
    rig.end().await;
}

#[tokio::test]
async fn webhooks_need_the_path_the_account_and_somebody_to_read_them() {
    let rig = Rig::start().await;
    let (_, _kept): (_, Secret) = rig.issue("ada", ACCOUNT, Role::Tester).await;
    let body = answered("c1", 0);
    let status = async |path: &str, account: &str| {
        crate::relay::rig::post(rig.address(), path, account, &body)
            .await
            .status
    };
    assert_eq!(status(&rig.path(), ACCOUNT).await, 200);
    assert_eq!(status(&rig.path(), "nobody").await, 404);
    assert_eq!(status(&rig.path(), "").await, 400);
    assert_eq!(
        status("/hook/00000000000000000000000000000000", ACCOUNT).await,
        404
    );
    assert_eq!(status("/", ACCOUNT).await, 404);
    assert_eq!(rig.get(&rig.path()).await.status, 405);
    rig.end().await;
}
