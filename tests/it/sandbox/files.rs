//! Files: asked for, put, published, fetched, and everything that is turned down.

use std::time::Duration;

use handset::{
    domain::ids::{ConversationId, DialogId},
    sandbox::{
        model::publication::{HostedFile, Publication},
        settings::Settings,
    },
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::sandbox::{
    fixture::assert_like,
    hook::Hook,
    rig::{Connector, Consumer, Process, quick, run},
};

const UPLOAD: &str = "ms.GenerateURLForUploadFile";
pub(crate) const DOWNLOAD: &str = "ms.GenerateURLForDownloadFile";
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// Uses a temporary URL as it was given.
pub(crate) async fn on(
    connector: &Connector,
    method: Method,
    url: &Value,
    body: &[u8],
) -> Response {
    let path = url["relativePath"].as_str().unwrap();
    at(connector, method, path, &query(url), body).await
}

fn query(url: &Value) -> String {
    let text = |name: &str| url["queryParams"][name].as_str().unwrap();
    format!(
        "temp_url_sig={}&temp_url_expires={}",
        text("temp_url_sig"),
        text("temp_url_expires")
    )
}

async fn at(
    connector: &Connector,
    method: Method,
    path: &str,
    query: &str,
    body: &[u8],
) -> Response {
    connector
        .http
        .request(method, format!("{}{path}?{query}", connector.base))
        .header("content-type", "image/png")
        .body(body.to_vec())
        .send()
        .await
        .unwrap()
}

/// Uploads a file and answers its path.
pub(crate) async fn uploaded(consumer: &Consumer, bytes: &[u8]) -> String {
    let asked = json!({ "fileSize": bytes.len(), "fileType": "PNG" });
    let (status, answer) = consumer.ask(UPLOAD, asked).await;
    assert_eq!(status, 200, "{answer}");
    let put = on(&consumer.connector, Method::PUT, &answer["body"], bytes).await;
    assert_eq!(put.status(), 201);
    answer["body"]["relativePath"].as_str().unwrap().to_owned()
}

fn file(path: &str) -> Value {
    json!({ "type": "ContentEvent", "contentType": "hosted/file", "message": {
        "caption": "receipt", "relativePath": path, "fileType": "JPEG",
        "preview": "data:image/png;base64,iVBORw0KGgo=" } })
}

async fn publish(consumer: &Consumer, dialog: &str, event: Value) -> (u16, Value) {
    let body = json!({ "dialogId": dialog, "event": event });
    consumer.ask("ms.PublishEvent", body).await
}

#[tokio::test]
async fn a_file_goes_to_the_agent_and_one_comes_back() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let swift = connector
        .http
        .get(format!(
            "{}/api/account/55512300/service/swift/baseURI.json?version=1.0",
            connector.base
        ))
        .send()
        .await
        .unwrap();
    let swift: Value = swift.json().await.unwrap();
    assert_eq!(swift["baseURI"], connector.address().to_string());
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    // The size in its digits, as the documents have it.
    let asked = json!({ "fileSize": PICTURE.len().to_string(), "fileType": "PNG" });
    let (_, answer) = ada.ask(UPLOAD, asked).await;
    assert_like("upload_url", &answer, &[]);
    let path = answer["body"]["relativePath"].as_str().unwrap();
    assert!(path.contains(&ada.id), "the path tells whose it is");
    let put = on(&connector, Method::PUT, &answer["body"], PICTURE).await;
    assert_eq!(put.status(), 201);
    assert_eq!(put.headers()["access-control-allow-origin"], "*");
    let (status, published) = publish(&ada, &id, file(path)).await;
    assert_eq!((status, &published["body"]["sequence"]), (200, &json!(0)));
    let told = hook
        .change("the file", |change| {
            change["event"]["contentType"] == "hosted/file"
        })
        .await;
    assert_like(
        "hook_file",
        &told,
        &[
            ("$conversation", &id),
            ("$consumer", &ada.id),
            ("$file", path),
        ],
    );
    let kim = sandbox.open_session("Kim").await.unwrap().api();
    let (conversation, dialog) = (
        ConversationId::from(id.as_str()),
        DialogId::from(id.as_str()),
    );
    kim.accept_ring(&conversation).await.unwrap();
    let read = kim.read_file(path).unwrap();
    assert_eq!(
        (read.media.as_str(), read.bytes.as_ref()),
        ("image/png", PICTURE)
    );
    // The agent's own, which the consumer may have once it was published.
    let own = kim
        .store_file("gif", "image/gif", PICTURE.into())
        .await
        .unwrap();
    let (status, _) = ada.ask(DOWNLOAD, json!({ "relativePath": own })).await;
    assert_eq!(status, 400, "not published yet");
    let message = Publication::File(HostedFile {
        path: own.clone(),
        kind: "GIF".to_owned(),
        caption: None,
        preview: None,
    });
    kim.publish(&dialog, message).await.unwrap();
    let (_, answer) = ada.ask(DOWNLOAD, json!({ "relativePath": own })).await;
    assert_like("upload_url", &answer, &[]);
    let got = on(&connector, Method::GET, &answer["body"], b"").await;
    assert_eq!(got.status(), 200);
    assert_eq!(got.headers()["content-type"], "image/gif");
    assert_eq!(got.headers()["access-control-allow-origin"], "*");
    assert_eq!(got.bytes().await.unwrap(), PICTURE);
    let head = on(&connector, Method::HEAD, &answer["body"], b"").await;
    assert_eq!(head.status(), 200);
    let (_, own) = ada.ask(DOWNLOAD, json!({ "relativePath": path })).await;
    let got = on(&connector, Method::GET, &own["body"], b"").await;
    assert_eq!(got.bytes().await.unwrap(), PICTURE, "one's own again");
}

#[tokio::test]
async fn paths_are_taken_however_they_are_written() {
    let (_sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let asked = json!({ "fileSize": PICTURE.len(), "fileType": "PNG" });
    let (_, answer) = ada.ask(UPLOAD, asked).await;
    let path = answer["body"]["relativePath"].as_str().unwrap();
    let query = query(&answer["body"]);
    let doubled = format!("/{path}");
    let encoded = path.replace('_', "%5F");
    for written in [path, &doubled, &encoded] {
        let put = at(&connector, Method::PUT, written, &query, PICTURE).await;
        assert_eq!(put.status(), 201, "{written}");
        let (status, _) = ada.ask(DOWNLOAD, json!({ "relativePath": written })).await;
        assert_eq!(status, 200, "{written}");
    }
    let options = at(&connector, Method::OPTIONS, &doubled, "", b"").await;
    assert_eq!(options.status(), 204);
    let methods = options.headers()["access-control-allow-methods"].to_str();
    assert!(methods.unwrap().contains("PUT"));
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "tables of cases")]
async fn what_is_not_allowed_with_a_file_is_turned_down() {
    let (_sandbox, connector) = run(quick()).await;
    let (ada, bob) = (
        connector.consumer("ada").await,
        connector.consumer("bob").await,
    );
    let (hers, his) = (ada.open().await, bob.open().await);
    for (row, body) in [
        (
            "type outside the four",
            json!({ "fileSize": 1, "fileType": "PDF" }),
        ),
        (
            "larger than 3 MB",
            json!({ "fileSize": 3_145_729, "fileType": "PNG" }),
        ),
        (
            "larger than 3 MB in digits",
            json!({ "fileSize": "3145729", "fileType": "PNG" }),
        ),
        (
            "fileSize zero",
            json!({ "fileSize": "0", "fileType": "PNG" }),
        ),
        (
            "fileSize negative",
            json!({ "fileSize": -1, "fileType": "PNG" }),
        ),
        (
            "fileSize in words",
            json!({ "fileSize": "many", "fileType": "PNG" }),
        ),
        ("no fileSize", json!({ "fileType": "PNG" })),
        ("no fileType", json!({ "fileSize": 1 })),
    ] {
        let (status, answer) = ada.ask(UPLOAD, body).await;
        assert_eq!(
            (status, &answer["body"]["errorCode"]),
            (400, &json!(40002)),
            "{row}"
        );
    }
    let path = uploaded(&ada, PICTURE).await;
    let foreign = path.replace("55512300", "99999999");
    for (row, who, dialog, path) in [
        (
            "publish without upload",
            &ada,
            &hers,
            "/v1/AUTH_async-images/55512300/x.PNG",
        ),
        ("another consumer's path", &bob, &his, path.as_str()),
        ("another account's path", &ada, &hers, foreign.as_str()),
    ] {
        let (status, answer) = publish(who, dialog, file(path)).await;
        assert_eq!(
            (status, &answer["body"]["errorCode"]),
            (400, &json!(40002)),
            "{row}"
        );
        let (status, answer) = who.ask(DOWNLOAD, json!({ "relativePath": path })).await;
        assert_eq!(
            (status, &answer["body"]["errorCode"]),
            (400, &json!(40002)),
            "{row}"
        );
    }
    let mut large = file(&path);
    large["message"]["preview"] = json!("x".repeat(30 * 1024 + 1));
    assert_eq!(
        publish(&ada, &hers, large).await.0,
        400,
        "preview above 30 KB"
    );
    // A size that is not the one announced.
    let asked = json!({ "fileSize": 5, "fileType": "PNG" });
    let (_, answer) = ada.ask(UPLOAD, asked).await;
    on(&connector, Method::PUT, &answer["body"], PICTURE).await;
    let path = answer["body"]["relativePath"].as_str().unwrap();
    assert_eq!(publish(&ada, &hers, file(path)).await.0, 400, "size wrong");
    let good = query(&answer["body"]);
    let (_, other) = ada
        .ask(UPLOAD, json!({ "fileSize": 5, "fileType": "PNG" }))
        .await;
    for (row, method, path, query, status) in [
        ("no signature", Method::PUT, path, "", 401),
        (
            "another path's signature",
            Method::PUT,
            path,
            query(&other["body"]).as_str(),
            401,
        ),
        (
            "another method's signature",
            Method::GET,
            path,
            good.as_str(),
            401,
        ),
        ("another method", Method::DELETE, path, good.as_str(), 405),
        (
            "no such place",
            Method::PUT,
            "/v1/elsewhere",
            good.as_str(),
            404,
        ),
        ("no path at all", Method::PUT, "/v1/%zz", good.as_str(), 404),
    ] {
        let answer = at(&connector, method, path, query, PICTURE).await;
        assert_eq!(answer.status(), status, "{row}");
    }
    let large = vec![0; 3_145_729];
    let put = on(&connector, Method::PUT, &other["body"], &large).await;
    assert_eq!(put.status(), 413);
    let most = vec![1; 3_145_728];
    let path = uploaded(&ada, &most).await;
    assert_eq!(publish(&ada, &hers, file(&path)).await.0, 200, "just fits");
}

#[tokio::test]
async fn an_address_is_good_for_its_time_only() {
    let (_sandbox, connector) = run(Settings {
        url_life: Duration::ZERO,
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let (_, answer) = ada
        .ask(UPLOAD, json!({ "fileSize": 5, "fileType": "PNG" }))
        .await;
    // It ends with the second it was given in.
    let ended = tokio::time::timeout(Duration::from_mins(2), async {
        loop {
            let put = on(&connector, Method::PUT, &answer["body"], b"12345").await;
            if put.status() == 401 {
                return put.headers()["access-control-allow-origin"] == "*";
            }
        }
    });
    assert_eq!(ended.await, Ok(true));
}

#[tokio::test]
async fn files_survive_a_kill_and_the_oldest_make_room() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let arguments = ["--agent", "none", "--state", state.to_str().unwrap()];
    let mut process = Process::start(&arguments).await;
    let connector = process.connector().await;
    let ada = connector.consumer("ada").await;
    let mut paths = Vec::new();
    let big = vec![7; 3_000_000];
    for _ in 0..23 {
        paths.push(uploaded(&ada, &big).await);
    }
    process.child.kill().await.unwrap();
    let process = Process::start(&arguments).await;
    let ada = ada.at(&process);
    for (path, status) in [(&paths[0], 400), (&paths[1], 200), (&paths[22], 200)] {
        let (got, _) = ada.ask(DOWNLOAD, json!({ "relativePath": path })).await;
        assert_eq!(got, status, "64 MB hold 22 of these");
    }
    let (_, answer) = ada
        .ask(DOWNLOAD, json!({ "relativePath": paths[22] }))
        .await;
    let got = on(&ada.connector, Method::GET, &answer["body"], b"").await;
    assert_eq!(got.bytes().await.unwrap(), big);
}
