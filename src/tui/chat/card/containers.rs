//! Elements that hold others: below and beside each other, carousels, folds,
//! tabs.

use crate::{
    domain::{
        rich::{
            card::{Face, Part},
            element::{Element, Kind},
        },
        text::SafeText,
    },
    tui::{
        chat::card::{
            block::{Block, Ink, Piece, Scroll, Tone},
            lay::{Layer, nth_part, one_line, said},
        },
        text::{width::elided, wrap::wrapped},
    },
};

/// Fewest columns of a card in a carousel that shows more than one.
const LEAST_CARD: usize = 24;

/// Most columns of a card; a wider one is no easier to read.
const WIDEST_CARD: usize = 36;

/// Fewest columns an element beside others gets, unless it needs less.
const LEAST_COLUMN: usize = 12;

/// Rooms with fewer columns than this have no frame inside.
const LEAST_FRAMED: usize = 10;

/// Columns between elements side by side.
const GAP: usize = 2;

impl Layer<'_> {
    pub(crate) fn container(&self, element: &Element, room: usize) -> Block {
        match &element.kind {
            Kind::Vertical { elements, framed } => {
                in_frame(*framed, room, |room| self.stacked(elements, room))
            }
            Kind::Horizontal {
                elements,
                framed,
                lines,
                percentages,
            } => in_frame(*framed, room, |room| {
                self.side_by_side(elements, percentages, *lines, room)
            }),
            Kind::Carousel(elements) => self.carousel(element, elements, None, room),
            Kind::CarouselSelect {
                elements, multiple, ..
            } => self.carousel(element, elements, Some(*multiple), room),
            Kind::AccordionSelect {
                elements, titles, ..
            } => self.accordion(element, elements, titles, room),
            Kind::Tabs(elements) => self.tabs(element, elements, room),
            Kind::List(elements) => self.stacked(elements, room),
            _ => Block::default(),
        }
    }

    pub(crate) fn stacked(&self, elements: &[Element], room: usize) -> Block {
        let mut block = Block::default();
        let mut buttons = Vec::new();
        for element in elements {
            let mut inner = self.element(element, room);
            // Filled buttons below each other would be one.
            if self.is_filled
                && let Kind::Button { .. } | Kind::Submit { .. } = element.kind
                && let [row] = inner.rows.as_mut_slice()
                && row.len() == 1
            {
                buttons.append(row);
                continue;
            }
            block.flow(std::mem::take(&mut buttons), GAP, room);
            block.below(inner, 0);
        }
        block.flow(buttons, GAP, room);
        block
    }

    fn side_by_side(
        &self,
        elements: &[Element],
        percentages: &[f64],
        lines: bool,
        room: usize,
    ) -> Block {
        let gap = if lines { GAP + 1 } else { GAP };
        let gaps = gap * elements.len().saturating_sub(1);
        let natural: Vec<usize> = elements
            .iter()
            .map(|element| self.natural(element))
            .collect();
        let columns = room.saturating_sub(gaps);
        let shares = if percentages.len() == elements.len() {
            shares(percentages, columns)
        } else {
            fair(&natural, columns)
        };
        let fits = shares
            .iter()
            .zip(&natural)
            .all(|(share, natural)| *share >= LEAST_COLUMN.min(*natural).max(1));
        if !fits {
            return self.one_per_row(elements, lines, room);
        }
        let mut x = 0;
        let mut blocks = Vec::new();
        for (element, share) in elements.iter().zip(shares) {
            blocks.push((x, self.element(element, share)));
            x += share + gap;
        }
        Block::beside(blocks, lines)
    }

    /// What does not fit side by side.
    fn one_per_row(&self, elements: &[Element], lines: bool, room: usize) -> Block {
        let mut block = Block::default();
        for (at, element) in elements.iter().enumerate() {
            if lines && at > 0 {
                block.rule(room.min(8));
            }
            block.below(self.element(element, room), 0);
        }
        block
    }

    /// Cards of one size, as many as fit, and the way to the others. `select` tells whether more
    /// than one can be chosen, where any can.
    fn carousel(
        &self,
        element: &Element,
        cards: &[Element],
        select: Option<bool>,
        room: usize,
    ) -> Block {
        if cards.is_empty() {
            return said("no cards", Tone::Faint.into(), room, None);
        }
        let visible = ((room + 1) / (LEAST_CARD + 1)).clamp(1, cards.len());
        let outer = ((room + 1) / visible - 1).clamp(1, WIDEST_CARD);
        let framed = outer >= LEAST_FRAMED;
        let inner = if framed { outer - 4 } else { outer };
        let last = cards.len() - visible;
        let first = self.state.front(element.id).min(last);
        let seen: Vec<Block> = cards
            .iter()
            .zip(0..)
            .skip(first)
            .take(visible)
            .map(|(card, nth)| self.card(element, card, nth, select, inner))
            .collect();
        // All in view of one height, and no higher: an empty row looks like something missing.
        let height = seen.iter().map(|block| block.rows.len()).max();
        let height = height.unwrap_or(0);
        let seen = seen.into_iter().enumerate().map(|(at, block)| {
            let block = if framed {
                block.framed(inner, height)
            } else {
                block
            };
            (at * (outer + 1), block)
        });
        let mut block = Block::beside(seen.collect(), false);
        if cards.len() > visible {
            let of = cards.len();
            let count = match visible {
                1 => format!("{}/{of}", first + 1),
                _ => format!("{}-{}/{of}", first + 1, first + visible),
            };
            let way = |face| Part {
                element: element.id,
                face,
            };
            let pieces = vec![
                Piece::new("‹", Tone::Link).of(Some(way(Face::Back))),
                Piece::new(count, Tone::Faint),
                Piece::new("›", Tone::Link).of(Some(way(Face::On))),
            ];
            block.flow(pieces, 1, room);
            block.scrolls.push(Scroll {
                element: element.id,
                first,
                last,
            });
        }
        block
    }

    fn card(
        &self,
        element: &Element,
        card: &Element,
        nth: u16,
        select: Option<bool>,
        room: usize,
    ) -> Block {
        let mut block = Block::default();
        if let Some(multiple) = select {
            let part = nth_part(element, nth);
            let on = self.state.is_on(part);
            let word = if on { "chosen" } else { "choose" };
            let text = format!("{} {word}", mark(multiple, on));
            let text = elided(&text, room).into_owned();
            block.line(Piece::new(text, Tone::Link).of(Some(part)));
        }
        // The card has a frame already.
        let inner = match &card.kind {
            Kind::Vertical { elements, .. } => self.stacked(elements, room),
            _ => self.element(card, room),
        };
        block.below(inner, 0);
        block
    }

    fn accordion(
        &self,
        element: &Element,
        elements: &[Element],
        titles: &[(String, SafeText)],
        room: usize,
    ) -> Block {
        let open = self.state.open(element.id);
        let mut block = Block::default();
        let folds = elements.len().max(titles.len());
        for (at, nth) in (0..folds).zip(0..) {
            let is_open = open == Some(at);
            let name = titles.get(at).map_or_else(
                || (at + 1).to_string(),
                |(name, additional)| {
                    let name = SafeText::clean(name);
                    one_line(format!("{name}  {additional}").trim_end())
                },
            );
            let fold = if is_open { "▾" } else { "▸" };
            let head = format!("{} {fold} ", mark(false, is_open));
            let part = Some(nth_part(element, nth));
            if room < LEAST_FRAMED {
                let text = elided(&format!("{fold} {name}"), room).into_owned();
                block.line(Piece::new(text, Tone::Link).of(part));
            } else {
                for (row, text) in wrapped(&name, room - 6).into_iter().enumerate() {
                    let head = if row == 0 { head.as_str() } else { "      " };
                    let text = format!("{head}{text}");
                    block.line(Piece::new(text, Tone::Link).of(part));
                }
            }
            if let Some(inner) = elements.get(at).filter(|_| is_open) {
                let indent = if room < LEAST_FRAMED { 0 } else { 4 };
                block.below(self.element(inner, room - indent), indent);
            }
        }
        block
    }

    fn tabs(&self, element: &Element, elements: &[Element], room: usize) -> Block {
        let front = self.state.front(element.id);
        let front = front.min(elements.len().saturating_sub(1));
        let mut block = Block::default();
        let names = elements.iter().zip(0..).map(|(tab, nth)| {
            let name = elided(&tab_name(tab, nth), room.saturating_sub(4).max(1)).into_owned();
            let (text, bold) = if usize::from(nth) == front {
                (format!("[{name}]"), true)
            } else {
                (format!(" {name} "), false)
            };
            let ink = Ink {
                bold,
                ..Tone::Link.into()
            };
            Piece::new(text, ink).of(Some(nth_part(element, nth)))
        });
        block.flow(names.collect(), 1, room);
        if let Some(tab) = elements.get(front) {
            let inner = self.element(tab, room);
            block.rule(block.width.max(inner.width));
            block.below(inner, 0);
        }
        block
    }
}

/// The content in a frame, where one is wanted and there is room for it.
fn in_frame(framed: bool, room: usize, lay: impl Fn(usize) -> Block) -> Block {
    if !framed || room < LEAST_FRAMED {
        return lay(room);
    }
    let block = lay(room - 4);
    let inner = block.width;
    block.framed(inner, 0)
}

/// Columns for each: what it needs, as long as the others get as much.
fn fair(natural: &[usize], columns: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..natural.len()).collect();
    order.sort_by_key(|at| natural[*at]);
    let mut shares = vec![0; natural.len()];
    let mut left = columns;
    for (given, at) in order.into_iter().enumerate() {
        let share = (left / (natural.len() - given)).min(natural[at]);
        shares[at] = share;
        left -= share;
    }
    shares
}

/// A mark of something to choose.
fn mark(multiple: bool, on: bool) -> &'static str {
    match (multiple, on) {
        (true, true) => "[x]",
        (true, false) => "[ ]",
        (false, true) => "(•)",
        (false, false) => "( )",
    }
}

/// A tab is named by its tag, else by the first words in it.
fn tab_name(tab: &Element, nth: u16) -> String {
    let tag = one_line(tab.tag.as_str());
    if !tag.is_empty() && tag != "generic" {
        return tag;
    }
    first_words(tab).unwrap_or_else(|| format!("tab {}", nth + 1))
}

fn first_words(element: &Element) -> Option<String> {
    let own = match &element.kind {
        Kind::Text(text)
        | Kind::Button { title: text, .. }
        | Kind::Image { caption: text, .. }
        | Kind::LinkPreview { title: text, .. } => Some(one_line(text.as_str())),
        _ => None,
    };
    own.filter(|words| !words.is_empty())
        .or_else(|| element.elements().iter().find_map(first_words))
}

/// So many columns shared out by percentages, or evenly when they make no sense.
fn shares(percentages: &[f64], columns: usize) -> Vec<usize> {
    let whole: f64 = percentages.iter().sum();
    let sound = whole > 0.0 && percentages.iter().all(|share| *share >= 0.0);
    let columns = u32::try_from(columns).unwrap_or(u32::MAX);
    percentages
        .iter()
        .map(|share| {
            let part = if sound {
                share / whole
            } else {
                1.0 / f64::from(u32::try_from(percentages.len()).unwrap_or(1))
            };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a part of the columns, between none and all of them"
            )]
            let columns = (f64::from(columns) * part) as usize;
            columns
        })
        .collect()
}
