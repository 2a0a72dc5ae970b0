//! What stands above a line: blank rows that tell runs apart, a divider, the sender's name.

use std::time::Duration;

use crate::{
    config::brand::BrandLook,
    domain::{
        conversation::details::ConversationOutline,
        line::{Line, LineBody, Place},
        text::SafeText,
    },
    tui::{
        chat::{
            bubble::{Shape, run},
            transcript::{Measure, StageWords},
        },
        text::{clock, width::width},
    },
};

/// The columns of the rules at both sides of a divider's words.
const RULES: usize = 6;

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
    /// A word about the day on a ground of its own, on stage.
    Pill(String),
    /// A time between groups, on stage.
    Stamp(String),
    /// The round upper edge of a bubble, on stage.
    Top,
}

/// A pause after which the time is told anew, where times stand between groups.
const PAUSE: Duration = Duration::from_mins(15);

impl Above {
    /// What stands above a line of this shape.
    pub(crate) fn of(
        item: &Line,
        shape: &Shape,
        fresh: Option<(Place, usize)>,
        columns: u16,
        measure: &Measure<'_>,
    ) -> Self {
        let before = measure.lines.before(item.place);
        let mut rows = Vec::new();
        if before.is_none() && measure.lines.has_older() {
            // What stands above the first line that is held is not known yet.
            return Self { rows };
        }
        let manner = measure.manner;
        if let Some(staged) = measure.staged {
            return Self::on_stage(item, before, staged, shape, measure);
        }
        let spaced = manner.filled && !manner.compact;
        let fresh = fresh.filter(|(place, _)| *place == item.place);
        let fresh = fresh.map(|(_, count)| format!("{count} new"));
        let words: Vec<String> = day(item, before, measure)
            .into_iter()
            .chain(conversation(item, before, measure))
            .chain(fresh)
            .collect();
        let is_divided = !words.is_empty();
        let is_bubble = |line: &Line| !matches!(line.body, LineBody::Quiet { .. });
        let goes_on = !is_divided && before.is_some_and(|it| run::goes_on(it, item, measure.zone));
        if is_divided {
            if spaced && before.is_some() {
                rows.push(AboveRow::Blank);
            }
            let dividers = dividers(words, columns);
            rows.extend(dividers.into_iter().map(AboveRow::Divider));
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

    /// What stands above a line on stage.
    fn on_stage(
        item: &Line,
        before: Option<&Line>,
        staged: StageWords<'_>,
        shape: &Shape,
        measure: &Measure<'_>,
    ) -> Self {
        let manner = measure.manner;
        let mut rows = Vec::new();
        let is_bubble = !matches!(item.body, LineBody::Quiet { .. });
        let day = day_on_stage(item, staged, measure);
        let is_day = before
            .is_none_or(|it| clock::day(it.at, measure.zone) != clock::day(item.at, measure.zone));
        let is_pause = before.is_none_or(|it| item.at.since(it.at) >= PAUSE);
        let said = match manner.look {
            Some(BrandLook::UnderLast) if is_day || is_pause => {
                let time = clock::short(item.at, measure.zone);
                Some(AboveRow::Stamp(format!("{day} {time}")))
            }
            Some(BrandLook::UnderLast) => None,
            Some(BrandLook::Window) => is_day.then_some(AboveRow::Stamp(day)),
            _ => is_day.then_some(AboveRow::Pill(day)),
        };
        let goes_on =
            said.is_none() && before.is_some_and(|it| run::goes_on(it, item, measure.zone));
        if let Some(said) = said {
            if !manner.compact {
                rows.push(AboveRow::Blank);
            }
            rows.push(said);
        }
        let is_theirs = matches!(item.body, LineBody::Theirs { .. });
        if manner.look == Some(BrandLook::Window) && is_theirs && !goes_on && shape.name().is_some()
        {
            rows.push(AboveRow::Name);
        }
        if manner.has_edges() && is_bubble && !goes_on {
            rows.push(AboveRow::Top);
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

/// The day of a line as a brand's phone says it.
fn day_on_stage(item: &Line, staged: StageWords<'_>, measure: &Measure<'_>) -> String {
    let day = |at| clock::day(at, measure.zone);
    let (said, today) = (day(item.at), day(staged.now));
    let words = staged.words;
    match (said, today) {
        (Some(said), Some(today)) if said == today => words.today.clone(),
        (Some(said), Some(today)) if said.tomorrow().ok() == Some(today) => words.yesterday.clone(),
        (Some(said), _) => clock::day_name(said),
        (None, _) => String::new(),
    }
}

/// The conversation a line belongs to, where the line before belongs to another: its number on the
/// phone, and what came of it. Of a conversation that the phone knows no longer nothing is told.
fn conversation(item: &Line, before: Option<&Line>, measure: &Measure<'_>) -> Vec<String> {
    let outline_of = |line: &Line| {
        let (dialog, _) = line.place.numbered()?;
        let mut outlines = measure.outlines.iter();
        outlines.find(|outline| outline.dialogs.contains(&dialog))
    };
    match outline_of(item) {
        Some(outline) if before.and_then(outline_of) != Some(outline) => outline_words(outline),
        _ => Vec::new(),
    }
}

fn outline_words(outline: &ConversationOutline) -> Vec<String> {
    let number = match outline.number {
        0 => "conversation".to_owned(),
        number => format!("conversation {number}"),
    };
    let reason = outline.close_reason.as_ref().map(SafeText::as_str);
    let state = match reason {
        _ if outline.main_open => "open",
        Some("CONSUMER") => "closed by the consumer",
        Some("AGENT") => "closed by the agent",
        Some("SYSTEM") => "closed after a long silence",
        _ => "closed",
    };
    let has_survey = outline.open && !outline.main_open;
    let survey = has_survey.then(|| "survey open".to_owned());
    let rated = outline.stars.map(|stars| format!("rated {stars}"));
    let words = [Some(number), Some(state.to_owned()), survey, rated];
    words.into_iter().flatten().collect()
}

/// The words of dividers in one row, or in several where the columns do not hold them.
fn dividers(words: Vec<String>, columns: u16) -> Vec<String> {
    let room = usize::from(columns).saturating_sub(RULES);
    let mut rows: Vec<String> = Vec::new();
    for words in words {
        match rows.last_mut() {
            Some(row) if width(row) + width(" · ") + width(&words) <= room => {
                row.push_str(" · ");
                row.push_str(&words);
            }
            _ => rows.push(words),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divider_tells_what_came_of_a_conversation() {
        let outline = |main_open, open, reason: &str, stars| ConversationOutline {
            number: 2,
            dialogs: vec![0],
            main_open,
            open,
            close_reason: (!reason.is_empty()).then(|| reason.into()),
            stars,
        };
        for (outline, words) in [
            (outline(true, true, "", None), "open"),
            (
                outline(false, true, "AGENT", None),
                "closed by the agent · survey open",
            ),
            (
                outline(false, false, "AGENT", Some(5)),
                "closed by the agent · rated 5",
            ),
            (
                outline(false, false, "CONSUMER", None),
                "closed by the consumer",
            ),
            (
                outline(false, false, "SYSTEM", None),
                "closed after a long silence",
            ),
            (outline(false, false, "", None), "closed"),
        ] {
            let told = outline_words(&outline).join(" · ");
            assert_eq!(told, format!("conversation 2 · {words}"));
        }
    }

    #[test]
    fn words_that_do_not_fit_in_one_row_stand_in_several() {
        let words = || {
            ["Monday", "conversation 2", "open"]
                .map(str::to_owned)
                .to_vec()
        };
        assert_eq!(dividers(words(), 36), ["Monday · conversation 2 · open"]);
        assert_eq!(dividers(words(), 35), ["Monday · conversation 2", "open"]);
        assert_eq!(dividers(words(), 20), ["Monday", "conversation 2", "open"]);
    }
}
