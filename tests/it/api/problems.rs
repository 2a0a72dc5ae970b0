//! What goes wrong on the way: which problem it becomes, and whether the request may have arrived.

use std::time::Duration;

use handset::{
    client::{Client, Settings, Tag},
    domain::retry::Problem,
};
use serde_json::json;
use tokio::sync::mpsc;

use crate::{
    api::{Expected, caller, client, opening, say, settings},
    support::{
        free_address,
        peer::{At, Peer, Reply, fault},
    },
};

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
        timeout: Duration::from_secs(5),
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
