//! What can be done with a key: the table of actions, key chords, and the keymap
//! that joins them.
//!
//! Help, footer hints, palette and a settings template all come from
//! [`TABLE`]; nothing else lists the keys.

mod chord;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

pub use chord::{Chord, ChordError, Key};
pub use table::{Action, Context, Row, TABLE};

/// Which chord does what, where.
#[derive(Debug, Clone)]
pub struct Keymap {
    actions: HashMap<(Context, Chord), Action>,
    chords: HashMap<Action, Vec<Chord>>,
}

/// Why a keymap cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeymapError {
    /// The settings name an action that is not in the table.
    #[error("no action is called {name}; F1 lists them all")]
    UnknownAction {
        /// As written.
        name: String,
    },
    /// A chord cannot be read.
    #[error("{action}: {source}")]
    Chord {
        /// The action it stands at.
        action: &'static str,
        /// What is wrong with it.
        source: ChordError,
    },
    /// A chord that writes text was given to an action that works while text is written.
    #[error("{action}: {chord} writes text; add ctrl or alt to it")]
    Writes {
        /// The action.
        action: &'static str,
        /// The chord.
        chord: Chord,
    },
    /// Two actions that can be meant at the same time have the same chord.
    #[error("{chord} is given to both {first} and {second}; give one of them another key")]
    Duplicate {
        /// The chord.
        chord: Chord,
        /// The action that has it already.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
}

impl Keymap {
    /// The keys of a plain text box.
    pub fn plain() -> Self {
        Self::with(&BTreeMap::new()).expect("the default keys are checked by a test")
    }

    /// The default keys, with those of some actions replaced by others, as in
    /// `{"flight": ["f9", "ctrl+alt+f"]}`. No key at all switches an action's keys off.
    pub fn with(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, KeymapError> {
        for name in changes.keys() {
            if !TABLE.iter().any(|row| row.name == name) {
                return Err(KeymapError::UnknownAction { name: name.clone() });
            }
        }
        let mut map = Self {
            actions: HashMap::new(),
            chords: HashMap::new(),
        };
        for row in TABLE {
            match changes.get(row.name) {
                Some(keys) => map.bind(row, keys.iter().map(String::as_str))?,
                None => map.bind(row, row.keys.iter().copied())?,
            }
        }
        Ok(map)
    }

    fn bind<'k>(
        &mut self,
        row: &'static Row,
        keys: impl Iterator<Item = &'k str>,
    ) -> Result<(), KeymapError> {
        for key in keys {
            let chord: Chord = key.parse().map_err(|source| KeymapError::Chord {
                action: row.name,
                source,
            })?;
            if chord.writes() && !matches!(row.context, Context::Wire) {
                return Err(KeymapError::Writes {
                    action: row.name,
                    chord,
                });
            }
            let taken = Context::ALL
                .into_iter()
                .filter(|other| row.context.meets(*other))
                .find_map(|other| self.actions.get(&(other, chord)));
            if let Some(taken) = taken {
                return Err(KeymapError::Duplicate {
                    chord,
                    first: taken.row().name,
                    second: row.name,
                });
            }
            self.actions.insert((row.context, chord), row.action);
            self.chords.entry(row.action).or_default().push(chord);
        }
        Ok(())
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
