//! The real terminal, in a pseudo-terminal: taken over, drawn on, given back.
//!
//! The program under test is this binary itself, started with the one test
//! that is otherwise ignored.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use crossterm::event::EventStream;
use handset::{
    engine::{command::Command, update::Update},
    tui::{
        Ended,
        backend::{Glyphs, Screen},
        model::Settings,
        run,
        terminal::{Guard, Options},
    },
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio_util::sync::CancellationToken;

use crate::support::{scene, screen::settings};

/// Longest wait for anything a test waits for.
const LIMIT: Duration = Duration::from_secs(20);

/// A program in a pseudo-terminal.
struct Pty {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: mpsc::Receiver<Vec<u8>>,
    child: Box<dyn Child + Send + Sync>,
    screen: vt100::Parser,
    /// Everything that was written, for what a screen model does not keep.
    raw: Vec<u8>,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

impl Pty {
    fn start() -> Self {
        let size = PtySize {
            rows: 30,
            cols: 100,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args([
            "--ignored",
            "--exact",
            "--nocapture",
            "screens::terminal::the_program_in_the_terminal",
        ]);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            output,
            child,
            screen: vt100::Parser::new(cells(30), cells(100), 0),
            raw: Vec::new(),
        }
    }

    fn press(&mut self, bytes: &str) {
        self.keys.write_all(bytes.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + LIMIT;
        while !wanted(self.screen.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!(
                    "{what} did not come about:\n{}",
                    self.screen.screen().contents()
                );
            };
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    fn until_text(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    /// Reads all that is left and waits for the end.
    fn end(mut self) -> (vt100::Parser, Vec<u8>, bool) {
        drop(self.keys);
        while let Ok(bytes) = self.output.recv_timeout(LIMIT) {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
        let status = self.child.wait().unwrap();
        drop(self.master);
        (self.screen, self.raw, status.success())
    }
}

fn assert_given_back(screen: &vt100::Screen, raw: &[u8]) {
    assert!(!screen.alternate_screen(), "left the alternate screen");
    assert!(!screen.bracketed_paste(), "bracketed paste is off");
    assert!(!screen.hide_cursor(), "the cursor is visible");
    let mouse = screen.mouse_protocol_mode();
    assert_eq!(mouse, vt100::MouseProtocolMode::None);
    let raw = String::from_utf8_lossy(raw);
    assert!(
        raw.rfind("\u{1b}[?1004l") > raw.rfind("\u{1b}[?1004h"),
        "focus reports are off"
    );
    assert_eq!(
        raw.matches("\u{1b}[>1u").count(),
        raw.matches("\u{1b}[<1u").count()
    );
}

#[test]
fn a_terminal_is_taken_over_and_given_back() {
    let mut pty = Pty::start();
    pty.until_text("Riley · typing…");
    let screen = pty.screen.screen();
    assert!(screen.alternate_screen() && screen.bracketed_paste());
    // Two bytes of one paste are a line end, not a command to send.
    pty.press("\u{1b}[200~first\rsecond\u{1b}[201~");
    pty.until_text("second");
    pty.press("\r");
    pty.until_text("│ second │");
    let row = pty.screen.screen().contents();
    assert!(row.contains("│ first  │"), "{row}");
    let size = PtySize {
        rows: 24,
        cols: 70,
        pixel_width: 0,
        pixel_height: 0,
    };
    pty.screen.screen_mut().set_size(cells(24), cells(70));
    pty.master.resize(size).unwrap();
    pty.until("the narrow screen", |screen| {
        let contents = screen.contents();
        contents
            .lines()
            .nth(22)
            .is_some_and(|line| line.starts_with('└'))
    });
    pty.press("\u{11}");
    let (screen, raw, success) = pty.end();
    assert!(success);
    assert_given_back(screen.screen(), &raw);
    // Every frame appears whole.
    let raw = String::from_utf8_lossy(&raw);
    let begun = raw.matches("\u{1b}[?2026h").count();
    assert!(begun > 2);
    assert!(raw.matches("\u{1b}[?2026l").count() >= begun);
    assert!(!raw.contains("\u{1b}[6n"), "the cursor is never asked for");
}

#[test]
fn a_panic_of_the_screen_gives_the_terminal_back_and_is_told() {
    let mut pty = Pty::start();
    pty.until_text("Riley · typing…");
    // F6 switches the mouse, which here panics.
    pty.press("\u{1b}[17~");
    let (screen, raw, success) = pty.end();
    assert!(!success);
    assert_given_back(screen.screen(), &raw);
    let raw = String::from_utf8_lossy(&raw);
    let left = raw.rfind("\u{1b}[?1049l").unwrap();
    assert!(
        raw.rfind("on purpose") > Some(left),
        "told after the screen was left"
    );
}

#[test]
fn a_panic_elsewhere_leaves_the_screen_alone() {
    let mut pty = Pty::start();
    pty.until_text("Riley · typing…");
    pty.press("panic\r");
    pty.until_text("│ panic │");
    assert!(pty.screen.screen().alternate_screen());
    pty.press("\u{11}");
    let (screen, raw, success) = pty.end();
    assert!(success);
    assert_given_back(screen.screen(), &raw);
    assert!(!String::from_utf8_lossy(&raw).contains("behind the screen"));
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
                    Command::Submit(text) => {
                        if text == "panic" {
                            let thread = std::thread::spawn(|| panic!("behind the screen"));
                            assert!(thread.join().is_err());
                        }
                        number += 1;
                        let item = scene::theirs(number, 300, &text);
                        updates.send(Update::Items(vec![item])).await.unwrap();
                    }
                    Command::Quit => updates.send(Update::Stopped).await.unwrap(),
                    _ => {}
                }
            }
        });
        let stop = CancellationToken::new();
        let ended = run(
            terminal,
            EventStream::new(),
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
