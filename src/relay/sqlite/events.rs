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
        backend::{Event, Kept, Retention, Which},
        sqlite::books,
    },
};

/// A read ends once it has this many bytes.
const PAGE: usize = 1024 * 1024;
/// Events dropped in one go; what is left to drop waits for the next one, so that nobody who
/// appends waits long.
const DROPPED: usize = 512;

/// Appends an event; `None` when it was there already.
pub(super) fn append(
    db: &Connection,
    account: i64,
    event: &Event,
) -> rusqlite::Result<Option<u64>> {
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
        return Ok(None);
    }
    let seq = db.last_insert_rowid();
    db.prepare_cached("UPDATE account SET newest = ?2, bytes = bytes + ?3 WHERE id = ?1")?
        .execute([account, seq, size])?;
    Ok(Some(books::unsigned(seq)))
}

/// Events after a number, oldest first.
pub(super) fn read(
    db: &Connection,
    account: i64,
    name: &AccountId,
    which: &Which,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<Kept>> {
    let (filter, value) = match which {
        Which::Conversation(id) => ("AND conversation = ?4", Some(id.as_str())),
        Which::Consumer(id) => ("AND consumer = ?4", Some(id.as_str())),
        Which::Account => ("AND ?4 IS NULL", None),
    };
    let sql = format!(
        "SELECT seq, at, conversation, consumer, digest, headers, body FROM event
            WHERE account = ?1 AND seq > ?2 {filter} ORDER BY seq LIMIT ?3"
    );
    let mut query = db.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = query.query(params![account, books::signed(after), limit, value])?;
    let (mut read, mut bytes) = (Vec::new(), 0);
    while bytes < PAGE
        && let Some(row) = rows.next()?
    {
        let kept = kept(row, name)?;
        bytes += kept.event.request.body.len();
        read.push(kept);
    }
    Ok(read)
}

fn kept(row: &Row<'_>, account: &AccountId) -> rusqlite::Result<Kept> {
    let headers: String = row.get(5)?;
    let body: Vec<u8> = row.get(6)?;
    Ok(Kept {
        seq: books::unsigned(row.get(0)?),
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

/// Drops some of what is kept no longer; gives whether there is more to drop.
pub(super) fn sweep(db: &Connection, retention: Retention, now: i64) -> rusqlite::Result<bool> {
    let span = i64::try_from(retention.time.as_millis()).unwrap_or(i64::MAX);
    let limit = i64::try_from(retention.bytes).unwrap_or(i64::MAX);
    let oldest = now.saturating_sub(span);
    let mut more = false;
    let accounts: Vec<(i64, i64)> = db
        .prepare_cached("SELECT id, bytes FROM account")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (account, bytes) in accounts {
        let mut query = db.prepare_cached(
            "SELECT seq, at, size FROM event WHERE account = ?1 ORDER BY seq LIMIT ?2",
        )?;
        let limit_of_rows = i64::try_from(DROPPED).unwrap_or(i64::MAX);
        let rows = query.query_map([account, limit_of_rows], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let (mut last, mut freed, mut dropped): (Option<i64>, i64, usize) = (None, 0, 0);
        for row in rows {
            let (seq, at, size): (i64, i64, i64) = row?;
            if at >= oldest && bytes.saturating_sub(freed) <= limit {
                break;
            }
            (last, freed, dropped) = (Some(seq), freed.saturating_add(size), dropped + 1);
        }
        if let Some(last) = last {
            db.prepare_cached("DELETE FROM event WHERE account = ?1 AND seq <= ?2")?
                .execute([account, last])?;
            db.prepare_cached("UPDATE account SET bytes = bytes - ?2 WHERE id = ?1")?
                .execute([account, freed])?;
        }
        more |= dropped == DROPPED;
    }
    Ok(more)
}

/// Whether any account is past its size.
pub(super) fn is_over(db: &Connection, retention: Retention) -> rusqlite::Result<bool> {
    let limit = i64::try_from(retention.bytes).unwrap_or(i64::MAX);
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM account WHERE bytes > ?1)")?
        .query_row([limit], |row| row.get(0))
}
