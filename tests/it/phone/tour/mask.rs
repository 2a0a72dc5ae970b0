//! What varies from run to run, in the same room: times, ids, ports, delays,
//! the folder.

/// What is masked; `9` stands for a digit, `h` for one of sixteen.
const PATTERNS: [&str; 6] = [
    "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh",
    "hhhhhhhhhhhhhhhh",
    "9999-99-99",
    "99:99:99.999",
    "99:99:99",
    "99:99",
];

const MONTHS: [&str; 12] = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
];

/// A screen in which only what is the same each time is left.
pub(crate) fn masked(screen: &str, folder: &str, columns: u16) -> String {
    let screen = screen.replace(folder, "/tmp/tour-folder");
    let mut all = String::new();
    for line in screen.lines() {
        all.push_str(mask(line, columns).trim_end());
        all.push('\n');
    }
    all
}

fn mask(line: &str, _columns: u16) -> String {
    let mut chars: Vec<char> = line.chars().collect();
    for pattern in PATTERNS {
        blot(&mut chars, pattern);
    }
    let line: String = chars.into_iter().collect();
    let line = numbers(&line, "", "ms", 5);
    let line = numbers(&line, "127.0.0.1:", "", 5);
    let line = numbers(&line, "#", "", 3);
    day(&line)
}

/// Puts a zero for each character a pattern leaves open, wherever it stands alone.
fn blot(chars: &mut [char], pattern: &str) {
    let pattern: Vec<char> = pattern.chars().collect();
    let fits = |open: char, c: char| match open {
        '9' => c.is_ascii_digit(),
        'h' => c.is_ascii_digit() || ('a'..='f').contains(&c),
        fixed => fixed == c,
    };
    let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
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

/// Puts zeros for numbers between two marks, in a room of so many cells: what stands beside them
/// gives way.
fn numbers(line: &str, before: &str, after: &str, _room: usize) -> String {
    let mut all = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (left, right) = rest.split_at(at);
        let end = right.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(right.len());
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
    let is_day = |part: &&str| part.contains("──") && MONTHS.iter().any(|month| part.contains(month));
    let parts: Vec<&str> = line.split('│').collect();
    let parts: Vec<&str> = parts.iter().map(|part| if is_day(part) { " ── day ── " } else { part }).collect();
    parts.join("│")
}
