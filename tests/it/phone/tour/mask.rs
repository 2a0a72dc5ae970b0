//! What varies from run to run, in the same room: times, ids, ports, delays,
//! the folder.

/// What is masked; `9` stands for a digit, `h` for one of sixteen.
const PATTERNS: [&str; 12] = [
    "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh",
    // The same, shortened.
    "hhhh…hhhh",
    // The day a key was made.
    "appjwt-99-99-99",
    "9999-99-99",
    "99:99:99.999",
    "99:99:99",
    "99:99",
    // A time that lies half under a popup.
    "99:╭",
    "│9:99",
    "│:99",
    "99:9│",
    "99:│",
];

/// Numbers that are masked, by what stands before and behind them.
const NUMBERS: [(&str, &str); 15] = [
    ("", "ms"),
    ("", " bytes"),
    ("127.0.0.1:", ""),
    ("#", ""),
    ("\"id\": \"", "\""),
    ("\"sequence\": ", ""),
    ("imestamp\": ", ""),
    (" of ", " ·"),
    ("", " entries"),
    ("answered +", ""),
    // How much later than what it answers a webhook came.
    ("+", ""),
    ("[", "]"),
    ("", " min left"),
    ("sequences       0-", ""),
    ("", " · filter"),
];

/// What tells a row of the wire from others.
const ARROWS: [&str; 2] = ["00:00:00.000 → ", "00:00:00.000 ← "];

/// A screen in which only what is the same each time is left.
pub(crate) fn masked(screen: &str, folder: &str) -> String {
    let screen = screen.replace(folder, "/tmp/tour-folder");
    let mut all = String::new();
    for line in screen.lines() {
        all.push_str(mask(line).trim_end());
        all.push('\n');
    }
    all
}

fn mask(line: &str) -> String {
    let mut chars: Vec<char> = line.chars().collect();
    for pattern in PATTERNS {
        blot(&mut chars, pattern);
    }
    hex(&mut chars);
    let line: String = chars.into_iter().collect();
    let parts: Vec<String> = line.split('│').map(part).collect();
    day(&parts.join("│"))
}

/// Masks the numbers of one pane's row; what stands behind them moves up, and the row is filled.
fn part(row: &str) -> String {
    let mut masked = row.to_owned();
    let bare = row.trim().trim_end_matches(',');
    if !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit()) {
        masked = masked.replace(bare, "0");
    }
    for (before, after) in NUMBERS {
        masked = numbers(&masked, before, after);
    }
    if let Some((before, _)) = masked.split_once(" · first byte +") {
        masked = before.to_owned();
    } else if let Some(at) = masked.find(" sent +") {
        masked.truncate(at + " sent +".len());
    } else if is_rest(masked.trim()) {
        masked.clear();
    }
    if ARROWS.iter().any(|arrow| masked.contains(arrow)) {
        let words: Vec<&str> = masked.split_whitespace().collect();
        masked = words.join(" ");
    }
    let (is, was) = (masked.chars().count(), row.chars().count());
    let room = was.saturating_sub(is);
    // A rule reaches as far as it did, however long its numbers are. What there was room for of
    // its words, or what lies beside a popup, depends on them.
    if masked.ends_with("─┤") {
        if !masked.starts_with('├') || masked.contains('…') {
            masked = masked
                .chars()
                .map(|c| if c == '├' { c } else { '─' })
                .collect();
        }
        masked.pop();
        masked.push_str(&"─".repeat(room));
        masked.push('┤');
    } else {
        masked.push_str(&" ".repeat(room));
    }
    masked
}

/// Whether a row is what was left of a row of delays.
fn is_rest(row: &str) -> bool {
    let word = |word: &str| ["read", "last", "accepted", "·"].contains(&word);
    let delay = |word: &str| {
        let number = word
            .strip_prefix('+')
            .map(|rest| rest.trim_end_matches("ms"));
        number.is_some_and(|number| number.parse::<f32>().is_ok())
    };
    row.contains('+') && row.split_whitespace().all(|part| word(part) || delay(part))
}

/// Puts zeros for what can only be a part of an id: eight and more of sixteen digits, or twelve
/// with hyphens between them.
fn hex(chars: &mut [char]) {
    let is_hex = |c: &char| c.is_ascii_digit() || ('a'..='f').contains(c);
    for run in chars.chunk_by_mut(|a, b| is_hex(a) == is_hex(b)) {
        if run.len() >= 8 && run.iter().all(is_hex) {
            run.fill('0');
        }
    }
    let is_id = |c: &char| is_hex(c) || *c == '-';
    for run in chars.chunk_by_mut(|a, b| is_id(a) == is_id(b)) {
        if run.len() >= 12 && run.iter().all(is_id) && run.iter().any(char::is_ascii_digit) {
            for c in run.iter_mut().filter(|c| **c != '-') {
                *c = '0';
            }
        }
    }
}

/// Puts a zero for each character a pattern leaves open, wherever it stands alone.
fn blot(chars: &mut [char], pattern: &str) {
    let pattern: Vec<char> = pattern.chars().collect();
    let fits = |open: char, c: char| match open {
        '9' => c.is_ascii_digit(),
        'h' => c.is_ascii_digit() || ('a'..='f').contains(&c),
        fixed => fixed == c,
    };
    let is_word = |c: Option<&char>| c.is_some_and(char::is_ascii_alphanumeric);
    let mut at = 0;
    while at + pattern.len() <= chars.len() {
        let here = &chars[at..at + pattern.len()];
        let alone = !is_word(at.checked_sub(1).and_then(|before| chars.get(before)))
            && !is_word(chars.get(at + pattern.len()));
        if alone && pattern.iter().zip(here).all(|(&open, &c)| fits(open, c)) {
            for (c, open) in chars[at..].iter_mut().zip(&pattern) {
                if matches!(open, '9' | 'h') {
                    *c = '0';
                }
            }
            at += pattern.len();
        } else {
            at += 1;
        }
    }
}

/// Puts a zero for numbers between two marks.
fn numbers(line: &str, before: &str, after: &str) -> String {
    let mut all = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (left, right) = rest.split_at(at);
        let end = right
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(right.len());
        let (number, right) = right.split_at(end);
        all.push_str(left);
        if all.ends_with(before) && right.starts_with(after) {
            all.push('0');
        } else {
            all.push_str(number);
        }
        rest = right;
    }
    all.push_str(rest);
    all
}

/// Takes the room of a day's line, which differs from day to day.
fn day(line: &str) -> String {
    // Also where a popup lies over the end of it.
    let is_day = |shown: &str| {
        let name = shown.trim_start().strip_prefix("── ");
        name.is_some_and(|name| name.starts_with(char::is_uppercase))
    };
    let blank = |part: &str| {
        let (shown, over) = part.split_at(part.find('╭').unwrap_or(part.len()));
        if is_day(shown) {
            format!("{:^1$}{over}", "── day ──", shown.chars().count())
        } else {
            part.to_owned()
        }
    };
    let parts: Vec<String> = line.split('│').map(blank).collect();
    parts.join("│")
}
