//! AppJWT and ConsumerJWS.

use serde_json::{Value, json};

use crate::conformance::{
    scene::Scene,
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Reads,
        Table, Trouble,
    },
    wire::{Answer, Ask, lacking, members, token_part},
};

/// How a token request is put: path, what stands in the query, what in the form.
const FORMS: [(&str, &str, &str, &str); 4] = [
    (
        "the Connector API page: grant in the query, id and secret in the form",
        "/sentinel/api/account/{a}/app/token",
        "v=1.0&grant_type=client_credentials",
        "client_id={i}&client_secret={s}",
    ),
    (
        "the OAuth page, V1: all in the form",
        "/sentinel/api/account/{a}/app/token",
        "v=1.0",
        "grant_type=client_credentials&client_id={i}&client_secret={s}",
    ),
    (
        "the OAuth page, V2",
        "/sentinel/api/v2/account/{a}/app/token",
        "",
        "grant_type=client_credentials&client_id={i}&client_secret={s}",
    ),
    (
        "the demo and the C# client: all in the query",
        "/sentinel/api/account/{a}/app/token",
        "v=1.0&grant_type=client_credentials&client_id={i}&client_secret={s}",
        "",
    ),
];

pub(crate) fn rows(table: &mut Table) {
    app(table);
    refused(table);
    consumer(table);
}

fn app(table: &mut Table) {
    for (name, path, query, form) in FORMS {
        let mut group = table.of("domains-and-auth 2", Client, Reads);
        group.row(name, "200 json Bearer", move |scene| async move {
            let answer = token(&scene, path, query, form).await?;
            let (status, kind) = (answer.status, answer.content_type());
            let json = answer.json();
            let token = json["token_type"].as_str().unwrap_or("?");
            Ok(format!("{status} {kind} {token}"))
        });
    }
    table
        .of("domains-and-auth 2", Documented, Reads)
        .row(
            "nothing but the token and its type",
            "access_token token_type",
            |scene| async move {
                let (_, path, query, form) = FORMS[0];
                let answer = token(&scene, path, query, form).await?;
                Ok(members(&answer.json()))
            },
        )
        .row(
            "the head of an AppJWT",
            "JWT RS256 appjwt-",
            |scene| async move {
                let head = token_part(&scene.app_jwt().await?, 0)?;
                let kid = head["kid"].as_str().unwrap_or("?");
                let kid: String = kid.chars().take("appjwt-".len()).collect();
                let word = |name: &str| head[name].as_str().unwrap_or("?").to_owned();
                Ok(format!("{} {} {kid}", word("typ"), word("alg")))
            },
        )
        .row(
            "the claims of an AppJWT",
            "aud and azp are right, msg.consumer, sentinel, lives 3600 s",
            |scene| async move {
                let claims = token_part(&scene.app_jwt().await?, 1)?;
                let base = &scene.base;
                let right = claims["aud"] == *base.account && claims["azp"] == *base.client;
                let right = if right { "right" } else { "wrong" };
                let word = |name: &str| claims[name].as_str().unwrap_or("?").to_owned();
                let life =
                    claims["exp"].as_i64().unwrap_or(0) - claims["iat"].as_i64().unwrap_or(0);
                let issuer = word("iss").to_lowercase();
                let scope = word("scope");
                Ok(format!(
                    "aud and azp are {right}, {scope}, {issuer}, lives {life} s"
                ))
            },
        )
        .row("the public key of V2", "200 keys", |scene| async move {
            let url = scene.host("sentinel").await? + "/sentinel/well-known/jwks";
            let answer = Ask::get(url).send(&scene.http).await?;
            Ok(format!("{} {}", answer.status, members(&answer.json())))
        });
}

fn refused(table: &mut Table) {
    let usual = "grant_type=client_credentials&client_id={i}&client_secret={s}";
    let mut group = table.of("domains-and-auth 2", Guess, Reads);
    for (name, form, expected) in [
        (
            "a wrong secret",
            "grant_type=client_credentials&client_id={i}&client_secret=wrong",
            "401 invalid_client",
        ),
        (
            "an unknown client",
            "grant_type=client_credentials&client_id=nobody&client_secret={s}",
            "401 invalid_client",
        ),
        (
            "no secret",
            "grant_type=client_credentials&client_id={i}",
            "400 invalid_request",
        ),
        (
            "no client",
            "grant_type=client_credentials&client_secret={s}",
            "400 invalid_request",
        ),
        (
            "no grant",
            "client_id={i}&client_secret={s}",
            "400 invalid_request",
        ),
        (
            "another grant",
            "grant_type=password&client_id={i}&client_secret={s}",
            "400 unsupported_grant_type",
        ),
    ] {
        group.row(name, expected, move |scene| async move {
            let answer = token(&scene, FORMS[0].1, "v=1.0", form).await?;
            let error = answer.json()["error"].clone();
            Ok(format!(
                "{} {}",
                answer.status,
                error.as_str().unwrap_or("?")
            ))
        });
    }
    group.row("another account", "401", move |scene| async move {
        let path = "/sentinel/api/account/99999999/app/token";
        Ok(token(&scene, path, "v=1.0", usual).await?.status())
    });
}

async fn token(scene: &Scene, path: &str, query: &str, form: &str) -> Result<Answer, Trouble> {
    let base = &scene.base;
    let filled = |text: &str| {
        text.replace("{a}", &base.account)
            .replace("{i}", &base.client)
            .replace("{s}", &base.secret)
    };
    let url = format!(
        "{}{}?{}",
        scene.host("sentinel").await?,
        filled(path),
        filled(query)
    );
    Ask::post(url).form(&filled(form)).send(&scene.http).await
}

fn consumer(table: &mut Table) {
    table
        .of("domains-and-auth 3", Documented, Reads)
        .row("a ConsumerJWS", "201 json token", |scene| async move {
            let answer = sign_up(&scene, json!({ "ext_consumer_id": "crm-40417" })).await?;
            let (status, kind) = (answer.status, answer.content_type());
            Ok(format!("{status} {kind} {}", members(&answer.json())))
        })
        .row(
            "the claims of a ConsumerJWS",
            "account_id ext_consumer_id lp_consumer_id, all right, whole",
            |scene| async move {
                let one = scene.consumer("main").await?;
                let claims = token_part(&one.jws, 1)?;
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                let right = claims["account_id"] == *scene.base.account
                    && claims["ext_consumer_id"] == *one.external
                    && one.id.len() == 64
                    && one.id.bytes().all(hex);
                let right = if right { "all right" } else { "not right" };
                let head = lacking(&token_part(&one.jws, 0)?, &["/kid", "/typ", "/alg"]);
                Ok(format!("{}, {right}, {head}", members(&claims)))
            },
        )
        .row(
            "the same name again",
            "the same consumer",
            |scene| async move {
                let one = scene.consumer("main").await?;
                let again = scene.sign_up(&one.external).await?;
                Ok(same(&one.id, &again.id))
            },
        )
        .row("another name", "another consumer", |scene| async move {
            let (one, other) = (
                scene.consumer("main").await?,
                scene.consumer("other").await?,
            );
            Ok(same(&one.id, &other.id))
        });
    let mut guessed = table.of("domains-and-auth 3", Guess, Reads);
    for (name, body, expected) in [
        (
            "256 letters of any script",
            json!({ "ext_consumer_id": "ß✓中".repeat(85) + "x" }),
            "201",
        ),
        (
            "an empty name",
            json!({ "ext_consumer_id": "" }),
            "400 40002",
        ),
        (
            "a number for a name",
            json!({ "ext_consumer_id": 7 }),
            "400 40002",
        ),
        ("no name", json!({}), "400 40002"),
    ] {
        guessed.row(name, expected, move |scene| async move {
            Ok(sign_up(&scene, body).await?.code())
        });
    }
    for (name, header, expected) in [
        ("a sign-up without AppJWT", "", "401 40105"),
        ("a sign-up with a bad AppJWT", "x.y.z", "401 40102"),
    ] {
        guessed.row(name, expected, move |scene| async move {
            let ask = Ask::post(scene.at("idp", "consumer?v=1.0").await?);
            let ask = ask.json(&json!({ "ext_consumer_id": "crm-40417" }));
            let ask = match header {
                "" => ask,
                header => ask.header("authorization", header),
            };
            Ok(ask.send(&scene.http).await?.code())
        });
    }
}

async fn sign_up(scene: &Scene, body: Value) -> Result<Answer, Trouble> {
    let ask = Ask::post(scene.at("idp", "consumer?v=1.0").await?).json(&body);
    let ask = ask.header("authorization", scene.app_jwt().await?);
    ask.send(&scene.http).await
}

fn same(one: &str, other: &str) -> String {
    let which = if one == other { "the same" } else { "another" };
    format!("{which} consumer")
}
