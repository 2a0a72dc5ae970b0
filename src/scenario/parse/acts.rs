//! Lines of what somebody does, sees, or must not see.

use std::time::Duration;

use crate::{
    domain::similar,
    scenario::{
        fault::{Fault, FaultKind},
        forms::{
            self,
            deeds::DEEDS,
            facts::EVENTS,
            lines::{HEAD, STEPS},
            sights::{CARD_PARTS, SIGHTS},
        },
        parse::{
            DEEPEST_BLOCK, Parser, SourceLines,
            head::begins,
            turns::{TIMINGS, is_turn, name_end},
        },
        script::{CardPart, Deed, Sight, StepKind},
        syntax::{
            line::SourceLine,
            part,
            token::{WordToken, tokens},
        },
    },
};

/// A fault that was told already.
pub(super) struct AlreadyTold;

impl Parser<'_> {
    /// `NAME DEED` or `NAME sees SIGHT`
    pub(super) fn act(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        parts: &[WordToken<'_>],
        from: usize,
        depth: usize,
    ) -> Option<StepKind> {
        let written = part(&line.text, from, line.text.len());
        let end = from + name_end(written);
        let who = self.name(line, part(&line.text, from, end), from);
        let mut rest: Vec<WordToken<'_>> = parts
            .iter()
            .copied()
            .filter(|token| token.at >= end)
            .collect();
        if rest.is_empty() {
            let word = part(&line.text, from, end);
            let known = HEAD
                .iter()
                .chain(STEPS)
                .flat_map(forms::LineForm::first_words);
            let meant = similar::did_you_mean(word, known);
            let words = format!("what does `{word}` say or do?{meant}");
            let fault = Fault::new(FaultKind::WrongForm, line.spot(from, end), words).help(
                format!("for a text write `{word}: TEXT`, for a deed for example `{word} closes`"),
            );
            return self.fault(fault);
        }
        let within = self.trailing("within", line, &mut rest).ok()?;
        if rest.first().is_some_and(|token| token.text == "sees") {
            rest.remove(0);
            let sight = if rest.is_empty() {
                Sight::Card(self.card(line, lines, depth)?)
            } else {
                let sinks = (&mut self.faults, &mut self.layout);
                match forms::pick(SIGHTS, "a sight", line, &rest, sinks) {
                    Ok(sight) => sight,
                    Err(fault) => {
                        let help = format!(
                            "{}; a text is waited for by `agent: TEXT`, a card by `sees` alone with its parts in the \
                             lines below, to `end`",
                            fault.help
                        );
                        return self.fault(fault.help(help));
                    }
                }
            };
            return Some(StepKind::Sees {
                who: who?,
                sight,
                within,
            });
        }
        let sinks = (&mut self.faults, &mut self.layout);
        match forms::pick(DEEDS, "a deed", line, &rest, sinks) {
            Ok(deed) => Some(StepKind::Deed {
                who: who?,
                deed,
                within,
            }),
            Err(fault) if fault.kind == FaultKind::NoSuchWord => {
                let name = part(&line.text, from, end);
                let text = part(&line.text, end, line.text.len()).trim();
                let first = rest.first().map_or("", |token| token.text);
                let help = match similar::closest(first, TIMINGS) {
                    Some(word) if text.contains(':') => format!("did you mean `{name} {word} …`?"),
                    _ => format!("for a text write a colon behind the name: `{name}: {text}`"),
                };
                self.fault(fault.help(help))
            }
            Err(fault) => self.fault(fault),
        }
    }

    /// The lines of a card, to `end`.
    fn card(
        &mut self,
        line: &SourceLine,
        lines: &mut SourceLines,
        depth: usize,
    ) -> Option<Vec<CardPart>> {
        let mut parts = Vec::new();
        let mut is_good = true;
        loop {
            let is_next_scene = |next: &SourceLine| next.text.starts_with("scene ");
            if lines.peek().is_none_or(is_next_scene) {
                self.not_closed(line);
                return None;
            }
            let Some(next) = lines.next().filter(|next| next.text != "end") else {
                break;
            };
            let words = tokens(&next.text, 0);
            let sinks = (&mut self.faults, &mut self.layout);
            match forms::pick(CARD_PARTS, "a part of a card", &next, &words, sinks) {
                Ok((card, kind)) => parts.push(CardPart {
                    place: next.place,
                    card,
                    kind,
                }),
                Err(fault) => {
                    is_good = false;
                    // Where a step follows, the block was meant to end: the rest is no card.
                    let is_step = is_turn(&next.text)
                        || begins(STEPS, words.first().map_or("", |word| word.text));
                    if is_step && depth < DEEPEST_BLOCK {
                        lines.at -= 1;
                        if let Some(place) = lines.all.get_mut(lines.at) {
                            *place = next;
                        }
                        self.not_closed(line);
                        return None;
                    }
                    self.faults.push(fault);
                }
            }
        }
        if parts.is_empty() && is_good {
            let fault = Fault::new(
                FaultKind::NoSteps,
                line.whole(),
                "nothing is said about this card",
            )
            .help("write what must be in it, as `title \"Mug, blue\"`");
            self.faults.push(fault);
            return None;
        }
        is_good.then_some(parts)
    }

    pub(super) fn no(&mut self, line: &SourceLine, parts: &[WordToken<'_>]) -> Option<StepKind> {
        let mut rest = parts.get(1..).unwrap_or_default().to_vec();
        let Some(during) = self.trailing("for", line, &mut rest).ok()? else {
            let end = line.text.len();
            let words = "for how long must it not come?";
            let fault = Fault::new(FaultKind::WrongForm, line.spot(end, end), words)
                .help("end the line with a span, as `for 2s`");
            return self.fault(fault);
        };
        let sinks = (&mut self.faults, &mut self.layout);
        match forms::pick(EVENTS, "an event", line, &rest, sinks) {
            Ok(event) => Some(StepKind::No { event, during }),
            Err(fault) => self.fault(fault),
        }
    }

    /// `within SPAN` or `for SPAN` at the end of a line; an error is a fault that was told.
    pub(super) fn trailing(
        &mut self,
        word: &str,
        line: &SourceLine,
        parts: &mut Vec<WordToken<'_>>,
    ) -> Result<Option<Duration>, AlreadyTold> {
        let span = forms::trailing_span(word, line, parts, &mut self.layout);
        span.map_err(|fault| {
            self.faults.push(fault);
            AlreadyTold
        })
    }
}

/// The deed that these words are, if they are one.
pub(crate) fn deed(words: &str) -> Option<Deed> {
    let line = SourceLine {
        text: words.to_owned(),
        ..SourceLine::default()
    };
    let sinks = (&mut Vec::new(), &mut forms::Layout::default());
    forms::pick(DEEDS, "a deed", &line, &tokens(words, 0), sinks).ok()
}
