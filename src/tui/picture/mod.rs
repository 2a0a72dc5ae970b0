//! Pictures in the chat: half blocks in cells on every terminal with colours,
//! and the picture itself where the terminal is known to draw one.
//!
//! A picture is made away from the frame and kept; a frame only copies cells.
//! Where the terminal draws, the cells hold placeholders, which tell the
//! screen's backend what belongs there; whatever of it is covered or scrolled
//! away falls back to half blocks.

pub(crate) mod cells;
pub mod gallery;

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Art {
    /// Not at all: their captions stand alone.
    Off,
    /// Two pixels in a cell, one over the other.
    #[default]
    Blocks,
}
