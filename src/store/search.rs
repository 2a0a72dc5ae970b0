//! Whether a conversation has some words in it: in its lines, or in its wire.
//!
//! SQLite looks first, with LIKE, for which upper and lower case of ASCII
//! letters are the same; of a line only what was said counts, not how it is kept.

use rusqlite::{Connection, params};
use serde_json::Value;

use crate::store::{damage::Damage, past::Talk};

/// Members of a line's data whose values are the program's own words.
const TAGS: [&str; 4] = ["who", "kind", "state", "role"];

impl Talk {
    /// Whether one of its lines has the needle.
    pub(super) fn has_in_lines(&self, db: &Connection, needle: &str) -> rusqlite::Result<bool> {
        // As it stands in the data, which is JSON.
        let written = Value::from(needle).to_string();
        let written = written.trim_matches('"');
        let lower = needle.to_lowercase();
        let mut select = db.prepare_cached(
            "SELECT data FROM item WHERE place_thread = ?1 AND place_dialog = ?2
                AND data LIKE ?3 ESCAPE '\\'",
        )?;
        for dialog in &self.ordinals {
            let mut rows = select.query(params![self.thread, dialog, like(written)])?;
            while let Some(row) = rows.next()? {
                let data: Option<Value> = Damage::default().read("item", row.get_ref(0)?);
                let body = data.as_ref().and_then(|data| data.get("body"));
                // The names of members are not what was said.
                if body.is_some_and(|body| says(body, &lower)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether a body of its own wire has the needle.
    pub(super) fn has_in_wire(&self, db: &Connection, needle: &str) -> rusqlite::Result<bool> {
        let mut hook = db.prepare_cached(
            "SELECT 1 FROM hook WHERE conversation = ?1
                AND CAST(body AS TEXT) LIKE ?2 ESCAPE '\\' LIMIT 1",
        )?;
        let mut call = db.prepare_cached(
            "SELECT 1 FROM call WHERE conversation = ?1
                AND (CAST(body AS TEXT) LIKE ?2 ESCAPE '\\'
                    OR CAST(answer_body AS TEXT) LIKE ?2 ESCAPE '\\') LIMIT 1",
        )?;
        let pattern = like(needle);
        for name in &self.names {
            if hook.exists(params![name, pattern])? || call.exists(params![name, pattern])? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A pattern for LIKE, with `\` as its escape.
fn like(needle: &str) -> String {
    let mut pattern = String::from("%");
    for c in needle.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Whether a text in there has the needle, which is in lower case.
fn says(value: &Value, needle: &str) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(needle),
        Value::Array(elements) => elements.iter().any(|element| says(element, needle)),
        Value::Object(members) => members
            .iter()
            .any(|(name, member)| !TAGS.contains(&name.as_str()) && says(member, needle)),
        _ => false,
    }
}
