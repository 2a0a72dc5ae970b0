//! The agent's login: how it is kept, how it fails, and what is told of it.

use std::{fmt::Write as _, time::Duration};

use axum::http::Method;
use handset::{
    client::{AdminError, Login},
    domain::{
        exchange::{Exchange, Outcome},
        secret::Secret,
    },
};
use serde_json::json;
use tokio::sync::mpsc;

use crate::{
    borrow::cloud::{Cloud, ELSEWHERE, Fate, HEADER_SECRET, ORIGINAL, URL},
    support::soon,
};

#[tokio::test]
async fn one_login_serves_many_requests_and_ends_with_a_logout() {
    let cloud = Cloud::start().await;
    let admin = cloud.admin(mpsc::channel(256).0);
    let (one, other) = (admin.clone(), admin.clone());
    let (client, same) = (cloud.client(), cloud.client());
    let (first, second) = tokio::join!(one.install(&client), other.install(&same));
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(cloud.count(&Method::POST, "/login"), 1);
    admin.logout().await;
    assert_eq!(cloud.count(&Method::POST, "/logout"), 1);
    admin.logout().await;
    assert_eq!(
        cloud.count(&Method::POST, "/logout"),
        1,
        "nobody to log out"
    );
    admin.install(&client).await.unwrap();
    assert_eq!(cloud.count(&Method::POST, "/login"), 2);
}

#[tokio::test]
async fn a_session_the_cloud_has_forgotten_is_begun_anew_once() {
    let cloud = Cloud::start().await;
    let admin = cloud.admin(mpsc::channel(256).0);
    admin.install(&cloud.client()).await.unwrap();
    cloud.next(Method::GET, Fate::Refused(401));
    admin.install(&cloud.client()).await.unwrap();
    assert_eq!(cloud.count(&Method::POST, "/login"), 2);
    cloud.next(Method::GET, Fate::Refused(401));
    cloud.next(Method::GET, Fate::Refused(401));
    let refused = admin.install(&cloud.client()).await.unwrap_err();
    assert!(matches!(refused, AdminError::Forbidden { .. }), "{refused}");
    assert_eq!(cloud.count(&Method::POST, "/login"), 3);
}

#[tokio::test]
async fn a_session_in_use_is_refreshed_after_four_minutes() {
    let cloud = Cloud::start().await;
    let admin = cloud.admin(mpsc::channel(256).0);
    admin.install(&cloud.client()).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(241)).await;
    tokio::time::resume();
    admin.install(&cloud.client()).await.unwrap();
    assert_eq!(cloud.count(&Method::POST, "/refresh"), 1);
    assert_eq!(cloud.count(&Method::POST, "/login"), 1);
    admin.install(&cloud.client()).await.unwrap();
    assert_eq!(cloud.count(&Method::POST, "/refresh"), 1);
}

#[tokio::test]
async fn what_is_refused_says_what_to_do() {
    let cloud = Cloud::start().await;
    let settings = || {
        let csds = format!("http://{}/", cloud.address).parse().unwrap();
        handset::client::Settings::new(csds, cloud.account(), cloud.client(), Secret::new(""))
    };
    let login = |username: &str, password: &Secret| {
        let client = handset::client::Client::new(settings(), mpsc::channel(256).0).unwrap();
        client.admin(Login {
            username: username.to_owned(),
            password: password.clone(),
        })
    };
    let wrong = Secret::new("not-the-password");
    let refused = login("morgan", &wrong).installs().await.unwrap_err();
    assert!(matches!(refused, AdminError::Login { .. }), "{refused}");
    let words = refused.to_string();
    assert!(
        words.contains("morgan") && words.contains("password"),
        "{words}"
    );
    assert!(!words.contains(wrong.reveal()), "{words}");

    let sam = cloud
        .ready
        .agents
        .iter()
        .find(|one| one.username == "sam")
        .unwrap();
    let refused = login("sam", &sam.password).installs().await.unwrap_err();
    assert!(matches!(refused, AdminError::Forbidden { .. }), "{refused}");
    assert!(refused.to_string().contains("administrator"), "{refused}");

    let unknown = "no-such-install".into();
    let missing = cloud.colleague().install(&unknown).await.unwrap_err();
    assert_eq!(
        missing,
        AdminError::Missing {
            id: "no-such-install".to_owned()
        }
    );
}

#[tokio::test]
async fn nothing_secret_is_told_of_all_this() {
    let cloud = Cloud::start().await;
    let (exchanges, mut reports) = mpsc::channel::<Exchange>(1024);
    let admin = cloud.admin(exchanges);
    let client = cloud.client();
    let mut install = admin.install(&client).await.unwrap();
    for url in [URL, ELSEWHERE] {
        install.record["capabilities"]["webhooks"]["cqm.ExConversationChangeNotification"] =
            json!({ "endpoint": url });
        admin.put(&client, &install).await.unwrap();
        install.revision = admin.install(&client).await.unwrap().revision;
    }
    // Refusals repeat what was sent.
    install.record["capabilities"]["webhooks"]["cqm.ExConversationChangeNotification"]["endpoint"] =
        json!(7);
    let refused = admin.put(&client, &install).await.unwrap_err().to_string();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(241)).await;
    tokio::time::resume();
    admin.installs().await.unwrap();
    admin.logout().await;
    drop(admin);
    let mut told = refused;
    let mut purposes = Vec::new();
    while let Some(report) = soon("the reports", reports.recv()).await {
        if !purposes.contains(&report.purpose) {
            purposes.push(report.purpose.clone());
        }
        let _ = write!(told, "{:?}{}", report.headers, report.url);
        told.push_str(&String::from_utf8_lossy(&report.body));
        if let Some(Outcome::Answered { headers, body, .. }) = &report.outcome {
            let _ = write!(told, "{headers:?}");
            told.push_str(&String::from_utf8_lossy(body));
        }
    }
    for purpose in [
        "agent login",
        "agent refresh",
        "agent logout",
        "app install: change",
    ] {
        assert!(
            purposes.iter().any(|known| known == purpose),
            "{purposes:?}"
        );
    }
    let login = cloud.login();
    let path = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    for secret in [
        login.password.reveal(),
        cloud.ready.client_secret.reveal(),
        HEADER_SECRET,
        &path(URL),
        &path(ELSEWHERE),
        "Bearer ",
    ] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("bridge.shop.test/…") && !told.contains(ORIGINAL));
    for name in [
        "\"bearer\":\"…\"",
        "\"csrf\":\"…\"",
        "(\"set-cookie\", \"…\")",
    ] {
        assert!(told.contains(name), "{name} in {told}");
    }
}
