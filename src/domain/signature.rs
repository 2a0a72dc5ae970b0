//! The signature of a webhook body: `sha1=` or `sha256=` and the base64 of an
//! HMAC over the raw bytes. See `webhooks` 2.1.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::domain::secret::Secret;

/// The two algorithms the cloud signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// The default.
    Sha1,
    /// For accounts that asked for it.
    Sha256,
}

impl Algorithm {
    fn prefix(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1=",
            Self::Sha256 => "sha256=",
        }
    }

    fn key(self, secret: &Secret) -> hmac::Key {
        let algorithm = match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::Key::new(algorithm, secret.reveal().as_bytes())
    }
}

/// The header value for a body.
pub fn sign(algorithm: Algorithm, secret: &Secret, body: &[u8]) -> String {
    let tag = hmac::sign(&algorithm.key(secret), body);
    format!("{}{}", algorithm.prefix(), STANDARD.encode(tag))
}

/// Whether `header` is the signature of `body`, in constant time; the
/// algorithm is the one its prefix names.
pub fn verify(header: &str, secret: &Secret, body: &[u8]) -> bool {
    [Algorithm::Sha1, Algorithm::Sha256]
        .into_iter()
        .find_map(|algorithm| Some((algorithm, header.strip_prefix(algorithm.prefix())?)))
        .is_some_and(|(algorithm, tag)| {
            STANDARD
                .decode(tag)
                .is_ok_and(|tag| hmac::verify(&algorithm.key(secret), body, &tag).is_ok())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str =
        r#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#;
    const UMLAUT: &str = r#"{"kind":"notification","body":{"changes":[{"event":{"type":"ContentEvent","message":"Grüße ✓","contentType":"text/plain"}}]},"type":"ms.MessagingEventNotification"}"#;

    /// The vectors of `webhooks` 2.1.
    const VECTORS: [(&str, &str); 4] = [
        (EMPTY, "sha1=wwH/68fBYQQlJGbbqtatUSnxUmE="),
        (EMPTY, "sha256=TOGmaOVFdsQTA3Z3MwV0j768bAmNjVG6HYDipeknlP0="),
        (UMLAUT, "sha1=uFtxcvwJAUTacO09RhV8705wRJg="),
        (
            UMLAUT,
            "sha256=Pbqbp2II4Gxl1M2YicUVER+WmP3k5y90qlwxh5+OsDg=",
        ),
    ];

    #[test]
    fn the_published_vectors_hold() {
        let secret = Secret::new("k4v9s0m2example7secret1");
        for (body, header) in VECTORS {
            let algorithm = if header.starts_with("sha1=") {
                Algorithm::Sha1
            } else {
                Algorithm::Sha256
            };
            assert_eq!(sign(algorithm, &secret, body.as_bytes()), header);
            assert!(verify(header, &secret, body.as_bytes()));
        }
    }

    #[test]
    fn what_differs_in_anything_is_refused() {
        let secret = Secret::new("k4v9s0m2example7secret1");
        let (body, header) = VECTORS[0];
        let changed = body.replace("[]", "{}");
        assert!(!verify(header, &secret, changed.as_bytes()));
        assert!(!verify(header, &Secret::new("other"), body.as_bytes()));
        for wrong in [
            "",
            "sha1=",
            "sha1=!",
            "md5=AAAA",
            "wwH/68fBYQQlJGbbqtatUSnxUmE=",
        ] {
            assert!(!verify(wrong, &secret, body.as_bytes()), "{wrong:?}");
        }
        let other_algorithm = header.replace("sha1", "sha256");
        assert!(!verify(&other_algorithm, &secret, body.as_bytes()));
    }
}
