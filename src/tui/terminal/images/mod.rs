//! Pictures in the chat: half blocks in cells on every terminal with colours,
//! and the picture itself where the terminal is known to draw one.
//!
//! A picture is made away from the frame and kept; a frame only copies cells.
//! Where the terminal draws, the cells hold placeholders, which tell the
//! screen's backend what belongs there; whatever of it is covered or scrolled
//! away falls back to half blocks.

pub(crate) mod addresses;
pub(crate) mod cells;
pub(crate) mod encode;
pub(crate) mod gallery;
pub(crate) mod plates;

use crate::tui::terminal::images::plates::{Plates, Protocol};

/// How pictures are drawn.
#[derive(Debug, Clone, Default)]
pub enum Art {
    /// Not at all: their captions stand alone.
    Off,
    /// Two pixels in a cell, one over the other.
    #[default]
    Blocks,
    /// By the terminal.
    Plates(Plates),
}

/// What the person asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImageMode {
    /// Whatever the terminal is known to do.
    #[default]
    Auto,
    /// No pictures.
    Off,
    /// Half blocks.
    Blocks,
    /// The terminal's own way.
    Own(Protocol),
}

/// What the environment says of the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// `TERM`.
    pub term: &'a str,
    /// `TERM_PROGRAM`.
    pub program: &'a str,
    /// Whether `KITTY_WINDOW_ID` is set.
    pub kitty: bool,
    /// Whether `TMUX` is set.
    pub tmux: bool,
    /// The size of a cell in pixels, where the system knows it.
    pub cell: Option<(u16, u16)>,
    /// Tells this program's pictures from those of others in the same terminal.
    pub seed: u32,
}

impl Art {
    /// The way to draw by what is wished and what the environment says. The terminal is not
    /// asked: one that does not answer would hold the start up.
    pub fn chosen(mode: ImageMode, around: &Surroundings<'_>) -> Self {
        let protocol = match mode {
            ImageMode::Off => return Self::Off,
            ImageMode::Blocks => return Self::Blocks,
            ImageMode::Own(protocol) => protocol,
            ImageMode::Auto => match around.protocol() {
                Some(protocol) => protocol,
                None => return Self::Blocks,
            },
        };
        match (protocol, around.cell) {
            // Its pictures are measured in pixels, and those of a cell are not known.
            (Protocol::Sixel, None) => Self::Blocks,
            (_, cell) => Self::Plates(Plates::new(protocol, cell, around.seed)),
        }
    }
}

impl Surroundings<'_> {
    /// The terminal's own way; `None` where half blocks are the safer choice.
    fn protocol(&self) -> Option<Protocol> {
        // A multiplexer keeps a screen of its own and knows of no pictures on it.
        if self.tmux || self.term.starts_with("tmux") || self.term.starts_with("screen") {
            return None;
        }
        match (self.program, self.term) {
            ("ghostty", _) | (_, "xterm-kitty" | "xterm-ghostty") => Some(Protocol::Kitty),
            _ if self.kitty => Some(Protocol::Kitty),
            ("iTerm.app" | "WezTerm", _) => Some(Protocol::Iterm2),
            (_, "foot" | "foot-extra" | "mlterm" | "contour") => Some(Protocol::Sixel),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(mode: ImageMode, around: &Surroundings<'_>) -> String {
        match Art::chosen(mode, around) {
            Art::Plates(plates) => format!("{:?}", plates.protocol()),
            art => format!("{art:?}"),
        }
    }

    #[test]
    fn the_environment_decides_and_half_blocks_are_the_safe_choice() {
        let cell = Some((10, 20));
        for (term, program, kitty, tmux, cell, chosen) in [
            ("xterm-kitty", "", false, false, cell, "Kitty"),
            ("xterm-256color", "", true, false, cell, "Kitty"),
            ("xterm-ghostty", "ghostty", false, false, None, "Kitty"),
            ("xterm-256color", "iTerm.app", false, false, None, "Iterm2"),
            ("xterm-256color", "WezTerm", false, false, cell, "Iterm2"),
            ("foot", "", false, false, cell, "Sixel"),
            ("foot", "", false, false, None, "Blocks"),
            (
                "xterm-256color",
                "Apple_Terminal",
                false,
                false,
                cell,
                "Blocks",
            ),
            ("tmux-256color", "tmux", true, true, cell, "Blocks"),
            ("screen", "iTerm.app", false, false, cell, "Blocks"),
            ("", "", false, false, None, "Blocks"),
        ] {
            let around = Surroundings {
                term,
                program,
                kitty,
                tmux,
                cell,
                seed: 1,
            };
            assert_eq!(named(ImageMode::Auto, &around), chosen, "{term} {program}");
        }
    }

    #[test]
    fn a_wish_is_followed_where_it_can_be() {
        let around = Surroundings {
            term: "xterm-kitty",
            cell: Some((8, 16)),
            ..Surroundings::default()
        };
        assert_eq!(named(ImageMode::Off, &around), "Off");
        assert_eq!(named(ImageMode::Blocks, &around), "Blocks");
        assert_eq!(named(ImageMode::Own(Protocol::Sixel), &around), "Sixel");
        let unknown = Surroundings::default();
        assert_eq!(named(ImageMode::Own(Protocol::Sixel), &unknown), "Blocks");
        assert_eq!(named(ImageMode::Own(Protocol::Iterm2), &unknown), "Iterm2");
    }
}
