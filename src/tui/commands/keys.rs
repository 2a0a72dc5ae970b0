//! What can be done with a key: the table of actions, key chords, and the keymap
//! that joins them.
//!
//! Help, footer hints and palette all come from [`TABLE`]; nothing else lists
//! the keys.

mod chord;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use chord::{Chord, ChordError, Key};
pub use table::{Action, Context, Row, TABLE};

/// Which chord does what, where.
#[derive(Debug, Clone)]
pub struct Keymap {
    actions: HashMap<(Context, Chord), Action>,
    chords: HashMap<Action, Vec<Chord>>,
}

impl Keymap {
    /// The keys of a plain text box, as the table has them.
    pub fn plain() -> Self {
        let mut map = Self {
            actions: HashMap::new(),
            chords: HashMap::new(),
        };
        for row in TABLE {
            for key in row.keys {
                let chord = key
                    .parse()
                    .expect("every key of the table can be read, as a test checks");
                map.actions.insert((row.context, chord), row.action);
                map.chords.entry(row.action).or_default().push(chord);
            }
        }
        map
    }

    /// What a chord means, asked of the contexts in order.
    pub fn action(&self, contexts: &[Context], chord: Chord) -> Option<Action> {
        contexts
            .iter()
            .find_map(|context| self.actions.get(&(*context, chord)).copied())
    }

    /// The chords of an action, the first of them first.
    pub fn chords(&self, action: Action) -> &[Chord] {
        self.chords.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first chord of an action as shown to people, or nothing when it has none.
    pub fn shown(&self, action: Action) -> String {
        self.chords(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}
