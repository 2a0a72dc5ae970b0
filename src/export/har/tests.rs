//! The wire written out for others holds every byte that was received.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        ids::EntryId,
        inbound::{Request, Verdict},
        time::Timestamp,
    },
    export::{Redactor, SANDBOX, Talk, har, jsonl},
};

/// JSON that no reader and writer of values keeps as it is.
const ODD: &str = "{\"a\" : 1.50, \"a\":1e400,\n\"b\":\"\\u00e9\\/\u{9b}\u{202e}\u{7f}\"}";
const BINARY: &[u8] = b"\x89PNG\r\n\xff\0";

fn talk() -> Talk {
    Talk {
        consumer: "Ada".into(),
        brand: "Acme".into(),
        account: SANDBOX.into(),
        conversation: "4f0a".into(),
        began: Timestamp(0),
        exported: Timestamp(0),
        zone: jiff::tz::TimeZone::UTC,
        redactor: Redactor::default(),
    }
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    headers.iter().map(pair).collect()
}

fn hook(headers: &[(&str, &str)], body: &[u8]) -> Entry {
    let request = Request {
        at: Timestamp(5),
        headers: pairs(headers),
        body: Bytes::copy_from_slice(body),
    };
    Entry {
        id: EntryId(1),
        phone: None,
        kind: EntryKind::Hook(crate::domain::inbound::Hook::read(
            request,
            Verdict::Unsigned,
            401,
        )),
    }
}

fn call(sent: &[u8], answered: Option<&[u8]>) -> Entry {
    Entry {
        id: EntryId(2),
        phone: None,
        kind: EntryKind::Call(Exchange {
            serial: 1,
            phone: None,
            cause: None,
            conversation: None,
            purpose: "upload".to_owned(),
            method: "PUT".to_owned(),
            url: "https://va.example/a?b=c".to_owned(),
            headers: Vec::new(),
            body: Bytes::copy_from_slice(sent),
            attempt: 1,
            started: Timestamp(0),
            outcome: answered.map(|body| Outcome::Answered {
                status: 200,
                headers: pairs(&[("content-type", "image/png")]),
                body: Bytes::copy_from_slice(body),
                waited: Duration::from_millis(1),
                elapsed: Duration::from_millis(2),
            }),
        }),
    }
}

fn archived(entry: Entry) -> Value {
    let mut out = Vec::new();
    har::write::<std::io::Error>(&mut out, &talk(), [Ok(entry)]).unwrap();
    let log: Value = serde_json::from_slice(&out).unwrap();
    assert!(log["log"].get("pages").is_none(), "no page was loaded");
    assert!(
        log["log"]["comment"]
            .as_str()
            .unwrap()
            .contains("the sandbox, times in UTC")
    );
    log["log"]["entries"][0].clone()
}

fn line(entry: Entry) -> String {
    let mut out = Vec::new();
    jsonl::write::<std::io::Error>(&mut out, &talk(), [Ok(entry)]).unwrap();
    let line = String::from_utf8(out).unwrap();
    assert!(line.ends_with('\n') && line.trim_end().chars().all(|c| !c.is_control()));
    line.trim_end().to_owned()
}

#[test]
fn an_archive_has_real_sizes_and_every_byte() {
    let entry = archived(hook(&[], ODD.as_bytes()));
    let posted = &entry["request"]["postData"];
    assert_eq!(posted["text"], ODD);
    assert!(posted.get("params").is_none(), "it is text or parameters");
    assert_eq!(entry["request"]["bodySize"], ODD.len());
    assert_eq!(entry["response"]["bodySize"], -1);
    // What a webhook's body was cut to is not its size.
    let entry = archived(hook(&[("content-length", "70000")], b"{}"));
    assert_eq!(entry["request"]["bodySize"], 70_000);

    let entry = archived(call(BINARY, Some(BINARY)));
    let text = STANDARD.encode(BINARY);
    assert_eq!(entry["request"]["bodySize"], BINARY.len());
    assert_eq!(
        entry["request"]["postData"],
        json!({ "mimeType": "x-unknown", "text": text, "_encoding": "base64" })
    );
    assert_eq!(
        entry["response"]["content"],
        json!({ "mimeType": "image/png", "text": text, "encoding": "base64", "size": BINARY.len() })
    );
    assert_eq!(entry["response"]["bodySize"], BINARY.len());
    // A secret was taken out of this one.
    let entry = archived(call("client_secret=…".as_bytes(), None));
    assert_eq!(entry["request"]["bodySize"], -1);
    assert_eq!(entry["response"]["bodySize"], -1);
}

#[test]
fn lines_of_json_hold_bodies_as_they_came() {
    let text = line(hook(&[], ODD.as_bytes()));
    let body = r#""body":{"a":1.50,"a":1e400,"b":"\u00e9\/\u009b\u202e\u007f"},"#;
    assert!(text.contains(body), "{text}");
    // Numbers like 1e400 are no number of this reader.
    let read: Value = serde_json::from_str(&text.replace(body, "")).unwrap();
    assert_eq!(read["bodyText"], ODD);
    assert_eq!(read["account"], "sandbox");
    let text = line(call(BINARY, Some(b"{\"a\":1.0,\"a\":2}")));
    assert!(text.contains(r#""answer":{"a":1.0,"a":2},"#), "{text}");
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["body"], Value::Null);
    assert_eq!(read["bodyBase64"], STANDARD.encode(BINARY));
    assert!(read.get("answerText").is_none(), "it is exact already");
}
