//! The flood as the cloud's state file has it, held against the journal.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

/// What is the agent's flood and no consumer's request for one.
const FLOOD: &str = "flood %/%";

/// What became of the flood.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    /// Messages of the flood in the cloud.
    sent: usize,
    /// In the cloud and not on the phone.
    lost: usize,
    /// More than once on a phone.
    doubled: usize,
    /// On the phone of another consumer, or on a phone and not in the cloud.
    crossed: usize,
    /// Not the number that follows the one before it.
    disordered: usize,
}

impl Totals {
    pub(crate) fn is_clean(&self, expected: usize) -> bool {
        self.sent == expected && self.lost + self.doubled + self.crossed + self.disordered == 0
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            lost,
            doubled,
            crossed,
            disordered,
        } = self;
        write!(
            f,
            "{sent} messages of them: lost {lost}, doubled {doubled}, crossed {crossed}, out of order {disordered}"
        )
    }
}

fn open(file: &Path) -> Connection {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    db
}

fn rows<T>(file: &Path, query: &str, read: impl Fn(&rusqlite::Row<'_>) -> T) -> Vec<T> {
    let db = open(file);
    let mut query = db.prepare(query).unwrap();
    let rows = query.query_map((), |row| Ok(read(row))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn count(journal: &Path, query: &str) -> usize {
    let count = open(journal).query_row(query, (), |row| row.get::<_, i64>(0));
    usize::try_from(count.unwrap()).unwrap()
}

/// Lines on all phones.
pub(crate) fn lines(journal: &Path) -> usize {
    count(journal, "SELECT count(*) FROM item")
}

/// Messages of the flood on all phones.
pub(crate) fn floods(journal: &Path) -> usize {
    let query = format!(
        "SELECT count(*) FROM item WHERE data ->> '$.body.who' = 'theirs'
            AND data ->> '$.body.content.text' LIKE '{FLOOD}'"
    );
    count(journal, &query)
}

/// A message by its dialog and its number there.
type Key = (String, i64);

/// Compares both sides once the program has ended.
pub(crate) fn compare(state: &Path, journal: &Path, flood: usize) -> Totals {
    let owners: BTreeMap<String, String> = rows(
        state,
        "SELECT dialog.value ->> 'id', consumer.content ->> '$.external'
            FROM conversation, json_each(conversation.content, '$.dialogs') AS dialog
            JOIN consumer ON consumer.id = conversation.content ->> '$.consumer'",
        |row| (row.get(0).unwrap(), row.get(1).unwrap()),
    )
    .into_iter()
    .collect();
    let sent: BTreeSet<Key> = rows(
        state,
        &format!(
            "SELECT dialog, sequence FROM event
                WHERE content ->> '$.author.role' <> 'CONSUMER'
                AND content ->> '$.event.message' LIKE '{FLOOD}'"
        ),
        |row| (row.get(0).unwrap(), row.get(1).unwrap()),
    )
    .into_iter()
    .collect();
    // In the order the phones show them.
    let shown: Vec<(String, Key, String)> = rows(
        journal,
        &format!(
            "SELECT phone.consumer, data ->> '$.body.dialog', data ->> '$.body.sequence',
                data ->> '$.body.content.text'
                FROM item JOIN phone ON phone.thread = item.thread
                WHERE data ->> '$.body.who' = 'theirs'
                AND data ->> '$.body.content.text' LIKE '{FLOOD}'
                ORDER BY place_thread, place_dialog, place_sequence, place_number"
        ),
        |row| {
            let key = (row.get(1).unwrap(), row.get(2).unwrap());
            (row.get(0).unwrap(), key, row.get(3).unwrap())
        },
    );
    let mut totals = Totals {
        sent: sent.len(),
        ..Totals::default()
    };
    let mut known = BTreeSet::new();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (consumer, key, text) in &shown {
        totals.doubled += usize::from(!known.insert(key));
        let is_own = owners.get(&key.0) == Some(consumer) && sent.contains(key);
        totals.crossed += usize::from(!is_own);
        let before = last.get(consumer.as_str()).copied().unwrap_or(flood);
        let due = before % flood + 1;
        totals.disordered += usize::from(*text != format!("flood {due}/{flood}"));
        last.insert(consumer, due);
    }
    totals.lost = sent.iter().filter(|key| !known.contains(key)).count();
    totals
}
