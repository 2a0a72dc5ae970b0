//! Compares JSON with a fixture by structure.
//!
//! A string of the fixture that begins with `$` stands for any value of that
//! kind; the names given by the test (`$conversation`, `$consumer`, `$agent`,
//! `$host`) stand for exactly one value.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// Asserts that `actual` is what the fixture says.
#[track_caller]
pub(crate) fn assert_like(name: &str, actual: &Value, known: &[(&str, &str)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/wire/cloud")
        .join(format!("{name}.json"));
    let expected = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    if let Err(place) = like(&expected, actual, known, name.to_owned()) {
        panic!("{place}\nexpected {expected:#}\ngot {actual:#}");
    }
}

fn like(
    expected: &Value,
    actual: &Value,
    known: &[(&str, &str)],
    place: String,
) -> Result<(), String> {
    let fits = match (expected, actual) {
        (Value::String(kind), _) if kind.starts_with('$') => is(kind, actual, known),
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, value) in expected {
                let found = actual.get(key).ok_or(format!("{place}: no {key}"))?;
                like(value, found, known, format!("{place}.{key}"))?;
            }
            match actual.keys().find(|key| !expected.contains_key(*key)) {
                Some(key) => return Err(format!("{place}: unexpected {key}")),
                None => true,
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            for (index, (one, other)) in expected.iter().zip(actual).enumerate() {
                like(one, other, known, format!("{place}[{index}]"))?;
            }
            expected.len() == actual.len()
        }
        _ => expected == actual,
    };
    if fits { Ok(()) } else { Err(place) }
}

fn is(kind: &str, actual: &Value, known: &[(&str, &str)]) -> bool {
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == kind) {
        return actual == value;
    }
    let text = actual.as_str().unwrap_or_default();
    let hex = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match kind {
        "$millis" => actual.as_i64().is_some_and(|at| at > 1_700_000_000_000),
        "$seconds" => actual
            .as_i64()
            .is_some_and(|at| (1_700_000_000..10_000_000_000).contains(&at)),
        "$hex64" => text.len() == 64 && hex(text),
        "$uuid4" => uuid::Uuid::parse_str(text).is_ok_and(|id| id.get_version_num() == 4),
        "$hex40" => text.len() == 40 && hex(text),
        "$digits" => !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()),
        "$path" => is_file_path(text),
        "$id22" => text.len() == 22 && URL_SAFE_NO_PAD.decode(text).is_ok(),
        "$uuid" => uuid::Uuid::parse_str(text).is_ok(),
        "$jwt" => text.split('.').count() == 3,
        "$kid" => text.starts_with("appjwt-") && text.len() == "appjwt-20-01-24".len(),
        "$time" => is_history_time(text),
        "$url" => text.starts_with("https://"),
        "$iso" => text.parse::<jiff::Timestamp>().is_ok(),
        _ => panic!("the fixture names {kind}, which nobody knows"),
    }
}

/// `2024-08-01 08:13:20.000+0000`
fn is_history_time(text: &str) -> bool {
    let shape = |b: u8| {
        if b.is_ascii_digit() {
            '0'
        } else {
            char::from(b)
        }
    };
    let shape: String = text.bytes().map(shape).collect();
    shape == "0000-00-00 00:00:00.000+0000"
}

/// `/v1/AUTH_async-images/{account}/{64 hex}_uuid_{uuid}_{dd-MM-yyyy}_{HH-mm-ss-SSS}.{EXT}`
fn is_file_path(path: &str) -> bool {
    let name = path.strip_prefix("/v1/AUTH_async-images/55512300/");
    let parts: Vec<&str> = name.unwrap_or_default().split('_').collect();
    let [owner, "uuid", id, date, rest] = parts.as_slice() else {
        return false;
    };
    let Some((time, kind)) = rest.split_once('.') else {
        return false;
    };
    let lengths = |text: &str| text.split('-').map(str::len).collect::<Vec<_>>();
    owner.len() == 64
        && uuid::Uuid::parse_str(id).is_ok()
        && lengths(date) == [2, 2, 4]
        && lengths(time) == [2, 2, 2, 3]
        && ["JPG", "JPEG", "PNG", "GIF"].contains(&kind)
}
