//! What the journal keeps of a borrowed app install, from before the first change until all of it
//! is given back.
//!
//! What is saved may hold secrets in its custom headers. The journal's file is its owner's alone,
//! and no export has notes in it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    client::Install,
    domain::{app_install::Ours, ids::ClientId},
    engine::borrow::{Borrow, Error},
    store::{self, Journal},
};

/// Addresses of ours that are remembered. Tunnels that get a new one each time have many; those
/// before the last few stand nowhere any more.
const MOST_URLS: usize = 16;

/// What is borrowed, and what was there before.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The webhooks as they were.
    pub(super) saved: Value,
    /// How to know what we wrote.
    pub(super) ours: Ours,
    /// The revision our last change was about; while the record has it still, that change may be
    /// on its way.
    revision: String,
    /// It was left as it is on purpose: others use it.
    #[serde(default)]
    pub(super) left: bool,
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note")
            .field("revision", &self.revision)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Note {
    pub(super) fn new(saved: Value, ours: Ours) -> Self {
        Self {
            saved,
            ours,
            revision: String::new(),
            left: false,
        }
    }

    /// A change is about to be made to this one.
    pub(super) fn is_about(&mut self, install: &Install) {
        self.revision.clone_from(&install.revision);
    }

    /// The endpoints of this one are about to be pointed at an address.
    pub(super) fn add(&mut self, url: &str, install: &Install) {
        self.is_about(install);
        self.left = false;
        let urls = &mut self.ours.urls;
        urls.retain(|known| known != url);
        urls.push(url.to_owned());
        let past = urls.len().saturating_sub(MOST_URLS);
        urls.drain(..past);
    }

    /// Whether a change of ours that was never answered could still be made to this one.
    pub(super) fn may_be_on_its_way(&self, install: &Install) -> bool {
        self.revision == install.revision
    }
}

/// The name of an app install's note.
fn key(client: &ClientId) -> String {
    format!("borrow/{client}")
}

/// Whether an app install is borrowed, or was left so by a handset that was killed.
pub async fn is_noted(journal: &Journal, client: &ClientId) -> Result<bool, store::Error> {
    let note = journal.get(&key(client)).await?;
    Ok(note.is_some_and(|note| !note.is_empty()))
}

impl Borrow {
    fn key(&self) -> String {
        key(&self.client)
    }

    /// The note, if something is borrowed.
    pub(super) async fn note(&self) -> Result<Option<Note>, Error> {
        match self.journal.get(&self.key()).await? {
            Some(text) if !text.is_empty() => {
                let note = serde_json::from_str(&text).map_err(|_| Error::Note {
                    path: self.journal.path().to_owned(),
                })?;
                Ok(Some(note))
            }
            _ => Ok(None),
        }
    }

    /// Keeps the note; a kill does not take it when this has come back.
    pub(super) async fn save(&self, note: &Note) -> Result<(), Error> {
        let text = serde_json::to_string(note).map_err(|_| Error::Note {
            path: self.journal.path().to_owned(),
        })?;
        Ok(self.journal.put(&self.key(), &text).await?)
    }

    /// Everything is given back.
    pub(super) async fn forget(&self) -> Result<(), Error> {
        Ok(self.journal.put(&self.key(), "").await?)
    }
}
