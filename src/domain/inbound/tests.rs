//! Reading and judging webhook requests.

use proptest::prelude::*;

use crate::domain::inbound::*;

const CONTENT: &str = r#"{"kind":"notification","body":{"changes":[{"sequence":3,"originatorId":"b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87","event":{"type":"ContentEvent","message":"Yes, two left.","contentType":"text/plain"},"conversationId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","dialogId":"Qm3tY0ZfT2-uV8kXw1cLrA","messageAudience":"ALL"}]},"type":"ms.MessagingEventNotification"}"#;

fn request(headers: &[(&str, &str)], body: &[u8]) -> Request {
    Request {
        at: Timestamp(1_722_500_061_200),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: Bytes::copy_from_slice(body),
    }
}

fn read(body: &str) -> (Option<String>, Option<String>, Option<Sequence>) {
    let hook = Hook::read(request(&[], body.as_bytes()), Verdict::Valid, 200);
    (
        hook.kind,
        hook.conversation.map(String::from),
        hook.sequence,
    )
}

fn credentials() -> Credentials {
    Credentials {
        account: "55512300".into(),
        client: "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41".into(),
        secret: Secret::new("k4v9s0m2example7secret1"),
    }
}

#[test]
fn the_summary_of_a_message_names_conversation_and_sequence() {
    let (kind, conversation, sequence) = read(CONTENT);
    assert_eq!(kind.as_deref(), Some("ms.MessagingEventNotification"));
    assert_eq!(
        conversation.as_deref(),
        Some("4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310")
    );
    assert_eq!(sequence, Some(3));
}

#[test]
fn the_dialog_stands_in_for_a_missing_conversation() {
    let body = r#"{"body":{"changes":[{"dialogId":"d","sequence":0}]},"type":"t"}"#;
    assert_eq!(read(body), (Some("t".into()), Some("d".into()), Some(0)));
}

#[test]
fn a_conversation_change_is_known_by_its_result() {
    let body = r#"{"body":{"changes":[{"type":"UPSERT","result":{"convId":"c","conversationDetails":{"convId":"x"}}}]},"type":"cqm.ExConversationChangeNotification"}"#;
    assert_eq!(
        read(body),
        (
            Some("cqm.ExConversationChangeNotification".into()),
            Some("c".into()),
            None
        )
    );
}

#[test]
fn only_the_first_of_several_changes_is_looked_at() {
    let body = r#"{"type":"t","body":{"changes":[{"conversationId":"a"},{"conversationId":"b","sequence":9}]}}"#;
    assert_eq!(read(body), (Some("t".into()), Some("a".into()), None));
}

#[test]
fn members_of_the_wrong_type_count_as_missing() {
    let body = r#"{"type":7,"body":{"changes":[{"conversationId":null,"dialogId":{"a":1},"sequence":"3","result":["convId"]}]}}"#;
    assert_eq!(read(body), (None, None, Some(3)));
    for body in [
        r#"{"type":"t","body":[]}"#,
        r#"{"type":"t","body":{"changes":{}}}"#,
        r#"{"type":"t","body":{"changes":[]}}"#,
        r#"{"type":"t","body":{"changes":[[1],2]}}"#,
        r#"{"type":"t","body":{"changes":[{"sequence":-1}]}}"#,
        r#"{"type":"t","body":{"changes":[{"sequence":1.5}]}}"#,
        r#"{"type":"t","body":{"changes":[{"sequence":9223372036854775808}]}}"#,
    ] {
        assert_eq!(read(body), (Some("t".into()), None, None), "{body}");
    }
}

#[test]
fn what_cannot_be_read_whole_says_what_can() {
    let deep = format!(r#"{{"type":"t","body":{}"#, "[".repeat(100_000));
    for body in ["", "OK", "[]"] {
        assert_eq!(read(body), (None, None, None));
    }
    for body in [
        r#"{"type":"t""#,
        r#"{"type":"t"} x"#,
        "\u{feff}{\"type\":\"t\"}",
        &deep,
    ] {
        assert_eq!(read(body), (Some("t".into()), None, None));
    }
    let odd = CONTENT.replace("\"sequence\":3", "\"n\":1e400,\"sequence\":\"3\"");
    let (_, conversation, sequence) = read(&format!("\u{feff}{odd}"));
    assert_eq!(
        conversation.as_deref(),
        Some("4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310")
    );
    assert_eq!(sequence, Some(3));
    let hook = Hook::read(
        request(&[], b"{\"type\":\"t\",\"x\":\"\xff\"}"),
        Verdict::Unsigned,
        401,
    );
    assert_eq!(hook.kind.as_deref(), Some("t"));
}

#[test]
fn depth_where_nobody_looks_does_no_harm() {
    let nest = 5_000;
    let body = format!(
        r#"{{"type":"t","x":{}{}}}"#,
        "[".repeat(nest),
        "]".repeat(nest)
    );
    assert_eq!(read(&body).0.as_deref(), Some("t"));
}

#[test]
fn the_published_signatures_are_valid_and_one_changed_byte_is_not() {
    let empty =
        r#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#;
    let words = r#"{"kind":"notification","body":{"changes":[{"event":{"type":"ContentEvent","message":"Grüße ✓","contentType":"text/plain"}}]},"type":"ms.MessagingEventNotification"}"#;
    for (body, signature) in [
        (empty, "sha1=wwH/68fBYQQlJGbbqtatUSnxUmE="),
        (empty, "sha256=TOGmaOVFdsQTA3Z3MwV0j768bAmNjVG6HYDipeknlP0="),
        (words, "sha1=uFtxcvwJAUTacO09RhV8705wRJg="),
        (words, "sha256=Pbqbp2II4Gxl1M2YicUVER+WmP3k5y90qlwxh5+OsDg="),
    ] {
        let mut headers = [
            (ACCOUNT_HEADER, "55512300"),
            (CLIENT_HEADER, "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41"),
            (SIGNATURE_HEADER, signature),
        ];
        let good = request(&headers, body.as_bytes());
        assert_eq!(judge(&good, &credentials()), Verdict::Valid);
        let mut changed = body.as_bytes().to_vec();
        changed[10] ^= 1;
        let changed = request(&headers, &changed);
        assert_eq!(
            judge(&changed, &credentials()),
            Verdict::Invalid(Mismatch::Secret)
        );
        assert_eq!(
            judge(&request(&headers[..2], body.as_bytes()), &credentials()),
            Verdict::Unsigned
        );
        headers[0].1 = "55512301";
        let foreign = request(&headers, body.as_bytes());
        assert_eq!(
            judge(&foreign, &credentials()),
            Verdict::Invalid(Mismatch::Account)
        );
    }
}

proptest! {
    #[test]
    fn no_body_and_no_header_makes_it_panic(
        body in proptest::collection::vec(any::<u8>(), 0..2_000),
        signature in "(sha1=|sha256=|md5=)?.{0,80}",
    ) {
        let request = request(&[(SIGNATURE_HEADER, &signature)], &body);
        prop_assert_eq!(judge(&request, &credentials()), Verdict::Invalid(Mismatch::Account));
        let _ = Hook::read(request, Verdict::Invalid(Mismatch::Secret), 401);
    }

    #[test]
    fn no_document_makes_it_panic(body in "[\\[\\]{}\",:a-z0-9\\\\ ]{0,200}") {
        let text = format!(r#"{{"type":"t","body":{{"changes":[{body}]}}}}"#);
        let _ = read(&text);
        let _ = read(&body);
    }
}

#[test]
fn the_subject_names_conversation_and_consumer_wherever_they_stand() {
    let subject = |body: &str| {
        let Subject {
            conversation,
            consumer,
            fleeting,
        } = Subject::read(body.as_bytes());
        let text = |id: Option<String>| id.unwrap_or_default();
        (
            text(conversation.map(String::from)),
            text(consumer.map(String::from)),
            fleeting,
        )
    };
    let own = r#"{"body":{"changes":[{"originatorId":"ada","originatorMetadata":{"role":"CONSUMER"},"event":{"type":"ChatStateEvent"},"conversationId":"c"}]}}"#;
    assert_eq!(subject(own), ("c".into(), "ada".into(), true));
    let agents = r#"{"body":{"changes":[{"originatorMetadata":{"id":"riley","role":"ASSIGNED_AGENT"},"event":{"type":"ContentEvent"},"dialogId":"d"}]}}"#;
    assert_eq!(subject(agents), ("d".into(), String::new(), false));
    let change = r#"{"body":{"changes":[{"result":{"convId":"c","conversationDetails":{"participants":[7,{"id":"riley","role":"AGENT"},{"role":"CONSUMER","id":"ada"},{"role":"CONSUMER","id":"eve"}]}}}]}}"#;
    assert_eq!(subject(change), ("c".into(), "ada".into(), false));
    let long = format!(
        r#"{{"body":{{"changes":[{{"conversationId":"{}"}}]}}}}"#,
        "c".repeat(257)
    );
    for nothing in ["not json", "", "[[", long.as_str()] {
        assert_eq!(Subject::read(nothing.as_bytes()), Subject::default());
    }
}
