//! The status of agents.

use serde_json::{Value, json};

use crate::conformance::{
    history::{STATUS, search},
    scene::Scene,
    table::{Basis::Documented, Effect::Opens, Table, Trouble},
    wire::{lacking, members},
};

pub(super) fn rows(table: &mut Table) {
    const WHOLE: &[&str] = &[
        "/agentId",
        "/agentName",
        "/agentNickname",
        "/agentLoginName",
        "/agentSkills/0/skillId",
        "/agentSkills/0/skillName",
        "/agentGroupId",
        "/agentGroupName",
        "/currentStatus",
        "/currentConnectionState",
        "/agentPresence",
        "/load",
        "/ringingSlots",
        "/busySlots",
        "/openAssignedConversations",
        "/lastUpdatedTime",
        "/lastUpdatedTimeL",
    ];
    let mut group = table.of("send-api 8", Documented, Opens);
    group.row(
        "the status of an agent by user id",
        "200 json _metadata accountID agentStatusRecords, 1 of 1 whole, the one that was asked for",
        |scene| async move {
            let id = seated(&scene).await?;
            let answer = search(&scene, STATUS, &json!({ "agentIds": [id] })).await?;
            let json = answer.json();
            let one = &json["agentStatusRecords"][0];
            let same = if one["agentId"] == *id {
                "the one"
            } else {
                "not the one"
            };
            Ok(format!(
                "{} {} {}, {} of {} {}, {same} that was asked for",
                answer.status,
                answer.content_type(),
                members(&json),
                json["agentStatusRecords"].as_array().map_or(0, Vec::len),
                json["_metadata"]["count"],
                lacking(one, WHOLE)
            ))
        },
    );
    for (name, filter, expected) in [
        ("no filter", json!({}), "in it"),
        (
            "another status",
            json!({ "Status": ["BACK_SOON"] }),
            "not in it",
        ),
        ("another skill", json!({ "skillIds": ["77"] }), "not in it"),
        ("the main group", json!({ "agentGroupIds": [-1] }), "in it"),
        (
            "another group",
            json!({ "agentGroupIds": ["7"] }),
            "not in it",
        ),
    ] {
        group.row(
            format!("the status of agents with {name}"),
            expected,
            move |scene| async move {
                let id = seated(&scene).await?;
                let answer = search(&scene, STATUS, &filter).await?.expect(200)?.json();
                let all = answer["agentStatusRecords"].as_array().cloned();
                let found = all
                    .unwrap_or_default()
                    .iter()
                    .any(|one| one["agentId"] == *id);
                Ok(if found { "in it" } else { "not in it" }.to_owned())
            },
        );
    }
    group.row(
        "a page of the status of agents",
        "1 of all of them, next",
        |scene| async move {
            seated(&scene).await?;
            let path = format!("{STATUS}?offset=0&limit=1");
            let one = search(&scene, &path, &json!({})).await?.expect(200)?.json();
            let all = search(&scene, STATUS, &json!({}))
                .await?
                .expect(200)?
                .json();
            let length = |json: &Value| json["agentStatusRecords"].as_array().map_or(0, Vec::len);
            let same = one["_metadata"]["count"] == json!(length(&all));
            let of = if same {
                "of all of them"
            } else {
                "of another number"
            };
            let more = one["_metadata"]["next"]["href"].is_string() || length(&all) == 1;
            let more = if more { "next" } else { "no next" };
            Ok(format!("{} {of}, {more}", length(&one)))
        },
    );
    group.row(
        "a summary of the agents",
        "200 accountID summaryResults, whole, somebody is ONLINE or AWAY",
        |scene| async move {
            seated(&scene).await?;
            let answer = search(&scene, "agent-view/summary", &json!({})).await?;
            let json = answer.json();
            let results = &json["summaryResults"];
            let whole = lacking(
                results,
                &[
                    "/openAssignedConversations",
                    "/weightedAvgLoad",
                    "/minLoad",
                    "/maxLoad",
                    "/minConfiguredMaxSlots",
                    "/maxConfiguredMaxSlots",
                    "/numAwayAgents",
                    "/numBackSoonAgents",
                    "/numOnlineAgents",
                ],
            );
            let number = |name: &str| results[name].as_u64().unwrap_or(0);
            let anybody = number("numOnlineAgents") + number("numAwayAgents") > 0;
            let anybody = if anybody { "somebody" } else { "nobody" };
            Ok(format!(
                "{} {}, {whole}, {anybody} is ONLINE or AWAY",
                answer.status,
                members(&json)
            ))
        },
    );
}

/// The user id of the agent of this run, who has a socket open.
async fn seated(scene: &Scene) -> Result<String, Trouble> {
    let full = &scene.seat().await?.full;
    Ok(full.rsplit('.').next().unwrap_or(full).to_owned())
}

/// What the history says an agent is doing, by full id.
pub(crate) async fn status_of(scene: &Scene, full: &str) -> Result<String, Trouble> {
    let id = full.rsplit('.').next().unwrap_or(full);
    let answer = search(scene, STATUS, &json!({ "agentIds": [id] })).await?;
    let answer = answer.expect(200)?.json();
    crate::conformance::wire::text(&answer, "/agentStatusRecords/0/currentStatus")
}
