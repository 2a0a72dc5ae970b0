//! An agent at work: what is changed of conversations, who they are handed to, profiles, and what is
//! known of all that afterwards.

use serde_json::{Value, json};

use crate::conformance::{
    scene::{SURVEYED, updating},
    seat::{either, has_part, said, word},
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Opens,
        Table, broke,
    },
};

pub(crate) fn rows(table: &mut Table) {
    changes(table);
    handing(table);
    profiles(table);
    aftermath(table);
}

fn changes(table: &mut Table) {
    let change = |kind: &str, role: &str| json!([{ "field": "ParticipantsChange", "type": kind, "role": role }]);
    let mut group = table.of("agent-side 7", Documented, Opens);
    let (join, leave) = (change("ADD", "MANAGER"), change("REMOVE", "MANAGER"));
    group.row(
        "joined and left as manager",
        "200 OK Agent added successfully, told, 200 OK Agent removed successfully",
        move |scene| async move {
            let (seat, id) = scene.waiting("joined").await?;
            let added = said(&seat.update(&id, join).await?);
            let has = |details: &Value| has_part(&details["participants"], "MANAGER", &seat.pid);
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
            let (seat, owned) = scene.owned("changed").await?;
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
        let (seat, id) = scene.waiting("joined twice").await?;
        let first = seat.update(&id, again.clone()).await?;
        let second = seat.update(&id, again).await?;
        Ok(format!("{}, {}", first["code"], second["code"]))
    });
    guessed.row(
        "removing an owner nobody is",
        "400",
        move |scene| async move {
            let (seat, id) = scene.waiting("unowned").await?;
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
            let (seat, owned) = scene.owned("to a skill").await?;
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
            let owned = either(owned, "somebody", "nobody");
            Ok(format!("{}, 3300120016, {owned} assigned", said(&answer)))
        },
    );
    group.row("transfer to an agent", "200 OK Agent removed successfully, SUGGESTED in the dialog, not among participants", |scene| async move {
        let (seat, owned) = scene.owned("to an agent").await?;
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
        let among = either(who.iter().any(|one| one["id"] == *target), "among", "not among");
        Ok(format!("{}, SUGGESTED in the dialog, {among} participants", said(&answer)))
    });
    table.of("agent-side 8", Guess, Opens).row(
        "an agent writes to a consumer it knows",
        "200 conversationId, another one, told, owned by the agent",
        |scene| async move {
            let (seat, owned) = scene.owned("written to").await?;
            let body = json!({ "channelType": "MESSAGING", "consumerId": owned.one.id,
                "conversationContext": { "type": "ProactiveContext", "originConversationId": owned.id } });
            let answer = seat.socket.ask(".ams.cm.AgentRequestConversation", body).await?;
            let id = word(&answer["body"]["conversationId"]);
            let other = either(id == owned.id, "the same", "another");
            let state = scene.hooks()?.state(&id, "the new one", |_| true).await?;
            let who = state["conversationDetails"]["participants"].as_array().cloned().unwrap_or_default();
            let own = who.iter().any(|one| one["role"] == "ASSIGNED_AGENT" && one["id"] == *seat.pid);
            let own = either(own, "the agent", "nobody");
            Ok(format!("{}, {other} one, told, owned by {own}", said(&answer)))
        },
    );
}

fn profiles(table: &mut Table) {
    let mut group = table.of("agent-side 9", Client, Opens);
    group.row("a consumer's profile", "200 Ada, ada@shop.test, ctmrinfo", |scene| async move {
        let (seat, owned) = scene.owned("profiled").await?;
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
                either(empty, "an empty object", "something")
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
            let (_, owned) = scene.owned("in order").await?;
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
            let app = either(dialog["metaData"]["appInstallId"].is_string(), "with", "without");
            let who = dialog["participantsDetails"].as_array().cloned().unwrap_or_default();
            let reader = who.iter().any(|one| one["role"] == "READER" && one["id"] == *seat.full);
            let reader = either(reader, "the former owner", "nobody");
            Ok(format!("{} {}, POST_SURVEY {app} an app, {reader} as READER", word(&details["state"]), word(&details["stage"])))
        },
    );
    table.of("send-api 8", Documented, Opens).row(
        "what an agent did, in the history",
        "back2Q, latest agent, came and left as ASSIGNED_AGENT",
        |scene| async move {
            let (seat, owned) = scene.owned("remembered").await?;
            seat.update(&owned.id, json!([{ "field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT" }])).await?;
            let record = crate::conformance::history::record(&scene, &owned.id).await?;
            let user = seat.full.rsplit('.').next().unwrap_or("");
            let latest = either(record["info"]["latestAgentId"] == *user, "latest agent", "another agent");
            let role = |part: &str| word(&record[part][0]["role"]);
            if role("agentParticipants") != role("agentParticipantsLeave") {
                return Err(broke(record.to_string()));
            }
            Ok(format!("{}, {latest}, came and left as {}", word(&record["transfers"][0]["reason"]), role("agentParticipants")))
        },
    );
}
