//! The flag that says how pictures are drawn, and what the environment says to
//! it.

use std::env;

use crossterm::terminal::window_size;

use crate::tui::terminal::{
    backend::cell_pixels,
    images::{Art, ImageMode, Surroundings, plates::Protocol},
};

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(crate) enum Pictures {
    /// By what the terminal is known to do.
    #[default]
    Auto,
    /// By kitty's protocol.
    Kitty,
    /// As sixels.
    Sixel,
    /// By iTerm2's protocol.
    Iterm2,
    /// With half blocks.
    Blocks,
    /// Not at all.
    Off,
}

impl Pictures {
    /// The way to draw in this program's terminal, whose type is known already.
    pub(crate) fn art(self, term: &str) -> Art {
        let program = env::var("TERM_PROGRAM").unwrap_or_default();
        let around = Surroundings {
            term,
            program: &program,
            kitty: env::var_os("KITTY_WINDOW_ID").is_some(),
            tmux: env::var_os("TMUX").is_some(),
            cell: window_size().ok().and_then(|size| cell_pixels(&size)),
            seed: std::process::id(),
        };
        Art::chosen(self.into(), &around)
    }
}

impl From<Pictures> for ImageMode {
    fn from(pictures: Pictures) -> Self {
        match pictures {
            Pictures::Auto => Self::Auto,
            Pictures::Kitty => Self::Own(Protocol::Kitty),
            Pictures::Sixel => Self::Own(Protocol::Sixel),
            Pictures::Iterm2 => Self::Own(Protocol::Iterm2),
            Pictures::Blocks => Self::Blocks,
            Pictures::Off => Self::Off,
        }
    }
}
