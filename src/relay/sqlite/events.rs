//! The log of events in SQLite.

use bytes::Bytes;
use rusqlite::{Connection, Row, params};

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        inbound::Request,
        time::Timestamp,
    },
    relay::{
        backend::{Appended, Event, StoredEvent, Which},
        sqlite::{room, tables},
    },
};

/// A read ends once it has this many bytes.
const PAGE: usize = 1024 * 1024;

/// Appends an event, unless it was there already.
pub(super) fn append(db: &Connection, account: i64, event: &Event) -> rusqlite::Result<Appended> {
    let headers = serde_json::to_string(&event.request.headers)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
    let size = i64::try_from(event.request.body.len() + headers.len()).unwrap_or(i64::MAX);
    let inserted = db
        .prepare_cached(
            "INSERT OR IGNORE INTO event
                (account, at, conversation, consumer, digest, size, headers, body)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            account,
            event.request.at.0,
            event.conversation.as_ref().map(ConversationId::as_str),
            event.consumer.as_ref().map(ParticipantId::as_str),
            event.digest,
            size,
            headers,
            &event.request.body[..],
        ])?;
    if inserted == 0 {
        return Ok(Appended::Again);
    }
    let seq = db.last_insert_rowid();
    db.prepare_cached("UPDATE account SET newest = ?2 WHERE id = ?1")?
        .execute([account, seq])?;
    room::add(db, account, event.conversation.as_ref(), seq, size)?;
    Ok(Appended::New(tables::unsigned(seq)))
}

/// Events after a number, oldest first.
pub(super) fn read(
    db: &Connection,
    account: i64,
    name: &AccountId,
    which: &Which,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<StoredEvent>> {
    let (filter, value) = match which {
        Which::Conversation(id) => ("AND conversation = ?3", Some(id.as_str())),
        Which::Consumer(id) => ("AND consumer = ?3", Some(id.as_str())),
        Which::Account => ("AND ?3 IS NULL", None),
    };
    let sql = format!(
        "SELECT seq, at, conversation, consumer, digest, headers, body FROM event
            WHERE account = ?1 AND seq > ?2 {filter} ORDER BY seq"
    );
    let mut query = db.prepare_cached(&sql)?;
    let mut rows = query.query(params![account, tables::signed(after), value])?;
    let (mut read, mut bytes) = (Vec::new(), 0);
    while read.len() < limit
        && bytes < PAGE
        && let Some(row) = rows.next()?
    {
        let Some(kept) = tables::readable("event", kept(row, name)).transpose()? else {
            continue;
        };
        bytes += kept.event.request.body.len();
        read.push(kept);
    }
    Ok(read)
}

fn kept(row: &Row<'_>, account: &AccountId) -> rusqlite::Result<StoredEvent> {
    let headers: String = row.get(5)?;
    let body: Vec<u8> = row.get(6)?;
    Ok(StoredEvent {
        seq: tables::unsigned(row.get(0)?),
        event: Event {
            account: account.clone(),
            conversation: row.get::<_, Option<String>>(2)?.map(ConversationId::from),
            consumer: row.get::<_, Option<String>>(3)?.map(ParticipantId::from),
            digest: row.get(4)?,
            request: Request {
                at: Timestamp(row.get(1)?),
                // Written above; what cannot be read was changed by somebody else.
                headers: serde_json::from_str(&headers).unwrap_or_default(),
                body: Bytes::from(body),
            },
        },
    })
}
