//! A text that is waited for made so loose that another text fits it too: words that the other text
//! has not become `…`.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::scenario::{
    matching::Values,
    script::{Payload, Template, TextPiece},
};

/// Stands for any words in a text that is waited for.
const ANYTHING: &str = "…";

/// The same text, fit for what was heard as well. Values and captures stay. `None` of a regular
/// expression, in which no words can be told apart.
pub fn loosened(text: &Payload, heard: &str) -> Option<Payload> {
    let (Payload::Bare(template) | Payload::Quoted(template) | Payload::Exactly(template)) = text
    else {
        return None;
    };
    let loose = common(template, heard);
    Some(match text {
        Payload::Quoted(_) => Payload::Quoted(loose),
        _ => Payload::Bare(loose),
    })
}

/// Whether a text that was heard fits, whatever the values in braces are.
pub fn fits(text: &Payload, heard: &str) -> bool {
    let any = |template: &Template| {
        let pieces = template.0.iter().cloned().zip(0..);
        let pieces = pieces.map(|(piece, number)| match piece {
            TextPiece::Value(_) | TextPiece::Env(_) => TextPiece::Capture {
                name: format!("v{number}"),
                pattern: None,
            },
            piece => piece,
        });
        Template(pieces.collect())
    };
    let text = match text {
        Payload::Bare(template) => Payload::Bare(any(template)),
        Payload::Quoted(template) => Payload::Quoted(any(template)),
        Payload::Exactly(template) => Payload::Exactly(any(template)),
        Payload::Regex { .. } => text.clone(),
    };
    let wanted = text.wanted(&NoValues);
    wanted.is_ok_and(|wanted| wanted.find(heard).is_some())
}

/// How many of the words of a text were heard, in percent; 0 where it has no words of its own.
pub fn likeness(text: &Payload, heard: &str) -> usize {
    let (Payload::Bare(template) | Payload::Quoted(template) | Payload::Exactly(template)) = text
    else {
        return 0;
    };
    let words = words_of(template);
    let own = words.iter().filter(|word| word.core().is_some()).count();
    let same = steps(&words, &heard_words(heard)).into_iter();
    let same = same.filter_map(|step| match step {
        DiffOp::Equal { old_index, len, .. } => words.get(old_index..old_index + len),
        _ => None,
    });
    let same = same.flatten().filter(|word| word.core().is_some()).count();
    (same * 100).checked_div(own).unwrap_or(0)
}

struct NoValues;

impl Values for NoValues {
    fn value(&self, _: &str) -> Option<String> {
        None
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }
}

/// What stands between two blanks of a template.
#[derive(Debug, Clone, PartialEq)]
struct TemplateWord(Vec<TextPiece>);

impl TemplateWord {
    /// The letters of a word without values and without `…`; `None` of any other.
    fn text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [TextPiece::Text(text)] if !text.contains(ANYTHING) && !text.contains("...") => {
                Some(text)
            }
            _ => None,
        }
    }

    fn core(&self) -> Option<&str> {
        self.text().map(core).filter(|core| !core.is_empty())
    }

    fn is_anything(&self) -> bool {
        let is_text = |piece: &TextPiece| matches!(piece, TextPiece::Text(_));
        self.text().is_none() && self.0.iter().all(is_text)
    }
}

/// A word without the marks around it.
fn core(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// What is compared of a word.
fn key(word: &str) -> String {
    match core(word) {
        "" => word.to_owned(),
        core => core.to_lowercase(),
    }
}

fn heard_words(heard: &str) -> Vec<&str> {
    heard.split_whitespace().collect()
}

fn words_of(template: &Template) -> Vec<TemplateWord> {
    let mut words: Vec<TemplateWord> = Vec::new();
    let mut is_open = false;
    for piece in &template.0 {
        let TextPiece::Text(text) = piece else {
            match words.last_mut().filter(|_| is_open) {
                Some(word) => word.0.push(piece.clone()),
                None => words.push(TemplateWord(vec![piece.clone()])),
            }
            is_open = true;
            continue;
        };
        for (at, part) in text.split(char::is_whitespace).enumerate() {
            is_open &= at == 0;
            if part.is_empty() {
                continue;
            }
            let part = TextPiece::Text(part.to_owned());
            match words.last_mut().filter(|_| is_open) {
                Some(word) => word.0.push(part),
                None => words.push(TemplateWord(vec![part])),
            }
            is_open = true;
        }
    }
    words
}

/// What is the same in both, and what is not. A word with a value in it is like no other.
fn steps(words: &[TemplateWord], heard: &[&str]) -> Vec<DiffOp> {
    let own = words.iter().enumerate().map(|(at, word)| {
        let text = word.text().map(key);
        text.unwrap_or_else(|| format!("\0{at}"))
    });
    let own: Vec<String> = own.collect();
    let heard: Vec<String> = heard.iter().map(|word| key(word)).collect();
    capture_diff_slices(Algorithm::Myers, &own, &heard)
}

/// What both have, in the words of the template.
fn common(template: &Template, heard: &str) -> Template {
    let (words, heard) = (words_of(template), heard_words(heard));
    let mut kept: Vec<TemplateWord> = Vec::new();
    let text = |text: &str| TemplateWord(vec![TextPiece::Text(text.to_owned())]);
    let anything = || text(ANYTHING);
    for step in steps(&words, &heard) {
        let (old, new) = (step.old_range(), step.new_range());
        let own = words.get(old).unwrap_or_default();
        let others = heard.get(new).unwrap_or_default();
        if matches!(step, DiffOp::Equal { .. }) {
            for (word, other) in own.iter().zip(others) {
                let (written, other) = (word.text().unwrap_or_default(), other.to_lowercase());
                let is_whole = other.contains(&written.to_lowercase());
                let written = if is_whole { written } else { core(written) };
                let around = other.split_once(&written.to_lowercase());
                let (before, after) = around.unwrap_or_default();
                kept.extend((!before.is_empty()).then(anything));
                kept.push(text(written));
                kept.extend((!after.is_empty()).then(anything));
            }
            continue;
        }
        let holes = own.iter().filter(|word| word.text().is_none()).count();
        if holes == own.len() && holes > 0 && holes == others.len() {
            kept.extend(own.iter().cloned());
            continue;
        }
        kept.push(anything());
        for word in own.iter().filter(|word| word.text().is_none()) {
            kept.extend([word.clone(), anything()]);
        }
    }
    joined(kept)
}

/// With one `…` where there were several, and none at the ends, where anything may stand anyway.
fn joined(mut words: Vec<TemplateWord>) -> Template {
    let anything = TemplateWord(vec![TextPiece::Text(ANYTHING.to_owned())]);
    for word in &mut words {
        if word.is_anything() {
            word.clone_from(&anything);
        }
    }
    words.dedup_by(|next, before| *next == anything && *before == anything);
    if words.first() == Some(&anything) {
        words.remove(0);
    }
    words.pop_if(|last| *last == anything);
    if words.is_empty() {
        words.push(anything);
    }
    let mut pieces: Vec<TextPiece> = Vec::new();
    for (at, word) in words.into_iter().enumerate() {
        let blank = (at > 0).then(|| TextPiece::Text(" ".to_owned()));
        for piece in blank.into_iter().chain(word.0) {
            match (pieces.last_mut(), piece) {
                (Some(TextPiece::Text(before)), TextPiece::Text(text)) => before.push_str(&text),
                (_, piece) => pieces.push(piece),
            }
        }
    }
    Template(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{
        print,
        syntax::text::{Style, read},
    };

    fn bare(text: &str) -> Payload {
        Payload::Bare(read(text, Style::Bare).template)
    }

    fn loose(text: &str, heard: &str) -> String {
        let loose = loosened(&bare(text), heard).unwrap();
        assert!(fits(&loose, heard), "{loose:?} for {heard}");
        print::payload(&loose)
    }

    #[test]
    fn words_that_differ_become_dots() {
        for (text, heard, loosened) in [
            (
                "It arrives on Monday before noon",
                "It arrives on Tuesday before noon.",
                "It arrives on … before noon",
            ),
            (
                "It arrives today",
                "It arrives tomorrow, perhaps",
                "It arrives",
            ),
            (
                "Hello Ada, welcome",
                "Hello, dear Ada: welcome",
                "Hello … Ada … welcome",
            ),
            ("Yes", "Of course", "…"),
            ("We have two left", "We have two left", "We have two left"),
            ("…, two are left", "Today, three are left", "are left"),
            (
                "Hi {me.first}, I am Riley",
                "Hi Ada, this is Riley",
                "Hi … {me.first}, … Riley",
            ),
            (
                "Hello {me.first}! Bye.",
                "Hello Ada! Later.",
                "Hello … {me.first}!",
            ),
            (
                "Order {?n:/[0-9]{5}/} comes today",
                "Order 40417 went out today",
                "Order … {?n:/[0-9]{5}/} … today",
            ),
        ] {
            assert_eq!(loose(text, heard), loosened, "{text} / {heard}");
        }
        let exact = Payload::Exactly(read("Two left", Style::Bare).template);
        let loose = loosened(&exact, "Three left").unwrap();
        assert_eq!(print::payload(&loose), "left");
    }

    #[test]
    fn expressions_stay_as_they_are() {
        let regex = Payload::Regex {
            pattern: "a|b".to_owned(),
            ignores_case: false,
        };
        assert_eq!(loosened(&regex, "c"), None);
        assert!(fits(&regex, "xbx") && !fits(&regex, "c"));
    }

    #[test]
    fn likeness_counts_words() {
        assert_eq!(
            likeness(&bare("It arrives on Monday"), "it arrives on Tuesday."),
            75
        );
        assert_eq!(likeness(&bare("{me.first} …"), "anything"), 0);
        assert_eq!(likeness(&bare("Yes"), "No"), 0);
    }
}
