//! What of the journal is lost: rows that cannot be read, a log that is missing. It costs itself
//! and is told; the rest is used.

use std::sync::{Mutex, PoisonError};

use rusqlite::types::ValueRef;
use serde::de::DeserializeOwned;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Damage {
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// About the files; at most one of each kind.
    files: Vec<String>,
    /// How many rows cannot be read.
    rows: usize,
    /// The first of them, and why.
    first: Option<String>,
}

impl Damage {
    /// Something about the files.
    pub(super) fn file(&self, words: String) {
        tracing::warn!(damage = words, "the journal is not as it should be");
        self.lock().files.push(words);
    }

    /// What the JSON in a row is; nothing when it cannot be read.
    pub(super) fn read<T: DeserializeOwned>(&self, table: &str, value: ValueRef<'_>) -> Option<T> {
        let text = value.as_str().map_err(|error| error.to_string());
        let read =
            text.and_then(|text| serde_json::from_str(text).map_err(|error| error.to_string()));
        read.map_err(|why| self.row(table, &why)).ok()
    }

    fn row(&self, table: &str, why: &str) {
        tracing::warn!(
            table,
            why,
            "a row of the journal cannot be read and is left out"
        );
        let mut found = self.lock();
        found.rows += 1;
        found.first.get_or_insert(format!("{table}: {why}"));
    }

    /// All of it in words.
    pub(super) fn words(&self) -> Vec<String> {
        let found = self.lock();
        let mut words = found.files.clone();
        if let Some(first) = &found.first {
            let rows = found.rows;
            words.push(format!(
                "rows of the journal that cannot be read, and are left out: {rows} ({first})"
            ));
        }
        words
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
