//! Elements laid out in the columns there are: the basic ones. What holds other
//! elements is in `containers`.

use std::{ops::Range, sync::Arc};

use crate::{
    domain::{
        rich::{
            card::{Card, CardState, Face, Part},
            element::{Action, Element, Kind},
            links,
            press::{Target, whole},
        },
        text::SafeText,
    },
    tui::{
        chat::card::{
            block::{Block, Ink, Piece, Tone},
            image::CardPictures,
        },
        text::{
            width::{elided, part, width},
            wrap::{squeezed, wrapped, wrapped_ranges},
        },
    },
};

/// Rows of one message; what lies beyond is in its JSON.
const MOST_ROWS: usize = 1_000;

/// Columns for what can be cut or scrolled: an address, a card.
const ADDRESS: usize = 28;

/// Lays a message out in so many columns, without pictures; in a bubble that is filled or one that
/// has edges.
pub(crate) fn block(card: &Card, state: &CardState, room: usize, is_filled: bool) -> Block {
    block_with(card, state, None, room, (is_filled, false))
}

/// The same with the pictures it names; on stage without addresses, and without a word of what went
/// wrong.
pub(crate) fn block_with(
    card: &Card,
    state: &CardState,
    pictures: Option<CardPictures<'_>>,
    room: usize,
    (is_filled, is_staged): (bool, bool),
) -> Block {
    let layer = Layer {
        state,
        is_filled,
        is_staged,
        pictures,
    };
    let mut block = match &card.root.kind {
        // The fill is frame enough.
        Kind::Vertical { elements, .. } if is_filled => layer.stacked(elements, room.max(1)),
        _ => layer.element(&card.root, room.max(1)),
    };
    block.cut(MOST_ROWS);
    block
}

/// Lays elements out as they stand after what was done with them.
pub(crate) struct Layer<'a> {
    pub(crate) state: &'a CardState,
    /// Whether buttons are told by their fill, and not by brackets.
    pub(crate) is_filled: bool,
    /// Whether it is on stage: neither addresses nor what went wrong are told.
    pub(crate) is_staged: bool,
    /// Where its pictures come from; `None` when none are drawn.
    pub(crate) pictures: Option<CardPictures<'a>>,
}

impl Layer<'_> {
    pub(crate) fn element(&self, element: &Element, room: usize) -> Block {
        match &element.kind {
            Kind::Text(text) => self.text(element, text, room),
            Kind::Image { url, caption } => self.image(element, url, caption, room),
            Kind::Button {
                title, subtitle, ..
            } => self.button(element, title, subtitle, room),
            Kind::Submit { title, disabled } => {
                let reason = if *disabled { "cannot be used" } else { "" };
                self.button(element, title, &reason.into(), room)
            }
            Kind::Map(place) => {
                let shown = links::coordinates(*place);
                let name = SafeText::clean(&format!("{} {shown}", element.alt));
                let uri = links::map(*place);
                let head = format!("◎ {}", name.as_str().trim());
                self.leading(
                    element,
                    &head,
                    Tone::Strong,
                    &Target::link(&uri, &name),
                    room,
                )
            }
            Kind::LinkPreview { url, title } => self.link_preview(element, url, title, room),
            Kind::Template { title, answers } => self.template(element, title, answers, room),
            Kind::Pairs(pairs) => table(pairs, room),
            Kind::Checkbox(text) => self.checkbox(element, text, room),
            Kind::Unknown { kind, elements } => {
                let name = if kind.is_empty() {
                    "element"
                } else {
                    kind.as_str()
                };
                let text = format!("[{}] not known to this phone", one_line(name));
                let mut block = said(&text, Tone::Faint.into(), room, None);
                for inner in elements {
                    block.below(self.element(inner, room), 0);
                }
                block
            }
            Kind::Omitted => said(
                "… more than this phone shows",
                Tone::Faint.into(),
                room,
                None,
            ),
            _ => self.container(element, room),
        }
    }

    /// The part a whole element is, when it takes clicks.
    fn part(element: &Element) -> Option<Part> {
        element.click.as_ref().map(|_| whole(element))
    }

    /// Columns of a button besides its words.
    fn ends(&self) -> usize {
        if self.is_filled { 2 } else { 4 }
    }

    fn used(&self, part: Part) -> &'static str {
        if self.state.is_used(part) { " ✓" } else { "" }
    }

    fn text(&self, element: &Element, text: &SafeText, room: usize) -> Block {
        let part = Self::part(element);
        let (tone, mark) = match part {
            Some(part) => (Tone::Link, self.used(part)),
            None => (Tone::Plain, ""),
        };
        let text = format!("{text}{mark}");
        let ink = Ink::styled(tone, element.style);
        let mut block = said(&text, ink, room, part);
        for piece in block.rows.iter_mut().flatten() {
            piece.uri = uri_of(element);
        }
        if element.style.rtl {
            to_the_right(&mut block, room);
        }
        block
    }

    /// A name with its address below: it leads there, whether it takes clicks or not.
    pub(super) fn leading(
        &self,
        element: &Element,
        head: &str,
        tone: Tone,
        target: &Target,
        room: usize,
    ) -> Block {
        let part = whole(element);
        let text = format!("{}{}", one_line(head), self.used(part));
        let ink = Ink::styled(tone, element.style);
        let uri = uri_of(element).or_else(|| arc(target.uri.as_deref()));
        let mut block = Block::default();
        if !text.is_empty() {
            block = said(&text, ink, room, Some(part));
            for piece in block.rows.iter_mut().flatten() {
                piece.uri.clone_from(&uri);
            }
        }
        let address = one_line(target.shown.as_str());
        let address = elided(&address, room.saturating_sub(2));
        if !address.is_empty() && !self.is_staged {
            let piece = Piece::new(address, Tone::Faint).at(2);
            block.line(piece.of(Some(part)).to(uri));
        }
        block
    }

    fn button(&self, element: &Element, title: &SafeText, about: &SafeText, room: usize) -> Block {
        let part = whole(element);
        let text = format!("{}{}", labelled(title, element), self.used(part));
        let mut block = Block::default();
        let piece = |text: String| button_piece(element, text).of(Some(part));
        let ends = self.ends();
        if room < 6.min(width(&text) + ends) {
            for row in wrapped(&text, room) {
                block.line(piece(row));
            }
        } else {
            let rows = wrapped(&text, room - ends);
            let inner = rows.iter().map(|row| width(row)).max().unwrap_or(0);
            let last = rows.len() - 1;
            for (at, row) in rows.iter().enumerate() {
                let blanks = " ".repeat(inner - width(row));
                let (open, close) = match (self.is_filled, at == 0, at == last) {
                    (true, ..) => ("", ""),
                    (false, first, last) => {
                        let open = if first { "[" } else { " " };
                        (open, if last { "]" } else { " " })
                    }
                };
                block.line(piece(format!("{open} {row}{blanks} {close}")));
            }
        }
        if element.style.rtl {
            to_the_right(&mut block, room);
        }
        if !about.is_empty() {
            let indent = if room < 6 { 0 } else { 2 };
            block.below(
                said(about.as_str(), Tone::Faint.into(), room - indent, None),
                indent,
            );
        }
        block
    }

    /// The columns an element takes when it is given all it can use. Told without laying it out,
    /// so that layouts in one another cost no more than their elements.
    pub(crate) fn natural(&self, element: &Element) -> usize {
        let longest = |text: &str| text.split('\n').map(width).max().unwrap_or(0);
        let widest = || {
            let inner = element.elements().iter();
            inner.map(|inner| self.natural(inner)).max().unwrap_or(0)
        };
        let used = width(self.used(whole(element)));
        match &element.kind {
            Kind::Text(text) => longest(text.as_str()) + used,
            Kind::Image { caption, .. } => {
                (longest(caption.as_str()).max(longest(element.alt.as_str())) + 2 + used)
                    .max(ADDRESS)
            }
            Kind::LinkPreview { title, .. } => (longest(title.as_str()) + used).max(ADDRESS),
            Kind::Button {
                title, subtitle, ..
            } => {
                let title = longest(title.as_str()) + self.ends() + width(hint(element)) + used;
                title.max(longest(subtitle.as_str()) + 2)
            }
            Kind::Submit { title, .. } => longest(title.as_str()) + self.ends() + used,
            Kind::Template { title, .. } => longest(title.as_str()).max(ADDRESS),
            Kind::Pairs(pairs) => {
                let column = |text: &SafeText| longest(text.as_str());
                let keys = pairs.iter().map(|(key, _)| column(key)).max();
                let values = pairs.iter().map(|(_, value)| column(value)).max();
                keys.unwrap_or(0) + 2 + values.unwrap_or(0)
            }
            Kind::Checkbox(text) => longest(text.as_str()) + 4,
            Kind::Vertical { framed, .. } => widest() + 4 * usize::from(*framed),
            Kind::Horizontal {
                elements, framed, ..
            } => {
                let inner: usize = elements.iter().map(|inner| self.natural(inner) + 3).sum();
                inner + 4 * usize::from(*framed)
            }
            Kind::AccordionSelect { titles, .. } => {
                let titles = titles.iter();
                let titles = titles.map(|(name, more)| width(name) + 8 + longest(more.as_str()));
                titles.max().unwrap_or(0).max(widest() + 4)
            }
            Kind::Tabs(_) | Kind::List(_) | Kind::Unknown { .. } => widest().max(ADDRESS),
            Kind::Map(_) | Kind::Carousel(_) | Kind::CarouselSelect { .. } | Kind::Omitted => {
                ADDRESS
            }
        }
    }

    fn template(
        &self,
        element: &Element,
        title: &SafeText,
        answers: &[String],
        room: usize,
    ) -> Block {
        let mut block = said(
            title.as_str(),
            Ink::styled(Tone::Plain, element.style),
            room,
            None,
        );
        let answers = answers.iter().zip(0..).map(|(answer, nth)| {
            let part = nth_part(element, nth);
            let answer = one_line(SafeText::clean(answer).as_str());
            let label = format!("{answer}{}", self.used(part));
            let label = elided(&label, room.saturating_sub(self.ends()).max(1)).into_owned();
            let label = if self.is_filled {
                format!(" {label} ")
            } else {
                format!("[ {label} ]")
            };
            Piece::new(label, Tone::Pill).of(Some(part))
        });
        block.flow(answers.collect(), 1, room);
        block
    }

    fn checkbox(&self, element: &Element, text: &SafeText, room: usize) -> Block {
        let part = whole(element);
        let mark = if self.state.is_on(part) { "[x]" } else { "[ ]" };
        let mut block = Block::default();
        let rows = wrapped(text.as_str(), room.saturating_sub(4).max(1));
        for (at, row) in rows.into_iter().enumerate() {
            let mark = if at == 0 { mark } else { "   " };
            let text = elided(&format!("{mark} {row}"), room).into_owned();
            let ink = Ink::styled(Tone::Plain, element.style);
            block.line(Piece::new(text, ink).of(Some(part)));
        }
        block
    }
}

/// The part of an element that is one of several.
pub(crate) fn nth_part(element: &Element, nth: u16) -> Part {
    Part {
        element: element.id,
        face: Face::Nth(nth),
    }
}

/// A text on as many rows as it needs.
pub(crate) fn said(text: &str, ink: Ink, room: usize, part: Option<Part>) -> Block {
    let mut block = Block::default();
    // A line end at the end of a text begins no row.
    for row in wrapped(text.trim_end_matches('\n'), room) {
        block.line(Piece::new(row, ink).of(part));
    }
    block
}

/// The text on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

/// Moves each row to the right edge.
fn to_the_right(block: &mut Block, room: usize) {
    let rows = std::mem::take(&mut block.rows);
    for row in rows {
        let end = row.iter().map(|piece| piece.x + width(&piece.text)).max();
        let by = room.saturating_sub(end.unwrap_or(0));
        block.push(row.into_iter().map(|piece| piece.at(by)).collect());
    }
}

/// Keys above, or left of, their values.
fn table(pairs: &[(SafeText, SafeText)], room: usize) -> Block {
    let keys = pairs.iter().map(|(key, _)| width(&one_line(key.as_str())));
    let keys = keys.max().unwrap_or(0).min(room * 2 / 5);
    let mut block = Block::default();
    for (key, value) in pairs {
        if keys < 3 || room < 12 {
            block.below(said(key.as_str(), Tone::Faint.into(), room, None), 0);
            block.below(said(value.as_str(), Ink::default(), room, None), 0);
            continue;
        }
        let key = said(key.as_str(), Tone::Faint.into(), keys, None);
        let value = said(value.as_str(), Ink::default(), room - keys - 2, None);
        let row = Block::beside(vec![(0, key), (keys + 2, value)], false);
        block.below(row, 0);
    }
    block
}

/// A row of a button.
pub(crate) fn button_piece(button: &Element, text: String) -> Piece {
    let ink = Ink {
        bold: button.style.bold,
        italic: button.style.italic,
        ..Tone::Pill.into()
    };
    Piece::new(text, ink).to(uri_of(button))
}

/// What stands on a quick reply: on one row, what stands under a button beside it.
pub(crate) fn button_words(button: &Element) -> String {
    let Kind::Button {
        title, subtitle, ..
    } = &button.kind
    else {
        return String::new();
    };
    let words = labelled(title, button);
    let subtitle = one_line(subtitle.as_str());
    match subtitle.trim() {
        "" => words,
        subtitle => format!("{words} · {subtitle}"),
    }
}

/// A button's title on one row, and what it does besides writing.
fn labelled(title: &SafeText, button: &Element) -> String {
    let title = one_line(title.as_str());
    let title = Some(title.trim()).filter(|title| !title.is_empty());
    format!("{}{}", title.unwrap_or("button"), hint(button))
}

/// Tells on a button what it does besides writing.
fn hint(element: &Element) -> &'static str {
    let actions = element.click.iter().flat_map(|click| &click.actions);
    for action in actions {
        match action {
            Action::Dates(_) | Action::Slots(_) => return " …",
            Action::Link { .. } | Action::Navigate { .. } => return " ↗",
            _ => {}
        }
    }
    ""
}

/// Where the first link of an element's click leads.
fn uri_of(element: &Element) -> Option<Arc<str>> {
    element.click.as_ref()?;
    let target = element.targets().into_iter().next()?;
    arc(target.uri.as_deref())
}

fn arc(uri: Option<&str>) -> Option<Arc<str>> {
    uri.map(Arc::from)
}

/// A text without clicks, for what has no elements. The terminal leads to the addresses in it.
pub(crate) fn plain(text: &str, room: usize) -> Block {
    let text = text.trim_end_matches('\n');
    let addresses = links::addresses(text);
    let mut block = Block::default();
    for row in wrapped_ranges(text, room) {
        let mut pieces = Vec::new();
        let (mut at, mut x) = (row.start, 0);
        let mut add = |range: Range<usize>, uri: Option<Arc<str>>| {
            let shown = squeezed(part(text, range), room);
            let tone = if uri.is_some() {
                Tone::Link
            } else {
                Tone::Plain
            };
            let columns = width(&shown);
            pieces.push(Piece::new(shown, tone).at(x).to(uri));
            x += columns;
        };
        let here = addresses.iter();
        for address in here.filter(|it| it.start < row.end && it.end > row.start) {
            let begin = address.start.max(row.start);
            if begin > at {
                add(at..begin, None);
            }
            at = address.end.min(row.end);
            let uri = links::openable(part(text, address.clone()));
            add(begin..at, uri.map(Arc::from));
        }
        if at < row.end || row.is_empty() {
            add(at..row.end, None);
        }
        block.push(pieces);
    }
    block
}
