//! Temporary addresses of files on the cloud, as the answers to
//! `ms.GenerateURLForUploadFile` and `ms.GenerateURLForDownloadFile` give them.
//! See `send-api` 4.

use serde_json::Value;

use crate::domain::{
    secret::Secret,
    text::SafeText,
    wire::{answer::Misread, fault},
};

/// The longest path that is taken: the documented ones have about 200 characters.
const LONGEST_PATH: usize = 2048;
/// The most query parameters that are taken; two are documented.
const MOST_PARAMETERS: usize = 16;

/// Where a file may be put or fetched for a while.
#[derive(Debug, Clone)]
pub struct TempUrl {
    /// `relativePath`, exactly as it came; this is the file's name in messages.
    pub path: String,
    /// `queryParams` in their order: a person who has them has the file, as long as they last.
    pub query: Vec<(String, Secret)>,
}

/// Reads the answer to either request; `asked` is the path a download was asked for, which an
/// answer without one is taken to mean.
pub fn read_url_answer(body: &[u8], asked: Option<&str>) -> Result<TempUrl, Misread> {
    let answer: Value =
        serde_json::from_slice(body).map_err(|_| garbled("the answer is not JSON"))?;
    if let Some(fault) = fault::within(&answer) {
        return Err(Misread::Refused(fault));
    }
    let path = answer
        .pointer("/body/relativePath")
        .and_then(Value::as_str)
        .or(asked)
        .ok_or_else(|| garbled("the answer holds no relativePath"))?;
    if path.trim_matches('/').is_empty() || path.len() > LONGEST_PATH || !is_plain(path) {
        return Err(garbled("the relativePath is no path of a file"));
    }
    let parameters = answer
        .pointer("/body/queryParams")
        .and_then(Value::as_object)
        .ok_or_else(|| garbled("the answer holds no queryParams"))?;
    let query = parameters
        .iter()
        .take(MOST_PARAMETERS)
        .filter_map(|(name, value)| Some((name.clone(), Secret::new(word(value)?))))
        .collect();
    Ok(TempUrl {
        path: path.to_owned(),
        query,
    })
}

/// Text and numbers; nothing else can stand in a query.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a path leads down and nowhere else, also once it is decoded.
fn is_plain(path: &str) -> bool {
    let leads_elsewhere = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    !path.chars().any(|c| c.is_control() || c == '\\') && !path.split('/').any(leads_elsewhere)
}

fn garbled(reason: &str) -> Misread {
    Misread::Garbled(SafeText::clean(reason))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<TempUrl, Misread> {
        read_url_answer(body.to_string().as_bytes(), None)
    }

    #[test]
    fn the_documented_answer_is_read_whole() {
        let url = read(&json!({
            "code": "OK",
            "body": {
                "relativePath": "/v1/AUTH_async-images/55512300/9b1f.PNG",
                "queryParams": { "temp_url_sig": "6f1d", "temp_url_expires": "1722500491" },
            },
            "reqId": "10",
        }));
        let url = url.unwrap();
        assert_eq!(url.path, "/v1/AUTH_async-images/55512300/9b1f.PNG");
        let query: Vec<_> = url
            .query
            .iter()
            .map(|(n, v)| (n.as_str(), v.reveal()))
            .collect();
        assert_eq!(
            query,
            [("temp_url_sig", "6f1d"), ("temp_url_expires", "1722500491")]
        );
        assert!(!format!("{url:?}").contains("6f1d"));
    }

    #[test]
    fn numbers_count_as_words_and_the_path_may_be_the_one_asked_for() {
        let body = json!({ "body": { "queryParams": { "temp_url_expires": 5, "x": null } } });
        let url = read_url_answer(body.to_string().as_bytes(), Some("/v1/a")).unwrap();
        assert_eq!((url.path.as_str(), url.query.len()), ("/v1/a", 1));
        assert!(read(&body).is_err());
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        for path in [
            "",
            "/",
            "//",
            "/v1/../../admin",
            "/v1/%2E%2e/x",
            "/./x",
            "\\\\evil.test\\x",
            "/v1/\nx",
            "/v1/\u{7f}",
        ] {
            let body = json!({ "body": { "relativePath": path, "queryParams": {} } });
            assert!(matches!(read(&body), Err(Misread::Garbled(_))), "{path:?}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_PATH));
        let body = json!({ "body": { "relativePath": long, "queryParams": {} } });
        assert!(read(&body).is_err());
    }

    #[test]
    fn a_refusal_in_a_good_answer_stays_a_refusal() {
        let body = json!({ "code": 400, "body": { "title": "too large" }, "reqId": "1" });
        assert!(matches!(read(&body), Err(Misread::Refused(_))));
        for body in ["", "[]", "7", "null", "{}", "{\"body\":7}"] {
            assert!(read_url_answer(body.as_bytes(), None).is_err(), "{body}");
        }
    }
}
