//! The thread that writes: takes all jobs there are, commits them as one, goes on.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError},
    },
    time::Duration,
};

use rusqlite::{Connection, params};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    domain::ids::{ClientId, ConversationId, DialogId, ParticipantId},
    sandbox::{
        authority,
        cloud::{dialog::Event, files::File, installs::Install},
        delivery::policy::Notification,
        keys::Kept,
    },
};

/// Jobs committed together at most.
const GROUP: usize = 256;

/// What follows a commit; an error is told in words.
pub(super) type Then = Box<dyn FnOnce(Result<(), String>) + Send>;

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
    /// A conversation that is gone, with its dialogs' events and what was to be delivered of it.
    ConversationGone(ConversationId, Vec<DialogId>),
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

/// Works until nobody can hand in jobs any more.
pub(super) fn run(mut connection: Connection, jobs: &Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while let Ok(job) = jobs.recv() {
        group.push(job);
        while group.len() < GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        let outcome = write(&mut connection, &group).map_err(|error| {
            tracing::error!(%error, "the state file could not be written");
            error.to_string()
        });
        for job in group.drain(..) {
            (job.then)(outcome.clone());
            drop(job.permit);
        }
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the state file could not be closed in order");
    }
}

fn write(connection: &mut Connection, group: &[Job]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for row in group.iter().flat_map(|job| &job.rows) {
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
        Row::ConversationGone(id, dialogs) => forget(connection, id, dialogs),
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
    id: &ConversationId,
    dialogs: &[DialogId],
) -> rusqlite::Result<usize> {
    for dialog in dialogs {
        connection
            .prepare_cached("DELETE FROM event WHERE dialog = ?1")?
            .execute([dialog.as_str()])?;
    }
    connection
        .prepare_cached("DELETE FROM undelivered WHERE conversation = ?1")?
        .execute([id.as_str()])?;
    connection
        .prepare_cached("DELETE FROM conversation WHERE id = ?1")?
        .execute([id.as_str()])
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
