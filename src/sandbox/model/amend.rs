//! Putting the account's state right about what could not be stored.

use std::collections::BTreeSet;

use crate::{
    domain::ids::{ClientId, ConversationId, ParticipantId},
    sandbox::model::{
        Cloud,
        conversation::Conversation,
        files::{File, FileStore},
        installs::Install,
        people::Consumer,
    },
};

/// Which parts of the state something is about.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Whether it is about everything a snapshot has.
    pub all: bool,
    pub consumers: BTreeSet<ParticipantId>,
    /// The ids of conversations, with their dialogs and events.
    pub conversations: BTreeSet<ConversationId>,
    pub files: BTreeSet<String>,
    /// The `client_id`s of app installs.
    pub installs: BTreeSet<ClientId>,
}

/// What is stored of these parts; what is not there is not stored.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub consumers: Vec<Consumer>,
    pub conversations: Vec<Conversation>,
    pub files: Vec<(String, File)>,
    /// The app installs that are stored.
    pub installs: Vec<Install>,
}

impl Touched {
    pub(crate) fn is_empty(&self) -> bool {
        !self.all
            && self.consumers.is_empty()
            && self.conversations.is_empty()
            && self.files.is_empty()
            && self.installs.is_empty()
    }

    /// Whether both are about something that is the same.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let state = |one: &Self| {
            one.all
                || !one.consumers.is_empty()
                || !one.conversations.is_empty()
                || !one.files.is_empty()
        };
        (self.all && state(other))
            || (other.all && state(self))
            || !self.consumers.is_disjoint(&other.consumers)
            || !self.conversations.is_disjoint(&other.conversations)
            || !self.files.is_disjoint(&other.files)
            || !self.installs.is_disjoint(&other.installs)
    }

    /// Is about the parts of the other, too.
    pub(crate) fn extend(&mut self, other: Self) {
        self.all |= other.all;
        self.consumers.extend(other.consumers);
        self.conversations.extend(other.conversations);
        self.files.extend(other.files);
        self.installs.extend(other.installs);
    }
}

impl Cloud {
    /// Has these parts of the state be as they are stored; the others stay as they are.
    pub(crate) fn amend(&mut self, touched: &Touched, stored: Stored) {
        if touched.all {
            self.consumers.clear();
            self.conversations.clear();
            self.dialogs.clear();
            self.surveying.clear();
            self.file_store = FileStore::default();
        }
        for id in &touched.consumers {
            self.consumers.remove(id);
        }
        for id in &touched.conversations {
            self.forget(id);
        }
        for path in &touched.files {
            self.file_store.remove(path);
        }
        self.restore(stored.consumers, stored.conversations);
        self.restore_files(stored.files);
        let main = self.app().client.clone();
        self.installs.retain(|install| {
            let client = &install.app.client;
            *client == main || !touched.installs.contains(client)
        });
        self.restore_installs(stored.installs);
        self.installs.sort_by_key(|install| install.number);
    }
}
