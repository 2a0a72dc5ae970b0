//! CONVERSATION: what it answers, and the looser shapes real clients send.

use serde_json::{Value, json};

use crate::conformance::{
    scene::{PROPERTIES, batch, plain},
    table::{
        Basis::{self, Client, Documented, Guess},
        Effect::{Opens, Speaks},
        Table, broke,
    },
    wire::{Answer, text},
};

const OPENED: &str = "200 OK OK User Profile set successfully, OK a UUID";

pub(crate) fn rows(table: &mut Table) {
    shapes(table);
    answers(table);
    returning(table);
}

/// Everything that must open a conversation: the section, why, the batch.
fn accepted() -> Vec<(&'static str, &'static str, Basis, Value)> {
    let asked = |more: Value| {
        let mut asked = json!({ "brandId": "{a}" });
        for (name, value) in more.as_object().unwrap() {
            asked[name] = value.clone();
        }
        batch(asked)
    };
    let sdes = json!([
        { "type": "ctmrinfo", "info": { "socialId": "so-77", "ctype": "gold", "customerId": "C-9", "balance": 12.5 } },
        { "type": "personal", "personal": { "firstname": "Ada", "lastname": "Quill", "gender": "FEMALE" } },
        { "type": "cart", "total": 3, "note": null, "empty": "" },
    ]);
    let profiled = |profile: Value, asked: Value| {
        json!([
            { "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": profile },
            { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": asked },
        ])
    };
    let context = json!({ "type": "SharkContext", "lang": "en-GB", "visitorId": "VjQ1ODk2MzI0NTc",
        "sessionId": "kQ8wZr2eT3-aB6pL0xYd5g", "interactionContextId": "1" });
    let campaign = json!({ "campaignId": "2100440011", "engagementId": "2100440099" });
    let whole = json!({ "brandId": "{a}", "channelType": "MESSAGING", "ttrDefName": "NORMAL",
        "skillId": "-1", "campaignInfo": campaign, "conversationContext": context });
    let demo_profile = json!({ "firstName": "Ada", "lastName": "Quill", "avatarUrl": "", "role": "consumer",
        "backgndImgUri": "", "description": "", "privateData": { "mobileNum": "1", "mail": "a@shop.test" } });
    let demo = json!({ "brandId": "{a}", "ttrDefName": null, "skillId": -1, "campaignInfo": { "campaignId": "" },
        "conversationContext": { "type": "SharkContext", "visitorId": "", "sessionId": "", "interactionContextId": 2,
            "features": ["AUTO_MESSAGES"] } });
    vec![
        (
            "send-api 2",
            "the least there is",
            Documented,
            asked(json!({})),
        ),
        (
            "send-api 2",
            "everything at once",
            Documented,
            profiled(json!({ "authenticatedData": { "lp_sdes": sdes } }), whole),
        ),
        (
            "send-api 2.1",
            "what the demo sends",
            Client,
            profiled(demo_profile, demo),
        ),
        (
            "send-api 2.1",
            "URGENT",
            Documented,
            asked(json!({ "ttrDefName": "URGENT" })),
        ),
        (
            "send-api 2.1",
            "PRIORITIZED",
            Documented,
            asked(json!({ "ttrDefName": "PRIORITIZED" })),
        ),
        (
            "send-api 2.1",
            "a skill nobody knows",
            Guess,
            asked(json!({ "skillId": "77" })),
        ),
        (
            "send-api 2.1",
            "campaign ids as numbers",
            Documented,
            asked(json!({ "campaignInfo": { "campaignId": 21, "engagementId": 22 } })),
        ),
        (
            "send-api 2.1",
            "another context",
            Client,
            asked(json!({ "conversationContext": { "type": "MobileAppContext", "other": {} } })),
        ),
        (
            "send-api 2.2",
            "a profile of nulls",
            Guess,
            profiled(
                json!({ "authenticatedData": null, "firstName": null }),
                json!({ "brandId": "{a}" }),
            ),
        ),
    ]
}

fn shapes(table: &mut Table) {
    for (section, name, basis, body) in accepted() {
        let mut group = table.of(section, basis, Opens);
        group.row(
            format!("CONVERSATION: {name}"),
            OPENED,
            move |scene| async move {
                let one = scene.consumer("shapes").await?;
                let body = body.to_string().replace("{a}", &scene.base.account);
                let answer = scene
                    .open_as(&one, PROPERTIES, &serde_json::from_str(&body)?)
                    .await?;
                Ok(opened(&answer))
            },
        );
    }
}

fn answers(table: &mut Table) {
    for (name, ids, expected) in [
        (
            "ids with a comma, falling",
            json!(["2,", "1,"]),
            "2, then 1,",
        ),
        ("the same id twice", json!(["1", "1"]), "1 then 1"),
        ("numbers for ids", json!([7, 8]), "7 then 8"),
    ] {
        let mut group = table.of("send-api 1.1", Client, Opens);
        group.row(
            format!("CONVERSATION: {name}"),
            expected,
            move |scene| async move {
                let one = scene.consumer("shapes").await?;
                let mut body = batch(json!({ "brandId": scene.base.account }));
                for (number, id) in ids.as_array().into_iter().flatten().enumerate() {
                    body[number]["id"] = id.clone();
                }
                let answer = scene
                    .open_as(&one, PROPERTIES, &body)
                    .await?
                    .expect(200)?
                    .json();
                Ok(format!(
                    "{} then {}",
                    text(&answer, "/0/reqId")?,
                    text(&answer, "/1/reqId")?
                ))
            },
        );
    }
    table.of("send-api 2", Guess, Opens).row(
        "CONVERSATION: a message as third element",
        "OK, OK, OK with sequence 0",
        |scene| async move {
            let one = scene.consumer("shapes").await?;
            let mut body = batch(json!({ "brandId": scene.base.account }));
            let third = json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent", "body": { "event": plain("hello") } });
            body.as_array_mut().unwrap().push(third);
            let answer = scene.open_as(&one, PROPERTIES, &body).await?.expect(200)?.json();
            let codes: Vec<String> = (0..3).map(|at| word(&answer[at]["code"])).collect();
            Ok(format!("{} with sequence {}", codes.join(", "), answer[2]["body"]["sequence"]))
        },
    );
    table.of("send-api 5", Client, Opens).row(
        "CONVERSATION: client properties that are no JSON",
        OPENED,
        |scene| async move {
            let one = scene.consumer("shapes").await?;
            let body = batch(json!({ "brandId": scene.base.account }));
            Ok(opened(
                &scene.open_as(&one, "[object Object]", &body).await?,
            ))
        },
    );
    table.of("edge-cases 3", Guess, Opens).row(
        "CONVERSATION: a second one while one is open",
        "another",
        |scene| async move {
            let one = scene.consumer("shapes").await?;
            let first = scene.open(&one, PROPERTIES, "-1").await?;
            let second = scene.open(&one, PROPERTIES, "-1").await?;
            Ok(if first == second {
                "the same"
            } else {
                "another"
            }
            .to_owned())
        },
    );
}

fn returning(table: &mut Table) {
    let mut told = table.of("webhooks 5", Documented, Speaks);
    told.row(
        "the conversation of this run is told: a complete state",
        "UPSERT OPEN OPEN skill -1, MAIN dialog of the same id OPEN MESSAGING, only CONSUMER",
        |scene| async move {
            let hooks = scene.hooks()?;
            let id = scene.conversation().await?;
            let one = scene.consumer("main").await?;
            let note = hooks.note("the first state", |note| {
                note.change()["result"]["convId"] == *id
            });
            let change = note.await?.change().clone();
            let details = &change["result"]["conversationDetails"];
            let main = &details["dialogs"][0];
            let who = &details["participants"][0];
            if who["id"] != *one.id || main["dialogId"] != *id || !details["startTs"].is_i64() {
                return Err(broke(change.to_string()));
            }
            Ok(format!(
                "{} {} {} skill {}, {} dialog of the same id {} {}, only {}",
                word(&change["type"]),
                word(&details["state"]),
                word(&details["stage"]),
                word(&details["skillId"]),
                word(&main["dialogType"]),
                word(&main["state"]),
                word(&main["channelType"]),
                word(&who["role"]),
            ))
        },
    );
    table.of("edge-cases 3", Documented, Opens).row(
        "a consumer's second conversation is not the first",
        "true, then false",
        |scene| async move {
            let hooks = scene.hooks()?;
            let one = scene.consumer("returning").await?;
            let mut said = Vec::new();
            for _ in 0..2 {
                let id = scene.open(&one, PROPERTIES, "-1").await?;
                let state = hooks.state(&id, "the first state", |_| true).await?;
                said.push(state["conversationDetails"]["firstConversation"].to_string());
            }
            Ok(said.join(", then "))
        },
    );
    table.of("webhooks 5", Documented, Opens).row(
        "what was asked for is told",
        "skill 3300120015, URGENT, campaign 2100440011 2100440099, en-GB, features",
        |scene| async move {
            let hooks = scene.hooks()?;
            let one = scene.consumer("shapes").await?;
            let asked = json!({ "brandId": scene.base.account, "skillId": "3300120015", "ttrDefName": "URGENT",
                "campaignInfo": { "campaignId": "2100440011", "engagementId": "2100440099" },
                "conversationContext": { "type": "SharkContext", "lang": "en-GB" } });
            let answer = scene.open_as(&one, PROPERTIES, &batch(asked)).await?.expect(200)?;
            let id = text(&answer.json(), "/1/body/conversationId")?;
            let state = hooks.state(&id, "the first state", |_| true).await?;
            let details = &state["conversationDetails"];
            let campaign = &details["campaignInfo"];
            let features = &details["context"]["clientProperties"]["features"];
            Ok(format!(
                "skill {}, {}, campaign {} {}, {}, {}",
                word(&details["skillId"]),
                word(&details["ttr"]["ttrType"]),
                campaign["campaignId"],
                campaign["engagementId"],
                word(&details["context"]["lang"]),
                if features.is_array() { "features" } else { "no features" },
            ))
        },
    );
}

fn opened(answer: &Answer) -> String {
    if answer.status != 200 {
        return answer.code();
    }
    let json = answer.json();
    let (first, second) = (&json[0], &json[1]);
    let id = word(&second["body"]["conversationId"]);
    let kind = uuid::Uuid::parse_str(&id).map_or(id, |_| "a UUID".to_owned());
    let (code, message) = (word(&first["code"]), word(&first["body"]["msg"]));
    format!("200 {code} {message}, {} {kind}", word(&second["code"]))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}
