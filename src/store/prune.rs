//! What of the journal can go, and how it goes: whole conversations with their lines, their wire and
//! their drafts.
//!
//! A phone may run meanwhile. Then what any phone of the journal still listens to stays, each
//! conversation goes in a transaction of its own, so that no webhook waits long, and the file keeps
//! its size: making it smaller would keep the phone from writing.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::{
    domain::{
        content::{Content, Hosted},
        ids::{ConversationId, PhoneId},
        line::Line,
        text::SafeText,
        time::Timestamp,
    },
    rt::sqlite,
    store::{
        Error,
        damage::Damage,
        past::{self, ConversationRows, LEAD, SOME},
        schema::{self, JournalLock, SCHEMA},
        search::state_of,
        wire::unsigned,
    },
};

/// How long a deletion waits while the phone writes.
const BUSY: Duration = Duration::from_secs(10);
/// What a row takes besides its texts, roughly, in bytes.
const ROW: u64 = 120;

/// Why a conversation stays whatever its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// It is not closed yet, so it can go on.
    Open,
    /// The phone that runs listens to it.
    InUse,
}

/// A conversation that could go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prunable {
    /// The phone it belongs to.
    pub phone: PhoneId,
    /// The conversationId of what may be deleted.
    pub conversation: ConversationId,
    /// What the consumer is called; empty when the journal does not know.
    pub consumer: SafeText,
    /// When its last line was written.
    pub ended: Timestamp,
    /// How many lines it has.
    pub lines: u64,
    /// What it takes in the file, roughly, in bytes.
    pub bytes: u64,
    /// Why it stays; `None` when it can go.
    pub stays: Option<Stays>,
}

/// A journal out of which conversations are deleted.
pub struct Pruner {
    db: Connection,
    path: PathBuf,
    /// `None` while another handset has the journal open.
    lock: Option<JournalLock>,
}

impl Pruner {
    /// Opens a journal that is there, also one that a phone is writing.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Missing {
                path: path.to_owned(),
            });
        }
        let (db, lock) = match schema::open(path) {
            Ok((db, mut lock, _)) => {
                lock.note(true);
                (db, Some(lock))
            }
            Err(Error::Locked { .. }) => {
                let unreadable = |cause: rusqlite::Error| Error::opening(path, cause.into());
                let db = SCHEMA.connect(path, BUSY).map_err(unreadable)?;
                schema::check_current(&db, path)?;
                (db, None)
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            db,
            path: path.to_owned(),
            lock,
        })
    }

    /// Whether another handset has the journal open.
    pub fn is_in_use(&self) -> bool {
        self.lock.is_none()
    }

    /// All conversations, the one first whose last line is the oldest.
    pub fn conversations(&self) -> Result<Vec<Prunable>, Error> {
        self.run(|db| {
            let listened = listened(db)?;
            let mut select = db.prepare("SELECT DISTINCT thread, conversation FROM dialog")?;
            let mut rows = select.query(())?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let id = ConversationId::from(row.get::<_, String>(1)?);
                let rows = ConversationRows::of(db, row.get(0)?, id)?;
                let mut one = prunable(db, &rows)?;
                if one.stays.is_none() && self.is_in_use() && listened.contains(rows.id.as_str()) {
                    one.stays = Some(Stays::InUse);
                }
                found.push(one);
            }
            found.sort_by(|a, b| (a.ended, &a.conversation).cmp(&(b.ended, &b.conversation)));
            Ok(found)
        })
    }

    /// Deletes conversations with their lines, their wire and their drafts, and the wire that
    /// belongs to no conversation and is as old. Gives the files that only they had.
    pub fn prune(&mut self, gone: &[Prunable]) -> Result<Vec<Hosted>, Error> {
        let mut files = Vec::new();
        if self.is_in_use() {
            for one in gone {
                let this = std::slice::from_ref(one);
                files.extend(self.transaction(|db| delete_all(db, this, true))?);
            }
        } else {
            files = self.transaction(|db| delete_all(db, gone, false))?;
        }
        self.run(|db| {
            let kept = files_of(
                db,
                "SELECT data FROM item WHERE data LIKE '%\"kind\":\"file\"%'",
                (),
            )?;
            let is_kept = |file: &Hosted| {
                kept.iter()
                    .any(|kept| kept.path == file.path && kept.caption == file.caption)
            };
            Ok(files
                .iter()
                .filter(|file| !is_kept(file))
                .cloned()
                .collect())
        })
    }

    /// Gives the room of what is gone back to the disk. Only while no phone runs.
    pub fn shrink(&self) -> Result<(), Error> {
        self.write(|db| {
            db.execute_batch("VACUUM")?;
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
        })
    }

    /// Closes the journal in order.
    pub fn close(self) {
        if let Some(lock) = self.lock {
            lock.close(self.db);
        }
    }

    fn run<R>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<R>) -> Result<R, Error> {
        run(&self.db).map_err(|cause| Error::reading(&self.path, cause.into()))
    }

    fn write<R>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<R>) -> Result<R, Error> {
        run(&self.db).map_err(|cause| Error::writing(&self.path, cause.into()))
    }

    fn transaction<R>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, Error> {
        let done = sqlite::transaction(&self.db, || Ok(run(&self.db)?));
        done.map_err(|cause| Error::writing(&self.path, cause))
    }
}

/// The ids of what the phones of the journal listen to, open or closed.
fn listened(db: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut select = db.prepare(
        "SELECT rooms.value ->> 'id' FROM thread,
            json_each(iif(json_valid(thread.state), thread.state, '{}'), '$.rooms') AS rooms",
    )?;
    let ids = select.query_map((), |row| row.get::<_, Option<String>>(0))?;
    ids.filter_map(Result::transpose).collect()
}

fn prunable(db: &Connection, rows: &ConversationRows) -> rusqlite::Result<Prunable> {
    let (mut lines, mut bytes) = (0, 0);
    let mut items = db.prepare_cached(
        "SELECT count(*), coalesce(sum(octet_length(data)), 0) FROM item
         WHERE place_thread = ?1 AND place_dialog = ?2",
    )?;
    for dialog in rows.own_ordinals() {
        let (count, size) = items.query_row(params![rows.phone, dialog], counted)?;
        lines += count;
        bytes += size + count * ROW;
    }
    for name in &rows.names {
        for sql in [
            "SELECT count(*), coalesce(sum(octet_length(body) + octet_length(headers)), 0)
             FROM hook WHERE conversation = ?1",
            "SELECT count(*), coalesce(sum(octet_length(body) + octet_length(headers)
                + octet_length(url) + coalesce(octet_length(answer_body), 0)
                + coalesce(octet_length(answer_headers), 0)), 0)
             FROM call WHERE conversation = ?1",
        ] {
            let (count, size) = db.prepare_cached(sql)?.query_row([name], counted)?;
            bytes += size + count * ROW;
        }
    }
    let last = past::last_of(db, rows, 1)?;
    let first = rows.lines_after(db, None, SOME)?;
    let consumer: Option<Option<String>> = db
        .prepare_cached("SELECT persona ->> 'name' FROM phone WHERE thread = ?1")?
        .query_row([rows.phone], |row| row.get(0))
        .optional()?;
    let state = state_of(db, rows)?;
    Ok(Prunable {
        phone: rows.phone,
        conversation: rows.id.clone(),
        consumer: SafeText::clean(&consumer.flatten().unwrap_or_default()),
        ended: last
            .last()
            .or(first.last())
            .map_or(Timestamp(0), |line| line.at),
        lines,
        bytes,
        stays: state
            .is_some_and(|state| state["open"] == true)
            .then_some(Stays::Open),
    })
}

fn counted(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u64, u64)> {
    Ok((unsigned(row.get(0)?), unsigned(row.get(1)?)))
}

/// Deletes conversations, and then what belongs to none and is as old; gives their files.
fn delete_all(
    db: &Connection,
    gone: &[Prunable],
    is_in_use: bool,
) -> rusqlite::Result<Vec<Hosted>> {
    let mut files = Vec::new();
    for one in gone {
        let rows = ConversationRows::of(db, one.phone, one.conversation.clone())?;
        files.extend(delete(db, &rows)?);
    }
    if !is_in_use {
        forget(db, gone)?;
    }
    if let Some(last) = gone.iter().map(|one| one.ended).max() {
        delete_shared(db, last, is_in_use)?;
    }
    Ok(files)
}

fn delete(db: &Connection, rows: &ConversationRows) -> rusqlite::Result<Vec<Hosted>> {
    let mut files = Vec::new();
    for dialog in rows.own_ordinals() {
        let of = params![rows.phone, dialog];
        files.extend(files_of(
            db,
            "SELECT data FROM item WHERE place_thread = ?1 AND place_dialog = ?2",
            of,
        )?);
        for sql in [
            "DELETE FROM link WHERE (thread, number) IN
                (SELECT thread, number FROM item WHERE place_thread = ?1 AND place_dialog = ?2)",
            "DELETE FROM item WHERE place_thread = ?1 AND place_dialog = ?2",
        ] {
            db.prepare_cached(sql)?.execute(of)?;
        }
    }
    for name in &rows.names {
        for sql in [
            "DELETE FROM link WHERE entry IN (SELECT id FROM hook WHERE conversation = ?1
                UNION ALL SELECT id FROM call WHERE conversation = ?1)",
            "DELETE FROM hook WHERE conversation = ?1",
            "DELETE FROM call WHERE conversation = ?1",
        ] {
            db.prepare_cached(sql)?.execute([name])?;
        }
    }
    for sql in [
        "DELETE FROM draft WHERE thread = ?1 AND conversation = ?2",
        "DELETE FROM dialog WHERE thread = ?1 AND conversation = ?2",
    ] {
        let of = params![rows.phone, rows.id.as_str()];
        db.prepare_cached(sql)?.execute(of)?;
    }
    db.prepare_cached("DELETE FROM workspace_draft WHERE conversation = ?1")?
        .execute([rows.id.as_str()])?;
    Ok(files)
}

/// Takes conversations out of what the phones listen to.
fn forget(db: &Connection, gone: &[Prunable]) -> rusqlite::Result<()> {
    let phones: BTreeSet<PhoneId> = gone.iter().map(|one| one.phone).collect();
    for phone in phones {
        let state = db
            .prepare_cached("SELECT state FROM thread WHERE thread = ?1")?
            .query_row([phone], |row| {
                Ok(Damage::default().read::<Value>("thread", row.get_ref(0)?))
            })
            .optional()?;
        let Some(mut state) = state.flatten() else {
            continue;
        };
        if let Some(rooms) = state["rooms"].as_array_mut() {
            let is_gone = |room: &Value| {
                gone.iter()
                    .any(|one| room["id"] == one.conversation.as_str())
            };
            rooms.retain(|room| !is_gone(room));
        }
        let current = state["rooms"].as_array().and_then(|rooms| rooms.last());
        let current = current.and_then(|room| room["id"].as_str());
        db.prepare_cached("UPDATE thread SET conversation = ?2, state = ?3 WHERE thread = ?1")?
            .execute(params![phone, current, state.to_string()])?;
    }
    Ok(())
}

/// Deletes the wire that belongs to no conversation, up to a moment and not so near to the first
/// conversation that is kept that it may have served it.
fn delete_shared(db: &Connection, until: Timestamp, is_in_use: bool) -> rusqlite::Result<()> {
    let first: Option<i64> = db.query_row(
        "SELECT min(at) FROM (
            SELECT min(hook.at) AS at FROM hook JOIN dialog
                ON hook.conversation IN (dialog.conversation, dialog.dialog)
            UNION ALL SELECT min(call.started) FROM call JOIN dialog
                ON call.conversation IN (dialog.conversation, dialog.dialog))",
        (),
        |row| row.get(0),
    )?;
    let until = first.map_or(until.0, |first| until.0.min(first - LEAD));
    let unowned = "(conversation IS NULL OR conversation NOT IN
        (SELECT conversation FROM dialog UNION SELECT dialog FROM dialog))";
    // The phone that runs counts the webhooks it refused.
    let refused = if is_in_use {
        "AND verdict = 'valid'"
    } else {
        ""
    };
    for sql in [
        format!("DELETE FROM hook WHERE at <= ?1 AND {unowned} {refused}"),
        format!("DELETE FROM call WHERE started <= ?1 AND {unowned}"),
    ] {
        db.execute(&sql, [until])?;
    }
    db.execute(
        "DELETE FROM link WHERE entry NOT IN (SELECT id FROM hook UNION ALL SELECT id FROM call)
            AND entry < (SELECT coalesce(max(hook), 0) FROM applied)",
        (),
    )?;
    Ok(())
}

/// The files of lines.
fn files_of(
    db: &Connection,
    sql: &str,
    of: impl rusqlite::Params,
) -> rusqlite::Result<Vec<Hosted>> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(of)?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        let line: Option<Line> = Damage::default().read("item", row.get_ref(0)?);
        if let Some(Content::File(file)) = line.as_ref().and_then(Line::content) {
            files.push(file.clone());
        }
    }
    Ok(files)
}
