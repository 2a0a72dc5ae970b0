//! The buttons on the lower edge of the inspector: what can be done with what is
//! selected, with its key, for the mouse and as a reminder.

use ratatui::layout::Rect;

use crate::tui::{
    commands::keys::Action,
    inspector::{Inspector, Tab},
    text::width::width,
    theme::ui::Ui,
};

/// One button.
pub(crate) struct Chip {
    pub(crate) action: Action,
    pub(crate) key: String,
    pub(crate) word: &'static str,
    /// Where it stands, one row high.
    pub(crate) spot: Rect,
}

/// What can be done in the tab in view, the most useful first; the agent workspace has its own.
pub(crate) fn words(inspector: &Inspector) -> Vec<(Action, &'static str)> {
    match inspector.tab {
        Tab::Wire => {
            let follows = inspector.wire.picked().is_none() && inspector.wire.reaches_newest();
            vec![
                (Action::FollowWire, if follows { "pause" } else { "follow" }),
                (Action::FilterHere, "filter"),
                (Action::Pin, "pin"),
                (Action::CopyCurl, "curl"),
                (Action::CopyJson, "json"),
                (Action::CopyBody, "body"),
                (Action::CopyAnswer, "answer"),
                (
                    Action::AllPhones,
                    if inspector.all_phones {
                        "one phone"
                    } else {
                        "all phones"
                    },
                ),
                (
                    Action::OnlyPinned,
                    if inspector.wire.lists_only_pinned() {
                        "all"
                    } else {
                        "pins"
                    },
                ),
            ]
        }
        Tab::State => vec![(Action::CopyValue, "copy"), (Action::Choose, "fold")],
        Tab::Agent => Vec::new(),
        Tab::Journal => vec![
            (Action::Choose, "reopen"),
            (Action::FilterHere, "search"),
            (Action::Export, "export"),
        ],
    }
}

/// The buttons there is room for, the most useful first.
pub(crate) fn chips(words: Vec<(Action, &'static str)>, ui: &Ui, frame: Rect) -> Vec<Chip> {
    let row = frame.bottom().saturating_sub(1);
    let mut x = frame.x + 2;
    let mut chips = Vec::new();
    for (action, word) in words {
        let key = ui.shown(action);
        let columns = u16::try_from(width(&key) + width(word) + 3).unwrap_or(u16::MAX);
        if x.saturating_add(columns) + 1 >= frame.right() {
            break;
        }
        chips.push(Chip {
            action,
            key,
            word,
            spot: Rect::new(x, row, columns, 1),
        });
        x += columns + 1;
    }
    chips
}

/// A name in the inspector's head.
pub(crate) struct Head {
    pub(crate) tab: Tab,
    pub(crate) name: String,
    /// The columns it stands on, a blank on either side.
    pub(crate) spot: Rect,
}

/// The names in the head; the agent workspace tells what waits there while it is not seen.
pub(crate) fn tabs(here: Tab, waiting: usize, frame: Rect) -> Vec<Head> {
    let mut x = frame.x + 1;
    let mut tabs = Vec::new();
    for tab in Tab::ALL {
        let name = match tab {
            Tab::Agent if here != tab && waiting > 0 => {
                format!("{} ({})", tab.name(), waiting.min(99))
            }
            _ => tab.name().to_owned(),
        };
        let columns = u16::try_from(width(&name) + 2).unwrap_or(0);
        let spot = Rect::new(x, frame.y, columns, 1);
        tabs.push(Head { tab, name, spot });
        x += columns + 1;
    }
    tabs
}
