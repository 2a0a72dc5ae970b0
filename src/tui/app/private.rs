//! Private mode: what only the tester should see is masked on the usual screen, and not copied.
//!
//! The frame is drawn as ever; then every cell of it that shows something private is covered. What
//! the person writes at the moment is theirs and stays.

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::Value;

use crate::{
    domain::mask::{MASKED, Mask},
    tui::{app::model::Model, terminal::backend::link},
};

/// The sign that private mode is on.
pub(crate) const SIGN: &str = "◐ private ";

impl Model {
    /// The mask of the usual screen: ids, and what agents are told of the consumers.
    pub(crate) fn private_mask(&self) -> Mask {
        let mut known = self.private_ids();
        for phone in std::iter::once(&self.phone).chain(&self.others) {
            let persona = phone.persona.as_deref();
            let opening = persona.and_then(|persona| serde_json::to_value(&persona.opening).ok());
            leaves(&opening.unwrap_or_default(), &mut known);
        }
        Mask::new(known, Vec::new())
    }

    /// The mask that holds now, on stage or off it; `None` where nothing is masked.
    pub(crate) fn mask(&self) -> Option<Mask> {
        match (&self.stage, self.is_private) {
            (Some(_), _) => Some(self.stage_mask()),
            (None, true) => Some(self.private_mask()),
            (None, false) => None,
        }
    }

    /// Covers what is private in a frame of the usual screen.
    pub(crate) fn cover_private(&self, buffer: &mut Buffer) {
        let written = self.layout.phone.map(|parts| parts.composer_rows());
        cover(&self.private_mask(), written.unwrap_or_default(), buffer);
    }
}

/// The texts and numbers of a value.
fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(all) => all.iter().for_each(|value| leaves(value, found)),
        Value::Object(object) => object.values().for_each(|value| leaves(value, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Covers what a mask finds in the rows of a buffer, but for an area.
fn cover(mask: &Mask, spared: Rect, buffer: &mut Buffer) {
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        let mut row = String::new();
        let mut places: Vec<(usize, u16)> = Vec::new();
        for x in area.left()..area.right() {
            let cell = &mut buffer[(x, y)];
            // An address behind a word is private too.
            if let (Some(_), glyph) = link::split(cell.symbol()) {
                let glyph = glyph.to_owned();
                cell.set_symbol(&glyph);
            }
            places.push((row.len(), x));
            row.push_str(cell.symbol());
        }
        for range in mask.ranges(&row) {
            let covered = places.iter().filter(|(at, _)| range.contains(at));
            let covered = covered.filter(|(_, x)| !spared.contains((*x, y).into()));
            let signs = MASKED.chars().chain(std::iter::repeat(' '));
            for ((_, x), sign) in covered.zip(signs) {
                buffer[(*x, y)].set_char(sign);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_covered_and_the_rest_stays_where_it_is() {
        let rows = [
            "to ada@mail.example.com ok │ 127.0.0.1:80",
            "日本 55512300 日本           ",
            "> ada@mail.example.com        ",
        ];
        let mut buffer = Buffer::with_lines(rows);
        let mask = Mask::new(["55512300".to_owned()], Vec::new());
        cover(&mask, Rect::new(0, 2, 60, 1), &mut buffer);
        let rows: Vec<String> = buffer
            .content
            .chunks(usize::from(buffer.area.width))
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
            .collect();
        assert_eq!(rows[0], "to •••                  ok │ •••         ");
        assert!(rows[1].contains("•••      日"), "{}", rows[1]);
        assert!(rows[2].starts_with("> ada@mail.example.com"), "{}", rows[2]);
    }
}
