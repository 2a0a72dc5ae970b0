//! The pictures of a pack, made for their places in the head and on the card.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    config::brand::{BrandPack, BrandPicture},
    media::pixels::{Opened, Source},
    tui::{
        terminal::images::{cells::Picture, gallery::picture_of, plates::Plates},
        theme::styles::Depth,
    },
};

/// Pixels of a picture in the head, two of which share a cell, and of one on the card. With fewer
/// nobody would know it again: the first letter says more.
const IN_HEAD: (u32, u32) = (6, 6);
const ON_CARD: (u32, u32) = (16, 16);

/// The pictures of a pack.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faces {
    /// The brand's in the head.
    pub(super) logo: Option<Arc<Picture>>,
    /// The brand's on the card.
    pub(super) large: Option<Arc<Picture>>,
    /// Those of agents, by what they are called on stage.
    pub(super) agents: BTreeMap<String, Arc<Picture>>,
}

impl Faces {
    /// Those of a pack, drawn by the terminal where it can; none where there are no colours. What cannot be drawn is left out, and the
    /// first letter stands in its place.
    pub(super) fn of(pack: &BrandPack, depth: Depth, plates: Option<&Plates>) -> Self {
        if depth == Depth::None {
            return Self::default();
        }
        let drawn = |picture: &BrandPicture, room, plates| {
            let opened = Opened::new(&Source::Bytes(picture.0.clone())).ok()?;
            Some(Arc::new(picture_of(&opened, room, depth, plates)))
        };
        let logo = pack.logo.as_ref();
        let agents = pack.agents.values().filter_map(|agent| {
            let picture = drawn(agent.avatar.as_ref()?, IN_HEAD, plates)?;
            Some((agent.name.clone(), picture))
        });
        Self {
            logo: logo.and_then(|logo| drawn(logo, IN_HEAD, plates)),
            // In half blocks: the switch that shows the card writes cells and nothing else.
            large: logo.and_then(|logo| drawn(logo, ON_CARD, None)),
            agents: agents.collect(),
        }
    }

    /// Why a picture of a pack cannot be drawn.
    pub(super) fn fault(picture: &BrandPicture) -> Option<String> {
        let opened = Opened::new(&Source::Bytes(picture.0.clone()));
        opened.err().map(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;
    use crate::{
        config::brand,
        tui::terminal::images::plates::{Piece, Protocol},
    };

    #[test]
    fn the_terminal_draws_the_logo_in_the_head_and_never_that_of_the_card() {
        let pack = brand::find("acme", None).unwrap();
        let plates = Plates::new(Protocol::Kitty, None, 1);
        let is_plate = |picture: &Picture| {
            let area = Rect::new(0, 0, 20, 1);
            let mut buffer = Buffer::empty(area);
            picture.draw_row(0, area, &mut buffer);
            Piece::of(&buffer[(0, 0)]).is_some()
        };
        let faces = Faces::of(&pack, Depth::True, Some(&plates));
        assert!(is_plate(faces.logo.as_ref().unwrap()));
        // The panic switch writes the card without the backend that knows of plates.
        assert!(!is_plate(faces.large.as_ref().unwrap()));
        let faces = Faces::of(&pack, Depth::True, None);
        assert!(!is_plate(faces.logo.as_ref().unwrap()));
    }
}
