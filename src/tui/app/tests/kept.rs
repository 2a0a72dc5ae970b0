//! A frame of which only the composer was drawn is what a whole one would be.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use proptest::{collection::vec, prelude::*};
use ratatui::{
    Terminal,
    backend::{Backend as _, TestBackend},
    buffer::{Cell, CellWidth as _},
    layout::Size,
};

use crate::{
    config::personas,
    domain::{
        ids::PhoneId,
        line::Delivery,
        notice::{Notice, Severity},
        time::Timestamp,
    },
    engine::update::Update,
    tui::{
        app::{
            kept::{KeptFrame, Stale},
            model::Model,
            testkit::model,
        },
        testkit::{mine, theirs},
    },
};

/// Something that happens between two frames.
#[derive(Debug, Clone)]
enum Step {
    Happens(Event),
    Told(u8),
    Later(i64),
    Resized(u16, u16),
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Step {
    Step::Happens(Event::Key(KeyEvent::new(code, modifiers)))
}

fn step() -> impl Strategy<Value = Step> {
    let character = prop_oneof![
        Just(' '),
        Just('/'),
        Just('日'),
        Just('👍'),
        Just('\u{301}'),
        "[a-z]".prop_map(|c| c.chars().next().unwrap_or('a'))
    ];
    let named = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(1),
        KeyCode::F(2),
        KeyCode::F(3),
        KeyCode::F(4),
    ]);
    let held = prop::sample::select(vec![
        KeyModifiers::NONE,
        KeyModifiers::SHIFT,
        KeyModifiers::CONTROL,
        KeyModifiers::ALT,
    ]);
    let click = |(column, row)| {
        Step::Happens(Event::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }))
    };
    prop_oneof![
        16 => character.prop_map(|c| key(KeyCode::Char(c), KeyModifiers::NONE)),
        6 => prop::sample::select(vec![KeyCode::Backspace, KeyCode::Delete])
            .prop_map(|code| key(code, KeyModifiers::NONE)),
        5 => (named, held).prop_map(|(code, held)| key(code, held)),
        4 => "[a-z]".prop_map(|c| key(KeyCode::Char(c.chars().next().unwrap_or('a')), KeyModifiers::CONTROL)),
        2 => "\\PC{0,90}".prop_map(|text| Step::Happens(Event::Paste(text))),
        2 => (0u16..120, 0u16..40).prop_map(click),
        4 => (0u8..6).prop_map(Step::Told),
        1 => (0i64..20_000).prop_map(Step::Later),
        1 => (58u16..130, 14u16..40).prop_map(|(columns, rows)| Step::Resized(columns, rows)),
    ]
}

fn told(kind: u8, number: u32) -> Update {
    let persona = |at: usize| Box::new(personas::embedded().swap_remove(at).persona);
    match kind {
        0 => Update::Lines(vec![theirs(number, "What can I do for you? 日本語 👍🏽")]),
        1 => Update::Lines(vec![mine(number, "Hello", Delivery::Queued)]),
        2 => Update::Typing {
            phone: PhoneId(0),
            name: number.is_multiple_of(2).then(|| "Riley".into()),
        },
        3 => Update::Phone {
            phone: PhoneId(0),
            persona: persona(0),
        },
        4 => Update::Phone {
            phone: PhoneId(1),
            persona: persona(1),
        },
        _ => Update::Notice(Notice {
            severity: Severity::Warning,
            title: "calling the cloud".to_owned(),
            detail: "it does not answer ".repeat(9),
            hint: String::new(),
            ..Notice::default()
        }),
    }
}

/// Takes a step as the loop does; returns what that makes stale.
fn take(model: &mut Model, step: Step, number: u32, now: &mut i64) -> Stale {
    match step {
        Step::Happens(event) => {
            let changed = model.tick(Timestamp(*now));
            let stale = model.on_event(event);
            if changed { Stale::All } else { stale }
        }
        Step::Told(kind) => {
            model.on_update(told(kind, number));
            Stale::All
        }
        Step::Later(span) => {
            *now += span;
            Stale::Nothing
        }
        Step::Resized(..) => Stale::All,
    }
}

/// The cells that can be seen: what a wide character hides is of no account.
fn seen(terminal: &Terminal<TestBackend>) -> Vec<Vec<&Cell>> {
    let buffer = terminal.backend().buffer();
    let columns = usize::from(buffer.area.width).max(1);
    let row = |cells: &'_ [Cell]| -> Vec<usize> {
        let mut at = 0;
        std::iter::from_fn(|| {
            let cell = cells.get(at)?;
            let here = at;
            at += usize::from(cell.cell_width()).max(1);
            Some(here)
        })
        .collect()
    };
    let rows = buffer.content.chunks(columns);
    rows.map(|cells| row(cells).into_iter().map(|at| &cells[at]).collect())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_with_kept_cells_is_what_a_whole_one_would_be(steps in vec(step(), 1..60)) {
        let mut model = model();
        let mut kept = KeptFrame::default();
        let mut terminal = Terminal::new(TestBackend::new(120, 30)).unwrap();
        let (mut stale, mut now) = (Stale::All, 0);
        for (number, step) in (1..).zip(steps) {
            if let Step::Resized(columns, rows) = step {
                terminal.backend_mut().resize(columns, rows);
            }
            stale = stale.max(take(&mut model, step, number, &mut now));
            if stale > Stale::Nothing {
                kept.draw(&mut terminal, &mut model, stale).unwrap();
                model.after_frame();
                stale = Stale::Nothing;
            }
            drop((model.take_commands(), model.take_jobs()));
            let Size { width, height } = terminal.size().unwrap();
            let mut whole = Terminal::new(TestBackend::new(width, height)).unwrap();
            let draw = KeptFrame::default().draw(&mut whole, &mut model, Stale::All);
            draw.unwrap();
            prop_assert_eq!(seen(&terminal), seen(&whole));
            if model.is_composing() && model.layout.phone.is_some() {
                let at = |terminal: &mut Terminal<TestBackend>| terminal.backend_mut().get_cursor_position();
                prop_assert_eq!(at(&mut terminal).unwrap(), at(&mut whole).unwrap());
            }
        }
    }
}

#[test]
fn writing_a_plain_draft_makes_the_composer_alone_stale() {
    let mut model = model();
    let mut press = |code| model.on_event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    assert_eq!(press(KeyCode::Char('a')), Stale::Composer);
    assert_eq!(press(KeyCode::Backspace), Stale::Composer);
    // It offers commands over the transcript.
    assert_eq!(press(KeyCode::Char('/')), Stale::All);
    assert_eq!(press(KeyCode::Backspace), Stale::All);
    assert_eq!(press(KeyCode::Tab), Stale::All);
}
