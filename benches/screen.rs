//! What a frame costs by the length of the history, as ratios within one run.
//!
//! Each frame takes one update and one key first, so that nothing of it is
//! left over from the frame before.

#![allow(clippy::unwrap_used)]

use std::{
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use handset::{
    domain::{
        content::Content,
        ids::ItemId,
        item::{Body, Item, Place},
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

const FRAMES: usize = 300;
const ROUNDS: usize = 5;
const COUNTS: [u32; 3] = [100, 10_000, 100_000];

fn item(number: u32) -> Item {
    let words = "Is the blue one in stock? 日本語 👍🏽 ".repeat(1 + number as usize % 4);
    Item {
        id: ItemId { thread: 0, number },
        place: Place {
            thread: 0,
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

fn model(count: u32) -> Model {
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
    model.on_update(Update::Items((0..count).map(item).collect()));
    model
}

/// The median time of a frame while following the newest and while paging up.
fn frames(model: &mut Model, terminal: &mut Terminal<TestBackend>, newest: u32) -> [Duration; 2] {
    let mut times = [const { Vec::new() }; 2];
    for (times, key) in times.iter_mut().zip([KeyCode::Char('x'), KeyCode::PageUp]) {
        for frame in 0..FRAMES {
            let key = if frame % 20 == 19 {
                KeyEvent::new(KeyCode::End, KeyModifiers::CONTROL)
            } else {
                KeyEvent::new(key, KeyModifiers::NONE)
            };
            let began = Instant::now();
            model.on_update(Update::Items(vec![item(newest)]));
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
    }
    times.map(|mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    })
}

fn main() -> io::Result<()> {
    let mut models: Vec<(u32, Model)> = COUNTS.map(|count| (count, model(count))).into();
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let mut medians = COUNTS.map(|_| [const { Vec::new() }; 2]);
    // Interleaved rounds, so that a noisy machine is noisy to all alike.
    for _ in 0..ROUNDS {
        for ((count, model), medians) in models.iter_mut().zip(&mut medians) {
            let round = frames(model, &mut terminal, *count - 1);
            for (medians, time) in medians.iter_mut().zip(round) {
                medians.push(time);
            }
        }
    }
    let middle = medians.map(|kinds| {
        kinds.map(|mut times: Vec<Duration>| {
            times.sort();
            times[times.len() / 2]
        })
    });
    let mut out = io::stdout().lock();
    writeln!(out, "bench: screen")?;
    writeln!(
        out,
        "| messages | typing, µs | ratio | paging, µs | ratio |"
    )?;
    writeln!(out, "|--:|--:|--:|--:|--:|")?;
    for (count, [typing, paging]) in COUNTS.iter().zip(middle) {
        let ratio = |time: Duration, first: Duration| time.as_secs_f64() / first.as_secs_f64();
        writeln!(
            out,
            "| {count} | {} | {:.2} | {} | {:.2} |",
            typing.as_micros(),
            ratio(typing, middle[0][0]),
            paging.as_micros(),
            ratio(paging, middle[0][1]),
        )?;
    }
    Ok(())
}
