//! The state of an account at one moment, to be gone back to.
//!
//! It holds who there is, what was said, the files and the visitors' sessions. What the account is
//! set up with stays as it is: app installs, keys, rules. So does the generator, so that no id
//! ever means two things to a connector.

use std::collections::HashMap;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId, SkillId},
        time::Timestamp,
    },
    sandbox::model::{
        Cloud,
        changes::{Changes, Notice},
        conversation::Conversation,
        dialog::{Closer, DialogClosing},
        engagement::EngagementSessions,
        files::{File, FileChange, FileStore},
        people::Consumer,
        rules::Survey,
    },
};

/// What was there at one moment; cheap to clone, because events and bytes are shared.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountSnapshot {
    consumers: HashMap<ParticipantId, Consumer>,
    conversations: HashMap<ConversationId, Conversation>,
    file_store: FileStore,
    sessions: EngagementSessions,
}

/// How much of what there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub consumers: usize,
    pub conversations: usize,
    /// Those of them that are open.
    pub open: usize,
    pub surveys: usize,
    pub files: usize,
}

impl AccountSnapshot {
    pub(crate) fn of(
        consumers: Vec<Consumer>,
        conversations: Vec<Conversation>,
        files: Vec<(String, File)>,
    ) -> Self {
        let mut file_store = FileStore::default();
        for (path, file) in files {
            file_store.hold(&path, file);
        }
        let consumers = consumers.into_iter().map(|one| (one.id.clone(), one));
        let conversations = conversations.into_iter().map(|one| (one.id.clone(), one));
        Self {
            consumers: consumers.collect(),
            conversations: conversations.collect(),
            file_store,
            sessions: EngagementSessions::default(),
        }
    }

    pub(crate) fn count(&self) -> Count {
        let all = self.conversations.values();
        Count {
            consumers: self.consumers.len(),
            conversations: self.conversations.len(),
            open: all.clone().filter(|one| one.is_open()).count(),
            surveys: all.filter(|one| one.open_survey().is_some()).count(),
            files: self.file_store.all().count(),
        }
    }

    pub(crate) fn consumers(&self) -> impl Iterator<Item = &Consumer> {
        self.consumers.values()
    }

    /// Which conversations there were, with their events.
    pub(crate) fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.conversations.values()
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&String, &File)> {
        self.file_store.all()
    }

    /// Everything in it as changes to be stored without notifications.
    pub(crate) fn as_changes(&self) -> Changes {
        let mut changes = Changes::default();
        changes.consumers.extend(self.consumers.keys().cloned());
        for conversation in self.conversations.values() {
            changes.conversations.insert(conversation.id.clone());
            for dialog in &conversation.dialogs {
                let events = dialog.events.iter();
                changes
                    .events
                    .extend(events.map(|event| (dialog.id.clone(), event.clone())));
            }
        }
        let files = self.file_store.all();
        changes
            .files
            .extend(files.map(|(path, _)| FileChange::Stored(path.clone())));
        changes
    }
}

impl Cloud {
    pub(crate) fn point(&self) -> AccountSnapshot {
        AccountSnapshot {
            consumers: self.consumers.clone(),
            conversations: self.conversations.clone(),
            file_store: self.file_store.clone(),
            sessions: self.sessions.clone(),
        }
    }

    pub(crate) fn count(&self) -> Count {
        let all = self.conversations.values();
        Count {
            consumers: self.consumers.len(),
            conversations: self.conversations.len(),
            open: all.filter(|one| one.is_open()).count(),
            surveys: self.surveying.len(),
            files: self.file_store.all().count(),
        }
    }

    /// How conversations of a skill end from now on.
    pub(crate) fn set_survey(&mut self, skill: &SkillId, survey: Survey) {
        self.rules.surveys.insert(skill.clone(), survey);
    }

    /// Closes what is open of one conversation, or of all, before it goes; connectors and agents
    /// are told as of any close. A survey does not follow, and one that runs is cut short.
    pub(crate) fn end_for_good(
        &mut self,
        now: Timestamp,
        only: Option<&ConversationId>,
        changes: &mut Changes,
    ) {
        let meant = |one: &&mut Conversation| one.is_open() && only.is_none_or(|id| one.id == *id);
        let mut ended: Vec<_> = self.conversations.values_mut().filter(meant).collect();
        ended.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        for conversation in ended {
            conversation.touch(now);
            conversation.ended = Some(now);
            conversation.close_reason.get_or_insert(Closer::Agent);
            for dialog in &mut conversation.dialogs {
                dialog.updated = now;
                dialog.closing.get_or_insert_with(|| DialogClosing {
                    at: now,
                    by: Closer::Agent,
                    cause: Some("Reset of the sandbox".to_owned()),
                });
            }
            self.surveying.remove(&conversation.id);
            changes.notify_conversation(&self.account, conversation);
        }
    }

    /// Forgets a conversation, and answers whether it was known.
    pub(crate) fn forget(&mut self, id: &ConversationId) -> Option<Conversation> {
        let gone = self.conversations.remove(id)?;
        for dialog in &gone.dialogs {
            self.dialogs.remove(&dialog.id);
        }
        self.surveying.remove(id);
        Some(gone)
    }

    /// Has everything be as it was then. Of each conversation that is open again connectors and
    /// agents are told, as of a change that happens now.
    pub(crate) fn go_back(
        &mut self,
        now: Timestamp,
        point: AccountSnapshot,
        changes: &mut Changes,
    ) {
        self.consumers.clear();
        self.conversations.clear();
        self.dialogs.clear();
        self.surveying.clear();
        self.file_store = point.file_store;
        self.sessions = point.sessions;
        let consumers = point.consumers.into_values().collect();
        self.restore(consumers, point.conversations.into_values().collect());
        let mut open: Vec<_> = self
            .conversations
            .values_mut()
            .filter(|one| one.is_open())
            .collect();
        open.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        for conversation in open {
            conversation.touch(now);
            changes.notify_conversation(&self.account, conversation);
            // Its owner goes on with what is there now.
            let owner = conversation.assigned().cloned();
            let owner = owner.filter(|_| conversation.main().is_open());
            if let Some(Notice { given, .. }) = changes.notices.last_mut() {
                *given = owner;
            }
        }
        changes.timers = true;
    }
}
