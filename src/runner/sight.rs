//! Sights: what is on a played person's screen.

use serde_json::Value;

use crate::{
    domain::{
        content::{Content, QuickReply},
        rich::{
            card::{Card, within},
            element::{Element, Kind},
            find::{WantedElement, has_id, title},
        },
    },
    runner::{
        condition::{Finding, Instead, Speaker, Window, messages_since, quoted},
        log::{PersonLog, What},
    },
    scenario::matching::Wanted,
};

/// Something that must be seen.
#[derive(Debug)]
pub(crate) enum WantedSight {
    Typing(Speaker),
    /// A click of the consumer's.
    Click(WantedElement),
    /// Quick replies with these titles.
    Offer(Vec<String>),
    /// A file, with this caption.
    File(Option<Wanted>),
    /// A card that has all of this.
    Card(Vec<WantedPart>),
}

/// What must be in a card.
#[derive(Debug)]
pub(crate) struct WantedPart {
    /// Only in this card of a carousel, from 1.
    pub(super) card: Option<usize>,
    pub(super) kind: WantedPartKind,
    /// As it is written.
    pub(super) words: String,
}

#[derive(Debug)]
pub(crate) enum WantedPartKind {
    Text(Wanted),
    Title(Wanted),
    Button(String, Option<String>),
    Image,
    Cards(usize),
}

impl WantedSight {
    pub(super) fn find(&self, log: &PersonLog, window: &Window, used: &[u64]) -> Finding {
        match self {
            Self::Typing(who) => typing(who, log, window),
            Self::Click(element) => click(element, log, window, used),
            Self::Offer(titles) => message(log, window, used, |content| {
                if offers(content, titles) {
                    Ok(())
                } else {
                    let there = content.replies().iter().map(|one| one.title().to_string());
                    let there: Vec<String> = there.collect();
                    Err(format!("quick replies {there:?}"))
                }
            }),
            Self::File(pattern) => message(log, window, used, |content| match content {
                Content::File(file)
                    if pattern
                        .as_ref()
                        .is_none_or(|one| one.find(file.caption.as_str()).is_some()) =>
                {
                    Ok(())
                }
                Content::File(file) => Err(format!("a file {:?}", file.caption.as_str())),
                _ => Err(String::new()),
            }),
            Self::Card(parts) => message(log, window, used, |content| match content {
                Content::Rich { content, .. } => has_parts(content, parts),
                _ => Err(String::new()),
            }),
        }
    }

    /// As reports tell it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Typing(who) => format!("{} typing", who.word()),
            Self::Click(element) => format!("a click on {}", element.words()),
            Self::Offer(titles) => format!("quick replies {titles:?}"),
            Self::File(None) => "a file".to_owned(),
            Self::File(Some(pattern)) => format!("a file with {}", pattern.shown()),
            Self::Card(parts) => {
                let parts: Vec<&str> = parts.iter().map(|part| part.words.as_str()).collect();
                format!("a card with {}", parts.join(", "))
            }
        }
    }
}

/// Whether a message has quick replies with all of these titles.
pub(super) fn offers(content: &Content, titles: &[String]) -> bool {
    let there: Vec<String> = content
        .replies()
        .iter()
        .map(|reply: &QuickReply| reply.title().to_string())
        .collect();
    !there.is_empty() && titles.iter().all(|title| there.contains(title))
}

/// Whether a card has all the parts; else which one is missing.
fn has_parts(content: &Value, parts: &[WantedPart]) -> Result<(), String> {
    let card = Card::read(content);
    for part in parts {
        let root = match part.card {
            None => Some(&card.root),
            Some(number) => cards(&card.root).get(number.saturating_sub(1)).copied(),
        };
        let has = root.is_some_and(|root| part.kind.is_in(root));
        if !has {
            let there = match (&part.kind, root) {
                (WantedPartKind::Button(..), Some(root)) => buttons(root),
                _ => String::new(),
            };
            return Err(format!("a card without {}{there}", part.words));
        }
    }
    Ok(())
}

/// What can be used of a card, to be told in the place of what is not there.
fn buttons(root: &Element) -> String {
    let titles = within(root).into_iter().filter_map(title);
    let mut told: Vec<String> = titles.map(|title| format!("{title:?}")).collect();
    told.dedup();
    match told.len() {
        0 => "; it has no buttons".to_owned(),
        _ => format!("; it has {}", told.join(", ")),
    }
}

/// The cards of a carousel; a card by itself is one.
fn cards(root: &Element) -> Vec<&Element> {
    let carousel = within(root).into_iter().find(|element| {
        matches!(
            element.kind,
            Kind::Carousel(_) | Kind::CarouselSelect { .. } | Kind::Tabs(_)
        )
    });
    match carousel {
        Some(carousel) => carousel.elements().iter().collect(),
        None => vec![root],
    }
}

impl WantedPartKind {
    fn is_in(&self, root: &Element) -> bool {
        let all = within(root);
        match self {
            Self::Cards(count) => cards(root).len() == *count,
            Self::Image => all
                .iter()
                .any(|element| matches!(element.kind, Kind::Image { .. })),
            Self::Text(pattern) => texts(&all).any(|text| pattern.find(text).is_some()),
            Self::Title(pattern) => {
                let first = texts(&all).next();
                first.is_some_and(|text| pattern.find(text).is_some())
            }
            Self::Button(wanted, id) => all.iter().any(|element| {
                let is_titled = title(element).is_some_and(|title| title == wanted);
                let id = id.as_ref().map(|id| WantedElement::Id(id.clone()));
                is_titled && id.is_none_or(|id| id.is(element))
            }),
        }
    }
}

fn texts<'a>(all: &'a [&Element]) -> impl Iterator<Item = &'a str> {
    all.iter().filter_map(|element| match &element.kind {
        Kind::Text(text) => Some(text.as_str()),
        Kind::Image { caption, .. } if !caption.is_empty() => Some(caption.as_str()),
        Kind::Template { title, .. } => Some(title.as_str()),
        _ => None,
    })
}

/// A message since the last deed that is as wanted; the reason why another one is not may be
/// empty.
fn message(
    log: &PersonLog,
    window: &Window,
    used: &[u64],
    is_wanted: impl Fn(&Content) -> Result<(), String>,
) -> Finding {
    let mut was = Vec::new();
    for (happening, message) in messages_since(log, window.began) {
        if !window.is_in_time(happening.at) || used.contains(&happening.number) {
            continue;
        }
        match is_wanted(&message.content) {
            Ok(()) => return window.met(happening.at, Some(happening.number)),
            Err(why) if why.is_empty() => was.insert(0, quoted(message)),
            Err(why) => was.insert(0, why),
        }
    }
    Finding::NotYet(Instead {
        was,
        is_wrong: false,
    })
}

fn typing(who: &Speaker, log: &PersonLog, window: &Window) -> Finding {
    let is_meant = |name: &str| match who {
        Speaker::Named(_) => who.is(&crate::domain::role::Role::AssignedAgent, name),
        Speaker::Agent | Speaker::Bot | Speaker::Manager | Speaker::Anyone => true,
        Speaker::System | Speaker::Survey => false,
    };
    for happening in log.since(window.began) {
        if let What::Typing(Some(name)) = &happening.what
            && window.is_in_time(happening.at)
            && is_meant(name.as_str())
        {
            return window.met(happening.at, Some(happening.number));
        }
    }
    Finding::nothing()
}

fn click(wanted: &WantedElement, log: &PersonLog, window: &Window, used: &[u64]) -> Finding {
    let mut was = Vec::new();
    for happening in log.since(window.began) {
        let (text, metadata) = match &happening.what {
            What::Quiet(text, Some(metadata)) => (text.as_str(), metadata),
            What::Heard(message) => match &message.metadata {
                Some(metadata) => (message.text.as_str(), metadata),
                None => continue,
            },
            _ => continue,
        };
        if used.contains(&happening.number) || !window.is_in_time(happening.at) {
            continue;
        }
        let is_meant = match wanted {
            WantedElement::Id(id) => has_id(metadata, id),
            WantedElement::Title(title) => text.contains(title.as_str()),
        };
        if is_meant {
            return window.met(happening.at, Some(happening.number));
        }
        was.push(text.to_owned());
    }
    Finding::NotYet(Instead {
        was,
        is_wrong: false,
    })
}
