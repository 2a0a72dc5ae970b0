//! What stood in the slots of a line.

use std::time::Duration;

use serde_json::Value;

use crate::scenario::script::{Element, Payload, Template, TextPiece};

/// What stood in one slot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SlotValue {
    Word(String),
    Words(Vec<String>),
    Text(Template),
    Texts(Vec<Template>),
    Span(Duration),
    Number(usize),
    Element(Element),
    Match(Payload),
    Json(Value),
    Pairs(Vec<(String, Template)>),
}

/// What stood in all of them; nothing for a part that was left out.
///
/// A slot that is asked for as what it is not reads as empty: that a table's rows ask for the right
/// ones is tested by their examples.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Slots(pub Vec<Option<SlotValue>>);

impl Slots {
    fn get(&self, slot: usize) -> Option<&SlotValue> {
        self.0.get(slot).and_then(Option::as_ref)
    }

    pub fn word(&self, slot: usize) -> &str {
        match self.get(slot) {
            Some(SlotValue::Word(word)) => word,
            _ => "",
        }
    }

    pub fn words(&self, slot: usize) -> Vec<String> {
        match self.get(slot) {
            Some(SlotValue::Words(words)) => words.clone(),
            _ => Vec::new(),
        }
    }

    pub fn some_text(&self, slot: usize) -> Option<Template> {
        match self.get(slot) {
            Some(SlotValue::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn text(&self, slot: usize) -> Template {
        self.some_text(slot).unwrap_or_default()
    }

    /// A text that cannot have values in it.
    pub fn literal(&self, slot: usize) -> String {
        let mut literal = String::new();
        for piece in self.text(slot).0 {
            if let TextPiece::Text(text) = piece {
                literal.push_str(&text);
            }
        }
        literal
    }

    pub fn texts(&self, slot: usize) -> Vec<Template> {
        match self.get(slot) {
            Some(SlotValue::Texts(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    pub fn span(&self, slot: usize) -> Duration {
        match self.get(slot) {
            Some(SlotValue::Span(span)) => *span,
            _ => Duration::ZERO,
        }
    }

    pub fn some_number(&self, slot: usize) -> Option<usize> {
        match self.get(slot) {
            Some(SlotValue::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub fn number(&self, slot: usize) -> usize {
        self.some_number(slot).unwrap_or_default()
    }

    /// A number from 1 to 5.
    pub fn stars(&self, slot: usize) -> u8 {
        u8::try_from(self.number(slot)).unwrap_or_default()
    }

    pub fn element(&self, slot: usize) -> Element {
        match self.get(slot) {
            Some(SlotValue::Element(element)) => element.clone(),
            _ => Element::Title(Template::default()),
        }
    }

    pub fn some_match(&self, slot: usize) -> Option<Payload> {
        match self.get(slot) {
            Some(SlotValue::Match(payload)) => Some(payload.clone()),
            _ => None,
        }
    }

    pub fn a_match(&self, slot: usize) -> Payload {
        self.some_match(slot)
            .unwrap_or(Payload::Bare(Template::default()))
    }

    pub fn json(&self, slot: usize) -> Value {
        match self.get(slot) {
            Some(SlotValue::Json(value)) => value.clone(),
            _ => Value::Null,
        }
    }

    pub fn pairs(&self, slot: usize) -> Vec<(String, Template)> {
        match self.get(slot) {
            Some(SlotValue::Pairs(pairs)) => pairs.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether a part that may be left out is there; asked by its first slot.
    pub fn has(&self, slot: usize) -> bool {
        self.get(slot).is_some()
    }
}
