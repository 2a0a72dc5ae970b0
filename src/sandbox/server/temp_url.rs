//! The signatures of temporary URLs; see `send-api` 4.
//!
//! HMAC-SHA1 over method, end and path, as object stores do it, with a key that
//! ends with the process: no address outlives it by more than its minute.

use std::time::Duration;

use aws_lc_rs::{constant_time, hmac};
use serde_json::{Value, json};

use crate::domain::time::Timestamp;

#[derive(Debug)]
pub(crate) struct TempUrls {
    key: hmac::Key,
    life: Duration,
}

impl TempUrls {
    /// Signs with a new key for URLs of this life.
    pub(crate) fn new(life: Duration) -> Self {
        let mut secret = [0; 32];
        if getrandom::fill(&mut secret).is_err() {
            fastrand::Rng::new().fill(&mut secret);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
        Self { key, life }
    }

    /// What a client needs to use a path with this method, as the answer has it.
    pub(crate) fn issue(&self, now: Timestamp, method: &str, path: &str) -> Value {
        let ends = now.after(self.life).0.div_euclid(1000).to_string();
        let signature = self.signature(method, &ends, path);
        json!({
            "relativePath": path,
            "queryParams": { "temp_url_sig": signature, "temp_url_expires": ends },
        })
    }

    /// Whether a query lets this method be used on this path now.
    pub(crate) fn allows(&self, now: Timestamp, method: &str, path: &str, query: &str) -> bool {
        let parameter = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        let (Some(given), Some(ends)) = (parameter("temp_url_sig"), parameter("temp_url_expires"))
        else {
            return false;
        };
        let expected = self.signature(method, &ends, path);
        let signed =
            constant_time::verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_ok();
        let in_time = ends
            .parse::<i64>()
            .is_ok_and(|ends| now.0 <= ends.saturating_mul(1000).saturating_add(999));
        signed && in_time
    }

    fn signature(&self, method: &str, ends: &str, path: &str) -> String {
        use std::fmt::Write as _;
        let tag = hmac::sign(&self.key, format!("{method}\n{ends}\n{path}").as_bytes());
        tag.as_ref().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // Writing to a String cannot fail.
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_serves_one_method_one_path_and_its_time() {
        let urls = TempUrls::new(Duration::from_mins(1));
        let now = Timestamp(1_722_500_431_417);
        let issued = urls.issue(now, "PUT", "/v1/a");
        let signature = issued["queryParams"]["temp_url_sig"].as_str().unwrap();
        let ends = issued["queryParams"]["temp_url_expires"].as_str().unwrap();
        assert_eq!((signature.len(), ends), (40, "1722500491"));
        let query = format!("temp_url_sig={signature}&temp_url_expires={ends}");
        assert!(urls.allows(now, "PUT", "/v1/a", &query));
        assert!(urls.allows(Timestamp(1_722_500_491_999), "PUT", "/v1/a", &query));
        assert!(!urls.allows(Timestamp(1_722_500_492_000), "PUT", "/v1/a", &query));
        assert!(!urls.allows(now, "GET", "/v1/a", &query));
        assert!(!urls.allows(now, "PUT", "/v1/b", &query));
        let later = format!("temp_url_sig={signature}&temp_url_expires=1722509999");
        assert!(!urls.allows(now, "PUT", "/v1/a", &later));
        assert!(!urls.allows(now, "PUT", "/v1/a", ""));
        let other = TempUrls::new(Duration::from_mins(1));
        assert!(!other.allows(now, "PUT", "/v1/a", &query), "another key");
    }
}
