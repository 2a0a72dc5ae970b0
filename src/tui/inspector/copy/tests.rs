//! What is copied says the same as the entry, to a real shell too.

use std::{fs, io::Write, os::unix::fs::PermissionsExt, process::Command, time::Duration};

use bytes::Bytes;

use super::*;
use crate::domain::{
    exchange::Exchange,
    ids::EntryId,
    inbound::{Hook, Request, Verdict},
    time::Timestamp,
};

pub(crate) fn call(headers: &[(&str, &str)], body: &[u8]) -> Entry {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Entry {
        id: EntryId(7),
        phone: None,
        kind: EntryKind::Call(Exchange {
            serial: 1,
            phone: None,
            cause: None,
            conversation: Some("4f0a".into()),
            purpose: "ms.PublishEvent text".to_owned(),
            method: "POST".to_owned(),
            url: "https://va.example/api/send?v=3&x='$(touch never)'".to_owned(),
            headers: headers.iter().map(pair).collect(),
            body: Bytes::copy_from_slice(body),
            attempt: 2,
            started: Timestamp(1_000),
            outcome: Some(Outcome::Answered {
                status: 200,
                headers: vec![
                    ("x-a".to_owned(), "1".to_owned()),
                    ("x-a".to_owned(), "2".to_owned()),
                ],
                body: Bytes::from_static(b"{\"code\":\"OK\"}"),
                waited: Duration::from_millis(3),
                elapsed: Duration::from_millis(4),
            }),
        }),
    }
}

pub(crate) fn hook(headers: &[(&str, &str)], body: &[u8]) -> Entry {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Entry {
        id: EntryId(8),
        phone: None,
        kind: EntryKind::Hook(Hook {
            request: Request {
                at: Timestamp(5),
                headers: headers.iter().map(pair).collect(),
                body: Bytes::copy_from_slice(body),
            },
            verdict: Verdict::Unsigned,
            status: 401,
            kind: None,
            conversation: None,
            sequence: None,
        }),
    }
}

/// Lets a shell run a command with a curl that writes down what it was called with, one file an
/// argument, and what it was given to read.
fn called(command: &str) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let curl = folder.path().join("curl");
    let script = "#!/bin/sh\ncd \"$OUT\"\nn=100\nfor one; do n=$((n+1)); printf %s \"$one\" > $n; done\ncase \"$*\" in *@-*) cat > 999;; esac\n";
    fs::write(&curl, script).unwrap();
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let path = format!(
        "{}:{}",
        folder.path().display(),
        std::env::var("PATH").unwrap()
    );
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(command.as_bytes()).unwrap();
    let done = Command::new("sh")
        .arg(file.path())
        .env("PATH", path)
        .env("OUT", &out)
        .env("APP_JWT", "app token")
        .env("CONSUMER_JWS", "consumer token")
        .env("CLIENT_SECRET", "the secret")
        .status()
        .unwrap();
    assert!(done.success(), "{command}");
    let mut names: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    names.sort();
    names.iter().map(|name| fs::read(name).unwrap()).collect()
}

fn texts(command: &str) -> Vec<String> {
    let all = called(command).into_iter();
    all.map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

#[test]
fn a_shell_gives_curl_exactly_what_was_sent() {
    let said = "{\"message\":\"it's \\\"$HOME\\\" `id` \\\\ 100% !! значок 👍🏽 …\"}";
    let headers = [
        ("authorization", "…"),
        ("x-lp-on-behalf", "…"),
        ("content-type", "application/json"),
        ("content-length", "3"),
        ("client-properties", "{\"a\":\"it's\"}"),
    ];
    let command = curl(&call(&headers, said.as_bytes()), Some("handset-ada"));
    assert!(
        command.contains("\"${APP_JWT}\"") && !command.contains("content-length"),
        "{command}"
    );
    let first = ": '# set APP_JWT and CONSUMER_JWS; handset token --export --reveal --consumer handset-ada prints the tokens'\n";
    assert!(command.starts_with(first), "{command}");
    assert_eq!(
        needed(&call(&headers, said.as_bytes())),
        "APP_JWT and CONSUMER_JWS"
    );
    assert_eq!(
        texts(&command),
        [
            "-X",
            "POST",
            "https://va.example/api/send?v=3&x='$(touch never)'",
            "-H",
            "authorization: app token",
            "-H",
            "x-lp-on-behalf: consumer token",
            "-H",
            "content-type: application/json",
            "-H",
            "client-properties: {\"a\":\"it's\"}",
            "--data-raw",
            said,
        ]
    );
}

#[test]
fn the_secret_of_a_form_is_a_variable() {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let command = curl(
        &call(&headers, "client_id=1&client_secret=…".as_bytes()),
        None,
    );
    assert_eq!(
        texts(&command).last().unwrap(),
        "client_id=1&client_secret=the secret"
    );
}

#[test]
fn a_body_that_is_no_text_goes_through_whole() {
    let body = b"\x89PNG\r\n\0\xff'";
    let given = called(&curl(&call(&[], body), None));
    assert_eq!(given.last().unwrap(), body);
    // Nothing is sent where nothing was.
    assert!(!curl(&call(&[], b""), None).contains("--data"));
}

#[test]
fn json_tells_the_whole_entry() {
    let told: Value = serde_json::from_str(&as_json(&call(&[("a", "b")], b"{\"x\":1}"))).unwrap();
    assert_eq!(told["body"], json!({"x": 1}));
    assert_eq!(told["attempt"], 2);
    assert_eq!(
        told["answer"]["headers"][1],
        json!({"name": "x-a", "value": "2"})
    );
    assert_eq!(told["answer"]["elapsedMs"], 4);
    let hook = hook(&[], b"not json");
    let told: Value = serde_json::from_str(&as_json(&hook)).unwrap();
    assert_eq!(
        (&told["signature"], &told["body"]),
        (&json!("unsigned"), &json!("not json"))
    );
    assert_eq!((sent(&hook), answered(&hook)), (&b"not json"[..], &b""[..]));
    let copied = curl(&hook, None);
    assert!(
        copied.starts_with(": '# set WEBHOOK_URL'\ncurl -X 'POST' \"${WEBHOOK_URL}\""),
        "{copied}"
    );
}

#[test]
fn copied_json_has_bodies_as_they_came() {
    let odd = "{\"a\" : 1.50, \"a\":1e400, \"b\":\"\u{9b}\u{202e}\"}";
    let told = as_json(&hook(&[("x", "\u{9b}\u{7f}")], odd.as_bytes()));
    let body = [
        "  \"body\": {",
        "    \"a\": 1.50,",
        "    \"a\": 1e400,",
        "    \"b\": \"\\u009b\\u202e\"",
        "  },",
        "  \"bodyText\": \"{\\\"a\\\" : 1.50, \\\"a\\\":1e400, \\\"b\\\":\\\"\\u009b\\u202e\\\"}\"",
        "}",
    ];
    assert!(told.ends_with(&body.join("\n")), "{told}");
    assert!(told.contains(r#""value": "\u009b\u007f""#), "{told}");
    let told: Value = serde_json::from_str(&as_json(&call(&[], b"\xff"))).unwrap();
    assert_eq!(
        (&told["body"], &told["bodyBase64"]),
        (&Value::Null, &json!("/w=="))
    );
}
