//! The conversation pane, the phone's and the agent's: lines, bubbles, cards, the composer, and
//! files on their way in.
//!
//! It does not know whose conversation it shows, and changes nothing by itself: what a key does
//! there is decided in `app`.

pub(crate) mod attach;
pub(crate) mod brush;
pub(crate) mod bubble;
pub(crate) mod card;
pub(crate) mod cards;
pub(crate) mod composer;
pub(crate) mod conversation;
pub(crate) mod draft;
pub(crate) mod find;
pub(crate) mod find_field;
mod greeting;
mod header;
pub(crate) mod layout;
pub(crate) mod lines;
pub(crate) mod pane;
pub(crate) mod phone;
pub mod scenario;
pub(crate) mod tabs;
pub(crate) mod transcript;
mod typing;
