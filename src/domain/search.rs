//! What a search finds: words, whatever their case, accents and width.
//!
//! A text is folded to what its letters are without that. Every search of this program folds alike,
//! so that what one of them finds another marks.

use std::{borrow::Cow, ops::Range};

use icu_normalizer::{
    DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed,
};
use serde_json::Value;

use crate::domain::line::Line;

const NFKD: DecomposingNormalizerBorrowed<'_> = DecomposingNormalizerBorrowed::new_nfkd();
const CLASSES: CanonicalCombiningClassMapBorrowed<'_> = CanonicalCombiningClassMapBorrowed::new();

/// Words of one search at most; further ones are not looked for.
const MOST: usize = 32;
/// Members of a line's data whose values are the program's own words.
const TAGS: [&str; 4] = ["who", "kind", "state", "role"];

/// The words of a search, folded. All of them have to be found, anywhere and in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchWords {
    words: Vec<String>,
}

impl SearchWords {
    /// The words of a text as a person writes it.
    pub fn of(text: &str) -> Self {
        let folded = folded(text);
        let mut words: Vec<String> = Vec::new();
        for word in folded.split_whitespace().take(MOST) {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        Self { words }
    }

    /// Whether there is nothing to look for, and everything fits.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// All words, for [`Self::strike`] to take out what is found.
    pub fn missing(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// Takes those words out that a folded text has.
    pub fn strike(missing: &mut Vec<&str>, folded: &str) {
        missing.retain(|word| !folded.contains(word));
    }

    /// How many of the words a line has.
    pub fn count_in(&self, line: &Line) -> usize {
        let mut missing = self.missing();
        Self::strike(&mut missing, &folded_line(line));
        self.words.len() - missing.len()
    }

    /// Whether a line has all of the words, and there are some.
    pub fn are_in(&self, line: &Line) -> bool {
        !self.is_empty() && self.count_in(line) == self.words.len()
    }

    /// Where in a text the words stand, in bytes: in order, and none over another.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let (folded, origins) = folded_with_origins(text);
        let mut places: Vec<Range<usize>> = Vec::new();
        for word in &self.words {
            for (at, found) in folded.match_indices(word.as_str()) {
                if let (Some(first), Some(last)) =
                    (origins.get(at), origins.get(at + found.len() - 1))
                {
                    places.push(first.start..last.end);
                }
            }
        }
        places.sort_by_key(|place| (place.start, place.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for place in places {
            match apart.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                _ => apart.push(place),
            }
        }
        apart
    }
}

/// A text as it is searched: NFKD without its marks, in full case folding.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold(text, &mut folded);
    folded
}

/// The same, added to what stands there.
pub fn fold(text: &str, to: &mut String) {
    for c in text.chars() {
        fold_char(c, |c| to.push(c));
    }
}

/// The same of what goes over the wire, with the characters that JSON writes as `\u00e9`.
pub fn fold_wire(bytes: &[u8], to: &mut String) {
    let text = String::from_utf8_lossy(bytes);
    fold(&unescaped(&text), to);
}

/// What a line says and who says it, as it is searched; not how it is kept.
pub fn folded_line(line: &Line) -> String {
    let mut folded = String::new();
    if let Ok(body) = serde_json::to_value(&line.body) {
        fold_strings(&body, &mut folded);
    }
    folded
}

fn fold_strings(value: &Value, to: &mut String) {
    match value {
        Value::String(text) => {
            fold(text, to);
            to.push('\n');
        }
        Value::Array(elements) => {
            for element in elements {
                fold_strings(element, to);
            }
        }
        // The names of members are not what was said.
        Value::Object(members) => {
            for (name, member) in members {
                if !TAGS.contains(&name.as_str()) {
                    fold_strings(member, to);
                }
            }
        }
        _ => {}
    }
}

/// A folded text, and for each byte of it where in the text it comes from. What folds to nothing
/// belongs to what stands before it.
fn folded_with_origins(text: &str) -> (String, Vec<Range<usize>>) {
    let mut folded = String::with_capacity(text.len());
    let mut origins: Vec<Range<usize>> = Vec::with_capacity(text.len());
    // Where in the folded text the last character begins that folded to something.
    let mut last = 0;
    for (at, c) in text.char_indices() {
        let (before, end) = (folded.len(), at + c.len_utf8());
        fold_char(c, |c| folded.push(c));
        if folded.len() > before {
            last = before;
            origins.resize(folded.len(), at..end);
        } else {
            for origin in origins.iter_mut().skip(last) {
                origin.end = end;
            }
        }
    }
    (folded, origins)
}

fn fold_char(c: char, mut put: impl FnMut(char)) {
    if c.is_ascii() {
        return put(c.to_ascii_lowercase());
    }
    if let Some(letters) = without_stroke(c) {
        return letters.chars().for_each(put);
    }
    for base in NFKD
        .normalize_iter(std::iter::once(c))
        .filter(|c| is_letter(*c))
    {
        // Upper case between makes `ss` of `ß`, `σ` of `ς` and `i` of `ı`, as full case folding
        // does; lower case before it makes `ß` of `ẞ`.
        let lower = base.to_lowercase().flat_map(char::to_uppercase);
        lower
            .flat_map(char::to_lowercase)
            .filter(|c| is_letter(*c))
            .for_each(&mut put);
    }
}

/// Whether a character counts: no accent, no vowel point, and nothing that is not seen.
fn is_letter(c: char) -> bool {
    let is_unseen = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{e0100}'..='\u{e01ef}'
    );
    !is_unseen && (c.is_ascii() || CLASSES.get_u8(c) == 0)
}

/// Latin letters whose stroke Unicode does not take for a mark, and those that are two.
fn without_stroke(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' | 'Ł' => "l",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' => "d",
        'ħ' | 'Ħ' => "h",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        _ => return None,
    })
}

/// A text with what JSON escapes; what is no such escape stays as it is.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (c, left) = escaped(after);
        plain.push(c);
        rest = left;
    }
    plain.push_str(rest);
    plain.into()
}

/// The character behind a backslash, and what follows it.
fn escaped(after: &str) -> (char, &str) {
    let mut rest = after.chars();
    match rest.next() {
        Some('n' | 'r' | 't' | 'b' | 'f') => (' ', rest.as_str()),
        Some('u') => unicode(rest.as_str()).unwrap_or(('\\', after)),
        Some(c) => (c, rest.as_str()),
        None => ('\\', ""),
    }
}

/// The character of four digits, or of two such escapes that are a pair.
fn unicode(digits: &str) -> Option<(char, &str)> {
    let (unit, rest) = code_unit(digits)?;
    if let Some(c) = char::from_u32(unit) {
        return Some((c, rest));
    }
    let (low, rest) = code_unit(rest.strip_prefix("\\u")?)?;
    let units = [u16::try_from(unit).ok()?, u16::try_from(low).ok()?];
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((c, rest))
}

fn code_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests;
