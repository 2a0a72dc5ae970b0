//! What services answer, good and bad, read from `tests/fixtures/wire/answers`.

use std::{fs, path::PathBuf};

use handset::domain::{
    ids::ConversationId,
    retry::Problem,
    wire::{
        answer::{Answer, Misread, read_open_answer, read_send_answer},
        fault::{self, Fault},
        temp_url::read_url_answer,
    },
};

fn fixture(name: &str) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/wire/answers")
        .join(format!("{name}.json"));
    fs::read(file).expect(name)
}

fn refused(misread: Misread) -> Fault {
    match misread {
        Misread::Refused(fault) => fault,
        Misread::Garbled(reason) => panic!("garbled: {reason}"),
    }
}

#[test]
fn send_answers_give_the_sequence_in_either_dialect() {
    for (name, sequence) in [
        ("send-ok", Some(4)),
        ("send-code-200", Some(0)),
        ("send-update", None),
        ("send-update-string", None),
    ] {
        let answer = read_send_answer(&fixture(name));
        assert_eq!(answer, Ok(Answer { sequence }), "{name}");
    }
}

#[test]
fn an_address_for_a_file_is_read_with_its_parameters() {
    let url = read_url_answer(&fixture("upload-url"), None).unwrap();
    assert!(
        url.path.starts_with("/v1/AUTH_async-images/55512300/"),
        "{url:?}"
    );
    let names: Vec<_> = url.query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["temp_url_sig", "temp_url_expires"]);
    let refused = read_url_answer(&fixture("send-refused-in-200"), None);
    assert!(matches!(refused, Err(Misread::Refused(_))));
}

#[test]
fn a_refusal_inside_a_good_answer_is_a_refusal() {
    let fault = refused(read_send_answer(&fixture("send-refused-in-200")).unwrap_err());
    assert_eq!((fault.status, fault.code), (400, Some(40004)));
    assert_eq!(fault.title.as_str(), "Conversation is closed");

    let fault = refused(read_open_answer(&fixture("open-refused-in-200")).unwrap_err());
    assert_eq!((fault.status, fault.code), (429, Some(42901)));
    assert!(matches!(Problem::of(fault), Problem::Busy { .. }));
}

#[test]
fn nonsense_is_told_from_a_refusal() {
    for body in ["", "null", "[]", "7", "<html>"] {
        let misread = read_send_answer(body.as_bytes()).unwrap_err();
        assert!(matches!(misread, Misread::Garbled(_)), "{body}");
        let misread = read_open_answer(body.as_bytes()).unwrap_err();
        assert!(matches!(misread, Misread::Garbled(_)), "{body}");
    }
    for body in ["{\"code\":", "{}", "{\"code\":\"OK\",\"body\":{\"sequ"] {
        // An object with a good status is a yes, whatever it says besides.
        let taken = read_send_answer(body.as_bytes());
        assert_eq!(taken, Ok(Answer { sequence: None }), "{body}");
        let misread = read_open_answer(body.as_bytes()).unwrap_err();
        assert!(matches!(misread, Misread::Garbled(_)), "{body}");
    }
    let misread = read_open_answer(&fixture("open-without-id")).unwrap_err();
    assert!(matches!(misread, Misread::Garbled(_)));
}

#[test]
fn the_conversation_is_found_wherever_it_stands() {
    let expected = ConversationId::from("4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310");
    for name in ["open-ok", "open-reversed", "open-profile-refused"] {
        let id = read_open_answer(&fixture(name));
        assert_eq!(id, Ok(expected.clone()), "{name}");
    }
}

#[test]
fn faults_are_read_in_every_shape() {
    let cases: [(&str, u16, Option<u32>, &str, &str); 6] = [
        (
            "fault-40102",
            401,
            Some(40102),
            "Invalid AppJWT",
            "AppJWT has expired or is invalid",
        ),
        (
            "fault-50201",
            502,
            Some(50201),
            "Unable to access resource",
            "",
        ),
        (
            "fault-string-body",
            400,
            None,
            "Agent does not exist in conversation",
            "",
        ),
        (
            "fault-oauth",
            401,
            None,
            "invalid_client",
            "unknown client_id",
        ),
        ("fault-domains", 404, None, "service not found", ""),
        // Escape sequences and the line break are gone; a code in a string counts.
        ("fault-hostile", 400, Some(40002), "red line two", "bell"),
    ];
    for (name, status, code, title, details) in cases {
        let fault = fault::read(status, &fixture(name));
        assert_eq!(
            (
                fault.status,
                fault.code,
                fault.title.as_str(),
                fault.details.as_str()
            ),
            (status, code, title, details),
            "{name}"
        );
    }
}

#[test]
fn a_fault_without_a_body_still_has_its_status() {
    for body in ["", "[]", "{}", "null"] {
        let fault = fault::read(503, body.as_bytes());
        assert_eq!(fault.status, 503, "{body}");
        assert_eq!(fault.to_string(), "503", "{body}");
    }
    let page = format!("<html>{}</html>", "down ".repeat(500));
    let fault = fault::read(502, page.as_bytes());
    assert!(fault.title.as_str().chars().count() <= 301);
    assert!(fault.title.as_str().ends_with('…'));
    assert!(
        fault::read(500, &[0xff, 0xfe, b'x'])
            .title
            .as_str()
            .contains('x')
    );
}

#[test]
fn a_fault_reads_as_one_line() {
    let fault = fault::read(401, &fixture("fault-40102"));
    assert_eq!(
        fault.to_string(),
        "401 [40102] Invalid AppJWT: AppJWT has expired or is invalid"
    );
    assert!(!fault.is_about_consumer());
    let fault = fault::read(404, &fixture("fault-domains"));
    assert_eq!(fault.to_string(), "404 service not found");
}
