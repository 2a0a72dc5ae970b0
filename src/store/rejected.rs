//! How much the journal stores of requests that were rejected.
//!
//! Anybody who learns the path may post anything. Each such request is stored
//! and handed on as any other, but past [`ROWS`] or [`BYTES`] the oldest
//! rejected ones go. What the cloud signed is never dropped.

use std::collections::VecDeque;

use rusqlite::Connection;

use crate::{
    domain::ids::EntryId,
    store::wire::{signed, unsigned},
};

/// Rejected requests stored at most.
pub(super) const ROWS: usize = 4096;
/// What they have together at most, in bytes of headers and bodies.
pub(super) const BYTES: usize = 16 * 1024 * 1024;

/// The rejected requests in the journal with their sizes, oldest first.
#[derive(Debug, Default)]
pub(super) struct Rejected {
    stored: VecDeque<(EntryId, usize)>,
    bytes: usize,
    /// Those of the transaction under way.
    added: Vec<(EntryId, usize)>,
    /// How many of the oldest that transaction deletes.
    deleted: usize,
}

impl Rejected {
    /// Those an earlier run has left.
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut select = db.prepare(
            "SELECT id, octet_length(headers) + octet_length(body) FROM hook
             WHERE verdict <> 'valid' ORDER BY id",
        )?;
        let mut rows = select.query(())?;
        let mut rejected = Self::default();
        while let Some(row) = rows.next()? {
            let size = usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
            rejected.add(EntryId(unsigned(row.get(0)?)), size);
        }
        rejected.committed();
        Ok(rejected)
    }

    /// Notes one that the transaction under way adds.
    pub(super) fn add(&mut self, id: EntryId, size: usize) {
        self.added.push((id, size));
    }

    /// Deletes, inside the transaction, the oldest ones there is no room for any longer. The
    /// newest of all always stays, so that its number is not given again.
    pub(super) fn make_room(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut left = self.stored.len() + self.added.len();
        let mut bytes = self.bytes + self.added.iter().map(|(_, size)| size).sum::<usize>();
        let mut oldest = self.stored.iter().chain(&self.added);
        while left > ROWS || (bytes > BYTES && left > 1) {
            let Some((id, size)) = oldest.next() else {
                break;
            };
            db.prepare_cached("DELETE FROM hook WHERE id = ?1")?
                .execute([signed(id.0)])?;
            left -= 1;
            bytes -= size;
            self.deleted += 1;
        }
        Ok(())
    }

    /// Follows a transaction that was committed.
    pub(super) fn committed(&mut self) {
        for (id, size) in self.added.drain(..) {
            self.stored.push_back((id, size));
            self.bytes += size;
        }
        for (_, size) in self.stored.drain(..self.deleted) {
            self.bytes -= size;
        }
        self.deleted = 0;
    }

    /// Forgets a transaction that was rolled back.
    pub(super) fn rolled_back(&mut self) {
        self.added.clear();
        self.deleted = 0;
    }
}
