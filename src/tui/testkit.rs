//! For tests of the screen's parts: lines as the engine tells of them.

use crate::domain::{
    content::Content,
    ids::ItemId,
    item::{Body, Delivery, Hops, Item, Place},
    role::{Author, Role},
    time::Timestamp,
};

/// The name of a line.
pub(crate) fn id(number: u32) -> ItemId {
    ItemId { thread: 0, number }
}

/// The place of a line with the sequence of its number.
pub(crate) fn place(number: u32) -> Place {
    Place {
        thread: 0,
        dialog: 0,
        sequence: u64::from(number),
        number,
    }
}

/// A bubble of the agent's.
pub(crate) fn theirs(number: u32, text: &str) -> Item {
    Item {
        id: id(number),
        place: place(number),
        at: Timestamp(0),
        body: Body::Theirs {
            author: Author {
                id: "agent".into(),
                role: Role::AssignedAgent,
            },
            name: "Riley".into(),
            content: Content::text(text.into()),
            dialog: "dialog".into(),
            sequence: u64::from(number),
            answerable: false,
        },
    }
}

/// A bubble of the consumer's.
pub(crate) fn mine(number: u32, text: &str, delivery: Delivery) -> Item {
    Item {
        id: id(number),
        place: place(number),
        at: Timestamp(0),
        body: Body::Mine {
            content: Content::text(text.into()),
            delivery,
            hops: Hops::default(),
        },
    }
}
