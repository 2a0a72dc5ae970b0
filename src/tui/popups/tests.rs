//! Popups at every size of the screen.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;

use crate::{
    config::personas,
    engine::update::Update,
    tui::{
        model::Model,
        popups::{Among, Popup},
        sheet::{Sheet, content::Content},
        testkit::{drawn, mine, model, theirs},
    },
};

/// A model with a consumer's phone that has a bubble of either side.
fn phone() -> Model {
    let mut model = model();
    let persona = personas::embedded().swap_remove(0).persona;
    model.on_update(Update::Phone {
        thread: 0,
        persona: Box::new(persona),
    });
    let delivered = crate::domain::item::Delivery::Queued;
    model.on_update(Update::Items(vec![
        theirs(1, "Hello"),
        mine(2, "Hi", delivered),
    ]));
    model
}

fn press(model: &mut Model, key: KeyCode, modifiers: KeyModifiers) {
    model.on_event(Event::Key(KeyEvent::new(key, modifiers)));
}

fn popups() -> Vec<Popup> {
    let mut model = phone();
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    press(&mut model, KeyCode::Char('r'), KeyModifiers::ALT);
    press(&mut model, KeyCode::Char('a'), KeyModifiers::ALT);
    let content = Content::new(json!({"type": "text", "text": "x".repeat(400)}));
    let mut popups = std::mem::take(&mut model.popups);
    popups.extend([
        Popup::Help { top: 0 },
        Popup::Notices { top: 0 },
        Popup::palette(Among::Commands),
        Popup::palette(Among::Personas),
        Popup::palette(Among::Exports),
        Popup::Sheet(Box::new(Sheet::Content(content))),
    ]);
    popups
}

#[test]
fn every_popup_stands_at_every_size_and_takes_every_key_there() {
    let count = popups().len();
    for (columns, rows) in [
        (0, 0),
        (1, 1),
        (30, 8),
        (59, 16),
        (60, 15),
        (60, 16),
        (80, 24),
    ] {
        for nth in 0..count {
            let mut model = phone();
            // A key may come before the first frame.
            model.popups.push(popups().swap_remove(nth));
            for key in [KeyCode::Down, KeyCode::PageDown, KeyCode::End, KeyCode::Tab] {
                for _ in 0..12 {
                    press(&mut model, key, KeyModifiers::NONE);
                    drawn(&mut model, columns, rows);
                }
            }
            drawn(&mut model, 140, 40);
            drawn(&mut model, columns, rows);
        }
    }
}
