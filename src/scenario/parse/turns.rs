//! SourceLines that somebody says: `NAME [within SPAN] [after SPAN]: TEXT`.

use std::ops::Range;

use crate::scenario::{
    fault::{Fault, FaultKind},
    forms::{self, lines::is_keyword},
    parse::Parser,
    script::{Payload, StepKind, Template, Timing},
    syntax::{
        is_word,
        line::{FENCE, SourceLine},
        part, span,
        text::{self, Style},
        token::{WordToken, tokens},
    },
};

/// Words that stand between a name and the colon, each with a span behind it.
pub(super) const TIMINGS: [&str; 2] = ["within", "after"];

/// What stands before the text of a line that somebody says.
pub(super) struct SpokenLine {
    pub name: Range<usize>,
    /// `within` or `after`, the span and where it stands.
    pub timings: Vec<(bool, Range<usize>)>,
    /// Where the text begins, blanks included.
    pub text: usize,
}

/// Where a name ends that the text begins with.
pub(crate) fn name_end(text: &str) -> usize {
    if text.starts_with('{') {
        return text::value(text).map_or(1, |(_, length)| length);
    }
    text.find(|letter: char| letter.is_whitespace() || matches!(letter, ':' | '"'))
        .unwrap_or(text.len())
}

/// The beginning of a line that somebody says: `NAME [within SPAN] [after SPAN] :`.
pub(super) fn turn(text: &str) -> Option<SpokenLine> {
    let skipped = |at: usize| {
        let rest = part(text, at, text.len());
        at + rest.len() - rest.trim_start().len()
    };
    let name = 0..name_end(text);
    let mut at = skipped(name.end);
    let mut timings = Vec::new();
    if name.is_empty() {
        return None;
    }
    loop {
        let rest = part(text, at, text.len());
        if rest.starts_with(':') {
            return Some(SpokenLine {
                name,
                timings,
                text: at + 1,
            });
        }
        let word = TIMINGS.into_iter().find(|word| {
            rest.strip_prefix(word)
                .is_some_and(|rest| rest.starts_with(char::is_whitespace))
        })?;
        let from = skipped(at + word.len());
        let rest = part(text, from, text.len());
        let length = rest.find(|letter: char| letter.is_whitespace() || letter == ':')?;
        timings.push((word == "within", from..from + length));
        at = skipped(from + length);
    }
}

/// Whether a line is one that somebody says, whatever its first word is.
pub(crate) fn is_turn(text: &str) -> bool {
    turn(text).is_some()
}

impl Parser<'_> {
    /// `NAME: TEXT`
    pub(super) fn turn(
        &mut self,
        line: &SourceLine,
        base: usize,
        turn: SpokenLine,
    ) -> Option<StepKind> {
        let name = part(&line.text, base + turn.name.start, base + turn.name.end);
        let who = self.name(line, name, base + turn.name.start);
        let mut timing = Timing::default();
        for (is_within, range) in turn.timings {
            let (from, to) = (base + range.start, base + range.end);
            let written = part(&line.text, from, to);
            let Some(read) = span::parse(written) else {
                let parts = tokens(&line.text, from);
                let fault = parts.first().map(|token| {
                    forms::bad_span(
                        line,
                        WordToken {
                            text: written,
                            ..*token
                        },
                    )
                });
                self.faults.extend(fault);
                return None;
            };
            self.layout.spans.push((line.place, from, to, read));
            let slot = if is_within {
                &mut timing.within
            } else {
                &mut timing.after
            };
            if slot.replace(read).is_some() {
                let fault = Fault::new(
                    FaultKind::Twice,
                    line.spot(from, to),
                    "the span is said twice",
                );
                self.faults.push(fault);
            }
        }
        let at = base + turn.text;
        let written = part(&line.text, at, line.text.len());
        let from = at + written.len() - written.trim_start().len();
        self.layout.texts.push((line.place, from, line.text.len()));
        let text = self.payload(line, from)?;
        Some(StepKind::Line {
            who: who?,
            timing,
            text,
        })
    }

    /// A name at the beginning of a line.
    pub(super) fn name(&mut self, line: &SourceLine, name: &str, at: usize) -> Option<Template> {
        if is_keyword(name) {
            let words = format!("`{name}` is a word of the language and cannot be a name");
            let fault = Fault::new(
                FaultKind::KeywordAsName,
                line.spot(at, at + name.len()),
                words,
            )
            .help("give the person another name");
            self.faults.push(fault);
            return None;
        }
        if !name.starts_with('{') && !is_word(name) {
            let words = format!("`{name}` cannot be a name");
            let fault = Fault::new(FaultKind::WrongForm, line.spot(at, at + name.len()), words)
                .help("a name has letters, digits, `_` and `-`, a letter first");
            self.faults.push(fault);
            return None;
        }
        let read = text::read(name, Style::Bare);
        for (from, to, why) in read.faults {
            let fault = Fault::new(FaultKind::BadText, line.spot(at + from, at + to), why);
            self.faults.push(fault);
        }
        Some(read.template)
    }

    /// A text that begins with a quote is perhaps meant to be one in quotes.
    fn half_quoted(&mut self, payload: &Payload, line: &SourceLine, from: usize) {
        let written = part(&line.text, from, line.text.len());
        let is_bare = matches!(payload, Payload::Bare(_)) && written != FENCE;
        if is_bare && (written.starts_with('"') || written.starts_with("=\"")) {
            let words = "the text begins with a quote and is not one string in quotes";
            let spot = line.spot(from, line.text.len());
            let fault = Fault::new(FaultKind::HalfQuoted, spot, words)
                .label("taken as it is written, quotes and all")
                .help("in quotes, a quote is written `\\\"` and a `\\` is written `\\\\`");
            self.faults.push(fault);
        }
    }

    /// A text from this byte to the end of the line, or of several lines.
    fn payload(&mut self, line: &SourceLine, from: usize) -> Option<Payload> {
        let written = part(&line.text, from, line.text.len());
        let is_empty = line
            .fence
            .as_ref()
            .is_some_and(|fence| fence.trim().is_empty());
        if written.is_empty() || written == FENCE && is_empty {
            let spot = line.spot(from, line.text.len());
            let fault = Fault::new(FaultKind::NoText, spot, "there is no text behind the colon")
                .help("write the text, or `…` for any text");
            self.faults.push(fault);
            return None;
        }
        self.faults.extend(line.hidden_fence(from));
        let (payload, faults) = match &line.fence {
            Some(fence) if written == FENCE => {
                let read = text::read(fence, Style::Bare);
                let faults = read
                    .faults
                    .into_iter()
                    .map(|(_, _, why)| (0, FENCE.len(), why));
                (Payload::Bare(read.template), faults.take(1).collect())
            }
            _ => text::payload(written),
        };
        self.half_quoted(&payload, line, from);
        for (start, end, why) in faults {
            let spot = line.spot(from + start, from + end);
            self.faults.push(Fault::new(FaultKind::BadText, spot, why));
        }
        Some(payload)
    }
}
