//! Reading the state file: all of it at the start, and parts of it after a commit that failed.
//!
//! A row that cannot be read costs itself and is told in the log; the rest is used.

use std::{collections::HashMap, fmt, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use serde::de::DeserializeOwned;

use crate::{
    domain::{
        ids::{AccountId, ClientId, ConversationId, DialogId, ParticipantId},
        secret::Secret,
        time::Timestamp,
    },
    sandbox::{
        error::Error,
        json,
        keys::StoredKey,
        model::{
            App,
            amend::{Stored, Touched},
            conversation::Conversation,
            dialog::Event,
            files::File,
            installs::Install,
            manifest::Manifest,
            notify::{EventType, Notification},
            people::Consumer,
        },
        store::schema,
        tls::authority,
    },
};

#[derive(Debug)]
pub(crate) struct Loaded {
    pub account: AccountId,
    pub client: ClientId,
    pub secret: Secret,
    /// All app installs, in the order they were made; none in a file of an earlier version.
    pub installs: Vec<Install>,
    /// What tokens were signed with, once it was made.
    pub key: Option<StoredKey>,
    /// What certificates were signed with, if there were any.
    pub authority: Option<authority::StoredAuthority>,
    pub chance: u64,
    /// How far the clock was ahead of the wall clock.
    pub ahead: Duration,
    pub consumers: Vec<Consumer>,
    pub conversations: Vec<Conversation>,
    /// Their files and the agents', oldest first.
    pub files: Vec<(String, File)>,
    /// Notifications not delivered yet, oldest first.
    pub undelivered: Vec<Notification>,
}

/// Everything in the file; `None` when it is new.
pub(super) fn everything(connection: &Connection, path: &Path) -> Result<Option<Loaded>, Error> {
    let used = |cause: rusqlite::Error| Error::StateUse {
        path: path.to_owned(),
        cause: cause.into(),
    };
    let account = connection
        .query_row(
            "SELECT version, id, client_id, client_secret, chance FROM account",
            [],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, i64>(4)?,
                ))
            },
        )
        .optional()
        .map_err(used)?;
    let Some((version, account, client, secret, chance)) = account else {
        return Ok(None);
    };
    if version > schema::VERSION {
        return Err(Error::StateNewer {
            path: path.to_owned(),
            found: version,
            known: schema::VERSION,
        });
    }
    let all = Touched {
        all: true,
        ..Touched::default()
    };
    let stored = stored(connection, &all).map_err(used)?;
    Ok(Some(Loaded {
        account: AccountId::from(account),
        client: ClientId::from(client),
        secret: Secret::new(secret),
        installs: installs(connection, "ORDER BY number", ()).map_err(used)?,
        key: key(connection).map_err(used)?,
        authority: authority(connection).map_err(used)?,
        chance: u64::from_ne_bytes(chance.to_ne_bytes()),
        ahead: ahead(connection).map_err(used)?,
        consumers: stored.consumers,
        conversations: stored.conversations,
        files: stored.files,
        undelivered: undelivered(connection).map_err(used)?,
    }))
}

/// What the file has of these parts.
pub(super) fn stored(connection: &Connection, touched: &Touched) -> rusqlite::Result<Stored> {
    let mut stored = Stored::default();
    if touched.all {
        stored.consumers = printed(connection, "consumer", "", ())?;
        stored.conversations = printed(connection, "conversation", "", ())?;
        events(
            connection,
            &mut stored.conversations,
            "ORDER BY dialog, sequence",
            (),
        )?;
        stored.files = files(connection, "ORDER BY number", ())?;
    } else {
        let one = "WHERE id = ?1";
        for id in &touched.consumers {
            let found = printed(connection, "consumer", one, [id.as_str()])?;
            stored.consumers.extend(found);
        }
        for id in &touched.conversations {
            let mut found: Vec<Conversation> =
                printed(connection, "conversation", one, [id.as_str()])?;
            let dialogs = found.iter().flat_map(|one| &one.dialogs);
            let dialogs: Vec<_> = dialogs.map(|dialog| dialog.id.clone()).collect();
            for dialog in dialogs {
                let clause = "WHERE dialog = ?1 ORDER BY sequence";
                events(connection, &mut found, clause, [dialog.as_str()])?;
            }
            stored.conversations.extend(found);
        }
        for path in &touched.files {
            stored
                .files
                .extend(files(connection, "WHERE path = ?1", [path])?);
        }
    }
    for id in &touched.installs {
        let found = installs(connection, "WHERE id = ?1", [id.as_str()])?;
        stored.installs.extend(found);
    }
    Ok(stored)
}

/// What was read of a row, or nothing when it cannot be read, which is told.
fn readable<T>(table: &str, row: &str, read: Result<T, impl fmt::Display>) -> Option<T> {
    read.map_err(|error| {
        tracing::error!(table, row, %error, "a row of the state file cannot be read and is left out");
    })
    .ok()
}

fn ahead(connection: &Connection) -> rusqlite::Result<Duration> {
    let kept = connection
        .query_row("SELECT ahead FROM clock", [], |row| row.get::<_, i64>(0))
        .optional()?;
    let millis = kept.and_then(|millis| u64::try_from(millis).ok());
    Ok(Duration::from_millis(millis.unwrap_or(0)))
}

fn key(connection: &Connection) -> rusqlite::Result<Option<StoredKey>> {
    let kept = |row: &Row<'_>| {
        Ok(StoredKey {
            kid: row.get(0)?,
            pem: Secret::new(row.get::<_, String>(1)?),
        })
    };
    connection
        .query_row("SELECT kid, pem FROM key", [], kept)
        .optional()
}

fn installs(
    connection: &Connection,
    clause: &str,
    parameters: impl Params,
) -> rusqlite::Result<Vec<Install>> {
    let mut query = connection.prepare(&format!(
        "SELECT id, secret, manifest, issued, revision, number, deleted FROM install {clause}",
    ))?;
    let mut rows = query.query(parameters)?;
    let mut installs = Vec::new();
    while let Some(row) = rows.next()? {
        let client: String = row.get(0)?;
        let manifest = serde_json::from_str(&row.get::<_, String>(2)?);
        let manifest = manifest
            .map_err(|error| error.to_string())
            .and_then(Manifest::read);
        let Some(manifest) = readable("install", &client, manifest) else {
            continue;
        };
        let bits = |number: i64| u64::from_ne_bytes(number.to_ne_bytes());
        installs.push(Install {
            app: App {
                client: ClientId::from(client),
                secret: Secret::new(row.get::<_, String>(1)?),
                scope: manifest.scope.clone(),
            },
            manifest,
            issued: row.get(3)?,
            revision: bits(row.get(4)?),
            number: bits(row.get(5)?),
            deleted: row.get(6)?,
        });
    }
    Ok(installs)
}

fn authority(connection: &Connection) -> rusqlite::Result<Option<authority::StoredAuthority>> {
    let kept = |row: &Row<'_>| {
        Ok(authority::StoredAuthority {
            certificate: row.get(0)?,
            key: Secret::new(row.get::<_, String>(1)?),
        })
    };
    connection
        .query_row("SELECT certificate, key FROM authority", [], kept)
        .optional()
}

/// Rows of a table whose content is printed.
fn printed<T: DeserializeOwned>(
    connection: &Connection,
    table: &str,
    clause: &str,
    parameters: impl Params,
) -> rusqlite::Result<Vec<T>> {
    let mut query = connection.prepare(&format!("SELECT id, content FROM {table} {clause}"))?;
    let mut rows = query.query(parameters)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_str()?;
        let content = row.get_ref(1)?.as_str()?;
        all.extend(readable(table, id, json::read(content)));
    }
    Ok(all)
}

/// Puts the events back into their dialogs.
fn events(
    connection: &Connection,
    conversations: &mut [Conversation],
    clause: &str,
    parameters: impl Params,
) -> rusqlite::Result<()> {
    let mut places: HashMap<DialogId, (usize, usize)> = HashMap::new();
    for (one, conversation) in conversations.iter().enumerate() {
        for (other, dialog) in conversation.dialogs.iter().enumerate() {
            places.insert(dialog.id.clone(), (one, other));
        }
    }
    let mut query = connection.prepare(&format!("SELECT dialog, content FROM event {clause}"))?;
    let mut rows = query.query(parameters)?;
    while let Some(row) = rows.next()? {
        let dialog = DialogId::from(row.get::<_, String>(0)?);
        let event = json::read(row.get_ref(1)?.as_str()?);
        let Some(event) = readable::<Event>("event", dialog.as_str(), event) else {
            continue;
        };
        if let Some((one, other)) = places.get(&dialog)
            && let Some(dialog) = conversations
                .get_mut(*one)
                .and_then(|conversation| conversation.dialogs.get_mut(*other))
        {
            dialog.keep(Arc::new(event));
        }
    }
    Ok(())
}

fn files(
    connection: &Connection,
    clause: &str,
    parameters: impl Params,
) -> rusqlite::Result<Vec<(String, File)>> {
    let mut query = connection.prepare(&format!(
        "SELECT path, number, owner, readers, media, bytes FROM file {clause}"
    ))?;
    let mut rows = query.query(parameters)?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        let path: String = row.get(0)?;
        let readers = serde_json::from_str(row.get_ref(3)?.as_str()?);
        let Some(readers) = readable("file", &path, readers) else {
            continue;
        };
        let file = File {
            number: u64::from_ne_bytes(row.get::<_, i64>(1)?.to_ne_bytes()),
            owner: ParticipantId::from(row.get::<_, String>(2)?),
            readers,
            media: row.get(4)?,
            bytes: Bytes::from(row.get::<_, Vec<u8>>(5)?),
        };
        files.push((path, file));
    }
    Ok(files)
}

fn undelivered(connection: &Connection) -> rusqlite::Result<Vec<Notification>> {
    let mut query = connection
        .prepare("SELECT id, conversation, kind, at, body FROM undelivered ORDER BY id")?;
    let mut rows = query.query([])?;
    let mut notes = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let kind: String = row.get(2)?;
        let Some(kind) = EventType::with_key(&kind) else {
            continue;
        };
        notes.push(Notification {
            id: u64::from_ne_bytes(id.to_ne_bytes()),
            conversation: ConversationId::from(row.get::<_, String>(1)?),
            kind,
            at: Timestamp(row.get(3)?),
            body: Bytes::from(row.get::<_, Vec<u8>>(4)?),
        });
    }
    Ok(notes)
}
