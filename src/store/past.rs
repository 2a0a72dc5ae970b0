//! Past conversations as they are found again: by the dialogs of each, which
//! tell its lines by their ordinals and its wire by their ids.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    domain::{
        content::Content,
        ids::{ConversationId, EntryId, PhoneId},
        line::{Line, LineBody, Place, RATED},
        past::{FoundIn, PastConversation},
        rich::plain,
        role::Role,
        text::SafeText,
        time::Timestamp,
    },
    store::{
        damage::Damage,
        search::state_of,
        wire::{signed, unsigned},
    },
};

/// Lines looked at for when a conversation began, as the first may not be readable.
pub(super) const SOME: usize = 3;
/// Lines looked at for the first words.
const FIRST: usize = 16;
/// Lines looked at, at the end, for who served the consumer and how that was rated.
const LAST: usize = 32;
/// Letters of the first words.
const WORDS: usize = 200;
/// Calls that name no conversation belong to one that began so soon after them, in milliseconds.
pub(super) const LEAD: i64 = 60_000;
/// So many of them at most.
const LEADING: usize = 64;

/// See [`Reader::conversation`](crate::store::Reader::conversation).
pub(super) fn conversation(
    db: &Connection,
    id: &ConversationId,
) -> rusqlite::Result<Option<PastConversation>> {
    match ConversationRows::find(db, id)? {
        Some(conversation) => conversation.summary(db).map(Some),
        None => Ok(None),
    }
}

/// See [`Reader::lines`](crate::store::Reader::lines).
pub(super) fn lines_after(
    db: &Connection,
    id: &ConversationId,
    after: Option<Place>,
    limit: usize,
) -> rusqlite::Result<Vec<Line>> {
    match ConversationRows::find(db, id)? {
        Some(conversation) => conversation.lines_after(db, after, limit),
        None => Ok(Vec::new()),
    }
}

/// See [`Reader::last_lines`](crate::store::Reader::last_lines).
pub(super) fn last_lines(
    db: &Connection,
    id: &ConversationId,
    limit: usize,
) -> rusqlite::Result<Vec<Line>> {
    match ConversationRows::find(db, id)? {
        Some(conversation) => last_of(db, &conversation, limit),
        None => Ok(Vec::new()),
    }
}

/// The same of a conversation that was found already.
pub(super) fn last_of(
    db: &Connection,
    conversation: &ConversationRows,
    limit: usize,
) -> rusqlite::Result<Vec<Line>> {
    let mut select = db.prepare_cached(
        "SELECT data FROM item WHERE place_thread = ?1 AND place_dialog = ?2
         ORDER BY place_sequence DESC, place_number DESC LIMIT ?3",
    )?;
    let mut lines = Vec::new();
    for dialog in conversation.ordinals.iter().rev() {
        let left = signed((limit - lines.len()) as u64);
        let rows = select.query_and_then(params![conversation.phone, dialog, left], item_from)?;
        for item in rows {
            lines.extend(item?);
        }
    }
    lines.reverse();
    Ok(lines)
}

/// The numbers of a conversation's own entries before one, newest first; true is said of webhook
/// requests.
pub(super) fn entries_of_conversation(
    db: &Connection,
    id: &ConversationId,
    before: Option<EntryId>,
    limit: usize,
) -> rusqlite::Result<Vec<(EntryId, bool)>> {
    let names = match ConversationRows::find(db, id)? {
        Some(conversation) => conversation.names,
        // Known by its wire alone, as one of somebody else's is.
        None => vec![id.as_str().to_owned()],
    };
    let (mut ids, end) = (Vec::new(), end(before));
    for name in &names {
        for (sql, is_hook) in [(HOOKS_BEFORE, true), (CALLS_BEFORE, false)] {
            ids.extend(numbers(
                db,
                sql,
                params![name, end, signed(limit as u64)],
                is_hook,
            )?);
        }
    }
    Ok(newest_first(ids, limit))
}

/// The same of all that belongs to a phone.
pub(super) fn entries_of_phone(
    db: &Connection,
    phone: PhoneId,
    before: Option<EntryId>,
    limit: usize,
) -> rusqlite::Result<Vec<(EntryId, bool)>> {
    let (end, most) = (end(before), signed(limit as u64));
    let sql = "SELECT id FROM call WHERE thread = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
    let mut ids = numbers(db, sql, params![phone, end, most], false)?;
    let mut select = db.prepare_cached(
        "SELECT conversation FROM dialog WHERE thread = ?1
         UNION SELECT dialog FROM dialog WHERE thread = ?1",
    )?;
    let names = select.query_map([phone], |row| row.get::<_, String>(0))?;
    for name in names {
        ids.extend(numbers(db, HOOKS_BEFORE, params![name?, end, most], true)?);
    }
    Ok(newest_first(ids, limit))
}

/// The numbers of a conversation's wire after an entry, oldest first; see
/// [`Reader::wire`](crate::store::Reader::wire).
pub(super) fn wire_after(
    db: &Connection,
    id: &ConversationId,
    after: Option<EntryId>,
    limit: usize,
) -> rusqlite::Result<Vec<(EntryId, bool)>> {
    let Some(conversation) = ConversationRows::find(db, id)? else {
        return Ok(Vec::new());
    };
    let Some((first, last)) = conversation.span(db)? else {
        return Ok(Vec::new());
    };
    let begin = after.map_or(-1, |id| signed(id.0));
    let most = signed(limit as u64);
    let mut ids = Vec::new();
    for name in &conversation.names {
        for (sql, is_hook) in [(HOOKS_AFTER, true), (CALLS_AFTER, false)] {
            ids.extend(numbers(db, sql, params![name, begin, most], is_hook)?);
        }
    }
    let first = conversation.lead(db, first)?;
    let shared = "SELECT id FROM call
        WHERE id > ?1 AND id >= ?2 AND id <= ?3 AND conversation IS NULL
            AND (thread IS NULL OR thread = ?4)
        ORDER BY id LIMIT ?5";
    ids.extend(numbers(
        db,
        shared,
        params![begin, first, last, conversation.phone, most],
        false,
    )?);
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(limit);
    Ok(ids)
}

const HOOKS_BEFORE: &str =
    "SELECT id FROM hook WHERE conversation = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
const CALLS_BEFORE: &str =
    "SELECT id FROM call WHERE conversation = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
const HOOKS_AFTER: &str =
    "SELECT id FROM hook WHERE conversation = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
const CALLS_AFTER: &str =
    "SELECT id FROM call WHERE conversation = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

/// A conversation and where its lines and entries are.
pub(super) struct ConversationRows {
    pub(super) phone: PhoneId,
    pub(super) id: ConversationId,
    /// The ordinals of its dialogs, rising.
    pub(super) ordinals: Vec<u32>,
    /// What its entries call it: its own id, or that of one of its dialogs.
    pub(super) names: Vec<String>,
}

impl ConversationRows {
    pub(super) fn find(db: &Connection, id: &ConversationId) -> rusqlite::Result<Option<Self>> {
        let phone = db
            .prepare_cached("SELECT thread FROM dialog WHERE conversation = ?1 LIMIT 1")?
            .query_row([id.as_str()], |row| row.get(0))
            .optional()?;
        phone
            .map(|phone| Self::of(db, phone, id.clone()))
            .transpose()
    }

    pub(super) fn of(
        db: &Connection,
        phone: PhoneId,
        id: ConversationId,
    ) -> rusqlite::Result<Self> {
        let mut select = db.prepare_cached(
            "SELECT ordinal, dialog FROM dialog WHERE conversation = ?1 AND thread = ?2
             ORDER BY ordinal",
        )?;
        let mut ordinals = Vec::new();
        let mut names = vec![id.as_str().to_owned()];
        let mut rows = select.query(params![id.as_str(), phone])?;
        while let Some(row) = rows.next()? {
            ordinals.push(row.get(0)?);
            let name: String = row.get(1)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let newest: Option<u32> = db
            .prepare_cached("SELECT max(ordinal) FROM dialog WHERE thread = ?1")?
            .query_row([phone], |row| row.get(0))?;
        // What has not left yet goes to the newest one.
        if newest.is_some() && newest == ordinals.last().copied() {
            ordinals.push(Place::UNNUMBERED);
        }
        Ok(Self {
            phone,
            id,
            ordinals,
            names,
        })
    }

    /// The ordinals of its own dialogs, without that of what has not left yet.
    pub(super) fn own_ordinals(&self) -> impl Iterator<Item = u32> {
        let own = |ordinal: &u32| *ordinal != Place::UNNUMBERED;
        self.ordinals.iter().copied().filter(own)
    }

    pub(super) fn lines_after(
        &self,
        db: &Connection,
        after: Option<Place>,
        limit: usize,
    ) -> rusqlite::Result<Vec<Line>> {
        let mut select = db.prepare_cached(
            "SELECT data FROM item
             WHERE place_thread = ?1 AND place_dialog = ?2
                AND (place_sequence, place_number) > (?3, ?4)
             ORDER BY place_sequence, place_number LIMIT ?5",
        )?;
        let mut lines = Vec::new();
        for dialog in &self.ordinals {
            let after = after.map(|place| (place.stored(), place.number));
            let (sequence, number) = match after {
                Some(((last, _), _)) if *dialog < last => continue,
                Some(((last, sequence), number)) if *dialog == last => {
                    (signed(sequence), i64::from(number))
                }
                _ => (-1, -1),
            };
            let left = signed((limit - lines.len()) as u64);
            let row = params![self.phone, dialog, sequence, number, left];
            for item in select.query_and_then(row, item_from)? {
                lines.extend(item?);
            }
        }
        Ok(lines)
    }

    pub(super) fn summary(&self, db: &Connection) -> rusqlite::Result<PastConversation> {
        let mut count = db.prepare_cached(
            "SELECT count(*) FROM item WHERE place_thread = ?1 AND place_dialog = ?2",
        )?;
        let mut lines = 0;
        for dialog in &self.ordinals {
            lines +=
                count.query_row(params![self.phone, dialog], |row| row.get(0).map(unsigned))?;
        }
        let consumer: Option<Option<String>> = db
            .prepare_cached("SELECT persona ->> 'name' FROM phone WHERE thread = ?1")?
            .query_row([self.phone], |row| row.get(0))
            .optional()?;
        let first = self.lines_after(db, None, FIRST)?;
        let last = last_of(db, self, LAST)?;
        let state = state_of(db, self)?;
        // Greetings are all alike; what the consumer wanted tells conversations apart.
        let is_own = |item: &&Line| matches!(item.body, LineBody::Mine { .. });
        let mut own = first.iter().filter(is_own);
        Ok(PastConversation {
            phone: self.phone,
            consumer: SafeText::clean(&consumer.flatten().unwrap_or_default()),
            conversation: self.id.clone(),
            began: first.first().map_or(Timestamp(0), |item| item.at),
            lines,
            is_open: state.as_ref().is_some_and(|state| state["open"] == true),
            agent: agent(last.iter().rev().chain(&first)),
            rating: state
                .and_then(|state| state["facts"]["csat"]["csatRate"].as_u64())
                .filter(|stars| *stars > 0)
                .or_else(|| last.iter().rev().find_map(rated)),
            found_in: FoundIn::Nothing,
            opening: own
                .find_map(said)
                .or_else(|| first.iter().find_map(said))
                .unwrap_or_default(),
        })
    }

    /// The numbers of its first and its last entry.
    fn span(&self, db: &Connection) -> rusqlite::Result<Option<(i64, i64)>> {
        let mut ends: Option<(i64, i64)> = None;
        for name in &self.names {
            for sql in [
                "SELECT min(id), max(id) FROM hook WHERE conversation = ?1",
                "SELECT min(id), max(id) FROM call WHERE conversation = ?1",
            ] {
                let mut select = db.prepare_cached(sql)?;
                let found: (Option<i64>, Option<i64>) =
                    select.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
                if let (Some(first), Some(last)) = found {
                    let (a, b) = ends.unwrap_or((first, last));
                    ends = Some((a.min(first), b.max(last)));
                }
            }
        }
        Ok(ends)
    }

    /// The number of the first call before this entry that served to begin the conversation.
    fn lead(&self, db: &Connection, first: i64) -> rusqlite::Result<i64> {
        let began: Option<i64> = db
            .prepare_cached(
                "SELECT at FROM hook WHERE id = ?1
                 UNION ALL SELECT started FROM call WHERE id = ?1",
            )?
            .query_row([first], |row| row.get(0))
            .optional()?;
        let mut select = db.prepare_cached(
            "SELECT id, started FROM call
             WHERE id < ?1 AND conversation IS NULL AND (thread IS NULL OR thread = ?2)
             ORDER BY id DESC LIMIT ?3",
        )?;
        let mut rows = select.query(params![first, self.phone, signed(LEADING as u64)])?;
        let mut lead = first;
        while let Some(row) = rows.next()? {
            let started: i64 = row.get(1)?;
            if began.is_none_or(|began| started < began - LEAD) {
                break;
            }
            lead = row.get(0)?;
        }
        Ok(lead)
    }
}

fn end(before: Option<EntryId>) -> i64 {
    before.map_or(i64::MAX, |id| signed(id.0))
}

fn numbers(
    db: &Connection,
    sql: &str,
    row: impl rusqlite::Params,
    is_hook: bool,
) -> rusqlite::Result<Vec<(EntryId, bool)>> {
    db.prepare_cached(sql)?
        .query_map(row, |row| Ok((EntryId(unsigned(row.get(0)?)), is_hook)))?
        .collect()
}

fn newest_first(mut ids: Vec<(EntryId, bool)>, limit: usize) -> Vec<(EntryId, bool)> {
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    ids.truncate(limit);
    ids
}

/// A line; nothing when its row cannot be read.
fn item_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Line>> {
    Ok(Damage::default().read("item", row.get_ref(0)?))
}

/// The agent who wrote one of these lines, the first that is found; empty when nobody has a name.
fn agent<'a>(mut lines: impl Iterator<Item = &'a Line>) -> SafeText {
    let name = lines.find_map(|line| match &line.body {
        LineBody::Theirs { author, name, .. }
            if author.role == Role::AssignedAgent && !name.as_str().is_empty() =>
        {
            Some(name.clone())
        }
        _ => None,
    });
    name.unwrap_or_default()
}

/// The stars that a quiet line tells.
fn rated(line: &Line) -> Option<u64> {
    let LineBody::Quiet { text } = &line.body else {
        return None;
    };
    let rest = text.as_str().strip_prefix(RATED)?;
    rest.split(' ').next()?.parse().ok()
}

/// What a bubble says, on one line and not too long; `None` for quiet lines.
fn said(item: &Line) -> Option<SafeText> {
    let (LineBody::Mine { content, .. } | LineBody::Theirs { content, .. }) = &item.body else {
        return None;
    };
    let words = match content {
        Content::Text { text, .. } => text.to_string(),
        Content::File(file) if file.caption.is_empty() => file.file_type.to_string(),
        Content::File(file) => file.caption.to_string(),
        Content::Rich { content, .. } => plain::lines(content).first()?.to_string(),
        Content::Form { title } => title.to_string(),
    };
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(SafeText::from(line.chars().take(WORDS).collect::<String>()))
}
