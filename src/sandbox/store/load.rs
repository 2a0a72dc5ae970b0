//! Reading the state file at the start.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::de::DeserializeOwned;

use crate::{
    domain::{
        ids::{AccountId, ClientId, ConversationId, DialogId, ParticipantId},
        secret::Secret,
        time::Timestamp,
    },
    sandbox::{
        authority,
        cloud::{
            App, conversation::Conversation, dialog::Event, files::File, installs::Install,
            manifest::Manifest, notify::EventType, people::Consumer,
        },
        delivery::policy::Notification,
        error::Error,
        json,
        keys::Kept,
        store::schema,
    },
};

/// What an earlier run left.
#[derive(Debug)]
pub struct Loaded {
    /// The account.
    pub account: AccountId,
    /// Its app install.
    pub client: ClientId,
    /// And that one's secret.
    pub secret: Secret,
    /// All app installs, in the order they were made; none in a file of an earlier version.
    pub installs: Vec<Install>,
    /// What tokens were signed with, once it was made.
    pub key: Option<Kept>,
    /// What certificates were signed with, if there were any.
    pub authority: Option<authority::Kept>,
    /// Where the generator stood.
    pub chance: u64,
    /// How far the clock was ahead of the wall clock.
    pub ahead: Duration,
    /// Its consumers.
    pub consumers: Vec<Consumer>,
    /// Their conversations, with events.
    pub conversations: Vec<Conversation>,
    /// Their files and the agents', oldest first.
    pub files: Vec<(String, File)>,
    /// Notifications not delivered yet, oldest first.
    pub undelivered: Vec<Notification>,
}

/// Everything in the file; `None` when it is new.
pub(super) fn everything(connection: &Connection, path: &Path) -> Result<Option<Loaded>, Error> {
    let used = |cause| Error::StateUse {
        path: path.to_owned(),
        cause,
    };
    let broken = |what: String| Error::StateContent {
        path: path.to_owned(),
        what,
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
    let consumers = printed(connection, "SELECT content FROM consumer").map_err(used)?;
    let conversations = printed(connection, "SELECT content FROM conversation").map_err(used)?;
    let mut loaded = Loaded {
        account: AccountId::from(account),
        client: ClientId::from(client),
        secret: Secret::new(secret),
        installs: installs(connection).map_err(used)?.map_err(broken)?,
        key: key(connection).map_err(used)?,
        authority: authority(connection).map_err(used)?,
        chance: u64::from_ne_bytes(chance.to_ne_bytes()),
        ahead: ahead(connection).map_err(used)?,
        consumers: parsed(&consumers).map_err(broken)?,
        conversations: parsed(&conversations).map_err(broken)?,
        files: files(connection).map_err(used)?.map_err(broken)?,
        undelivered: undelivered(connection).map_err(used)?,
    };
    events(connection, &mut loaded.conversations)
        .map_err(used)?
        .map_err(broken)?;
    Ok(Some(loaded))
}

fn ahead(connection: &Connection) -> rusqlite::Result<Duration> {
    let kept = connection
        .query_row("SELECT ahead FROM clock", [], |row| row.get::<_, i64>(0))
        .optional()?;
    let millis = kept.and_then(|millis| u64::try_from(millis).ok());
    Ok(Duration::from_millis(millis.unwrap_or(0)))
}

fn key(connection: &Connection) -> rusqlite::Result<Option<Kept>> {
    let kept = |row: &Row<'_>| {
        Ok(Kept {
            kid: row.get(0)?,
            pem: Secret::new(row.get::<_, String>(1)?),
        })
    };
    connection
        .query_row("SELECT kid, pem FROM key", [], kept)
        .optional()
}

fn installs(connection: &Connection) -> rusqlite::Result<Result<Vec<Install>, String>> {
    let mut query = connection.prepare(
        "SELECT id, secret, manifest, issued, revision, number, deleted FROM install ORDER BY number",
    )?;
    let mut rows = query.query([])?;
    let mut installs = Vec::new();
    while let Some(row) = rows.next()? {
        let manifest = serde_json::from_str(&row.get::<_, String>(2)?);
        let manifest = match manifest
            .map_err(|error| error.to_string())
            .and_then(Manifest::read)
        {
            Ok(manifest) => manifest,
            Err(what) => return Ok(Err(what)),
        };
        let bits = |number: i64| u64::from_ne_bytes(number.to_ne_bytes());
        installs.push(Install {
            app: App {
                client: ClientId::from(row.get::<_, String>(0)?),
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
    Ok(Ok(installs))
}

fn authority(connection: &Connection) -> rusqlite::Result<Option<authority::Kept>> {
    let kept = |row: &Row<'_>| {
        Ok(authority::Kept {
            certificate: row.get(0)?,
            key: Secret::new(row.get::<_, String>(1)?),
        })
    };
    connection
        .query_row("SELECT certificate, key FROM authority", [], kept)
        .optional()
}

fn printed(connection: &Connection, query: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(query)?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn parsed<T: DeserializeOwned>(printed: &[String]) -> Result<Vec<T>, String> {
    printed
        .iter()
        .map(|text| json::read(text).map_err(|error| error.to_string()))
        .collect()
}

/// Puts the events back into their dialogs.
fn events(
    connection: &Connection,
    conversations: &mut [Conversation],
) -> rusqlite::Result<Result<(), String>> {
    let mut places: HashMap<DialogId, (usize, usize)> = HashMap::new();
    for (one, conversation) in conversations.iter().enumerate() {
        for (other, dialog) in conversation.dialogs.iter().enumerate() {
            places.insert(dialog.id.clone(), (one, other));
        }
    }
    let mut query =
        connection.prepare("SELECT dialog, content FROM event ORDER BY dialog, sequence")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let dialog = DialogId::from(row.get::<_, String>(0)?);
        let event: Event = match json::read(&row.get::<_, String>(1)?) {
            Ok(event) => event,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some((one, other)) = places.get(&dialog)
            && let Some(dialog) = conversations
                .get_mut(*one)
                .and_then(|conversation| conversation.dialogs.get_mut(*other))
        {
            dialog.keep(Arc::new(event));
        }
    }
    Ok(Ok(()))
}

fn files(connection: &Connection) -> rusqlite::Result<Result<Vec<(String, File)>, String>> {
    let mut query = connection
        .prepare("SELECT path, number, owner, readers, media, bytes FROM file ORDER BY number")?;
    let mut rows = query.query([])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        let readers = match serde_json::from_str(&row.get::<_, String>(3)?) {
            Ok(readers) => readers,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let file = File {
            number: u64::from_ne_bytes(row.get::<_, i64>(1)?.to_ne_bytes()),
            owner: ParticipantId::from(row.get::<_, String>(2)?),
            readers,
            media: row.get(4)?,
            bytes: Bytes::from(row.get::<_, Vec<u8>>(5)?),
        };
        files.push((row.get(0)?, file));
    }
    Ok(Ok(files))
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
