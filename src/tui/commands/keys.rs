//! What can be done with a key: the table of actions, key chords, the keymap that joins them, and
//! the user's own keys in `keys.toml`.
//!
//! Help, footer hints, palette and `handset keys` all come from [`TABLE`] and the keymap; nothing
//! else lists the keys.

mod chord;
mod context;
pub(crate) mod file;
mod preset;
pub(crate) mod schema;
#[cfg(test)]
mod sides;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use chord::{Chord, ChordError, Key};
pub use context::Context;
#[cfg(test)]
pub(crate) use context::STACKS;
#[cfg(test)]
pub(crate) use sides::BOTH_SIDES;
pub use table::{Action, ActionRow, TABLE};

/// Which chord does what, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    actions: HashMap<(Context, Chord), Action>,
    /// The keys of an action in a context. Where it has some in a nearer context, or none there on
    /// purpose, those of its own context do not hold.
    chords: HashMap<(Context, Action), Vec<Chord>>,
}

impl Keymap {
    /// The keys of a plain text box, as the table has them.
    pub fn plain() -> Self {
        let mut map = Self {
            actions: HashMap::new(),
            chords: HashMap::new(),
        };
        for row in TABLE {
            let keys = row.keys.iter();
            let chords = keys.map(|key| {
                key.parse()
                    .expect("every key of the table can be read, as a test checks")
            });
            map.bind(row.context, row.action, chords.collect());
        }
        map
    }

    /// Gives an action these keys in a context, in place of those it had there.
    fn bind(&mut self, context: Context, action: Action, chords: Vec<Chord>) {
        for old in self.chords.remove(&(context, action)).into_iter().flatten() {
            // Another action may have got the key meanwhile.
            if self.actions.get(&(context, old)) == Some(&action) {
                self.actions.remove(&(context, old));
            }
        }
        for chord in &chords {
            self.actions.insert((context, *chord), action);
        }
        self.chords.insert((context, action), chords);
    }

    /// What a chord means, asked of the contexts in order. Where text is written, a key that
    /// writes a character means nothing else.
    pub fn action(&self, contexts: &[Context], chord: Chord) -> Option<Action> {
        if chord.writes() && contexts.contains(&Context::Edit) {
            return None;
        }
        contexts.iter().enumerate().find_map(|(at, context)| {
            let action = *self.actions.get(&(*context, chord))?;
            let mut nearer = contexts.iter().take(at);
            let has_others = nearer.any(|nearer| self.chords.contains_key(&(*nearer, action)));
            (!has_others).then_some(action)
        })
    }

    /// The chords of an action in its own context, the first of them first.
    pub fn chords(&self, action: Action) -> &[Chord] {
        self.chords_in(action.context(), action).unwrap_or_default()
    }

    /// The chords an action has in a context; `None` where nothing is said of it there.
    pub fn chords_in(&self, context: Context, action: Action) -> Option<&[Chord]> {
        self.chords.get(&(context, action)).map(Vec::as_slice)
    }

    /// The first chord of an action as shown to people, or nothing when it has none.
    pub fn shown(&self, action: Action) -> String {
        let first = self.chords(action).first();
        first.map(ToString::to_string).unwrap_or_default()
    }

    /// The same where these contexts hold.
    pub(crate) fn shown_in(&self, contexts: &[Context], action: Action) -> String {
        let found = contexts
            .iter()
            .find_map(|context| self.chords_in(*context, action));
        match found {
            Some(chords) => chords.first().map(ToString::to_string).unwrap_or_default(),
            None => self.shown(action),
        }
    }

    /// Every action with its keys, context by context in the order of the help: those of the
    /// context first, then those of other contexts that have keys of their own there.
    pub fn rows(&self) -> impl Iterator<Item = (Context, &'static ActionRow, &[Chord])> {
        Context::ALL.into_iter().flat_map(move |context| {
            let own = TABLE.iter().filter(move |row| row.context == context);
            let others = TABLE.iter().filter(move |row| row.context != context);
            own.chain(others).filter_map(move |row| {
                let chords = self.chords_in(context, row.action)?;
                Some((context, row, chords))
            })
        })
    }
}
