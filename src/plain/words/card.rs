//! Structured content as sentences, with a number for everything that can be used.

use crate::{
    domain::{
        content::QuickReply,
        rich::{
            card::{Card, CardState, Face, Part},
            element::{Element, Kind},
            links,
            press::{named, whole},
        },
        text::SafeText,
    },
    plain::words::{row, sentence},
};

/// Something of a message that is used by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberedPart {
    /// A part of the card.
    Part(Part),
    /// The quick reply of this place.
    Reply(usize),
}

/// What is said of a message's card and quick replies.
#[derive(Debug, Default)]
pub(crate) struct CardWords {
    /// One sentence each, indented.
    pub(crate) rows: Vec<String>,
    /// What can be used, with what stands on it, by its number from 1.
    pub(crate) usable: Vec<(NumberedPart, String)>,
}

impl CardWords {
    /// Says a card; `state` is what was done with it.
    pub(crate) fn card(&mut self, card: &Card, state: &CardState) {
        self.walk(&card.root, state);
    }

    /// Says quick replies, all in one sentence each on one row.
    pub(crate) fn replies(&mut self, replies: &[QuickReply]) {
        if replies.is_empty() {
            return;
        }
        let mut said = "Choices:".to_owned();
        for (index, reply) in replies.iter().enumerate() {
            let title = row(&reply.title());
            let leads = leads(&reply.button());
            let number = self.number(NumberedPart::Reply(index), &title);
            let title = if title == number.to_string() {
                String::new()
            } else {
                format!(" {title}")
            };
            said = format!("{said} {}", sentence(&format!("{number}{title}{leads}")));
        }
        self.put(&said);
    }

    fn put(&mut self, words: &str) {
        if !words.trim().is_empty() {
            self.rows.push(format!("  {}", words.trim()));
        }
    }

    fn number(&mut self, usable: NumberedPart, title: &str) -> usize {
        self.usable.push((usable, title.to_owned()));
        self.usable.len()
    }

    fn part(&mut self, part: Part, kind: &str, title: &str, more: &str) {
        let number = self.number(NumberedPart::Part(part), title);
        let words = [kind, title].into_iter().filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        self.put(&sentence(&format!("{number} {}{more}", words.join(" "))));
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of element")]
    fn walk(&mut self, element: &Element, state: &CardState) {
        let part = whole(element);
        let nth = |nth: usize| Part {
            element: element.id,
            face: Face::Nth(u16::try_from(nth).unwrap_or(u16::MAX)),
        };
        match &element.kind {
            Kind::Text(text) => {
                for line in text.as_str().lines() {
                    self.put(line);
                }
            }
            Kind::Image { url, caption } => {
                let name = [caption, &element.alt]
                    .into_iter()
                    .find(|one| !one.is_empty());
                let name = name.map(row).unwrap_or_default();
                if element.click.is_some() {
                    self.part(part, "picture", &name, &leads(element));
                } else {
                    // An address is of no use to those who know what it shows.
                    let name = if name.is_empty() {
                        format!("at {}", row(&SafeText::clean(url)))
                    } else {
                        name
                    };
                    self.put(&sentence(&format!("Picture: {name}")));
                }
            }
            Kind::Button {
                title, subtitle, ..
            } => {
                let leads = leads(element);
                let kind = if leads.is_empty() { "button" } else { "link" };
                let subtitle = after(subtitle);
                self.part(part, kind, &row(title), &format!("{subtitle}{leads}"));
            }
            Kind::Map(place) => {
                let at = format!(", {}", links::coordinates(*place));
                self.part(part, "map", &row(&element.alt), &at);
            }
            Kind::LinkPreview { title, .. } => {
                self.part(part, "link", &row(title), &leads(element));
            }
            Kind::Template { title, answers } => {
                self.put(&row(title));
                for (at, answer) in answers.iter().enumerate() {
                    self.part(nth(at), "answer", &row(&SafeText::clean(answer)), "");
                }
            }
            Kind::Pairs(pairs) => {
                for (key, value) in pairs {
                    self.put(&sentence(&format!("{}: {}", row(key), row(value))));
                }
            }
            Kind::Checkbox(text) => {
                let checked = if state.is_on(part) {
                    ", checked"
                } else {
                    ", not checked"
                };
                self.part(part, "box", &row(text), checked);
            }
            Kind::Submit { title, disabled } => {
                let more = match (disabled, state.is_used(part)) {
                    (true, _) => ", cannot be used",
                    (false, true) => ", sent already",
                    (false, false) => ", sends what is checked",
                };
                self.part(part, "button", &row(title), more);
            }
            Kind::Carousel(cards) => {
                for (at, card) in cards.iter().enumerate() {
                    self.put(&format!("Card {} of {}:", at + 1, cards.len()));
                    self.walk(card, state);
                }
            }
            Kind::CarouselSelect {
                elements, multiple, ..
            } => {
                let many = if *multiple {
                    "Choose any of"
                } else {
                    "Choose one of"
                };
                self.put(&format!("{many} {} cards:", elements.len()));
                for (at, card) in elements.iter().enumerate() {
                    let chosen = if state.is_on(nth(at)) {
                        ", chosen"
                    } else {
                        ", not chosen"
                    };
                    let title = named(card).unwrap_or_default();
                    let title = row(&SafeText::clean(&title));
                    let kind = format!("card {} of {}", at + 1, elements.len());
                    self.part(nth(at), &kind, &title, chosen);
                    self.walk(card, state);
                }
            }
            Kind::AccordionSelect {
                elements, titles, ..
            } => {
                for at in 0..elements.len().max(titles.len()) {
                    if let Some((name, more)) = titles.get(at) {
                        let open = state.open(element.id) == Some(at);
                        let open = if open { ", open" } else { ", closed" };
                        let title = row(&SafeText::clean(name));
                        let more = format!("{}{open}", after(more));
                        self.part(nth(at), "title", &title, &more);
                    }
                    if let Some(inner) = elements.get(at) {
                        self.walk(inner, state);
                    }
                }
            }
            Kind::Tabs(tabs) => {
                for (at, tab) in tabs.iter().enumerate() {
                    let tag = after(&tab.tag);
                    self.put(&format!("Tab {} of {}{tag}:", at + 1, tabs.len()));
                    self.walk(tab, state);
                }
            }
            Kind::Unknown { kind, elements } if elements.is_empty() => {
                self.put(&format!(
                    "Something this phone does not know: {}.",
                    row(kind)
                ));
            }
            Kind::Omitted => self.put("More is left out."),
            Kind::Vertical { .. }
            | Kind::Horizontal { .. }
            | Kind::List(_)
            | Kind::Unknown { .. } => {
                for inner in element.elements() {
                    self.walk(inner, state);
                }
            }
        }
    }
}

fn after(words: &SafeText) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(", {}", row(words))
    }
}

/// Where a click on an element leads.
fn leads(element: &Element) -> String {
    let targets = element.targets();
    let shown: Vec<String> = targets.iter().map(|target| row(&target.shown)).collect();
    if shown.is_empty() {
        String::new()
    } else {
        format!(", leads to {}", shown.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(content: &serde_json::Value, state: &CardState) -> Vec<String> {
        let mut words = CardWords::default();
        words.card(&Card::read(content), state);
        words.rows
    }

    #[test]
    fn a_card_is_told_in_its_order_with_a_number_for_all_that_can_be_used() {
        let publish = |text: &str| json!({"actions": [{"type": "publishText", "text": text}]});
        let card = json!({"type": "carousel", "elements": [
            {"type": "vertical", "elements": [
                {"type": "text", "text": "Blue kettle"},
                {"type": "button", "title": "Add", "click": publish("Add the blue one")},
            ]},
            {"type": "vertical", "elements": [
                {"type": "keyValuePairList", "elements": [{"key": "Price", "value": "30 euros"}]},
                {"type": "button", "title": "Details", "click": {"actions": [
                    {"type": "link", "uri": "https://acme.test/k"}]}},
                {"type": "checkbox", "text": "Gift wrap"},
            ]},
        ]});
        let rows = said(&card, &CardState::default());
        assert_eq!(
            rows,
            [
                "  Card 1 of 2:",
                "  Blue kettle",
                "  1 button Add.",
                "  Card 2 of 2:",
                "  Price: 30 euros.",
                "  2 link Details, leads to https://acme.test/k.",
                "  3 box Gift wrap, not checked.",
            ]
        );
    }

    #[test]
    fn quick_replies_are_one_row() {
        let mut words = CardWords::default();
        let blue = QuickReply::publishing("Blue", &["Blue"], None);
        words.replies(&[
            blue.clone(),
            QuickReply::publishing("Why?", &["Why?"], None),
        ]);
        assert_eq!(words.rows, ["  Choices: 1 Blue. 2 Why?"]);
        assert_eq!(words.usable[0], (NumberedPart::Reply(0), "Blue".to_owned()));
    }
}
