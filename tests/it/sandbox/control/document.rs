//! The document against a live sandbox: every operation in it is called, every answer it lists is
//! had at least once but those of a state file that is full, every body fits its schema, and the
//! router has no route that the document lacks.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Control, schema::faults, started};

/// One call, with the status it is to have.
struct Call {
    method: &'static str,
    /// As the document has it.
    path: &'static str,
    /// What stands for the names in braces, and a query.
    at: String,
    body: Option<Value>,
    status: u16,
}

fn call(method: &'static str, path: &'static str, status: u16) -> Call {
    Call {
        method,
        path,
        at: path.to_owned(),
        body: None,
        status,
    }
}

impl Call {
    fn at(mut self, at: impl Into<String>) -> Self {
        self.at = at.into();
        self
    }

    fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// Statuses nobody gets out of a sandbox without breaking its disk, asking in a wrong way
/// and without its token.
const RARE: [&str; 3] = ["503", "403", "415"];
/// Nor these: a snapshot's file that cannot be used.
const BROKEN_FILE: [&str; 2] = ["post /snapshots 409", "post /snapshots/{name}/restore 409"];

fn calls(conversation: &str) -> Vec<Call> {
    let shot = json!({ "name": "first" });
    vec![
        call("get", "/openapi.json", 200),
        call("get", "/state", 200),
        call("get", "/clock", 200),
        call("post", "/clock/advance", 200).with(json!({ "by": "90s" })),
        call("post", "/clock/advance", 400).with(json!({ "by": "soon" })),
        call("get", "/faults", 200),
        call("post", "/faults", 201).with(json!({ "on": "files", "do": "delay", "ms": 5 })),
        call("post", "/faults", 201).with(json!({ "on": "send", "do": "status", "status": 503,
            "retry_after": 1, "body": "no", "count": 3, "probability": 0.25, "app": "x" })),
        call("post", "/faults", 201).with(json!({ "on": "socket", "do": "close", "code": 1006 })),
        call("post", "/faults", 201).with(json!({ "on": "login", "do": "drop", "done": true })),
        call("post", "/faults", 400).with(json!({ "on": "send", "do": "dance" })),
        call("get", "/faults", 200),
        call("delete", "/faults/{id}", 200).at("/faults/1"),
        call("delete", "/faults/{id}", 404).at("/faults/77"),
        call("delete", "/faults", 200),
        call("post", "/snapshots", 201).with(shot),
        call("post", "/snapshots", 400).with(json!({ "name": "../x" })),
        call("post", "/snapshots", 400).with(json!({ "name": "x", "path": "/tmp/x" })),
        call("get", "/snapshots", 200),
        call("get", "/conversations", 200),
        call("get", "/conversations", 200).at("/conversations?state=open"),
        call("get", "/conversations", 400).at("/conversations?state=ajar"),
        call("get", "/conversations/{id}", 200).at(format!("/conversations/{conversation}")),
        call("get", "/conversations/{id}", 404).at("/conversations/none"),
        call("get", "/queue", 200),
        call("get", "/agents", 200),
        call("put", "/agents/{name}", 200)
            .at("/agents/riley")
            .with(json!({ "on": false })),
        call("put", "/agents/{name}", 200)
            .at("/agents/sam")
            .with(json!({ "capacity": 2 })),
        call("put", "/agents/{name}", 400)
            .at("/agents/kim")
            .with(json!({ "on": true })),
        call("put", "/agents/{name}", 404)
            .at("/agents/nobody")
            .with(json!({ "on": true })),
        call("get", "/surveys", 200),
        call("put", "/surveys/{skill}", 200)
            .at("/surveys/sales")
            .with(json!({ "on": true })),
        call("put", "/surveys/{skill}", 400)
            .at("/surveys/sales")
            .with(json!({ "on": "yes" })),
        call("put", "/surveys/{skill}", 404)
            .at("/surveys/gardening")
            .with(json!({ "on": true })),
        call("get", "/world", 200),
        call("get", "/webhook", 200),
        call("put", "/webhook", 200).with(json!({ "url": "http://127.0.0.1:9/hook" })),
        call("put", "/webhook", 200).with(json!({ "url": null })),
        call("put", "/webhook", 400).with(json!({ "url": "http://shop.test/hook" })),
        call("post", "/reset", 404).with(json!({ "conversation": "none" })),
        call("post", "/reset", 400).with(json!({ "conversations": "all" })),
        call("post", "/reset", 200).with(json!({ "conversation": conversation })),
        call("post", "/snapshots/{name}/restore", 200).at("/snapshots/first/restore"),
        call("post", "/snapshots/{name}/restore", 404).at("/snapshots/second/restore"),
        call("post", "/snapshots/{name}/restore", 400).at("/snapshots/.x/restore"),
        call("delete", "/snapshots/{name}", 200).at("/snapshots/first"),
        call("delete", "/snapshots/{name}", 404).at("/snapshots/first"),
        call("post", "/reset", 200).with(json!({})),
    ]
}

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let (_sandbox, connector, _hook, control) = started().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "hello").await;
    let document: Value = control
        .send("GET", "/openapi.json", None)
        .await
        .json()
        .await
        .unwrap();
    let known: Value =
        serde_json::from_str(include_str!("../../../../assets/sandbox-openapi.json")).unwrap();
    assert_eq!(
        document, known,
        "what is served is what is in the repository"
    );
    let mut had = BTreeSet::new();
    for call in calls(&id) {
        let operation = &document["paths"][call.path][call.method];
        let shown = format!("{} {}", call.method, call.at);
        assert!(operation.is_object(), "{shown} is not in the document");
        if let (Some(body), true) = (&call.body, call.status < 300) {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let wrong = faults(&document, schema, body, "body");
            assert!(wrong.is_empty(), "{shown}: {wrong:?}");
        }
        let answer = control
            .send(&call.method.to_uppercase(), &call.at, call.body.as_ref())
            .await;
        let status = answer.status().as_u16();
        let response = &operation["responses"][status.to_string()];
        assert!(
            response.is_object(),
            "{shown}: {status} is not in the document"
        );
        had.insert(format!("{} {} {status}", call.method, call.path));
        if call.path == "/world" {
            let body = answer.bytes().await.unwrap();
            assert!(body.starts_with(b"SQLite format 3\0"), "{shown}");
            continue;
        }
        let body: Value = answer.json().await.unwrap();
        assert_eq!(status, call.status, "{shown}: {body}");
        let schema = &response["content"]["application/json"]["schema"];
        let wrong = faults(&document, schema, &body, "answer");
        assert!(wrong.is_empty(), "{shown}: {wrong:?} in {body}");
    }
    let mut listed = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for status in operation["responses"].as_object().unwrap().keys() {
                if !RARE.contains(&status.as_str()) {
                    listed.insert(format!("{method} {path} {status}"));
                }
            }
        }
    }
    assert!(BROKEN_FILE.iter().all(|one| listed.remove(*one)));
    assert_eq!(had, listed);
}

/// The paths the router is built of, read from its source.
fn routes() -> BTreeSet<(String, String)> {
    let source = include_str!("../../../../src/sandbox/server/control/mod.rs");
    let mut found = BTreeSet::new();
    for part in source.split(".route(").skip(1) {
        let part = part.split(".route(").next().unwrap();
        let mut quoted = part.split('"');
        let path = quoted.nth(1).unwrap().to_owned();
        let rest: String = quoted
            .next()
            .unwrap()
            .split(".fallback")
            .next()
            .unwrap()
            .to_owned();
        for method in ["get", "post", "put", "delete"] {
            if rest.contains(&format!("{method}(")) {
                found.insert((path.clone(), method.to_owned()));
            }
        }
    }
    found
}

#[tokio::test]
async fn there_is_no_route_the_document_lacks_and_none_it_invents() {
    let document: Value =
        serde_json::from_str(include_str!("../../../../assets/sandbox-openapi.json")).unwrap();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys();
            methods
                .map(|method| (path.clone(), method.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(routes(), described);
    // And what is neither is refused in the same shape.
    let (_sandbox, _connector, _hook, control) = started().await;
    for (method, path, status) in [("GET", "/nothing", 404), ("POST", "/state", 405)] {
        let (found, body) = Control::ask(&control, method, path, None).await;
        assert_eq!(found, status);
        assert!(body["error"].is_string(), "{body}");
    }
}
