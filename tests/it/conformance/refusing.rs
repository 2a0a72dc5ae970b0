//! Requests the messaging services turn down: tokens, versions, shapes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::conformance::{
    scene::{Consumer, PROPERTIES, Scene, batch, plain, publishing},
    table::{
        Basis::{self, Documented, Guess},
        Effect::{Opens, Reads, Speaks},
        Table, Trouble,
    },
    wire::{Answer, Ask},
};

/// The two paths that take both tokens.
const PATHS: [(&str, &str); 2] = [
    ("CONVERSATION", "conversation?v=3"),
    ("SEND", "conversation/send?v=3"),
];

const NO_APP: &str = "401 resp 401 40105 AppJWT is missing: AUTHORIZATION header is not present";
const BAD_APP: &str = "401 resp 401 40102 Invalid AppJWT: AppJWT has expired or is invalid";
const NO_CONSUMER: &str =
    "401 resp 401 40104 ConsumerJWS is missing: X_ON_BEHALF_HEADER is not present";
const BAD_CONSUMER: &str = "401 resp 401 40103 Invalid ConsumerJWS: ConsumerJWS is invalid";

/// What a request carries as its tokens.
#[derive(Debug, Clone, Copy)]
enum Token {
    Right,
    Missing,
    Garbage,
    /// The right one with its last letter changed.
    Tampered,
    /// The right one behind `Bearer `.
    Prefixed,
}

pub(crate) fn rows(table: &mut Table) {
    tokens(table);
    versions(table);
    batches(table);
    envelopes(table);
}

fn tokens(table: &mut Table) {
    use Token::{Garbage, Missing, Prefixed, Right, Tampered};
    const SECTION: &str = "domains-and-auth 5";
    for (path_name, path) in PATHS {
        for (name, basis, app, consumer, expected) in [
            ("no AppJWT", Documented, Missing, Right, NO_APP),
            ("neither token", Guess, Missing, Missing, NO_APP),
            ("garbage for an AppJWT", Documented, Garbage, Right, BAD_APP),
            (
                "an AppJWT with another signature",
                Documented,
                Tampered,
                Right,
                BAD_APP,
            ),
            ("no ConsumerJWS", Documented, Right, Missing, NO_CONSUMER),
            (
                "garbage for a ConsumerJWS",
                Documented,
                Right,
                Garbage,
                BAD_CONSUMER,
            ),
            (
                "a ConsumerJWS with another signature",
                Documented,
                Right,
                Tampered,
                BAD_CONSUMER,
            ),
        ] {
            let mut group = table.of(SECTION, basis, Reads);
            group.row(
                format!("{path_name}: {name}"),
                expected,
                move |scene| async move {
                    let one = scene.consumer("main").await?;
                    Ok(with_tokens(&scene, &one, path, app, consumer)
                        .await?
                        .fault())
                },
            );
        }
    }
    table.of("domains-and-auth 4", Guess, Reads).row(
        "an AppJWT behind Bearer",
        "let in",
        |scene| async move {
            let one = scene.consumer("main").await?;
            // It asks for nothing, and is told so by who got past the tokens.
            let answer = with_tokens(&scene, &one, PATHS[1].1, Prefixed, Right).await?;
            let turned_away = answer.status == 401;
            let how = if turned_away { "turned away" } else { "let in" };
            Ok(how.to_owned())
        },
    );
    table.of("edge-cases 1", Guess, Reads).row(
        "an agent's bearer for an AppJWT",
        "401 40102",
        |scene| async move {
            let one = scene.consumer("main").await?;
            let ask = Ask::post(scene.messaging(PATHS[1].1).await?)
                .header("authorization", &scene.agent().await?.bearer)
                .header("x-lp-on-behalf", &one.jws);
            Ok(ask.json(&json!({})).send(&scene.http).await?.code())
        },
    );
}

async fn with_tokens(
    scene: &Scene,
    one: &Consumer,
    path: &str,
    app: Token,
    consumer: Token,
) -> Result<Answer, Trouble> {
    let mut ask = Ask::post(scene.messaging(path).await?).json(&json!({}));
    if let Some(value) = carried(app, &scene.app_jwt().await?) {
        ask = ask.header("authorization", value);
    }
    if let Some(value) = carried(consumer, &one.jws) {
        ask = ask.header("X-LP-ON-BEHALF", value);
    }
    ask.send(&scene.http).await
}

fn carried(token: Token, right: &str) -> Option<String> {
    match token {
        Token::Right => Some(right.to_owned()),
        Token::Missing => None,
        Token::Garbage => Some("garbage".to_owned()),
        Token::Tampered => {
            let (head, signature) = right.rsplit_once('.')?;
            // The first letter: the last may hold bits that do not count.
            let other = if signature.starts_with('A') { 'B' } else { 'A' };
            let rest: String = signature.chars().skip(1).collect();
            Some(format!("{head}.{other}{rest}"))
        }
        Token::Prefixed => Some(format!("bearer {right}")),
    }
}

fn versions(table: &mut Table) {
    for (path_name, path) in PATHS {
        let bare = path.split('?').next().unwrap();
        for (name, basis, query, expected) in [
            ("version 2", Documented, "?v=2", "404, empty"),
            ("no version", Guess, "", "404, empty"),
        ] {
            let path = format!("{bare}{query}");
            let mut group = table.of("domains-and-auth 5", basis, Reads);
            group.row(
                format!("{path_name}: {name}"),
                expected,
                move |scene| async move {
                    let one = scene.consumer("main").await?;
                    let ask = scene.ask_as(&one, &path).await?;
                    let answer = ask.body("{}").send(&scene.http).await?;
                    let body = if answer.bytes.is_empty() {
                        "empty"
                    } else {
                        "a body"
                    };
                    Ok(format!("{}, {body}", answer.status))
                },
            );
        }
        let mut group = table.of("edge-cases 1", Guess, Reads);
        group.row(
            format!("{path_name}: GET"),
            "405",
            move |scene| async move {
                let url = scene.messaging(path).await?;
                Ok(Ask::new(Method::GET, url).send(&scene.http).await?.status())
            },
        );
    }
}

/// Batches that open nothing. Only some are documented: a real account might open on the others.
fn batches(table: &mut Table) {
    let right = |asked: Value| batch(asked);
    let profile =
        json!({ "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} });
    let brand = "{a}";
    let request = |asked: Value| json!({ "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": asked });
    let plain_request = request(json!({ "brandId": brand }));
    let many = json!([profile, plain_request, plain_request, plain_request]);
    let cases: Vec<(&str, &str, Basis, Value, &str)> = vec![
        (
            "send-api 2",
            "an object",
            Guess,
            profile.clone(),
            "400 40002",
        ),
        (
            "send-api 2",
            "one element",
            Guess,
            json!([profile]),
            "400 40002",
        ),
        (
            "send-api 2",
            "the other order",
            Guess,
            json!([plain_request, profile]),
            "400 40002",
        ),
        ("send-api 2", "four elements", Guess, many, "400 40002"),
        (
            "edge-cases 2",
            "no brandId",
            Documented,
            right(json!({})),
            "400 40001",
        ),
        (
            "edge-cases 2",
            "another brandId",
            Guess,
            right(json!({ "brandId": "1" })),
            "400 40002",
        ),
        (
            "send-api 2.1",
            "eleven digits of skillId",
            Documented,
            right(json!({ "brandId": brand, "skillId": "12345678901" })),
            "400 40002",
        ),
        (
            "send-api 2.1",
            "letters for a skillId",
            Guess,
            right(json!({ "brandId": brand, "skillId": "sales" })),
            "400 40002",
        ),
        (
            "send-api 2.1",
            "an unknown ttrDefName",
            Guess,
            right(json!({ "brandId": brand, "ttrDefName": "SOON" })),
            "400 40002",
        ),
        (
            "send-api 2.1",
            "another channelType",
            Guess,
            right(json!({ "brandId": brand, "channelType": "VOICE" })),
            "400 40002",
        ),
        (
            "send-api 1.1",
            "an id that is an object",
            Guess,
            json!([profile, { "kind": "req", "id": {}, "type": "cm.ConsumerRequestConversation", "body": { "brandId": brand } }]),
            "400 40002",
        ),
        (
            "edge-cases 2",
            "an unknown type in the batch",
            Guess,
            json!([profile, { "kind": "req", "id": "2", "type": "cm.Other", "body": {} }]),
            "400 40002",
        ),
        (
            "send-api 2.2",
            "lp_sdes that is no list",
            Guess,
            json!([{ "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": { "authenticatedData": { "lp_sdes": {} } } }, plain_request]),
            "400 40002",
        ),
    ];
    for (section, name, basis, body, expected) in cases {
        let mut group = table.of(section, basis, Opens);
        group.row(
            format!("CONVERSATION: {name}"),
            expected,
            move |scene| async move {
                let one = scene.consumer("main").await?;
                let body = body.to_string().replace("{a}", &scene.base.account);
                let body = serde_json::from_str(&body)?;
                Ok(scene.open_as(&one, PROPERTIES, &body).await?.code())
            },
        );
    }
    let mut broken = table.of("edge-cases 2", Documented, Reads);
    for (path_name, path) in PATHS {
        broken.row(
            format!("{path_name}: a body that is no JSON"),
            "400",
            move |scene| async move {
                let one = scene.consumer("main").await?;
                let ask = scene.ask_as(&one, path).await?.body("[{\"kind\":");
                Ok(ask.send(&scene.http).await?.status())
            },
        );
    }
}

/// Envelopes SEND does not take, and some it takes though they look odd.
fn envelopes(table: &mut Table) {
    let mut group = table.of("edge-cases 2", Guess, Speaks);
    let publish = publishing("{c}", plain("an envelope"));
    let changed = |name: &str, value: Value| {
        let mut one = publish.clone();
        one[name] = value;
        one
    };
    let without = |name: &str| {
        let mut one = publish.clone();
        one.as_object_mut().unwrap().remove(name);
        one
    };
    for (name, body, expected) in [
        ("a list", json!([publish]), "400 40002"),
        ("another kind", changed("kind", json!("resp")), "400 40002"),
        ("no type", without("type"), "400 40002"),
        ("no body", without("body"), "400 40002"),
        (
            "an unknown type",
            changed("type", json!("ms.Other")),
            "400 40002",
        ),
        (
            "a request for a conversation",
            changed("type", json!("cm.ConsumerRequestConversation")),
            "400 40002",
        ),
        (
            "no dialogId",
            changed("body", json!({ "event": plain("x") })),
            "400 40002",
        ),
        (
            "no event",
            changed("body", json!({ "dialogId": "{c}" })),
            "400 40002",
        ),
        (
            "metadata that is no list",
            changed("metadata", json!({})),
            "400 40002",
        ),
        (
            "an unknown dialog",
            publishing("nowhere", plain("x")),
            "400 40003",
        ),
        (
            "a conversationId of another",
            changed(
                "body",
                json!({ "dialogId": "{c}", "conversationId": "x", "event": plain("x") }),
            ),
            "400 40003",
        ),
        ("no kind", without("kind"), "200 as asked"),
        ("no id", without("id"), "400 40002"),
        ("an empty id", changed("id", json!("")), "400 40002"),
        (
            "an id of 65 characters",
            changed("id", json!("é".repeat(65))),
            "400 40002",
        ),
        (
            "an id of 64 characters",
            changed("id", json!("é".repeat(64))),
            "200 with another reqId of 64 characters",
        ),
        (
            "a number for an id",
            changed("id", json!(3)),
            "200 as asked",
        ),
        (
            "members nobody knows",
            changed("more", json!({ "a": [1] })),
            "200 as asked",
        ),
    ] {
        group.row(format!("SEND: {name}"), expected, move |scene| async move {
            let conversation = scene.conversation().await?;
            let body = body.to_string().replace("{c}", &conversation);
            let answer = scene.send(&serde_json::from_str(&body)?).await?;
            Ok(repeated(&answer))
        });
    }
    group.row(
        "SEND: a byte order mark",
        "200 as asked",
        |scene| async move {
            let conversation = scene.conversation().await?;
            let body = publishing(&conversation, plain("marked")).to_string();
            raw(&scene, format!("\u{feff}{body}").into_bytes()).await
        },
    );
    group.row(
        "SEND: bytes that are no UTF-8",
        "400 40002",
        |scene| async move { raw(&scene, b"{\"kind\":\"req\",\"x\":\"\xff\"}".to_vec()).await },
    );
    group.row(
        "SEND: more than a megabyte",
        "413 41301",
        |scene| async move { raw(&scene, vec![b' '; 1_100_000]).await },
    );
    let mut owned = table.of("domains-and-auth 5", Documented, Speaks);
    owned.row(
        "SEND: another consumer's conversation",
        "401",
        |scene| async move {
            let conversation = scene.conversation().await?;
            let other = scene.consumer("other").await?;
            let answer = scene
                .send_as(&other, &publishing(&conversation, plain("x")))
                .await?;
            Ok(answer.status())
        },
    );
}

async fn raw(scene: &Scene, body: Vec<u8>) -> Result<String, Trouble> {
    let one = scene.consumer("main").await?;
    let ask = scene.ask_as(&one, PATHS[1].1).await?.body(body);
    Ok(repeated(&ask.send(&scene.http).await?))
}

/// The code of a refusal, or whether the id came back.
fn repeated(answer: &Answer) -> String {
    if answer.status != 200 {
        return answer.code();
    }
    match answer.json().get("reqId") {
        Some(Value::String(id)) if id == "3" => "200 as asked".to_owned(),
        Some(Value::String(id)) => {
            format!(
                "200 with another reqId of {} characters",
                id.chars().count()
            )
        }
        Some(other) => format!("200 with reqId {other}"),
        None => "200 without reqId".to_owned(),
    }
}
