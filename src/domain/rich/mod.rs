//! Structured content and quick replies, read for a device; see `rich-content`.
//!
//! [`Card::read`](card::Card::read) makes a typed tree of what an agent published, tolerant of
//! everything and bounded in depth and size. [`press`] says what a click does:
//! what changes on the phone, what is picked first, what is sent. [`plain`] is
//! the same content where there is only text.

pub mod card;
pub(crate) mod dates;
pub mod element;
pub(crate) mod find;
pub mod links;
mod markup;
pub mod plain;
pub mod press;
pub mod quick;
mod read;
