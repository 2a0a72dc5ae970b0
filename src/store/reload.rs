//! Single lines of a phone, for a conversation that has forgotten them.

use rusqlite::{Connection, params};

use crate::{
    domain::{
        conversation::reload::Lacking,
        ids::PhoneId,
        line::{Line, LineBody, Place},
    },
    store::{damage::Damage, wire::signed},
};

/// The lines of a phone that are lacking; what is not there is left out.
pub(super) fn lines(
    db: &Connection,
    phone: PhoneId,
    lacks: &[Lacking],
) -> rusqlite::Result<Vec<Line>> {
    let mut found = Vec::new();
    for lack in lacks {
        match *lack {
            Lacking::Line(number) => {
                let sql = "SELECT data FROM item WHERE thread = ?1 AND number = ?2";
                read(db, sql, params![phone, number], &mut found, |_| true)?;
            }
            Lacking::At(dialog, sequence) => {
                // Quiet lines stand at a number too.
                let sql = "SELECT data FROM item
                    WHERE place_thread = ?1 AND place_dialog = ?2 AND place_sequence = ?3";
                let spot = params![phone, dialog, signed(sequence)];
                let said = |item: &Line| !matches!(item.body, LineBody::Quiet { .. });
                read(db, sql, spot, &mut found, said)?;
            }
            Lacking::Said(until) => {
                let sql = "SELECT data FROM item
                    WHERE place_thread = ?1 AND place_dialog = ?2 AND place_sequence <= ?3
                    ORDER BY place_sequence, place_number";
                let (dialog, sequence) = until.stored();
                let spot = params![phone, dialog, signed(sequence)];
                let mine =
                    |item: &Line| item.place <= until && matches!(item.body, LineBody::Mine { .. });
                read(db, sql, spot, &mut found, mine)?;
            }
        }
    }
    Ok(found)
}

/// Lines of a phone after a place, oldest first; `None` begins at the first.
pub(super) fn after(
    db: &Connection,
    phone: PhoneId,
    after: Option<Place>,
    limit: usize,
) -> rusqlite::Result<Vec<Line>> {
    let begin = after.map_or((0, -1, 0), |place| {
        let (dialog, sequence) = place.stored();
        (i64::from(dialog), signed(sequence), i64::from(place.number))
    });
    let sql = "SELECT data FROM item
        WHERE place_thread = ?1 AND (place_dialog, place_sequence, place_number) > (?2, ?3, ?4)
        ORDER BY place_dialog, place_sequence, place_number LIMIT ?5";
    let values = params![phone, begin.0, begin.1, begin.2, signed(limit as u64)];
    let mut found = Vec::new();
    read(db, sql, values, &mut found, |_| true)?;
    Ok(found)
}

fn read(
    db: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    found: &mut Vec<Line>,
    wanted: impl Fn(&Line) -> bool,
) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(values)?;
    while let Some(row) = rows.next()? {
        let item = Damage::default().read("item", row.get_ref(0)?);
        found.extend(item.filter(&wanted));
    }
    Ok(())
}
