//! The thread that writes: takes all jobs there are, commits them as one, goes on.
//!
//! When a group is refused, each of its jobs is written by itself, so that a bad one spoils no
//! other. What then could not be written is read back from the file into memory, which was changed
//! before; a job that rests on it is refused, too.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, OnceLock, mpsc::Receiver},
    time::Duration,
};

use rusqlite::{Connection, params};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    domain::ids::{ClientId, ConversationId, DialogId, ParticipantId},
    sandbox::{
        keys::Kept,
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

/// Jobs committed together at most.
const GROUP: usize = 256;

/// What follows a commit; an error is told in words.
pub(super) type Then = Box<dyn FnOnce(Result<(), String>) + Send>;

/// What rows are made from, before they are written.
pub trait Memory: fmt::Debug + Send + Sync {
    /// Has nothing changed while `read` runs, and then holds for these parts what it read; it
    /// gives nothing when the file cannot be read.
    fn amend(&self, read: &mut dyn FnMut() -> Option<(Touched, Stored)>);
}

/// Rows to write together, and what follows.
pub struct Job {
    pub(super) rows: Vec<Row>,
    pub(super) then: Then,
    /// Given back when the job is done.
    pub(super) permit: OwnedSemaphorePermit,
}

/// One row to write.
#[derive(Debug)]
pub enum Row {
    /// The account with its app install and the state of its generator.
    Account {
        /// The account.
        id: String,
        /// `client_id`.
        client: String,
        /// `client_secret`.
        secret: crate::domain::secret::Secret,
        /// Where the generator stands.
        chance: u64,
    },
    /// What tokens are signed with.
    Key(Kept),
    /// What certificates are signed with.
    Authority(authority::Kept),
    /// An app install.
    Install(Install),
    /// An app install that is gone.
    InstallGone(ClientId),
    /// Where the generator stands now.
    Chance(u64),
    /// How far the clock is ahead of the wall clock.
    Ahead(Duration),
    /// Everything goes that a point holds, and what was to be delivered.
    Cleared,
    /// Conversations that are gone, with their dialogs' events and what was to be delivered of
    /// them.
    ConversationsGone(Vec<(ConversationId, Vec<DialogId>)>),
    /// A consumer, printed.
    Consumer(ParticipantId, String),
    /// A conversation without its events, printed.
    Conversation(ConversationId, String),
    /// An event of a dialog.
    Event(DialogId, Arc<Event>),
    /// A file with its bytes.
    File(String, File),
    /// Who may have a file now.
    FileReaders(String, BTreeSet<ParticipantId>),
    /// A file that made room.
    FileGone(String),
    /// A notification to deliver.
    Notification(Notification),
    /// A notification that needs no delivery any more.
    Delivered(u64),
}

impl fmt::Debug for Job {
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

impl Job {
    fn touched(&self) -> Touched {
        let mut touched = Touched::default();
        self.rows.iter().for_each(|row| row.touch(&mut touched));
        touched
    }
}

/// What the thread works with.
pub(super) struct StateWriter {
    pub(super) connection: Connection,
    pub(super) jobs: Receiver<Job>,
    pub(super) memory: Arc<OnceLock<Arc<dyn Memory>>>,
    /// Notifications that were delivered and could not be taken out; at most those in the file.
    pub(super) delivered: Vec<Row>,
}

impl StateWriter {
    /// Works until nobody can hand in jobs any more.
    pub(super) fn run(mut self) {
        let mut group = Vec::with_capacity(GROUP);
        while let Ok(job) = self.jobs.recv() {
            group.push(job);
            group.extend(self.jobs.try_iter().take(GROUP - 1));
            let rows = group.iter().flat_map(|job| &job.rows);
            match write(&mut self.connection, rows) {
                Ok(()) => {
                    for job in group.drain(..) {
                        (job.then)(Ok(()));
                        drop(job.permit);
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the state file could not be written");
                    self.write_apart(&mut group);
                }
            }
            self.take_out_delivered();
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the state file could not be closed in order");
        }
    }

    /// Writes each job by itself, then puts memory right, then says what came of them.
    fn write_apart(&mut self, group: &mut Vec<Job>) {
        let mut outcomes = Vec::with_capacity(group.len());
        let memory = self.memory.get().cloned();
        let mut write_each = || {
            // What was changed until now may rest on what cannot be written.
            group.extend(self.jobs.try_iter());
            let mut wrong = Touched::default();
            let mut why = None;
            for job in group.drain(..) {
                let touched = job.touched();
                // A job without rows answers what it found, whatever that was.
                let rests = job.rows.is_empty() || wrong.overlaps(&touched);
                let outcome = match &why {
                    Some(why) if rests => Err(String::clone(why)),
                    _ => write(&mut self.connection, &job.rows).map_err(|error| error.to_string()),
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
            match load::stored(&self.connection, &wrong) {
                Ok(stored) => Some((wrong, stored)),
                Err(error) => {
                    tracing::error!(%error, "the state file cannot be read any more, so the sandbox takes no changes; restart it");
                    if let Some((job, _)) = outcomes.last() {
                        job.permit.semaphore().close();
                    }
                    None
                }
            }
        };
        match memory {
            Some(memory) => memory.amend(&mut write_each),
            None => drop(write_each()),
        }
        for (job, outcome) in outcomes {
            (job.then)(outcome);
            drop(job.permit);
        }
    }

    /// Takes out once more what could not be: the next start would deliver it again.
    fn take_out_delivered(&mut self) {
        if !self.delivered.is_empty() && write(&mut self.connection, &self.delivered).is_ok() {
            self.delivered.clear();
        }
    }
}

/// Writes rows in one transaction.
fn write<'a>(
    connection: &mut Connection,
    rows: impl IntoIterator<Item = &'a Row>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for row in rows {
        put(&transaction, row)?;
    }
    transaction.commit()
}

/// SQLite's integers are signed; the bits are kept, whatever their sign.
fn bits(number: u64) -> i64 {
    i64::from_ne_bytes(number.to_ne_bytes())
}

fn put(connection: &Connection, row: &Row) -> rusqlite::Result<()> {
    match row {
        Row::Account {
            id,
            client,
            secret,
            chance,
        } => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO account (only, version, id, client_id, client_secret, chance)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                super::schema::VERSION,
                id,
                client,
                secret.reveal(),
                bits(*chance)
            ]),
        Row::Key(key) => connection
            .prepare_cached("INSERT OR REPLACE INTO key (only, kid, pem) VALUES (1, ?1, ?2)")?
            .execute(params![key.kid, key.pem.reveal()]),
        Row::Authority(kept) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO authority (only, certificate, key) VALUES (1, ?1, ?2)",
            )?
            .execute(params![kept.certificate, kept.key.reveal()]),
        Row::Install(install) => put_install(connection, install),
        Row::InstallGone(id) => connection
            .prepare_cached("DELETE FROM install WHERE id = ?1")?
            .execute([id.as_str()]),
        Row::Chance(chance) => connection
            .prepare_cached("UPDATE account SET chance = ?1")?
            .execute([bits(*chance)]),
        Row::Ahead(ahead) => connection
            .prepare_cached("INSERT OR REPLACE INTO clock (only, ahead) VALUES (1, ?1)")?
            .execute([i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX)]),
        Row::Cleared => clear(connection),
        Row::ConversationsGone(gone) => forget(connection, gone),
        Row::Consumer(id, content) => connection
            .prepare_cached("INSERT OR REPLACE INTO consumer (id, content) VALUES (?1, ?2)")?
            .execute(params![id.as_str(), content]),
        Row::Conversation(id, content) => connection
            .prepare_cached("INSERT OR REPLACE INTO conversation (id, content) VALUES (?1, ?2)")?
            .execute(params![id.as_str(), content]),
        Row::Event(dialog, event) => {
            let content = serde_json::to_string(event.as_ref())
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO event (dialog, sequence, content) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![dialog.as_str(), bits(event.sequence), content])
        }
        Row::File(path, file) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO file (path, number, owner, readers, media, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                path,
                bits(file.number),
                file.owner.as_str(),
                readers(&file.readers)?,
                file.media,
                file.bytes.as_ref()
            ]),
        Row::FileReaders(path, allowed) => connection
            .prepare_cached("UPDATE file SET readers = ?2 WHERE path = ?1")?
            .execute(params![path, readers(allowed)?]),
        Row::FileGone(path) => connection
            .prepare_cached("DELETE FROM file WHERE path = ?1")?
            .execute([path]),
        Row::Notification(note) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO undelivered (id, conversation, kind, at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                bits(note.id),
                note.conversation.as_str(),
                note.kind.key(),
                note.at.0,
                note.body.as_ref()
            ]),
        Row::Delivered(id) => connection
            .prepare_cached("DELETE FROM undelivered WHERE id = ?1")?
            .execute([bits(*id)]),
    }
    .map(drop)
}

fn clear(connection: &Connection) -> rusqlite::Result<usize> {
    for table in ["consumer", "conversation", "event", "file", "undelivered"] {
        connection.execute(&format!("DELETE FROM {table}"), [])?;
    }
    Ok(0)
}

fn forget(
    connection: &Connection,
    gone: &[(ConversationId, Vec<DialogId>)],
) -> rusqlite::Result<usize> {
    for (id, dialogs) in gone {
        for dialog in dialogs {
            connection
                .prepare_cached("DELETE FROM event WHERE dialog = ?1")?
                .execute([dialog.as_str()])?;
        }
        connection
            .prepare_cached("DELETE FROM conversation WHERE id = ?1")?
            .execute([id.as_str()])?;
    }
    // All of them in one look at the table, which has no index by conversation.
    let ids: Vec<&ConversationId> = gone.iter().map(|(id, _)| id).collect();
    let ids = serde_json::to_string(&ids)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection
        .prepare_cached(
            "DELETE FROM undelivered WHERE conversation IN (SELECT value FROM json_each(?1))",
        )?
        .execute([ids])
}

fn put_install(connection: &Connection, install: &Install) -> rusqlite::Result<usize> {
    connection
            .prepare_cached(
                "INSERT OR REPLACE INTO install (id, number, revision, issued, deleted, secret, manifest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                install.app.client.as_str(),
                bits(install.number),
                bits(install.revision),
                install.issued,
                install.deleted,
                install.app.secret.reveal(),
                serde_json::to_string(&install.manifest.members)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?
            ])
}

fn readers(readers: &BTreeSet<ParticipantId>) -> rusqlite::Result<String> {
    serde_json::to_string(readers)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
