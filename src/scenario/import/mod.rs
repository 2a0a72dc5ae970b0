//! Scenarios of other tools, carried over: Botium's convo files and Bot Framework's `.chat`.
//!
//! Pure: names and texts of files in, names and texts of scenarios out. What cannot be carried
//! over stands as a comment in its place, and is listed.

mod botium;
mod chat;
mod convo;
mod memory;
mod texts;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::scenario::{
    format::format,
    print::Sheet,
    script::{Deed, Payload, Sight, StepKind, Timing},
};
use texts::text;

/// A file of another tool.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// Its name, without folders.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What became of files of other tools.
#[derive(Debug, Default)]
pub struct Imported {
    /// Each file that is to be written, with the number of the file it is from.
    pub files: Vec<(usize, Foreign)>,
    /// What was not carried over, with the number of its file and its line there.
    pub left: Vec<(usize, usize, String)>,
}

/// Carries files over. Those that belong together are given together: utterances and tables are
/// used where convos name them.
pub fn import(files: &[Foreign]) -> Imported {
    let mut imported = Imported::default();
    botium::import(files, &mut imported);
    for (number, file) in files.iter().enumerate() {
        if let Some(stem) = file.name.strip_suffix(".chat") {
            chat::import((number, stem), &file.text, &mut imported);
        } else if !botium::is_known(&file.name) {
            let told =
                "it is no .convo.txt, .pconvo.txt, .utterances.txt, .scriptingmemory.txt or .chat";
            imported.left.push((number, 1, told.to_owned()));
        }
    }
    imported.left.sort();
    imported
}

/// A scenario that is being written, of one file.
struct Writing<'a> {
    sheet: Sheet,
    file: usize,
    left: &'a mut Vec<(usize, usize, String)>,
}

impl<'a> Writing<'a> {
    fn new(file: usize, left: &'a mut Vec<(usize, usize, String)>) -> Self {
        Self {
            sheet: Sheet::default(),
            file,
            left,
        }
    }

    fn step(&mut self, kind: StepKind) {
        self.sheet.put(kind, false);
    }

    fn line(&mut self, who: &str, timing: Timing, text: Payload, is_optional: bool) {
        let who = self::text(who);
        self.sheet
            .put(StepKind::Line { who, timing, text }, is_optional);
    }

    /// Something that is not carried over: a comment in its place, and on the list.
    fn left(&mut self, line: usize, what: &str) {
        let what: Vec<&str> = what.split_whitespace().collect();
        let what = what.join(" ");
        self.sheet.comment(&format!("Not carried over: {what}"));
        self.left.push((self.file, line, what));
    }

    /// The text, in the form of the formatter.
    fn finish(self, name: String, into: &mut Vec<(usize, Foreign)>) {
        let written = self.sheet.text();
        let text = format(&written).unwrap_or(written);
        into.push((self.file, Foreign { name, text }));
    }
}

/// A line of the head that holds a text.
fn head_line(word: &str, said: &str) -> String {
    let words: Vec<&str> = said.split_whitespace().collect();
    let said = words.join(" ").replace('{', "(").replace('}', ")");
    // These would be read as the begin of a line that somebody says.
    let is_odd = [":", "within ", "after "]
        .iter()
        .any(|odd| said.starts_with(odd));
    format!("{word} {}{said}", if is_odd { "- " } else { "" })
}

/// Milliseconds as they stand in these files; `None` of what is no number, or none at all.
fn millis(text: &str) -> Option<Duration> {
    const LONGEST: u64 = 24 * 3_600_000;
    let millis: u64 = text.trim().parse().ok()?;
    (1..=LONGEST)
        .contains(&millis)
        .then(|| Duration::from_millis(millis))
}

fn timing(within: Option<Duration>) -> Timing {
    Timing {
        within,
        after: None,
    }
}

/// What is seen on the consumer's screen.
fn seen(sight: Sight) -> StepKind {
    StepKind::Sees {
        who: text("me"),
        sight,
        within: None,
    }
}

fn did(deed: Deed) -> StepKind {
    StepKind::Deed {
        who: text("me"),
        deed,
        within: None,
    }
}

/// The last part of a path or an address.
fn last_part(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
