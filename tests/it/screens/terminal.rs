//! The real terminal, in a pseudo-terminal: taken over, drawn on, given back.
//!
//! The program under test is this binary itself, started with the one test
//! that is otherwise ignored.

use std::sync::Arc;

use handset::{
    domain::conversation::event::Act,
    engine::{command::Command, update::Update},
    tui::{
        Ended,
        app::settings::Settings,
        run,
        terminal::{
            backend::{Glyphs, Screen},
            events::TerminalEvents,
            screen::{Guard, Options},
        },
    },
};
use portable_pty::CommandBuilder;
use tokio_util::sync::CancellationToken;

use crate::support::{pty::Terminal, scene, screen::settings};

fn started() -> Terminal {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "--nocapture",
        "screens::terminal::the_program_in_the_terminal",
    ]);
    let terminal = Terminal::start(100, 30, command);
    terminal.wait_text("Riley · typing…");
    terminal
}

fn told(terminal: &Terminal) -> String {
    String::from_utf8_lossy(&terminal.raw()).into_owned()
}

#[test]
fn a_terminal_is_taken_over_and_given_back() {
    let mut terminal = started();
    assert!(terminal.is_taken());
    // Two bytes of one paste are a line end, not a command to send.
    terminal.press("\u{1b}[200~first\rsecond\u{1b}[201~");
    terminal.wait_text("second");
    terminal.press("\r");
    let screen = terminal.wait("the message", |screen| {
        screen.contains("second  ") && screen.contains("Write a message")
    });
    let row = screen.lines().position(|row| row.contains("second  "));
    let above = screen.lines().nth(row.unwrap() - 1).unwrap();
    assert!(above.contains("first"), "{screen}");
    terminal.resize(70, 24);
    terminal.wait("the narrow screen", |screen| {
        let last = screen.lines().nth(23);
        last.is_some_and(|line| line.contains("F1 help"))
    });
    terminal.press("\u{11}");
    assert!(terminal.ended().success());
    terminal.assert_given_back();
    // Every frame appears whole.
    let raw = told(&terminal);
    let begun = raw.matches("\u{1b}[?2026h").count();
    assert!(begun > 2);
    assert!(raw.matches("\u{1b}[?2026l").count() >= begun);
    assert!(!raw.contains("\u{1b}[6n"), "the cursor is never asked for");
}

#[test]
fn a_panic_of_the_screen_gives_the_terminal_back_and_is_told() {
    let mut terminal = started();
    // F6 switches the mouse, which here panics.
    terminal.press("\u{1b}[17~");
    assert!(!terminal.ended().success());
    terminal.assert_given_back();
    let raw = told(&terminal);
    let left = raw.rfind("\u{1b}[?1049l").unwrap();
    assert!(
        raw.rfind("on purpose") > Some(left),
        "told after the screen was left"
    );
}

#[test]
fn a_panic_elsewhere_leaves_the_screen_alone() {
    let mut terminal = started();
    terminal.press("panic\r");
    terminal.wait("the message", |screen| {
        screen.contains("panic  ") && screen.contains("Write a message")
    });
    assert!(terminal.is_taken());
    terminal.press("\u{11}");
    assert!(terminal.ended().success());
    terminal.assert_given_back();
    assert!(!told(&terminal).contains("behind the screen"));
}

#[test]
#[ignore = "the program the other tests start in a terminal"]
fn the_program_in_the_terminal() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(async {
        let options = Options {
            mouse: true,
            keyboard: true,
            steady: false,
        };
        let guard = Guard::enter(options).unwrap();
        let terminal = ratatui::Terminal::new(Screen::stdout(Glyphs::Whole)).unwrap();
        let settings = Settings {
            capture_mouse: Arc::new(|_| panic!("on purpose")),
            ..settings()
        };
        let (updates, received) = tokio::sync::mpsc::channel(64);
        let (engine, mut commands) = tokio::sync::mpsc::channel(64);
        tokio::spawn(async move {
            for update in scene::conversation() {
                updates.send(update).await.unwrap();
            }
            let mut number = 100;
            while let Some(command) = commands.recv().await {
                match command {
                    Command::Act {
                        act: Act::Submit { text, .. },
                        ..
                    } => {
                        if text == "panic" {
                            let thread = std::thread::spawn(|| panic!("behind the screen"));
                            assert!(thread.join().is_err());
                        }
                        number += 1;
                        let item = scene::theirs(number, 300, &text);
                        updates.send(Update::Lines(vec![item])).await.unwrap();
                    }
                    Command::Quit => updates.send(Update::Stopped).await.unwrap(),
                    _ => {}
                }
            }
        });
        let stop = CancellationToken::new();
        let ended = run(
            terminal,
            TerminalEvents::new(None).unwrap(),
            received,
            engine,
            settings,
            stop,
        )
        .await;
        guard.leave().unwrap();
        ended.unwrap()
    });
    assert_eq!(ended, Ended::Stopped);
}
