//! The terminal shut from one moment to the next, in a pseudo-terminal and while the screen hangs.
//!
//! The program under test is this binary itself, started with the one test that is otherwise
//! ignored.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use handset::{
    config::brand,
    domain::{conversation::event::Act, time::Timestamp},
    engine::command::Command,
    tui::{
        app::settings::Settings,
        run,
        stage::{Stage, StageFrame},
        terminal::{
            backend::{Glyphs, Screen},
            events::TerminalEvents,
            panic_switch::{PanicSwitch, SwitchedWriter},
            screen::{Guard, Options},
        },
    },
};
use portable_pty::CommandBuilder;
use tokio_util::sync::CancellationToken;

use crate::support::{pty::Terminal, scene, screen::settings};

/// One frame.
const FRAME: Duration = Duration::from_millis(33);
const F12: &str = "\u{1b}[24~";

fn started() -> Terminal {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    let name = "stage::panic_switch::the_stage_whose_screen_hangs";
    command.args(["--ignored", "--exact", "--nocapture", name]);
    let terminal = Terminal::start(100, 44, command);
    terminal.wait_text("9:41");
    terminal
}

#[test]
fn the_card_is_there_within_a_frame_even_while_the_screen_hangs() {
    let mut terminal = started();
    let card = brand::find("acme", None).unwrap().card.text;
    assert!(!terminal.screen().contains(&card));
    terminal.press("h");
    // It hangs soon after: from then on nothing that is typed is shown.
    let mut typed = String::new();
    let hangs = (0..50).any(|_| {
        typed.push('z');
        terminal.press("z");
        !terminal.settle(Duration::from_millis(300), |screen| screen.contains(&typed))
    });
    assert!(hangs, "{}", terminal.screen());
    let mut spans = Vec::new();
    for _ in 0..5 {
        let before = terminal.written();
        let pressed = Instant::now();
        terminal.press(F12);
        terminal.wait_written(before + 1, |_| false);
        spans.push(pressed.elapsed());
        let screen = terminal.wait_text(&card);
        assert!(!screen.contains("9:41"), "{screen}");
        // The same key twice opens the terminal; the screen that hangs draws nothing.
        terminal.press(F12);
        terminal.press(F12);
    }
    let best = spans.iter().min().unwrap();
    assert!(*best <= FRAME, "the card came after {spans:?}");
    terminal.signal("KILL");
}

#[test]
fn a_screen_that_lives_is_drawn_anew_when_the_terminal_is_open_again() {
    let mut terminal = started();
    let card = brand::find("acme", None).unwrap().card.text;
    terminal.press("\u{1b}\u{1b}");
    terminal.wait_text(&card);
    // Nothing that is typed gets anywhere.
    terminal.press("h");
    let is_back = |screen: &str| screen.contains("9:41");
    assert!(!terminal.settle(Duration::from_millis(300), is_back));
    terminal.press("\u{1b}\u{1b}");
    // A change of before may be drawn over the card first; then everything is drawn anew.
    terminal.wait("the phone and no card", |screen| {
        screen.contains("9:41") && !screen.contains(&card)
    });
    terminal.signal("KILL");
}

#[test]
#[ignore = "the program the other tests start in a terminal"]
fn the_stage_whose_screen_hangs() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = Options {
            steady: false,
            mouse: true,
            keyboard: false,
        };
        let guard = Guard::enter(options).unwrap();
        let switch = PanicSwitch::new(io::stdout());
        let out = SwitchedWriter::new(io::stdout(), Arc::clone(&switch));
        let terminal = ratatui::Terminal::new(Screen::new(out, Glyphs::Whole)).unwrap();
        let (updates, received) = tokio::sync::mpsc::channel(64);
        let (engine, mut commands) = tokio::sync::mpsc::channel(64);
        let hangs = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&hangs);
        tokio::spawn(async move {
            for update in scene::conversation() {
                updates.send(update).await.unwrap();
            }
            while let Some(command) = commands.recv().await {
                if let Command::Act {
                    act: Act::Typed { .. },
                    ..
                } = command
                {
                    begins.store(true, Ordering::SeqCst);
                }
            }
        });
        let pack = brand::find("acme", None).unwrap();
        let settings = Settings {
            stage: Some(Box::new(Stage::new(pack, None, StageFrame::Phone))),
            switch: Some(Arc::clone(&switch)),
            clock: Arc::new(move || {
                while hangs.load(Ordering::SeqCst) {
                    thread::park();
                }
                Timestamp(0)
            }),
            ..settings()
        };
        let keys = TerminalEvents::new(Some(switch)).unwrap();
        let stop = CancellationToken::new();
        run(terminal, keys, received, engine, settings, stop)
            .await
            .unwrap();
        guard.leave().unwrap();
    });
}
