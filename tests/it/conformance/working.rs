//! An agent at work: rings, conversations, messages.

use serde_json::{Value, json};

use crate::conformance::{
    scene::{plain, publishing},
    seat::{CONVERSATIONS, TASKS, either, has_part, said, word},
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Opens,
        Table, broke,
    },
    wire::lacking,
};

pub(crate) fn rows(table: &mut Table) {
    rings(table);
    conversations(table);
    messages(table);
    publishing_rows(table);
}

fn rings(table: &mut Table) {
    let mut group = table.of("agent-side 4.1", Client, Opens);
    group.row(
        "a ring",
        "UPSERT whole, WAITING for 72000 ms, -1, rings are an array",
        |scene| async move {
            let (seat, id) = scene.waiting("rung").await?;
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
            let array = either(result["ringsDetails"].is_array(), "an array", "none");
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
            let (seat, id) = scene.waiting("accepted").await?;
            let ring = seat.ring(&id).await?;
            let answer = seat.answer(&ring, "ACCEPTED").await?;
            let accepted = seat.socket.change(TASKS, |change| {
                let result = &change["result"];
                result["conversationId"] == *id
                    && result["ringsDetails"][0]["ringState"] == "ACCEPTED"
            });
            let accepted = accepted.await?;
            let completed = accepted["result"]["taskCompleted"] == true;
            let completed = either(completed, "completed", "not completed");
            let gone = seat.socket.change(TASKS, |change| {
                change["type"] == "DELETE"
                    && change["result"]["routingTaskId"] == ring["result"]["routingTaskId"]
            });
            let array = gone.await?["result"]["ringsDetails"].is_array();
            let array = either(array, "an array", "none");
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
            let (seat, owned) = scene.owned("heard").await?;
            let has =
                |details: &Value| has_part(&details["participants"], "ASSIGNED_AGENT", &seat.pid);
            scene.hooks()?.state(&owned.id, "the owner", has).await?;
            Ok("ASSIGNED_AGENT by PID".to_owned())
        },
    );
    documented.row(
        "a ring is turned down",
        "202 Ring state updated successfully, REJECTED",
        |scene| async move {
            let (seat, id) = scene.waiting("rejected").await?;
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
            let (seat, owned) = scene.owned("raw").await?;
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
            let right = either(right, "full id and PID", "other ids");
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
            let (seat, owned) = scene.owned("left").await?;
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
            let (seat, owned) = scene.owned("distributed").await?;
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
            let same = either(
                event["metadata"] == metadata,
                "the metadata",
                "other metadata",
            );
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
            let (seat, owned) = scene.owned("typing").await?;
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
            let some = |is: bool, what: &str| format!("{} {what}", either(is, "a", "no"));
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
            let (seat, owned) = scene.owned("echoed").await?;
            seat.publish(&owned.id, plain("my own words")).await?;
            let event = seat
                .event(&owned.id, |body| body["event"]["message"] == "my own words")
                .await?;
            let full = either(
                event["originatorId"] == *seat.full,
                "the full id",
                "another",
            );
            let pid = either(event["originatorPId"] == *seat.pid, "the PID", "another");
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
                let (seat, owned) = scene.owned("queried").await?;
                seat.publish(&owned.id, plain("one")).await?;
                seat.publish(&owned.id, plain("two")).await?;
                let body = json!({ "dialogId": owned.id, "newerThanSequence": from });
                let answer = seat.socket.ask(".ams.ms.QueryMessages", body).await?;
                let all = answer["body"].as_array().cloned().unwrap_or_default();
                let numbers: Vec<u64> = all
                    .iter()
                    .filter_map(|one| one["sequence"].as_u64())
                    .collect();
                let rising = either(numbers.is_sorted(), "rising", "mixed");
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
            let (seat, owned) = scene.owned("answered").await?;
            let answer = seat.publish(&owned.id, plain("Yes, two left.")).await?;
            let change = scene.change(&owned.id, &answer).await?;
            let pid = either(change["originatorId"] == *seat.pid, "PID", "another id");
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
            let (seat, owned) = scene.owned("shown").await?;
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
            let change = scene.change(&owned.id, &answer).await?;
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
            let (seat, owned) = scene.owned("read").await?;
            let event =
                json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0] });
            let answer = seat.publish(&owned.id, event).await?;
            let change = scene.change(&owned.id, &answer).await?;
            Ok(format!(
                "{} {}",
                word(&change["event"]["status"]),
                change["event"]["sequenceList"]
            ))
        },
    );
    group.row("an agent's typing", "200 0", |scene| async move {
        let (seat, owned) = scene.owned("composed").await?;
        let answer = seat
            .publish(
                &owned.id,
                json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" }),
            )
            .await?;
        Ok(format!("{} {}", answer["code"], answer["body"]["sequence"]))
    });
    group.row("a note between agents never looks like a message", "AGENTS_AND_MANAGERS, or not told", |scene| async move {
        let (seat, owned) = scene.owned("noted").await?;
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
        Ok(either(shown, "told to all", "AGENTS_AND_MANAGERS, or not told").to_owned())
    });
    group.row(
        "publishing where one has not joined",
        "400 Agent does not exist in conversation",
        |scene| async move {
            let (seat, id) = scene.waiting("unjoined").await?;
            let answer = seat.publish(&id, plain("may I?")).await?;
            let text = match &answer["body"] {
                Value::String(text) => text.clone(),
                body => word(&body["details"]),
            };
            Ok(format!("{} {text}", answer["code"]))
        },
    );
}
