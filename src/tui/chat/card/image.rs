//! Elements with a picture: it stands over the name, as far as pictures are drawn here.

use crate::{
    domain::{
        ids::ItemId,
        rich::{
            element::Element,
            press::{Target, whole},
        },
        text::SafeText,
    },
    tui::{
        chat::card::{
            block::{Block, Piece, Tone},
            lay::{Layer, one_line, said},
        },
        terminal::images::gallery::{CardPicture, Gallery},
        text::width::width,
    },
};

/// Most columns and rows of a picture in a card.
const MOST: (usize, usize) = (40, 10);

/// Where the pictures of one card come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CardPictures<'a> {
    pub(crate) gallery: &'a Gallery,
    pub(crate) item: ItemId,
    /// Whether rows are few, so that a picture takes half of them.
    pub(crate) compact: bool,
}

impl CardPictures<'_> {
    fn rows(self) -> usize {
        if self.compact { MOST.1 / 2 } else { MOST.1 }
    }

    fn find(self, address: &str, room: usize) -> CardPicture {
        let cells = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let (columns, rows) = (room.min(MOST.0), self.rows());
        self.gallery
            .card_picture(self.item, address, cells(columns), cells(rows))
    }
}

impl Layer<'_> {
    pub(super) fn image(
        &self,
        element: &Element,
        url: &str,
        caption: &SafeText,
        room: usize,
    ) -> Block {
        let name = [caption.as_str(), element.alt.as_str()]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or("picture");
        let head = format!("▣ {name}");
        let target = Target::link(url, caption);
        self.pictured(element, url, (&head, Tone::Plain), target, room)
    }

    pub(super) fn link_preview(
        &self,
        element: &Element,
        url: &str,
        title: &SafeText,
        room: usize,
    ) -> Block {
        let (target, head) = (Target::link(url, title), (title.as_str(), Tone::Strong));
        // The wire names no picture of the page; what it leads to can be one itself.
        if leads_to_a_picture(url) {
            self.pictured(element, url, head, target, room)
        } else {
            self.leading(element, head.0, head.1, &target, room)
        }
    }

    /// A picture over its name. Where it is drawn its address says nothing more.
    fn pictured(
        &self,
        element: &Element,
        url: &str,
        (head, tone): (&str, Tone),
        mut target: Target,
        room: usize,
    ) -> Block {
        // A part of an address leads nowhere: the name says more, and the whole can be copied.
        if width(&one_line(target.shown.as_str())) + 2 > room {
            target.shown = SafeText::default();
        }
        let Some(pictures) = self.pictures else {
            return self.leading(element, head, tone, &target, room);
        };
        let part = Some(whole(element));
        let mut block = Block::default();
        let mut remark = String::new();
        match pictures.find(url, room) {
            CardPicture::Absent => {}
            CardPicture::Drawn(picture) => {
                let blanks = " ".repeat(usize::from(picture.columns()));
                for row in 0..picture.rows() {
                    let piece = Piece::new(blanks.as_str(), Tone::Plain).of(part);
                    block.line(piece.showing(picture.clone(), row));
                }
                target.shown = SafeText::default();
            }
            CardPicture::Coming => {
                // As much room as most pictures will take, so that little moves when it is here.
                let rows = (room.min(MOST.0) * 3).div_ceil(8).clamp(1, pictures.rows());
                let columns = room.min(rows * 8 / 3);
                let text = format!("{:columns$}", "…");
                block.line(Piece::new(text, Tone::Faint).of(part));
                block.rows.resize_with(rows, Vec::new);
                target.shown = SafeText::default();
            }
            CardPicture::Undecided(host) => {
                remark = format!("pictures from {host} wait for your word: /pictures");
            }
            CardPicture::Failed(reason) => remark = format!("✗ no picture: {reason}"),
        }
        block.below(self.leading(element, head, tone, &target, room), 0);
        if !remark.is_empty() && !self.is_staged {
            let remark = SafeText::clean(&remark).one_line();
            block.below(said(&remark, Tone::Faint.into(), room, None), 0);
        }
        block
    }
}

/// Whether the path of an address ends as the name of a picture.
fn leads_to_a_picture(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit('.').next().unwrap_or_default();
    ["png", "jpg", "jpeg", "gif", "webp"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}
