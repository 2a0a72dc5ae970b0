//! Which long texts are shown to their end, and which bubbles of a run have its second shade.

use crate::{
    domain::{
        ids::ItemId,
        line::{Line, LineBody},
    },
    tui::chat::{
        bubble::run,
        transcript::{Measure, Transcript},
    },
};

/// Long texts that stay open at once; past that one is folded again.
const UNFOLDED: usize = 256;

impl Transcript {
    /// Shows the end of a long text, or folds it away again.
    pub(crate) fn turn_fold(&mut self, id: ItemId) {
        self.hold();
        if !self.unfolded.remove(&id) {
            if self.unfolded.len() >= UNFOLDED {
                self.unfolded.pop_first();
            }
            self.unfolded.insert(id);
        }
        self.changed(id);
    }

    /// Notes a line that came while nobody looked; a message of ours ends that.
    pub(crate) fn came_unseen(&mut self, item: &Line) {
        if matches!(item.body, LineBody::Theirs { .. }) {
            let (first, count) = self.fresh.unwrap_or((item.place, 0));
            self.fresh = Some((first.min(item.place), count + 1));
        }
    }

    /// Gives the bubbles of each run its two shades in turn.
    pub(super) fn take_turns(&mut self, measure: &Measure<'_>) {
        let mut before: Option<(&Line, bool)> = None;
        for slot in &mut self.slots {
            let Some(item) = measure.lines.at(slot.place) else {
                continue;
            };
            slot.turned = match before {
                None => run::is_turned(item, measure.lines, measure.zone),
                Some((above, turned)) => {
                    !turned && run::takes_turn(item) && run::goes_on(above, item, measure.zone)
                }
            };
            before = Some((item, slot.turned));
        }
    }
}
