//! What a frame costs with ten long histories open, as a ratio to one
//! short one; each frame takes an update of every phone and a key first.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};
use handset::{
    domain::{ids::PhoneId, persona::Persona},
    engine::update::Update,
    tui::app::model::Model,
};
use ratatui::{Terminal, backend::TestBackend};

use crate::screen::{self, item, median};

const ROUNDS: usize = 5;
const FRAMES: usize = 200;
/// Phones and lines on each.
const SIZES: [(u32, u32); 2] = [(1, 100), (10, 10_000)];

fn model((phones, lines): (u32, u32)) -> Model {
    let mut model = screen::model();
    for phone in (0..phones).map(PhoneId) {
        let consumer = format!("desk-{phone}");
        let persona = Persona::named("Consumer", consumer.as_str().into());
        model.on_update(Update::Phone {
            phone,
            persona: Box::new(persona),
        });
        let items = (0..lines).map(|number| item(phone, number)).collect();
        model.on_update(Update::Lines(items));
    }
    model
}

/// The median time of a frame while somebody types on one phone and goes to the next.
fn frame(model: &mut Model, terminal: &mut Terminal<TestBackend>, desk: (u32, u32)) -> Duration {
    let (phones, lines) = desk;
    let mut times = Vec::new();
    for number in 0..FRAMES {
        let key = if number % 20 == 19 {
            (KeyCode::Char('n'), KeyModifiers::ALT)
        } else {
            (KeyCode::Char('x'), KeyModifiers::NONE)
        };
        let newest = (0..phones)
            .map(|phone| item(PhoneId(phone), lines - 1))
            .collect();
        times.push(screen::frame(model, terminal, newest, key));
    }
    screen::clear(model);
    median(times)
}

/// Measures, and prints the table.
pub(crate) fn print() {
    let mut models = SIZES.map(model);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let mut medians = SIZES.map(|_| Vec::new());
    // Interleaved rounds, so that a noisy machine is noisy to all alike.
    for _ in 0..ROUNDS {
        for ((model, medians), size) in models.iter_mut().zip(&mut medians).zip(SIZES) {
            medians.push(frame(model, &mut terminal, size));
        }
    }
    let medians = medians.map(median);
    println!("| phones | lines on each | frame, µs | ratio |");
    println!("|--:|--:|--:|--:|");
    for ((phones, lines), time) in SIZES.into_iter().zip(medians) {
        let ratio = time.as_secs_f64() / medians[0].as_secs_f64();
        println!("| {phones} | {lines} | {} | {ratio:.2} |", time.as_micros());
    }
}
