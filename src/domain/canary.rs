//! A canary: a webhook of our own, sent to the public address to see it come in.
//!
//! It is signed like the cloud's, so that only who knows the app install's
//! secret can make one; a relay, which does not, tells by its form which device
//! it is for. It is answered 200 and neither journalled nor shown.

use serde::{Deserialize, Serialize};

/// The envelope's `type`, which no notification of the cloud's has.
pub const KIND: &str = "handset.canary";
/// Longer bodies are no canaries.
const LONGEST: usize = 512;

/// What a canary says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// The device it is for.
    pub device: String,
    /// Which of its canaries.
    pub nonce: String,
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    kind: String,
    body: Canary,
    r#type: String,
}

impl Canary {
    /// Its body, to be signed and posted.
    pub fn body(&self) -> Vec<u8> {
        let envelope = Envelope {
            kind: "notification".to_owned(),
            body: self.clone(),
            r#type: KIND.to_owned(),
        };
        // Strings alone: there is nothing JSON cannot say.
        serde_json::to_vec(&envelope).unwrap_or_default()
    }

    /// The canary in a body; `None` for anything else.
    pub fn read(body: &[u8]) -> Option<Self> {
        if body.len() > LONGEST {
            return None;
        }
        let envelope: Envelope = serde_json::from_slice(body).ok()?;
        (envelope.r#type == KIND).then_some(envelope.body)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::canary::*;

    #[test]
    fn a_canary_is_known_by_its_form_and_nothing_else_is() {
        let canary = Canary {
            device: "d".repeat(36),
            nonce: "n".repeat(36),
        };
        assert_eq!(Canary::read(&canary.body()), Some(canary));
        for other in [
            r#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#,
            r#"{"kind":"notification","body":{"device":"d"},"type":"handset.canary"}"#,
            "",
        ] {
            assert_eq!(Canary::read(other.as_bytes()), None);
        }
    }
}
