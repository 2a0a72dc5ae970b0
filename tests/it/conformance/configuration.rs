//! Account configuration, the engagement call, and forms.

use serde_json::{Value, json};

use crate::conformance::{
    scene::{PROPERTIES, Scene},
    table::{
        Basis::{Client, Documented, Guess},
        Effect::{Opens, Reads},
        Table, Trouble, broke,
    },
    wire::{Answer, Ask, lacking},
};

pub(crate) fn rows(table: &mut Table) {
    users(table);
    features(table);
    engagement(table);
}

async fn read(scene: &Scene, service: &str, path: &str) -> Result<Answer, Trouble> {
    let ask = Ask::get(scene.at(service, &format!("configuration/{path}")).await?);
    scene.with_bearer(ask).await
}

fn users(table: &mut Table) {
    const SKILL: &[&str] = &[
        "/0/id",
        "/0/name",
        "/0/description",
        "/0/deleted",
        "/0/skillOrder",
        "/0/maxWaitTime",
        "/0/skillRoutingConfiguration",
    ];
    const USER: &[&str] = &[
        "/0/id",
        "/0/pid",
        "/0/loginName",
        "/0/nickname",
        "/0/fullName",
        "/0/employeeId",
        "/0/pictureUrl",
    ];
    const MESSAGE: &[&str] = &[
        "/0/id",
        "/0/deleted",
        "/0/enabled",
        "/0/messageEventId",
        "/0/templateId",
        "/0/data/0/msg",
        "/0/data/0/lang",
        "/0/data/0/isDefault",
        "/0/attributes",
    ];
    let mut group = table.of("send-api 9", Documented, Reads);
    for (name, path, members) in [
        ("skills", "le-users/skills?v=2.0", SKILL),
        ("users", "le-users/users?v=2.0", USER),
        (
            "automatic messages",
            "engagement-window/auto-messages",
            MESSAGE,
        ),
    ] {
        for service in ["accountConfigReadOnly", "accountConfigReadWrite"] {
            group.row(
                format!("{name} from {service}"),
                "200 json whole, with a revision",
                move |scene| async move {
                    let answer = read(&scene, service, path).await?;
                    let revision = if answer.header("ac-revision").is_empty() {
                        "without"
                    } else {
                        "with a"
                    };
                    let whole = lacking(&answer.json(), members);
                    Ok(format!(
                        "{} {} {whole}, {revision} revision",
                        answer.status,
                        answer.content_type()
                    ))
                },
            );
        }
        group.row(
            format!("{name} without a bearer"),
            "401",
            move |scene| async move {
                let ask = Ask::get(
                    scene
                        .at("accountConfigReadOnly", &format!("configuration/{path}"))
                        .await?,
                );
                Ok(ask.send(&scene.http).await?.status())
            },
        );
    }
    group.row("one user", "200, the same PID", |scene| async move {
        let config = &scene.agent().await?.body["config"];
        let id = config["userId"]
            .as_str()
            .ok_or_else(|| broke("no user id"))?;
        let answer = read(
            &scene,
            "accountConfigReadOnly",
            &format!("le-users/users/{id}?v=2.0"),
        )
        .await?;
        let same = answer.json()["pid"] == config["userPid"];
        Ok(format!(
            "{}, {} PID",
            answer.status,
            if same { "the same" } else { "another" }
        ))
    });
}

fn features(table: &mut Table) {
    table.of("send-api 9", Client, Reads).row(
        "the features where the demo looks for them",
        "200 json true",
        |scene| async move {
            let path = "provision/featureGrants?v=1.0&excludeLegacy=true&jsonProvider=gson";
            let answer = read(&scene, "accountConfigReadWrite", path).await?;
            let json = answer.json();
            let found = feature(&json);
            let found = found.ok_or_else(|| broke(json.to_string()))?;
            Ok(format!(
                "{} {} {found}",
                answer.status,
                answer.content_type()
            ))
        },
    );
    for path in [
        "forms/agent_survey?conv=x&skill=-1&v=2.0&seq=true",
        "forms/agent_survey/state?conv=x&skill=-1&v=2.0",
    ] {
        table.of("agent-side 11", Guess, Reads).row(
            format!("GET {path}"),
            "404",
            move |scene| async move {
                let ask = Ask::get(scene.at("runtimeFormLogic", path).await?);
                Ok(scene.with_bearer(ask).await?.status())
            },
        );
    }
}

/// Reads exactly the path the demo reads.
fn feature(json: &Value) -> Option<Value> {
    let account = &json["appDataList"][0]["accountList"]["accountList"][0];
    let data = account["itemsCollection"]["data"].as_array()?;
    let found = data
        .iter()
        .find(|one| one["compoundFeatureID"] == "Common.Async_Messaging")?;
    Some(found["value"]["value"].clone())
}

fn engagement(table: &mut Table) {
    let visit = json!({
        "identities": [{ "iss": "acme", "acr": "loa1", "sub": "crm-engaged" }],
        "clientProperties": { "type": ".ClientProperties", "features": ["RICH_CONTENT"] },
        "entryPoints": ["https://shop.test/help", "sec://support"],
        "engagementAttributes": [{ "type": "ctmrinfo", "info": { "ctype": "gold" } }],
    });
    let mut group = table.of("send-api 7", Documented, Opens);
    let first = visit.clone();
    group.row(
        "an engagement for a visitor",
        "201 json whole expose",
        move |scene| async move {
            let answer = engage(&scene, "", &first).await?;
            let json = answer.json();
            let whole = lacking(
                &json,
                &[
                    "/sessionId",
                    "/visitorId",
                    "/pageId",
                    "/engagementDetails/0/campaignId",
                    "/engagementDetails/0/engagementId",
                    "/engagementDetails/0/engagementRevision",
                    "/engagementDetails/0/contextId",
                    "/engagementDetails/0/connectorId",
                    "/engagementDetails/0/windowId",
                    "/engagementDetails/0/language",
                ],
            );
            let status = json["engagementDetails"][0]["status"]
                .as_str()
                .unwrap_or("?")
                .to_owned();
            Ok(format!(
                "{} {} {whole} {status}",
                answer.status,
                answer.content_type()
            ))
        },
    );
    let again = visit.clone();
    group.row("the same session again", "200", move |scene| async move {
        let known = session(&scene, &again).await?;
        Ok(engage(&scene, &known, &again).await?.status())
    });
    let open = visit;
    group.row(
        "a visitor who has a conversation",
        "200 conversation, its id",
        move |scene| async move {
            let one = scene.sign_up("crm-engaged").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            let known = session(&scene, &open).await?;
            let answer = engage(&scene, &known, &open).await?;
            let details = answer.json()["engagementDetails"][0].take();
            let own = if details["conversationId"] == *id {
                "its id"
            } else {
                "no id"
            };
            Ok(format!(
                "{} {}, {own}",
                answer.status,
                details["status"].as_str().unwrap_or("?")
            ))
        },
    );
    group.row("a visitor without a name", "400 20", |scene| async move {
        let answer = engage(&scene, "", &json!({ "identities": [] })).await?;
        Ok(format!(
            "{} {}",
            answer.status,
            answer.json()["internalCode"]
        ))
    });
    table.of("send-api 7", Documented, Opens).row(
        "the older form of a name",
        "201",
        |scene| async move {
            Ok(engage(&scene, "", &json!({ "consumerId": "crm-older" }))
                .await?
                .status())
        },
    );
}

async fn session(scene: &Scene, visit: &Value) -> Result<String, Trouble> {
    let first = engage(scene, "", visit).await?.expect(201)?.json();
    let word = |name: &str| first[name].as_str().unwrap_or("").to_owned();
    Ok(format!(
        "&vid={}&sid={}",
        word("visitorId"),
        word("sessionId")
    ))
}

async fn engage(scene: &Scene, more: &str, visit: &Value) -> Result<Answer, Trouble> {
    let path = format!("app/{}/engagement?v=1.0{more}", scene.base.client);
    let ask = Ask::post(scene.at("smt", &path).await?).json(visit);
    ask.send(&scene.http).await
}
