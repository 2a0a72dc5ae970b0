//! The files of a scenario: their names, their texts, and which is open in which.

use crate::scenario::parse::{DEEPEST_USE, LARGEST_FILE, LARGEST_USES, MOST_USES};

/// The files that were asked for, each once.
pub(super) struct ScenarioFiles<'a> {
    give: &'a dyn Fn(&str) -> Result<String, String>,
    names: Vec<String>,
    texts: Vec<String>,
    /// Those that are being read: each is used by the one before it.
    open: Vec<usize>,
    uses: usize,
    /// The bytes of all that was opened.
    bytes: usize,
}

/// Why a file is not used.
pub(super) enum Unusable {
    /// It cannot be read, or is too large.
    Unread(String),
    /// It is open: it would use itself.
    Circle(String),
    /// Too deep, or too many.
    TooMany(String),
}

impl<'a> ScenarioFiles<'a> {
    pub fn new(give: &'a dyn Fn(&str) -> Result<String, String>) -> Self {
        let (names, texts, open) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            give,
            names,
            texts,
            open,
            uses: 0,
            bytes: 0,
        }
    }

    /// Takes in the scenario itself, which is file 0. The error says why its text is not taken.
    pub fn begin(&mut self, name: &str, text: &str) -> Result<usize, String> {
        self.names.push(name.to_owned());
        let bounded = bounded(name, text.len());
        self.texts.push(if bounded.is_ok() {
            text.to_owned()
        } else {
            String::new()
        });
        bounded?;
        self.open.push(0);
        Ok(0)
    }

    pub fn text(&self, file: usize) -> &str {
        self.texts.get(file).map_or("", String::as_str)
    }

    /// The text of a file that another one names.
    pub fn beside(&mut self, file: usize, name: &str) -> Result<usize, String> {
        let name = self.joined(file, name);
        if let Some(known) = self.names.iter().skip(1).position(|known| *known == name) {
            return Ok(known + 1);
        }
        let text = (self.give)(&name)?;
        bounded(&name, text.len())?;
        self.names.push(name);
        self.texts.push(text);
        Ok(self.names.len() - 1)
    }

    /// Opens a file for its steps.
    pub fn open(&mut self, file: usize, name: &str) -> Result<usize, Unusable> {
        self.uses += 1;
        if self.open.len() > DEEPEST_USE || self.uses > MOST_USES {
            return Err(Unusable::TooMany(format!(
                "files are used more than {DEEPEST_USE} deep, or more than {MOST_USES} times"
            )));
        }
        let own = self
            .names
            .first()
            .map(|own| own.rsplit('/').next().unwrap_or(own));
        let joined = self.joined(file, name);
        let is_own = own == Some(joined.as_str());
        let opened = if is_own {
            0
        } else {
            self.beside(file, name).map_err(Unusable::Unread)?
        };
        if self.open.contains(&opened) {
            return Err(Unusable::Circle(format!("`{joined}` would use itself")));
        }
        self.bytes += self.text(opened).len();
        if self.bytes > LARGEST_USES {
            let most = LARGEST_USES >> 20;
            return Err(Unusable::TooMany(format!(
                "used files have more than {most} MiB"
            )));
        }
        self.open.push(opened);
        Ok(opened)
    }

    pub fn close(&mut self) {
        self.open.pop();
    }

    /// A name as the scenario's folder knows it. The scenario's own folder is nothing.
    fn joined(&self, file: usize, name: &str) -> String {
        let using = self.names.get(file).filter(|_| file > 0);
        let mut parts: Vec<&str> = match using.and_then(|using| using.rsplit_once('/')) {
            Some((folder, _)) if !name.starts_with('/') => folder.split('/').collect(),
            _ => Vec::new(),
        };
        for part in name.split('/') {
            match (part, parts.last()) {
                (".", _) => {}
                ("..", Some(last)) if !matches!(*last, ".." | "") => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        parts.join("/")
    }

    pub fn told(self) -> (Vec<String>, Vec<String>) {
        (self.names, self.texts)
    }
}

fn bounded(name: &str, bytes: usize) -> Result<(), String> {
    if bytes > LARGEST_FILE {
        let most = LARGEST_FILE >> 20;
        return Err(format!(
            "`{name}` has {bytes} bytes; a file has {most} MiB at most"
        ));
    }
    Ok(())
}
