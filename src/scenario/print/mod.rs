//! Steps as text: what the recorder and the importers write, in the form that the formatter leaves
//! as it is.

mod texts;
mod words;

#[cfg(test)]
mod tests;

pub use texts::{payload, plain, quoted};

use crate::scenario::{
    print::{
        texts::{is_fenced, lenient},
        words::{card_part, deadline, name, one_line, raw},
    },
    script::{Deed, Payload, ScriptStep, Sight, SourcePlace, StepKind, Template, Timing},
    syntax::{line::FENCE, span},
};

/// Blanks of a level of indentation.
const INDENT: usize = 2;

/// Lines of text, written with their indentation.
#[derive(Debug, Default)]
pub struct Sheet {
    lines: Vec<String>,
    depth: usize,
}

impl Sheet {
    /// The text, with a line end behind every line.
    pub fn text(&self) -> String {
        let lines = self.lines.iter();
        lines.flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// The number of the next line, from 1.
    pub fn next_line(&self) -> usize {
        self.lines.len() + 1
    }

    /// What follows stands one level deeper.
    pub fn indent(&mut self) {
        self.depth += 1;
    }

    /// What follows stands one level higher.
    pub fn outdent(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// A line as it is, of the head for example; an empty one stays empty.
    pub fn line(&mut self, text: &str) {
        let blanks = if text.is_empty() {
            0
        } else {
            self.depth * INDENT
        };
        self.lines.push(format!("{:blanks$}{text}", ""));
    }

    /// A comment; each row of the text becomes one.
    pub fn comment(&mut self, text: &str) {
        for row in text.split('\n') {
            self.line(format!("# {}", row.trim()).trim_end());
        }
    }

    /// A step that was read from no file; `is_optional` writes `maybe` before it.
    pub fn put(&mut self, kind: StepKind, is_optional: bool) {
        self.step(&ScriptStep {
            place: SourcePlace::default(),
            source: String::new(),
            is_optional,
            kind,
        });
    }

    /// A step with all that is in it.
    pub fn step(&mut self, step: &ScriptStep) {
        let maybe = if step.is_optional { "maybe " } else { "" };
        match &step.kind {
            StepKind::Line { who, timing, text } => self.said(maybe, who, *timing, text),
            StepKind::Sees {
                who,
                sight: Sight::Card(parts),
                within,
            } => {
                self.line(&format!("{maybe}{} sees{}", name(who), deadline(*within)));
                self.indent();
                for part in parts {
                    self.line(&card_part(part));
                }
                self.outdent();
                self.line("end");
            }
            StepKind::AnyOrder(steps) => {
                self.line("any order");
                self.block(steps);
                self.line("end");
            }
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                let mut first = Self::default();
                first.step(condition);
                let mut rows = first.lines.into_iter();
                self.line(&format!("if {}", rows.next().unwrap_or_default()));
                // A card block or a text of several lines goes on below.
                for row in rows {
                    self.line(&row);
                }
                self.block(then);
                if !otherwise.is_empty() {
                    self.line("else");
                    self.block(otherwise);
                }
                self.line("end");
            }
            StepKind::Deed {
                who,
                deed:
                    Deed::SendsRaw {
                        to_conversation,
                        body,
                    },
                ..
            } if is_fenced(body) => {
                let begin = format!("{} {}", name(who), raw(*to_conversation));
                self.fenced(&begin, &lenient(body));
            }
            // What it uses is written in that file; here stands its name alone.
            StepKind::Use { .. } => self.line(&step.source),
            kind => self.line(&format!("{maybe}{}", one_line(kind))),
        }
    }

    fn block(&mut self, steps: &[ScriptStep]) {
        self.indent();
        for step in steps {
            self.step(step);
        }
        self.outdent();
    }

    fn said(&mut self, maybe: &str, who: &Template, timing: Timing, text: &Payload) {
        let within = deadline(timing.within);
        let after = timing
            .after
            .map(|after| format!(" after {}", span::shown(after)));
        let after = after.unwrap_or_default();
        let begin = format!("{maybe}{}{within}{after}:", name(who));
        match text {
            Payload::Bare(text) if is_fenced(text) => self.fenced(&begin, &plain(text)),
            text => self.line(&format!("{begin} {}", payload(text))),
        }
    }

    /// A text of several lines.
    fn fenced(&mut self, begin: &str, text: &str) {
        self.line(&format!("{begin} {FENCE}"));
        self.indent();
        for row in text.split('\n') {
            self.line(row);
        }
        self.outdent();
        self.line(FENCE);
    }
}
