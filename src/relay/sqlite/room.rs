//! Whose events take how much room, and which go when there is no more.
//!
//! Testers share the room of an account: past it the oldest event of the tester who has most goes, until
//! it is enough. So nobody loses anything to others while he has no more than an equal share, and
//! what others do not need is everybody's. What nobody claims counts eight times and goes first:
//! the relay cannot tell noise from webhooks, for it knows no secret. What only seems to be a
//! tester's, by the consumer that its body names, counts for itself and twice: who forges that
//! name pushes out nothing of a conversation that the tester has claimed.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    domain::{ids::ConversationId, relay::Claim},
    relay::{
        backend::{Loss, Retention},
        sqlite::tables,
    },
};

/// Events dropped in one go; what is left to drop waits for the next one, so that nobody who
/// appends waits long.
const DROPPED: usize = 512;
/// How much the bytes of each rank count: nobody's, what seems to be a tester's, what is.
const WEIGHTS: [i64; 3] = [8, 2, 1];

/// For whom events are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    rank: i64,
    name: String,
}

impl Owner {
    /// A tester who has claimed a conversation, or seems to have a right to it.
    pub(super) fn tester(name: &str, is_provisional: bool) -> Self {
        Self {
            rank: if is_provisional { 1 } else { 2 },
            name: name.to_owned(),
        }
    }

    /// Nobody, as far as the relay knows.
    pub(super) fn nobody() -> Self {
        Self {
            rank: 0,
            name: String::new(),
        }
    }
}

/// What came of sweeping.
#[derive(Debug, Default)]
pub(super) struct Swept {
    /// Whether there is more to drop.
    pub(super) more: bool,
    /// Events that nobody had acknowledged, by account, tester and reason.
    pub(super) lost: BTreeMap<(String, Option<String>, Loss), u64>,
}

/// Notes for whom an event is.
pub(super) fn add(
    db: &Connection,
    account: i64,
    conversation: Option<&ConversationId>,
    seq: i64,
    size: i64,
) -> rusqlite::Result<()> {
    let owner = match conversation {
        Some(conversation) => owner(db, account, conversation.as_str())?.0,
        None => Owner::nobody(),
    };
    db.prepare_cached("INSERT INTO owed VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![account, owner.rank, owner.name, seq, size])
        .map(drop)
}

/// Hands the events of a conversation on to another owner.
pub(super) fn hand_on(
    db: &Connection,
    account: i64,
    claim: &Claim,
    from: &Owner,
    to: &Owner,
) -> rusqlite::Result<()> {
    let Claim::Conversation(conversation) = claim else {
        return Ok(());
    };
    if from == to {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE owed SET rank = ?4, name = ?5 WHERE account = ?1 AND rank = ?2 AND name = ?3
            AND seq IN (SELECT seq FROM event WHERE account = ?1 AND conversation = ?6)",
    )?
    .execute(params![
        account,
        from.rank,
        from.name,
        to.rank,
        to.name,
        conversation.as_str()
    ])
    .map(drop)
}

/// Drops some of what is kept no longer.
pub(super) fn sweep(db: &Connection, retention: Retention, now: i64) -> rusqlite::Result<Swept> {
    let span = i64::try_from(retention.time.as_millis()).unwrap_or(i64::MAX);
    let limit = i64::try_from(retention.bytes).unwrap_or(i64::MAX);
    let mut swept = Swept::default();
    let accounts: Vec<(i64, String)> = db
        .prepare_cached("SELECT id, name FROM account")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (account, name) in accounts {
        let mut left = DROPPED;
        while left > 0
            && let Some((seq, reason)) = next(db, account, now.saturating_sub(span), limit)?
        {
            left -= 1;
            if let Some(owner) = drop_event(db, account, seq)? {
                let tester = (owner.rank > 0).then_some(owner.name);
                *swept
                    .lost
                    .entry((name.clone(), tester, reason))
                    .or_default() += 1;
            }
        }
        swept.more |= left == 0;
    }
    Ok(swept)
}

/// The event that goes next, if one has to go.
fn next(
    db: &Connection,
    account: i64,
    oldest: i64,
    limit: i64,
) -> rusqlite::Result<Option<(i64, Loss)>> {
    let first: Option<(i64, i64)> = db
        .prepare_cached("SELECT seq, at FROM event WHERE account = ?1 ORDER BY seq LIMIT 1")?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((seq, at)) = first
        && at < oldest
    {
        return Ok(Some((seq, Loss::Age)));
    }
    let bytes: i64 = db
        .prepare_cached("SELECT bytes FROM account WHERE id = ?1")?
        .query_row([account], |row| row.get(0))?;
    if bytes <= limit {
        return Ok(None);
    }
    let [nobody, provisional, claimed] = WEIGHTS;
    let seq: Option<i64> = db
        .prepare_cached(
            "SELECT min(seq) FROM owed JOIN
                (SELECT rank, name FROM share WHERE account = ?1 AND bytes > 0
                    ORDER BY bytes * CASE rank WHEN 0 THEN ?2 WHEN 1 THEN ?3 ELSE ?4 END DESC
                    LIMIT 1) AS most
                ON owed.account = ?1 AND owed.rank = most.rank AND owed.name = most.name",
        )?
        .query_row([account, nobody, provisional, claimed], |row| row.get(0))?;
    Ok(seq.map(|seq| (seq, Loss::Room)))
}

/// Drops an event; gives for whom it was, if nobody had acknowledged it.
fn drop_event(db: &Connection, account: i64, seq: i64) -> rusqlite::Result<Option<Owner>> {
    let conversation: Option<String> = db
        .prepare_cached("SELECT conversation FROM event WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?;
    let (owner, cursor) = match &conversation {
        Some(conversation) => owner(db, account, conversation)?,
        None => (Owner::nobody(), 0),
    };
    db.prepare_cached(
        "DELETE FROM owed WHERE account = ?1 AND rank = ?2 AND name = ?3 AND seq = ?4",
    )?
    .execute(params![account, owner.rank, owner.name, seq])?;
    db.prepare_cached("DELETE FROM event WHERE seq = ?1")?
        .execute([seq])?;
    if seq <= cursor {
        return Ok(None);
    }
    if owner.rank == 0 {
        return Ok(Some(owner));
    }
    db.prepare_cached(
        "INSERT INTO lost VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET events = events + 1",
    )?
    .execute(params![account, owner.name])?;
    Ok(Some(owner))
}

/// Who owns a conversation, and how far he has acknowledged it.
fn owner(db: &Connection, account: i64, conversation: &str) -> rusqlite::Result<(Owner, i64)> {
    let found = db
        .prepare_cached(
            "SELECT claim.name, presumed, coalesce(seq, 0) FROM claim LEFT JOIN cursor
                ON cursor.account = claim.account AND cursor.conversation = what
                    AND cursor.device = claim.device || '@' || claim.name
                WHERE claim.account = ?1 AND kind = 'conversation' AND what = ?2",
        )?
        .query_row(params![account, conversation], |row| {
            let name: String = row.get(0)?;
            Ok((Owner::tester(&name, row.get(1)?), row.get(2)?))
        })
        .optional()?;
    Ok(found.unwrap_or_else(|| (Owner::nobody(), 0)))
}

/// How many events were dropped without their tester knowing; `noted` of them he knows of now.
pub(super) fn lost(db: &Connection, account: i64, name: &str, noted: u64) -> rusqlite::Result<u64> {
    if noted > 0 {
        db.prepare_cached(
            "UPDATE lost SET events = max(0, events - ?3) WHERE account = ?1 AND name = ?2",
        )?
        .execute(params![account, name, tables::signed(noted)])?;
    }
    let left = db
        .prepare_cached("SELECT events FROM lost WHERE account = ?1 AND name = ?2")?
        .query_row(params![account, name], |row| row.get(0))
        .optional()?;
    Ok(left.map_or(0, tables::unsigned))
}

/// Forgets who has nothing any more.
pub(super) fn forget_empty(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM share WHERE bytes = 0")?
        .execute(())?;
    db.prepare_cached("DELETE FROM lost WHERE events = 0")?
        .execute(())
        .map(drop)
}

/// Whether any account is past its size.
pub(super) fn is_over(db: &Connection, retention: Retention) -> rusqlite::Result<bool> {
    let limit = i64::try_from(retention.bytes).unwrap_or(i64::MAX);
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM account WHERE bytes > ?1)")?
        .query_row([limit], |row| row.get(0))
}
