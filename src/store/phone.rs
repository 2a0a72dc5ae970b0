//! The phone as rows: its lines, its conversations, and which entry belongs to which line.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::{
    domain::{
        ids::{ConversationId, DialogId, EntryId, ItemId, PhoneId},
        line::{Line, Place},
        workspace::view::WorkspaceDraft,
    },
    store::{
        Error,
        damage::Damage,
        wire::{signed, unsigned},
    },
};

/// The most drafts of agents that are read.
const WORKSPACE_DRAFTS: u32 = 1000;

/// What one step of the phone changed; kept whole or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Save {
    /// Lines that are new or changed; one of the same id replaces the earlier one.
    pub items: Vec<Line>,
    /// The states of the phones, with the conversation each talks in.
    pub states: Vec<(PhoneId, Value, Option<ConversationId>)>,
    /// The phones, with `ext_consumer_id`, the persona and whether the phone is open; one of the
    /// same id replaces the earlier one.
    pub phones: Vec<(PhoneId, String, Value, bool)>,
    /// Dialogs by phone and ordinal, as [`Position`](crate::domain::line::Position) counts, with the conversation each
    /// belongs to; what is known already is left as it is.
    pub dialogs: Vec<(PhoneId, u32, ConversationId, DialogId)>,
    /// Entries of the wire and the lines they belong to; the pairs add up.
    pub links: Vec<(EntryId, Vec<ItemId>)>,
    /// What is written and not sent, by phone and conversation, "" before the first; an empty text
    /// takes it out.
    pub drafts: Vec<(PhoneId, String, String)>,
    /// The same of agents in the workspace.
    pub workspace_drafts: Vec<WorkspaceDraft>,
    /// The last webhook request that is contained in all this; `None` leaves it as it was.
    pub cursor: Option<EntryId>,
}

/// What the phone was when it was last saved.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Restored {
    /// The states of the phones, newest last; `None` when the row cannot be read.
    pub states: Vec<(PhoneId, Option<Value>)>,
    /// The phones as [`Save::phones`] has them; no persona when the row cannot be read.
    pub phones: Vec<(PhoneId, String, Option<Value>, bool)>,
    /// The last webhook request contained in them; the [`Feed`](crate::store::Feed) begins
    /// after it.
    pub cursor: Option<EntryId>,
}

/// The numbers that a phone begins with whose state cannot be read: none was given before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// For its next line.
    pub item: u32,
    /// For its next dialog, as [`Position`](crate::domain::line::Position) counts.
    pub dialog: u32,
    /// For its next request.
    pub request: u64,
}

/// A [`Save`] with its values written out, so that the journal's thread need not.
pub(super) struct Written {
    items: Vec<(ItemId, Place, String)>,
    states: Vec<(PhoneId, String, Option<ConversationId>)>,
    phones: Vec<(PhoneId, String, String, bool)>,
    dialogs: Vec<(PhoneId, u32, ConversationId, DialogId)>,
    links: Vec<(EntryId, Vec<ItemId>)>,
    drafts: Vec<(PhoneId, String, String)>,
    workspace_drafts: Vec<WorkspaceDraft>,
    cursor: Option<EntryId>,
}

impl Written {
    /// Writes the values out.
    pub(super) fn new(save: Save) -> Result<Self, Error> {
        let encode = |cause| Error::Encode {
            cause: Arc::new(cause),
        };
        let items = save.items.into_iter().map(|item| {
            let data = serde_json::to_string(&item)?;
            Ok((item.id, item.place, data))
        });
        let states = save.states.into_iter().map(|(phone, state, id)| {
            let state = serde_json::to_string(&state)?;
            Ok((phone, state, id))
        });
        let phones = save
            .phones
            .into_iter()
            .map(|(phone, consumer, persona, open)| {
                let persona = serde_json::to_string(&persona)?;
                Ok((phone, consumer, persona, open))
            });
        Ok(Self {
            items: items.collect::<Result<_, _>>().map_err(encode)?,
            states: states.collect::<Result<_, _>>().map_err(encode)?,
            phones: phones.collect::<Result<_, _>>().map_err(encode)?,
            dialogs: save.dialogs,
            links: save.links,
            drafts: save.drafts,
            workspace_drafts: save.workspace_drafts,
            cursor: save.cursor,
        })
    }

    /// How much text there is, in bytes.
    pub(super) fn weight(&self) -> usize {
        let items = self.items.iter().map(|(_, _, data)| data.len());
        let states = self.states.iter().map(|(_, state, _)| state.len());
        let phones = self.phones.iter().map(|(_, _, persona, _)| persona.len());
        items.chain(states).chain(phones).sum()
    }

    /// Puts the rows in place, inside the transaction of the caller.
    pub(super) fn apply(&self, db: &Connection) -> rusqlite::Result<()> {
        let mut item = db.prepare_cached(
            "INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (thread, number) DO UPDATE SET
                place_thread = excluded.place_thread,
                place_dialog = excluded.place_dialog,
                place_sequence = excluded.place_sequence,
                place_number = excluded.place_number,
                data = excluded.data",
        )?;
        for (id, place, data) in &self.items {
            let (dialog, sequence) = place.stored();
            item.execute(params![
                id.phone,
                id.number,
                place.phone,
                dialog,
                signed(sequence),
                place.number,
                data
            ])?;
        }
        let mut thread = db.prepare_cached(
            "INSERT INTO thread VALUES (?1, ?2, ?3)
             ON CONFLICT (thread) DO UPDATE SET
                conversation = excluded.conversation, state = excluded.state",
        )?;
        for (phone, state, conversation) in &self.states {
            let conversation = conversation.as_ref().map(ConversationId::as_str);
            thread.execute(params![phone, conversation, state])?;
        }
        let mut row = db.prepare_cached(
            "INSERT INTO phone VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (thread) DO UPDATE SET
                consumer = excluded.consumer,
                persona = excluded.persona,
                open = excluded.open",
        )?;
        for (phone, consumer, persona, open) in &self.phones {
            row.execute(params![phone, consumer, persona, open])?;
        }
        let mut dialog =
            db.prepare_cached("INSERT OR IGNORE INTO dialog VALUES (?1, ?2, ?3, ?4)")?;
        for (phone, ordinal, conversation, id) in &self.dialogs {
            dialog.execute(params![phone, ordinal, conversation.as_str(), id.as_str()])?;
        }
        let mut link = db.prepare_cached("INSERT OR IGNORE INTO link VALUES (?1, ?2, ?3)")?;
        for (entry, items) in &self.links {
            for item in items {
                link.execute(params![signed(entry.0), item.phone, item.number])?;
            }
        }
        for (phone, conversation, text) in &self.drafts {
            if text.is_empty() {
                db.prepare_cached("DELETE FROM draft WHERE thread = ?1 AND conversation = ?2")?
                    .execute(params![phone, conversation])?;
            } else {
                db.prepare_cached("INSERT OR REPLACE INTO draft VALUES (?1, ?2, ?3)")?
                    .execute(params![phone, conversation, text])?;
            }
        }
        for draft in &self.workspace_drafts {
            let of = [draft.agent.as_str(), draft.conversation.as_str()];
            if draft.text.is_empty() {
                db.prepare_cached(
                    "DELETE FROM workspace_draft WHERE agent = ?1 AND conversation = ?2",
                )?
                .execute(of)?;
            } else {
                db.prepare_cached("INSERT OR REPLACE INTO workspace_draft VALUES (?1, ?2, ?3)")?
                    .execute(params![of[0], of[1], draft.text])?;
            }
        }
        if let Some(cursor) = self.cursor {
            db.prepare_cached("INSERT OR REPLACE INTO applied VALUES (1, ?1)")?
                .execute([signed(cursor.0)])?;
        }
        Ok(())
    }
}

/// The last webhook request contained in the saved phone.
pub(super) fn cursor(db: &Connection) -> rusqlite::Result<Option<EntryId>> {
    db.query_row("SELECT hook FROM applied", (), |row| {
        row.get(0).map(|id| EntryId(unsigned(id)))
    })
    .optional()
}

/// The same; where there is none, this one is it from now on.
pub(super) fn cursor_or(db: &Connection, first: EntryId) -> rusqlite::Result<EntryId> {
    if let Some(cursor) = cursor(db)? {
        return Ok(cursor);
    }
    db.execute("INSERT INTO applied VALUES (1, ?1)", [signed(first.0)])?;
    Ok(first)
}

/// The numbers after those of a phone's rows.
pub(super) fn counters(db: &Connection, phone: PhoneId) -> rusqlite::Result<Counters> {
    let highest = |sql: &str| {
        db.query_row(sql, [phone], |row| row.get::<_, Option<i64>>(0))
            .map(|highest| highest.map_or(0, |highest| unsigned(highest) + 1))
    };
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Counters {
        item: narrow(highest("SELECT max(number) FROM item WHERE thread = ?1")?),
        dialog: narrow(highest(
            "SELECT max(ordinal) FROM dialog WHERE thread = ?1",
        )?),
        request: highest("SELECT max(request) FROM call WHERE thread = ?1")?,
    })
}

/// The saved states and phones and the cursor.
pub(super) fn restore(db: &Connection, damage: &Damage) -> rusqlite::Result<Restored> {
    let mut select = db.prepare_cached("SELECT thread, state FROM thread ORDER BY thread")?;
    let states = select
        .query_and_then((), |row| {
            Ok((row.get(0)?, damage.read("thread", row.get_ref(1)?)))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut select =
        db.prepare_cached("SELECT thread, consumer, persona, open FROM phone ORDER BY thread")?;
    let phones = select
        .query_and_then((), |row| {
            let persona = damage.read("phone", row.get_ref(2)?);
            Ok((row.get(0)?, row.get(1)?, persona, row.get(3)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Restored {
        states,
        phones,
        cursor: cursor(db)?,
    })
}

/// What is written for a conversation and not sent.
pub(super) fn draft(
    db: &Connection,
    phone: PhoneId,
    conversation: &str,
) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT text FROM draft WHERE thread = ?1 AND conversation = ?2")?
        .query_row(params![phone, conversation], |row| row.get(0))
        .optional()
}

/// What agents have written and not sent.
pub(super) fn workspace_drafts(db: &Connection) -> rusqlite::Result<Vec<WorkspaceDraft>> {
    let mut select =
        db.prepare_cached("SELECT agent, conversation, text FROM workspace_draft LIMIT ?1")?;
    let drafts = select.query_map([WORKSPACE_DRAFTS], |row| {
        let conversation: String = row.get(1)?;
        Ok(WorkspaceDraft {
            agent: row.get(0)?,
            conversation: conversation.into(),
            text: row.get(2)?,
        })
    })?;
    drafts.collect()
}

/// Looks whether everything that a phone begins with can be read.
pub(super) fn examine(db: &Connection, damage: &Damage) -> rusqlite::Result<()> {
    restore(db, damage)?;
    let mut select = db.prepare("SELECT data FROM item")?;
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        damage.read::<Line>("item", row.get_ref(0)?);
    }
    Ok(())
}

/// Lines of a phone before a place, newest first; `None` begins at the newest.
pub(super) fn items_before(
    db: &Connection,
    damage: &Damage,
    phone: PhoneId,
    before: Option<Place>,
    limit: usize,
) -> rusqlite::Result<Vec<Line>> {
    let before = before.map_or((i64::MAX, 0, 0), |place| {
        let (dialog, sequence) = place.stored();
        (i64::from(dialog), signed(sequence), i64::from(place.number))
    });
    let mut select = db.prepare_cached(
        "SELECT data FROM item
         WHERE place_thread = ?1 AND (place_dialog, place_sequence, place_number) < (?2, ?3, ?4)
         ORDER BY place_dialog DESC, place_sequence DESC, place_number DESC
         LIMIT ?5",
    )?;
    let mut rows = select.query(params![
        phone,
        before.0,
        before.1,
        before.2,
        signed(limit as u64)
    ])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.extend(damage.read("item", row.get_ref(0)?));
    }
    Ok(items)
}

/// The entries that belong to a line, oldest first.
pub(super) fn entries_of(db: &Connection, item: ItemId) -> rusqlite::Result<Vec<EntryId>> {
    let mut select = db.prepare_cached(
        "SELECT entry FROM link WHERE thread = ?1 AND number = ?2 ORDER BY entry",
    )?;
    select
        .query_map(params![item.phone, item.number], |row| {
            row.get(0).map(|id| EntryId(unsigned(id)))
        })?
        .collect()
}

/// The lines an entry belongs to.
pub(super) fn items_of(db: &Connection, entry: EntryId) -> rusqlite::Result<Vec<ItemId>> {
    let mut select = db.prepare_cached("SELECT thread, number FROM link WHERE entry = ?1")?;
    select
        .query_map([signed(entry.0)], |row| {
            Ok(ItemId {
                phone: row.get(0)?,
                number: row.get(1)?,
            })
        })?
        .collect()
}
