//! Which words of a search a conversation has: in what is known of it, in its lines, in its wire.
//!
//! Nothing is indexed: an index of the wire would double the journal, and every webhook would pay
//! for it. What was said is looked through first, in all conversations, and then the wire of those
//! that lack a word, the newest first, for as long as the searcher has patience.

use std::time::Instant;

use jiff::{Span, tz::TimeZone};
use rusqlite::{Connection, params, types::ValueRef};
use serde_json::Value;

use crate::{
    domain::{
        ids::{ConversationId, PhoneId},
        line::{Line, Place},
        past::{FoundIn, PastConversation, SearchResult},
        search::{SearchWords, fold, fold_wire, folded_line},
        time::Timestamp,
    },
    store::{
        damage::Damage,
        past::{self, ConversationRows, SOME},
        reader::Search,
        wire::signed,
    },
};

/// Days of a conversation that are told one by one; of a longer one the first and the last are.
const DAYS: i64 = 31;
/// A day as people write it: 2026-11-23, Monday 23 November 2026, 23.11.2026, 11/23/2026, Nov.
const DAY: &str = "%Y-%m-%d %A %-d %B %Y %d.%m.%Y %m/%d/%Y %b\n";

/// The names of days and months, folded.
const NAMES: &str = "monday tuesday wednesday thursday friday saturday sunday january february \
    march april may june july august september october november december";

/// See [`Reader::conversations`](crate::store::Reader::conversations).
pub(super) fn conversations(
    db: &Connection,
    search: &Search,
    limit: usize,
) -> rusqlite::Result<SearchResult> {
    let until = Instant::now() + search.patience;
    let words = SearchWords::of(&search.words);
    let all = newest_first(db)?;
    if words.is_empty() {
        let list = all.iter().take(limit).map(|(_, one)| one.summary(db));
        return Ok(SearchResult {
            conversations: list.collect::<rusqlite::Result<_>>()?,
            back_to: None,
        });
    }
    let mut found = Vec::new();
    let mut left = Vec::new();
    let mut back_to = None;
    for (began, conversation) in &all {
        if found.len() >= limit {
            break;
        }
        let mut missing = words.missing();
        conversation.strike_known(db, &mut missing)?;
        conversation.strike_days(db, *began, &search.zone, &mut missing)?;
        conversation.strike_lines(db, &mut missing)?;
        if missing.is_empty() {
            found.push((*began, summary(db, conversation, FoundIn::Lines)?));
        } else if Instant::now() < until {
            left.push((*began, conversation, missing));
        } else {
            back_to.get_or_insert(*began);
            break;
        }
    }
    for (began, conversation, mut missing) in left {
        if found.len() >= limit {
            break;
        }
        if Instant::now() >= until {
            back_to = back_to.max(Some(began));
            break;
        }
        conversation.strike_wire(db, &mut missing)?;
        if missing.is_empty() {
            found.push((began, summary(db, conversation, FoundIn::Wire)?));
        }
    }
    Ok(SearchResult {
        conversations: found.into_iter().map(|(_, one)| one).collect(),
        back_to,
    })
}

fn summary(
    db: &Connection,
    conversation: &ConversationRows,
    found_in: FoundIn,
) -> rusqlite::Result<PastConversation> {
    Ok(PastConversation {
        found_in,
        ..conversation.summary(db)?
    })
}

/// All conversations with when they began; those without a line are left out.
fn newest_first(db: &Connection) -> rusqlite::Result<Vec<(Timestamp, ConversationRows)>> {
    let mut select = db.prepare("SELECT DISTINCT thread, conversation FROM dialog")?;
    let mut found = Vec::new();
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        let id = ConversationId::from(row.get::<_, String>(1)?);
        let conversation = ConversationRows::of(db, row.get(0)?, id)?;
        if let Some(first) = conversation.lines_after(db, None, SOME)?.first() {
            found.push((first.at, conversation));
        }
    }
    found.sort_by(|(a, one), (b, other)| (b, &other.id).cmp(&(a, &one.id)));
    Ok(found)
}

impl ConversationRows {
    /// Takes out the words that the consumer's name and the ids have.
    fn strike_known(&self, db: &Connection, missing: &mut Vec<&str>) -> rusqlite::Result<()> {
        let mut folded = String::new();
        for name in &self.names {
            fold(name, &mut folded);
            folded.push('\n');
        }
        let mut select =
            db.prepare_cached("SELECT consumer, persona ->> 'name' FROM phone WHERE thread = ?1")?;
        let mut rows = select.query([self.phone])?;
        if let Some(row) = rows.next()? {
            for column in 0..2 {
                fold(
                    &row.get::<_, Option<String>>(column)?.unwrap_or_default(),
                    &mut folded,
                );
                folded.push('\n');
            }
        }
        SearchWords::strike(missing, &folded);
        Ok(())
    }

    /// Takes out the words that its days have.
    fn strike_days(
        &self,
        db: &Connection,
        began: Timestamp,
        zone: &TimeZone,
        missing: &mut Vec<&str>,
    ) -> rusqlite::Result<()> {
        if missing.iter().any(|word| may_tell_day(word)) {
            let last = past::last_of(db, self, 1)?;
            let last = last.last().map_or(began, |line| line.at);
            SearchWords::strike(missing, &days(began, last, zone));
        }
        Ok(())
    }

    /// Takes out the words that its lines have.
    fn strike_lines(&self, db: &Connection, missing: &mut Vec<&str>) -> rusqlite::Result<()> {
        let mut select = db.prepare_cached(
            "SELECT data FROM item WHERE place_thread = ?1 AND place_dialog = ?2",
        )?;
        let mut folded = String::new();
        for dialog in &self.ordinals {
            let mut rows = select.query(params![self.phone, dialog])?;
            while let Some(row) = rows.next()? {
                if missing.is_empty() {
                    return Ok(());
                }
                // As it is kept it has all that was said and more, and is quicker to look through.
                folded.clear();
                fold_wire(bytes(row.get_ref(0)?), &mut folded);
                if !missing.iter().any(|word| folded.contains(word)) {
                    continue;
                }
                let line: Option<Line> = Damage::default().read("item", row.get_ref(0)?);
                if let Some(line) = line {
                    SearchWords::strike(missing, &folded_line(&line));
                }
            }
        }
        Ok(())
    }

    /// Takes out the words that its own wire has: addresses, headers, bodies.
    fn strike_wire(&self, db: &Connection, missing: &mut Vec<&str>) -> rusqlite::Result<()> {
        let mut folded = String::new();
        for sql in [
            "SELECT body, headers FROM hook WHERE conversation = ?1",
            "SELECT body, answer_body, url, headers, answer_headers FROM call
             WHERE conversation = ?1",
        ] {
            let mut select = db.prepare_cached(sql)?;
            let columns = select.column_count();
            for name in &self.names {
                let mut rows = select.query([name])?;
                while let Some(row) = rows.next()? {
                    for column in 0..columns {
                        folded.clear();
                        fold_wire(bytes(row.get_ref(column)?), &mut folded);
                        SearchWords::strike(missing, &folded);
                    }
                    if missing.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a word may be a part of a day as it is told.
fn may_tell_day(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit()) || NAMES.contains(word)
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    }
}

/// The days from one moment to another, folded, in the ways people write them, and the first
/// moment's time.
fn days(first: Timestamp, last: Timestamp, zone: &TimeZone) -> String {
    let zoned = |at: Timestamp| {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(at.to_zoned(zone.clone()))
    };
    let (Some(first), Some(last)) = (zoned(first), zoned(last)) else {
        return String::new();
    };
    let mut text = first.strftime("%H:%M\n").to_string();
    let mut day = first.date();
    for _ in 0..DAYS {
        text += &day.strftime(DAY).to_string();
        match day.checked_add(Span::new().days(1)) {
            Ok(next) if next <= last.date() => day = next,
            _ => break,
        }
    }
    text += &last.date().strftime(DAY).to_string();
    crate::domain::search::folded(&text)
}

/// See [`Reader::find_line`](crate::store::Reader::find_line).
pub(super) fn find_line(
    db: &Connection,
    phone: PhoneId,
    words: &str,
    from: Option<Place>,
    up: bool,
) -> rusqlite::Result<Option<Place>> {
    let words = SearchWords::of(words);
    let edge = if up { i64::MAX } else { -1 };
    let (dialog, sequence, number) = from.map_or((edge, edge, edge), |place| {
        let (dialog, sequence) = place.stored();
        (i64::from(dialog), signed(sequence), i64::from(place.number))
    });
    let mut select = db.prepare_cached(if up { LINES_UP } else { LINES_DOWN })?;
    let mut rows = select.query(params![phone, dialog, sequence, number])?;
    let mut folded = String::new();
    while let Some(row) = rows.next()? {
        folded.clear();
        fold_wire(bytes(row.get_ref(0)?), &mut folded);
        let mut missing = words.missing();
        SearchWords::strike(&mut missing, &folded);
        if missing.is_empty() {
            let line: Option<Line> = Damage::default().read("item", row.get_ref(0)?);
            if let Some(line) = line.filter(|line| words.are_in(line)) {
                return Ok(Some(line.place));
            }
        }
    }
    Ok(None)
}

const LINES_UP: &str = "SELECT data FROM item
    WHERE place_thread = ?1 AND (place_dialog, place_sequence, place_number) < (?2, ?3, ?4)
    ORDER BY place_dialog DESC, place_sequence DESC, place_number DESC";
const LINES_DOWN: &str = "SELECT data FROM item
    WHERE place_thread = ?1 AND (place_dialog, place_sequence, place_number) > (?2, ?3, ?4)
    ORDER BY place_dialog, place_sequence, place_number";

/// What the state of a phone knows of a conversation, as long as the phone listens to it.
pub(super) fn state_of(
    db: &Connection,
    conversation: &ConversationRows,
) -> rusqlite::Result<Option<Value>> {
    let mut select = db.prepare_cached(
        // What cannot be read is told elsewhere.
        "SELECT rooms.value FROM thread,
            json_each(iif(json_valid(thread.state), thread.state, '{}'), '$.rooms') AS rooms
         WHERE thread.thread = ?1 AND rooms.value ->> 'id' = ?2",
    )?;
    let mut rows = select.query(params![conversation.phone, conversation.id.as_str()])?;
    Ok(match rows.next()? {
        Some(row) => Damage::default().read("thread", row.get_ref(0)?),
        None => None,
    })
}
