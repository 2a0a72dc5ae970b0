//! What stands above a line: blank rows that tell runs apart, a divider, the sender's name.

use crate::{
    domain::line::{Line, LineBody, Place},
    tui::{
        chat::{
            bubble::{Shape, run},
            transcript::Measure,
        },
        text::clock,
    },
};

/// The rows above a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Above {
    rows: Vec<AboveRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AboveRow {
    Blank,
    Divider(String),
    Name,
}

impl Above {
    /// What stands above a line of this shape.
    pub(crate) fn of(
        item: &Line,
        shape: &Shape,
        fresh: Option<(Place, usize)>,
        measure: &Measure<'_>,
    ) -> Self {
        let before = measure.lines.before(item.place);
        let mut rows = Vec::new();
        if before.is_none() && measure.lines.has_older() {
            // What stands above the first line that is held is not known yet.
            return Self { rows };
        }
        let manner = measure.manner;
        let spaced = manner.filled && !manner.compact;
        let fresh = fresh.filter(|(place, _)| *place == item.place);
        let fresh = fresh.map(|(_, count)| format!("{count} new"));
        let words: Vec<String> = day(item, before, measure)
            .into_iter()
            .chain(fresh)
            .collect();
        let divider = (!words.is_empty()).then(|| words.join(" · "));
        let is_bubble = |line: &Line| !matches!(line.body, LineBody::Quiet { .. });
        let goes_on =
            divider.is_none() && before.is_some_and(|it| run::goes_on(it, item, measure.zone));
        if let Some(words) = divider {
            if spaced && before.is_some() {
                rows.push(AboveRow::Blank);
            }
            rows.push(AboveRow::Divider(words));
            if spaced {
                rows.push(AboveRow::Blank);
            }
        } else if spaced && !goes_on && is_bubble(item) && before.is_some_and(is_bubble) {
            rows.push(AboveRow::Blank);
        }
        if !goes_on && shape.name().is_some() {
            rows.push(AboveRow::Name);
        }
        Self { rows }
    }

    /// How many there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// One of them; `None` for the rows of the line itself.
    pub(crate) fn row(&self, row: usize) -> Option<&AboveRow> {
        self.rows.get(row)
    }
}

/// The day of a line, where it is another than that of the line before.
fn day(item: &Line, before: Option<&Line>, measure: &Measure<'_>) -> Option<String> {
    let day = clock::day(item.at, measure.zone)?;
    let is_new = before.is_none_or(|it| clock::day(it.at, measure.zone) != Some(day));
    is_new.then(|| clock::day_name(day))
}
