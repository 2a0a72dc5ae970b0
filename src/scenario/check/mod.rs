//! What is wrong with a script whose lines are well-formed: names, roles, values, texts.
//!
//! Only what can be known is told: where a cast or a value comes from somewhere that is known at run
//! time only, nothing is said about it.

mod cast;
mod steps;
mod texts;
mod values;

pub(crate) use texts::secret_in;

use std::ops::Range;

use crate::scenario::{
    check::{cast::Cast, values::ValueScope},
    fault::{Fault, FaultKind},
    script::{Script, SourcePlace, Template},
    syntax::{line, part},
};

/// Every fault of a script, and what is doubtful in it.
pub(crate) fn check(script: &Script, sources: &[String]) -> Vec<Fault> {
    let lines = sources.iter().map(|text| text.lines().collect()).collect();
    let mut checker = Checker {
        script,
        lines,
        faults: Vec::new(),
    };
    let mut scope = ValueScope::of_file(script);
    let mut used = values::Used::default();
    let file_cast = Cast::new(script, None);
    checker.head(&script.head, &file_cast, &mut scope, &mut used);
    for scene in &script.scenes {
        let cast = Cast::new(script, Some(scene));
        let mut scope = scope.clone();
        checker.head(&scene.head, &cast, &mut scope, &mut used);
        checker.template(&scene.title, scene.place, &cast, &scope, &mut used);
        let mut steps = steps::Steps {
            cast: &cast,
            scope: &mut scope,
            used: &mut used,
        };
        checker.steps(&scene.steps, &mut steps);
    }
    checker.unused(&used);
    checker.faults
}

struct Checker<'a> {
    script: &'a Script,
    /// The lines of each file, to find in them what a fault is about.
    lines: Vec<Vec<&'a str>>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    /// Tells a fault about these words of a line, or about the line when they are not in it.
    fn tell(
        &mut self,
        kind: FaultKind,
        place: SourcePlace,
        about: &str,
        words: impl Into<String>,
    ) -> &mut Fault {
        let spot = self.spot(place, about);
        self.faults.push(Fault::new(kind, spot, words));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    fn spot(&self, place: SourcePlace, about: &str) -> (SourcePlace, Range<usize>) {
        let lines = self.lines.get(place.file).map_or(&[][..], Vec::as_slice);
        let rest = lines
            .get(place.line.saturating_sub(1)..)
            .unwrap_or_default();
        let Some(first) = rest.first() else {
            return (place, 0..0);
        };
        let is_long = line::opens_fence(first.trim());
        let below = rest
            .iter()
            .skip(1)
            .take_while(|line| is_long && line.trim() != line::FENCE);
        for (at, line) in std::iter::once(first).chain(below).enumerate() {
            if let Some(columns) = found(line, about) {
                let line = place.line + at;
                return (SourcePlace { line, ..place }, columns);
            }
        }
        let indent = first
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .count();
        (place, indent..first.trim_end().chars().count().max(indent))
    }
}

/// Where these words stand in a line, as words of their own.
fn found(line: &str, about: &str) -> Option<Range<usize>> {
    if about.is_empty() {
        return None;
    }
    let is_open = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    let (from, _) = line.match_indices(about).find(|(from, _)| {
        let before = part(line, 0, *from).chars().next_back();
        let behind = part(line, from + about.len(), line.len()).chars().next();
        is_open(before) && is_open(behind)
    })?;
    let from = part(line, 0, from).chars().count();
    Some(from..from + about.chars().count())
}

/// A template as it is written, near enough to find it.
fn written(template: &Template) -> String {
    use crate::scenario::script::TextPiece;
    let pieces = template.0.iter().map(|piece| match piece {
        TextPiece::Text(text) => text.clone(),
        TextPiece::Value(path) => format!("{{{path}}}"),
        TextPiece::Env(name) => format!("{{env:{name}}}"),
        TextPiece::Capture { name, .. } => format!("{{?{name}"),
    });
    pieces.collect()
}
