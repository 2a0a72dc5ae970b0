//! The tables in SQLite: claims, devices and their cursors, tickets, the relay's identity.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    domain::{
        ids::AccountId,
        relay::{Claim, Role, Scope},
        secret::Secret,
    },
    relay::{
        backend::{Change, ClaimKind, Cursor, Device, Identity, Issued, Known},
        sqlite::room::{self, Owner},
        ticket,
    },
};

/// A cursor over the whole account stands under no conversation.
const WHOLE: &str = "";
/// Milliseconds after which a claim or a cursor that nobody has used is forgotten.
const FORGOTTEN: i64 = 60 * DAY;
/// What is used is marked as used again once the mark is this old, in milliseconds.
const STALE: i64 = DAY;
const DAY: i64 = 24 * 60 * 60 * 1000;
/// How many seconds a ticket that has ended is still listed.
const LISTED: i64 = 30 * 24 * 60 * 60;

/// A number as SQLite has it; ours begin at 1 and never come near the end.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as the relay has it.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What a row has. One that cannot be read costs itself and is logged; the rest is used.
pub(super) fn readable<T>(table: &str, row: rusqlite::Result<T>) -> Option<rusqlite::Result<T>> {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
    };
    match row {
        Err(
            cause @ (FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | Utf8Error(..)),
        ) => {
            tracing::error!(table, %cause, "a row of the relay's state cannot be read and is left out");
            None
        }
        row => Some(row),
    }
}

/// The number of an account.
pub(super) fn account(db: &Connection, name: &AccountId) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM account WHERE name = ?1")?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()
}

/// The number of an account, which is made if there is none.
pub(super) fn make_account(db: &Connection, name: &AccountId) -> rusqlite::Result<i64> {
    if let Some(id) = account(db, name)? {
        return Ok(id);
    }
    db.prepare_cached("INSERT INTO account (name) VALUES (?1)")?
        .execute([name.as_str()])?;
    Ok(db.last_insert_rowid())
}

/// The newest number of an account's events.
pub(super) fn newest(db: &Connection, account: i64) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT newest FROM account WHERE id = ?1")?
        .query_row([account], |row| row.get(0))
        .map(unsigned)
}

/// The relay's identity, made if there is none.
pub(super) fn identity(db: &Connection) -> rusqlite::Result<Identity> {
    let fresh = ticket::fresh_identity();
    let note = |key: &str, fresh: &str| {
        db.prepare_cached("INSERT OR IGNORE INTO note VALUES (?1, ?2)")?
            .execute([key, fresh])?;
        db.prepare_cached("SELECT value FROM note WHERE key = ?1")?
            .query_row([key], |row| row.get::<_, String>(0))
    };
    Ok(Identity {
        relay: note("relay", &fresh.relay)?,
        path: note("path", &fresh.path)?,
        key: Secret::new(note("key", fresh.key.reveal())?),
    })
}

/// Writes something of no meaning, to see whether that is possible.
pub(super) fn probe(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO note VALUES ('probe', '')")?
        .execute(())
        .map(drop)
}

/// Has a device claim something, or hold it because it seems to be its own; gives who holds it
/// then and whether that is new.
pub(super) fn claim(
    db: &Connection,
    account: i64,
    claim: &Claim,
    device: &Device,
    claim_kind: ClaimKind,
    now: i64,
) -> rusqlite::Result<(Device, bool)> {
    let (kind, what) = key(claim);
    let insert = || {
        db.prepare_cached(
            "INSERT INTO claim VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT DO UPDATE SET at = excluded.at WHERE at < excluded.at - ?8",
        )?
        .execute(params![
            account,
            kind,
            what,
            device.name,
            device.id,
            claim_kind == ClaimKind::Provisional,
            now,
            STALE
        ])
    };
    if matches!(claim, Claim::Consumer(_)) {
        let is_new = db
            .prepare_cached(
                "SELECT 1 FROM claim WHERE account = ?1 AND kind = ?2 AND what = ?3
                    AND name = ?4 AND device = ?5",
            )?
            .query_row(params![account, kind, what, device.name, device.id], |_| {
                Ok(())
            })
            .optional()?
            .is_none();
        insert()?;
        return Ok((device.clone(), is_new));
    }
    let holder = db
        .prepare_cached(
            "SELECT name, device, presumed FROM claim
                WHERE account = ?1 AND kind = ?2 AND what = ?3",
        )?
        .query_row(params![account, kind, what], |row| {
            let device = Device {
                name: row.get(0)?,
                id: row.get(1)?,
            };
            let is_provisional: bool = row.get(2)?;
            Ok((device, is_provisional))
        })
        .optional()?;
    let mut is_new = true;
    let mut before = Owner::nobody();
    if let Some((holder, was_provisional)) = holder {
        let is_own = holder == *device;
        let held = if was_provisional {
            ClaimKind::Provisional
        } else {
            ClaimKind::Made
        };
        if !claim_kind.replaces(device, &holder, held) {
            if is_own && claim_kind == ClaimKind::Made {
                insert()?;
            }
            return Ok((holder, false));
        }
        is_new = !is_own;
        before = Owner::tester(&holder.name, was_provisional);
        db.prepare_cached("DELETE FROM claim WHERE account = ?1 AND kind = ?2 AND what = ?3")?
            .execute(params![account, kind, what])?;
    }
    insert()?;
    let owner = Owner::tester(&device.name, claim_kind == ClaimKind::Provisional);
    room::hand_on(db, account, claim, &before, &owner)?;
    Ok((device.clone(), is_new))
}

/// Gives a claim of a device's up.
pub(super) fn release(
    db: &Connection,
    account: i64,
    claim: &Claim,
    device: &Device,
) -> rusqlite::Result<()> {
    let (kind, what) = key(claim);
    let was_presumed = db
        .prepare_cached(
            "DELETE FROM claim WHERE account = ?1 AND kind = ?2 AND what = ?3 AND name = ?4
                AND device = ?5 RETURNING presumed",
        )?
        .query_row(
            params![account, kind, what, device.name, device.id],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(was_presumed) = was_presumed {
        let owner = Owner::tester(&device.name, was_presumed);
        room::hand_on(db, account, claim, &owner, &Owner::nobody())?;
    }
    Ok(())
}

/// All claims, as changes, those that were used last at the end.
pub(super) fn claims(db: &Connection) -> rusqlite::Result<Vec<Change>> {
    let mut query = db.prepare(
        "SELECT account.name, kind, what, claim.name, device
            FROM claim JOIN account ON account.id = claim.account ORDER BY at",
    )?;
    let rows = query.query_map((), |row| {
        let (kind, what): (String, String) = (row.get(1)?, row.get(2)?);
        Ok(Change::Claimed {
            account: row.get::<_, String>(0)?.into(),
            claim: if kind == CONVERSATION {
                Claim::Conversation(what.into())
            } else {
                Claim::Consumer(what.into())
            },
            device: Device {
                name: row.get(3)?,
                id: row.get(4)?,
            },
        })
    })?;
    rows.filter_map(|row| readable("claim", row)).collect()
}

const CONVERSATION: &str = "conversation";
const CONSUMER: &str = "consumer";

fn key(claim: &Claim) -> (&'static str, &str) {
    match claim {
        Claim::Conversation(id) => (CONVERSATION, id.as_str()),
        Claim::Consumer(id) => (CONSUMER, id.as_str()),
    }
}

/// What is known of a device, which from now on is.
pub(super) fn meet(
    db: &Connection,
    account: i64,
    device: &Device,
    role: Role,
) -> rusqlite::Result<Known> {
    let since = newest(db, account)?;
    db.prepare_cached("INSERT OR IGNORE INTO device VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            account,
            device.name,
            device.id,
            word(role),
            signed(since)
        ])?;
    db.prepare_cached(
        "SELECT role, since FROM device WHERE account = ?1 AND name = ?2 AND device = ?3",
    )?
    .query_row(params![account, device.name, device.id], |row| {
        Ok(Known {
            device: device.clone(),
            role: role_of(&row.get::<_, String>(0)?),
            since: unsigned(row.get(1)?),
        })
    })
}

/// Where a device has come to.
pub(super) fn cursors(
    db: &Connection,
    account: i64,
    device: &str,
) -> rusqlite::Result<Vec<Cursor>> {
    let mut query = db.prepare_cached(
        "SELECT conversation, seq FROM cursor WHERE account = ?1 AND device = ?2",
    )?;
    let rows = query.query_map(params![account, device], |row| {
        let conversation: String = row.get(0)?;
        let scope = if conversation == WHOLE {
            Scope::Account
        } else {
            Scope::Conversation(conversation.into())
        };
        Ok((scope, unsigned(row.get(1)?)))
    })?;
    rows.filter_map(|row| readable("cursor", row)).collect()
}

/// Moves cursors forward, never back.
pub(super) fn advance(
    db: &Connection,
    account: i64,
    device: &str,
    cursors: &[Cursor],
    now: i64,
) -> rusqlite::Result<()> {
    let mut write = db.prepare_cached(
        "INSERT INTO cursor VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq), at = excluded.at",
    )?;
    for (scope, seq) in cursors {
        let conversation = match scope {
            Scope::Conversation(id) => id.as_str(),
            Scope::Account => WHOLE,
        };
        write.execute(params![account, device, conversation, signed(*seq), now])?;
    }
    Ok(())
}

/// Keeps a ticket, or that it is revoked.
pub(super) fn keep_ticket(db: &Connection, ticket: &Issued) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO ticket VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT DO UPDATE SET revoked = max(revoked, excluded.revoked)",
    )?
    .execute(params![
        ticket.id,
        ticket.name,
        ticket.account.as_str(),
        word(ticket.role),
        ticket.made,
        ticket.until,
        ticket.revoked
    ])
    .map(drop)
}

/// All tickets, oldest first. Who has one that cannot be read is refused, as with an unknown one.
pub(super) fn tickets(db: &Connection) -> rusqlite::Result<Vec<Issued>> {
    let mut query = db.prepare_cached(
        "SELECT id, name, account, role, made, until, revoked FROM ticket ORDER BY made, id",
    )?;
    let rows = query.query_map((), issued)?;
    rows.filter_map(|row| readable("ticket", row)).collect()
}

/// Forgets tickets that ended long ago: a ticket that has ended is refused whether it is known
/// or not.
pub(super) fn forget_tickets(db: &Connection, now: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM ticket WHERE until < ?1")?
        .execute([(now / 1000).saturating_sub(LISTED)])
        .map(drop)
}

/// Forgets claims of conversations, and cursors, that nobody has used for long and of which no event
/// is left; a relay that runs learns of it at its next start.
pub(super) fn forget_unused(db: &Connection, now: i64) -> rusqlite::Result<()> {
    let before = now.saturating_sub(FORGOTTEN);
    for (table, conversation, kind) in [
        ("claim", "what", "AND kind = 'conversation'"),
        ("cursor", "conversation", ""),
    ] {
        let sql = format!(
            "DELETE FROM {table} WHERE at < ?1 {kind} AND NOT EXISTS
                (SELECT 1 FROM event WHERE event.account = {table}.account
                    AND event.conversation = {table}.{conversation})"
        );
        db.prepare_cached(&sql)?.execute([before])?;
    }
    Ok(())
}

fn issued(row: &Row<'_>) -> rusqlite::Result<Issued> {
    Ok(Issued {
        id: row.get(0)?,
        name: row.get(1)?,
        account: row.get::<_, String>(2)?.into(),
        role: role_of(&row.get::<_, String>(3)?),
        made: row.get(4)?,
        until: row.get(5)?,
        revoked: row.get(6)?,
    })
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Tester => "tester",
        Role::Observer => "observer",
    }
}

fn role_of(word: &str) -> Role {
    if word == "observer" {
        Role::Observer
    } else {
        Role::Tester
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::{
        domain::{inbound::Request, time::Timestamp},
        relay::{
            backend::Event,
            sqlite::{events, schema, tables::*},
        },
    };

    fn kept(db: &Connection, table: &str) -> Vec<String> {
        let column = if table == "claim" {
            "what"
        } else {
            "conversation"
        };
        let sql = format!("SELECT {column} FROM {table} ORDER BY 1");
        let mut query = db.prepare(&sql).unwrap();
        let rows = query.query_map((), |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn what_nobody_uses_is_forgotten_unless_events_of_it_wait() {
        let folder = tempfile::tempdir().unwrap();
        let db = schema::open(folder.path(), schema::BUSY).unwrap();
        let account = make_account(&db, &"a".into()).unwrap();
        let device = Device {
            name: "ada".to_owned(),
            id: "d1".to_owned(),
        };
        let claimed = |id: &str, now| {
            let of = Claim::Conversation(id.into());
            let (holder, _) = claim(&db, account, &of, &device, ClaimKind::Made, now).unwrap();
            assert_eq!(holder, device);
            let cursor = (Scope::Conversation(id.into()), 1);
            advance(&db, account, "d1@ada", &[cursor], now).unwrap();
        };
        for id in ["idle", "used", "waiting"] {
            claimed(id, 0);
        }
        claimed("used", FORGOTTEN);
        let played = Claim::Consumer("ann".into());
        claim(&db, account, &played, &device, ClaimKind::Made, 0).unwrap();
        let event = Event {
            account: "a".into(),
            conversation: Some("waiting".into()),
            consumer: None,
            digest: None,
            request: Request {
                at: Timestamp(0),
                headers: Vec::new(),
                body: Bytes::new(),
            },
        };
        events::append(&db, account, &event).unwrap();
        forget_unused(&db, FORGOTTEN).unwrap();
        assert_eq!(kept(&db, "cursor").len(), 3, "not a moment too early");
        forget_unused(&db, FORGOTTEN + 1).unwrap();
        assert_eq!(kept(&db, "claim"), ["ann", "used", "waiting"]);
        assert_eq!(kept(&db, "cursor"), ["used", "waiting"]);
    }
}
