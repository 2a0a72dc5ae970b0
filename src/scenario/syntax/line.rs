//! A file cut into lines, each with the text of several lines that may hang on it.

use std::ops::Range;

use crate::scenario::{
    fault::{Fault, FaultKind},
    script::SourcePlace,
    syntax::part,
};

/// Opens and closes a text of several lines.
pub(crate) const FENCE: &str = "\"\"\"";

/// A line that says something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SourceLine {
    pub place: SourcePlace,
    /// How many characters of blank stand before it.
    pub indent: usize,
    /// Without the blanks around it.
    pub text: String,
    /// The lines behind it up to the closing `"""`, without the indentation they share.
    pub fence: Option<String>,
}

impl SourceLine {
    /// The place of these bytes of the text.
    pub fn spot(&self, from: usize, to: usize) -> (SourcePlace, Range<usize>) {
        let chars = |to: usize| self.indent + part(&self.text, 0, to).chars().count();
        let from = from.min(self.text.len());
        let to = to.clamp(from, self.text.len());
        (self.place, chars(from)..chars(to))
    }

    /// What is wrong when a text of several lines hangs on words from this byte on, which would
    /// hide its lines.
    pub fn hidden_fence(&self, from: usize) -> Option<Fault> {
        let written = part(&self.text, from, self.text.len());
        (self.fence.is_some() && written != FENCE).then(|| {
            let to = self.text.len();
            let words =
                format!("`{FENCE}` opens a text of several lines, and words stand before it");
            Fault::new(FaultKind::WrongForm, self.spot(to - FENCE.len(), to), words).help(
                "leave the words out, or write them on the lines below; in a text of one line, put \
                 the text in quotes and write `\\\"` for each quote in it",
            )
        })
    }

    /// The place of the whole line.
    pub fn whole(&self) -> (SourcePlace, Range<usize>) {
        self.spot(0, self.text.len())
    }
}

/// Whether a line opens a text of several lines.
pub(crate) fn opens_fence(line: &str) -> bool {
    line.ends_with(FENCE) && line.matches(FENCE).count() == 1 && !line.starts_with('#')
}

/// The lines of a file that are neither blank nor a comment.
pub(crate) fn lines(text: &str, file: usize, faults: &mut Vec<Fault>) -> Vec<SourceLine> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let mut rest = text.lines().zip(1..);
    while let Some((line, number)) = rest.next() {
        let place = SourcePlace { file, line: number };
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = line.chars().count() - line.trim_start().chars().count();
        let text = trimmed.to_owned();
        let mut line = SourceLine {
            place,
            indent,
            text,
            fence: None,
        };
        if opens_fence(trimmed) {
            let mut within = Vec::new();
            let mut is_closed = false;
            for (next, _) in rest.by_ref() {
                if next.trim() == FENCE {
                    is_closed = true;
                    break;
                }
                within.push(next);
            }
            if !is_closed {
                let from = trimmed.len() - FENCE.len();
                let words = "this text of several lines has no end";
                let fault = Fault::new(FaultKind::NotClosed, line.spot(from, trimmed.len()), words)
                    .label("begins here")
                    .help(format!("write a line with only `{FENCE}` behind it"));
                faults.push(fault);
            }
            line.fence = Some(unindented(&within));
        }
        found.push(line);
    }
    found
}

/// The lines without the blanks that all of them begin with.
fn unindented(lines: &[&str]) -> String {
    let blank = |line: &&str| line.len() - line.trim_start().len();
    let full = lines.iter().copied().filter(|line| !line.trim().is_empty());
    let shared = full
        .clone()
        .map(|line| part(line, 0, blank(&line)))
        .reduce(|one, other| {
            let same = one.chars().zip(other.chars());
            let same = same.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8());
            part(one, 0, same.sum())
        })
        .unwrap_or_default();
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| line.strip_prefix(shared).unwrap_or_default())
        .collect();
    lines.join("\n")
}
