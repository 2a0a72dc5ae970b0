//! What differs between two texts, word by word, so that it can be seen without colour.

use std::fmt::Write as _;

use similar::{Algorithm, ChangeTag, utils::diff_unicode_words};

use crate::{domain::text::visible, report::words};

/// Texts are compared up to this many bytes; what is longer is cut.
const LONGEST: usize = 8 * 1024;
/// Below this part of the shorter text, in percent, that both have, two texts are just two texts.
const ALIKE: usize = 50;
/// Characters that are told by their code points at most.
const CODE_POINTS: usize = 4;

/// Where a piece of the two texts stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// It stands in both texts.
    Same,
    /// In what was expected alone.
    Missing,
    /// In what was there alone.
    Added,
}

/// Two texts that are much alike, and what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordDiff {
    /// What stands before the two texts and is not compared: before what was expected, and before
    /// what was there.
    pub before: [String; 2],
    /// The pieces of both, in order, with everything in them to be seen.
    pub pieces: Vec<(PieceKind, String)>,
    /// Characters that look the same and are not: `"а" U+0430 for "a" U+0061`.
    pub look_alikes: Vec<String>,
}

impl WordDiff {
    /// What was expected, as `Your parcel comes [-today-].`
    pub fn expected(&self) -> String {
        self.side(PieceKind::Missing, ["[-", "-]"], &self.before[0])
    }

    /// What was there, as `Your parcel comes {+tomorrow+}.`
    pub fn was(&self) -> String {
        self.side(PieceKind::Added, ["{+", "+}"], &self.before[1])
    }

    fn side(&self, own: PieceKind, [open, close]: [&str; 2], before: &str) -> String {
        let mut text = before.to_owned();
        for (kind, piece) in &self.pieces {
            match kind {
                PieceKind::Same => text.push_str(piece),
                kind if *kind == own => text.extend([open, piece, close]),
                _ => {}
            }
        }
        text
    }
}

/// The difference, when the texts differ and are so much alike that it helps.
pub fn words(expected: &str, was: &str) -> Option<WordDiff> {
    if expected == was {
        return None;
    }
    let (expected, was) = (words::cut(expected, LONGEST), words::cut(was, LONGEST));
    let changes = diff_unicode_words(Algorithm::Myers, &*expected, &was);
    let weight = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let same = changes.iter().filter(|(tag, _)| *tag == ChangeTag::Equal);
    let same: usize = same.map(|(_, text)| weight(text)).sum();
    let shorter = weight(&expected).min(weight(&was)).max(1);
    let look_alikes = look_alikes(&changes);
    if same * 100 < shorter * ALIKE && look_alikes.is_empty() {
        return None;
    }
    let pieces = changes.into_iter().map(|(tag, text)| match tag {
        ChangeTag::Equal => (PieceKind::Same, words::row(text)),
        ChangeTag::Delete => (PieceKind::Missing, seen(text)),
        ChangeTag::Insert => (PieceKind::Added, seen(text)),
    });
    let pieces = pieces.collect();
    Some(WordDiff {
        before: Default::default(),
        pieces,
        look_alikes,
    })
}

/// What differs, with its white space to be seen.
fn seen(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            ' ' => shown.push('·'),
            '\t' => shown.push('→'),
            '\n' => shown.push('⏎'),
            '\r' => shown.push('␍'),
            // Blanks of another width, and what has none.
            c if c.is_whitespace() || is_invisible(c) => {
                let _ = write!(shown, "<U+{:04X}>", u32::from(c));
            }
            c => shown.push_str(&visible(c.encode_utf8(&mut [0; 4]))),
        }
    }
    shown
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}'
    )
}

/// Pairs of characters in words that differ in those alone, where one of them is no ASCII.
fn look_alikes(changes: &[(ChangeTag, &str)]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for pair in changes.windows(2) {
        let [(ChangeTag::Delete, missing), (ChangeTag::Insert, added)] = pair else {
            continue;
        };
        let length = missing.chars().count();
        if length != added.chars().count() {
            continue;
        }
        let pairs = missing.chars().zip(added.chars());
        let differing: Vec<_> = pairs.filter(|(one, other)| one != other).collect();
        let is_one_word = differing.len() <= length.div_ceil(2);
        let is_foreign = |(one, other): &&(char, char)| !one.is_ascii() || !other.is_ascii();
        for (one, other) in differing.iter().filter(is_foreign).filter(|_| is_one_word) {
            let told = format!("{} for {}", code_point(*other), code_point(*one));
            if found.len() < CODE_POINTS && !found.contains(&told) {
                found.push(told);
            }
        }
    }
    found
}

fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if c.is_whitespace() || c.is_control() || is_invisible(c) {
        return code;
    }
    format!("\"{}\" {code}", visible(c.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expected: &str, was: &str) -> (String, String, Vec<String>) {
        let diff = words(expected, was).unwrap();
        (diff.expected(), diff.was(), diff.look_alikes)
    }

    #[test]
    fn words_that_differ_are_marked() {
        let (expected, was, alike) =
            told("Your parcel comes today.", "Your parcel comes tomorrow.");
        assert_eq!(expected, "Your parcel comes [-today-].");
        assert_eq!(was, "Your parcel comes {+tomorrow+}.");
        assert!(alike.is_empty());
        assert_eq!(words("Your parcel", "Good morning"), None);
        assert_eq!(words("same", "same"), None);
    }

    #[test]
    fn white_space_is_seen_where_it_differs() {
        let (expected, was, _) = told("two words here", "two  words here\n");
        assert_eq!(expected, "two[-·-]words here");
        assert_eq!(was, "two{+··+}words here{+⏎+}");
        let (_, was, alike) = told("only 5 euros", "only 5\u{a0}euros");
        assert!(was.contains("<U+00A0>"), "{was}");
        assert_eq!(alike, ["U+00A0 for U+0020"]);
    }

    #[test]
    fn look_alikes_are_told_by_their_code_points() {
        let (expected, was, alike) = told("pay by card", "p\u{430}y by card");
        assert_eq!(expected, "[-pay-] by card");
        assert_eq!(was, "{+p\u{430}y+} by card");
        assert_eq!(alike, ["\"\u{430}\" U+0430 for \"a\" U+0061"]);
        let (_, _, alike) = told("Ｈello", "Hello");
        assert_eq!(alike, ["\"H\" U+0048 for \"Ｈ\" U+FF28"]);
    }

    #[test]
    fn a_huge_text_is_compared_in_its_beginning_and_end() {
        let text = "word ".repeat(100_000);
        let (_, was, _) = told(&text, &format!("{text}!"));
        assert!(was.len() < 3 * LONGEST);
    }
}
