//! How much the journal keeps of requests that were refused.
//!
//! Whoever learns the path may post what they like. Each such request is kept
//! and handed on as any other, but past [`ROWS`] or [`BYTES`] the oldest
//! refused ones go. What the cloud signed is never dropped.

use std::collections::VecDeque;

use rusqlite::Connection;

use crate::{
    domain::ids::EntryId,
    store::wire::{signed, unsigned},
};

/// Refused requests kept at most.
pub(super) const ROWS: usize = 4096;
/// What they hold together at most, in bytes of headers and bodies.
pub(super) const BYTES: usize = 16 * 1024 * 1024;

/// The refused requests in the journal with their sizes, oldest first.
#[derive(Debug, Default)]
pub(super) struct Refused {
    kept: VecDeque<(EntryId, usize)>,
    bytes: usize,
}

impl Refused {
    /// Those an earlier run has left.
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut select = db.prepare(
            "SELECT id, octet_length(headers) + octet_length(body) FROM hook
             WHERE verdict <> 'valid' ORDER BY id",
        )?;
        let mut rows = select.query(())?;
        let mut refused = Self::default();
        while let Some(row) = rows.next()? {
            let size = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
            refused.add(EntryId(unsigned(row.get(0)?)), size);
        }
        Ok(refused)
    }

    /// Deletes, inside the transaction that adds `more`, the oldest ones there is no room for
    /// any longer; gives their number. The newest of all always stays, so that its number is
    /// not given again.
    pub(super) fn make_room(
        &self,
        db: &Connection,
        more: &[(EntryId, usize)],
    ) -> rusqlite::Result<usize> {
        let mut left = self.kept.len() + more.len();
        let mut bytes = self.bytes + more.iter().map(|(_, size)| size).sum::<usize>();
        let mut oldest = self.kept.iter().chain(more);
        let mut dropped = 0;
        while left > ROWS || (bytes > BYTES && left > 1) {
            let Some((id, size)) = oldest.next() else {
                break;
            };
            db.prepare_cached("DELETE FROM hook WHERE id = ?1")?
                .execute([signed(id.0)])?;
            left -= 1;
            bytes -= size;
            dropped += 1;
        }
        Ok(dropped)
    }

    /// Takes over what a transaction has added and dropped, once it is committed.
    pub(super) fn settle(&mut self, more: &[(EntryId, usize)], dropped: usize) {
        for (id, size) in more {
            self.add(*id, *size);
        }
        for (_, size) in self.kept.drain(..dropped) {
            self.bytes -= size;
        }
    }

    fn add(&mut self, id: EntryId, size: usize) {
        self.kept.push_back((id, size));
        self.bytes += size;
    }
}
