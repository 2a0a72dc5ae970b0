//! Slash commands: what a draft that starts with `/` means.
//!
//! Such a draft is never sent as chat. Two slashes send a text that starts
//! with one.

pub(crate) mod agent;
pub(crate) mod arguments;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::tui::text::fuzzy;

pub(crate) use table::{ALL, Does, Slash, slash};

#[derive(Debug)]
pub(crate) enum Draft<'a> {
    /// Text for the other side.
    Chat(&'a str),
    /// A command with its argument.
    Command(&'static Slash, &'a str),
    /// It looks like a command and is none.
    Unknown(&'a str),
}

/// Whether a draft is a command, known or not.
pub(crate) fn is_command(draft: &str) -> bool {
    draft.starts_with('/') && !draft.starts_with("//")
}

/// Reads a draft of the phone.
pub(crate) fn read(draft: &str) -> Draft<'_> {
    read_by(ALL, draft)
}

/// Reads a draft by a table of commands.
pub(crate) fn read_by<'a>(table: &'static [Slash], draft: &'a str) -> Draft<'a> {
    if let Some(rest) = draft.strip_prefix('/') {
        if rest.starts_with('/') {
            return Draft::Chat(rest);
        }
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        return match table.iter().find(|slash| slash.name == name) {
            Some(slash) => Draft::Command(slash, argument.trim()),
            None => Draft::Unknown(name),
        };
    }
    Draft::Chat(draft)
}

/// One way to go on with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The draft it would become.
    pub(crate) draft: String,
    pub(crate) shown: String,
    pub(crate) about: Cow<'static, str>,
    pub(crate) whole: bool,
}

/// Names that differ from screen to screen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// What `/theme` takes.
    pub(crate) themes: Vec<String>,
    /// What `/persona` takes.
    pub(crate) personas: Vec<String>,
    /// What `/stage` takes.
    pub(crate) brands: Vec<String>,
}

/// The ways to go on with a draft of the phone.
pub(crate) fn completions(draft: &str, names: &Names) -> Vec<Completion> {
    completions_by(ALL, draft, |does| {
        let values = arguments::values(does, names).into_iter();
        values.map(|value| (value, None)).collect()
    })
}

/// The ways to go on with a draft by a table of commands; `values` tells what a command completes
/// to, each perhaps with what it is.
pub(crate) fn completions_by(
    table: &'static [Slash],
    draft: &str,
    values: impl Fn(Does) -> Vec<(String, Option<String>)>,
) -> Vec<Completion> {
    if !is_command(draft) {
        return Vec::new();
    }
    let rest = draft.trim_start_matches('/');
    let Some((name, typed)) = rest.split_once(' ') else {
        let found = found_by(rest, table).into_iter();
        return found
            .map(|(slash, begins)| {
                let bare = slash.argument.is_empty();
                Completion {
                    draft: format!("/{}{}", slash.name, if bare { "" } else { " " }),
                    shown: format!("/{} {}", slash.name, slash.argument),
                    about: slash.about.into(),
                    whole: bare && begins,
                }
            })
            .collect();
    };
    let Some(slash) = table.iter().find(|slash| slash.name == name) else {
        return Vec::new();
    };
    // A value is never guessed: what is typed there may be a text of its own.
    values(slash.does)
        .into_iter()
        .filter(|(value, _)| value.starts_with(typed))
        .map(|(value, about)| Completion {
            draft: format!("/{name} {value}"),
            shown: format!("/{name} {}", value.trim_end()),
            about: about.map_or(slash.about.into(), Cow::Owned),
            // What ends in a blank wants more.
            whole: !value.ends_with(' '),
        })
        .collect()
}

/// The commands whose name begins with what was typed, in their order; behind them those that have
/// its letters in order, the best first. Each with whether it begins so: what was merely guessed is
/// seen before it is done.
fn found_by<'a>(typed: &str, table: &'a [Slash]) -> Vec<(&'a Slash, bool)> {
    let (begin, others): (Vec<&Slash>, Vec<&Slash>) = table
        .iter()
        .partition(|slash| slash.name.starts_with(typed));
    let guessed = fuzzy::fitting(typed, others, |slash| fuzzy::score(typed, slash.name));
    let begin = begin.into_iter().map(|slash| (slash, true));
    begin
        .chain(guessed.into_iter().map(|slash| (slash, false)))
        .collect()
}
