//! Where keys go: to look at something never takes them from the composer, and on the inspector they
//! mean something only while no draft is written.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use proptest::{collection::vec, prelude::*};

use crate::{
    config::personas,
    domain::{
        ids::{EntryId, PhoneId},
        line::Delivery,
    },
    engine::update::Update,
    tui::{
        app::{
            focus::{Focus, Panes},
            keyboard::Keyboard,
            model::Model,
            testkit::{drawn, model},
        },
        commands::keys::{Chord, Key},
        inspector::Tab,
        testkit::{call, id, mine},
    },
};

/// A model with a phone that said something, and the wire of it.
fn phone() -> Model {
    let mut model = model();
    model.on_update(Update::Phone {
        phone: PhoneId(0),
        persona: Box::new(personas::embedded().swap_remove(0).persona),
    });
    model.on_update(Update::Lines(vec![mine(1, "Hi", Delivery::Queued)]));
    let body = br#"{"type":"ms.PublishEvent","body":{"event":{"message":"Hi"}}}"#;
    let entries = (1..40).map(|number| call(number, body, b"{}"));
    model.on_update(Update::Wire(entries.collect()));
    let (entry, items) = (EntryId(7), vec![id(1)]);
    model.on_update(Update::Linked { entry, items });
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

fn draft(model: &Model) -> &str {
    model.phone.chat.composer.field.text()
}

/// A way to look at something else than the phone.
#[derive(Debug, Clone)]
enum Look {
    Panes,
    NextTab,
    /// Filters the wire, and ends that with this key.
    Filter(KeyCode),
    Tab(usize),
    PanesSwitch,
    Entries,
    Size(u16, u16),
}

fn look() -> impl Strategy<Value = Look> {
    prop_oneof![
        Just(Look::Panes),
        Just(Look::NextTab),
        prop::sample::select(vec![KeyCode::Enter, KeyCode::Esc]).prop_map(Look::Filter),
        (0usize..4).prop_map(Look::Tab),
        Just(Look::PanesSwitch),
        Just(Look::Entries),
        (60u16..220, 16u16..60).prop_map(|(columns, rows)| Look::Size(columns, rows)),
    ]
}

fn click(model: &mut Model, area: ratatui::layout::Rect) {
    model.on_event(Event::Mouse(MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: area.x,
        row: area.y,
        modifiers: KeyModifiers::NONE,
    }));
}

fn take(model: &mut Model, look: &Look, size: &mut (u16, u16)) {
    let frame = model.layout.inspector.map(|parts| parts.frame);
    match *look {
        Look::Panes => plain(model, KeyCode::F(11)),
        Look::NextTab => plain(model, KeyCode::F(12)),
        Look::Filter(end) => {
            model.begin_filter();
            write(model, "e");
            plain(model, end);
        }
        Look::Tab(tab) => {
            if let Some(frame) = frame {
                let area = model.heads(frame)[tab].area;
                click(model, area);
            }
        }
        Look::PanesSwitch => {
            if let Some(area) = frame.and_then(|frame| model.panes_switch(frame)) {
                click(model, area);
            }
        }
        Look::Entries => {
            let number = 1_000 + model.asks;
            model.on_update(Update::Wire(vec![call(number, b"{}", b"{}")]));
        }
        Look::Size(columns, rows) => *size = (columns, rows),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_shown_what_is_typed_ends_in_the_composer_that_has_the_keyboard(
        steps in vec((look(), prop::option::weighted(0.7, "[!-~é日]")), 1..30),
        draws: bool,
    ) {
        let (mut model, mut size) = (phone(), (140, 40));
        let mut written = String::new();
        drawn(&mut model, size.0, size.1);
        for (look, typed) in steps {
            take(&mut model, &look, &mut size);
            if draws || matches!(look, Look::Size(..)) {
                drawn(&mut model, size.0, size.1);
            }
            prop_assert_eq!(model.keyboard(), Keyboard::Phone, "{:?}", look);
            // A command would complete with Tab, and a second / leaves it.
            let Some(typed) = typed.filter(|typed| typed != "/") else { continue };
            write(&mut model, &typed);
            written.push_str(&typed);
            prop_assert_eq!(draft(&model), &written);
            // What is typed is seen.
            drawn(&mut model, size.0, size.1);
            prop_assert!(model.layout.phone.is_some());
        }
    }

    #[test]
    fn a_key_means_something_on_the_inspector_only_while_no_draft_is_written(
        tab in 0usize..4,
        typed in vec("[ -~é日]", 1..12),
        narrow: bool,
    ) {
        let size = if narrow { (80, 24) } else { (140, 40) };
        let mut model = phone();
        drawn(&mut model, size.0, size.1);
        model.go_to_tab(Tab::ALL[tab]);
        let mut written = String::new();
        for typed in typed {
            drawn(&mut model, size.0, size.1);
            let c = typed.chars().next().unwrap_or('x');
            let means = model.inspector_action(Chord::plain(Key::Char(c))).is_some();
            let is_drafting = !written.trim().is_empty();
            prop_assert_eq!(is_drafting, model.is_drafting());
            write(&mut model, &typed);
            if is_drafting || !means {
                written.push_str(&typed);
                prop_assert!(model.popups.is_empty() && !model.inspector.filtering);
                prop_assert_eq!(model.focus, Focus::Composer);
                model.go_to_tab(Tab::ALL[tab]);
            } else {
                // Back from where its meaning led.
                model.popups.clear();
                model.go_to_tab(Tab::ALL[tab]);
            }
            prop_assert_eq!(draft(&model), &written);
        }
    }
}

#[test]
fn nothing_typed_while_one_looks_at_the_wire_is_a_command_of_it() {
    for (columns, rows) in [(140, 40), (80, 24), (60, 16)] {
        let mut model = phone();
        drawn(&mut model, columns, rows);
        plain(&mut model, KeyCode::F(12));
        drawn(&mut model, columns, rows);
        assert!(model.layout.inspector.is_some());
        write(&mut model, "please export it");
        assert_eq!(draft(&model), "please export it");
        assert!(model.popups.is_empty());
    }
}

#[test]
fn where_one_pane_is_shown_moving_gives_the_keyboard_to_what_is_looked_at() {
    let mut model = phone();
    drawn(&mut model, 80, 24);
    plain(&mut model, KeyCode::F(12));
    drawn(&mut model, 80, 24);
    assert!(model.is_peeking() && model.inspector.tab == Tab::Wire);
    plain(&mut model, KeyCode::Esc);
    drawn(&mut model, 80, 24);
    assert!(model.layout.phone.is_some());
    plain(&mut model, KeyCode::F(12));
    drawn(&mut model, 80, 24);
    plain(&mut model, KeyCode::Up);
    assert_eq!(model.keyboard(), Keyboard::Wire);
    assert_eq!(model.inspector.wire.picked(), Some(EntryId(38)));
    // What is written is never sent unseen.
    let mut model = phone();
    write(&mut model, "Hello");
    drawn(&mut model, 80, 24);
    plain(&mut model, KeyCode::F(12));
    drawn(&mut model, 80, 24);
    drop(model.take_commands());
    plain(&mut model, KeyCode::Enter);
    drawn(&mut model, 80, 24);
    assert_eq!(draft(&model), "Hello");
    assert!(model.layout.phone.is_some());
}

#[test]
fn one_key_goes_through_both_panes_the_phone_and_the_wire_and_it_is_kept() {
    let mut model = phone();
    let shown = |model: &mut Model, columns| {
        drawn(model, columns, 40);
        let shown = (
            model.layout.phone.is_some(),
            model.layout.inspector.is_some(),
        );
        (shown, model.errands.panes.take())
    };
    assert_eq!(shown(&mut model, 140), ((true, true), None));
    for (panes, is_shown) in [
        (Panes::Phone, (true, false)),
        (Panes::Inspector, (false, true)),
        (Panes::Both, (true, true)),
    ] {
        plain(&mut model, KeyCode::F(11));
        assert_eq!(shown(&mut model, 140), (is_shown, Some(panes)));
        assert_eq!(model.keyboard(), Keyboard::Phone);
    }
    // Where both do not fit, it goes to and fro, and what fits elsewhere stays as it was.
    assert_eq!(shown(&mut model, 80), ((true, false), None));
    for is_shown in [(false, true), (true, false)] {
        plain(&mut model, KeyCode::F(11));
        assert_eq!(shown(&mut model, 80), (is_shown, None));
    }
}

#[test]
fn esc_goes_back_where_one_came_from() {
    let mut model = phone();
    drawn(&mut model, 140, 40);
    plain(&mut model, KeyCode::Tab);
    model.inspector.wire.select(Some(EntryId(7)));
    plain(&mut model, KeyCode::Enter);
    drawn(&mut model, 140, 40);
    assert_eq!(model.focus, Focus::Tree);
    plain(&mut model, KeyCode::Char('g'));
    assert_eq!(
        (model.focus, model.phone.chat.selected),
        (Focus::Composer, Some(id(1)))
    );
    plain(&mut model, KeyCode::Esc);
    assert_eq!(
        (model.focus, model.phone.chat.selected),
        (Focus::List, None)
    );
    assert_eq!(model.inspector.wire.picked(), Some(EntryId(7)));
    plain(&mut model, KeyCode::Esc);
    assert!(!model.inspector.is_open);
    plain(&mut model, KeyCode::Esc);
    assert_eq!(model.inspector.wire.picked(), None);
    plain(&mut model, KeyCode::Esc);
    assert_eq!(model.focus, Focus::Composer);
}

#[test]
fn a_page_moves_by_what_is_in_view() {
    let mut model = phone();
    drawn(&mut model, 140, 30);
    plain(&mut model, KeyCode::Tab);
    let height = model.layout.inspector.unwrap().list.height;
    plain(&mut model, KeyCode::PageUp);
    let page = u64::from(height) - 1;
    assert_eq!(model.inspector.wire.picked(), Some(EntryId(39 - page)));
    plain(&mut model, KeyCode::PageDown);
    assert_eq!(model.inspector.wire.picked(), None);
}
