//! What a person at the keyboard waits for: key to glyph, start to first
//! frame, and the memory it takes.
//!
//! Each figure stands beside a yardstick measured in the same run: a process
//! that echoes raw bytes, and the least ratatui program there is, which this
//! binary is too when it is called with `echo` or `floor`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/program.rs"]
mod program;

use std::{
    env, fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A glyph that stands in no escape sequence.
const GLYPH: &str = "☃";
const ROUNDS: usize = 3;
const KEYS: usize = 100;
const STARTS: usize = 11;
const BETWEEN_KEYS: Duration = Duration::from_millis(30);
/// Longer than any pause of Riley's greeting.
const SILENCE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    match env::args().nth(1).as_deref() {
        Some("echo") => echo(),
        Some("floor") => floor(),
        // `cargo bench` passes flags of its own.
        _ => measure(),
    }
}

/// Writes back what it reads.
fn echo() {
    crossterm::terminal::enable_raw_mode().unwrap();
    let (mut input, mut output) = (std::io::stdin(), std::io::stdout());
    output.write_all(b"ready").unwrap();
    output.flush().unwrap();
    let mut buffer = [0; 64];
    while let Ok(read @ 1..) = input.read(&mut buffer) {
        output.write_all(&buffer[..read]).unwrap();
        output.flush().unwrap();
    }
}

/// An empty screen that shows what is typed, in a blocking loop.
fn floor() {
    let mut terminal = ratatui::init();
    let mut typed = String::from("ready");
    loop {
        let draw = |frame: &mut ratatui::Frame| frame.render_widget(typed.as_str(), frame.area());
        terminal.draw(draw).unwrap();
        if let Ok(crossterm::event::Event::Key(key)) = crossterm::event::read()
            && let crossterm::event::KeyCode::Char(c) = key.code
        {
            typed.push(c);
        }
    }
}

struct Screen {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    chunks: mpsc::Receiver<(Instant, Vec<u8>)>,
    started: Instant,
    _master: Box<dyn MasterPty + Send>,
}

impl Screen {
    fn start(command: CommandBuilder) -> Self {
        let size = PtySize {
            rows: 60,
            cols: 200,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (sender, chunks) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender
                    .send((Instant::now(), buffer[..read].to_vec()))
                    .is_err()
                {
                    return;
                }
            }
        });
        Self {
            child,
            keys,
            chunks,
            started,
            _master: pair.master,
        }
    }

    /// When a text first came out, counted from now on.
    fn when(&self, text: &str) -> Instant {
        let mut seen = Vec::new();
        loop {
            let (at, chunk) = self.chunks.recv_timeout(PATIENCE).expect("it shows up");
            seen.extend(chunk);
            if seen.windows(text.len()).any(|part| part == text.as_bytes()) {
                return at;
            }
        }
    }

    /// Waits until the program has said what it says at the start and fallen silent.
    fn settle(&self) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && self.chunks.recv_timeout(SILENCE).is_ok() {}
    }

    fn key_to_glyph(&mut self) -> Duration {
        while self.chunks.try_recv().is_ok() {}
        let pressed = Instant::now();
        self.keys.write_all(GLYPH.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self.when(GLYPH).duration_since(pressed)
    }

    /// Resident memory in MiB, as the kernel tells it.
    fn resident(&self) -> f64 {
        let status = format!("/proc/{}/status", self.child.process_id().unwrap());
        let status = fs::read_to_string(status).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<f64>()
            .unwrap()
            / 1024.0
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn own(mode: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new(env::current_exe().unwrap());
    command.arg(mode);
    command.env("TERM", "xterm-256color");
    command
}

fn handset(data: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program::PROGRAM);
    for name in program::foreign_variables() {
        command.env_remove(name);
    }
    command.env("HANDSET_CONFIG_DIR", program::no_settings());
    command.env("HANDSET_DATA_DIR", data);
    command.env("TERM", "xterm-256color");
    command
}

fn percentile(sorted: &[Duration], part: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into a short list"
    )]
    let index = ((sorted.len() - 1) as f64 * part).round() as usize;
    sorted[index].as_secs_f64() * 1e6
}

fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let mut datas = (0..).map(|n| folder.path().join(format!("data-{n}")));
    let mut data = || -> PathBuf { datas.next().unwrap() };

    println!("bench: terminal");
    println!(
        "key to glyph, {ROUNDS} rounds of {KEYS} keys, {} ms apart, 200x60",
        BETWEEN_KEYS.as_millis()
    );
    println!(
        "{:<28} {:>9} {:>9} {:>9}",
        "", "p50 µs", "p99 µs", "of floor"
    );
    let mut samples: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let commands = [own("echo"), own("floor"), handset(&data())];
        for (command, samples) in commands.into_iter().zip(&mut samples) {
            let mut screen = Screen::start(command);
            screen.settle();
            for _ in 0..KEYS {
                // Faster than anybody types, slower than the screen may be drawn.
                thread::sleep(BETWEEN_KEYS);
                samples.push(screen.key_to_glyph());
            }
        }
    }
    for list in &mut samples {
        list.sort();
    }
    let floor = percentile(&samples[1], 0.5);
    for (name, list) in ["raw echo", "ratatui, empty screen", "handset"]
        .iter()
        .zip(&samples)
    {
        let p50 = percentile(list, 0.5);
        println!(
            "{name:<28} {p50:>9.0} {:>9.0} {:>9.2}",
            percentile(list, 0.99),
            p50 / floor
        );
    }
    starts(&mut data);
    memory(&mut data);
}

fn starts(data: &mut impl FnMut() -> PathBuf) {
    println!("\nstart to first frame, median of {STARTS}");
    println!("{:<28} {:>9} {:>9}", "", "ms", "of floor");
    let mut floor = Vec::new();
    let mut frames = Vec::new();
    let mut greetings = Vec::new();
    for _ in 0..STARTS {
        let screen = Screen::start(own("floor"));
        floor.push(screen.when("ready").duration_since(screen.started));
        let screen = Screen::start(handset(&data()));
        frames.push(screen.when("Wire").duration_since(screen.started));
        greetings.push(screen.when("Riley").duration_since(screen.started));
    }
    let median = |list: &mut Vec<Duration>| {
        list.sort();
        percentile(list, 0.5) / 1000.0
    };
    let least = median(&mut floor);
    for (name, list) in [
        ("ratatui, empty screen", &mut floor),
        ("handset, first frame", &mut frames),
        ("handset, Riley is there", &mut greetings),
    ] {
        let millis = median(list);
        println!("{name:<28} {millis:>9.1} {:>9.2}", millis / least);
    }
}

fn memory(data: &mut impl FnMut() -> PathBuf) {
    println!("\nresident memory after the greeting");
    println!("{:<28} {:>9}", "", "MiB");
    for (name, command) in [
        ("ratatui, empty screen", own("floor")),
        ("handset with its sandbox", handset(&data())),
    ] {
        let screen = Screen::start(command);
        screen.settle();
        println!("{name:<28} {:>9.1}", screen.resident());
    }
}
