//! What faults do to a notification on its way out.

use std::time::Duration;

use bytes::Bytes;

use crate::sandbox::faults::{FaultAct, delay};

/// What is done to one notification.
#[derive(Debug, Default)]
pub(super) struct Tampering {
    pub(super) delay: Duration,
    pub(super) fate: Fate,
    pub(super) twice: bool,
    /// The next one goes with it.
    pub(super) paired: bool,
    pub(super) ascii: bool,
    pub(super) seal: Seal,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Fate {
    #[default]
    Posted,
    Lost,
    Overtaken,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Seal {
    #[default]
    Good,
    Bad,
    Missing,
}

impl Tampering {
    pub(super) fn of(acts: &[FaultAct]) -> Self {
        let has = |act: &FaultAct| acts.contains(act);
        Self {
            delay: delay(acts),
            fate: if has(&FaultAct::Drop { done: false }) {
                Fate::Lost
            } else if has(&FaultAct::Reorder) {
                Fate::Overtaken
            } else {
                Fate::Posted
            },
            twice: has(&FaultAct::Duplicate),
            paired: has(&FaultAct::TwoChanges),
            ascii: has(&FaultAct::Ascii),
            seal: if has(&FaultAct::NoSignature) {
                Seal::Missing
            } else if has(&FaultAct::BadSignature) {
                Seal::Bad
            } else {
                Seal::Good
            },
        }
    }
}

/// Two notifications of one type as one with both changes, byte for byte as they were.
pub(super) fn joined(first: &Bytes, second: &Bytes) -> Option<Bytes> {
    const BEGINS: &str = "\"changes\":[";
    const ENDS: &str = "]},\"type\":";
    let (first, second) = (str::from_utf8(first).ok()?, str::from_utf8(second).ok()?);
    let (head, tail) = (first.rsplit_once(ENDS)?, second.rsplit_once(ENDS)?);
    let (_, change) = tail.0.split_once(BEGINS)?;
    (head.1 == tail.1).then(|| Bytes::from(format!("{},{change}{ENDS}{}", head.0, head.1)))
}

/// The same JSON without anything outside ASCII.
pub(super) fn escaped(body: &Bytes) -> Bytes {
    use std::fmt::Write as _;
    let Ok(text) = str::from_utf8(body) else {
        return body.clone();
    };
    let mut ascii = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            ascii.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            let _ = write!(ascii, "\\u{unit:04x}"); // Writing to a String cannot fail.
        }
    }
    Bytes::from(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_changes_stand_in_one_notification_in_their_order() {
        let of = |change: &str| {
            Bytes::from(format!(
                r#"{{"kind":"notification","body":{{"changes":[{change}]}},"type":"a"}}"#
            ))
        };
        // Texts that look like the place to cut at.
        let (first, second) = (r#"{"m":"]},\"type\":"}"#, r#"{"m":"\"changes\":["}"#);
        let both = joined(&of(first), &of(second)).unwrap();
        assert_eq!(both, of(&format!("{first},{second}")));
        let other = Bytes::from(r#"{"kind":"notification","body":{"changes":[1]},"type":"b"}"#);
        assert_eq!(joined(&of(first), &other), None);
    }

    #[test]
    fn what_is_not_ascii_is_written_in_it() {
        let body = Bytes::from("{\"m\":\"Grüße 🎉\"}");
        assert_eq!(
            escaped(&body),
            "{\"m\":\"Gr\\u00fc\\u00dfe \\ud83c\\udf89\"}"
        );
        let same: serde_json::Value = serde_json::from_slice(&escaped(&body)).unwrap();
        assert_eq!(same["m"], "Grüße 🎉");
    }
}
