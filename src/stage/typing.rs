//! How a person types: the keys that write a line, and the time before each of them.

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation as _;

/// How somebody types.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TypingHabit {
    /// Words of five letters in a minute.
    pub words_per_minute: f64,
    /// Which part of the letters is mistyped and mended; 0.0 to 0.05.
    pub typos: f64,
}

impl Default for TypingHabit {
    fn default() -> Self {
        Self {
            words_per_minute: 70.0,
            typos: 0.0,
        }
    }
}

/// A key, and the time before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stroke {
    /// The time since the key before.
    pub gap: Duration,
    /// What the key does.
    pub key: StrokeKey,
}

/// What a key does to the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrokeKey {
    /// It writes this grapheme behind what is written.
    Write(String),
    /// It takes the last grapheme back.
    TakeBack,
}

/// The longest that a line may take.
const LONGEST: Duration = Duration::from_secs(12);
/// The time before an emoji, which has to be looked for.
const EMOJI_MS: f64 = 700.0;
/// How far the gaps spread, of their logarithms.
const SPREAD: f64 = 0.35;
/// Pairs of letters that hands know by heart.
const FREQUENT: [&str; 20] = [
    "th", "he", "in", "er", "an", "re", "on", "at", "en", "nd", "ti", "es", "or", "te", "of", "ed",
    "is", "it", "al", "ar",
];
/// The letters of a keyboard, row by row.
const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// The graphemes of a text, as they are typed one by one.
pub fn graphemes(text: &str) -> Vec<String> {
    text.graphemes(true).map(str::to_owned).collect()
}

/// The keys that write a text. They end with exactly this text written.
pub fn strokes(text: &str, habit: TypingHabit, chance: &mut fastrand::Rng) -> Vec<Stroke> {
    let median = 60_000.0 / (5.0 * habit.words_per_minute.max(1.0));
    let mut strokes = Vec::new();
    let mut before = String::new();
    for grapheme in text.graphemes(true) {
        let factor = factor(&before, grapheme);
        let key = |key, gap: f64| Stroke {
            gap: Duration::from_millis(rounded(gap)),
            key,
        };
        if let Some(wrong) = neighbour(grapheme, chance).filter(|_| chance.f64() < habit.typos) {
            strokes.push(key(
                StrokeKey::Write(wrong),
                median * factor * log_normal(chance),
            ));
            // It is seen after a moment, and taken back.
            strokes.push(key(StrokeKey::TakeBack, median * 2.5 * log_normal(chance)));
        }
        let gap = if is_emoji(grapheme) {
            EMOJI_MS * log_normal(chance)
        } else {
            median * factor * log_normal(chance)
        };
        strokes.push(key(StrokeKey::Write(grapheme.to_owned()), gap));
        grapheme.clone_into(&mut before);
    }
    let all: Duration = strokes.iter().map(|stroke| stroke.gap).sum();
    if all > LONGEST {
        let part = LONGEST.as_secs_f64() / all.as_secs_f64();
        for stroke in &mut strokes {
            stroke.gap = stroke.gap.mul_f64(part);
        }
    }
    strokes
}

/// How much longer than usual the hand waits before a grapheme.
fn factor(before: &str, grapheme: &str) -> f64 {
    match before {
        " " if grapheme != " " => 1.6,
        "," | "." | ";" | "\n" => 2.5,
        "?" | "!" => 4.0,
        _ => {
            let pair = format!("{before}{grapheme}").to_lowercase();
            if FREQUENT.contains(&pair.as_str()) {
                0.55
            } else {
                1.0
            }
        }
    }
}

/// A number around 1 whose logarithm is spread as [`SPREAD`] says.
fn log_normal(chance: &mut fastrand::Rng) -> f64 {
    // Box and Muller: two even numbers make a normal one.
    let even = (1.0 - chance.f64()).max(f64::MIN_POSITIVE);
    let normal = (-2.0 * even.ln()).sqrt() * (std::f64::consts::TAU * chance.f64()).cos();
    (SPREAD * normal.clamp(-3.0, 3.0)).exp()
}

fn is_emoji(grapheme: &str) -> bool {
    grapheme
        .chars()
        .any(|c| c >= '\u{1f000}' || ('\u{2600}'..='\u{27bf}').contains(&c))
}

/// A letter beside this one on the keyboard.
fn neighbour(grapheme: &str, chance: &mut fastrand::Rng) -> Option<String> {
    let letter = grapheme.chars().next().filter(|_| grapheme.len() == 1)?;
    let row = ROWS
        .iter()
        .find(|row| row.contains(letter.to_ascii_lowercase()))?;
    let at = row.find(letter.to_ascii_lowercase())?;
    let beside = match (at, chance.bool()) {
        (0, _) => 1,
        (at, true) if at + 1 < row.len() => at + 1,
        (at, _) => at - 1,
    };
    row.get(beside..=beside).map(str::to_owned)
}

/// Milliseconds; every gap is far below what a whole number holds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "gaps are positive and end at a few seconds"
)]
fn rounded(millis: f64) -> u64 {
    millis.clamp(1.0, 60_000.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(strokes: &[Stroke]) -> String {
        let mut line: Vec<&str> = Vec::new();
        for stroke in strokes {
            match &stroke.key {
                StrokeKey::Write(grapheme) => line.push(grapheme),
                StrokeKey::TakeBack => drop(line.pop()),
            }
        }
        line.concat()
    }

    #[test]
    fn the_keys_write_the_text_and_the_seed_decides_when() {
        let text = "Hello, is there a mug 🫖 in blue? 안녕";
        let typed = |seed| {
            let habit = TypingHabit {
                typos: 0.05,
                ..TypingHabit::default()
            };
            strokes(text, habit, &mut fastrand::Rng::with_seed(seed))
        };
        assert_eq!(typed(7), typed(7));
        assert_ne!(typed(7), typed(8));
        for seed in 0..50 {
            assert_eq!(written(&typed(seed)), text);
        }
        let corrects = |strokes: &[Stroke]| strokes.iter().any(|it| it.key == StrokeKey::TakeBack);
        assert!((0..50).any(|seed| corrects(&typed(seed))));
    }

    #[test]
    fn a_long_line_is_written_in_twelve_seconds_and_a_short_one_as_people_do() {
        let mut chance = fastrand::Rng::with_seed(1);
        let span = |text: &str, chance: &mut fastrand::Rng| -> Duration {
            let strokes = strokes(text, TypingHabit::default(), chance);
            strokes.iter().map(|stroke| stroke.gap).sum()
        };
        let long = span(&"something to say ".repeat(40), &mut chance);
        assert!(
            long <= LONGEST && long > Duration::from_secs(11),
            "{long:?}"
        );
        let short = span("Where is my order?", &mut chance);
        assert!(
            short > Duration::from_secs(2) && short < Duration::from_secs(6),
            "{short:?}"
        );
    }
}
