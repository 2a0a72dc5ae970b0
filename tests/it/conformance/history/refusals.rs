//! What the history refuses.

use serde_json::json;

use crate::conformance::{
    history::{ALL, OF_CONSUMER, ONE, STATUS, search, url},
    table::{
        Basis::{Documented, Guess},
        Effect::Reads,
        Table,
    },
    wire::Ask,
};

pub(super) fn rows(table: &mut Table) {
    let mut group = table.of("send-api 8", Documented, Reads);
    for path in [ONE, OF_CONSUMER, ALL, STATUS] {
        group.row(
            format!("{path} without a bearer"),
            "401",
            move |scene| async move {
                let ask = Ask::post(url(&scene, path).await?).json(&json!({}));
                Ok(ask.send(&scene.http).await?.status())
            },
        );
    }
    for (name, path, body) in [
        ("without an id", ONE, json!({})),
        ("without a consumer", OF_CONSUMER, json!({})),
        ("without a span", ALL, json!({})),
        (
            "of four months",
            ALL,
            json!({ "start": { "from": 0, "to": 10_540_800_000_i64 } }),
        ),
        (
            "backwards in time",
            ALL,
            json!({ "start": { "from": 2, "to": 1 } }),
        ),
    ] {
        group.row(format!("a search {name}"), "400", move |scene| async move {
            Ok(search(&scene, path, &body).await?.status())
        });
    }
    let mut guessed = table.of("send-api 8", Guess, Reads);
    for (name, query) in [
        ("an unknown order", "sort=mood:asc"),
        ("an offset of words", "offset=many"),
        ("a version of the future", "v=9"),
        ("a source of 21 letters", "source=123456789012345678901"),
    ] {
        guessed.row(
            format!("a search with {name}"),
            "400",
            move |scene| async move {
                let path = format!("{OF_CONSUMER}?{query}");
                Ok(search(&scene, &path, &json!({ "consumer": "x" }))
                    .await?
                    .status())
            },
        );
    }
    for (name, body) in [
        (
            "content that is not served",
            json!({ "consumer": "x", "contentToRetrieve": ["messageRecords", "intents"] }),
        ),
        (
            "a filter that is not served",
            json!({ "consumer": "x", "keyword": "bonus" }),
        ),
    ] {
        guessed.row(
            format!("a search with {name} is refused by its name"),
            "400, named",
            move |scene| async move {
                let answer = search(&scene, OF_CONSUMER, &body).await?;
                let why = answer.json()["error"]["message"].to_string();
                let named = why.contains("intents") || why.contains("keyword");
                let named = if named { "named" } else { "not named" };
                Ok(format!("{}, {named}", answer.status))
            },
        );
    }
    for path in ["agent-view/nothing", "conversations/nothing/search"] {
        guessed.row(
            format!("{path}, which nobody serves"),
            "404 json, says why",
            move |scene| async move {
                let answer = search(&scene, path, &json!({})).await?;
                let why = answer.json()["error"]["message"].is_string();
                let why = if why { "says why" } else { "says nothing" };
                Ok(format!(
                    "{} {}, {why}",
                    answer.status,
                    answer.content_type()
                ))
            },
        );
    }
    guessed.row("a conversation nobody had", "200 0", |scene| async move {
        let answer = search(&scene, ONE, &json!({ "conversationId": "nothing" })).await?;
        Ok(format!(
            "{} {}",
            answer.status,
            answer.json()["_metadata"]["count"]
        ))
    });
    table.of("edge-cases 1", Guess, Reads).row(
        "an AppJWT at the history",
        "401",
        |scene| async move {
            let ask = Ask::post(url(&scene, OF_CONSUMER).await?).header(
                "authorization",
                format!("Bearer {}", scene.app_jwt().await?),
            );
            Ok(ask
                .json(&json!({ "consumer": "x" }))
                .send(&scene.http)
                .await?
                .status())
        },
    );
}
