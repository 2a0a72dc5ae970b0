//! Messages as they come, and any damage around what they say, for the tests of all who read them.

use proptest::prelude::*;

pub(in crate::domain) const CONVERSATION: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
pub(in crate::domain) const SAID: &str = "Yes, two left.";
pub(in crate::domain) const PLAIN: &str = r#"{"kind":"notification","body":{"changes":[{"sequence":3,"originatorId":"riley","originatorMetadata":{"id":"riley","role":"ASSIGNED_AGENT"},"serverTimestamp":1722500061200,"event":{"type":"ContentEvent","message":"Yes, two left.","contentType":"text/plain","quickReplies":{"type":"quickReplies","replies":[]}},"metadata":[{"type":"ExternalId","id":"x"}],"conversationId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","dialogId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","messageAudience":"ALL"}]},"type":"ms.MessagingEventNotification"}"#;
/// What the card holds.
const CONTENT: &str = r#"{"type":"vertical","elements":[{"type":"text","text":"Yes, two left."}]}"#;
pub(in crate::domain) const CARD: &str = r#"{"kind":"notification","body":{"changes":[{"sequence":3,"originatorMetadata":{"id":"riley","role":"MANAGER"},"event":{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"Yes, two left."}]}},"conversationId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","dialogId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","messageAudience":"ALL"}]},"type":"ms.MessagingEventNotification"}"#;

/// One thing that happens to the bytes of a body.
#[derive(Debug, Clone)]
pub(in crate::domain) enum Damage {
    Change(prop::sample::Index, u8),
    Add(prop::sample::Index, Vec<u8>),
    Lose(prop::sample::Index, usize),
    Double(prop::sample::Index, usize),
}

/// Damage, and to which piece.
type Place = (prop::sample::Index, Damage);

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    let signs = prop::sample::select(b"{}[]\",:\\\0\x1b\xff 0-eE".to_vec());
    let byte = prop_oneof![any::<u8>(), signs];
    prop_oneof![
        (at(), byte.clone()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        (at(), prop::collection::vec(byte, 1..4)).prop_map(|(at, more)| Damage::Add(at, more)),
        (at(), 1..40_usize).prop_map(|(at, count)| Damage::Lose(at, count)),
        (at(), 1..40_usize).prop_map(|(at, count)| Damage::Double(at, count)),
    ]
}

/// Some damage, each to a piece.
pub(in crate::domain) fn damages() -> impl Strategy<Value = Vec<Place>> {
    prop::collection::vec((any::<prop::sample::Index>(), damage()), 0..6)
}

/// The pieces of a body; every second one is the text with its quotes, the content of a card or
/// an id, and stays whole.
fn pieces(body: &str) -> Vec<Vec<u8>> {
    let text = format!("\"{SAID}\"");
    let mut pieces = Vec::new();
    let mut rest = body;
    loop {
        let kept = [CONTENT, text.as_str(), CONVERSATION].into_iter();
        let found = kept.filter_map(|kept| Some((rest.find(kept)?, kept)));
        let next = found.min_by_key(|(at, _)| *at);
        let Some((at, kept)) = next else {
            pieces.push(rest.into());
            return pieces;
        };
        let (before, after) = rest.split_at(at);
        pieces.extend([before.into(), kept.into()]);
        rest = after.split_at(kept.len()).1;
    }
}

/// The body with all of that done to it.
pub(in crate::domain) fn damaged(body: &str, damages: &[Place]) -> Vec<u8> {
    let mut pieces = pieces(body);
    for (which, damage) in damages {
        let which = 2 * which.index(pieces.len().div_ceil(2));
        let piece = &mut pieces[which];
        if piece.is_empty() {
            continue;
        }
        match damage {
            Damage::Change(at, byte) => {
                let at = at.index(piece.len());
                piece[at] = *byte;
            }
            Damage::Add(at, more) => {
                let at = at.index(piece.len());
                piece.splice(at..at, more.iter().copied());
            }
            Damage::Lose(at, count) => {
                let at = at.index(piece.len());
                piece.drain(at..(at + count).min(piece.len()));
            }
            Damage::Double(at, count) => {
                let at = at.index(piece.len());
                let end = (at + count).min(piece.len());
                let again = piece[at..end].to_vec();
                piece.splice(end..end, again);
            }
        }
    }
    pieces.concat()
}
