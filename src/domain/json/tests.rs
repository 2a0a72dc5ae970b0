//! The text of a JSON value stays what it was.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ODD: &str =
    "{\"a\" : 1.50,\"a\":1e400, \"b\":[ ],\n\"c\":[{}, -0.0,{\"d\":\"\\u00e9\\/\\ud800\"}]}";

#[test]
fn pretty_text_changes_white_space_and_nothing_else() {
    let rows = [
        "{",
        "  \"a\": 1.50,",
        "  \"a\": 1e400,",
        "  \"b\": [],",
        "  \"c\": [",
        "    {},",
        "    -0.0,",
        "    {",
        "      \"d\": \"\\u00e9\\/\\ud800\"",
        "    }",
        "  ]",
        "}",
    ];
    assert_eq!(pretty(valid(ODD.as_bytes()).unwrap()), rows.join("\n"));
}

#[test]
fn a_body_in_json_loses_nothing() {
    let body = Body::of(ODD.as_bytes());
    assert_eq!(
        body.value.get(),
        "{\"a\":1.50,\"a\":1e400,\"b\":[],\"c\":[{},-0.0,{\"d\":\"\\u00e9\\/\\ud800\"}]}"
    );
    assert_eq!(body.text.as_deref(), Some(ODD));
    let body = Body::of("{\"a\":\"\u{9b}\u{7f}\u{202e}\"}".as_bytes());
    assert_eq!(body.value.get(), r#"{"a":"\u009b\u007f\u202e"}"#);
    assert_eq!(body.text.unwrap(), "{\"a\":\"\u{9b}\u{7f}\u{202e}\"}");
    let body = Body::of(b"{\"a\":1.0}");
    assert_eq!((body.value.get(), body.text), ("{\"a\":1.0}", None));
    let body = Body::of(b"no \x1b json");
    assert_eq!(body.value.get(), r#""no \u001b json""#);
    assert_eq!((body.text, body.base64), (None, None));
    let body = Body::of(b"\xff\0");
    assert_eq!(
        (body.value.get(), body.base64.as_deref()),
        ("null", Some("/wA="))
    );
}

#[test]
fn no_depth_and_no_number_is_too_much() {
    let deep = format!("{}1e999{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = valid(deep.as_bytes()).unwrap();
    let bare = |text: &str| text.replace([' ', '\n'], "");
    assert_eq!(bare(&pretty(json)), deep);
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn layout_keeps_the_tokens_of_any_value(value in values(), wide in any::<bool>()) {
        let text = if wide { format!("{value:#}") } else { value.to_string() };
        let all: Vec<String> = tokens(&text).map(|token| token.text.to_owned()).collect();
        let spelled: String = tokens(&text).flat_map(|token| [token.gap, token.text]).collect();
        prop_assert_eq!(&spelled, &text);
        let laid = pretty(&text);
        let again: Vec<String> = tokens(&laid).map(|token| token.text.to_owned()).collect();
        let safe: Vec<String> = all.iter().map(|token| harmless(token).into_owned()).collect();
        prop_assert_eq!(again, safe);
        prop_assert_eq!(serde_json::from_str::<Value>(&laid).unwrap(), value.clone());
        prop_assert!(laid.chars().all(|c| c == '\n' || !is_harmful(c)));
        if !text.chars().any(|c| c != '\n' && is_harmful(c)) {
            prop_assert_eq!(laid, serde_json::to_string_pretty(&value).unwrap());
        }
    }
}

#[test]
fn what_is_no_json_is_not_taken_for_it() {
    for body in ["", "{", "{} {}", "nan", "\u{feff}{}", "{\"a\":\"\u{1}\"}"] {
        assert!(valid(body.as_bytes()).is_none(), "{body:?}");
    }
    assert_eq!(json!("a").to_string(), pretty("\"a\""));
}
