//! The agent socket: handshake, envelopes, requests, their answers.

use serde_json::{Value, json};

use crate::conformance::{
    scene::Scene,
    seat::said,
    socket::Socket,
    table::{
        Basis::{Client, Documented, Guess},
        Effect::{Opens, Reads},
        Table, Trouble, broke,
    },
    wire::members,
};

/// Type names no response and no notification may carry.
const REQUESTS: [&str; 7] = [
    ".ams.cm.UpdateConversationField",
    ".ams.routing.SetAgentState",
    ".ams.aam.SubscribeExConversations",
    ".ams.routing.SubscribeRoutingTasks",
    ".ams.routing.SubscribeAgentsState",
    ".ams.cm.AgentRequestConversation",
    "ms.SubscribeMessagingEvents",
];

pub(crate) fn rows(table: &mut Table) {
    handshake(table);
    envelopes(table);
    requests(table);
}

async fn enter(scene: &Scene) -> Result<Socket, Trouble> {
    Socket::enter(scene, &scene.agent().await?.bearer).await
}

fn full(scene: &Scene, config: &Value) -> String {
    format!(
        "{}.{}",
        scene.base.account,
        config["userId"].as_str().unwrap_or("?")
    )
}

fn handshake(table: &mut Table) {
    for (service, query) in [
        ("asyncMessagingEnt", "?v=2.1"),
        ("asyncMessagingEnt", "?v=2.0"),
        ("asyncMessagingEnt", "?v=2"),
        ("facadeMsg", "?v=2.1"),
    ] {
        let mut group = table.of("agent-side 1", Client, Reads);
        group.row(
            format!("a socket at {service} with {query}"),
            "open",
            move |scene| async move {
                let bearer = &scene.agent().await?.bearer;
                Ok(match Socket::open(&scene, service, bearer, query).await? {
                    Ok(_) => "open".to_owned(),
                    Err(status) => format!("refused with {status}"),
                })
            },
        );
    }
    table.of("agent-side 1", Client, Reads).row(
        "a socket with a bad token",
        "refused with 401",
        |scene| async move {
            let opened =
                Socket::open(&scene, "asyncMessagingEnt", "0123456789abcdef", "?v=2.1").await?;
            Ok(match opened {
                Ok(_) => "open".to_owned(),
                Err(status) => format!("refused with {status}"),
            })
        },
    );
    table.of("agent-side 1.2", Guess, Reads).row(
        "a socket whose session is logged out",
        "4401",
        |scene| async move {
            let none = || Trouble::NotRun("no login of an agent's".to_owned());
            let login = scene.base.agent.clone().ok_or_else(none)?;
            let entered = scene.log_in(&login).await?;
            let socket = Socket::enter(&scene, &entered.bearer).await?;
            let url = scene.at("agentVep", "logout").await?;
            let ask = crate::conformance::wire::Ask::post(url).header("cookie", &entered.cookie);
            ask.json(&json!({ "csrf": entered.csrf }))
                .send(&scene.http)
                .await?;
            Ok(socket.closed().await?.to_string())
        },
    );
}

fn envelopes(table: &mut Table) {
    let mut group = table.of("agent-side 2", Documented, Reads);
    for kind in [".GetClock", "GetClock"] {
        group.row(
            format!("the answer to {kind}"),
            "resp 200 currentTime, and nothing came before it",
            move |scene| async move {
                let socket = enter(&scene).await?;
                let answer = socket.ask(kind, json!({})).await?;
                let first = socket.frames().first() == Some(&answer);
                let first = if first { "nothing" } else { "something" };
                let word = answer["kind"].as_str().unwrap_or("?");
                Ok(format!(
                    "{word} {} {}, and {first} came before it",
                    answer["code"],
                    members(&answer["body"])
                ))
            },
        );
    }
    group.row("members nobody understands", "200", |scene| async move {
        let socket = enter(&scene).await?;
        let frame = json!({ "kind": "req", "id": "odd", "type": ".GetClock", "body": {}, "headers": { "a": true },
            "metadata": null, "encodedMetadata": "" });
        socket.send(&frame.to_string()).await?;
        let answer = socket.frame("an answer", |frame| frame["reqId"] == "odd").await?;
        Ok(answer["code"].to_string())
    });
    group.row("an unknown type", "400, answered", |scene| async move {
        let socket = enter(&scene).await?;
        let answer = socket.ask(".ams.ms.Dance", json!({})).await?;
        Ok(format!("{}, answered", answer["code"]))
    });
    table.of("agent-side 2", Client, Opens).row(
        "no answer and no notification has a request's name",
        "none",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "names").await?;
            seat.update(
                &owned.id,
                json!([{ "field": "TTRField", "ttrType": "URGENT", "value": 60 }]),
            )
            .await?;
            let body = json!({ "brandId": scene.base.account, "agentId": seat.full });
            seat.socket
                .ask(".ams.routing.SubscribeAgentsState", body)
                .await?;
            let frames = seat.socket.frames();
            let bad = frames
                .iter()
                .find(|frame| REQUESTS.iter().any(|name| frame["type"] == *name));
            Ok(bad.map_or("none".to_owned(), ToString::to_string))
        },
    );
}

fn requests(table: &mut Table) {
    table.of("agent-side 3", Documented, Reads).row(
        "the clock",
        "a time of today",
        |scene| async move {
            let socket = enter(&scene).await?;
            let body = socket.done(".GetClock", json!({})).await?;
            let now = body["currentTime"]
                .as_i64()
                .ok_or_else(|| broke(body.to_string()))?;
            let here = jiff::Timestamp::now().as_millisecond();
            let near = now.abs_diff(here) < 24 * 60 * 60 * 1000;
            Ok(if near {
                "a time of today".to_owned()
            } else {
                now.to_string()
            })
        },
    );
    let mut states = table.of("agent-side 3", Documented, Opens);
    for availability in ["OCCUPIED", "AWAY", "BACK_SOON", "OFFLINE", "ONLINE"] {
        states.row(format!("SetAgentState {availability}"), "202 Agent state updated successfully, and the history knows", move |scene| async move {
            let seat = scene.seat().await?;
            let body = json!({ "availability": availability, "channels": ["MESSAGING"], "agentUserId": seat.full });
            let answer = seat.socket.ask(".ams.routing.SetAgentState", body).await?;
            let known = crate::conformance::history::status::status_of(&scene, &seat.full).await?;
            let verb = if known == availability { "knows" } else { &known };
            Ok(format!("{}, and the history {verb}", said(&answer)))
        });
    }
    states.row("an unknown availability", "400", |scene| async move {
        let seat = scene.seat().await?;
        let body = json!({ "availability": "ASLEEP", "channels": ["MESSAGING"], "agentUserId": seat.full });
        let answer = seat.socket.ask(".ams.routing.SetAgentState", body).await?;
        Ok(answer["code"].to_string())
    });
    let mut subscribing = table.of("agent-side 3", Documented, Reads);
    for (kind, body, notification) in [
        (
            ".ams.aam.SubscribeExConversations",
            json!({ "convState": ["OPEN"], "agentIds": ["{full}"] }),
            ".ams.aam.ExConversationChangeNotification",
        ),
        (
            ".ams.routing.SubscribeRoutingTasks",
            json!({ "channelType": "MESSAGING", "agentId": "{full}", "brandId": "{a}" }),
            ".ams.routing.RoutingTaskNotification",
        ),
        (
            ".ams.routing.SubscribeAgentsState",
            json!({ "agentId": "{full}", "brandId": "{a}" }),
            ".ams.routing.AgentStateNotification",
        ),
    ] {
        subscribing.row(
            kind,
            "200 subscriptionId, then a notification with it and an array",
            move |scene| async move {
                let config = &scene.agent().await?.body["config"];
                let body = body
                    .to_string()
                    .replace("{full}", &full(&scene, config))
                    .replace("{a}", &scene.base.account);
                let socket = enter(&scene).await?;
                let answer = socket.ask(kind, serde_json::from_str(&body)?).await?;
                let id = answer["body"]["subscriptionId"].clone();
                let told = socket
                    .told(notification, |body| body["subscriptionId"] == id)
                    .await?;
                let array = if told["body"]["changes"].is_array() {
                    "an array"
                } else {
                    "none"
                };
                let frames = socket.frames();
                let place = |frame: &Value| frames.iter().position(|one| one == frame);
                let then = if place(&answer) < place(&told) {
                    "then"
                } else {
                    "before it"
                };
                Ok(format!(
                    "{}, {then} a notification with it and {array}",
                    said(&answer)
                ))
            },
        );
    }
    subscribing.row("a subscription is ended", "a success", |scene| async move {
        let socket = enter(&scene).await?;
        let body = socket
            .done(
                ".ams.aam.SubscribeExConversations",
                json!({ "convState": ["OPEN"] }),
            )
            .await?;
        let ended = json!({ "subscriptionId": body["subscriptionId"] });
        socket
            .done(".ams.aam.UnsubscribeExConversations", ended)
            .await?;
        Ok("a success".to_owned())
    });
    let mut guessed = table.of("agent-side 3", Guess, Reads);
    for (kind, expected) in [
        (".ams.routing.UpdateRoutingTaskSubscription", "200"),
        (".ams.ms.token.GenerateDownloadToken", "400"),
    ] {
        guessed.row(kind, expected, move |scene| async move {
            let socket = enter(&scene).await?;
            let answer = socket.ask(kind, json!({ "subscriptionId": "x" })).await?;
            Ok(answer["code"].to_string())
        });
    }
    files(table);
}

fn files(table: &mut Table) {
    table.of("agent-side 3", Documented, Opens).row(
        "an upload address for an agent",
        "200 queryParams relativePath",
        |scene| async move {
            let socket = enter(&scene).await?;
            let body = json!({ "fileSize": 5020, "fileType": "JPEG" });
            Ok(said(
                &socket.ask(".ams.ms.GenerateURLForUploadFile", body).await?,
            ))
        },
    );
    table.of("edge-cases 7", Client, Opens).row(
        "a download address of nothing for an agent",
        "500",
        |scene| async move {
            let socket = enter(&scene).await?;
            let body = json!({ "relativePath": "/v1/AUTH_async-images/none/x.PNG" });
            let answer = socket
                .ask(".ams.ms.GenerateURLForDownloadFile", body)
                .await?;
            Ok(answer["code"].to_string())
        },
    );
}
