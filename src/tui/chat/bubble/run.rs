//! Runs: messages of one sender right after one another. Each is named once.

use jiff::tz::TimeZone;

use crate::{
    domain::line::{Line, LineBody},
    tui::{chat::lines::Lines, text::clock},
};

/// Every so many lines a long run begins its turns anew, so that nobody has to look far back.
const TURNS: u32 = 64;

/// Whether a line goes on with the run of the line above it.
pub(crate) fn goes_on(above: &Line, below: &Line, zone: &TimeZone) -> bool {
    let is_same = match (&above.body, &below.body) {
        (LineBody::Mine { .. }, LineBody::Mine { .. }) => true,
        (LineBody::Theirs { author: one, .. }, LineBody::Theirs { author: other, .. }) => {
            one == other
        }
        _ => false,
    };
    is_same
        && above.private == below.private
        && clock::day(above.at, zone) == clock::day(below.at, zone)
}

/// Whether a line can have the second of the two shades of its run.
pub(crate) fn takes_turn(line: &Line) -> bool {
    !line.id.number.is_multiple_of(TURNS)
}

/// Whether a line has the second of the two shades that the bubbles of a run take in turn.
pub(crate) fn is_turned(line: &Line, lines: &Lines, zone: &TimeZone) -> bool {
    let mut is_turned = false;
    let mut at = line;
    for _ in 0..2 * TURNS {
        if !takes_turn(at) {
            break;
        }
        match lines.before(at.place) {
            Some(above) if goes_on(above, at, zone) => at = above,
            _ => break,
        }
        is_turned = !is_turned;
    }
    is_turned
}
