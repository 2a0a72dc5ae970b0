//! Agent login, refresh and logout.

use serde_json::{Value, json};

use crate::conformance::{
    scene::{Entered, Scene},
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Reads,
        Table, Trouble, broke,
    },
    wire::{Answer, Ask, lacking},
};

pub(crate) fn rows(table: &mut Table) {
    entering(table);
    refused(table);
    staying(table);
}

fn entering(table: &mut Table) {
    table.of("domains-and-auth 6", Documented, Reads).row(
        "the members of a login",
        "whole",
        |scene| async move {
            let body = &scene.agent().await?.body;
            Ok(lacking(
                body,
                &[
                    "/csrf",
                    "/wsuk",
                    "/config/loginName",
                    "/config/userId",
                    "/config/userPid",
                    "/config/userPrivileges",
                    "/config/serverCurrentTime",
                    "/config/timeDiff",
                    "/config/serverTimeZoneName",
                    "/config/serverTimeGMTDiff",
                    "/config/isLPA",
                    "/config/isAdmin",
                    "/config/accountTimeZoneId",
                    "/csdsCollectionResponse/baseURIs/0/service",
                    "/accountData/agentGroupsData/items/0/name",
                    "/accountData/agentGroupsData/revision",
                    "/sessionTTl",
                    "/bearer",
                ],
            ))
        },
    );
    let mut read = table.of("domains-and-auth 6", Client, Reads);
    read.row(
        "what the SDK reads",
        "a user id, a PID, a bearer, a csrf, a cookie, no error",
        |scene| async move {
            let entered = scene.agent().await?;
            let config = &entered.body["config"];
            let id = config["userId"].is_string() || config["userId"].is_u64();
            let pid = config["userPid"]
                .as_str()
                .is_some_and(|pid| uuid::Uuid::parse_str(pid).is_ok());
            let cookie = entered.cookie.contains('=');
            let error = entered.body.get("error").is_some();
            let all = id
                && pid
                && cookie
                && !entered.bearer.is_empty()
                && !entered.csrf.is_empty()
                && !error;
            Ok(if all {
                "a user id, a PID, a bearer, a csrf, a cookie, no error".to_owned()
            } else {
                entered.body.to_string()
            })
        },
    );
    read.row(
        "the session's span is text in milliseconds",
        "28800000",
        |scene| async move {
            let body = &scene.agent().await?.body;
            Ok(body["sessionTTl"].as_str().unwrap_or("no text").to_owned())
        },
    );
    for service in [
        "accountConfigReadWrite",
        "sentinel",
        "idp",
        "asyncMessagingEnt",
        "msgHist",
    ] {
        read.row(
            format!("the demo finds {service} in the login"),
            "of this account",
            move |scene| async move {
                let body = &scene.agent().await?.body;
                let all = body["csdsCollectionResponse"]["baseURIs"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                let found = all.iter().find(|one| one["service"] == service);
                let found = found.ok_or_else(|| broke("it is not there"))?;
                let own = found["account"] == *scene.base.account && found["baseURI"].is_string();
                Ok(if own { "of this account" } else { "of another" }.to_owned())
            },
        );
    }
    read.row("an admin is one", "true", |scene| async move {
        let config = &scene.admin().await?.body["config"];
        let admin = config["isAdmin"] == true || config["isLPA"] == true;
        Ok(admin.to_string())
    });
    table.of("domains-and-auth 6.1", Client, Reads).row(
        "a bearer can stand in a path",
        "it can",
        |scene| async move {
            let bearer = &scene.agent().await?.bearer;
            let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            Ok(if bearer.bytes().all(safe) {
                "it can"
            } else {
                "it cannot"
            }
            .to_owned())
        },
    );
}

fn refused(table: &mut Table) {
    for (name, version, body) in [
        (
            "a wrong password",
            "?v=1.3",
            json!({ "username": "nobody at all", "password": "wrong" }),
        ),
        (
            "without a version",
            "",
            json!({ "username": "nobody at all", "password": "wrong" }),
        ),
        (
            "keys nobody set up",
            "?v=1.3",
            json!({ "username": "bot1", "appKey": "a", "secret": "b", "accessToken": "c", "accessTokenSecret": "d" }),
        ),
        (
            "an assertion nobody trusts",
            "?v=1.3",
            json!({ "jwt": "dummy", "assertion": "PHg+" }),
        ),
    ] {
        let mut group = table.of("domains-and-auth 6", Documented, Reads);
        group.row(
            format!("a login with {name}"),
            "401 json, error with time message internalCode responseStatus",
            move |scene| async move {
                let url = scene.at("agentVep", &format!("login{version}")).await?;
                Ok(denial(&Ask::post(url).json(&body).send(&scene.http).await?))
            },
        );
    }
    let mut bad = table.of("domains-and-auth 6", Documented, Reads);
    for (name, body) in [("no JSON", "{"), ("no name", "{}")] {
        bad.row(
            format!("a login with {name}"),
            "400",
            move |scene| async move {
                let ask = Ask::post(scene.at("agentVep", "login?v=1.3").await?);
                let ask = ask.header("content-type", "application/json").body(body);
                Ok(ask.send(&scene.http).await?.status())
            },
        );
    }
}

/// A refusal of the login services.
fn denial(answer: &Answer) -> String {
    let json = answer.json();
    let error = lacking(
        &json,
        &[
            "/error/time",
            "/error/message",
            "/error/internalCode",
            "/error/responseStatus",
        ],
    );
    let error = match error.as_str() {
        "whole" => "error with time message internalCode responseStatus",
        other => other,
    };
    format!("{} {}, {error}", answer.status, answer.content_type())
}

fn staying(table: &mut Table) {
    let mut group = table.of("domains-and-auth 6.2", Documented, Reads);
    group.row("a refresh", "200, empty", |scene| async move {
        let entered = scene.agent().await?;
        let answer = with_csrf(&scene, "refresh?v=1.3", &entered.cookie, &entered.csrf).await?;
        let body = if answer.bytes.is_empty() {
            "empty"
        } else {
            "a body"
        };
        Ok(format!("{}, {body}", answer.status))
    });
    for (name, cookie, csrf) in [("a wrong csrf", true, false), ("no cookie", false, true)] {
        group.row(
            format!("a refresh with {name}"),
            "401 10",
            move |scene| async move {
                let Entered {
                    cookie: known,
                    csrf: right,
                    ..
                } = scene.agent().await?;
                let cookie = if cookie { known.as_str() } else { "" };
                let csrf = if csrf { right.as_str() } else { "wrong" };
                let answer = with_csrf(&scene, "refresh?v=1.3", cookie, csrf).await?;
                Ok(format!(
                    "{} {}",
                    answer.status,
                    answer.json()["error"]["internalCode"]
                ))
            },
        );
    }
    table.of("domains-and-auth 6.3", Documented, Reads).row(
        "after a logout the bearer opens nothing",
        "200 before, a success, 401 after",
        |scene| async move {
            let none = || Trouble::NotRun("no login of an agent's".to_owned());
            let login = scene.base.agent.clone().ok_or_else(none)?;
            let entered = scene.log_in(&login).await?;
            let before = skills(&scene, &entered.bearer).await?;
            let out = with_csrf(&scene, "logout", &entered.cookie, &entered.csrf).await?;
            let out = if out.status < 300 {
                "a success"
            } else {
                "a refusal"
            };
            Ok(format!(
                "{before} before, {out}, {} after",
                skills(&scene, &entered.bearer).await?
            ))
        },
    );
    let mut strangers = table.of("edge-cases 1", Guess, Reads);
    strangers.row("an AppJWT for a bearer", "401", |scene| async move {
        let token = scene.app_jwt().await?;
        Ok(skills(&scene, &token).await?.to_string())
    });
}

async fn skills(scene: &Scene, bearer: &str) -> Result<u16, Trouble> {
    let path = "configuration/le-users/skills?v=2.0";
    let ask = Ask::get(scene.at("accountConfigReadOnly", path).await?);
    let ask = ask.header("authorization", format!("Bearer {bearer}"));
    Ok(ask.send(&scene.http).await?.status)
}

async fn with_csrf(scene: &Scene, path: &str, cookie: &str, csrf: &str) -> Result<Answer, Trouble> {
    let body: Value = json!({ "csrf": csrf });
    let ask = Ask::post(scene.at("agentVep", path).await?).json(&body);
    let ask = if cookie.is_empty() {
        ask
    } else {
        ask.header("cookie", cookie)
    };
    ask.send(&scene.http).await
}
