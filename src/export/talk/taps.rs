//! Clicks: what was used, and which texts were not typed but came of a click.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    domain::{content::Content, ids::ItemId, line::Line, wire::outbound::AcceptStatus},
    export::talk::{
        story::{Beat, Happened},
        usable::{Sends, Usable, parts, usables},
        volatile::tokens,
    },
    scenario::script::{Deed, Element, Template, TextPiece},
};

/// What was used of each message.
pub(super) type Used = BTreeMap<ItemId, Vec<Usable>>;

/// Puts deeds in the place of clicks and of the texts that came of them.
pub(super) fn with_taps<'a>(beats: Vec<Beat<'a>>, lines: &[Line]) -> (Vec<Beat<'a>>, Used) {
    let mut taps = Taps {
        used: Used::new(),
        sent: BTreeSet::new(),
    };
    let deeds: Vec<Option<Vec<Deed>>> = (0..beats.len())
        .map(|at| taps.deeds_at(&beats, at, lines))
        .collect();
    let mut told = Vec::new();
    for ((at, beat), deeds) in beats.into_iter().enumerate().zip(deeds) {
        match deeds {
            Some(deeds) => told.extend(deeds.into_iter().map(|deed| Beat {
                what: Happened::Done(deed),
                ..beat
            })),
            None if taps.sent.contains(&at) => {}
            None => told.push(beat),
        }
    }
    (told, taps.used)
}

struct Taps {
    used: Used,
    /// The texts that came of a click, by their place in the story.
    sent: BTreeSet<usize>,
}

impl Taps {
    /// What stands in the place of a beat; `None` leaves it, unless it came of a click.
    fn deeds_at(&mut self, beats: &[Beat<'_>], at: usize, lines: &[Line]) -> Option<Vec<Deed>> {
        match &beats.get(at)?.what {
            Happened::Clicked(item, metadata) => {
                let texts = texts_after(beats, at, metadata.as_ref());
                let line = lines.iter().find(|line| Some(line.id) == *item);
                let found = line.and_then(|line| {
                    let all = line.content().map(usables).unwrap_or_default();
                    let first = texts.first().map(|(_, text)| *text);
                    let used = used_of(&all, metadata.as_ref(), first)?.clone();
                    Some((line.id, all, used))
                });
                // Of what is unknown the texts stay, as if they had been typed.
                let Some((id, all, used)) = found else {
                    return Some(vec![Deed::Marks(AcceptStatus::Action)]);
                };
                Some(self.deeds(id, &all, used, &texts))
            }
            Happened::Said(line, metadata) if !self.sent.contains(&at) => {
                let text = text_of(line)?;
                let (id, all, used) = offered(beats, at, metadata.as_ref(), text)?;
                let mut texts = texts_after(beats, at, metadata.as_ref());
                texts.insert(0, (at, text));
                Some(self.deeds(id, &all, used, &texts))
            }
            _ => None,
        }
    }

    /// The deeds that using something comes to; takes the texts that it sent.
    fn deeds(
        &mut self,
        item: ItemId,
        all: &[Usable],
        used: Usable,
        texts: &[(usize, &str)],
    ) -> Vec<Deed> {
        let wanted = match &used.sends {
            Sends::Texts(sent) => sent.len(),
            Sends::Picked | Sends::Chosen(..) | Sends::Checked(_) => 1,
        };
        let taken = texts.iter().take(wanted);
        let taken: Vec<(usize, &str)> = taken.copied().collect();
        self.sent.extend(taken.iter().map(|(at, _)| *at));
        let text = taken.first().map_or("", |(_, text)| *text);
        let button = element(&used, all);
        let tap = Deed::Taps(button.clone());
        let mut deeds: Vec<Deed> = match &used.sends {
            Sends::Texts(_) => vec![tap],
            Sends::Picked => vec![picks(text, button)],
            Sends::Chosen(name, choices) => {
                let chosen = parts(text, choices.iter().map(String::as_str));
                let within = || Element::Title(template(name));
                let picked = chosen.into_iter().map(|choice| picks(choice, within()));
                picked.chain([tap]).collect()
            }
            Sends::Checked(boxes) => {
                let checked = parts(text, boxes.iter().map(|(_, text)| text.as_str()));
                let titles = boxes
                    .iter()
                    .filter(|(_, text)| checked.contains(&text.as_str()));
                let checks = titles.map(|(title, _)| Deed::Taps(Element::Title(template(title))));
                checks.chain([tap]).collect()
            }
        };
        deeds.dedup();
        self.used.entry(item).or_default().push(used);
        deeds
    }
}

/// The texts that may have come of a click: those that carry the same, up to the next click.
fn texts_after<'a>(
    beats: &[Beat<'a>],
    at: usize,
    metadata: Option<&Value>,
) -> Vec<(usize, &'a str)> {
    let after = beats.iter().enumerate().skip(at + 1);
    let after = after.take_while(|(_, beat)| !matches!(beat.what, Happened::Clicked(..)));
    after
        .filter_map(|(at, beat)| match &beat.what {
            Happened::Said(line, carried) if carried.as_ref() == metadata => {
                text_of(line).map(|text| (at, text))
            }
            _ => None,
        })
        .collect()
}

fn text_of(line: &Line) -> Option<&str> {
    match line.content()? {
        Content::Text { text, .. } => Some(text.as_str()),
        _ => None,
    }
}

/// What carries this metadata and sends this text; of several the first.
fn used_of<'u>(
    all: &'u [Usable],
    metadata: Option<&Value>,
    text: Option<&str>,
) -> Option<&'u Usable> {
    let carries = |usable: &&Usable| usable.metadata.as_ref() == metadata;
    let fits = |usable: &&Usable| match &usable.sends {
        Sends::Texts(texts) => texts.first().map(String::as_str) == text,
        Sends::Picked | Sends::Chosen(..) | Sends::Checked(_) => text.is_some(),
    };
    let mut carrying = all.iter().filter(carries);
    let first = carrying.clone().next();
    carrying.find(fits).or(first)
}

/// What was offered since the consumer last did something and sends just this text, without an
/// ACTION before it.
fn offered(
    beats: &[Beat<'_>],
    at: usize,
    metadata: Option<&Value>,
    text: &str,
) -> Option<(ItemId, Vec<Usable>, Usable)> {
    let before = beats.get(..at)?.iter().rev();
    let heard = before.map_while(|beat| match beat.what {
        Happened::Heard(line) => Some(line),
        _ => None,
    });
    for line in heard {
        let all = line.content().map(usables).unwrap_or_default();
        let sends = |usable: &&Usable| {
            let texts = matches!(&usable.sends, Sends::Texts(texts) if texts.iter().eq([text]));
            texts && usable.metadata.as_ref() == metadata
        };
        if let Some(used) = all.iter().find(sends).cloned() {
            return Some((line.id, all, used));
        }
    }
    None
}

/// How a scenario names it: by its title where that is the only one of its message and the same in
/// every run, else by its id.
pub(super) fn element(used: &Usable, all: &[Usable]) -> Element {
    let alike = all.iter().filter(|other| other.title == used.title).count();
    let is_title = alike <= 1 && !used.title.is_empty() && tokens(&used.title).is_empty();
    match &used.id {
        Some(id) if !is_title => Element::Id(template(id)),
        _ => Element::Title(template(&used.title)),
    }
}

fn picks(value: &str, within: Element) -> Deed {
    Deed::Picks {
        value: template(value),
        within,
    }
}

pub(super) fn template(text: &str) -> Template {
    Template(vec![TextPiece::Text(text.to_owned())])
}
