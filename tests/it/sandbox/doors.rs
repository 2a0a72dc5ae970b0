//! The sandbox from outside: what a request of somebody else on this machine, or of a page of
//! another site in the owner's browser, gets out of it.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::{sandbox::rig::Process, support::http::once};

/// What no request may write over.
const PRECIOUS: &str = "precious";

/// A sandbox as a process, asked with requests spelled out.
struct Door {
    process: Process,
    address: SocketAddr,
    token: String,
}

impl Door {
    async fn open(arguments: &[&str]) -> Self {
        let process = Process::start(arguments).await;
        let csds = process.ready["csds"].as_str().unwrap();
        Self {
            address: csds.strip_prefix("http://").unwrap().parse().unwrap(),
            token: process.ready["control_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            process,
        }
    }

    fn token(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }

    /// The status and the body of the answer to a request with these headers.
    async fn ask(&self, line: &str, headers: &[&str], body: &str) -> (u16, String) {
        let head = [&["HTTP/1.1"][..], headers].concat().join("\r\n");
        let length = body.len();
        let request = format!("{line} {head}\r\nContent-Length: {length}\r\n\r\n{body}");
        let answer = once(self.address, request.as_bytes()).await.unwrap();
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    /// The same of the owner's: under the right name, with the token.
    async fn own(&self, line: &str, headers: &[&str], body: &str) -> (u16, String) {
        let (host, token) = (format!("Host: {}", self.address), self.token());
        let headers = [&[host.as_str(), token.as_str()], headers].concat();
        self.ask(line, &headers, body).await
    }

    async fn snapshot(&self, body: &Value) -> (u16, String) {
        let json = ["Content-Type: application/json"];
        let line = "POST /sandbox/v1/snapshots";
        self.own(line, &json, &body.to_string()).await
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn no_request_says_where_a_file_is_written() {
    let folder = tempdir().unwrap();
    let victim = folder.path().join("authorized_keys");
    fs::write(&victim, PRECIOUS).unwrap();
    let state = folder.path().join("cloud.db");
    for arguments in [&["--state", path(&state)][..], &[]] {
        let door = Door::open(arguments).await;
        for target in [path(&victim), "/dev/null", "x"] {
            let asked = json!({ "name": "x", "path": target });
            assert_eq!(door.snapshot(&asked).await.0, 400, "{target}");
        }
        for name in [
            "../x",
            "/x",
            "a/b",
            ".x",
            "",
            "x\u{0}",
            "ü",
            &"x".repeat(65),
        ] {
            let (status, _) = door.snapshot(&json!({ "name": name })).await;
            assert_eq!(status, 400, "{name:?}");
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), PRECIOUS);
    }
}

#[tokio::test]
async fn a_snapshot_is_written_over_nothing_but_a_snapshot() {
    let folder = tempdir().unwrap();
    let victim = folder.path().join("authorized_keys");
    fs::write(&victim, PRECIOUS).unwrap();
    let state = folder.path().join("cloud.db");
    let door = Door::open(&["--state", path(&state)]).await;
    let (status, taken) = door.snapshot(&json!({ "name": "first" })).await;
    assert_eq!(status, 201, "{taken}");
    let taken: Value = serde_json::from_str(&taken).unwrap();
    let first = Path::new(taken["file"].as_str().unwrap());
    let own = first.parent().unwrap();
    assert_ne!(own, folder.path(), "snapshots have a folder of their own");
    let file = |name: &str| {
        own.join(
            first
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .replace("first", name),
        )
    };
    // One of its own is replaced.
    assert_eq!(door.snapshot(&json!({ "name": "first" })).await.0, 201);
    symlink(&victim, file("linked")).unwrap();
    symlink("/dev/null", file("null")).unwrap();
    fs::write(file("foreign"), PRECIOUS).unwrap();
    fs::create_dir(file("folder")).unwrap();
    for name in ["linked", "null", "foreign", "folder"] {
        let (status, said) = door.snapshot(&json!({ "name": name })).await;
        assert_eq!(status, 409, "{name}: {said}");
        // Nor is one read from there.
        let line = format!("POST /sandbox/v1/snapshots/{name}/restore");
        assert_eq!(door.own(&line, &[], "").await.0, 409, "{name}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), PRECIOUS);
    assert_eq!(fs::read_to_string(file("foreign")).unwrap(), PRECIOUS);
    assert!(file("linked").is_symlink() && file("null").is_symlink());
    // What somebody else can put things into is no folder of the sandbox's own.
    fs::set_permissions(own, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(door.snapshot(&json!({ "name": "second" })).await.0, 409);
    assert!(!file("second").exists());
}

#[tokio::test]
async fn the_control_api_asks_for_its_token_and_for_no_browser() {
    let door = Door::open(&["--seed", "7", "--agent", "none"]).await;
    let host = format!("Host: {}", door.address);
    let right = door.token();
    assert!(door.token.len() >= 32, "the ready line has the token");
    for path in ["state", "openapi.json", "conversations", "nothing"] {
        let line = format!("GET /sandbox/v1/{path}");
        for wrong in [
            "X-Nothing: 1",
            "Authorization: Bearer x",
            "Authorization: Basic eDp4",
        ] {
            let (status, said) = door.ask(&line, &[&host, wrong], "").await;
            assert_eq!(status, 403, "{path}, {wrong}: {said}");
            assert!(!said.contains(&door.token));
        }
    }
    assert_eq!(
        door.ask("GET /sandbox/v1/state", &[&host, &right], "")
            .await
            .0,
        200
    );
    let same = format!("Origin: http://{}", door.address);
    for (header, expected) in [
        ("Origin: http://elsewhere.test", 403),
        ("Origin: http://127.0.0.1:1", 403),
        ("Origin: null", 403),
        (same.as_str(), 200),
        ("Sec-Fetch-Site: cross-site", 403),
        ("Sec-Fetch-Site: same-site", 403),
        ("Sec-Fetch-Site: same-origin", 200),
        ("Sec-Fetch-Site: none", 200),
    ] {
        let (status, said) = door.own("GET /sandbox/v1/state", &[header], "").await;
        assert_eq!(status, expected, "{header}: {said}");
    }
    for (kind, expected) in [
        ("X-Nothing: 1", 415),
        ("Content-Type: text/plain", 415),
        ("Content-Type: application/x-www-form-urlencoded", 415),
        ("Content-Type: application/json; charset=utf-8", 200),
    ] {
        let (status, said) = door.own("POST /sandbox/v1/reset", &[kind], "{}").await;
        assert_eq!(status, expected, "{kind}: {said}");
    }
    // A seed gives ids and secrets; the token is by chance all the same.
    let again = Door::open(&["--seed", "7", "--agent", "none"]).await;
    let secret = |door: &Door| door.process.ready["client_secret"].clone();
    assert_eq!(secret(&door), secret(&again));
    assert_ne!(door.token, again.token);
}

#[tokio::test]
async fn under_a_foreign_name_nothing_is_read() {
    let door = Door::open(&["--agent", "none"]).await;
    let port = door.address.port();
    let account = door.process.ready["account"].as_str().unwrap();
    let lookup = format!("GET /api/account/{account}/service/baseURI.json?version=1.0");
    let paths = [
        lookup.clone(),
        "GET /sentinel/well-known/jwks".to_owned(),
        format!("POST /messaging_history/api/account/{account}/conversations/search"),
        format!("GET /ws_api/account/{account}/messaging/brand/x?v=2"),
        format!("POST /api/account/{account}/login?v=1.3"),
        format!("POST /api/account/{account}/messaging/consumer/conversation?v=3"),
        "GET /nowhere".to_owned(),
        "OPTIONS /nowhere".to_owned(),
    ];
    let foreign = [
        format!("Host: evil.test:{port}"),
        format!("Host: 127.0.0.1.evil.test:{port}"),
        format!("Host: localhost.evil.test:{port}"),
        format!("Host: 192.0.2.7:{port}"),
        format!("Host: a@127.0.0.1:{port}"),
        "Host:".to_owned(),
        "X-Nothing: 1".to_owned(),
    ];
    for line in &paths {
        for host in &foreign {
            let (status, said) = door.ask(line, &[host], "").await;
            assert_eq!(status, 403, "{line}, {host}: {said}");
        }
    }
    // A program of the owner's in between may have another port.
    for host in ["Host: 127.0.0.1:1", "Host: localhost"] {
        assert_eq!(door.ask(&paths[0], &[host], "").await.0, 200, "{host}");
    }
    // With the token neither.
    let line = "GET /sandbox/v1/conversations";
    for host in &foreign {
        assert_eq!(
            door.ask(line, &[host, &door.token()], "").await.0,
            403,
            "{host}"
        );
    }
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "127.1.2.3",
    ] {
        let host = format!("Host: {host}:{port}");
        assert_eq!(door.ask(&lookup, &[&host], "").await.0, 200, "{host}");
    }
}

#[tokio::test]
async fn a_name_that_the_owner_gives_is_the_sandboxs_too() {
    let door = Door::open(&[
        "--listen",
        "0.0.0.0:0",
        "--host",
        "cloud.test",
        "--host",
        "sandbox",
    ])
    .await;
    let account = door.process.ready["account"].as_str().unwrap();
    let lookup = format!("GET /api/account/{account}/service/sentinel/baseURI.json?version=1.0");
    // A container's port is another one outside of it.
    for host in [
        "cloud.test:8080",
        "Sandbox",
        "172.17.0.2:9999",
        "localhost:9999",
    ] {
        let (status, said) = door.ask(&lookup, &[&format!("Host: {host}")], "").await;
        assert_eq!(status, 200, "{host}: {said}");
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["baseURI"], host);
    }
    let (status, said) = door.ask(&lookup, &["Host: other.test:8080"], "").await;
    assert!(status == 403 && said.contains("--host"), "{status} {said}");
}
