//! What the bottom row and the buttons say fits the moment, and what one does oneself is seen.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend, style::Modifier};

use crate::{
    config::personas,
    domain::{ids::PhoneId, line::Delivery},
    engine::update::Update,
    tui::{
        app::{
            model::Model,
            settings::Settings,
            testkit::{drawn, model},
            view::view,
        },
        testkit::{call, mine, theirs},
        theme::styles::Depth,
    },
};

fn with_lines(mut model: Model, lines: u32) -> Model {
    model.on_update(Update::Phone {
        phone: PhoneId(0),
        persona: Box::new(personas::embedded().swap_remove(0).persona),
    });
    let lines = (1..=lines).map(|number| theirs(number, &format!("https://shop.test/{number}")));
    model.on_update(Update::Lines(lines.collect()));
    model.on_update(Update::Wire(vec![call(1, b"{}", b"{}")]));
    model
}

fn press(model: &mut Model, code: KeyCode, modifiers: KeyModifiers) {
    model.on_event(Event::Key(KeyEvent::new(code, modifiers)));
}

fn plain(model: &mut Model, code: KeyCode) {
    press(model, code, KeyModifiers::NONE);
}

fn write(model: &mut Model, text: &str) {
    text.chars().for_each(|c| plain(model, KeyCode::Char(c)));
}

/// The bottom row at 140 columns.
fn bar(model: &mut Model) -> String {
    drawn(model, 140, 40).pop().unwrap_or_default()
}

#[test]
fn the_bottom_row_tells_what_the_keys_do_now() {
    let mut model = with_lines(model(), 3);
    assert!(bar(&mut model).contains("Enter send"));
    // With a bubble selected, what can be done with it; while something is written, Enter sends it.
    press(&mut model, KeyCode::Up, KeyModifiers::CONTROL);
    let row = bar(&mut model);
    for hint in ["Ctrl+O copy", "Alt+C link", "F9 JSON", "Esc leave"] {
        assert!(row.contains(hint), "{hint}: {row}");
    }
    assert!(!row.contains("send"), "{row}");
    write(&mut model, "x");
    assert!(bar(&mut model).contains("Enter send"));
    plain(&mut model, KeyCode::Backspace);
    // In the line of the search.
    press(&mut model, KeyCode::Char('f'), KeyModifiers::CONTROL);
    let row = bar(&mut model);
    assert!(row.contains("Enter next") && !row.contains("send"), "{row}");
    plain(&mut model, KeyCode::Esc);
    // The phone alone, and the wire alone.
    plain(&mut model, KeyCode::F(11));
    let row = bar(&mut model);
    assert!(row.contains("F11 show the wire"), "{row}");
    plain(&mut model, KeyCode::F(11));
    let row = bar(&mut model);
    assert!(row.contains("Esc phone") && !row.contains("send"), "{row}");
    // What is written there is seen.
    write(&mut model, "hello");
    let screen = drawn(&mut model, 140, 40).concat();
    assert!(screen.contains("> hello"), "{screen}");
}

#[test]
fn enter_has_one_meaning_while_a_filter_is_written() {
    let mut model = with_lines(model(), 1);
    bar(&mut model);
    plain(&mut model, KeyCode::Tab);
    assert!(drawn(&mut model, 140, 40).concat().contains("Enter open"));
    write(&mut model, "/");
    let screen = drawn(&mut model, 140, 40).concat();
    assert!(screen.contains("Enter keep"), "{screen}");
    assert!(!screen.contains("Enter open"), "{screen}");
}

#[test]
fn the_letters_of_the_wire_stand_out_only_while_they_mean_something() {
    let mut model = with_lines(model(), 1);
    let is_loud = |model: &mut Model| {
        let mut terminal = Terminal::new(TestBackend::new(140, 40)).unwrap();
        terminal
            .draw(|frame| {
                model.prepare(frame.area());
                view(model, frame);
            })
            .unwrap();
        let chips = model.chips();
        let at = chips.first().expect("a button").area;
        let buffer = terminal.backend().buffer();
        buffer[(at.x + 1, at.y)].modifier.contains(Modifier::BOLD)
    };
    assert!(!is_loud(&mut model));
    plain(&mut model, KeyCode::Tab);
    assert!(is_loud(&mut model));
}

#[test]
fn a_conversation_one_begins_comes_into_view() {
    let mut model = with_lines(model(), 60);
    drawn(&mut model, 80, 24);
    let shows_last = |model: &mut Model| drawn(model, 80, 24).concat().contains("test/60");
    plain(&mut model, KeyCode::PageUp);
    assert!(!shows_last(&mut model));
    write(&mut model, "/new");
    plain(&mut model, KeyCode::Enter);
    assert!(shows_last(&mut model));
}

#[test]
fn a_page_of_the_help_is_as_many_rows_as_are_shown_less_one() {
    let mut model = with_lines(model(), 1);
    drawn(&mut model, 140, 40);
    plain(&mut model, KeyCode::F(1));
    let rows = |model: &mut Model| -> Vec<String> {
        let screen = drawn(model, 140, 40);
        let inside = |row: &String| row.split('│').nth(1).map(str::trim).map(str::to_owned);
        let rows = screen.iter().filter_map(inside);
        // Below the field and its line.
        rows.skip(2).collect()
    };
    let before = rows(&mut model);
    plain(&mut model, KeyCode::PageDown);
    let after = rows(&mut model);
    assert!(before.len() > 20, "{before:?}");
    assert_eq!(before.last(), after.first());
}

#[test]
fn without_colours_the_word_read_stands_behind_its_ticks() {
    let plain = Settings {
        depth: Depth::None,
        ..Settings::default()
    };
    let mut model = with_lines(Model::new(plain), 1);
    let read = Delivery::Read { sequence: 2 };
    model.on_update(Update::Lines(vec![mine(2, "Hi", read)]));
    for (columns, rows) in [(140, 40), (80, 24)] {
        let screen = drawn(&mut model, columns, rows);
        let row = screen.iter().find(|row| row.contains("Hi │"));
        let row = row.unwrap_or_else(|| panic!("{screen:#?}"));
        assert!(row.contains("00:00 ✓✓ Read"), "{row}");
    }
}
