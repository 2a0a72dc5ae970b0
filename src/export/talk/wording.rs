//! What is said, as a scenario has it: the consumer's own words as they were typed, those of others
//! as far as they come again.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    export::{
        Redactor,
        talk::volatile::{ANYTHING, VolatileToken, masked, tokens},
    },
    scenario::{
        script::{Payload, Template, TextPiece},
        syntax::part,
    },
};

/// Longest text of others that is kept whole, in graphemes.
const WHOLE: usize = 80;
/// Of one long sentence so many graphemes are kept at its begin, and at its end.
const BEGIN: usize = 40;
const END: usize = 24;

/// Knows what was said so far.
#[derive(Debug)]
pub(super) struct Wording<'a> {
    redactor: &'a Redactor,
    /// The consumer's first name; empty when nobody knows it.
    first_name: &'a str,
    /// What the consumer has typed of what differs from run to run.
    typed: BTreeSet<String>,
    /// What others gave and the consumer repeats later, with the name it is taken out by.
    given: BTreeMap<String, String>,
    /// Which of these were taken out already.
    taken: BTreeSet<String>,
    /// How many texts had a secret in them.
    pub(super) secrets: usize,
}

impl<'a> Wording<'a> {
    pub(super) fn new(redactor: &'a Redactor, first_name: &'a str) -> Self {
        Self {
            redactor,
            first_name,
            typed: BTreeSet::new(),
            given: BTreeMap::new(),
            taken: BTreeSet::new(),
            secrets: 0,
        }
    }

    /// Finds what others give and the consumer repeats, in texts in their order; `true` is said of
    /// the consumer's own.
    pub(super) fn look_ahead<'t>(&mut self, texts: impl IntoIterator<Item = (bool, &'t str)>) {
        let mut heard: BTreeSet<String> = BTreeSet::new();
        let mut typed: BTreeSet<String> = BTreeSet::new();
        for (is_own, text) in texts {
            let text = masked(self.redactor, text);
            for token in tokens(&text)
                .into_iter()
                .filter(|token| token.pattern.is_some())
            {
                let word = in_range(&text, &token.range).to_owned();
                if !is_own && !typed.contains(&word) {
                    heard.insert(word);
                } else if is_own && heard.contains(&word) {
                    let next = format!("n{}", self.given.len() + 1);
                    self.given.entry(word).or_insert(next);
                } else if is_own {
                    typed.insert(word);
                }
            }
        }
    }

    /// A text without secrets, and whether there was one.
    pub(super) fn masked<'t>(&mut self, text: &'t str) -> (Cow<'t, str>, bool) {
        let clean = masked(self.redactor, text);
        let has_secret = clean != text;
        self.secrets += usize::from(has_secret);
        (clean, has_secret)
    }

    /// What the consumer said.
    pub(super) fn said(&mut self, text: &str) -> Template {
        let mut pieces = Pieces::default();
        let mut last = 0;
        for VolatileToken { range, .. } in tokens(text) {
            let word = in_range(text, &range);
            let name = self.given.get(word).filter(|_| self.taken.contains(word));
            match name {
                Some(name) => {
                    self.named(part(text, last, range.start), true, &mut pieces);
                    pieces.push(TextPiece::Value(name.clone()));
                    last = range.end;
                }
                None => drop(self.typed.insert(word.to_owned())),
            }
        }
        self.named(part(text, last, text.len()), true, &mut pieces);
        pieces.template()
    }

    /// What somebody else said, to be waited for. What may not come (`is_sure`) gives no value.
    pub(super) fn heard(&mut self, text: &str, is_sure: bool) -> Payload {
        let text = TextRows::of(text);
        let tokens = tokens(&text.joined);
        let mut pieces = Pieces::default();
        let mut last_end = None;
        for range in self.kept(&text, &tokens) {
            if last_end.is_some_and(|end| end != range.start)
                || last_end.is_none() && range.start > 0
            {
                pieces.text(" ");
                pieces.text(ANYTHING);
                pieces.text(" ");
            }
            last_end = Some(range.end);
            self.put_part(&text.joined, range, &tokens, is_sure, &mut pieces);
        }
        if last_end.is_some_and(|end| end < text.joined.len()) {
            pieces.text(" ");
            pieces.text(ANYTHING);
        }
        let template = pieces.tidy();
        if template.0.is_empty() {
            return Payload::Bare(Template(vec![TextPiece::Text(ANYTHING.to_owned())]));
        }
        Payload::Bare(template)
    }

    /// A part of what somebody else said.
    fn put_part(
        &mut self,
        text: &str,
        range: Range<usize>,
        tokens: &[VolatileToken],
        is_sure: bool,
        pieces: &mut Pieces,
    ) {
        let mut last = range.start;
        let is_in = |token: &&VolatileToken| {
            range.start <= token.range.start && token.range.end <= range.end
        };
        for token in tokens.iter().filter(is_in) {
            let word = in_range(text, &token.range);
            if self.typed.contains(word) {
                continue;
            }
            self.named(part(text, last, token.range.start), false, pieces);
            last = token.range.end;
            match (self.given.get(word), &token.pattern) {
                (Some(name), _) if self.taken.contains(word) => {
                    pieces.push(TextPiece::Value(name.clone()));
                }
                (Some(name), Some(pattern)) if is_sure => {
                    pieces.push(TextPiece::Capture {
                        name: name.clone(),
                        pattern: Some(pattern.clone()),
                    });
                    self.taken.insert(word.to_owned());
                }
                _ => pieces.text(ANYTHING),
            }
        }
        self.named(part(text, last, range.end), false, pieces);
    }

    /// The parts of a text of others that are kept.
    fn kept(&self, text: &TextRows, tokens: &[VolatileToken]) -> Vec<Range<usize>> {
        let whole = &text.joined;
        if whole.graphemes(true).count() <= WHOLE {
            return std::iter::once(0..whole.len()).collect();
        }
        let is_needed = |range: &Range<usize>| {
            tokens.iter().any(|token| {
                let word = in_range(whole, &token.range);
                let is_in = range.start <= token.range.start && token.range.end <= range.end;
                is_in && self.given.contains_key(word) && !self.taken.contains(word)
            })
        };
        let sentences = text.sentences(tokens);
        let last = sentences.len() - 1;
        let kept = sentences.into_iter().enumerate();
        let kept = kept.filter(|(at, range)| *at == 0 || *at == last || is_needed(range));
        let kept = kept.map(|(_, range)| range);
        kept.flat_map(|range| {
            let is_short = in_range(whole, &range).graphemes(true).count() <= WHOLE;
            if is_short || is_needed(&range) {
                vec![range]
            } else {
                ends(whole, &range, tokens)
            }
        })
        .collect()
    }

    /// Puts the consumer's first name for itself.
    fn named(&self, text: &str, is_exact: bool, pieces: &mut Pieces) {
        let name = self.first_name;
        let mut last = 0;
        for (at, word) in text.unicode_word_indices() {
            let is_name = if is_exact {
                word == name
            } else {
                word.to_lowercase() == name.to_lowercase()
            };
            if is_name {
                pieces.text(part(text, last, at));
                pieces.push(TextPiece::Value("me.first".to_owned()));
                last = at + word.len();
            }
        }
        pieces.text(part(text, last, text.len()));
    }
}

fn in_range<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    part(text, range.start, range.end)
}

/// A text of several rows in one, and where a row ends in it.
struct TextRows {
    joined: String,
    ends: Vec<usize>,
}

impl TextRows {
    fn of(text: &str) -> Self {
        let mut joined = String::new();
        let mut ends = Vec::new();
        for row in text.split('\n') {
            let words: Vec<&str> = row.split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            if !joined.is_empty() {
                joined.push(' ');
                ends.push(joined.len());
            }
            joined.push_str(&words.join(" "));
        }
        Self { joined, ends }
    }

    /// Its sentences; a row ends one too, and no token is cut.
    fn sentences(&self, tokens: &[VolatileToken]) -> Vec<Range<usize>> {
        let bounds = self.joined.split_sentence_bound_indices().map(|(at, _)| at);
        let bounds: BTreeSet<usize> = bounds.chain(self.ends.iter().copied()).collect();
        let cuts = |at: usize| {
            tokens
                .iter()
                .any(|it| it.range.start < at && at < it.range.end)
        };
        let mut sentences = Vec::new();
        let mut last = 0;
        for at in bounds.into_iter().filter(|at| *at > 0 && !cuts(*at)) {
            sentences.push(last..at);
            last = at;
        }
        sentences.push(last..self.joined.len());
        sentences
    }
}

/// The begin and the end of a long sentence, in whole words and whole tokens.
fn ends(text: &str, sentence: &Range<usize>, tokens: &[VolatileToken]) -> Vec<Range<usize>> {
    let own = in_range(text, sentence);
    let starts: Vec<usize> = own.split_word_bound_indices().map(|(at, _)| at).collect();
    let cuts = |at: usize| {
        tokens
            .iter()
            .any(|it| it.range.start < at && at < it.range.end)
    };
    let is_blank = |at: usize| part(text, at, text.len()).starts_with(' ');
    let bounds = || {
        starts
            .iter()
            .map(|at| sentence.start + at)
            .filter(|at| is_blank(*at) && !cuts(*at))
    };
    let count = |range: Range<usize>| in_range(text, &range).graphemes(true).count();
    let begin = bounds()
        .take_while(|at| count(sentence.start..*at) <= BEGIN)
        .last();
    let end = bounds().find(|at| count(*at..sentence.end) <= END);
    match (begin, end) {
        (Some(begin), Some(end)) if begin < end => {
            vec![sentence.start..begin, end..sentence.end]
        }
        (Some(begin), _) => std::iter::once(sentence.start..begin).collect(),
        // One long word, as scripts without blanks have it.
        (None, _) => vec![sentence.clone()],
    }
}

/// Pieces as they come together.
#[derive(Default)]
struct Pieces(Vec<TextPiece>);

impl Pieces {
    fn push(&mut self, piece: TextPiece) {
        self.0.push(piece);
    }

    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(TextPiece::Text(last)) => last.push_str(text),
            _ => self.0.push(TextPiece::Text(text.to_owned())),
        }
    }

    fn template(self) -> Template {
        Template(self.0)
    }

    /// Without blanks at the ends, and with one blank or one `…` where there were several.
    fn tidy(mut self) -> Template {
        for piece in &mut self.0 {
            if let TextPiece::Text(text) = piece {
                let mut tidy = text.replace("  ", " ");
                for (twice, once) in [("… …", "…"), ("……", "…"), ("  ", " ")] {
                    while tidy.contains(twice) {
                        tidy = tidy.replace(twice, once);
                    }
                }
                *text = tidy;
            }
        }
        if let Some(TextPiece::Text(first)) = self.0.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(TextPiece::Text(last)) = self.0.last_mut() {
            *last = last.trim_end().to_owned();
        }
        self.0
            .retain(|piece| !matches!(piece, TextPiece::Text(text) if text.is_empty()));
        Template(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::print;

    fn heard(texts: &[(bool, &str)]) -> Vec<String> {
        let redactor = Redactor::default();
        let mut wording = Wording::new(&redactor, "Ada");
        wording.look_ahead(texts.iter().copied());
        let texts = texts.iter().map(|(is_own, text)| {
            if *is_own {
                print::payload(&Payload::Bare(wording.said(text)))
            } else {
                print::payload(&wording.heard(text, true))
            }
        });
        texts.collect()
    }

    #[test]
    fn what_others_say_is_loosened_where_it_differs() {
        let loose = |text| heard(&[(false, text)]).remove(0);
        assert_eq!(
            loose("Hi Ada, this is Riley."),
            "Hi {me.first}, this is Riley."
        );
        assert_eq!(loose("ADA!"), "{me.first}!");
        assert_eq!(loose("Adam is here"), "Adam is here");
        assert_eq!(
            loose("Order 40417 of 2026-11-30 costs €9.50."),
            "Order … of … costs …."
        );
        assert_eq!(loose("40417"), "…");
        assert_eq!(loose("12345 67890"), "…");
        assert_eq!(loose(""), "…");
        assert_eq!(loose("First row\n\n  second  row "), "First row second row");
        assert_eq!(loose("/help is {here}"), "\"/help is {{here}\"");
        assert_eq!(loose("\"quoted\""), r#""\"quoted\"""#);
    }

    #[test]
    fn the_consumers_numbers_stay_and_repeated_ones_are_taken_out() {
        assert_eq!(
            heard(&[
                (true, "It is 40417"),
                (false, "Order 40417, parcel 98765."),
                (true, "Parcel 98765? I am Ada."),
                (false, "Yes, 98765 and 55555."),
            ]),
            [
                "It is 40417",
                r"Order 40417, parcel {?n1:/\d{5}/}.",
                "Parcel {n1}? I am {me.first}.",
                "Yes, {n1} and ….",
            ]
        );
        // What may not come gives no value: the number is said as it was typed.
        let redactor = Redactor::default();
        let mut wording = Wording::new(&redactor, "");
        wording.look_ahead([(false, "Ticket 12345"), (true, "12345")]);
        assert_eq!(
            print::payload(&wording.heard("Ticket 12345", false)),
            "Ticket …"
        );
        assert_eq!(print::plain(&wording.said("12345")), "12345");
    }

    #[test]
    fn of_a_long_text_the_first_and_the_last_sentence_are_kept() {
        let loose = |text| heard(&[(false, text)]).remove(0);
        assert_eq!(
            loose(
                "Found it. Your parcel left our warehouse this morning, on a lorry that is blue. \
                 It arrives tomorrow."
            ),
            "Found it. … It arrives tomorrow."
        );
        assert_eq!(
            loose(
                "We are very glad that you asked us about this, because there is so much to tell \
                 about our warehouse and lorries"
            ),
            "We are very glad that you asked us about … warehouse and lorries"
        );
        let rows = "What I can do:\n* look up orders, and tell you where they are just now\n* show mugs\n* say goodbye";
        assert_eq!(loose(rows), "What I can do: … * say goodbye");
        // A date is not cut, and a number that is needed later is kept.
        let told = heard(&[
            (
                false,
                "Good. Your ticket is 778899 and it is kept for a long while by all of us here. \
                 See you on 30. November 2026.",
            ),
            (true, "778899"),
        ]);
        assert_eq!(
            told[0],
            r"Good. Your ticket is {?n1:/\d{6}/} and it is kept for a long while by all of us here. See you on …."
        );
        assert_eq!(told[1], "{n1}");
        let word = "x".repeat(200);
        assert_eq!(loose(&word), word);
    }
}
