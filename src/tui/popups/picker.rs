//! Choosing a file to send: a folder with what lies in it, then the file with
//! its caption and what the cloud will object to.

use std::{fmt::Write as _, path::PathBuf};

use crate::{
    domain::text::SafeText,
    media::{
        attach::{self, Objection},
        facts::Facts,
    },
    tui::{
        chat::attach::{Entry, Is},
        text::{edit::Editor, fuzzy},
    },
};

/// A folder to choose from.
#[derive(Debug)]
pub(crate) struct Picker {
    /// For whose phone.
    pub(crate) thread: u32,
    /// What was typed to find an entry.
    pub(crate) field: Editor,
    pub(crate) chosen: usize,
    /// `None` until it was looked into.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) entries: Result<Vec<Entry>, String>,
}

impl Picker {
    /// A picker that waits for its folder.
    pub(crate) fn new(thread: u32) -> Self {
        Self {
            thread,
            field: Editor::default(),
            chosen: 0,
            folder: None,
            entries: Ok(Vec::new()),
        }
    }

    /// The entries that fit what was typed, the best first; hidden ones only when asked for.
    pub(crate) fn fitting(&self) -> Vec<&Entry> {
        let typed = self.field.text();
        let hidden = |entry: &Entry| entry.name.starts_with('.') && entry.name != "..";
        let mut fitting: Vec<(i32, &Entry)> = self
            .entries
            .iter()
            .flatten()
            .filter(|entry| typed.starts_with('.') || !hidden(entry))
            .filter_map(|entry| Some((fuzzy::score(typed, &entry.name)?, entry)))
            .collect();
        if !typed.trim().is_empty() {
            fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        fitting.into_iter().map(|(_, entry)| entry).collect()
    }
}

impl Entry {
    /// Its name on one row.
    pub(crate) fn label(&self) -> String {
        let name = SafeText::clean(&self.name).as_str().replace('\n', " ");
        match self.is {
            Is::Folder => format!("{name}/"),
            _ => name,
        }
    }

    /// Its type and size, with a mark when the cloud will object.
    pub(crate) fn facts(&self) -> String {
        match &self.is {
            Is::Folder => String::new(),
            Is::Nothing(_) => "✗".to_owned(),
            Is::File(facts) => {
                let mark = if attach::objections(facts).is_empty() {
                    ""
                } else {
                    " ✗"
                };
                format!("{} {}{mark}", facts.file_type, size(facts.bytes))
            }
        }
    }
}

/// A number of bytes as people say it.
pub(crate) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{} MB", tenths(1_048_576)),
    }
}

/// A file on the point of being sent.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) thread: u32,
    pub(crate) path: PathBuf,
    pub(crate) facts: Facts,
    pub(crate) objections: Vec<Objection>,
    pub(crate) caption: Editor,
    /// What was pasted into the draft and turned out to be this file.
    pub(crate) pasted: Option<String>,
    /// Whether it is being made ready.
    pub(crate) busy: bool,
}

impl Sending {
    /// A file with nothing decided yet.
    pub(crate) fn new(thread: u32, path: PathBuf, facts: Facts, pasted: Option<String>) -> Self {
        Self {
            thread,
            objections: attach::objections(&facts),
            path,
            facts,
            caption: Editor::default(),
            pasted,
            busy: false,
        }
    }

    /// The rows that tell what it is.
    pub(crate) fn rows(&self) -> Vec<String> {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        let name = SafeText::clean(&name.to_string_lossy());
        let mut facts = format!("{} · {}", self.facts.file_type, size(self.facts.bytes));
        if let (Some(width), Some(height)) = (self.facts.width, self.facts.height) {
            // Writing into a string cannot fail.
            let _ = write!(facts, " · {width}×{height}");
        }
        if self.facts.animated {
            facts.push_str(" · animated");
        }
        let mut rows = vec![name.as_str().replace('\n', " "), facts];
        rows.extend(self.objections.iter().map(|why| format!("✗ {why}")));
        rows
    }
}
