//! What lies over the screen: help, palette, the list of notices.

use crate::{
    config::keys::{Action, Context, TABLE},
    engine::command::Format,
    tui::{bench::export, fuzzy, model::Model, slash, text::edit::Editor},
};

/// One popup; the top one of the stack has the keyboard.
#[derive(Debug)]
pub(crate) enum Popup {
    /// All keys and commands, from this row on.
    Help { top: usize },
    /// The last notices, from this row on.
    Notices { top: usize },
    /// Find a command by its name.
    Palette { field: Editor, chosen: usize },
}

/// What choosing a row of the palette does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Act(Action),
    /// Begin this draft in the composer.
    Draft(String),
    Theme(usize),
    /// Write the conversation at hand out.
    Export(Format),
}

/// A row of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) label: String,
    pub(crate) keys: String,
    pub(crate) choice: Choice,
}

/// The rows of the palette that fit what was typed, the best first.
pub(crate) fn offers(model: &Model, typed: &str) -> Vec<Offer> {
    let actions = TABLE
        .iter()
        .filter(|row| row.context == Context::Everywhere || row.context.is_bench())
        .filter(|row| {
            !matches!(
                row.action,
                Action::Reply(_)
                    | Action::Palette
                    | Action::Back
                    | Action::FilterHere
                    | Action::OpenEntry
                    | Action::LeaveEntry
            )
        })
        .map(|row| Offer {
            label: row.about.to_owned(),
            keys: model.keymap.shown(row.action),
            choice: Choice::Act(row.action),
        });
    let themes = model.themes.iter().enumerate().map(|(at, theme)| Offer {
        label: format!("theme {}", theme.name),
        keys: String::new(),
        choice: Choice::Theme(at),
    });
    let exports = export::FORMS.iter().map(|form| Offer {
        label: format!("export as {}", form.about),
        keys: String::new(),
        choice: Choice::Export(form.format),
    });
    let drafts = slash::ALL
        .iter()
        .filter(|slash| !slash.argument.is_empty())
        .map(|slash| Offer {
            label: format!("/{} {}", slash.name, slash.argument),
            keys: String::new(),
            choice: Choice::Draft(format!("/{} ", slash.name)),
        });
    let mut fitting: Vec<(i32, Offer)> = actions
        .chain(themes)
        .chain(exports)
        .chain(drafts)
        .filter_map(|offer| Some((fuzzy::score(typed, &offer.label)?, offer)))
        .collect();
    if !typed.trim().is_empty() {
        // The sort keeps the order of the table among equals.
        fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    }
    fitting.into_iter().map(|(_, offer)| offer).collect()
}
