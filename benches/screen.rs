//! What a frame costs by the length of the history, as ratios within one run.
//!
//! Each frame takes one update and one key first, so that nothing of it is
//! left over from the frame before.

#![allow(clippy::unwrap_used)]

#[path = "support/screen.rs"]
mod support;

use std::{
    io::{self, Write},
    time::Duration,
};

use crossterm::event::{KeyCode, KeyModifiers};
use handset::{domain::ids::PhoneId, engine::update::Update, tui::app::model::Model};
use ratatui::{Terminal, backend::TestBackend};

use crate::support::{clear, frame, item, median};

const FRAMES: usize = 300;
const ROUNDS: usize = 5;
const COUNTS: [u32; 3] = [100, 10_000, 100_000];

fn model(count: u32) -> Model {
    let mut model = support::model();
    model.on_update(Update::Lines(
        (0..count).map(|number| item(PhoneId(0), number)).collect(),
    ));
    model
}

/// The median time of a frame while following the newest and while paging up.
fn frames(model: &mut Model, terminal: &mut Terminal<TestBackend>, newest: u32) -> [Duration; 2] {
    let mut times = [const { Vec::new() }; 2];
    for (times, key) in times.iter_mut().zip([KeyCode::Char('x'), KeyCode::PageUp]) {
        for number in 0..FRAMES {
            let key = if number % 20 == 19 {
                (KeyCode::End, KeyModifiers::CONTROL)
            } else {
                (key, KeyModifiers::NONE)
            };
            times.push(frame(model, terminal, vec![item(PhoneId(0), newest)], key));
        }
        clear(model);
    }
    times.map(median)
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
    let middle = medians.map(|kinds| kinds.map(median));
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
