//! The Engagement call of a connector that is routed by campaigns.

use serde_json::{Value, json};

use crate::sandbox::{
    fixture::assert_like,
    rig::{CLIENT, Connector, quick, run},
};

async fn engage(connector: &Connector, app: &str, query: &str, body: &Value) -> (u16, Value) {
    let answer = connector
        .http
        .post(format!(
            "{}/api/account/55512300/app/{app}/engagement?v=1.0{query}",
            connector.base
        ))
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_visitor_is_shown_the_campaign_and_the_open_conversation() {
    let (_sandbox, connector) = run(quick()).await;
    let visit = json!({
        "identities": [{ "iss": "acme", "acr": "loa1", "sub": "crm-40417" }],
        "clientProperties": { "type": ".ClientProperties", "features": ["RICH_CONTENT"] },
        "entryPoints": ["https://shop.test/help", "sec://support"],
        "engagementAttributes": [{ "type": "ctmrinfo", "info": { "ctype": "gold" } }],
    });
    let (status, first) = engage(&connector, CLIENT, "", &visit).await;
    let visitor = first["visitorId"].as_str().unwrap();
    assert_eq!(status, 201);
    assert_like("engagement", &first, &[("$visitor", visitor)]);
    let session = first["sessionId"].as_str().unwrap();
    let known = format!("&vid={visitor}&sid={session}");
    let (status, again) = engage(&connector, CLIENT, &known, &visit).await;
    assert_eq!((status, &again["sessionId"]), (200, &first["sessionId"]));
    assert_eq!(again["engagementDetails"][0]["status"], "expose");
    let id = connector.consumer("crm-40417").await.open().await;
    let (status, open) = engage(&connector, CLIENT, &known, &visit).await;
    let details = &open["engagementDetails"][0];
    assert_eq!(status, 200);
    assert_eq!(
        (&details["status"], &details["conversationId"]),
        (&json!("conversation"), &json!(id))
    );
    let (status, forgotten) = engage(&connector, CLIENT, "&vid=x&sid=y", &visit).await;
    assert_eq!(status, 201);
    assert_eq!(forgotten["visitorId"], visitor, "the same person");
    assert_ne!(forgotten["sessionId"], session);
    let old = json!({ "consumerId": "crm-40417" });
    let (status, nowhere) = engage(&connector, CLIENT, "", &old).await;
    assert_eq!(status, 201);
    assert_eq!(
        nowhere.get("engagementDetails"),
        None,
        "nothing matches who is nowhere"
    );
}

#[tokio::test]
async fn a_visit_without_a_name_or_an_app_is_turned_down() {
    let (_sandbox, connector) = run(quick()).await;
    let visit = json!({ "consumerId": "ada", "entryPoints": [] });
    for (row, app, body, expected) in [
        ("another app", "nobody", visit, 404),
        ("nobody", CLIENT, json!({ "identities": [] }), 400),
        ("an empty name", CLIENT, json!({ "consumerId": "" }), 400),
    ] {
        let (status, answer) = engage(&connector, app, "", &body).await;
        assert_eq!(
            (status, &answer["internalCode"]),
            (expected, &json!(20)),
            "{row}"
        );
    }
}
