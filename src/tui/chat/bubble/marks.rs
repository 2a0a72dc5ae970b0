//! The steps of a scenario beside the bubble they said, waited for or stood still at.

use ratatui::{layout::Rect, style::Style};

use crate::tui::{chat::brush::Brush, text::width::width, theme::styles::Styles};

/// The steps of a bubble, by the lines of the scenario.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StepMarks {
    /// The first and the last that held.
    pub(crate) passed: Option<(usize, usize)>,
    /// One that did not.
    pub(crate) failed: Option<usize>,
    /// One that is under way.
    pub(crate) under_way: Option<usize>,
}

impl StepMarks {
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The marks as they are drawn, as many as there is room for; what failed first.
    fn pieces(self, styles: &Styles, room: usize) -> Vec<(String, Style)> {
        let passed = self.passed.map(|(first, last)| {
            if first == last {
                format!("✓{first}")
            } else {
                format!("✓{first}-{last}")
            }
        });
        let all = [
            (2, passed, styles.good),
            (0, self.failed.map(|line| format!("✗{line}")), styles.bad),
            (
                1,
                self.under_way.map(|line| format!("…{line}")),
                styles.muted,
            ),
        ];
        let mut pieces: Vec<(u8, String, Style)> = all
            .into_iter()
            .filter_map(|(rank, text, style)| Some((rank, text?, style)))
            .collect();
        while columns(&pieces) > room {
            let least = (0..pieces.len()).max_by_key(|at| pieces[*at].0);
            match least {
                Some(least) => drop(pieces.remove(least)),
                None => break,
            }
        }
        let drawn = pieces.into_iter();
        drawn.map(|(_, text, style)| (text, style)).collect()
    }

    /// Draws them on a row between two columns, at its left or its right end.
    pub(super) fn draw(
        self,
        (from, to): (usize, usize),
        at_right: bool,
        spot: Rect,
        brush: &mut Brush<'_>,
    ) {
        let pieces = self.pieces(brush.styles, to.saturating_sub(from));
        let taken: usize = pieces.iter().map(|(text, _)| width(text) + 1).sum();
        let mut x = if at_right {
            (to + 1).saturating_sub(taken)
        } else {
            from
        };
        for (text, style) in pieces {
            brush.text(spot, x, &text, style);
            x += width(&text) + 1;
        }
    }
}

fn columns(pieces: &[(u8, String, Style)]) -> usize {
    let texts: usize = pieces.iter().map(|(_, text, _)| width(text)).sum();
    texts + pieces.len().saturating_sub(1)
}
