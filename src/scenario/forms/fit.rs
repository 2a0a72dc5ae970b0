//! A line held against a form.

use std::time::Duration;

use crate::scenario::{
    fault::{Fault, FaultKind},
    forms::{
        slots::{SlotValue, Slots},
        usage::{SlotKind, UsageItem},
    },
    script::{Element, Payload, SourcePlace, Template},
    syntax::{
        is_word,
        line::{FENCE, SourceLine},
        part, span,
        text::{self, Style},
        token::{TokenKind, WordToken},
    },
};

/// What `fmt` must know of lines: where spans of time stand in them, and where texts.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// From which to which byte of the line a span stands.
    pub spans: Vec<(SourcePlace, usize, usize, Duration)>,
    /// From which to which byte a text stands as it is.
    pub texts: Vec<(SourcePlace, usize, usize)>,
}

impl Layout {
    pub fn append(&mut self, other: &mut Self) {
        self.spans.append(&mut other.spans);
        self.texts.append(&mut other.texts);
    }
}

/// How far a line follows a form that it does not follow.
#[derive(Debug)]
pub(super) struct Miss {
    /// The token that does not fit; as many as there are when the line ends too early.
    pub at: usize,
    /// What should stand there, in words.
    pub wanted: String,
    pub kind: FaultKind,
}

/// Holds tokens of a line against the parts of a usage.
pub(super) struct Fit<'a> {
    line: &'a SourceLine,
    tokens: &'a [WordToken<'a>],
    at: usize,
    pub slots: Slots,
    /// What is wrong inside a text that is where it should be.
    pub faults: Vec<Fault>,
    pub layout: Layout,
}

type Taken = Result<SlotValue, FaultKind>;

impl<'a> Fit<'a> {
    pub fn new(line: &'a SourceLine, tokens: &'a [WordToken<'a>]) -> Self {
        Self {
            line,
            tokens,
            at: 0,
            slots: Slots::default(),
            faults: Vec::new(),
            layout: Layout::default(),
        }
    }

    /// Takes the whole line.
    pub fn all(&mut self, items: &[UsageItem]) -> Result<(), Miss> {
        self.items(items)?;
        if self.at < self.tokens.len() {
            return Err(self.miss("nothing more".to_owned(), FaultKind::WrongForm));
        }
        Ok(())
    }

    fn miss(&self, wanted: String, kind: FaultKind) -> Miss {
        Miss {
            at: self.at,
            wanted,
            kind,
        }
    }

    fn items(&mut self, items: &[UsageItem]) -> Result<(), Miss> {
        for (place, item) in items.iter().enumerate() {
            match item {
                UsageItem::Optional(group) => self.optional(group)?,
                UsageItem::Literal(word) if self.is_here(word) => self.at += 1,
                UsageItem::Choice(words) => {
                    let token = self.tokens.get(self.at);
                    let chosen = token.and_then(|token| {
                        words
                            .iter()
                            .find(|word| word.eq_ignore_ascii_case(token.text))
                    });
                    let Some(chosen) = chosen else {
                        return Err(self.miss(item.in_words(), FaultKind::WrongForm));
                    };
                    self.slots
                        .0
                        .push(Some(SlotValue::Word((*chosen).to_owned())));
                    self.at += 1;
                }
                UsageItem::Slot(kind) => {
                    let limit = self.limit(items.get(place + 1..).unwrap_or_default());
                    let value = self.slot(*kind, limit);
                    let value = value.map_err(|fault| self.miss(item.in_words(), fault))?;
                    self.slots.0.push(Some(value));
                }
                UsageItem::Literal(_) => {
                    return Err(self.miss(item.in_words(), FaultKind::WrongForm));
                }
            }
        }
        Ok(())
    }

    fn is_here(&self, word: &str) -> bool {
        self.tokens
            .get(self.at)
            .is_some_and(|token| token.text == word)
    }

    /// A part that may be left out is there when its first word is.
    fn optional(&mut self, group: &[UsageItem]) -> Result<(), Miss> {
        let (at, slots) = (self.at, self.slots.0.len());
        let Some(first) = group.first() else {
            return Ok(());
        };
        if self.items(std::slice::from_ref(first)).is_err() {
            self.at = at;
            self.slots.0.truncate(slots);
            let count: usize = group.iter().map(UsageItem::slots).sum();
            self.slots.0.extend((0..count.max(1)).map(|_| None));
            return Ok(());
        }
        self.items(group.get(1..).unwrap_or_default())?;
        if self.slots.0.len() == slots {
            let words = group.iter().map(UsageItem::in_words).collect();
            self.slots.0.push(Some(SlotValue::Word(words)));
        }
        Ok(())
    }

    /// Before which token a text to the end ends: what may follow it, follows when it is written.
    fn limit(&self, following: &[UsageItem]) -> usize {
        let all = self.tokens.len();
        let [UsageItem::Optional(group)] = following else {
            return all;
        };
        let start = all.saturating_sub(group.len());
        let begins = match (group.first(), self.tokens.get(start)) {
            (Some(UsageItem::Literal(word)), Some(token)) => token.text == *word,
            _ => false,
        };
        if begins && start > self.at {
            start
        } else {
            all
        }
    }

    fn slot(&mut self, kind: SlotKind, limit: usize) -> Taken {
        match kind {
            SlotKind::Match | SlotKind::Text | SlotKind::Fence => return self.rest(kind, limit),
            SlotKind::Rest => {
                self.at = self.tokens.len();
                return Ok(SlotValue::Word(String::new()));
            }
            SlotKind::Words => {
                return Ok(SlotValue::Words(self.many(Self::word)?));
            }
            SlotKind::Names => return Ok(SlotValue::Texts(self.many(Self::name)?)),
            SlotKind::QuotedMany => return Ok(SlotValue::Texts(self.many(Self::quoted)?)),
            SlotKind::Pairs => return Ok(SlotValue::Pairs(self.many(Self::pair)?)),
            _ => {}
        }
        let token = *self.tokens.get(self.at).ok_or(FaultKind::WrongForm)?;
        let value = match kind {
            SlotKind::Span => {
                let span = span::parse(token.text).ok_or(FaultKind::BadSpan)?;
                self.layout
                    .spans
                    .push((self.line.place, token.at, token.end(), span));
                SlotValue::Span(span)
            }
            SlotKind::Number => {
                let number = token
                    .text
                    .parse()
                    .ok()
                    .filter(|number| *number <= 1_000_000);
                SlotValue::Number(number.ok_or(FaultKind::WrongForm)?)
            }
            SlotKind::Stars => {
                let number = token
                    .text
                    .parse()
                    .ok()
                    .filter(|number| (1..=5).contains(number));
                SlotValue::Number(number.ok_or(FaultKind::WrongForm)?)
            }
            SlotKind::Word => SlotValue::Word(self.word(token).ok_or(FaultKind::WrongForm)?),
            SlotKind::Quoted => SlotValue::Text(self.quoted(token).ok_or(FaultKind::WrongForm)?),
            SlotKind::Element | SlotKind::Id => {
                let element = self.element(token).ok_or(FaultKind::WrongForm)?;
                match (kind, element) {
                    (SlotKind::Id, Element::Id(id)) => SlotValue::Text(id),
                    (SlotKind::Id, Element::Title(_)) => return Err(FaultKind::WrongForm),
                    (_, element) => SlotValue::Element(element),
                }
            }
            SlotKind::Regex => {
                let regex = text::whole_regex(token.text).ok_or(FaultKind::WrongForm)?;
                let pattern = regex.0.to_owned();
                SlotValue::Match(Payload::Regex {
                    pattern,
                    ignores_case: regex.1,
                })
            }
            SlotKind::Json => {
                let value = serde_json::from_str(token.text);
                SlotValue::Json(value.map_err(|_| FaultKind::WrongForm)?)
            }
            _ => SlotValue::Text(self.name(token).ok_or(FaultKind::WrongForm)?),
        };
        self.at += 1;
        Ok(value)
    }

    /// One or more, as many as there are.
    fn many<T>(
        &mut self,
        one: impl Fn(&mut Self, WordToken<'a>) -> Option<T>,
    ) -> Result<Vec<T>, FaultKind> {
        let mut found = Vec::new();
        while let Some(token) = self.tokens.get(self.at)
            && let Some(value) = one(self, *token)
        {
            found.push(value);
            self.at += 1;
        }
        if found.is_empty() {
            Err(FaultKind::WrongForm)
        } else {
            Ok(found)
        }
    }

    #[expect(clippy::unused_self, reason = "one of those that `many` takes")]
    fn word(&mut self, token: WordToken<'_>) -> Option<String> {
        let word = token.text.strip_prefix('@').unwrap_or(token.text);
        is_word(word).then(|| word.to_owned())
    }

    fn quoted(&mut self, token: WordToken<'_>) -> Option<Template> {
        let inner = token.text.strip_prefix('"')?;
        (token.kind == TokenKind::Quoted).then(|| self.template(inner, token.at + 1, Style::Quoted))
    }

    /// A word, or a string in quotes.
    fn name(&mut self, token: WordToken<'_>) -> Option<Template> {
        match token.kind {
            TokenKind::Quoted => self.quoted(token),
            TokenKind::Colon => None,
            _ if token.text == FENCE => None,
            _ => Some(self.template(token.text, token.at, Style::Bare)),
        }
    }

    fn pair(&mut self, token: WordToken<'_>) -> Option<(String, Template)> {
        let (name, value) = token.text.split_once('=')?;
        let from = token.end() - value.len();
        let value = match value.strip_prefix('"') {
            Some(inner) => self.template(inner, from + 1, Style::Quoted),
            None => self.template(value, from, Style::Bare),
        };
        is_word(name).then(|| (name.to_owned(), value))
    }

    fn element(&mut self, token: WordToken<'_>) -> Option<Element> {
        if let Some(title) = self.quoted(token) {
            return Some(Element::Title(title));
        }
        let id = token.text.strip_prefix('#').filter(|id| !id.is_empty())?;
        Some(Element::Id(self.template(id, token.at + 1, Style::Bare)))
    }

    /// A text at this byte, its faults told.
    fn template(&mut self, text: &str, at: usize, style: Style) -> Template {
        let read = text::read(text, style);
        self.tell(at, read.faults);
        read.template
    }

    fn tell(&mut self, at: usize, faults: Vec<(usize, usize, String)>) {
        for (from, to, why) in faults {
            let spot = self.line.spot(at + from, at + to);
            self.faults.push(Fault::new(FaultKind::BadText, spot, why));
        }
    }

    /// A text to the end of the line, or of several lines.
    fn rest(&mut self, kind: SlotKind, limit: usize) -> Taken {
        let first = self.tokens.get(self.at).ok_or(FaultKind::NoText)?;
        let last = limit
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .unwrap_or(first);
        let (from, written) = (first.at, part(&self.line.text, first.at, last.end()));
        self.at = limit;
        self.layout.texts.push((self.line.place, from, last.end()));
        let mut style = if kind == SlotKind::Fence {
            Style::Lenient
        } else {
            Style::Bare
        };
        self.faults.extend(self.line.hidden_fence(from));
        let inner = match &self.line.fence {
            Some(fence) if written == FENCE => Some(fence.as_str()),
            _ if kind != SlotKind::Fence => None,
            _ => written
                .strip_prefix(FENCE)
                .and_then(|rest| rest.strip_suffix(FENCE)),
        };
        if let Some(inner) = inner {
            let read = text::read(inner, style);
            if !read.faults.is_empty() {
                // They stand on other lines; the opening is what can be shown.
                let why = read
                    .faults
                    .into_iter()
                    .map(|(_, _, why)| (0, written.len(), why));
                self.tell(from, why.take(1).collect());
            }
            let template = read.template;
            return Ok(match kind {
                SlotKind::Match => SlotValue::Match(Payload::Bare(template)),
                _ => SlotValue::Text(template),
            });
        }
        if kind == SlotKind::Match {
            let (payload, faults) = text::payload(written);
            self.tell(from, faults);
            return Ok(SlotValue::Match(payload));
        }
        if kind == SlotKind::Fence {
            let inner = written.strip_prefix('"').ok_or(FaultKind::WrongForm)?;
            style = Style::Quoted;
            let read = text::read(inner, style);
            let is_whole = read.end == Some(inner.len());
            return is_whole
                .then_some(SlotValue::Text(read.template))
                .ok_or(FaultKind::WrongForm);
        }
        let (template, faults) = text::plain(written);
        self.tell(from, faults);
        Ok(SlotValue::Text(template))
    }
}
