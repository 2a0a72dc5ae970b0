//! The real terminal: switching it on and off, frames on their way to it, images it draws itself,
//! what it reports, its clipboard, lending it to a shell or an editor.
//!
//! Nothing here knows what is on the screen.

pub mod backend;
pub(crate) mod burst;
pub mod cast;
pub mod clipboard;
pub(crate) mod decode;
pub(crate) mod editor;
pub mod events;
pub mod hold;
pub mod images;
pub(crate) mod input;
pub(crate) mod job;
pub mod panic_switch;
pub mod screen;
pub mod svg;
