//! A frame: one binary message of the link.
//!
//! ```text
//! version: u8 | length of the head: u32, big-endian | head: JSON | body: the rest
//! ```
//!
//! Only what came in as a webhook has a body, which is its body byte for byte.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::domain::{
    inbound::Request,
    relay::{Claim, Down, Scope, Up, Welcome},
    time::Timestamp,
};

/// The version this program speaks.
pub const VERSION: u8 = 1;
/// The longest frame: a webhook of 1 MiB with its headers.
pub const LONGEST: usize = 1024 * 1024 + LONGEST_HEAD + PREFIX;
/// The longest head, all headers of a webhook included.
pub const LONGEST_HEAD: usize = 96 * 1024;
/// The longest frame a device may send.
pub const LONGEST_UP: usize = 8 * 1024;

const PREFIX: usize = 5;

/// Why something is no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is shorter than it says, or than any frame.
    #[error("the frame ends after {0} bytes, before its head does")]
    Short(usize),
    /// It is longer than allowed.
    #[error("the frame has {length} bytes, and {limit} is the limit")]
    Long {
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Another version.
    #[error("the frame is of version {0}, and {VERSION} is spoken here")]
    Version(u8),
    /// The head is no JSON, or says nothing known.
    #[error("the frame's head cannot be read: {0}")]
    Head(String),
    /// A body where none belongs.
    #[error("the frame has a body of {0} bytes where none belongs")]
    Body(usize),
}

/// What stands in the head of a frame from the relay.
#[derive(Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
enum Head {
    Welcome(Welcome),
    Event {
        scope: Scope,
        seq: u64,
        at: i64,
        headers: Vec<(String, String)>,
    },
    Canary {
        at: i64,
        headers: Vec<(String, String)>,
    },
    Claimed {
        claim: Claim,
    },
    Refused {
        claim: Claim,
        reason: String,
    },
    Peers {
        testers: u32,
    },
    Dropped {
        events: u64,
    },
    Goodbye {
        reason: String,
        again: bool,
    },
}

impl Up {
    /// The frame.
    pub fn encode(&self) -> Bytes {
        join(self, &[])
    }

    /// Reads a frame of a device's.
    pub fn decode(frame: &Bytes) -> Result<Self, Error> {
        let (head, body) = split(frame, LONGEST_UP)?;
        if !body.is_empty() {
            return Err(Error::Body(body.len()));
        }
        read(&head)
    }
}

impl Down {
    /// The frame.
    pub fn encode(&self) -> Bytes {
        let request = |request: &Request| (request.at.0, request.headers.clone());
        match self {
            Self::Welcome(welcome) => join(&Head::Welcome(welcome.clone()), &[]),
            Self::Event {
                scope,
                seq,
                request: event,
            } => {
                let (at, headers) = request(event);
                let (scope, seq) = (scope.clone(), *seq);
                let head = Head::Event {
                    scope,
                    seq,
                    at,
                    headers,
                };
                join(&head, &event.body)
            }
            Self::Canary { request: canary } => {
                let (at, headers) = request(canary);
                join(&Head::Canary { at, headers }, &canary.body)
            }
            Self::Claimed { claim } => {
                let claim = claim.clone();
                join(&Head::Claimed { claim }, &[])
            }
            Self::Refused { claim, reason } => {
                let (claim, reason) = (claim.clone(), reason.clone());
                join(&Head::Refused { claim, reason }, &[])
            }
            Self::Peers { testers } => join(&Head::Peers { testers: *testers }, &[]),
            Self::Dropped { events } => join(&Head::Dropped { events: *events }, &[]),
            Self::Goodbye { reason, again } => {
                let (reason, again) = (reason.clone(), *again);
                join(&Head::Goodbye { reason, again }, &[])
            }
        }
    }

    /// Reads a frame of the relay's.
    pub fn decode(frame: &Bytes) -> Result<Self, Error> {
        let (head, body) = split(frame, LONGEST)?;
        let length = body.len();
        let request = |at, headers| Request {
            at: Timestamp(at),
            headers,
            body,
        };
        let said = match read(&head)? {
            Head::Event {
                scope,
                seq,
                at,
                headers,
            } => {
                let request = request(at, headers);
                return Ok(Self::Event {
                    scope,
                    seq,
                    request,
                });
            }
            Head::Canary { at, headers } => {
                let request = request(at, headers);
                return Ok(Self::Canary { request });
            }
            Head::Welcome(welcome) => Self::Welcome(welcome),
            Head::Claimed { claim } => Self::Claimed { claim },
            Head::Refused { claim, reason } => Self::Refused { claim, reason },
            Head::Peers { testers } => Self::Peers { testers },
            Head::Dropped { events } => Self::Dropped { events },
            Head::Goodbye { reason, again } => Self::Goodbye { reason, again },
        };
        if length > 0 {
            return Err(Error::Body(length));
        }
        Ok(said)
    }
}

/// Head and body as one frame.
fn join(head: &impl Serialize, body: &[u8]) -> Bytes {
    // Strings, numbers and enums of them: there is nothing in a head that JSON cannot say.
    let head = serde_json::to_vec(head).unwrap_or_default();
    let mut frame = Vec::with_capacity(PREFIX + head.len() + body.len());
    frame.push(VERSION);
    frame.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(&head);
    frame.extend_from_slice(body);
    frame.into()
}

/// Head and body of a frame.
fn split(frame: &Bytes, limit: usize) -> Result<(Bytes, Bytes), Error> {
    let length = frame.len();
    if length > limit {
        return Err(Error::Long { length, limit });
    }
    let Some((&[version, a, b, c, d], rest)) = frame.split_first_chunk::<PREFIX>() else {
        return match frame.first() {
            Some(&version) if version != VERSION => Err(Error::Version(version)),
            _ => Err(Error::Short(length)),
        };
    };
    if version != VERSION {
        return Err(Error::Version(version));
    }
    let head = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if head > LONGEST_HEAD {
        return Err(Error::Long {
            length: head,
            limit: LONGEST_HEAD,
        });
    }
    if head > rest.len() {
        return Err(Error::Short(length));
    }
    let end = PREFIX + head;
    Ok((frame.slice(PREFIX..end), frame.slice(end..)))
}

fn read<'a, T: Deserialize<'a>>(head: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(head).map_err(|cause| Error::Head(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::domain::relay::{frame::*, *};

    fn scopes() -> impl Strategy<Value = Scope> {
        prop_oneof![
            ".{0,40}".prop_map(|id| Scope::Conversation(id.into())),
            Just(Scope::Account),
        ]
    }

    fn claims() -> impl Strategy<Value = Claim> {
        prop_oneof![
            ".{0,40}".prop_map(|id| Claim::Conversation(id.into())),
            ".{0,70}".prop_map(|id| Claim::Consumer(id.into())),
        ]
    }

    fn requests() -> impl Strategy<Value = Request> {
        let headers = proptest::collection::vec((".{0,20}", ".{0,60}"), 0..6);
        let body = proptest::collection::vec(any::<u8>(), 0..400);
        (any::<i64>(), headers, body).prop_map(|(at, headers, body)| Request {
            at: Timestamp(at),
            headers,
            body: body.into(),
        })
    }

    fn ups() -> impl Strategy<Value = Up> {
        prop_oneof![
            (".{0,40}", ".{0,20}").prop_map(|(device, program)| Up::Hello { device, program }),
            claims().prop_map(|claim| Up::Claim { claim }),
            (scopes(), any::<u64>()).prop_map(|(scope, seq)| Up::Ack { scope, seq }),
            any::<u64>().prop_map(|events| Up::Noted { events }),
        ]
    }

    fn downs() -> impl Strategy<Value = Down> {
        prop_oneof![
            (".{0,20}", ".{0,60}", any::<i64>(), any::<u32>()).prop_map(
                |(name, public, until, peers)| Down::Welcome(Welcome {
                    relay: name.clone(),
                    public,
                    account: name.as_str().into(),
                    name,
                    role: Role::Observer,
                    until,
                    silence: 12_000,
                    peers,
                })
            ),
            (scopes(), any::<u64>(), requests()).prop_map(|(scope, seq, request)| Down::Event {
                scope,
                seq,
                request
            }),
            requests().prop_map(|request| Down::Canary { request }),
            claims().prop_map(|claim| Down::Claimed { claim }),
            (claims(), ".{0,40}").prop_map(|(claim, reason)| Down::Refused { claim, reason }),
            any::<u32>().prop_map(|testers| Down::Peers { testers }),
            any::<u64>().prop_map(|events| Down::Dropped { events }),
            (".{0,40}", any::<bool>()).prop_map(|(reason, again)| Down::Goodbye { reason, again }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_said_is_what_is_heard(up in ups(), down in downs()) {
            prop_assert_eq!(Up::decode(&up.encode()), Ok(up));
            prop_assert_eq!(Down::decode(&down.encode()), Ok(down));
        }

        #[test]
        fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let frame = Bytes::from(bytes);
            let _ = Up::decode(&frame);
            let _ = Down::decode(&frame);
        }

        #[test]
        fn a_frame_cut_short_or_changed_is_read_or_refused(
            down in downs(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut frame = down.encode().to_vec();
            let at = at.index(frame.len());
            if cut { frame.truncate(at) } else { frame[at] = byte }
            let head = frame.first().is_some_and(|first| *first == VERSION);
            let read = Down::decode(&Bytes::from(frame));
            prop_assert!(head || read.is_err());
        }
    }

    #[test]
    fn what_is_too_long_or_of_another_version_says_so() {
        let long = Bytes::from(vec![VERSION; LONGEST_UP + 1]);
        assert!(matches!(Up::decode(&long), Err(Error::Long { .. })));
        let mut other = Down::Peers { testers: 1 }.encode().to_vec();
        other[0] = 2;
        assert_eq!(Down::decode(&other.into()), Err(Error::Version(2)));
        let mut extra = Up::Ack {
            scope: Scope::Account,
            seq: 1,
        }
        .encode()
        .to_vec();
        extra.push(0);
        assert_eq!(Up::decode(&extra.into()), Err(Error::Body(1)));
    }
}
