//! The signature of a webhook body: `sha1=` or `sha256=` and the base64 of an
//! HMAC over the raw bytes. See `webhooks` 2.1.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

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

/// How the signature of a request differs from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// The request is for another account.
    Account,
    /// The request is for another app install.
    Client,
    /// The digest is right, and written in hexadecimal digits.
    Hex,
    /// The digest is right, and its base64 lacks the padding.
    Unpadded,
    /// The digest is right, and its base64 is the one for URLs.
    UrlSafe,
    /// The digest is right, and what stands before it is not.
    Prefix,
    /// It is the signature of what comes out of the compressed body.
    Decompressed,
    /// It is the signature of the same JSON, printed anew.
    Reprinted,
    /// It is the signature of the same JSON with what is not ASCII escaped.
    Escaped,
    /// It is of another secret, or of other bytes.
    Secret,
}

impl Mismatch {
    const ALL: [Self; 10] = [
        Self::Account,
        Self::Client,
        Self::Hex,
        Self::Unpadded,
        Self::UrlSafe,
        Self::Prefix,
        Self::Decompressed,
        Self::Reprinted,
        Self::Escaped,
        Self::Secret,
    ];

    /// The difference in one lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Client => "client",
            Self::Hex => "hex",
            Self::Unpadded => "unpadded",
            Self::UrlSafe => "url-safe",
            Self::Prefix => "prefix",
            Self::Decompressed => "decompressed",
            Self::Reprinted => "reprinted",
            Self::Escaped => "escaped",
            Self::Secret => "secret",
        }
    }

    /// The one with this word; what is not known is another secret.
    pub fn named(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.as_str() == word).unwrap_or(Self::Secret)
    }

    /// What is wrong, for somebody who mends it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Account => "x-liveperson-account-id names another account, or none",
            Self::Client => "x-liveperson-client-id names another app install, or none",
            Self::Hex => "the digest is right but in hex; it must be in base64",
            Self::Unpadded => "the digest is right but its base64 lacks the = at its end",
            Self::UrlSafe => "the digest is right but in the base64 of URLs; it must have + and /",
            Self::Prefix => {
                "the digest is right but what stands before it is not; it must be sha1= or sha256="
            }
            Self::Decompressed => {
                "it is the signature of the decompressed body; it must be that of the bytes sent"
            }
            Self::Reprinted => {
                "it is the signature of the same JSON printed anew; it must be that of the bytes sent"
            }
            Self::Escaped => {
                "it is the signature of the same JSON with \\u escapes; it must be that of the bytes \
                 sent"
            }
            Self::Secret => "it was signed with another secret, or the body was changed since",
        }
    }
}

/// Larger bodies are not printed anew to find out what was signed.
const REPRINTED: usize = 256 * 1024;

/// Why a header is not the signature of a body; `content` is the body decompressed.
pub fn mismatch(header: &str, secret: &Secret, body: &[u8], content: &[u8]) -> Mismatch {
    let header = header.trim();
    let (_, tag) = header.split_once('=').unwrap_or(("", header));
    // Without a prefix the first = may be padding.
    let tags = [tag, header];
    let algorithms = [Algorithm::Sha1, Algorithm::Sha256];
    let signs = |tag: &[u8], body: &[u8]| {
        let mut algorithms = algorithms.into_iter();
        algorithms.any(|algorithm| hmac::verify(&algorithm.key(secret), body, tag).is_ok())
    };
    let mut spellings = tags.into_iter().flat_map(|tag| {
        let unpadded = tag.trim_end_matches('=');
        [
            (Mismatch::Prefix, STANDARD.decode(tag).ok()),
            (Mismatch::Unpadded, STANDARD_NO_PAD.decode(unpadded).ok()),
            (Mismatch::UrlSafe, URL_SAFE_NO_PAD.decode(unpadded).ok()),
            (Mismatch::Hex, from_hex(tag)),
        ]
    });
    let spelled = spellings
        .clone()
        .find(|(_, tag)| tag.as_ref().is_some_and(|tag| signs(tag, body)));
    if let Some((spelling, _)) = spelled {
        return spelling;
    }
    let json = (content.len() <= REPRINTED)
        .then(|| serde_json::from_slice::<Value>(content).ok())
        .flatten()
        .map(|json| json.to_string());
    let others = [
        (Mismatch::Decompressed, Some(content.to_vec())),
        (
            Mismatch::Escaped,
            json.as_deref().map(|json| escaped(json).into_bytes()),
        ),
        (Mismatch::Reprinted, json.map(String::into_bytes)),
    ];
    spellings
        .find_map(|(_, tag)| {
            let tag = tag?;
            let of = |(_, other): &&(Mismatch, Option<Vec<u8>>)| {
                other.as_ref().is_some_and(|other| signs(&tag, other))
            };
            others.iter().find(of).map(|(why, _)| *why)
        })
        .unwrap_or(Mismatch::Secret)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    let bytes = digits.chunks_exact(2);
    Some(bytes.map(|pair| pair[0] * 16 + pair[1]).collect())
}

/// JSON in ASCII alone.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for next in json.chars() {
        if next.is_ascii() {
            out.push(next);
            continue;
        }
        for unit in next.encode_utf16(&mut units) {
            // Writing to a text cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
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
    fn a_wrong_signature_says_what_is_wrong_with_it() {
        let secret = Secret::new("k4v9s0m2example7secret1");
        let body = UMLAUT.replace(':', ": ");
        let tag = |algorithm, body: &str| sign(algorithm, &secret, body.as_bytes());
        let digest = |header: &str| {
            let tag = header.split_once('=').unwrap().1;
            STANDARD.decode(tag).unwrap()
        };
        let hex = |header: &str| -> String {
            let digits = |mut text: String, byte: &u8| {
                let _ = write!(text, "{byte:02x}");
                text
            };
            digest(header).iter().fold(String::new(), digits)
        };
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256] {
            let right = tag(algorithm, &body);
            let (prefix, base64) = right.split_once('=').unwrap();
            let of_escaped = tag(algorithm, &escaped(UMLAUT));
            for (header, why) in [
                (format!("{prefix}={}", hex(&right)), Mismatch::Hex),
                (hex(&right).to_uppercase(), Mismatch::Hex),
                (right.trim_end_matches('=').to_owned(), Mismatch::Unpadded),
                (
                    right.to_uppercase().split_once('=').unwrap().0.to_owned() + "=" + base64,
                    Mismatch::Prefix,
                ),
                (base64.to_owned(), Mismatch::Prefix),
                (format!(" {right}"), Mismatch::Prefix),
                (tag(algorithm, UMLAUT), Mismatch::Reprinted),
                (of_escaped, Mismatch::Escaped),
                (tag(algorithm, "something else"), Mismatch::Secret),
                ("sha1=".to_owned(), Mismatch::Secret),
                (String::new(), Mismatch::Secret),
            ] {
                let body = body.as_bytes();
                assert!(!verify(&header, &secret, body), "{header}");
                assert_eq!(mismatch(&header, &secret, body, body), why, "{header}");
            }
            let unpacked = mismatch(&right, &secret, b"packed", body.as_bytes());
            assert_eq!(unpacked, Mismatch::Decompressed);
        }
        // One of these bodies has a digest with both of the letters that differ.
        let odd = (0..1000).map(|n| n.to_string()).find(|body| {
            let header = tag(Algorithm::Sha256, body);
            header.contains('+') && header.contains('/')
        });
        let odd = odd.unwrap();
        let safe = tag(Algorithm::Sha256, &odd)
            .replace('+', "-")
            .replace('/', "_");
        let why = mismatch(&safe, &secret, odd.as_bytes(), odd.as_bytes());
        assert_eq!(why, Mismatch::UrlSafe);
        for one in Mismatch::ALL {
            assert_eq!(Mismatch::named(one.as_str()), one);
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
