//! Wire entries as rows: webhook requests and calls of ours.

use std::{borrow::Cow, sync::Arc, time::Duration};

use bytes::Bytes;
use rusqlite::{
    Connection, OptionalExtension, Row, params,
    types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};

use crate::{
    domain::{
        exchange::{Cause, Entry, EntryKind, Exchange, Outcome},
        ids::{ConversationId, EntryId, PhoneId, RequestId},
        inbound::{Hook, Request, Verdict},
        signature::Mismatch,
        time::Timestamp,
    },
    store::damage::Damage,
};

/// A page of entries ends early past this many bytes of bodies, so that large ones cannot
/// fill the memory.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// What stands before the reason in a verdict as it is kept.
const INVALID: &str = "invalid ";

/// What the listener answers when it cannot wait any longer.
pub(super) const UNANSWERED: u16 = 503;

/// A number of ours as SQLite counts, in 63 bits; what is larger stops at the end.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as we count; a negative one, which we never write, becomes 0.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl ToSql for PhoneId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for PhoneId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u32::column_result(value).map(Self)
    }
}

/// Headers as they are kept: a JSON array of pairs.
pub(super) fn headers_text(headers: &[(String, String)]) -> Result<String, serde_json::Error> {
    serde_json::to_string(headers)
}

/// Adds a webhook request.
pub(super) fn insert_hook(
    db: &Connection,
    id: EntryId,
    hook: &Hook,
    headers: &str,
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO hook VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            signed(id.0),
            hook.request.at.0,
            match hook.verdict {
                Verdict::Invalid(mismatch) => Cow::from(format!("{INVALID}{}", mismatch.as_str())),
                verdict => Cow::from(verdict.as_str()),
            },
            hook.status,
            hook.kind,
            hook.conversation.as_ref().map(ConversationId::as_str),
            hook.sequence.map(signed),
            headers,
            hook.request.body.as_ref(),
        ])?;
    Ok(())
}

/// Notes that a webhook request was kept too late to be answered as its row says.
pub(super) fn mark_unanswered(db: &Connection, id: EntryId) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE hook SET status = ?1 WHERE id = ?2")?
        .execute(params![UNANSWERED, signed(id.0)])?;
    Ok(())
}

/// Adds a call, or completes the one of that number.
pub(super) fn upsert_call(
    db: &Connection,
    id: EntryId,
    call: &Exchange,
    headers: &str,
    answer_headers: Option<&str>,
) -> rusqlite::Result<()> {
    let nanos = |span: &Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    let (elapsed, reason, status, waited, answer_body) = match &call.outcome {
        None => (None, None, None, None, None),
        Some(Outcome::Failed { reason, elapsed }) => {
            (Some(nanos(elapsed)), Some(reason), None, None, None)
        }
        Some(Outcome::Answered {
            status,
            body,
            waited,
            elapsed,
            ..
        }) => (
            Some(nanos(elapsed)),
            None,
            Some(*status),
            Some(nanos(waited)),
            Some(body.as_ref()),
        ),
    };
    db.prepare_cached(
        "INSERT INTO call VALUES
            (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT (id) DO UPDATE SET
            conversation = excluded.conversation,
            elapsed = excluded.elapsed,
            reason = excluded.reason,
            status = excluded.status,
            waited = excluded.waited,
            answer_headers = excluded.answer_headers,
            answer_body = excluded.answer_body",
    )?
    .execute(params![
        signed(id.0),
        signed(call.serial),
        call.cause.and_then(|cause| match cause {
            Cause::Request(request) => Some(signed(request.0)),
            Cause::Fetch(_) => None,
        }),
        call.conversation.as_ref().map(ConversationId::as_str),
        call.purpose,
        call.method,
        call.url,
        headers,
        call.body.as_ref(),
        call.attempt,
        call.started.0,
        elapsed,
        reason,
        status,
        waited,
        answer_headers,
        answer_body,
        call.phone,
    ])?;
    Ok(())
}

/// The webhook requests after one, oldest first.
pub(super) fn hooks_after(
    db: &Connection,
    after: EntryId,
    limit: usize,
) -> rusqlite::Result<Vec<(EntryId, Arc<Hook>)>> {
    let mut select = db.prepare_cached("SELECT * FROM hook WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let mut rows = select.query(params![signed(after.0), signed(limit as u64)])?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    while bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        let hook = hook_from(row)?;
        bytes += hook.request.body.len();
        page.push((EntryId(unsigned(row.get("id")?)), Arc::new(hook)));
    }
    Ok(page)
}

/// The number of the newest webhook request; 0 when there is none.
pub(super) fn newest_hook(db: &Connection) -> rusqlite::Result<EntryId> {
    db.query_row("SELECT coalesce(max(id), 0) FROM hook", (), |row| {
        row.get(0).map(|id| EntryId(unsigned(id)))
    })
}

/// The highest number given to any entry, also to one that is only referred to.
pub(super) fn highest_number(db: &Connection) -> rusqlite::Result<u64> {
    db.query_row(
        "SELECT max(
            (SELECT coalesce(max(id), 0) FROM hook),
            (SELECT coalesce(max(id), 0) FROM call),
            (SELECT coalesce(max(entry), 0) FROM link),
            (SELECT coalesce(max(hook), 0) FROM applied))",
        (),
        |row| row.get(0).map(unsigned),
    )
}

/// The entries before one, newest first; `None` begins at the newest.
pub(super) fn entries_before(
    db: &Connection,
    before: Option<EntryId>,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    let before = before.map_or(i64::MAX, |id| signed(id.0));
    let mut ids = db.prepare_cached(
        "SELECT id, 1 FROM hook WHERE id < ?1
         UNION ALL SELECT id, 0 FROM call WHERE id < ?1
         ORDER BY 1 DESC LIMIT ?2",
    )?;
    let ids = ids
        .query_map(params![before, signed(limit as u64)], |row| {
            Ok((EntryId(unsigned(row.get(0)?)), row.get(1)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    entries(db, &ids)
}

/// The entries of these numbers, where true is said of webhook requests; a page that ends early
/// past [`PAGE_BYTES`].
pub(super) fn entries(db: &Connection, ids: &[(EntryId, bool)]) -> rusqlite::Result<Vec<Entry>> {
    let mut hook = db.prepare_cached("SELECT * FROM hook WHERE id = ?1")?;
    let mut call = db.prepare_cached("SELECT * FROM call WHERE id = ?1")?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    for (id, is_hook) in ids {
        if bytes >= PAGE_BYTES {
            break;
        }
        let row = [signed(id.0)];
        let (phone, kind) = if *is_hook {
            let hook = hook.query_row(row, hook_from)?;
            let phone = match &hook.conversation {
                Some(conversation) => phone_of(db, conversation)?,
                None => None,
            };
            (phone, EntryKind::Hook(hook))
        } else {
            let call = call.query_row(row, call_from)?;
            (call.phone, EntryKind::Call(call))
        };
        bytes += weight(&kind);
        page.push(Entry {
            id: *id,
            phone,
            kind,
        });
    }
    Ok(page)
}

/// Which phone a conversation belongs to. The oldest events name their dialog instead.
fn phone_of(db: &Connection, conversation: &ConversationId) -> rusqlite::Result<Option<PhoneId>> {
    db.prepare_cached("SELECT thread FROM dialog WHERE conversation = ?1 OR dialog = ?1 LIMIT 1")?
        .query_row([conversation.as_str()], |row| row.get(0))
        .optional()
}

fn weight(kind: &EntryKind) -> usize {
    match kind {
        EntryKind::Hook(hook) => hook.request.body.len(),
        EntryKind::Call(call) => {
            let answer = match &call.outcome {
                Some(Outcome::Answered { body, .. }) => body.len(),
                _ => 0,
            };
            call.body.len() + answer
        }
    }
}

fn hook_from(row: &Row<'_>) -> rusqlite::Result<Hook> {
    Ok(Hook {
        request: Request {
            at: Timestamp(row.get("at")?),
            headers: headers_from(row, "headers")?.unwrap_or_default(),
            body: row.get::<_, Vec<u8>>("body")?.into(),
        },
        verdict: match row.get_ref("verdict")?.as_str()? {
            "valid" => Verdict::Valid,
            "unsigned" => Verdict::Unsigned,
            // An earlier version wrote no reason.
            other => Verdict::Invalid(Mismatch::named(other.trim_start_matches(INVALID))),
        },
        status: row.get("status")?,
        kind: row.get("kind")?,
        conversation: conversation_from(row)?,
        sequence: row.get::<_, Option<i64>>("sequence")?.map(unsigned),
    })
}

fn call_from(row: &Row<'_>) -> rusqlite::Result<Exchange> {
    let span = |nanos: Option<i64>| Duration::from_nanos(unsigned(nanos.unwrap_or(0)));
    let elapsed: Option<i64> = row.get("elapsed")?;
    let status: Option<u16> = row.get("status")?;
    let outcome = match (elapsed, status) {
        (None, _) => None,
        (Some(_), Some(status)) => Some(Outcome::Answered {
            status,
            headers: headers_from(row, "answer_headers")?.unwrap_or_default(),
            body: row
                .get::<_, Option<Vec<u8>>>("answer_body")?
                .map_or_else(Bytes::new, Bytes::from),
            waited: span(row.get("waited")?),
            elapsed: span(elapsed),
        }),
        (Some(_), None) => Some(Outcome::Failed {
            reason: row.get::<_, Option<String>>("reason")?.unwrap_or_default(),
            elapsed: span(elapsed),
        }),
    };
    Ok(Exchange {
        serial: unsigned(row.get("serial")?),
        phone: row.get("thread")?,
        cause: row
            .get::<_, Option<i64>>("request")?
            .map(|id| Cause::Request(RequestId(unsigned(id)))),
        conversation: conversation_from(row)?,
        purpose: row.get("purpose")?,
        method: row.get("method")?,
        url: row.get("url")?,
        headers: headers_from(row, "headers")?.unwrap_or_default(),
        body: row.get::<_, Vec<u8>>("body")?.into(),
        attempt: row.get("attempt")?,
        started: Timestamp(row.get("started")?),
        outcome,
    })
}

fn conversation_from(row: &Row<'_>) -> rusqlite::Result<Option<ConversationId>> {
    let id: Option<String> = row.get("conversation")?;
    Ok(id.map(ConversationId::from))
}

fn headers_from(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Vec<(String, String)>>> {
    let text = row.get_ref(column)?;
    Ok(match text {
        ValueRef::Null => None,
        text => Damage::default().read("headers", text),
    })
}
