//! For tests of the screen's parts: lines as the engine tells of them.

use std::time::Duration;

use bytes::Bytes;

use crate::domain::{
    content::Content,
    exchange::{Entry, EntryKind, Exchange, Outcome},
    ids::{EntryId, ItemId, PhoneId},
    line::{Delivery, Hops, Line, LineBody, Place},
    role::{Author, Role},
    time::Timestamp,
};

/// The name of a line.
pub(crate) fn id(number: u32) -> ItemId {
    ItemId {
        phone: Some(PhoneId(0)),
        number,
    }
}

/// The place of a line with the sequence of its number.
pub(crate) fn place(number: u32) -> Place {
    Place::new(id(number), (0, u64::from(number)))
}

/// A bubble of the agent's.
pub(crate) fn theirs(number: u32, text: &str) -> Line {
    let body = LineBody::Theirs {
        author: Author {
            id: "agent".into(),
            role: Role::AssignedAgent,
        },
        name: "Riley".into(),
        content: Content::text(text.into()),
        dialog: "dialog".into(),
        sequence: u64::from(number),
        answerable: false,
    };
    Line::new(id(number), Timestamp(0), (0, u64::from(number)), body)
}

/// A bubble of the consumer's.
pub(crate) fn mine(number: u32, text: &str, delivery: Delivery) -> Line {
    let body = LineBody::Mine {
        content: Content::text(text.into()),
        delivery,
        hops: Hops::default(),
    };
    Line::new(id(number), Timestamp(0), (0, u64::from(number)), body)
}

/// A request that was answered, with these bodies.
pub(crate) fn call(number: u64, body: &[u8], answer: &[u8]) -> Entry {
    Entry {
        id: EntryId(number),
        phone: Some(PhoneId(0)),
        kind: EntryKind::Call(Exchange {
            serial: number,
            phone: Some(PhoneId(0)),
            cause: None,
            conversation: None,
            purpose: "ms.PublishEvent text".to_owned(),
            method: "POST".to_owned(),
            url: "http://localhost/api/conversation/send?v=3".to_owned(),
            headers: vec![("authorization".to_owned(), "…".to_owned())],
            body: Bytes::copy_from_slice(body),
            attempt: 1,
            started: Timestamp(0),
            outcome: Some(Outcome::Answered {
                status: 200,
                headers: Vec::new(),
                body: Bytes::copy_from_slice(answer),
                waited: Duration::from_millis(1),
                elapsed: Duration::from_millis(2),
            }),
        }),
    }
}
