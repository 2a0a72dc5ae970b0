//! What the state file's thread writes, and what it undoes in memory.
//!
//! When a batch fails, each of its jobs is written alone, so that a bad one spoils no other. What
//! then could not be written is reloaded from the file into memory, which was changed before; a
//! job that rests on it is rejected, too.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rusqlite::{Connection, Params, params};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    domain::ids::{ClientId, ConversationId, DialogId, ParticipantId},
    rt::sqlite::{Error, Failed, State, commit_alone, transaction},
    sandbox::{
        keys::StoredKey,
        model::{
            amend::{Stored, Touched},
            dialog::Event,
            files::File,
            installs::Install,
            notify::Notification,
        },
        store::load,
        tls::authority,
    },
};

pub(super) type Then = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// What rows are made from, before they are written.
pub(crate) trait Memory: fmt::Debug + Send + Sync {
    /// Has nothing changed while `read` runs, and then holds for these parts what it read; it
    /// gives nothing when the file cannot be read.
    fn amend(&self, read: &mut dyn FnMut() -> Option<(Touched, Stored)>);
}

/// Rows to write together, and what follows.
pub(crate) struct WriteJob {
    pub(super) rows: Vec<Row>,
    pub(super) then: Then,
    /// Given back when the job is done.
    pub(super) permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(crate) enum Row {
    /// The account with its app install and the state of its generator.
    Account {
        id: String,
        /// `client_id`.
        client: String,
        /// `client_secret`.
        secret: crate::domain::secret::Secret,
        chance: u64,
    },
    Key(StoredKey),
    Authority(authority::StoredAuthority),
    Install(Install),
    /// An app install that is gone.
    InstallGone(ClientId),
    Chance(u64),
    /// How far the clock is ahead of the wall clock.
    Ahead(Duration),
    /// Everything goes that a point holds, and what was to be delivered.
    Cleared,
    /// Conversations that are gone, with their dialogs' events and what was to be delivered of
    /// them.
    ConversationsGone(Vec<(ConversationId, Vec<DialogId>)>),
    Consumer(ParticipantId, String),
    /// A conversation without its events, printed.
    Conversation(ConversationId, String),
    Event(DialogId, Arc<Event>),
    File(String, File),
    /// Who may have a file now.
    FileReaders(String, BTreeSet<ParticipantId>),
    FileGone(String),
    Notification(Notification),
    /// A notification that needs no delivery any more.
    Delivered(u64),
}

impl fmt::Debug for WriteJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Row {
    /// Which part of the state it is about.
    fn touch(&self, touched: &mut Touched) {
        match self {
            Self::Cleared => touched.all = true,
            Self::Consumer(id, _) => drop(touched.consumers.insert(id.clone())),
            Self::Conversation(id, _) => drop(touched.conversations.insert(id.clone())),
            Self::ConversationsGone(gone) => {
                let ids = gone.iter().map(|(id, _)| id.clone());
                touched.conversations.extend(ids);
            }
            Self::File(path, _) | Self::FileReaders(path, _) | Self::FileGone(path) => {
                touched.files.insert(path.clone());
            }
            Self::Install(install) => {
                touched.installs.insert(install.app.client.clone());
            }
            Self::InstallGone(id) => drop(touched.installs.insert(id.clone())),
            // Events stand beside the row of their conversation; the rest is not in memory.
            Self::Account { .. }
            | Self::Key(_)
            | Self::Authority(_)
            | Self::Chance(_)
            | Self::Ahead(_)
            | Self::Event(..)
            | Self::Notification(_)
            | Self::Delivered(_) => {}
        }
    }
}

impl WriteJob {
    fn touched(&self) -> Touched {
        let mut touched = Touched::default();
        self.rows.iter().for_each(|row| row.touch(&mut touched));
        touched
    }
}

pub(super) struct StateFileThread {
    pub(super) memory: Arc<OnceLock<Arc<dyn Memory>>>,
    /// Notifications that were delivered and could not be taken out; at most those in the file.
    delivered: Vec<Row>,
}

impl StateFileThread {
    /// For a file that this memory is written to, once there is one.
    pub(super) fn new(memory: Arc<OnceLock<Arc<dyn Memory>>>) -> Self {
        Self {
            memory,
            delivered: Vec::new(),
        }
    }

    /// Writes each job alone; gives what came of them, and what memory is to be again.
    fn write_each(
        &mut self,
        failed: &mut Failed<'_, Self>,
        outcomes: &mut Vec<(WriteJob, Result<(), Error>)>,
    ) -> Option<(Touched, Stored)> {
        // What was changed until now may rest on what cannot be written.
        failed.take_waiting();
        let mut wrong = Touched::default();
        let mut why = None;
        for mut job in failed.jobs.drain(..) {
            let touched = job.touched();
            // A job without rows answers what it found, whatever that was.
            let rests = job.rows.is_empty() || wrong.overlaps(&touched);
            let outcome = match &why {
                Some(why) if rests => Err(Error::clone(why)),
                _ => commit_alone(failed.db, self, &mut job),
            };
            if let Err(error) = &outcome {
                why.get_or_insert_with(|| error.clone());
                wrong.extend(touched);
                let delivered = job.rows.iter().filter_map(|row| match row {
                    Row::Delivered(id) => Some(Row::Delivered(*id)),
                    _ => None,
                });
                self.delivered.extend(delivered);
            }
            outcomes.push((job, outcome));
        }
        if wrong.is_empty() {
            return Some((wrong, Stored::default()));
        }
        match load::stored(failed.db, &wrong) {
            Ok(stored) => Some((wrong, stored)),
            Err(error) => {
                tracing::error!(%error, "the state file cannot be read any more, so the sandbox takes no changes; restart it");
                if let Some((job, _)) = outcomes.last() {
                    job.permit.semaphore().close();
                }
                None
            }
        }
    }
}

impl State for StateFileThread {
    type Job = WriteJob;

    fn apply(&mut self, db: &Connection, job: &mut WriteJob) -> Result<(), Error> {
        Ok(job.rows.iter().try_for_each(|row| put(db, row))?)
    }

    fn resolve(&mut self, job: WriteJob, outcome: Result<(), Error>) {
        (job.then)(outcome);
        drop(job.permit);
    }

    /// Writes each job alone while nobody changes memory, then puts memory right, then says what
    /// came of them.
    fn redo(&mut self, mut failed: Failed<'_, Self>) {
        tracing::error!(error = %failed.error, "the state file could not be written");
        let mut outcomes = Vec::with_capacity(failed.jobs.len());
        let memory = self.memory.get().cloned();
        let mut write_each = || self.write_each(&mut failed, &mut outcomes);
        match memory {
            Some(memory) => memory.amend(&mut write_each),
            None => drop(write_each()),
        }
        for (job, outcome) in outcomes {
            self.resolve(job, outcome);
        }
    }

    /// Takes out once more what could not be: the next start would deliver it again.
    fn after_jobs(&mut self, db: &Connection) {
        let rows = &self.delivered;
        let put_all = || Ok(rows.iter().try_for_each(|row| put(db, row))?);
        if !rows.is_empty() && transaction(db, put_all).is_ok() {
            self.delivered.clear();
        }
    }

    fn close(self, db: Connection) {
        if let Err((_, error)) = db.close() {
            tracing::warn!(%error, "the state file could not be closed in order");
        }
    }
}

/// SQLite's integers are signed; the bits are kept, whatever their sign.
fn bits(number: u64) -> i64 {
    i64::from_ne_bytes(number.to_ne_bytes())
}

pub(super) fn put(db: &Connection, row: &Row) -> rusqlite::Result<()> {
    match row {
        Row::Account {
            id,
            client,
            secret,
            chance,
        } => execute(
            db,
            "INSERT OR REPLACE INTO account (only, version, id, client_id, client_secret, chance)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5)",
            params![
                super::schema::VERSION,
                id,
                client,
                secret.reveal(),
                bits(*chance)
            ],
        ),
        Row::Key(key) => execute(
            db,
            "INSERT OR REPLACE INTO key (only, kid, pem) VALUES (1, ?1, ?2)",
            params![key.kid, key.pem.reveal()],
        ),
        Row::Authority(kept) => execute(
            db,
            "INSERT OR REPLACE INTO authority (only, certificate, key) VALUES (1, ?1, ?2)",
            params![kept.certificate, kept.key.reveal()],
        ),
        Row::Install(install) => put_install(db, install),
        Row::InstallGone(id) => execute(db, "DELETE FROM install WHERE id = ?1", [id.as_str()]),
        Row::Chance(chance) => execute(db, "UPDATE account SET chance = ?1", [bits(*chance)]),
        Row::Ahead(ahead) => execute(
            db,
            "INSERT OR REPLACE INTO clock (only, ahead) VALUES (1, ?1)",
            [i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX)],
        ),
        Row::Cleared => clear(db),
        Row::ConversationsGone(gone) => forget(db, gone),
        Row::Consumer(id, content) => execute(
            db,
            "INSERT OR REPLACE INTO consumer (id, content) VALUES (?1, ?2)",
            params![id.as_str(), content],
        ),
        Row::Conversation(id, content) => execute(
            db,
            "INSERT OR REPLACE INTO conversation (id, content) VALUES (?1, ?2)",
            params![id.as_str(), content],
        ),
        Row::Event(dialog, event) => {
            let content = json(event.as_ref())?;
            execute(
                db,
                "INSERT OR REPLACE INTO event (dialog, sequence, content) VALUES (?1, ?2, ?3)",
                params![dialog.as_str(), bits(event.sequence), content],
            )
        }
        Row::File(path, file) => execute(
            db,
            "INSERT OR REPLACE INTO file (path, number, owner, readers, media, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                path,
                bits(file.number),
                file.owner.as_str(),
                json(&file.readers)?,
                file.media,
                file.bytes.as_ref()
            ],
        ),
        Row::FileReaders(path, allowed) => execute(
            db,
            "UPDATE file SET readers = ?2 WHERE path = ?1",
            params![path, json(allowed)?],
        ),
        Row::FileGone(path) => execute(db, "DELETE FROM file WHERE path = ?1", [path]),
        Row::Notification(note) => execute(
            db,
            "INSERT OR REPLACE INTO undelivered (id, conversation, kind, at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                bits(note.id),
                note.conversation.as_str(),
                note.kind.key(),
                note.at.0,
                note.body.as_ref()
            ],
        ),
        Row::Delivered(id) => execute(db, "DELETE FROM undelivered WHERE id = ?1", [bits(*id)]),
    }
    .map(drop)
}

fn execute(db: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
    db.prepare_cached(sql)?.execute(values)
}

fn clear(db: &Connection) -> rusqlite::Result<usize> {
    for table in ["consumer", "conversation", "event", "file", "undelivered"] {
        db.execute(&format!("DELETE FROM {table}"), [])?;
    }
    Ok(0)
}

fn forget(db: &Connection, gone: &[(ConversationId, Vec<DialogId>)]) -> rusqlite::Result<usize> {
    for (id, dialogs) in gone {
        for dialog in dialogs {
            execute(db, "DELETE FROM event WHERE dialog = ?1", [dialog.as_str()])?;
        }
        execute(db, "DELETE FROM conversation WHERE id = ?1", [id.as_str()])?;
    }
    // All of them in one look at the table, which has no index by conversation.
    let ids: Vec<&ConversationId> = gone.iter().map(|(id, _)| id).collect();
    let ids = json(&ids)?;
    execute(
        db,
        "DELETE FROM undelivered WHERE conversation IN (SELECT value FROM json_each(?1))",
        [ids],
    )
}

fn put_install(db: &Connection, install: &Install) -> rusqlite::Result<usize> {
    execute(
        db,
        "INSERT OR REPLACE INTO install (id, number, revision, issued, deleted, secret, manifest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            install.app.client.as_str(),
            bits(install.number),
            bits(install.revision),
            install.issued,
            install.deleted,
            install.app.secret.reveal(),
            json(&install.manifest.members)?
        ],
    )
}

fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
