//! The block that says why a scene failed, the same in every report.

use crate::report::{
    diff::{self, WordDiff},
    outcome::{
        Failure, FailureKind, HopReport, SceneReport, Seen, SeenKind, StepOutcome, StepReport,
    },
    words,
};

/// Things that were there instead, listed at most.
const MOST_WAS: usize = 8;
/// Things seen meanwhile, listed at most; the last ones.
const MOST_SEEN: usize = 20;
/// The words of a card can be many: of a text that was seen so many bytes are told.
const LONGEST_SEEN: usize = 240;

/// One row of the block: what it is about, and the text.
pub type ReasonRow = (&'static str, String);

/// The texts that were compared, where they are much alike: the first thing that was there and is
/// like what was expected, by its index. Of other failures than a mismatch what was there is not
/// meant to be what was expected.
pub fn compared(failure: &Failure) -> Option<(usize, WordDiff)> {
    if failure.kind != FailureKind::Mismatch {
        return None;
    }
    let mut all = failure.was.iter().take(MOST_WAS).enumerate();
    all.find_map(|(at, was)| Some((at, differing(&failure.expected, was)?)))
}

/// What differs: in what is quoted, where both quote something, else in all of it.
fn differing(expected: &str, was: &str) -> Option<WordDiff> {
    let (Some(from), Some(was_from)) = (expected.find('"'), was.find('"')) else {
        return diff::words(expected, was);
    };
    let (before, expected) = expected.split_at(from);
    let (before_was, was) = was.split_at(was_from);
    let mut diff = diff::words(expected, was)?;
    diff.before = [words::row(before), words::row(before_was)];
    Some(diff)
}

/// What was expected and what was there, with what differs; nothing of it where a step could not be
/// done.
pub fn rows(failure: &Failure) -> Vec<ReasonRow> {
    let compared = compared(failure);
    let expected = match &compared {
        Some((_, diff)) => diff.expected(),
        None => words::row(&failure.expected),
    };
    let mut rows = Vec::new();
    if !failure.expected.is_empty() {
        rows.push(("expected", expected));
        if failure.was.is_empty() {
            rows.push(("was", "nothing".to_owned()));
        }
    }
    for (at, was) in failure.was.iter().take(MOST_WAS).enumerate() {
        let label = if at == 0 { "was" } else { "" };
        rows.push(match &compared {
            Some((alike, diff)) if *alike == at => (label, diff.was()),
            _ => (label, words::row(was)),
        });
    }
    let more = failure.was.len().saturating_sub(MOST_WAS);
    if more > 0 {
        rows.push(("", format!("and {more} more")));
    }
    let alike = compared.map(|(_, diff)| diff.look_alikes);
    if let Some(alike) = alike.filter(|alike| !alike.is_empty()) {
        rows.push(("look alike", alike.join(", ")));
    }
    rows.extend(about_time(failure));
    rows
}

/// Hops, the deadline, and how late it came.
pub fn about_time(failure: &Failure) -> Vec<ReasonRow> {
    let mut rows = Vec::new();
    if !failure.hops.is_empty() {
        let hops: Vec<String> = failure.hops.iter().map(hop).collect();
        rows.push(("hops", hops.join("  ")));
    }
    if let Some(line) = failure.deadline_line {
        rows.push(("deadline", format!("set in line {line}")));
    }
    if let Some(late) = failure.late_by_ms {
        rows.push(("came", format!("{} late", words::span(late))));
    }
    rows
}

fn hop(hop: &HopReport) -> String {
    let name = words::row(&hop.name);
    match hop.after_ms {
        Some(ms) => format!("✓ {name} +{ms} ms"),
        None => format!("✗ {name} –"),
    }
}

/// What was seen after the last step that held.
#[derive(Debug)]
pub struct SeenSince<'a> {
    /// The line of that step; `None` when the first step failed.
    pub line: Option<usize>,
    /// When that was, after the beginning of the scene.
    pub from_ms: u64,
    /// How many more there were than those that are listed.
    pub left_out: usize,
    /// What was seen: what people said before the rest, and the last of it.
    pub seen: Vec<&'a Seen>,
}

/// What was seen since the last step that held, until the next one failed; what others said while
/// the scene ended with it, for it may be what came too late.
pub fn seen_since(scene: &SceneReport) -> SeenSince<'_> {
    let is_failed = |step: &StepReport| step.outcome == StepOutcome::Failed;
    // A block that failed stands before what failed in it.
    let failed = scene.steps.iter().rposition(is_failed);
    let before = scene.steps.split_at(failed.unwrap_or(scene.steps.len())).0;
    let held = |step: &&StepReport| step.outcome == StepOutcome::Passed;
    let mut held = before.iter().filter(held).rev();
    let last = held.next();
    // A step that waited ends when the thing came; what a step did is seen after its beginning,
    // which is the end of the one before.
    let from_ms = match last {
        Some(step) if step.matched.is_some() => step.at_ms,
        Some(_) => held.next().map_or(0, |step| step.at_ms),
        None => 0,
    };
    // What belongs to the steps before may have come in the same millisecond.
    let of_an_earlier = |seen: &&Seen| {
        let Some(line) = seen.line.filter(|_| from_ms > 0) else {
            return false;
        };
        match last {
            Some(step) if step.matched.is_some() => seen.at_ms == from_ms || step.line == line,
            Some(step) => seen.at_ms == from_ms && step.line != line,
            None => false,
        }
    };
    let until_ms = failed.map_or(u64::MAX, |failed| scene.steps[failed].at_ms);
    let is_meant = |seen: &&Seen| {
        seen.at_ms >= from_ms
            && (seen.at_ms <= until_ms || seen.kind == SeenKind::Heard)
            && !of_an_earlier(seen)
    };
    let mut seen: Vec<&Seen> = scene.seen.iter().filter(is_meant).collect();
    let left_out = seen.len().saturating_sub(MOST_SEEN);
    let said = seen.iter().filter(|seen| is_words(seen)).count();
    // Of receipts, states and the like the oldest go first.
    let mut surplus = left_out.min(seen.len() - said);
    seen.retain(|seen| {
        let stays = surplus == 0 || is_words(seen);
        surplus -= usize::from(!stays);
        stays
    });
    seen.drain(..seen.len().saturating_sub(MOST_SEEN));
    SeenSince {
        line: last.map(|step| step.line),
        from_ms,
        left_out,
        seen,
    }
}

/// Whether somebody said this, or was told it.
fn is_words(seen: &Seen) -> bool {
    matches!(
        seen.kind,
        SeenKind::Said | SeenKind::Heard | SeenKind::Quiet
    )
}

/// One thing that was seen, on one row, without its time.
pub fn seen_row(seen: &Seen, is_whose_told: bool) -> String {
    let text = words::row(&words::cut(&seen.text, LONGEST_SEEN));
    let who = words::row(seen.who.as_deref().unwrap_or(&seen.whose));
    let row = match seen.kind {
        SeenKind::Said if is_whose_told && seen.who.is_none() => format!("→ \"{text}\""),
        SeenKind::Said => format!("→ {who}: \"{text}\""),
        SeenKind::Heard => format!("← {who}: \"{text}\""),
        SeenKind::Quiet | SeenKind::State => format!("· {text}"),
        SeenKind::Call | SeenKind::Hook => text,
    };
    let row = if is_whose_told {
        format!("{}  {row}", words::row(&seen.whose))
    } else {
        row
    };
    match seen.entry {
        Some(entry) => format!("{row}  #{entry}"),
        None => row,
    }
}

/// Whether a message came that no step waited for.
pub fn is_unasked(seen: &Seen) -> bool {
    seen.kind == SeenKind::Heard && seen.line.is_none()
}

/// Whether these are from more than one log.
pub fn has_several_logs<'a>(seen: impl IntoIterator<Item = &'a Seen>) -> bool {
    let mut logs = seen.into_iter().map(|seen| &seen.whose);
    logs.next()
        .is_some_and(|first| logs.any(|log| log != first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(expected: &str, was: &str) -> Option<(String, String)> {
        let diff = differing(expected, was)?;
        Some((diff.expected(), diff.was()))
    }

    #[test]
    fn what_is_quoted_is_compared() {
        let (expected, was) = sides(
            "a message from agent with \"It comes on Friday\"",
            "Riley: \"It comes on Monday\"",
        )
        .unwrap();
        assert_eq!(
            expected,
            "a message from agent with \"It comes on [-Friday-]\""
        );
        assert_eq!(was, "Riley: \"It comes on {+Monday+}\"");
        let (expected, _) = sides("skill Sales of Acme", "skill Service of Acme").unwrap();
        assert_eq!(expected, "skill [-Sales-] of Acme");
    }
}
