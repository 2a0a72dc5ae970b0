//! Popups at every size of the screen, and what was written in them when they close.

use std::path::Path;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;

use crate::{
    config::personas,
    domain::{ids::PhoneId, notice::Severity},
    engine::update::Update,
    tui::{
        app::{
            model::Model,
            testkit::{drawn, model},
        },
        chat::attach,
        commands::keys::Context,
        popups::{
            Popup,
            content::Content,
            help, notices,
            palette::{Palette, PickerKind},
        },
        testkit::{id, mine, theirs},
    },
};

/// A model with a consumer's phone that has a bubble of either side.
fn phone() -> Model {
    let mut model = model();
    let persona = personas::embedded().swap_remove(0).persona;
    model.on_update(Update::Phone {
        phone: PhoneId(0),
        persona: Box::new(persona),
    });
    let delivered = crate::domain::line::Delivery::Queued;
    model.on_update(Update::Lines(vec![
        theirs(1, "Hello"),
        mine(2, "Hi", delivered),
    ]));
    model
}

fn press(model: &mut Model, key: KeyCode, modifiers: KeyModifiers) {
    model.on_event(Event::Key(KeyEvent::new(key, modifiers)));
}

fn write(model: &mut Model, text: &str) {
    for c in text.chars() {
        press(model, KeyCode::Char(c), KeyModifiers::NONE);
    }
}

fn raw_text(model: &Model) -> Option<&str> {
    match model.popups.last() {
        Some(Popup::Raw(raw)) => Some(raw.draft.field.text()),
        _ => None,
    }
}

/// Whether something more than a remark is told.
fn is_warned(model: &Model) -> bool {
    let told = model.notices.told();
    told.is_some_and(|one| one.notice.severity > Severity::Info)
}

fn popups() -> Vec<Popup> {
    let mut model = phone();
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    press(&mut model, KeyCode::Char('r'), KeyModifiers::ALT);
    press(&mut model, KeyCode::Char('a'), KeyModifiers::ALT);
    let content = Content::new(json!({"type": "text", "text": "x".repeat(400)}));
    let mut popups = std::mem::take(&mut model.popups);
    popups.extend([
        Popup::Help(Box::new(help::Help::at(&[
            Context::Phone,
            Context::Edit,
            Context::Everywhere,
        ]))),
        Popup::Notices(notices::page()),
        Popup::Palette(Palette::new(PickerKind::Commands)),
        Popup::Palette(Palette::new(PickerKind::Personas)),
        Popup::Palette(Palette::new(PickerKind::Exports)),
        Popup::Content(Box::new(content)),
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

#[test]
fn every_footer_begins_with_what_enter_does() {
    for nth in 0..popups().len() {
        let mut model = phone();
        drawn(&mut model, 140, 40);
        let popup = popups().swap_remove(nth);
        let scene = model.scene();
        let footer = popup.layer().keys(&scene, popup.area(&scene));
        assert!(footer.starts_with(" Enter "), "{footer}");
    }
}

#[test]
fn the_help_begins_with_the_keys_of_where_one_is_and_finds_what_one_types() {
    let mut model = phone();
    press(&mut model, KeyCode::Tab, KeyModifiers::NONE);
    press(&mut model, KeyCode::F(1), KeyModifiers::NONE);
    let screen = drawn(&mut model, 140, 40).join("\n");
    let (wire, everywhere) = (screen.find("In the wire"), screen.find("Everywhere"));
    assert!(wire.is_some() && wire < everywhere, "{screen}");
    write(&mut model, "CURL copy");
    let screen = drawn(&mut model, 140, 40).join("\n");
    assert!(
        screen.contains("copy the selected entry as a curl command"),
        "{screen}"
    );
    assert!(!screen.contains("leave handset"), "{screen}");
    write(&mut model, " nowhere");
    let screen = drawn(&mut model, 140, 40).join("\n");
    assert!(screen.contains("no key and no command"), "{screen}");
}

#[test]
fn a_request_by_hand_is_there_again_however_its_editor_was_closed() {
    let alt_r = |model: &mut Model| press(model, KeyCode::Char('r'), KeyModifiers::ALT);
    let closers: [fn(&mut Model); 3] = [
        |model| press(model, KeyCode::Esc, KeyModifiers::NONE),
        |model| press(model, KeyCode::Char('r'), KeyModifiers::ALT),
        |model| press(model, KeyCode::Char('s'), KeyModifiers::CONTROL),
    ];
    for close in closers {
        let mut model = phone();
        alt_r(&mut model);
        write(&mut model, "mine ");
        let written = raw_text(&model).unwrap().to_owned();
        assert!(written.starts_with("mine {"), "{written}");
        close(&mut model);
        assert!(model.popups.is_empty());
        alt_r(&mut model);
        assert_eq!(raw_text(&model), Some(written.as_str()));
    }
}

#[test]
fn a_template_that_was_only_looked_at_is_made_anew() {
    let mut model = phone();
    press(&mut model, KeyCode::Char('r'), KeyModifiers::ALT);
    press(&mut model, KeyCode::Tab, KeyModifiers::NONE);
    press(&mut model, KeyCode::Esc, KeyModifiers::NONE);
    assert!(model.phone.raw.is_none());
}

#[test]
fn the_key_that_opened_a_form_does_not_drop_what_was_changed() {
    let mut model = phone();
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    write(&mut model, "XX");
    // Another popup over it, and the form asked for again from there.
    press(&mut model, KeyCode::F(1), KeyModifiers::NONE);
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    let changed =
        |model: &Model| matches!(model.popups.last(), Some(Popup::Form(form)) if form.is_changed());
    assert!(changed(&model));
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    assert!(changed(&model) && is_warned(&model));
    // A user who goes on is asked again.
    write(&mut model, "Y");
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    assert!(changed(&model));
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    assert!(!changed(&model) && !is_warned(&model));
}

#[test]
fn nothing_is_said_for_the_consumer_from_under_a_popup() {
    let mut model = phone();
    model.phone.chat.selected = Some(id(2));
    press(&mut model, KeyCode::Char('r'), KeyModifiers::ALT);
    model.take_commands();
    press(&mut model, KeyCode::Char('r'), KeyModifiers::CONTROL);
    assert_eq!(model.take_commands(), []);
    assert!(raw_text(&model).is_some());
    press(&mut model, KeyCode::Esc, KeyModifiers::NONE);
    press(&mut model, KeyCode::Char('r'), KeyModifiers::CONTROL);
    assert_eq!(model.take_commands().len(), 1);
}

#[test]
fn a_folder_that_is_not_there_leads_to_the_one_above() {
    let mut model = phone();
    write(&mut model, "/attach /no such folder/deep");
    press(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    // What was asked for, the folder above it, and the root.
    for _ in 0..3 {
        for job in model.take_jobs() {
            model.on_done(Some(attach::run(job)));
        }
    }
    let Some(Popup::Files(picker)) = model.popups.last() else {
        panic!("the picker is closed");
    };
    assert_eq!(picker.folder.as_deref(), Some(Path::new("/")));
    assert!(is_warned(&model));
}

#[test]
fn going_to_the_filter_drops_nothing_that_was_written() {
    let filter = |model: &mut Model| press(model, KeyCode::Char('f'), KeyModifiers::CONTROL);
    let mut model = phone();
    press(&mut model, KeyCode::Char('r'), KeyModifiers::ALT);
    write(&mut model, "mine ");
    filter(&mut model);
    assert!(model.popups.is_empty() && model.inspector.filtering);
    assert!(model.phone.raw.is_some());
    let mut model = phone();
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    write(&mut model, "XX");
    filter(&mut model);
    assert!(is_warned(&model) && !model.inspector.filtering);
    filter(&mut model);
    assert!(model.popups.is_empty() && model.inspector.filtering);
}

#[test]
fn a_form_tells_how_to_close_it_on_the_least_screen() {
    let mut model = phone();
    press(&mut model, KeyCode::F(10), KeyModifiers::NONE);
    for columns in [60, 80, 140] {
        let screen = drawn(&mut model, columns, 16).join("\n");
        assert!(screen.contains("Esc close"), "{screen}");
    }
}

#[test]
fn whoever_forgets_the_quotes_of_a_path_is_told() {
    let mut model = phone();
    write(&mut model, "/image /no such/cat.png");
    press(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    for job in model.take_jobs() {
        model.on_done(Some(attach::run(job)));
    }
    let screen = drawn(&mut model, 140, 40).join("\n");
    assert!(screen.contains("with blanks goes in quotes"), "{screen}");
}
