//! Domain discovery, tokens, and what a request without the right ones is told.

use std::time::Duration;

use handset::{domain::secret::Secret, sandbox::settings::Settings};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::sandbox::{
    fixture::assert_like,
    rig::{ACCOUNT, CLIENT, SECRET, claims, quick, run},
};

#[tokio::test]
async fn domains_are_looked_up_one_by_one_and_all_at_once() {
    let (_sandbox, connector) = run(quick()).await;
    let host = connector.address().to_string();
    let get = async |path: &str| {
        let answer = connector.http.get(format!("{}{path}", connector.base));
        let answer = answer.send().await.unwrap();
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(kind, "application/json");
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    let (status, one) =
        get("/api/account/55512300/service/asyncMessagingEnt/baseURI.json?version=1.0").await;
    assert_eq!(status, 200);
    assert_like("csds_single", &one, &[("$host", &host)]);
    let (status, all) = get("/api/account/55512300/service/baseURI.json?version=1.0").await;
    assert_eq!(status, 200);
    assert_like("csds_collection", &all, &[("$host", &host)]);
    for path in [
        "/api/account/55512300/service/asyncmessagingent/baseURI.json?version=1.0",
        "/api/account/999/service/sentinel/baseURI.json?version=1.0",
        "/api/account/999/service/baseURI.json?version=1.0",
    ] {
        let (status, error) = get(path).await;
        assert_eq!(status, 404, "{path}");
        assert_like("csds_unknown", &error, &[]);
    }
    for path in [
        "/api/account/55512300/service/baseURI.json?version=2.0",
        "/api/account/55512300/service/baseURI.json",
        "/api/account/55512300/service/idp/baseURI?v=1.0",
    ] {
        let (status, error) = get(path).await;
        assert_eq!(status, 400, "{path}");
        assert!(error["error"]["message"].is_string(), "{path}");
    }
    // Many clients leave the end of the name out.
    let (status, same) =
        get("/api/account/55512300/service/asyncMessagingEnt/baseURI?version=1.0").await;
    assert_eq!((status, same), (200, one));
    let (status, same) = get("/api/account/55512300/service/baseURI?version=1.0").await;
    assert_eq!((status, same), (200, all));
}

#[tokio::test]
async fn a_page_of_another_origin_may_ask_and_read_even_a_fault() {
    let (_sandbox, connector) = run(Settings {
        control: Some(Secret::new("a-token-of-the-test")),
        ..quick()
    })
    .await;
    let fault = json!({ "on": "send", "do": "status", "status": 503, "count": 1 });
    let switched = connector
        .http
        .post(format!("{}/sandbox/v1/faults", connector.base))
        .header("authorization", "Bearer a-token-of-the-test")
        .header("content-type", "application/json")
        .body(fault.to_string())
        .send();
    assert_eq!(switched.await.unwrap().status(), 201);
    for (method, path, status) in [
        (
            "GET",
            "/api/account/55512300/service/baseURI?version=1.0",
            200,
        ),
        (
            "GET",
            "/api/account/55512300/service/x/baseURI.json?version=1.0",
            404,
        ),
        ("POST", "/sentinel/api/account/55512300/app/token", 400),
        ("POST", "/sentinel/api/v2/account/55512300/app/token", 400),
        ("POST", "/api/account/55512300/consumer?v=1.0", 401),
        (
            "POST",
            "/api/account/55512300/messaging/consumer/conversation?v=3",
            401,
        ),
        (
            "POST",
            "/api/account/55512300/messaging/consumer/conversation/send?v=3",
            503,
        ),
        (
            "POST",
            "/api/account/55512300/messaging/consumer/conversation/send?v=2",
            404,
        ),
    ] {
        let ask = |method: &str| {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = connector
                .http
                .request(method, format!("{}{path}", connector.base));
            request.header("origin", "https://shop.test")
        };
        // The question before the question uses no fault up.
        let before = ask("OPTIONS")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "x-lp-on-behalf,x-other")
            .send()
            .await
            .unwrap();
        assert_eq!(before.status(), 204, "{path}");
        let headers = before.headers();
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
        let methods = headers["access-control-allow-methods"].to_str().unwrap();
        assert!(methods.contains(method), "{path}: {methods}");
        assert_eq!(
            headers["access-control-allow-headers"],
            "x-lp-on-behalf,x-other"
        );
        let answer = ask(method).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(
            answer.headers()["access-control-allow-origin"],
            "*",
            "{path}"
        );
    }
    // What holds more than a consumer's own is not for pages of others.
    let login = connector
        .http
        .post(format!("{}/api/account/{ACCOUNT}/login", connector.base));
    let answer = login
        .header("origin", "https://shop.test")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers().get("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_token_is_given_wherever_the_parameters_stand() {
    let (_sandbox, connector) = run(quick()).await;
    let id = format!("client_id={CLIENT}&client_secret={SECRET}");
    let grant = "grant_type=client_credentials";
    let jwks: JwkSet = connector
        .http
        .get(format!("{}/sentinel/well-known/jwks", connector.base))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    for (path, query, form) in [
        ("api", format!("v=1.0&{grant}"), id.clone()),
        ("api", "v=1.0".to_owned(), format!("{grant}&{id}")),
        ("api", format!("v=1.0&{grant}&{id}"), String::new()),
        ("api/v2", String::new(), format!("{grant}&{id}")),
    ] {
        let answer = connector
            .http
            .post(format!(
                "{}/sentinel/{path}/account/{ACCOUNT}/app/token?{query}",
                connector.base
            ))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers()["content-type"],
            "application/json;charset=utf-8"
        );
        let answer: Value = answer.json().await.unwrap();
        assert_like("token", &answer, &[]);
        let token = answer["access_token"].as_str().unwrap();
        let payload = claims(token);
        assert_like("app_jwt", &payload, &[]);
        let seconds = |name: &str| payload[name].as_i64().unwrap();
        assert_eq!(seconds("exp") - seconds("iat"), 3600);
        let header = decode_header(token).unwrap();
        assert_like(
            "app_jwt_header",
            &serde_json::to_value(&header).unwrap(),
            &[],
        );
        let key = jwks.find(header.kid.as_deref().unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[ACCOUNT]);
        decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap();
    }
}

#[tokio::test]
async fn a_token_is_refused_in_the_words_of_oauth() {
    let (_sandbox, connector) = run(quick()).await;
    let good = format!("client_id={CLIENT}&client_secret={SECRET}");
    for (account, query, status, error) in [
        (
            ACCOUNT,
            format!("grant_type=client_credentials&client_id=other&client_secret={SECRET}"),
            401,
            "invalid_client",
        ),
        (
            ACCOUNT,
            format!("grant_type=client_credentials&client_id={CLIENT}&client_secret=wrong"),
            401,
            "invalid_client",
        ),
        (
            "999",
            format!("grant_type=client_credentials&{good}"),
            401,
            "invalid_client",
        ),
        (ACCOUNT, good.clone(), 400, "invalid_request"),
        (
            ACCOUNT,
            format!("grant_type=client_credentials&client_id={CLIENT}"),
            400,
            "invalid_request",
        ),
        (
            ACCOUNT,
            format!("grant_type=client_credentials&client_secret={SECRET}"),
            400,
            "invalid_request",
        ),
        (
            ACCOUNT,
            format!("grant_type=password&{good}"),
            400,
            "unsupported_grant_type",
        ),
    ] {
        let answer = connector
            .http
            .post(format!(
                "{}/sentinel/api/account/{account}/app/token?v=1.0&{query}",
                connector.base
            ))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{query}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body, json!({ "error": error }));
    }
}

#[tokio::test]
async fn the_same_name_is_the_same_consumer() {
    let (_sandbox, connector) = run(quick()).await;
    let one = connector.consumer("crm-40417").await;
    let again = connector.consumer("crm-40417").await;
    let other = connector.consumer("crm-40418").await;
    let odd = connector.consumer(&"ñ👍🏽\u{202e}".repeat(100)).await;
    assert_eq!(one.id, again.id);
    assert_ne!(one.id, other.id);
    assert_eq!(odd.id.len(), 64);
    // hex(sha256("55512300" + NUL + "crm-40417")), computed by another program.
    assert_eq!(
        one.id,
        "8e330be77f00a682bacbb5ccd29197e1f158eabef8bfca797b4980b3d52b9f1c"
    );
    assert_like("consumer_jws", &claims(&one.jws), &[]);
}

#[tokio::test]
async fn a_consumer_needs_a_name_and_an_app() {
    let (_sandbox, connector) = run(quick()).await;
    let ask = async |token: Option<&str>, body: &'static str| {
        let mut request = connector.http.post(format!(
            "{}/api/account/{ACCOUNT}/consumer?v=1.0",
            connector.base
        ));
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let answer = request.body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let answer: Value = answer.json().await.unwrap();
        (status, answer["body"]["errorCode"].as_u64().unwrap_or(0))
    };
    let good = connector.app_jwt.as_str();
    let bearer = format!("bEaReR {good}");
    assert_eq!(ask(None, r#"{"ext_consumer_id":"a"}"#).await, (401, 40105));
    assert_eq!(
        ask(Some("x.y.z"), r#"{"ext_consumer_id":"a"}"#).await,
        (401, 40102)
    );
    assert_eq!(
        ask(Some(&bearer), r#"{"ext_consumer_id":"a"}"#).await,
        (201, 0)
    );
    for body in [
        r#"{"ext_consumer_id":""}"#,
        r#"{"ext_consumer_id":7}"#,
        "{}",
        "[]",
        "{",
        "",
    ] {
        assert_eq!(ask(Some(good), body).await, (400, 40002), "{body}");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn requests_without_the_right_tokens_are_told_so_in_order() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    let (app, jws) = (connector.app_jwt.as_str(), consumer.jws.as_str());
    let forged_app = forged(app);
    let forged_jws = forged(jws);
    for path in ["conversation", "conversation/send"] {
        let ask = async |account: &str, version: &str, app: Option<&str>, jws: Option<&str>| {
            let mut request = connector.http.post(format!(
                "{}/api/account/{account}/messaging/consumer/{path}{version}",
                connector.base
            ));
            if let Some(app) = app {
                request = request.header("authorization", app);
            }
            if let Some(jws) = jws {
                request = request.header("X-LP-ON-BEHALF", jws);
            }
            let answer = request.body("not json").send().await.unwrap();
            let status = answer.status().as_u16();
            let body = answer.text().await.unwrap();
            (status, body)
        };
        // The version comes first, and its answer has no body.
        for version in ["", "?v=2", "?v=3.0", "?v="] {
            assert_eq!(
                ask(ACCOUNT, version, None, None).await,
                (404, String::new())
            );
        }
        for (account, app, jws, status, code, title, details) in [
            (
                ACCOUNT,
                None,
                None,
                401,
                40105,
                "AppJWT is missing",
                "AUTHORIZATION header is not present",
            ),
            (
                ACCOUNT,
                None,
                Some("x"),
                401,
                40105,
                "AppJWT is missing",
                "AUTHORIZATION header is not present",
            ),
            (
                ACCOUNT,
                Some("garbage"),
                None,
                401,
                40102,
                "Invalid AppJWT",
                "AppJWT has expired or is invalid",
            ),
            (
                ACCOUNT,
                Some(forged_app.as_str()),
                Some(jws),
                401,
                40102,
                "Invalid AppJWT",
                "AppJWT has expired or is invalid",
            ),
            (
                "999",
                Some(app),
                Some(jws),
                401,
                40102,
                "Invalid AppJWT",
                "AppJWT has expired or is invalid",
            ),
            (
                ACCOUNT,
                Some(jws),
                Some(jws),
                400,
                40001,
                "Missing parameter",
                "Brand Id is missing",
            ),
            (
                ACCOUNT,
                Some(app),
                None,
                401,
                40104,
                "ConsumerJWS is missing",
                "X_ON_BEHALF_HEADER is not present",
            ),
            (
                ACCOUNT,
                Some(app),
                Some("garbage"),
                401,
                40103,
                "Invalid ConsumerJWS",
                "ConsumerJWS is invalid",
            ),
            (
                ACCOUNT,
                Some(app),
                Some(forged_jws.as_str()),
                401,
                40103,
                "Invalid ConsumerJWS",
                "ConsumerJWS is invalid",
            ),
            (
                ACCOUNT,
                Some(app),
                Some(app),
                401,
                40103,
                "Invalid ConsumerJWS",
                "ConsumerJWS is invalid",
            ),
        ] {
            let (got, body) = ask(account, "?v=3&other=1", app, jws).await;
            let body: Value = serde_json::from_str(&body).unwrap();
            let expected = json!({ "kind": "resp", "code": status,
                "body": { "title": title, "details": details, "errorCode": code },
                "type": ".ReqBody$ErrorResp" });
            assert_eq!((got, &body), (status, &expected));
            if code == 40102 {
                assert_like("fault", &body, &[]);
            }
        }
        // Only then is the body looked at.
        let (status, body) = ask(ACCOUNT, "?v=3", Some(app), Some(jws)).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["body"]["errorCode"]), (400, &json!(40002)));
        let bearer = format!("Bearer {app}");
        let (status, _) = ask(ACCOUNT, "?v=3", Some(&bearer), Some(jws)).await;
        assert_eq!(status, 400);
    }
}

/// A token with another signature of the same length.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    format!("{signed}.{turned}")
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_not_done_so_405() {
    let (_sandbox, connector) = run(quick()).await;
    let url = |path: &str| format!("{}{path}", connector.base);
    let send = "/api/account/55512300/messaging/consumer/conversation/send?v=3";
    let answer = connector.http.get(url(send)).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    let answer = connector.http.put(url(send)).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "POST");
    let answer: Value = answer.json().await.unwrap();
    assert!(answer["error"]["message"].is_string());
    for path in [
        "/nowhere",
        "/",
        "/api/account/55512300/nowhere",
        "/messaging_history/api/account/55512300/agent-view/nothing",
        "/v1/AUTH_async-images/55512300/no.PNG?temp_url_sig=0&temp_url_expires=0",
    ] {
        let answer = connector.http.get(url(path)).send().await.unwrap();
        let status = answer.status().as_u16();
        assert!([401, 404].contains(&status), "{path}: {status}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/json",
            "{path}"
        );
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["error"]["message"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn a_body_over_one_megabyte_is_too_much() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    let answer = consumer.send(" ".repeat(1024 * 1024 + 1)).await;
    assert_eq!(answer.status(), 413);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["code"], 413);
    assert_eq!(answer["body"]["errorCode"], 41301);
    assert_eq!(answer["type"], ".ReqBody$ErrorResp");
    let answer = consumer.send(" ".repeat(1024 * 1024)).await;
    assert_eq!(answer.status(), 400, "just small enough to be no JSON");
}

#[tokio::test]
async fn raw_bytes_over_a_socket_will_do() {
    let (_sandbox, connector) = run(quick()).await;
    let mut socket = TcpStream::connect(connector.address()).await.unwrap();
    let form = format!("client_id={CLIENT}&client_secret={SECRET}&grant_type=client_credentials");
    let request = format!(
        "POST /sentinel/api/account/{ACCOUNT}/app/token?v=1.0 HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        connector.address(),
        form.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_mins(2), socket.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\"token_type\":\"Bearer\""), "{answer}");
}
