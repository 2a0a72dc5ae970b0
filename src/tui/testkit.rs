//! For tests of the screen's parts: lines to put into a model and a frame read back.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};

use crate::{
    config::{keys::Keymap, palette, personas},
    domain::{
        content::Content,
        ids::ItemId,
        item::{Body, Delivery, Hops, Item, Place},
        role::{Author, Role},
        time::Timestamp,
    },
    tui::{
        model::{Model, Settings},
        picture::Art,
        styles::Depth,
        view::view,
    },
};

/// A model with the clock at the epoch.
pub(crate) fn model() -> Model {
    Model::new(Settings {
        themes: palette::embedded(),
        personas: personas::embedded(),
        account: "55512300".into(),
        keymap: Keymap::plain(),
        depth: Depth::True,
        art: Art::Blocks,
        zone: TimeZone::UTC,
        clock: Arc::new(|| Timestamp(0)),
        mouse: true,
        notices: Vec::new(),
        capture_mouse: Arc::new(|_| Ok(())),
        copy: Arc::new(|_| Ok(crate::tui::clipboard::Copied::Clipboard)),
        chairs: crate::tui::desk::Chairs::none("give the profile a [login]"),
    })
}

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

/// Draws a model as the loop does and gives the rows back.
pub(crate) fn drawn(model: &mut Model, columns: u16, rows: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| {
            model.prepare(frame.area());
            view(model, frame);
        })
        .unwrap();
    let buffer = terminal.backend().buffer();
    buffer
        .content
        .chunks(usize::from(columns).max(1))
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}
