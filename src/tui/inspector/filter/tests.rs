//! Each term of the filter tells entries apart, and what is wrong is told.

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::{
    domain::{
        exchange::Exchange,
        ids::EntryId,
        inbound::{Hook, Request},
        time::Timestamp,
    },
    tui::inspector::summary::{kinds, summary},
};

fn call(purpose: &str, body: &'static str, outcome: Option<Outcome>) -> Entry {
    Entry {
        id: EntryId(1),
        phone: None,
        kind: EntryKind::Call(Exchange {
            serial: 1,
            phone: None,
            cause: None,
            conversation: Some("4f0a2b7e".into()),
            purpose: purpose.to_owned(),
            method: "POST".to_owned(),
            url: "http://localhost/api/send?v=3".to_owned(),
            headers: vec![(
                "client-properties".to_owned(),
                "{\"os\":\"LINUX\"}".to_owned(),
            )],
            body: Bytes::from_static(body.as_bytes()),
            attempt: 1,
            started: Timestamp(0),
            outcome,
        }),
    }
}

fn answered(status: u16) -> Entry {
    let outcome = Outcome::Answered {
        status,
        headers: Vec::new(),
        body: Bytes::from_static("{\"message\":\"Grüße\"}".as_bytes()),
        waited: Duration::ZERO,
        elapsed: Duration::ZERO,
    };
    call(
        "ms.PublishEvent text",
        "{\"body\":{\"event\":{\"type\":\"ContentEvent\"}}}",
        Some(outcome),
    )
}

fn hook(verdict: Verdict, status: u16) -> Entry {
    let body = "{\"body\":{\"changes\":[{\"event\":{\"type\":\"ChatStateEvent\",\"chatState\":\"PAUSE\"}}]}}";
    Entry {
        id: EntryId(2),
        phone: None,
        kind: EntryKind::Hook(Hook {
            request: Request {
                at: Timestamp(0),
                headers: Vec::new(),
                body: Bytes::from_static(body.as_bytes()),
            },
            verdict,
            status,
            kind: Some("ms.MessagingEventNotification".to_owned()),
            conversation: Some("9c3d".into()),
            sequence: None,
        }),
    }
}

fn passes(filter: &str, entry: &Entry) -> bool {
    let summary = summary(entry);
    let filter = Filter::read(filter).unwrap();
    filter.passes(entry, &summary, &kinds(entry, &summary))
}

#[test]
fn words_are_looked_for_everywhere_and_all_have_to_be_there() {
    let entry = answered(200);
    for filter in [
        "",
        "  ",
        "SEND",
        "contentevent",
        "publishevent TEXT",
        "linux",
        "client-properties",
        "grüße \"publishevent text\"",
        "http://localhost",
        "\"{\"",
        "-",
        "-absent",
    ] {
        assert!(passes(filter, &entry), "{filter:?}");
    }
    assert!(!passes("send absent", &entry));
    assert!(!passes("-send", &entry));
}

#[test]
fn terms_tell_type_direction_status_signature_and_conversation() {
    let (good, refused) = (answered(200), answered(401));
    let failed = call(
        "AppJWT",
        "",
        Some(Outcome::Failed {
            reason: "refused".to_owned(),
            elapsed: Duration::ZERO,
        }),
    );
    let pending = call("AppJWT", "", None);
    let (valid, forged) = (
        hook(Verdict::Valid, 200),
        hook(Verdict::Invalid(Mismatch::Secret), 401),
    );
    let unsigned = hook(Verdict::Unsigned, 401);
    let all = [
        &good, &refused, &failed, &pending, &valid, &forged, &unsigned,
    ];
    for (filter, fitting) in [
        ("type:contentEvent", &[0, 1][..]),
        ("type:publishevent", &[0, 1]),
        ("type:chatstate", &[4, 5, 6]),
        ("type:appjwt", &[2, 3]),
        ("dir:in", &[4, 5, 6]),
        ("dir:out", &[0, 1, 2, 3]),
        ("-dir:out", &[4, 5, 6]),
        ("status:4xx", &[1, 5, 6]),
        ("status:4", &[1, 5, 6]),
        ("status:40", &[1, 5, 6]),
        ("status:401", &[1, 5, 6]),
        ("status:200", &[0, 4]),
        ("status:failed", &[2]),
        ("status:fail", &[2]),
        ("status:pending", &[3]),
        ("sig:ok", &[4]),
        ("sig:bad", &[5]),
        ("sig:none", &[6]),
        ("conv:4f0a", &[0, 1, 2, 3]),
        ("-conv:4F0A", &[4, 5, 6]),
        ("dir:out -status:2xx -status:failed", &[1, 3]),
        ("type: dir:", &[0, 1, 2, 3, 4, 5, 6]),
    ] {
        let found: Vec<usize> = (0..all.len())
            .filter(|at| passes(filter, all[*at]))
            .collect();
        assert_eq!(found, fitting, "{filter}");
    }
}

#[test]
fn a_wrong_term_says_what_is_known() {
    for (filter, told) in [
        (
            "kind:x",
            "kind: is no term; there are type: dir: status: sig: conv: and \"words\" in quotes",
        ),
        ("dir:up", "dir:up is neither dir:in nor dir:out"),
        (
            "status:abc",
            "status:abc is none of status:401, 4xx, failed, pending",
        ),
        (
            "status:99999",
            "status:99999 is none of status:401, 4xx, failed, pending",
        ),
        ("-sig:maybe", "sig:maybe is none of sig:ok, bad, none"),
    ] {
        assert_eq!(Filter::read(filter).unwrap_err(), told);
    }
    assert!(Filter::read("\"kind:x\"").is_ok());
}
