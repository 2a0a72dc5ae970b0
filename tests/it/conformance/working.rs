//! An agent at work: rings, conversations, messages, handing on, profiles.

use serde_json::{Value, json};

use crate::conformance::{
    scene::{PROPERTIES, SURVEYED, plain, publishing, updating},
    seat::{CONVERSATIONS, TASKS, said},
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Opens,
        Table, broke,
    },
    wire::{lacking, members},
};

pub(crate) fn rows(table: &mut Table) {
    rings(table);
    conversations(table);
    messages(table);
    publishing_rows(table);
    changes(table);
    handing(table);
    profiles(table);
    aftermath(table);
}

fn rings(table: &mut Table) {
    let mut group = table.of("agent-side 4.1", Client, Opens);
    group.row(
        "a ring",
        "UPSERT whole, WAITING for 72000 ms, -1, rings are an array",
        |scene| async move {
            let seat = scene.seat().await?;
            let one = scene.consumer("rung").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            let change = seat.ring(&id).await?;
            let result = &change["result"];
            let ring = &result["ringsDetails"][0];
            let whole = lacking(
                result,
                &[
                    "/routingTaskId",
                    "/assignedAgentId",
                    "/brandId",
                    "/taskCompleted",
                    "/conversationId",
                    "/consumerId",
                    "/skillId",
                    "/ringsDetails/0/ringId",
                    "/ringsDetails/0/ringExpirationTs",
                    "/ringsDetails/0/weight",
                    "/ringsDetails/0/brandId",
                    "/ringsDetails/0/convId",
                    "/ringsDetails/0/consumerId",
                    "/ringsDetails/0/skillId",
                ],
            );
            let array = if result["ringsDetails"].is_array() {
                "an array"
            } else {
                "none"
            };
            Ok(format!(
                "{} {whole}, {} for {} ms, {}, rings are {array}",
                word(&change["type"]),
                word(&ring["ringState"]),
                ring["ringExpiration"],
                word(&result["skillId"]),
            ))
        },
    );
    let mut documented = table.of("agent-side 4.1", Documented, Opens);
    documented.row(
        "a ring is accepted",
        "202 Ring state updated successfully, ACCEPTED and completed, then DELETE with an array",
        |scene| async move {
            let seat = scene.seat().await?;
            let one = scene.consumer("accepted").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            let ring = seat.ring(&id).await?;
            let answer = seat.answer(&ring, "ACCEPTED").await?;
            let accepted = seat.socket.change(TASKS, |change| {
                let result = &change["result"];
                result["conversationId"] == *id
                    && result["ringsDetails"][0]["ringState"] == "ACCEPTED"
            });
            let accepted = accepted.await?;
            let completed = accepted["result"]["taskCompleted"] == true;
            let completed = if completed {
                "completed"
            } else {
                "not completed"
            };
            let gone = seat.socket.change(TASKS, |change| {
                change["type"] == "DELETE"
                    && change["result"]["routingTaskId"] == ring["result"]["routingTaskId"]
            });
            let array = gone.await?["result"]["ringsDetails"].is_array();
            let array = if array { "an array" } else { "none" };
            Ok(format!(
                "{}, ACCEPTED and {completed}, then DELETE with {array}",
                said(&answer)
            ))
        },
    );
    documented.row(
        "the connector hears who has taken it",
        "ASSIGNED_AGENT by PID",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "heard").await?;
            let has = |details: &Value| {
                let who = details["participants"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                who.iter()
                    .any(|one| one["role"] == "ASSIGNED_AGENT" && one["id"] == *seat.pid)
            };
            scene.hooks()?.state(&owned.id, "the owner", has).await?;
            Ok("ASSIGNED_AGENT by PID".to_owned())
        },
    );
    documented.row(
        "a ring is turned down",
        "202 Ring state updated successfully, REJECTED",
        |scene| async move {
            let seat = scene.seat().await?;
            let one = scene.consumer("rejected").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            let ring = seat.ring(&id).await?;
            let answer = seat.answer(&ring, "REJECTED").await?;
            let ended = seat.socket.change(TASKS, |change| {
                let result = &change["result"];
                result["conversationId"] == *id
                    && result["ringsDetails"][0]["ringState"] == "REJECTED"
            });
            ended.await?;
            Ok(format!("{}, REJECTED", said(&answer)))
        },
    );
    let mut guessed = table.of("agent-side 4.1", Guess, Opens);
    guessed.row("a ring nobody knows", "400", |scene| async move {
        let seat = scene.seat().await?;
        let body = json!({ "ringId": "nothing", "ringState": "ACCEPTED" });
        let answer = seat
            .socket
            .ask(".ams.routing.UpdateRingState", body)
            .await?;
        Ok(answer["code"].to_string())
    });
}

fn conversations(table: &mut Table) {
    const RAW: &[&str] = &[
        "/convId",
        "/effectiveTTR",
        "/conversationDetails/skillId",
        "/conversationDetails/participants/CONSUMER/0",
        "/conversationDetails/participantsPId/CONSUMER/0",
        "/conversationDetails/participants/ASSIGNED_AGENT/0",
        "/conversationDetails/participantsPId/ASSIGNED_AGENT/0",
        "/conversationDetails/dialogs/0/dialogId",
        "/conversationDetails/dialogs/0/participantsDetails/0/id",
        "/conversationDetails/brandId",
        "/conversationDetails/state",
        "/conversationDetails/stage",
        "/conversationDetails/startTs",
        "/conversationDetails/metaDataLastUpdateTs",
        "/conversationDetails/firstConversation",
        "/conversationDetails/ttr/ttrType",
        "/conversationDetails/conversationHandlerDetails/accountId",
        "/lastContentEventNotification/event/message",
        "/numberOfunreadMessages",
        "/lastUpdateTime",
    ];
    let mut group = table.of("agent-side 5.1", Client, Opens);
    group.row(
        "a conversation on the agent socket",
        "whole, full id and PID of the owner, ACTIVE",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "raw").await?;
            let change = seat
                .state(&owned.id, "taken", |details| {
                    details["participants"]["ASSIGNED_AGENT"][0].is_string()
                })
                .await?;
            let result = &change["result"];
            let details = &result["conversationDetails"];
            let right = details["participants"]["ASSIGNED_AGENT"][0] == *seat.full
                && details["participantsPId"]["ASSIGNED_AGENT"][0] == *seat.pid;
            let who = details["dialogs"][0]["participantsDetails"]
                .as_array()
                .into_iter()
                .flatten();
            let found = who.into_iter().find(|one| one["id"] == *seat.full);
            let state = found.map_or("nobody".to_owned(), |one| word(&one["state"]));
            let right = if right {
                "full id and PID"
            } else {
                "other ids"
            };
            Ok(format!(
                "{}, {right} of the owner, {state}",
                lacking(result, RAW)
            ))
        },
    );
    group.row(
        "a closed conversation leaves convState OPEN",
        "DELETE with participants participantsPId dialogs",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "left").await?;
            seat.update(
                &owned.id,
                json!([{ "field": "ConversationStateField", "conversationState": "CLOSE" }]),
            )
            .await?;
            let gone = seat.socket.change(CONVERSATIONS, |change| {
                change["type"] == "DELETE" && change["result"]["convId"] == *owned.id
            });
            let gone = gone.await?;
            let details = &gone["result"]["conversationDetails"];
            let named = ["participants", "participantsPId", "dialogs"];
            let has: Vec<&str> = named
                .into_iter()
                .filter(|name| details[*name].is_object() || details[*name].is_array())
                .collect();
            Ok(format!("DELETE with {}", has.join(" ")))
        },
    );
    let mut filter = table.of("agent-side 5", Guess, Opens);
    filter.row("agentIds: an own conversation comes and goes", "UPSERT, then DELETE", |scene| async move {
        let seat = scene.seat().await?;
        let body = json!({ "convState": ["OPEN"], "agentIds": [seat.full] });
        let subscribed = seat.socket.done(".ams.aam.SubscribeExConversations", body).await?;
        let id = subscribed["subscriptionId"].clone();
        let owned = seat.own(&scene, "filtered").await?;
        seat.update(&owned.id, json!([{ "field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT" }])).await?;
        let mut kinds = Vec::new();
        for kind in ["UPSERT", "DELETE"] {
            let told = seat.socket.told(CONVERSATIONS, |body| {
                let mut all = body["changes"].as_array().into_iter().flatten();
                body["subscriptionId"] == id && all.any(|one| one["type"] == kind && one["result"]["convId"] == *owned.id)
            });
            told.await?;
            kinds.push(kind);
        }
        Ok(kinds.join(", then "))
    });
}

fn messages(table: &mut Table) {
    let mut group = table.of("agent-side 6.1", Client, Opens);
    group.row(
        "a consumer's text at the agent",
        "whole, the metadata, CONSUMER",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "distributed").await?;
            let metadata = json!([{ "type": "ExternalId", "id": "add-blue" }]);
            let mut request = publishing(&owned.id, plain("with metadata"));
            request["metadata"] = metadata.clone();
            scene.send_as(&owned.one, &request).await?.expect(200)?;
            let event = seat
                .event(&owned.id, |body| {
                    body["event"]["message"] == "with metadata"
                })
                .await?;
            let whole = lacking(
                &event,
                &[
                    "/sequence",
                    "/originatorClientProperties",
                    "/originatorId",
                    "/originatorPId",
                    "/originatorMetadata/id",
                    "/originatorMetadata/role",
                    "/serverTimestamp",
                    "/event/type",
                    "/dialogId",
                    "/conversationId",
                    "/messageAudience",
                ],
            );
            let same = if event["metadata"] == metadata {
                "the metadata"
            } else {
                "other metadata"
            };
            Ok(format!(
                "{whole}, {same}, {}",
                word(&event["originatorMetadata"]["role"])
            ))
        },
    );
    group.row(
        "a consumer's typing at the agent",
        "no number, no time: COMPOSING",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "typing").await?;
            let state = json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" });
            scene
                .send_as(&owned.one, &publishing(&owned.id, state))
                .await?
                .expect(200)?;
            let event = seat
                .event(&owned.id, |body| body["event"]["chatState"] == "COMPOSING")
                .await?;
            let (number, time) = (
                event.get("sequence").is_some(),
                event.get("serverTimestamp").is_some(),
            );
            let some = |is: bool, what: &str| format!("{} {what}", if is { "a" } else { "no" });
            Ok(format!(
                "{}, {}: COMPOSING",
                some(number, "number"),
                some(time, "time")
            ))
        },
    );
    group.row(
        "an agent hears its own words",
        "the full id, the PID",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "echoed").await?;
            seat.publish(&owned.id, plain("my own words")).await?;
            let event = seat
                .event(&owned.id, |body| body["event"]["message"] == "my own words")
                .await?;
            let full = if event["originatorId"] == *seat.full {
                "the full id"
            } else {
                "another"
            };
            let pid = if event["originatorPId"] == *seat.pid {
                "the PID"
            } else {
                "another"
            };
            Ok(format!("{full}, {pid}"))
        },
    );
    let mut query = table.of("agent-side 6.2", Guess, Opens);
    for (name, from, expected) in [
        (
            "everything",
            0,
            "200 .ams.ms.QueryMessages$Response from 0, rising",
        ),
        (
            "later ones",
            1,
            "200 .ams.ms.QueryMessages$Response from 1, rising",
        ),
    ] {
        query.row(
            format!("QueryMessages for {name}"),
            expected,
            move |scene| async move {
                let seat = scene.seat().await?;
                let owned = seat.own(&scene, "queried").await?;
                seat.publish(&owned.id, plain("one")).await?;
                seat.publish(&owned.id, plain("two")).await?;
                let body = json!({ "dialogId": owned.id, "newerThanSequence": from });
                let answer = seat.socket.ask(".ams.ms.QueryMessages", body).await?;
                let all = answer["body"].as_array().cloned().unwrap_or_default();
                let numbers: Vec<u64> = all
                    .iter()
                    .filter_map(|one| one["sequence"].as_u64())
                    .collect();
                let rising = if numbers.is_sorted() {
                    "rising"
                } else {
                    "mixed"
                };
                let first = numbers.first().copied().unwrap_or(99);
                Ok(format!(
                    "{} {} from {first}, {rising}",
                    answer["code"],
                    word(&answer["type"])
                ))
            },
        );
    }
}

fn publishing_rows(table: &mut Table) {
    let mut group = table.of("agent-side 6.3", Documented, Opens);
    group.row(
        "an agent's text at the connector",
        "200 sequence, ASSIGNED_AGENT by PID, ALL",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "answered").await?;
            let answer = seat.publish(&owned.id, plain("Yes, two left.")).await?;
            let number = answer["body"]["sequence"]
                .as_u64()
                .ok_or_else(|| broke(answer.to_string()))?;
            let change = scene
                .hooks()?
                .event(&owned.id, number)
                .await?
                .change()
                .clone();
            let pid = if change["originatorId"] == *seat.pid {
                "PID"
            } else {
                "another id"
            };
            Ok(format!(
                "{}, {} by {pid}, {}",
                said(&answer),
                word(&change["originatorMetadata"]["role"]),
                word(&change["messageAudience"])
            ))
        },
    );
    group.row(
        "structured content, quick replies and metadata at the connector",
        "the same content, replies and metadata",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "shown").await?;
            let content =
                json!({ "type": "vertical", "elements": [{ "type": "text", "text": "Pick one" }] });
            let replies = json!({ "type": "quickReplies", "itemsPerRow": 3, "replies": [] });
            let metadata = json!([{ "type": "ExternalId", "id": "card-31" }]);
            let event =
                json!({ "type": "RichContentEvent", "content": content, "quickReplies": replies });
            let body = json!({ "dialogId": owned.id, "event": event });
            let answer = seat
                .socket
                .ask_with(".ams.ms.PublishEvent", body, Some(metadata.clone()))
                .await?;
            let number = answer["body"]["sequence"]
                .as_u64()
                .ok_or_else(|| broke(answer.to_string()))?;
            let change = scene
                .hooks()?
                .event(&owned.id, number)
                .await?
                .change()
                .clone();
            let same = change["event"]["content"] == content
                && change["event"]["quickReplies"] == replies
                && change["metadata"] == metadata;
            Ok(if same {
                "the same content, replies and metadata".to_owned()
            } else {
                change.to_string()
            })
        },
    );
    group.row(
        "an agent's READ at the connector",
        "READ [0]",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "read").await?;
            let event =
                json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0] });
            let answer = seat.publish(&owned.id, event).await?;
            let number = answer["body"]["sequence"]
                .as_u64()
                .ok_or_else(|| broke(answer.to_string()))?;
            let change = scene
                .hooks()?
                .event(&owned.id, number)
                .await?
                .change()
                .clone();
            Ok(format!(
                "{} {}",
                word(&change["event"]["status"]),
                change["event"]["sequenceList"]
            ))
        },
    );
    group.row("an agent's typing", "200 0", |scene| async move {
        let seat = scene.seat().await?;
        let owned = seat.own(&scene, "composed").await?;
        let answer = seat
            .publish(
                &owned.id,
                json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" }),
            )
            .await?;
        Ok(format!("{} {}", answer["code"], answer["body"]["sequence"]))
    });
    group.row("a note between agents never looks like a message", "AGENTS_AND_MANAGERS, or not told", |scene| async move {
        let seat = scene.seat().await?;
        let owned = seat.own(&scene, "noted").await?;
        let body = json!({ "dialogId": owned.id, "event": plain("between us"), "messageAudience": "AGENTS_AND_MANAGERS" });
        seat.socket.done(".ams.ms.PublishEvent", body).await?;
        let after = seat.publish(&owned.id, plain("for all")).await?;
        let number = after["body"]["sequence"].as_u64().ok_or_else(|| broke(after.to_string()))?;
        let hooks = scene.hooks()?;
        hooks.event(&owned.id, number).await?;
        let shown = hooks.notes().into_iter().any(|note| {
            let change = note.change();
            change["event"]["message"] == "between us" && change["messageAudience"] != "AGENTS_AND_MANAGERS"
        });
        Ok(if shown { "told to all" } else { "AGENTS_AND_MANAGERS, or not told" }.to_owned())
    });
    group.row(
        "publishing where one has not joined",
        "400 Agent does not exist in conversation",
        |scene| async move {
            let seat = scene.seat().await?;
            let one = scene.consumer("unjoined").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            let answer = seat.publish(&id, plain("may I?")).await?;
            let text = match &answer["body"] {
                Value::String(text) => text.clone(),
                body => word(&body["details"]),
            };
            Ok(format!("{} {text}", answer["code"]))
        },
    );
}

fn changes(table: &mut Table) {
    let change = |kind: &str, role: &str| json!([{ "field": "ParticipantsChange", "type": kind, "role": role }]);
    let mut group = table.of("agent-side 7", Documented, Opens);
    let (join, leave) = (change("ADD", "MANAGER"), change("REMOVE", "MANAGER"));
    group.row(
        "joined and left as manager",
        "200 OK Agent added successfully, told, 200 OK Agent removed successfully",
        move |scene| async move {
            let seat = scene.seat().await?;
            let one = scene.consumer("joined").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            let added = said(&seat.update(&id, join).await?);
            let has = |details: &Value| {
                let who = details["participants"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                who.iter()
                    .any(|one| one["role"] == "MANAGER" && one["id"] == *seat.pid)
            };
            scene.hooks()?.state(&id, "the manager", has).await?;
            let removed = said(&seat.update(&id, leave).await?);
            Ok(format!("{added}, told, {removed}"))
        },
    );
    for (name, fields, expected) in [
        (
            "back to the queue",
            change("REMOVE", "ASSIGNED_AGENT"),
            "200 OK Agent removed successfully",
        ),
        (
            "the conversation is closed",
            json!([{ "field": "ConversationStateField", "conversationState": "CLOSE" }]),
            "200 OK Conversation resolved successfully",
        ),
        (
            "the MAIN dialog is closed",
            json!([{ "field": "DialogChange", "type": "UPDATE", "dialog": { "dialogId": "{c}", "state": "CLOSE", "closedCause": "AGENT" } }]),
            "200 OK Conversation resolved successfully",
        ),
    ] {
        group.row(name, expected, move |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "changed").await?;
            let fields = fields.to_string().replace("{c}", &owned.id);
            Ok(said(
                &seat
                    .update(&owned.id, serde_json::from_str(&fields)?)
                    .await?,
            ))
        });
    }
    let mut guessed = table.of("agent-side 7", Guess, Opens);
    let (again, nobody) = (change("ADD", "MANAGER"), change("REMOVE", "ASSIGNED_AGENT"));
    guessed.row("joining twice", "200, 200", move |scene| async move {
        let seat = scene.seat().await?;
        let one = scene.consumer("joined twice").await?;
        let id = scene.open(&one, PROPERTIES, "-1").await?;
        let first = seat.update(&id, again.clone()).await?;
        let second = seat.update(&id, again).await?;
        Ok(format!("{}, {}", first["code"], second["code"]))
    });
    guessed.row(
        "removing an owner nobody is",
        "400",
        move |scene| async move {
            let seat = scene.seat().await?;
            let one = scene.consumer("unowned").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            Ok(seat.update(&id, nobody).await?["code"].to_string())
        },
    );
}

fn handing(table: &mut Table) {
    let mut group = table.of("agent-side 7", Documented, Opens);
    group.row(
        "transfer to a skill",
        "200 OK Agent removed successfully, 3300120016, nobody assigned",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "to a skill").await?;
            let fields = json!([
                { "field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT" },
                { "field": "Skill", "type": "UPDATE", "skill": "3300120016" },
            ]);
            let answer = seat.update(&owned.id, fields).await?;
            let state = scene
                .hooks()?
                .state(&owned.id, "the skill", |details| {
                    details["skillId"] == "3300120016"
                })
                .await?;
            let who = state["conversationDetails"]["participants"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let owned = who.iter().any(|one| one["role"] == "ASSIGNED_AGENT");
            let owned = if owned { "somebody" } else { "nobody" };
            Ok(format!("{}, 3300120016, {owned} assigned", said(&answer)))
        },
    );
    group.row("transfer to an agent", "200 OK Agent removed successfully, SUGGESTED in the dialog, not among participants", |scene| async move {
        let seat = scene.seat().await?;
        let owned = seat.own(&scene, "to an agent").await?;
        let target = word(&scene.admin().await?.body["config"]["userPid"]);
        let fields = json!([
            { "field": "ParticipantsChange", "type": "SUGGEST", "role": "ASSIGNED_AGENT", "userId": target },
            { "field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT" },
        ]);
        let answer = seat.update(&owned.id, fields).await?;
        let suggested = |details: &Value| {
            let who = details["dialogs"][0]["participantsDetails"].as_array().cloned().unwrap_or_default();
            who.iter().any(|one| one["state"] == "SUGGESTED" && one["id"] == *target)
        };
        let state = scene.hooks()?.state(&owned.id, "the suggestion", suggested).await?;
        let who = state["conversationDetails"]["participants"].as_array().cloned().unwrap_or_default();
        let among = if who.iter().any(|one| one["id"] == *target) { "among" } else { "not among" };
        Ok(format!("{}, SUGGESTED in the dialog, {among} participants", said(&answer)))
    });
    table.of("agent-side 8", Guess, Opens).row(
        "an agent writes to a consumer it knows",
        "200 conversationId, another one, told, owned by the agent",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "written to").await?;
            let body = json!({ "channelType": "MESSAGING", "consumerId": owned.one.id,
                "conversationContext": { "type": "ProactiveContext", "originConversationId": owned.id } });
            let answer = seat.socket.ask(".ams.cm.AgentRequestConversation", body).await?;
            let id = word(&answer["body"]["conversationId"]);
            let other = if id == owned.id { "the same" } else { "another" };
            let state = scene.hooks()?.state(&id, "the new one", |_| true).await?;
            let who = state["conversationDetails"]["participants"].as_array().cloned().unwrap_or_default();
            let own = who.iter().any(|one| one["role"] == "ASSIGNED_AGENT" && one["id"] == *seat.pid);
            let own = if own { "the agent" } else { "nobody" };
            Ok(format!("{}, {other} one, told, owned by {own}", said(&answer)))
        },
    );
}

fn profiles(table: &mut Table) {
    let mut group = table.of("agent-side 9", Client, Opens);
    group.row("a consumer's profile", "200 Ada, ada@shop.test, ctmrinfo", |scene| async move {
        let seat = scene.seat().await?;
        let owned = seat.own(&scene, "profiled").await?;
        let body = json!({ "firstName": "Ada", "privateData": { "mail": "ada@shop.test" },
            "authenticatedData": { "lp_sdes": [{ "type": "ctmrinfo", "info": { "socialId": "so-77" } }] } });
        let request = json!({ "kind": "req", "id": "3", "type": "userprofile.SetUserProfile", "body": body });
        scene.send_as(&owned.one, &request).await?.expect(200)?;
        let answer = seat.socket.ask(".ams.userprofile.GetUserProfile", json!(owned.one.id)).await?;
        let body = &answer["body"];
        let sde = word(&body["authenticatedData"]["lp_sdes"][0]["type"]);
        Ok(format!("{} {}, {}, {sde}", answer["code"], word(&body["firstName"]), word(&body["privateData"]["email"])))
    });
    group.row(
        "the profile of a consumer nobody knows",
        "200 an empty object",
        |scene| async move {
            let seat = scene.seat().await?;
            let answer = seat
                .socket
                .ask(".ams.userprofile.GetUserProfile", json!("nobody"))
                .await?;
            let empty = answer["body"] == json!({});
            Ok(format!(
                "{} {}",
                answer["code"],
                if empty {
                    "an empty object"
                } else {
                    "something"
                }
            ))
        },
    );
    group.row(
        "the name of the profile's answer",
        ".ams.userprofile.GetUserProfile$Response",
        |scene| async move {
            let seat = scene.seat().await?;
            let answer = seat
                .socket
                .ask(".ams.userprofile.GetUserProfile", json!("nobody"))
                .await?;
            Ok(word(&answer["type"]))
        },
    );
}

fn aftermath(table: &mut Table) {
    table.of("webhooks 5", Client, Opens).row(
        "who stands first among those who take part",
        "CONSUMER, CONSUMER; ASSIGNED_AGENT CONSUMER, CONSUMER ASSIGNED_AGENT",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "in order").await?;
            let roles = |who: &Value| {
                let who = who.as_array().cloned().unwrap_or_default();
                let roles: Vec<_> = who.iter().map(|one| word(&one["role"])).collect();
                roles.join(" ")
            };
            let mut states = Vec::new();
            for owned_by in [false, true] {
                let state = scene.hooks()?.state(&owned.id, "its state", |details| {
                    roles(&details["participants"]).contains("ASSIGNED_AGENT") == owned_by
                });
                let details = state.await?["conversationDetails"].take();
                states.push(format!(
                    "{}, {}",
                    roles(&details["participants"]),
                    roles(&details["dialogs"][0]["participantsDetails"])
                ));
            }
            Ok(states.join("; "))
        },
    );
    table.of("agent-side 10", Documented, Opens).row(
        "a survey on the agent socket",
        "CLOSE OPEN, POST_SURVEY with an app, the former owner as READER",
        |scene| async move {
            let seat = scene.seat().await?;
            let body = json!({ "stage": ["OPEN"] });
            seat.socket.done(".ams.aam.SubscribeExConversations", body).await?;
            let owned = seat.own_with(&scene, "surveyed by socket", SURVEYED).await?;
            let field = json!({ "field": "DialogChange", "type": "UPDATE", "dialog": { "dialogId": owned.id, "state": "CLOSE" } });
            let ask = scene.ask_as(&owned.one, "conversation/send?v=3").await?;
            let ask = ask.header("client-properties", SURVEYED);
            ask.body(updating(&owned.id, field).to_string()).send(&scene.http).await?.expect(200)?;
            let survey = |details: &Value| {
                let all = details["dialogs"].as_array().cloned().unwrap_or_default();
                all.into_iter().find(|one| one["dialogType"] == "POST_SURVEY")
            };
            let change = seat.state(&owned.id, "the survey", |details| survey(details).is_some()).await?;
            let details = &change["result"]["conversationDetails"];
            let dialog = survey(details).unwrap_or_default();
            let app = if dialog["metaData"]["appInstallId"].is_string() { "with" } else { "without" };
            let who = dialog["participantsDetails"].as_array().cloned().unwrap_or_default();
            let reader = who.iter().any(|one| one["role"] == "READER" && one["id"] == *seat.full);
            let reader = if reader { "the former owner" } else { "nobody" };
            Ok(format!("{} {}, POST_SURVEY {app} an app, {reader} as READER", word(&details["state"]), word(&details["stage"])))
        },
    );
    table.of("send-api 8", Documented, Opens).row(
        "what an agent did, in the history",
        "back2Q, latest agent, came and left as ASSIGNED_AGENT",
        |scene| async move {
            let seat = scene.seat().await?;
            let owned = seat.own(&scene, "remembered").await?;
            seat.update(&owned.id, json!([{ "field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT" }])).await?;
            let record = crate::conformance::history::record(&scene, &owned.id).await?;
            let user = seat.full.rsplit('.').next().unwrap_or("");
            let latest = if record["info"]["latestAgentId"] == *user { "latest agent" } else { "another agent" };
            let role = |part: &str| word(&record[part][0]["role"]);
            if role("agentParticipants") != role("agentParticipantsLeave") {
                return Err(broke(record.to_string()));
            }
            Ok(format!("{}, {latest}, came and left as {}", word(&record["transfers"][0]["reason"]), role("agentParticipants")))
        },
    );
}

fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| members(value), ToOwned::to_owned)
}
