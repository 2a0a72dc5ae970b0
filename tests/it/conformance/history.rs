//! Messaging Interactions and the agents' status.

mod refusals;
pub(crate) mod status;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::conformance::{
    scene::{PROPERTIES, Scene, plain, publishing, updating},
    table::{
        Basis::{Client, Documented},
        Effect::{Opens, Speaks},
        Table, Told, Trouble, broke,
    },
    wire::{Answer, Ask, lacking, members},
};

const ONE: &str = "conversations/conversation/search";

const OF_CONSUMER: &str = "conversations/consumer/search";

const ALL: &str = "conversations/search";

const STATUS: &str = "agent-view/status";

/// What the demo asks for.
const CONTENT: [&str; 9] = [
    "campaign",
    "messageRecords",
    "agentParticipants",
    "agentParticipantsLeave",
    "agentParticipantsActive",
    "consumerParticipants",
    "transfers",
    "messageScores",
    "messageStatuses",
];

pub(crate) fn rows(table: &mut Table) {
    finding(table);
    telling(table);
    paging(table);
    refusals::rows(table);
    status::rows(table);
}

async fn url(scene: &Scene, path: &str) -> Result<String, Trouble> {
    let host = scene.host("msgHist").await?;
    let account = &scene.base.account;
    Ok(format!(
        "{host}/messaging_history/api/account/{account}/{path}"
    ))
}

async fn search(scene: &Scene, path: &str, body: &Value) -> Result<Answer, Trouble> {
    scene
        .with_bearer(Ask::post(url(scene, path).await?).json(body))
        .await
}

/// The record of a conversation; it may take a history a while to have it.
pub(crate) async fn record(scene: &Scene, id: &str) -> Result<Value, Trouble> {
    let body = json!({ "conversationId": id });
    let answer = search(scene, ONE, &body).await?.expect(200)?.json();
    let found = answer["conversationHistoryRecords"][0].clone();
    if found.is_null() {
        return Err(broke("the history does not have the conversation"));
    }
    Ok(found)
}

fn finding(table: &mut Table) {
    let mut group = table.of("send-api 8", Documented, Speaks);
    group.row(
        "a conversation by its id",
        "200 json 1 of 1, whole",
        |scene| async move {
            let id = scene.conversation().await?;
            let answer = search(&scene, ONE, &json!({ "conversationId": id })).await?;
            let json = answer.json();
            let count = json["conversationHistoryRecords"]
                .as_array()
                .map_or(0, Vec::len);
            let whole = lacking(
                &json,
                &[
                    "/_metadata/self/rel",
                    "/_metadata/self/href",
                    "/_metadata/shardsStatusResult/partialResult",
                ],
            );
            let (status, kind) = (answer.status, answer.content_type());
            Ok(format!(
                "{status} {kind} {count} of {}, {whole}",
                json["_metadata"]["count"]
            ))
        },
    );
    group.row("conversations of a consumer", "ours is in it", |scene| async move {
        let (id, one) = (scene.conversation().await?, scene.consumer("main").await?);
        let body = json!({ "consumer": one.id, "status": ["OPEN", "CLOSE"], "contentToRetrieve": CONTENT });
        let path = format!("{OF_CONSUMER}?offset=0&limit=100&sort=start%3Adesc&NC=true&__d=2013");
        Ok(ours(&search(&scene, &path, &body).await?, &id))
    });
    group.row(
        "conversations of a span of time",
        "ours is in it",
        |scene| async move {
            let id = scene.conversation().await?;
            let start = record(&scene, &id).await?["info"]["startTimeL"]
                .as_i64()
                .unwrap_or(0);
            let body = json!({ "start": { "from": start, "to": start }, "contentToRetrieve": [] });
            Ok(ours(&search(&scene, ALL, &body).await?, &id))
        },
    );
}

fn ours(answer: &Answer, id: &str) -> String {
    let json = answer.json();
    let mut all = json["conversationHistoryRecords"]
        .as_array()
        .into_iter()
        .flatten();
    let found = all.any(|one| one["info"]["conversationId"] == id);
    match (answer.status, found) {
        (200, true) => "ours is in it".to_owned(),
        (200, false) => "ours is not in it".to_owned(),
        _ => answer.status(),
    }
}

fn telling(table: &mut Table) {
    const INFO: &[&str] = &[
        "/startTime",
        "/startTimeL",
        "/duration",
        "/conversationId",
        "/brandId",
        "/latestSkillId",
        "/latestSkillName",
        "/source",
        "/mcs",
        "/status",
        "/fullDialogStatus",
        "/firstConversation",
        "/latestQueueState",
        "/isPartial",
    ];
    const MESSAGE: &[&str] = &[
        "/type",
        "/messageData/msg/text",
        "/messageId",
        "/seq",
        "/dialogId",
        "/participantId",
        "/source",
        "/time",
        "/timeL",
        "/device",
        "/audience",
        "/sentBy",
    ];
    const STATUS: &[&str] = &[
        "/messageId",
        "/seq",
        "/time",
        "/timeL",
        "/participantId",
        "/participantType",
        "/messageDeliveryStatus",
        "/dialogId",
    ];
    let mut group = table.of("send-api 8", Documented, Speaks);
    group.row(
        "the members of info",
        "whole, OPEN OPEN",
        |scene| async move {
            let record = record(&scene, &scene.conversation().await?).await?;
            let info = &record["info"];
            let word = |name: &str| info[name].as_str().unwrap_or("?").to_owned();
            Ok(format!(
                "{}, {} {}",
                lacking(info, INFO),
                word("status"),
                word("fullDialogStatus")
            ))
        },
    );
    group.row(
        "a text in the history",
        "whole TEXT_PLAIN ALL Consumer, the words and the number",
        |scene| async move {
            let words = "kept in the history";
            let number = scene.number(plain(words)).await?;
            let record = record(&scene, &scene.conversation().await?).await?;
            let mut all = record["messageRecords"].as_array().into_iter().flatten();
            let found = all
                .find(|one| one["seq"] == number)
                .cloned()
                .unwrap_or_default();
            let same = found["messageData"]["msg"]["text"] == words;
            let word = |name: &str| found[name].as_str().unwrap_or("?").to_owned();
            let same = if same {
                "the words and the number"
            } else {
                "other words"
            };
            Ok(format!(
                "{} {} {} {}, {same}",
                lacking(&found, MESSAGE),
                word("type"),
                word("audience"),
                word("sentBy")
            ))
        },
    );
    group.row(
        "a receipt in the history",
        "whole READ Consumer",
        |scene| async move {
            scene
                .number(
                    json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0] }),
                )
                .await?;
            let record = record(&scene, &scene.conversation().await?).await?;
            let mut all = record["messageStatuses"].as_array().into_iter().flatten();
            let found = all.find(|one| one["messageDeliveryStatus"] == "READ" && one["seq"] == 0);
            let found = found.cloned().unwrap_or_default();
            let word = |name: &str| found[name].as_str().unwrap_or("?").to_owned();
            Ok(format!(
                "{} {} {}",
                lacking(&found, STATUS),
                word("messageDeliveryStatus"),
                word("participantType")
            ))
        },
    );
    let mut rich = table.of("send-api 8", Documented, Opens);
    rich.row(
        "structured content and quick replies in the history",
        "RICH_CONTENT, JSON in strings",
        |scene| async move { structured(&scene).await },
    );
    rich.row(
        "a closed conversation in the history",
        "whole CLOSE CLOSE CONSUMER MANUAL_CLOSE",
        |scene| async move {
            let one = scene.consumer("history").await?;
            let id = scene.open(&one, PROPERTIES, "-1").await?;
            let field = json!({ "field": "ConversationStateField", "conversationState": "CLOSE" });
            scene
                .send_as(&one, &updating(&id, field))
                .await?
                .expect(200)?;
            let record = record(&scene, &id).await?;
            let info = &record["info"];
            let whole = lacking(
                info,
                &[
                    "/endTime",
                    "/endTimeL",
                    "/conversationEndTime",
                    "/conversationEndTimeL",
                    "/fullDialogEndTime",
                    "/fullDialogEndTimeL",
                ],
            );
            let word = |name: &str| info[name].as_str().unwrap_or("?").to_owned();
            Ok(format!(
                "{whole} {} {} {} {}",
                word("status"),
                word("fullDialogStatus"),
                word("closeReason"),
                word("closeReasonDescription")
            ))
        },
    );
    let mut content = table.of("send-api 8", Client, Speaks);
    content.row("contentToRetrieve of nothing", "info", |scene| async move {
        let body =
            json!({ "conversationId": scene.conversation().await?, "contentToRetrieve": [] });
        let answer = search(&scene, ONE, &body).await?.expect(200)?.json();
        Ok(members(&answer["conversationHistoryRecords"][0]))
    });
    content.row(
        "contentToRetrieve of what extractors ask for",
        "conversationSurveys dialogs info interactions responseTime sdes skillChanges summary",
        |scene| async move {
            let asked = [
                "sdes",
                "conversationSurveys",
                "dialogs",
                "summary",
                "interactions",
                "skillChanges",
                "responseTime",
            ];
            let body = json!({ "conversationId": scene.conversation().await?, "contentToRetrieve": asked });
            let answer = search(&scene, ONE, &body).await?.expect(200)?.json();
            Ok(members(&answer["conversationHistoryRecords"][0]))
        },
    );
    content.row("contentToRetrieve of some", "info messageRecords transfers", |scene| async move {
        let body = json!({ "conversationId": scene.conversation().await?, "contentToRetrieve": ["messageRecords", "transfers"] });
        let answer = search(&scene, ONE, &body).await?.expect(200)?.json();
        Ok(members(&answer["conversationHistoryRecords"][0]))
    });
}

async fn structured(scene: &Arc<Scene>) -> Told {
    let one = scene.consumer("history").await?;
    let id = scene.open(&one, PROPERTIES, "-1").await?;
    let content = json!({ "type": "text", "text": "a card" });
    let event = json!({ "type": "RichContentEvent", "content": content, "quickReplies": { "type": "quickReplies" } });
    scene
        .send_as(&one, &publishing(&id, event))
        .await?
        .expect(200)?;
    let record = record(scene, &id).await?;
    let message = &record["messageRecords"][0];
    let printed = |name: &str| {
        let text = message["messageData"][name]["content"].as_str()?;
        serde_json::from_str::<Value>(text).ok()
    };
    let right = printed("richContent") == Some(content) && printed("quickReplies").is_some();
    let kind = message["type"].as_str().unwrap_or("?");
    Ok(format!(
        "{kind}, {}",
        if right {
            "JSON in strings"
        } else {
            "otherwise"
        }
    ))
}

fn paging(table: &mut Table) {
    let mut group = table.of("send-api 8", Documented, Opens);
    group.row(
        "pages, latest first",
        "3 of 5, then 2, no one twice, falling",
        |scene| async move {
            let one = scene.consumer("pages").await?;
            for _ in 0..5 {
                scene.open(&one, PROPERTIES, "-1").await?;
            }
            let body = json!({ "consumer": one.id, "contentToRetrieve": [] });
            let page = async |offset: usize| -> Result<(Vec<(i64, String)>, Value), Trouble> {
                let path = format!("{OF_CONSUMER}?offset={offset}&limit=3&sort=start:desc");
                let answer = search(&scene, &path, &body).await?.expect(200)?.json();
                let all = answer["conversationHistoryRecords"]
                    .as_array()
                    .into_iter()
                    .flatten();
                let all = all.map(|one| {
                    let info = &one["info"];
                    let id = info["conversationId"].as_str().unwrap_or("").to_owned();
                    (info["startTimeL"].as_i64().unwrap_or(0), id)
                });
                Ok((all.collect(), answer["_metadata"]["count"].clone()))
            };
            let ((first, count), (second, _)) = (page(0).await?, page(3).await?);
            let (one, two) = (first.len(), second.len());
            let all: Vec<_> = first.into_iter().chain(second).collect();
            let falling = all.is_sorted_by(|a, b| a.0 >= b.0);
            let mut ids: Vec<_> = all.into_iter().map(|(_, id)| id).collect();
            ids.sort_unstable();
            ids.dedup();
            let twice = if ids.len() == one + two {
                "no one"
            } else {
                "some"
            };
            let falling = if falling { "falling" } else { "in no order" };
            Ok(format!(
                "{one} of {count}, then {two}, {twice} twice, {falling}"
            ))
        },
    );
    group.row("only what is closed", "0", |scene| async move {
        let one = scene.consumer("pages").await?;
        let body = json!({ "consumer": one.id, "status": ["CLOSE"] });
        let answer = search(&scene, OF_CONSUMER, &body)
            .await?
            .expect(200)?
            .json();
        Ok(answer["_metadata"]["count"].to_string())
    });
    table.of("edge-cases 8", Documented, Opens).row(
        "a page of more than a hundred",
        "200",
        |scene| async move {
            let one = scene.consumer("pages").await?;
            let path = format!("{OF_CONSUMER}?limit=1000");
            Ok(search(&scene, &path, &json!({ "consumer": one.id }))
                .await?
                .status())
        },
    );
}
