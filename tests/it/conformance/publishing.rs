//! SEND: every request type and every row of its tables, in the conversation of this run.

use serde_json::{Value, json};

use crate::conformance::{
    scene::{plain, publishing, updating},
    table::{
        Basis::{self, Documented, Guess},
        Effect::Speaks,
        Table, broke,
    },
};

const RESOLVED: &str = "200 OK OK Conversation resolved successfully";

pub(crate) fn rows(table: &mut Table) {
    numbers(table);
    receipts(table);
    states(table);
    texts(table);
    fields(table);
    profiles(table);
}

fn numbers(table: &mut Table) {
    let mut group = table.of("send-api 1.2", Documented, Speaks);
    group.row(
        "SEND: the answer to a text",
        "200 OK body code reqId",
        |scene| async move {
            let answer = scene.publish(plain("Is the blue one in stock?")).await?;
            let json = answer.json();
            let code = json["code"].as_str().unwrap_or("?").to_owned();
            Ok(format!(
                "{} {code} {}",
                answer.status,
                crate::conformance::wire::members(&json)
            ))
        },
    );
    let mut counted = table.of("send-api 1.3", Documented, Speaks);
    counted.row(
        "texts and receipts share one counter",
        "each one more",
        |scene| async move {
            let first = scene.number(plain("one")).await?;
            let second = scene.number(receipt("READ", &[0])).await?;
            let third = scene.number(plain("three")).await?;
            Ok(if (second, third) == (first + 1, first + 2) {
                "each one more".to_owned()
            } else {
                format!("{first} {second} {third}")
            })
        },
    );
    counted.row(
        "a chat state takes no number",
        "0, and the next is one more",
        |scene| async move {
            let before = scene.number(plain("before")).await?;
            let none = scene.number(chat_state("COMPOSING")).await?;
            let after = scene.number(plain("after")).await?;
            Ok(if after == before + 1 {
                format!("{none}, and the next is one more")
            } else {
                format!("{none}, {before} then {after}")
            })
        },
    );
    table.of("send-api 1.4", Guess, Speaks).row(
        "the same request twice is two messages",
        "two numbers",
        |scene| async move {
            let (one, two) = (
                scene.number(plain("again")).await?,
                scene.number(plain("again")).await?,
            );
            Ok(if one == two {
                "one number"
            } else {
                "two numbers"
            }
            .to_owned())
        },
    );
}

fn receipts(table: &mut Table) {
    for (status, basis, expected) in [
        ("ACCEPT", Documented, "200, numbered"),
        ("READ", Documented, "200, numbered"),
        ("ACCESS", Documented, "200, numbered"),
        ("NACK", Documented, "200, numbered"),
        ("ACTION", Documented, "200, numbered"),
        ("SEEN", Guess, "400 40002"),
    ] {
        let mut group = table.of("send-api 3.3", basis, Speaks);
        group.row(
            format!("SEND: {status}"),
            expected,
            move |scene| async move {
                let before = scene.number(plain("before a receipt")).await?;
                let answer = scene.publish(receipt(status, &[0, 1])).await?;
                if answer.status != 200 {
                    return Ok(answer.code());
                }
                let number = answer.json()["body"]["sequence"].as_u64();
                let numbered = number == Some(before + 1);
                Ok(format!(
                    "200, {}",
                    if numbered { "numbered" } else { "not numbered" }
                ))
            },
        );
    }
    let mut odd = table.of("send-api 3.3", Guess, Speaks);
    for (name, sequences, expected) in [
        ("numbers nobody knows", json!([99_999]), "200"),
        ("no sequenceList", Value::Null, "400 40002"),
        ("numbers as text", json!(["3"]), "200"),
        ("a sequenceList of words", json!(["three"]), "400 40002"),
    ] {
        odd.row(format!("SEND: READ with {name}"), expected, move |scene| async move {
            let event = json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": sequences });
            Ok(scene.publish(event).await?.code())
        });
    }
}

fn states(table: &mut Table) {
    for (state, basis, expected) in [
        ("ACTIVE", Documented, "200 0"),
        ("INACTIVE", Documented, "200 0"),
        ("GONE", Documented, "200 0"),
        ("COMPOSING", Documented, "200 0"),
        ("PAUSE", Documented, "200 0"),
        ("DANCING", Guess, "400 40002"),
    ] {
        let mut group = table.of("send-api 3.4", basis, Speaks);
        group.row(
            format!("SEND: {state}"),
            expected,
            move |scene| async move {
                let answer = scene.publish(chat_state(state)).await?;
                Ok(match answer.status {
                    200 => format!("200 {}", answer.json()["body"]["sequence"]),
                    _ => answer.code(),
                })
            },
        );
    }
}

fn texts(table: &mut Table) {
    let text = |text: String| json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text });
    let of = |kind: &str| json!({ "type": "ContentEvent", "contentType": kind, "message": "x" });
    let unuploaded = json!({ "type": "ContentEvent", "contentType": "hosted/file",
        "message": { "relativePath": "/v1/AUTH_async-images/55512300/none.PNG", "fileType": "PNG" } });
    let card =
        json!({ "type": "RichContentEvent", "content": { "type": "vertical", "elements": [] } });
    let cases: Vec<(&str, Basis, Value, &str)> = vec![
        ("8000 letters", Guess, text("ß".repeat(8000)), "200"),
        ("8001 letters", Guess, text("ß".repeat(8001)), "400 40002"),
        ("an empty text", Guess, text(String::new()), "400 40002"),
        (
            "a number for a text",
            Guess,
            json!({ "type": "ContentEvent", "contentType": "text/plain", "message": 1 }),
            "400 40002",
        ),
        (
            "no contentType",
            Guess,
            json!({ "type": "ContentEvent", "message": "x" }),
            "400 40002",
        ),
        (
            "an unknown contentType",
            Guess,
            of("text/html"),
            "400 40002",
        ),
        (
            "HostedFile for a contentType",
            Guess,
            of("HostedFile"),
            "400 40002",
        ),
        (
            "an unknown event",
            Guess,
            json!({ "type": "DanceEvent" }),
            "400 40002",
        ),
        (
            "a file that was not uploaded",
            Guess,
            unuploaded,
            "400 40002",
        ),
    ];
    for (name, basis, event, expected) in cases {
        let mut group = table.of("send-api 3.2", basis, Speaks);
        group.row(format!("SEND: {name}"), expected, move |scene| async move {
            Ok(scene.publish(event).await?.code())
        });
    }
    table.of("rich-content 1", Guess, Speaks).row(
        "SEND: structured content of a consumer's",
        "200",
        |scene| async move { Ok(scene.publish(card).await?.code()) },
    );
    let mut kept = table.of("send-api 3.2", Guess, Speaks);
    kept.row(
        "a text comes back letter by letter",
        "the same",
        |scene| async move {
            let said = "  Grüße ✓ 👩‍👩‍👧\n\t\"\\/\u{202e}x  ";
            let number = scene.number(plain(said)).await?;
            let note = scene
                .hooks()?
                .event(&scene.conversation().await?, number)
                .await?;
            let heard = &note.change()["event"]["message"];
            Ok(if heard == said {
                "the same".to_owned()
            } else {
                heard.to_string()
            })
        },
    );
    table.of("edge-cases 2", Guess, Speaks).row(
        "SEND: no content type",
        "200",
        |scene| async move {
            let one = scene.consumer("main").await?;
            let body = publishing(&scene.conversation().await?, plain("untyped"));
            let url = scene.messaging("conversation/send?v=3&more=1").await?;
            let ask = crate::conformance::wire::Ask::post(url)
                .header("authorization", scene.app_jwt().await?)
                .header("x-lp-on-behalf", &one.jws)
                .body(body.to_string());
            Ok(ask.send(&scene.http).await?.code())
        },
    );
}

fn fields(table: &mut Table) {
    let ttr =
        |kind: &str, value: Value| json!({ "field": "TTRField", "ttrType": kind, "value": value });
    let rate = |rate: Value, status: &str| {
        json!({ "field": "CSATRate", "csatRate": rate, "status": status,
        "csatResolutionConfirmation": true })
    };
    let cases: Vec<(&str, Basis, Value, &str)> = vec![
        (
            "TTR URGENT",
            Documented,
            ttr("URGENT", json!(300)),
            RESOLVED,
        ),
        (
            "TTR PRIORITIZED",
            Documented,
            ttr("PRIORITIZED", json!(600)),
            RESOLVED,
        ),
        (
            "TTR NORMAL",
            Documented,
            ttr("NORMAL", json!(1200)),
            RESOLVED,
        ),
        (
            "TTR CUSTOM of 0 seconds",
            Documented,
            ttr("CUSTOM", json!(0)),
            RESOLVED,
        ),
        (
            "a TTR below zero",
            Documented,
            ttr("CUSTOM", json!(-1)),
            "400 40002",
        ),
        ("an unknown TTR", Guess, ttr("SOON", json!(1)), "400 40002"),
        (
            "a rating of 1",
            Documented,
            rate(json!(1), "FILLED"),
            RESOLVED,
        ),
        (
            "a rating of 5",
            Documented,
            rate(json!(5), "PARTIALLY_FILLED"),
            RESOLVED,
        ),
        (
            "a rating of 0 that was skipped",
            Guess,
            rate(json!(0), "SKIPPED"),
            RESOLVED,
        ),
        (
            "a rating of 0",
            Documented,
            rate(json!(0), "FILLED"),
            "400 40002",
        ),
        (
            "a rating of 6",
            Documented,
            rate(json!(6), "FILLED"),
            "400 40002",
        ),
        (
            "an unknown rating status",
            Guess,
            rate(json!(3), "MAYBE"),
            "400 40002",
        ),
        (
            "a list of fields",
            Documented,
            json!([ttr("NORMAL", json!(1200))]),
            RESOLVED,
        ),
        ("an empty list of fields", Guess, json!([]), "400 40002"),
        (
            "an unknown field",
            Guess,
            json!({ "field": "Colour" }),
            "400 40002",
        ),
        (
            "a skill, which is the agents'",
            Guess,
            json!({ "field": "Skill", "type": "UPDATE", "skill": "3300120015" }),
            "400 40002",
        ),
        (
            "a participant, which is the agents'",
            Guess,
            json!({ "field": "ParticipantsChange", "type": "ADD", "role": "MANAGER" }),
            "400 40002",
        ),
        (
            "a state that is not CLOSE",
            Guess,
            json!({ "field": "ConversationStateField", "conversationState": "OPEN" }),
            "400 40002",
        ),
        (
            "a dialog that is not there",
            Guess,
            json!({ "field": "DialogChange", "type": "UPDATE", "dialog": { "dialogId": "x", "state": "CLOSE" } }),
            "400 40003",
        ),
    ];
    for (name, basis, field, expected) in cases {
        let mut group = table.of("send-api 3.5", basis, Speaks);
        group.row(format!("SEND: {name}"), expected, move |scene| async move {
            let answer = scene
                .send(&updating(&scene.conversation().await?, field))
                .await?;
            let json = answer.json();
            Ok(match answer.status {
                200 => format!("200 {} {}", word(&json["code"]), word(&json["body"]["msg"])),
                _ => answer.code(),
            })
        });
    }
    table.of("webhooks 5.1", Documented, Speaks).row(
        "a rating and a TTR are told",
        "CUSTOM 90, rated 4",
        |scene| async move {
            let id = scene.conversation().await?;
            let both = json!([
                { "field": "TTRField", "ttrType": "CUSTOM", "value": 90 },
                { "field": "CSATRate", "csatRate": 4, "csatResolutionConfirmation": true, "status": "FILLED" },
            ]);
            scene.send(&updating(&id, both)).await?.expect(200)?;
            let state = scene.hooks()?.state(&id, "the TTR", |details| details["ttr"]["value"] == 90);
            let details = state.await?["conversationDetails"].take();
            let kind = word(&details["ttr"]["ttrType"]);
            Ok(format!("{kind} {}, rated {}", details["ttr"]["value"], details["csat"]["csatRate"]))
        },
    );
}

fn profiles(table: &mut Table) {
    let mut group = table.of("send-api 3", Documented, Speaks);
    group.row(
        "SEND: SetUserProfile",
        "200 OK OK User Profile set successfully",
        |scene| async move {
            let sdes = json!([{ "type": "ctmrinfo", "info": { "ctype": "gold" } }]);
            let body = json!({ "kind": "req", "id": "3", "type": "userprofile.SetUserProfile",
            "body": { "authenticatedData": { "lp_sdes": sdes } } });
            let answer = scene.send(&body).await?;
            let json = answer.json();
            if answer.status != 200 {
                return Err(broke(answer.fault()));
            }
            Ok(format!(
                "200 {} {}",
                word(&json["code"]),
                word(&json["body"]["msg"])
            ))
        },
    );
}

fn receipt(status: &str, sequences: &[u64]) -> Value {
    json!({ "type": "AcceptStatusEvent", "status": status, "sequenceList": sequences })
}

fn chat_state(state: &str) -> Value {
    json!({ "type": "ChatStateEvent", "chatState": state })
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}
