//! How much a journal holds.

use std::{fs, path::Path};

use rusqlite::Connection;

use crate::{domain::time::Timestamp, store::wire::unsigned};

/// How much a journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalSize {
    /// The file with its log, in bytes.
    pub file: u64,
    /// Bytes in it that hold nothing any more.
    pub unused: u64,
    /// Conversations, open and closed.
    pub conversations: u64,
    /// Lines of the transcripts of all phones.
    pub lines: u64,
    /// Entries of the wire.
    pub entries: u64,
    /// Drafts that wait for their conversation, of consumers and of agents.
    pub drafts: u64,
    /// When its first entry was made.
    pub since: Option<Timestamp>,
}

/// See [`Reader::size`](crate::store::Reader::size).
pub(super) fn size(db: &Connection, path: &Path) -> rusqlite::Result<JournalSize> {
    let count = |sql: &str| db.query_row(sql, (), |row| row.get(0).map(unsigned));
    let since: Option<i64> = db.query_row(
        "SELECT min(at) FROM (SELECT at FROM hook WHERE id = (SELECT min(id) FROM hook)
            UNION ALL SELECT started FROM call WHERE id = (SELECT min(id) FROM call))",
        (),
        |row| row.get(0),
    )?;
    Ok(JournalSize {
        file: file_size(path),
        unused: count("PRAGMA freelist_count")? * count("PRAGMA page_size")?,
        conversations: count(
            "SELECT count(*) FROM (SELECT DISTINCT thread, conversation FROM dialog)",
        )?,
        lines: count("SELECT count(*) FROM item")?,
        entries: count("SELECT (SELECT count(*) FROM hook) + (SELECT count(*) FROM call)")?,
        drafts: count(
            "SELECT (SELECT count(*) FROM draft) + (SELECT count(*) FROM workspace_draft)",
        )?,
        since: since.map(Timestamp),
    })
}

/// Bytes of a journal with its log.
pub fn file_size(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    [path, Path::new(&log)]
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .map(|facts| facts.len())
        .sum()
}
