//! Ten consumers under Riley's flood, in the real program, while a person types,
//! scrolls and goes from phone to phone: memory, the way from a key to its glyph
//! and the processor's share over time, and at the end the journal held against
//! the cloud's own state file.
//!
//! `HANDSET_BENCH_SECONDS` sets how long it is kept up.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod frames;
#[path = "../support/program.rs"]
mod program;
mod record;
#[path = "../support/screen.rs"]
mod screen;
mod terminal;

use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::terminal::Terminal;

const PHONES: usize = 10;
/// What is asked for, and how many messages come of it.
const WISH: &str = "flood 500";
const MESSAGES: usize = 500;
const SECONDS: u64 = 20;
/// Rows of the table.
const ROWS: u32 = 6;
/// Keys on one phone before the person goes on to the next.
const KEYS: usize = 10;
/// Faster than anybody types, slower than the screen may be drawn.
const BETWEEN_KEYS: Duration = Duration::from_millis(30);
/// For what is under way at the end.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK: Duration = Duration::from_millis(200);

/// A glyph that stands in no escape sequence and nobody else writes.
const GLYPH: &str = "☃";
const NEXT_PHONE: &str = "\u{1b}n";
const PAGE_UP: &str = "\u{1b}[5~";
const LAST: &str = "\u{1b}[1;5F";
/// Marks all that is written and deletes it.
const CLEAR: &str = "\u{1}\u{7f}";
const LEAVE: &str = "\u{11}";

fn main() {
    let seconds = env::var("HANDSET_BENCH_SECONDS").ok();
    let seconds = seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let personas: Vec<PathBuf> = (0..PHONES).map(|n| persona(folder.path(), n)).collect();
    println!("bench: phones");
    let alone = {
        let terminal = Terminal::start(&folder.path().join("one"), &personas[..1]);
        terminal.wait("Riley", |screen| screen.contains("this is Riley"));
        terminal.resident()
    };
    let data = folder.path().join("ten");
    let mut terminal = Terminal::start(&data, &personas);
    terminal.wait("Riley", |screen| screen.contains("this is Riley"));
    println!("{PHONES} phones, {WISH} asked again and again, for {seconds} s, 200x60");
    println!(
        "resident memory at the start: {alone:.1} MiB with one phone, {:.1} MiB with {PHONES}",
        terminal.resident()
    );
    let journal = data.join("sandbox/journal.db");
    let asked = keep_up(&mut terminal, &journal, Duration::from_secs(seconds));
    drain(&journal, asked * MESSAGES);
    terminal.press(LEAVE);
    terminal.end();
    let totals = record::compare(&data.join("sandbox/cloud.db"), &journal, MESSAGES);
    println!("{asked} floods, {totals}");
    frames::print();
    assert!(totals.is_clean(asked * MESSAGES), "{totals}");
}

fn name(number: usize) -> String {
    format!("Consumer{number:02}")
}

fn persona(folder: &Path, number: usize) -> PathBuf {
    let path = folder.join(format!("{number:02}.toml"));
    let name = name(number);
    let text = format!("name = \"{name}\"\nconsumer = \"phone-{number:02}\"\n");
    fs::write(&path, text).unwrap();
    path
}

/// Types, scrolls and goes round the phones for so long, and prints the table; gives how many
/// floods were asked for.
fn keep_up(terminal: &mut Terminal, journal: &Path, long: Duration) -> usize {
    println!(
        "| seconds | messages | memory, MiB | key to glyph p50, µs | p99, µs | processor, % |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    let began = Instant::now();
    let mut row = 1;
    let (mut samples, mut asked) = (Vec::new(), 0);
    let (mut since, mut busy) = (began, terminal.processor_time());
    for phone in (0..PHONES).cycle() {
        let title = name(phone);
        let is_here = |screen: &str| {
            screen
                .lines()
                .next()
                .is_some_and(|line| line.contains(&title))
        };
        terminal.wait(&title, is_here);
        asked += usize::from(ask(terminal));
        for key in 0..KEYS {
            thread::sleep(BETWEEN_KEYS);
            samples.push(terminal.key_to_glyph(GLYPH));
            if key == KEYS / 2 {
                terminal.press(PAGE_UP);
            }
        }
        let elapsed = began.elapsed();
        if elapsed >= long * row / ROWS {
            samples.sort();
            let now = terminal.processor_time();
            let share = now.saturating_sub(busy).as_secs_f64() / since.elapsed().as_secs_f64();
            println!(
                "| {} | {} | {:.1} | {:.0} | {:.0} | {:.0} |",
                elapsed.as_secs(),
                record::lines(journal),
                terminal.resident(),
                percentile(&samples, 50),
                percentile(&samples, 99),
                share * 100.0
            );
            row += 1;
            samples.clear();
            (since, busy) = (Instant::now(), now);
        }
        terminal.press(CLEAR);
        if row > ROWS {
            return asked;
        }
        terminal.press(NEXT_PHONE);
    }
    asked
}

/// Asks for a flood unless one is still coming; says whether it has.
fn ask(terminal: &mut Terminal) -> bool {
    terminal.press(CLEAR);
    terminal.press(LAST);
    let screen = terminal.wait("the newest", |screen| {
        screen.contains("Write a message") && !screen.contains('↓')
    });
    let last = format!("{MESSAGES}/{MESSAGES}");
    let is_coming = screen.contains("│ flood ") && !screen.contains(&last);
    if is_coming {
        return false;
    }
    terminal.press(&format!("{WISH}\r"));
    terminal.wait("the message gone", |screen| {
        screen.contains("Write a message")
    });
    true
}

/// Waits until everything that was asked for is on the phones.
fn drain(journal: &Path, expected: usize) {
    let deadline = Instant::now() + PATIENCE;
    while record::floods(journal) < expected && Instant::now() < deadline {
        thread::sleep(LOOK);
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}
