//! Agents who log in, stay and leave, in plain HTTP as the agent SDK and the demo do.

use std::time::Duration;

use handset::sandbox::settings::Settings;
use reqwest::{Method, Response, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::sandbox::{
    admin::Admin,
    rig::{ACCOUNT, Connector, Process, quick, run},
};

/// An agent's client that keeps its cookie.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    connector: Connector,
    cookie: String,
    csrf: String,
    pub(crate) bearer: String,
    pub(crate) body: Value,
}

impl Agent {
    /// Logs in, with what the ready line says.
    pub(crate) async fn enter(connector: &Connector, username: &str, password: &str) -> Self {
        let body = json!({ "username": username, "password": password });
        let answer = post(connector, "login?v=1.3", None, &body).await;
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        Self {
            connector: connector.clone(),
            cookie,
            csrf: body["csrf"].as_str().unwrap().to_owned(),
            bearer: body["bearer"].as_str().unwrap().to_owned(),
            body,
        }
    }

    /// What comes with the csrf.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    async fn refresh(&self) -> u16 {
        let body = json!({ "csrf": self.csrf });
        let answer = post(&self.connector, "refresh?v=1.3", Some(&self.cookie), &body).await;
        answer.status().as_u16()
    }
}

pub(crate) async fn post(
    connector: &Connector,
    path: &str,
    cookie: Option<&str>,
    body: &Value,
) -> Response {
    let Connector {
        http,
        base,
        account,
        ..
    } = connector;
    let request = http
        .post(format!("{base}/api/account/{account}/{path}"))
        .header("content-type", "application/json")
        .body(body.to_string());
    let request = match cookie {
        Some(cookie) => request.header("cookie", format!("other=1; {cookie}")),
        None => request,
    };
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_login_tells_everything_that_clients_read() {
    let process = Process::start(&["--seed", "5", "--agent", "none"]).await;
    let connector = process.connector().await;
    let agents = process.ready["agents"].as_array().unwrap();
    assert!(agents.len() >= 2);
    let again = Process::start(&["--seed", "5", "--agent", "none"]).await;
    assert_eq!(again.ready["agents"], process.ready["agents"]);
    for agent in agents {
        let text = |name: &str| agent[name].as_str().unwrap();
        assert!(
            agent["skills"]
                .as_array()
                .unwrap()
                .iter()
                .all(Value::is_string)
        );
        let entered = Agent::enter(&connector, text("username"), text("password")).await;
        let body = &entered.body;
        assert_eq!(body["config"]["loginName"], agent["username"]);
        assert_eq!(body["config"]["isAdmin"], text("username") == "morgan");
        assert_eq!(body["config"]["isLPA"], false);
        for id in ["userId", "userPid"] {
            assert!(body["config"][id].is_string(), "{id}");
        }
        assert_eq!(body["sessionTTl"], "28800000");
        let path_safe = |b: u8| b.is_ascii_alphanumeric();
        assert!(entered.bearer.len() >= 32 && entered.bearer.bytes().all(path_safe));
        let services = body["csdsCollectionResponse"]["baseURIs"]
            .as_array()
            .unwrap();
        for service in [
            "accountConfigReadWrite",
            "sentinel",
            "idp",
            "asyncMessagingEnt",
            "msgHist",
        ] {
            let found = services.iter().find(|one| one["service"] == service);
            assert_eq!(found.unwrap()["account"], ACCOUNT, "{service}");
        }
        assert_eq!(entered.refresh().await, 200);
    }
}

#[tokio::test]
async fn a_login_that_fails_says_so_twice() {
    let (sandbox, connector) = run(quick()).await;
    let ready = sandbox.ready();
    let named = |name: &str| ready.agents.iter().find(|user| user.username == name);
    let (sam, morgan) = (named("sam").unwrap(), named("morgan").unwrap());
    let swapped = json!({ "username": sam.username, "password": morgan.password.reveal() });
    let keys = json!({ "username": "sam", "appKey": "a", "secret": "b", "accessToken": "c", "accessTokenSecret": "d" });
    for (body, status, word) in [
        (swapped, 401, "Login failed"),
        (
            json!({ "username": "nobody", "password": "x" }),
            401,
            "Login failed",
        ),
        (keys, 401, "passwords only"),
        (
            json!({ "jwt": "dummy", "assertion": "PHNhbWw+" }),
            401,
            "passwords only",
        ),
        (json!({ "username": "sam" }), 400, "must be strings"),
        (json!([]), 400, "must be strings"),
    ] {
        let answer = post(&connector, "login", None, &body).await;
        assert_eq!(answer.status(), status, "{body}");
        assert!(!answer.headers().contains_key(header::SET_COOKIE));
        let answer: Value = answer.json().await.unwrap();
        let error = &answer["error"];
        assert!(
            error["message"].as_str().unwrap().contains(word),
            "{answer}"
        );
        assert!(error["time"].as_str().unwrap().ends_with(" UTC"));
        let said = if status == 401 {
            "UNAUTHORIZED"
        } else {
            "BAD_REQUEST"
        };
        assert_eq!(
            (&error["responseStatus"], &error["internalCode"]),
            (&json!(said), &json!(0))
        );
    }
    let mut elsewhere = connector.clone();
    elsewhere.account = "999".to_owned();
    let body = json!({ "username": sam.username, "password": sam.password.reveal() });
    assert_eq!(post(&elsewhere, "login", None, &body).await.status(), 401);
}

#[tokio::test]
async fn a_session_is_cookie_and_csrf_together_until_the_logout() {
    let (sandbox, connector) = run(quick()).await;
    let ready = sandbox.ready();
    let sam = ready.agents.iter().find(|user| user.username == "sam");
    let sam = sam.unwrap();
    let agent = Agent::enter(&connector, &sam.username, sam.password.reveal()).await;
    let right = json!({ "csrf": agent.csrf });
    let other = Agent::enter(&connector, &sam.username, sam.password.reveal()).await;
    for (cookie, body) in [
        (None, &right),
        (Some(other.cookie.as_str()), &right),
        (Some(&agent.cookie), &json!({ "csrf": "0" })),
        (Some(&agent.cookie), &json!({})),
    ] {
        let answer = post(&connector, "refresh", cookie, body).await;
        assert_eq!(answer.status(), 401);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["internalCode"], 10);
    }
    let answer = post(&connector, "refresh", Some(&agent.cookie), &right).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.unwrap().is_empty());
    let answer = post(&connector, "logout", Some(&agent.cookie), &right).await;
    assert!(answer.status().is_success());
    assert_eq!((agent.refresh().await, other.refresh().await), (401, 200));
    sandbox.log_out_all();
    assert_eq!(other.refresh().await, 401);
}

#[tokio::test]
async fn a_session_nobody_refreshes_ends_by_itself() {
    let session_life = Duration::from_secs(3);
    let (sandbox, connector) = run(Settings {
        session_life,
        ..quick()
    })
    .await;
    let morgan = Admin::enter(&sandbox, &connector, "morgan").await;
    let ended = timeout(Duration::from_mins(2), async {
        while morgan.ask(Method::GET, "", &[], None).await.status() == 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(ended.await.is_ok());
    assert_eq!(morgan.ask(Method::GET, "", &[], None).await.status(), 401);
}
