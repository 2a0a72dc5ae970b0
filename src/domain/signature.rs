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
