//! What a frame costs with ten long histories on the desk, as a ratio to one
//! short one; each frame takes an update of every phone and a key first.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use handset::{
    domain::{
        content::Content,
        ids::ItemId,
        item::{Body, Item, Place},
        persona::Persona,
        role::{Author, Role},
        time::Timestamp,
    },
    engine::update::Update,
    tui::{
        app::{
            model::{Model, Settings},
            view::view,
        },
        commands::keys::Keymap,
        terminal::images::Art,
        theme::{palette, styles::Depth},
    },
};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};

const ROUNDS: usize = 5;
const FRAMES: usize = 200;
/// Phones and lines on each.
const DESKS: [(u32, u32); 2] = [(1, 100), (10, 10_000)];

fn item(thread: u32, number: u32) -> Item {
    let words = "Is the blue one in stock? 日本語 👍🏽 ".repeat(1 + number as usize % 4);
    Item {
        id: ItemId { thread, number },
        place: Place {
            thread,
            dialog: 0,
            sequence: u64::from(number),
            number,
        },
        at: Timestamp(1_795_176_000_000 + i64::from(number) * 1_000),
        body: Body::Theirs {
            author: Author {
                id: "agent".into(),
                role: Role::AssignedAgent,
            },
            name: "Riley".into(),
            content: Content::text(words.as_str().into()),
            dialog: "dialog".into(),
            sequence: u64::from(number),
            answerable: false,
        },
    }
}

fn model((phones, lines): (u32, u32)) -> Model {
    let mut model = Model::new(Settings {
        themes: palette::embedded(),
        personas: Vec::new(),
        account: "55512300".into(),
        keymap: Keymap::plain(),
        depth: Depth::True,
        art: Art::Blocks,
        zone: TimeZone::UTC,
        clock: Arc::new(|| Timestamp(0)),
        mouse: true,
        notices: Vec::new(),
        capture_mouse: Arc::new(|_| Ok(())),
        copy: Arc::new(|_| Ok(handset::tui::terminal::clipboard::Copied::Clipboard)),
        chairs: handset::tui::agent::Chairs::none(""),
    });
    for thread in 0..phones {
        let consumer = format!("desk-{thread}");
        let persona = Persona::named("Consumer", consumer.as_str().into());
        model.on_update(Update::Phone {
            thread,
            persona: Box::new(persona),
        });
        let items = (0..lines).map(|number| item(thread, number)).collect();
        model.on_update(Update::Items(items));
    }
    model
}

/// The median time of a frame while somebody types on one phone and goes to the next.
fn frame(model: &mut Model, terminal: &mut Terminal<TestBackend>, desk: (u32, u32)) -> Duration {
    let (phones, lines) = desk;
    let mut times = Vec::new();
    for number in 0..FRAMES {
        let key = if number % 20 == 19 {
            KeyEvent::new(KeyCode::Char('n'), KeyModifiers::ALT)
        } else {
            KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE)
        };
        let newest = (0..phones).map(|thread| item(thread, lines - 1)).collect();
        let began = Instant::now();
        model.on_update(Update::Items(newest));
        model.on_event(Event::Key(key));
        terminal
            .draw(|frame| {
                model.prepare(frame.area());
                view(model, frame);
            })
            .unwrap();
        times.push(began.elapsed());
        model.after_frame();
        drop(model.take_commands());
    }
    model.on_event(Event::Key(KeyEvent::new(
        KeyCode::Char('u'),
        KeyModifiers::CONTROL,
    )));
    median(times)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Measures, and prints the table.
pub(crate) fn print() {
    let mut models = DESKS.map(model);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let mut medians = DESKS.map(|_| Vec::new());
    // Interleaved rounds, so that a noisy machine is noisy to all alike.
    for _ in 0..ROUNDS {
        for ((model, medians), desk) in models.iter_mut().zip(&mut medians).zip(DESKS) {
            medians.push(frame(model, &mut terminal, desk));
        }
    }
    let medians = medians.map(median);
    println!("| phones | lines on each | frame, µs | ratio |");
    println!("|--:|--:|--:|--:|");
    for ((phones, lines), time) in DESKS.into_iter().zip(medians) {
        let ratio = time.as_secs_f64() / medians[0].as_secs_f64();
        println!("| {phones} | {lines} | {} | {ratio:.2} |", time.as_micros());
    }
}
