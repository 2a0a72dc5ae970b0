//! A message of structured content, and what a consumer has done with it on
//! this phone so far.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::rich::{
    element::{Element, ElementId, Kind},
    read,
};

/// A message of structured content.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The element at the root.
    pub root: Element,
}

/// Something of a message that can be operated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The element it belongs to.
    pub element: ElementId,
    /// Which part of that.
    pub face: Face,
}

/// Which part of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// The element itself.
    Whole,
    /// One of several: a title of an accordion, a tab, an answer of a template, the mark of a card
    /// to choose.
    Nth(u16),
    /// The way back of what scrolls sideways.
    Back,
    /// The way on.
    On,
}

/// What was done with a message. It is the phone's own affair: the cloud hears of none of it
/// before something is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardState {
    /// The card in front, the tab in front, the fold that is open.
    pub(super) front: BTreeMap<ElementId, usize>,
    /// What is checked or chosen.
    pub(super) on: BTreeSet<Part>,
    /// What was used at least once.
    pub(super) used: BTreeSet<Part>,
}

impl CardState {
    /// The first card in view of a carousel, or the tab in front.
    pub fn front(&self, element: ElementId) -> usize {
        self.front.get(&element).copied().unwrap_or(0)
    }

    /// Which fold of an accordion is open.
    pub fn open(&self, element: ElementId) -> Option<usize> {
        self.front.get(&element).copied()
    }

    /// Brings a card of a carousel into view.
    pub fn bring(&mut self, element: ElementId, card: usize) {
        self.front.insert(element, card);
    }

    /// Whether a box is checked or a card chosen.
    pub fn is_on(&self, part: Part) -> bool {
        self.on.contains(&part)
    }

    /// Whether a part was used already. It can be used again.
    pub fn is_used(&self, part: Part) -> bool {
        self.used.contains(&part)
    }
}

impl Card {
    /// Reads the content of a message.
    pub fn read(content: &Value) -> Self {
        Self {
            root: read::root(content),
        }
    }

    /// An element by its number.
    pub fn element(&self, id: ElementId) -> Option<&Element> {
        self.find(|element| element.id == id && element.kind != Kind::Omitted)
    }

    /// The first element, in the order of the document, that is as wanted.
    pub(super) fn find(&self, wanted: impl Fn(&Element) -> bool) -> Option<&Element> {
        let mut waiting = vec![&self.root];
        while let Some(element) = waiting.pop() {
            if wanted(element) {
                return Some(element);
            }
            waiting.extend(element.elements().iter().rev());
        }
        None
    }
}

/// All elements inside of one, and itself, in the order of the document.
pub(crate) fn within(element: &Element) -> Vec<&Element> {
    let mut all = Vec::new();
    let mut waiting = vec![element];
    while let Some(element) = waiting.pop() {
        all.push(element);
        waiting.extend(element.elements().iter().rev());
    }
    all
}
