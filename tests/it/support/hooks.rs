//! Webhooks as the cloud sends them, signed with the key of the protocol reference.

use handset::domain::{
    secret::Secret,
    signature::{Algorithm, sign},
};

pub(crate) const ACCOUNT: &str = "55512300";
pub(crate) const CLIENT: &str = "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41";
pub(crate) const SECRET: &str = "k4v9s0m2example7secret1";

/// A POST with the headers of the cloud; `signature` is the header's whole value.
pub(crate) fn post(path: &str, signature: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: bridge.shop.test\r\nContent-Type: application/json\r\n\
         x-liveperson-account-id: {ACCOUNT}\r\nX-LivePerson-Client-Id: {CLIENT}\r\n\
         x-liveperson-signature: {signature}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// The same, signed.
pub(crate) fn signed(path: &str, body: &[u8]) -> Vec<u8> {
    post(
        path,
        &sign(Algorithm::Sha1, &Secret::new(SECRET), body),
        body,
    )
}

/// A message of the agent's, told apart by its sequence.
pub(crate) fn message(sequence: u64) -> String {
    format!(
        r#"{{"kind":"notification","body":{{"changes":[{{"sequence":{sequence},"originatorId":"b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87","originatorMetadata":{{"id":"b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87","role":"ASSIGNED_AGENT"}},"serverTimestamp":1722500061200,"event":{{"type":"ContentEvent","message":"Yes, two left.","contentType":"text/plain"}},"conversationId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","dialogId":"4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310","messageAudience":"ALL"}}]}},"type":"ms.MessagingEventNotification"}}"#
    )
}
