//! Texts that are said, waited for and shown.

use crate::scenario::{matching::*, syntax::text};

struct Given;

impl Values for Given {
    fn value(&self, path: &str) -> Option<String> {
        match path {
            "order" => Some("40417".to_owned()),
            "odd" => Some("(a+)+[".to_owned()),
            "pin" => Some("1234".to_owned()),
            _ => None,
        }
    }

    fn env(&self, name: &str) -> Option<String> {
        (name == "SET").then(|| "from outside".to_owned())
    }

    fn is_secret(&self, path: &str) -> bool {
        path == "pin"
    }
}

fn wanted(written: &str) -> Wanted {
    let (payload, faults) = text::payload(written);
    assert_eq!(faults, []);
    payload.wanted(&Given).unwrap()
}

#[track_caller]
fn finds(written: &str, heard: &str, expected: &[(&str, &str)]) {
    let captures = wanted(written).find(heard);
    let expected = expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    assert_eq!(captures, Some(expected.collect()), "{written} in {heard}");
}

#[track_caller]
fn misses(written: &str, heard: &str) {
    assert_eq!(wanted(written).find(heard), None, "{written} in {heard}");
}

#[test]
fn plain_words_are_contained_at_word_boundaries_and_looks_do_not_matter() {
    finds("order number", "May I have your Order\n Number?", &[]);
    misses("order number", "your reorder number");
    misses("order number", "order numbers");
    finds("it's \"fine\"", "It’s  “FINE”.", &[]);
    finds("Café", "CAFE\u{301}", &[]);
    finds("Cafe\u{301}", "café", &[]);
    finds("straße", "Die STRASSE? Die STRAßE!", &[]);
    finds("(a+)+[", "x (a+)+[ y", &[]);
    finds("24 EUR", "costs 24\u{a0}EUR.", &[]);
    finds("订单", "您的订单号", &[]);
    misses("40417", "404170");
    finds("😀", "hi😀you", &[]);
    finds("\" a\"", "b a", &[]);
    misses("\" a\"", "a");
}

#[test]
fn dots_stand_for_anything() {
    finds("Let me … up", "Let me look\nthat up", &[]);
    finds("Let me ... up", "let me up", &[]);
    misses("Let me … up", "let melody up");
    finds("…", "", &[]);
    finds("ord…ber", "order number", &[]);
}

#[test]
fn values_are_put_in_and_captures_taken_out() {
    finds("order {order}", "Order 40417.", &[]);
    finds("{odd}", "x (a+)+[ x", &[]);
    finds("number is {?n}", "Your number is 40417.", &[("n", "40417")]);
    finds(
        "Hello {?name}, this",
        "hello Ada Lovelace, this is",
        &[("name", "Ada Lovelace")],
    );
    finds(
        "\"Ref {?ref:/[A-Z]{2}-\\d{6}/} …\"",
        "ref AB-123456",
        &[("ref", "AB-123456")],
    );
    misses("\"Ref {?ref:/[A-Z]{2}-\\d{6}/} …\"", "ref ab-123456");
    finds(
        "{?a:/(x|y)+/} and {?b:/(\\d)(\\d)/}",
        "xy and 12",
        &[("a", "xy"), ("b", "12")],
    );
    misses("{?a:/\\d{4}/}", "12345");
    finds("/no (?<n>\\d+)/", "no 12", &[("n", "12")]);
    let missing = text::payload("{nothing}").0.wanted(&Given).unwrap_err();
    assert_eq!(missing.to_string(), "there is no value for `{nothing}`");
}

#[test]
fn exactly_is_exactly_and_a_regular_expression_is_one() {
    finds("=\"Yes… {order}\"", "Yes… 40417", &[]);
    misses("=\"Yes\"", "yes");
    misses("=\"Yes\"", "Yes ");
    finds("=\"It is {?x}\"", "It is so.", &[("x", "so.")]);
    finds("/transfer|moment/i", "One Moment", &[]);
    misses("/transfer/", "Transfer");
}

#[test]
fn what_is_said_is_filled_and_what_is_shown_hides_secrets() {
    let said = |written: &str| text::payload(written).0.said(&Given);
    assert_eq!(
        said("It is {order} {{ {env:SET}…").unwrap(),
        "It is 40417 { from outside…"
    );
    assert_eq!(said("/a/"), Err(TextError::SaidRegex));
    assert!(matches!(said("{?x}"), Err(TextError::Missing(_))));
    assert_eq!(
        wanted("pin {pin} {env:SET} {?x}").shown(),
        "\"pin ••• ••• …\""
    );
    assert_eq!(wanted("/a/i").shown(), "/a/i");
    assert_eq!(wanted("=\"a {order}\"").shown(), "exactly \"a 40417\"");
}

#[test]
fn expressions_that_are_no_good_are_faults() {
    for bad in ["/(/", "/x{9999}{9999}/", "{?x:/(/}", "{?x:/)(/}"] {
        let error = text::payload(bad).0.wanted(&Given).unwrap_err();
        assert!(
            matches!(error, TextError::BadRegex { .. }),
            "{bad}: {error}"
        );
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    let long = "x ".repeat(60_000);
    assert_eq!(
        text::payload(&long).0.wanted(&Given).unwrap_err(),
        TextError::TooLong
    );
}
