//! What the benches of the screen share: lines, a model to put them on, and one frame of it.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use handset::{
    domain::{
        content::Content,
        ids::{ItemId, PhoneId},
        line::{Line, LineBody},
        role::{Author, Role},
        time::Timestamp,
    },
    engine::update::Update,
    tui::app::{model::Model, settings::Settings, view::view},
};
use ratatui::{Terminal, backend::TestBackend};

/// A line of the agent's.
pub(crate) fn item(phone: PhoneId, number: u32) -> Line {
    let words = "Is the blue one in stock? 日本語 👍🏽 ".repeat(1 + number as usize % 4);
    let id = ItemId {
        phone: Some(phone),
        number,
    };
    let at = Timestamp(1_795_176_000_000 + i64::from(number) * 1_000);
    let body = LineBody::Theirs {
        author: Author {
            id: "agent".into(),
            role: Role::AssignedAgent,
        },
        name: "Riley".into(),
        content: Content::text(words.as_str().into()),
        dialog: "dialog".into(),
        sequence: u64::from(number),
        answerable: false,
    };
    Line::new(id, at, (0, u64::from(number)), body)
}

pub(crate) fn model() -> Model {
    Model::new(Settings {
        account: "55512300".into(),
        ..Settings::default()
    })
}

/// How long a frame takes with lines and a key before it, so that nothing of it is left over from
/// the frame before.
pub(crate) fn frame(
    model: &mut Model,
    terminal: &mut Terminal<TestBackend>,
    lines: Vec<Line>,
    (code, modifiers): (KeyCode, KeyModifiers),
) -> Duration {
    let began = Instant::now();
    model.on_update(Update::Lines(lines));
    model.on_event(Event::Key(KeyEvent::new(code, modifiers)));
    terminal
        .draw(|frame| {
            model.prepare(frame.area());
            view(model, frame);
        })
        .unwrap();
    let took = began.elapsed();
    model.after_frame();
    drop(model.take_commands());
    took
}

/// Takes away what was typed.
pub(crate) fn clear(model: &mut Model) {
    let key = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
    model.on_event(Event::Key(key));
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
