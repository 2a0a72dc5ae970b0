//! Terminals with few colours or none are told nothing they do not know.

use tempfile::tempdir;

use super::{CTRL_Q, ENTER, cloud::Cloud, talk};

/// Keys that have many parts of the screen drawn: a bubble selected, the help, another theme, a
/// command that is completed.
const KEYS: [&str; 5] = ["\u{1b}[1;5A", "\u{1b}OP", "\u{1b}", "\u{1b}OQ", "/the"];

/// The numbers of every sequence that sets attributes (SGR).
fn attributes(raw: &[u8]) -> Vec<Vec<u16>> {
    let raw = String::from_utf8_lossy(raw);
    let sequences = raw.split("\u{1b}[").skip(1);
    let ends = sequences.filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
        let (numbers, rest) = rest.split_at(end);
        rest.starts_with('m').then_some(numbers)
    });
    ends.map(|numbers| {
        let numbers = numbers.split([';', ':']);
        numbers.map(|number| number.parse().unwrap_or(0)).collect()
    })
    .collect()
}

/// The attributes of a phone's first minute in a terminal of that name, and its last screen.
fn used(variables: &[(&str, &str)]) -> (Vec<Vec<u16>>, String) {
    let data = tempdir().unwrap();
    let cloud = Cloud::start();
    let mut terminal = cloud.phone_with(data.path(), variables);
    talk(&mut terminal);
    terminal.press("card");
    terminal.press(ENTER);
    let screen = terminal.wait_text("Reserve");
    for keys in KEYS {
        let before = terminal.written();
        terminal.press(keys);
        terminal.wait_written(before + 1, |_| false);
    }
    terminal.press(CTRL_Q);
    terminal.press(CTRL_Q);
    terminal.ended();
    (attributes(&terminal.raw()), screen)
}

fn is_colour(number: u16) -> bool {
    matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107)
}

#[test]
fn a_console_of_eight_colours_gets_these_alone_and_filled_bubbles() {
    // Left over from another terminal, as it often is.
    for term in ["linux", "ansi"] {
        let (used, screen) = used(&[("TERM", term), ("COLORTERM", "truecolor")]);
        for numbers in &used {
            let few = numbers
                .iter()
                .all(|number| !is_colour(*number) || matches!(number, 30..=37 | 40..=47));
            assert!(few, "{term}: {numbers:?}");
        }
        // White on blue is what the consumer said.
        let is_mine = |numbers: &Vec<u16>| numbers.contains(&44) && numbers.contains(&37);
        assert!(used.iter().any(is_mine), "{term}: {used:?}");
        assert!(!screen.contains('╭'), "{screen}");
    }
}

#[test]
fn a_terminal_without_colours_gets_none_and_outlined_bubbles() {
    for variables in [
        [("TERM", "vt100"), ("COLORTERM", "truecolor")],
        [("TERM", "xterm-mono"), ("COLORTERM", "")],
        [("TERM", "xterm-256color"), ("NO_COLOR", "1")],
    ] {
        let (used, screen) = used(&variables);
        for numbers in &used {
            let none = numbers.iter().all(|number| !is_colour(*number));
            assert!(none, "{variables:?}: {numbers:?}");
        }
        assert!(screen.contains("╭"), "{screen}");
    }
}

#[test]
fn other_terminals_get_their_256_colours() {
    let (used, screen) = used(&[("TERM", "xterm-256color"), ("COLORTERM", "")]);
    let indexed = |numbers: &Vec<u16>| numbers.windows(2).any(|two| two == [48, 5]);
    assert!(used.iter().any(indexed), "{used:?}");
    assert!(!screen.contains('╭'), "{screen}");
}
