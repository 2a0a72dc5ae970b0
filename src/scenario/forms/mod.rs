//! The forms of the language: what a line may look like, and what it then means.
//!
//! Each table in here ([`deeds`], [`sights`], [`facts`], [`lines`]) is all that the language knows
//! of its subject. The parser, the reference in `docs/scenarios.md` and the grammar for editors are
//! made from the same rows, so that a new deed is one row here and one arm where it is done.

pub(crate) mod deeds;
pub(crate) mod facts;
mod fit;
pub(crate) mod lines;
mod pick;
pub(crate) mod sights;
mod slots;
pub(crate) mod usage;

pub(crate) use fit::Layout;
pub(crate) use pick::{bad_span, pick, trailing_span};
pub(crate) use slots::Slots;

/// A form that a line may have: how it is read, and what the reference page says of it.
pub(crate) struct LineForm<T> {
    /// How it is written: words stand for themselves, `a|b` is a choice, `[…]` may be left out,
    /// capitals are a slot; [`usage::SlotKind`] lists them.
    pub usage: &'static str,
    /// What it does, for the reference.
    pub about: &'static str,
    /// A line of this form.
    pub example: &'static str,
    /// What it means; the slots and the choices are counted from 0.
    pub build: fn(&Slots) -> T,
}

impl<T> LineForm<T> {
    /// The words it may begin with; none when it begins with a slot.
    pub fn first_words(&self) -> impl Iterator<Item = &'static str> {
        let first = self.usage.split(' ').next().unwrap_or_default();
        first
            .split('|')
            .filter(|word| word.chars().all(char::is_lowercase))
    }

    /// How it is written, for people.
    pub fn shown(&self) -> String {
        usage::shown(self.usage)
    }
}
