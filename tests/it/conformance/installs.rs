//! App installation.

use reqwest::Method;
use serde_json::{Value, json};

use crate::conformance::{
    scene::Scene,
    table::{
        Basis::{Client, Documented, Guess},
        Effect::{Installs, Reads},
        Table, Trouble,
    },
    wire::{Answer, Ask, lacking, text},
};

/// What app installs are called that must not come to be.
const REFUSED: &str = "conformance, refused";
const PATH: &str = "configuration/app-install/installations";

pub(crate) fn rows(table: &mut Table) {
    reading(table);
    refused(table);
    writing(table);
}

async fn ask(
    scene: &Scene,
    method: Method,
    id: &str,
    more: &[(&str, &str)],
    body: Option<&Value>,
) -> Result<Answer, Trouble> {
    let slash = if id.is_empty() { "" } else { "/" };
    let url = scene
        .at(
            "accountConfigReadWrite",
            &format!("{PATH}{slash}{id}?v=1.0"),
        )
        .await?;
    let mut ask = Ask::new(method, url).header("user-agent", "Connector App Hub");
    for (name, value) in more {
        ask = ask.header(name, *value);
    }
    if let Some(body) = body {
        ask = ask.json(body);
    }
    scene.as_admin(ask).await
}

fn reading(table: &mut Table) {
    let mut group = table.of("webhooks 8.2", Documented, Reads);
    group.row(
        "the list of app installs",
        "200 json, ours is in it",
        |scene| async move {
            let answer = ask(&scene, Method::GET, "", &[], None).await?;
            let json = answer.json();
            let mut all = json.as_array().into_iter().flatten();
            let ours = all.any(|one| one["client_id"] == *scene.base.client);
            let ours = if ours {
                "ours is in it"
            } else {
                "ours is not in it"
            };
            Ok(format!(
                "{} {}, {ours}",
                answer.status,
                answer.content_type()
            ))
        },
    );
    group.row("the list without a bearer", "401", |scene| async move {
        let url = scene
            .at("accountConfigReadWrite", &format!("{PATH}?v=1.0"))
            .await?;
        Ok(Ask::get(url).send(&scene.http).await?.status())
    });
    let mut read = table.of("webhooks 8.2", Client, Reads);
    read.row(
        "one app install, with its revision",
        "200, a revision, id is client_id",
        |scene| async move {
            let answer = ask(&scene, Method::GET, &scene.base.client, &[], None).await?;
            let json = answer.json();
            let revision = if answer.header("ac-revision").is_empty() {
                "no"
            } else {
                "a"
            };
            let same = json["id"] == json["client_id"] && json["id"].is_string();
            let same = if same { "is" } else { "is not" };
            Ok(format!(
                "{}, {revision} revision, id {same} client_id",
                answer.status
            ))
        },
    );
    read.row(
        "what the server adds to a record",
        "whole",
        |scene| async move {
            let answer = ask(&scene, Method::GET, &scene.base.client, &[], None).await?;
            let members = [
                "/id",
                "/client_id",
                "/client_secret",
                "/client_id_issued_at",
                "/client_secret_expires_at",
                "/deleted",
                "/enabled",
                "/scope",
                "/capabilities",
            ];
            Ok(lacking(&answer.expect(200)?.json(), &members))
        },
    );
    table.of("webhooks 8.2", Documented, Reads).row(
        "an id nobody has",
        "404",
        |scene| async move {
            Ok(ask(&scene, Method::GET, "nobody", &[], None)
                .await?
                .status())
        },
    );
}

fn manifest(name: &str) -> Value {
    let endpoint = json!({ "endpoint": "https://bridge.shop.test/in", "max_retries": 3,
        "headers": [{ "header_name": "X-Shop", "header_value": "eu" }] });
    json!({
        "client_name": name, "description": "Web shop connector", "grant_types": ["client_credentials"],
        "scope": "msg.consumer", "logo_uri": "logo.png", "enabled": true,
        "capabilities": { "webhooks": {
            "retry": { "retention_time": 86400 },
            "ms.MessagingEventNotification.ContentEvent": endpoint,
            "cqm.ExConversationChangeNotification": endpoint,
        } },
    })
}

fn refused(table: &mut Table) {
    let changed = |pointer: &'static str, value: Value| {
        let mut one = manifest(REFUSED);
        match pointer.rsplit_once('/') {
            Some((parent, name)) => one.pointer_mut(parent).unwrap()[name] = value,
            None => one[pointer] = value,
        }
        one
    };
    let event =
        |endpoint: &str, retries: Value| json!({ "endpoint": endpoint, "max_retries": retries });
    for (section, basis, name, body) in [
        (
            "webhooks 8.1",
            Documented,
            "no name",
            changed("/client_name", Value::Null),
        ),
        (
            "webhooks 8.1",
            Documented,
            "a name of 129 letters",
            changed("/client_name", json!("x".repeat(129))),
        ),
        (
            "webhooks 8.1",
            Documented,
            "a description of 257 letters",
            changed("/description", json!("x".repeat(257))),
        ),
        (
            "webhooks 8.1",
            Documented,
            "a scope of 129 letters",
            changed("/scope", json!("x".repeat(129))),
        ),
        (
            "webhooks 8.1",
            Documented,
            "an unknown grant",
            changed("/grant_types", json!(["magic"])),
        ),
        (
            "webhooks 8.1",
            Documented,
            "an endpoint over http",
            changed(
                "/capabilities/webhooks/cqm.ExConversationChangeNotification",
                event("http://bridge.shop.test/in", json!(0)),
            ),
        ),
        (
            "webhooks 7.1",
            Documented,
            "six retries",
            changed(
                "/capabilities/webhooks/cqm.ExConversationChangeNotification",
                event("https://bridge.shop.test/in", json!(6)),
            ),
        ),
        (
            "webhooks 7.2",
            Guess,
            "a retention of one second",
            changed(
                "/capabilities/webhooks/retry",
                json!({ "retention_time": 1 }),
            ),
        ),
        (
            "webhooks 7.2",
            Guess,
            "a retention of more than three days",
            changed(
                "/capabilities/webhooks/retry",
                json!({ "retention_time": 259_201 }),
            ),
        ),
    ] {
        let mut group = table.of(section, basis, Installs);
        group.row(
            format!("an app install with {name}"),
            "400",
            move |scene| async move {
                let mut body = body;
                // A name of its own: one that is taken would be refused for that.
                if body["client_name"] == REFUSED {
                    body["client_name"] = json!(format!("{REFUSED}, {name}"));
                }
                let answer = ask(&scene, Method::POST, "", &[], Some(&body)).await?;
                if answer.status == 201 {
                    gone(&scene, &text(&answer.json(), "/id")?).await?;
                }
                Ok(answer.status())
            },
        );
    }
}

fn writing(table: &mut Table) {
    table.of("webhooks 8.2", Guess, Installs).row(
        "an app install is made",
        "201 whole, with a secret that gets tokens",
        |scene| async move {
            let (record, _) = made(&scene, "conformance, made").await?;
            let whole = lacking(&record, &["/id", "/client_secret", "/client_id_issued_at"]);
            let (id, secret) = (
                text(&record, "/client_id")?,
                text(&record, "/client_secret")?,
            );
            let url = format!(
                "{}/sentinel/api/account/{}/app/token?v=1.0",
                scene.host("sentinel").await?,
                scene.base.account
            );
            let form =
                format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
            let token = Ask::post(url).form(&form).send(&scene.http).await?;
            gone(&scene, &id).await?;
            let gets = if token.status == 200 {
                "gets"
            } else {
                "does not get"
            };
            Ok(format!("201 {whole}, with a secret that {gets} tokens"))
        },
    );
    table.of("webhooks 8.2", Client, Installs).row(
        "written as the demo writes, then deleted",
        "2xx and a later revision, 2xx, 404",
        |scene| async move {
            let (mut record, revision) = made(&scene, "conformance, written").await?;
            let id = text(&record, "/id")?;
            record["description"] = json!("another");
            let headers = [
                ("if-match", revision.as_str()),
                ("x-http-method-override", "PUT"),
            ];
            let put = ask(&scene, Method::PUT, &id, &headers, Some(&record)).await?;
            let read = ask(&scene, Method::GET, &id, &[], None).await?;
            let later =
                read.header("ac-revision") != revision && read.json()["description"] == "another";
            let later = if later { "a later" } else { "the same" };
            let gone = gone(&scene, &id).await?;
            let after = ask(&scene, Method::GET, &id, &[], None).await?.status;
            Ok(format!(
                "{}xx and {later} revision, {}xx, {after}",
                put.status / 100,
                gone / 100
            ))
        },
    );
    let mut stale = table.of("webhooks 8.2", Guess, Installs);
    for (name, method) in [("written", Method::PUT), ("deleted", Method::DELETE)] {
        stale.row(
            format!("{name} with a revision of the past"),
            "412",
            move |scene| async move {
                let title = format!("conformance, {name} late");
                let (record, _) = made(&scene, &title).await?;
                let id = text(&record, "/id")?;
                let body = (method == Method::PUT).then_some(&record);
                let answer = ask(&scene, method, &id, &[("if-match", "999999")], body).await?;
                gone(&scene, &id).await?;
                Ok(answer.status())
            },
        );
    }
    table.of("webhooks 8.2", Documented, Installs).row(
        "a name that is taken",
        "400",
        |scene| async move {
            let (record, _) = made(&scene, "conformance, twice").await?;
            let again = ask(
                &scene,
                Method::POST,
                "",
                &[],
                Some(&manifest("conformance, twice")),
            )
            .await?;
            gone(&scene, &text(&record, "/id")?).await?;
            Ok(again.status())
        },
    );
    table.of("webhooks 1", Guess, Installs).row(
        "the other name of the conversation's event",
        "201",
        |scene| async move {
            let mut body = manifest("conformance, alias");
            body["capabilities"]["webhooks"] = json!({
                "ms.MessagingEventNotification.ExConversationChangeNotification": { "endpoint": "https://bridge.shop.test/in" } });
            let answer = ask(&scene, Method::POST, "", &[], Some(&body)).await?;
            gone(&scene, &text(&answer.json(), "/id")?).await?;
            Ok(answer.status())
        },
    );
    table.of("edge-cases 1", Guess, Installs).row(
        "an app install that is switched off gets no token",
        "401",
        |scene| async move {
            let (mut record, revision) = made(&scene, "conformance, off").await?;
            let (id, secret) = (text(&record, "/id")?, text(&record, "/client_secret")?);
            record["enabled"] = json!(false);
            ask(
                &scene,
                Method::PUT,
                &id,
                &[("if-match", &revision)],
                Some(&record),
            )
            .await?
            .expect(200)?;
            let url = format!(
                "{}/sentinel/api/account/{}/app/token?v=1.0",
                scene.host("sentinel").await?,
                scene.base.account
            );
            let form =
                format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
            let token = Ask::post(url).form(&form).send(&scene.http).await?;
            gone(&scene, &id).await?;
            Ok(token.status())
        },
    );
}

/// A new app install with its revision.
async fn made(scene: &Scene, name: &str) -> Result<(Value, String), Trouble> {
    let answer = ask(scene, Method::POST, "", &[], Some(&manifest(name)))
        .await?
        .expect(201)?;
    let record = answer.json();
    let read = ask(scene, Method::GET, &text(&record, "/id")?, &[], None).await?;
    Ok((record, read.header("ac-revision").to_owned()))
}

/// Deletes what a row has made.
async fn gone(scene: &Scene, id: &str) -> Result<u16, Trouble> {
    let read = ask(scene, Method::GET, id, &[], None).await?;
    let revision = read.header("ac-revision").to_owned();
    let answer = ask(scene, Method::DELETE, id, &[("if-match", &revision)], None).await?;
    Ok(answer.status)
}
