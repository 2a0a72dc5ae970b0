//! The real terminal: switching it on and off, frames on their way to it, images it draws itself,
//! what it reports, its clipboard.
//!
//! Nothing here knows what is on the screen.

pub mod backend;
pub mod clipboard;
pub mod images;
pub(crate) mod input;
pub mod screen;
