//! `keys.toml`: the user's own keys, over a preset.
//!
//! All faults of the file are told at once, each with its line and column. A file with a fault
//! changes no key at all: half of somebody's keys would be worse than none.

use std::{borrow::Cow, collections::HashMap, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    config::{own_file::OwnFileError, text, text::TextFault},
    domain::similar::did_you_mean,
    tui::commands::keys::{
        Action, ActionRow, Chord, Context, Keymap, TABLE, context::STACKS, preset::Preset,
    },
};

/// Its name in the folder of settings.
pub(crate) const NAME: &str = "keys.toml";

/// Ends the program whatever the file says.
const EMERGENCY: Chord = Chord::ctrl('c');

/// What the keys are, and what is wrong with the file that says so.
#[derive(Debug)]
pub(crate) struct KeysFile {
    /// The keys that hold: those of the file, or the built-in ones when it has a fault.
    pub(crate) keymap: Keymap,
    /// Why the file is left out.
    pub(crate) faults: Vec<OwnFileError>,
    /// Keys of the file that can be meant otherwise by where they stand.
    pub(crate) shadowed: Vec<TextFault>,
    /// Keys of the file that a terminal without the keyboard protocol of kitty cannot tell apart.
    pub(crate) blurred: Vec<TextFault>,
}

impl Default for KeysFile {
    fn default() -> Self {
        Self {
            keymap: Keymap::plain(),
            faults: Vec::new(),
            shadowed: Vec::new(),
            blurred: Vec::new(),
        }
    }
}

impl KeysFile {
    /// Reads the file of a folder of settings; one that is not there says nothing.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let path = folder.join(NAME);
        let shown = path.display().to_string();
        match text::read(&path) {
            Ok(text) => Self::parse(&shown, &text),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(cause) => Self {
                faults: vec![OwnFileError::Read {
                    what: "file of keys",
                    path: shown,
                    cause,
                }],
                ..Self::default()
            },
        }
    }

    /// Reads what a file says; `file` is only named in faults.
    pub(crate) fn parse(file: &str, text: &str) -> Self {
        let mut reader = Reader {
            file,
            text,
            faults: Vec::new(),
            preset: Preset::Plain,
            bound: Vec::new(),
        };
        reader.read();
        let keymap = reader.keymap();
        if reader.faults.is_empty() {
            return Self {
                shadowed: reader.shadowed(&keymap),
                blurred: reader.blurred(),
                keymap,
                faults: Vec::new(),
            };
        }
        reader.faults.sort_by_key(|(at, _)| *at);
        let faults = reader.faults.into_iter();
        Self {
            faults: faults.map(|(_, fault)| fault.into()).collect(),
            ..Self::default()
        }
    }
}

/// What the file says of an action in a context.
struct Bound {
    context: Context,
    row: &'static ActionRow,
    chords: Vec<(Chord, Range<usize>)>,
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    faults: Vec<(usize, TextFault)>,
    preset: Preset,
    bound: Vec<Bound>,
}

type Entry<'a> = (Spanned<Cow<'a, str>>, Spanned<DeValue<'a>>);

impl Reader<'_> {
    fn told(&self, at: &Range<usize>, reason: String) -> TextFault {
        // A fault behind the last line is one of the last line.
        let at = at.start.min(self.text.trim_end().len());
        TextFault::at(self.file, self.text, at, reason)
    }

    fn fault(&mut self, at: &Range<usize>, reason: String) {
        let fault = self.told(at, reason);
        self.faults.push((at.start, fault));
    }

    fn read(&mut self) {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let reason = error.message().trim().replace('\n', "; ");
            self.fault(&error.span().unwrap_or(0..0), reason);
        }
        let mut contexts: Vec<&str> = Context::ALL.map(Context::name).to_vec();
        contexts.push("preset");
        for (key, value) in in_order(root.into_inner()) {
            let name = key.get_ref();
            let context = Context::ALL.into_iter().find(|one| one.name() == name);
            match context {
                Some(context) => self.section(context, value),
                None if name == "preset" => self.preset(&value),
                None => {
                    let known = did_you_mean(name, contexts.iter().copied());
                    let reason = format!(
                        "there is no part of the screen called `{}`{known}",
                        name.escape_debug()
                    );
                    self.fault(&key.span(), with_list(reason, &contexts, &known));
                }
            }
        }
    }

    fn preset(&mut self, value: &Spanned<DeValue<'_>>) {
        let names = Preset::ALL.map(|(name, _)| name);
        let said = match value.get_ref() {
            DeValue::String(said) => said,
            _ => &Cow::Borrowed(""),
        };
        if let Some((_, preset)) = Preset::ALL.iter().find(|(name, _)| name == said) {
            self.preset = *preset;
        } else {
            let known = did_you_mean(said, names);
            let reason = format!("this is no preset{known}");
            self.fault(&value.span(), with_list(reason, &names, &known));
        }
    }

    fn section(&mut self, context: Context, value: Spanned<DeValue<'_>>) {
        let at = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            let name = context.name();
            return self.fault(&at, format!("write a table: [{name}]"));
        };
        for entry in in_order(table) {
            self.entry(context, &entry);
        }
    }

    fn entry(&mut self, context: Context, (key, value): &Entry<'_>) {
        let name = key.get_ref().as_ref();
        let Some(row) = TABLE.iter().find(|row| row.name() == name) else {
            let names: Vec<String> = TABLE.iter().map(ActionRow::name).collect();
            let known = did_you_mean(name, names.iter().map(String::as_str));
            let rest = if known.is_empty() {
                "; `handset keys` lists all"
            } else {
                &known
            };
            let name = name.escape_debug();
            return self.fault(&key.span(), format!("there is no action `{name}`{rest}"));
        };
        if context != row.context && !context.goes_before(row.context) {
            let (here, there) = (context.name(), row.context.name());
            let reason = format!("`{name}` means nothing in [{here}]; write it under [{there}]");
            return self.fault(&key.span(), reason);
        }
        let DeValue::Array(keys) = value.get_ref() else {
            let reason = format!(
                "write the keys as a list: {name} = [\"f3\", \"ctrl+f\"], or {name} = [] for none"
            );
            return self.fault(&value.span(), reason);
        };
        let mut chords: Vec<(Chord, Range<usize>)> = Vec::new();
        for key in keys {
            match Self::chord(context, row, key) {
                Ok(chord) if chords.iter().all(|(other, _)| *other != chord) => {
                    chords.push((chord, key.span()));
                }
                Ok(_) => {}
                Err(reason) => self.fault(&key.span(), reason),
            }
        }
        self.bound.push(Bound {
            context,
            row,
            chords,
        });
    }

    /// One key of an action, or why it cannot be one.
    fn chord(
        context: Context,
        row: &ActionRow,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Chord, String> {
        let DeValue::String(written) = value.get_ref() else {
            return Err("write a key in quotes, as \"ctrl+p\"".to_owned());
        };
        let chord: Chord = written.parse().map_err(|error| {
            let meant = Chord::meant_by(written);
            let meant = meant.map(|chord| format!("; did you mean `{}`?", chord.written()));
            format!("{error}{}", meant.unwrap_or_default())
        })?;
        if chord == EMERGENCY && row.action != Action::Quit {
            return Err(format!(
                "`{written}` always leaves handset and cannot be another key"
            ));
        }
        if chord.writes() && !context.takes_letters() {
            let name = context.name();
            return Err(format!(
                "`{written}` writes a character where [{name}] holds; hold ctrl or alt with it"
            ));
        }
        Ok(chord)
    }

    /// The keys as the file says, with what is said twice told as faults.
    fn keymap(&mut self) -> Keymap {
        let mut map = self.preset.keymap();
        for bound in &self.bound {
            let chords = bound.chords.iter().map(|(chord, _)| *chord);
            map.bind(bound.context, bound.row.action, chords.collect());
        }
        let mut owners: HashMap<(Context, Chord), Vec<&'static ActionRow>> = HashMap::new();
        for (context, row, chords) in map.rows() {
            for chord in chords {
                owners.entry((context, *chord)).or_default().push(row);
            }
        }
        let mut twice = Vec::new();
        for (nth, bound) in self.bound.iter().enumerate() {
            for (chord, at) in &bound.chords {
                let all = owners.get(&(bound.context, *chord));
                let other = all.into_iter().flatten().find(|other| {
                    // Of two in the file the later one is told.
                    let mut later = self.bound.iter().skip(nth);
                    let is_later = later.any(|later| {
                        later.context == bound.context && later.row.action == other.action
                    });
                    other.action != bound.row.action && !is_later
                });
                if let Some(other) = other {
                    let (key, other) = (chord.written(), other.name());
                    let name = bound.context.name();
                    let reason = format!(
                        "`{key}` does `{other}` in [{name}] already; choose another key, or say \
                         {other} = [] there"
                    );
                    twice.push((at.clone(), reason));
                }
            }
        }
        for (at, reason) in twice {
            self.fault(&at, reason);
        }
        let quit = Action::Quit;
        let mut leaves = map.chords(quit).to_vec();
        if !leaves.contains(&EMERGENCY) {
            leaves.push(EMERGENCY);
            map.bind(quit.context(), quit, leaves);
        }
        map
    }

    /// Keys that do something else where a nearer context holds, and the file does not say so.
    fn shadowed(&self, map: &Keymap) -> Vec<TextFault> {
        let mut told = Vec::new();
        for bound in &self.bound {
            for (chord, at) in &bound.chords {
                let nearer = STACKS.iter().find_map(|stack| {
                    stack
                        .iter()
                        .take_while(|context| **context != bound.context)
                        .filter(|_| stack.contains(&bound.context))
                        .find_map(|context| {
                            let action = map.action(&[*context], *chord)?;
                            Some((*context, action))
                        })
                });
                let Some((context, action)) = nearer else {
                    continue;
                };
                let is_said =
                    |other: &Bound| other.context == context && other.row.action == action;
                let row = TABLE.iter().find(|row| row.action == action);
                if let (Some(row), false) = (row, self.bound.iter().any(is_said)) {
                    let (key, other, name) = (chord.written(), row.name(), context.name());
                    let reason = format!("`{key}` does `{other}` where [{name}] holds");
                    told.push(self.told(at, reason));
                }
            }
        }
        told
    }

    fn blurred(&self) -> Vec<TextFault> {
        let chords = self.bound.iter().flat_map(|bound| &bound.chords);
        chords
            .filter_map(|(chord, at)| {
                let other = chord.blurred()?;
                let key = chord.written();
                let reason = format!("`{key}` comes from most terminals as {other}");
                Some(self.told(at, reason))
            })
            .collect()
    }
}

/// A fault with what there is, unless it says already what may have been meant.
fn with_list(reason: String, all: &[&str], meant: &str) -> String {
    if meant.is_empty() {
        format!("{reason}; it can be {}", all.join(", "))
    } else {
        reason
    }
}

/// The entries of a table in the order of the file.
fn in_order(table: DeTable<'_>) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

#[cfg(test)]
mod tests;
