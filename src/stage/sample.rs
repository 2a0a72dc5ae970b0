//! A text that a regular expression finds: what is shown where a scenario says only what a text
//! must look like.

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

/// A text that the pattern finds; `None` of one that cannot be read.
pub(crate) fn sample(pattern: &str, chance: &mut fastrand::Rng) -> Option<String> {
    let read = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    add(&read, chance, &mut text);
    Some(text)
}

/// Most repetitions that are written out.
const MOST: u32 = 64;

fn add(part: &Hir, chance: &mut fastrand::Rng, text: &mut String) {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(one_of(class, chance)),
        HirKind::Repetition(repeated) => {
            for _ in 0..repeated.min.min(MOST) {
                add(&repeated.sub, chance, text);
            }
        }
        HirKind::Capture(capture) => add(&capture.sub, chance, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| add(part, chance, text)),
        HirKind::Alternation(parts) => {
            if let Some(first) = parts.first() {
                add(first, chance, text);
            }
        }
    }
}

/// A character of a class that reads well: a digit, else a letter.
fn one_of(class: &Class, chance: &mut fastrand::Rng) -> Option<char> {
    let class = match class {
        Class::Unicode(class) => class.clone(),
        Class::Bytes(class) => class.to_unicode_class()?,
    };
    let has = |c: &char| {
        let mut ranges = class.iter();
        ranges.any(|range| (range.start()..=range.end()).contains(c))
    };
    for range in ['0'..='9', 'a'..='z', 'A'..='Z', ' '..='~'] {
        let fitting: Vec<char> = range.filter(has).collect();
        if !fitting.is_empty() {
            return chance.choice(fitting);
        }
    }
    class.iter().next().map(ClassUnicodeRange::start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_found_by_its_pattern() {
        let mut chance = fastrand::Rng::with_seed(3);
        for pattern in [
            r"[A-Z]{2}-\d{6}",
            r"^moment|transfer$",
            r"(?i)ok\s+then.*",
            r"\p{Greek}",
        ] {
            let text = sample(pattern, &mut chance).unwrap();
            assert!(
                regex::Regex::new(pattern).unwrap().is_match(&text),
                "{pattern}: {text}"
            );
        }
        assert_eq!(sample("(", &mut chance), None);
    }
}
