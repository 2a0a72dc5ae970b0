//! How a tour is written down: a line for each thing that is done or awaited,
//! `#` before remarks.

use unicode_width::UnicodeWidthStr;

/// One line of a tour.
#[derive(Debug, Clone)]
pub(crate) enum Line {
    /// `start WORDS`: the program with these arguments.
    Start(Vec<String>),
    /// `step NAME`: what follows, and what its screen is called.
    Step(String),
    /// `wide LINE`: only in the wide terminal.
    Wide(Box<Line>),
    /// `narrow LINE`: only in the usual one.
    Narrow(Box<Line>),
    /// `write TEXT`: keys of letters.
    Write(String),
    /// `say TEXT`: the same, and Enter once it stands there.
    Say(String),
    /// `keys NAMES`: keys by their names, as `ctrl+up enter`.
    Keys(Vec<&'static str>),
    /// `filter TEXT`: the wire's filter, seen from the phone.
    Filter(String),
    /// `wire TEXT`: the wire's filter, and the keyboard in the wire.
    Wire(String),
    /// `phone`: the keyboard in the phone again.
    Phone,
    /// `paste TEXT`: a paste, as terminals mark it.
    Paste(String),
    /// `click TEXT`: the mouse on the first cell of a text.
    Click(String),
    /// `wait TEXT`: until it is on the screen.
    Wait(String),
    /// `after TEXT | TEXT`: until the second is on the screen below the first.
    After(String, String),
    /// `gone TEXT`: until it is not.
    Gone(String),
    /// `size COLUMNS ROWS`: another size of the terminal.
    Size(u16, u16),
    /// `sent TEXT && TEXT`: one request has all of them, looked at in the end.
    Sent(String),
    /// `file ENDING`: until there is a file of that ending.
    File(String),
    /// `make NAME BYTES`: a file; without a size a copy of Riley's picture of that name.
    Make(String, Option<usize>),
    /// `leave`: Ctrl+Q.
    Leave,
    /// `kill`: SIGKILL.
    Kill,
    /// `shot`: the screen is the one that was kept.
    Shot,
}

/// Reads a tour.
pub(crate) fn read(text: &str) -> Vec<Line> {
    let lines = text.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(line).collect()
}

fn line(text: &str) -> Line {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let words = || rest.split_whitespace().map(str::to_owned);
    let owned = rest.to_owned();
    match word {
        "start" => Line::Start(words().collect()),
        "step" => Line::Step(owned),
        "wide" => Line::Wide(Box::new(line(rest))),
        "narrow" => Line::Narrow(Box::new(line(rest))),
        "write" => Line::Write(owned),
        "say" => Line::Say(owned),
        "keys" => Line::Keys(rest.split_whitespace().map(key).collect()),
        "filter" => Line::Filter(owned),
        "wire" => Line::Wire(owned),
        "phone" => Line::Phone,
        "paste" => Line::Paste(owned),
        "click" => Line::Click(owned),
        "wait" => Line::Wait(owned),
        "after" => {
            let (first, then) = rest.split_once(" | ").unwrap();
            Line::After(first.to_owned(), then.to_owned())
        }
        "gone" => Line::Gone(owned),
        "size" => {
            let (columns, rows) = rest.split_once(' ').unwrap();
            Line::Size(columns.parse().unwrap(), rows.parse().unwrap())
        }
        "sent" => Line::Sent(owned),
        "file" => Line::File(owned),
        "make" => {
            let (name, size) = rest.split_once(' ').unwrap_or((rest, ""));
            Line::Make(name.to_owned(), size.parse().ok())
        }
        "leave" => Line::Leave,
        "kill" => Line::Kill,
        "shot" => Line::Shot,
        _ => panic!("a tour has no line {text:?}"),
    }
}

/// A key as terminals send it. Escape is sent in its longer form: together with what is pressed
/// right after it the short one is another key.
#[rustfmt::skip]
fn key(name: &str) -> &'static str {
    const KEYS: &[(&str, &str)] = &[
        ("enter", "\r"), ("tab", "\t"), ("shift+tab", "\x1b[Z"), ("esc", "\x1b[27u"), ("space", " "),
        ("backspace", "\x7f"), ("delete", "\x1b[3~"),
        ("up", "\x1b[A"), ("down", "\x1b[B"), ("right", "\x1b[C"), ("left", "\x1b[D"),
        ("home", "\x1b[H"), ("end", "\x1b[F"), ("pageup", "\x1b[5~"), ("pagedown", "\x1b[6~"),
        ("ctrl+up", "\x1b[1;5A"), ("ctrl+down", "\x1b[1;5B"),
        ("ctrl+home", "\x1b[1;5H"), ("ctrl+end", "\x1b[1;5F"),
        ("ctrl+pageup", "\x1b[5;5~"), ("ctrl+pagedown", "\x1b[6;5~"),
        ("alt+up", "\x1b[1;3A"), ("alt+down", "\x1b[1;3B"),
        ("ctrl+a", "\x01"), ("ctrl+b", "\x02"), ("ctrl+f", "\x06"), ("ctrl+k", "\x0b"),
        ("ctrl+p", "\x10"), ("ctrl+r", "\x12"), ("ctrl+s", "\x13"), ("ctrl+t", "\x14"),
        ("ctrl+u", "\x15"), ("ctrl+z", "\x1a"),
        ("f1", "\x1bOP"), ("f2", "\x1bOQ"), ("f3", "\x1bOR"), ("f4", "\x1bOS"),
        ("f5", "\x1b[15~"), ("f6", "\x1b[17~"), ("f7", "\x1b[18~"), ("f8", "\x1b[19~"),
        ("f9", "\x1b[20~"), ("f10", "\x1b[21~"),
        ("alt+1", "\x1b1"), ("alt+2", "\x1b2"), ("alt+3", "\x1b3"), ("alt+a", "\x1ba"),
        ("alt+c", "\x1bc"), ("alt+f", "\x1bf"), ("alt+n", "\x1bn"), ("alt+o", "\x1bo"),
        ("alt+p", "\x1bp"), ("alt+r", "\x1br"), ("alt+w", "\x1bw"),
        ("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("a", "a"), ("b", "b"), ("c", "c"), ("e", "e"),
        ("g", "g"), ("j", "j"), ("o", "o"), ("p", "p"), ("r", "r"), ("x", "x"), ("/", "/"), ("]", "]"),
    ];
    let found = KEYS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no key is called {name:?}")).1
}

/// Column and row of the first cell of a text, the lowest on the screen.
pub(crate) fn place(screen: &str, text: &str) -> Option<(usize, usize)> {
    let rows: Vec<&str> = screen.lines().collect();
    let mut rows = rows.iter().enumerate().rev();
    rows.find_map(|(row, line)| {
        let (before, _) = line.split_once(text)?;
        Some((before.width(), row))
    })
}
