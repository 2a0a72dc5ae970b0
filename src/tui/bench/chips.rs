//! The buttons on the lower edge of the bench: what can be done with what is
//! selected, with its key, for the mouse and as a reminder.

use ratatui::layout::{Position, Rect};

use crate::{
    config::keys::Action,
    tui::{bench::Tab, model::Model, text::width::width},
};

/// One button.
pub(crate) struct Chip {
    pub(crate) action: Action,
    pub(crate) key: String,
    pub(crate) word: &'static str,
    /// Where it stands, one row high.
    pub(crate) spot: Rect,
}

fn words(model: &Model) -> Vec<(Action, &'static str)> {
    match model.bench.tab {
        Tab::Wire => {
            let follows = model.wire.picked().is_none() && model.wire.reaches_newest();
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
                    if model.bench.all_phones {
                        "one phone"
                    } else {
                        "all phones"
                    },
                ),
                (
                    Action::OnlyPinned,
                    if model.wire.lists_only_pinned() {
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
pub(crate) fn chips(model: &Model) -> Vec<Chip> {
    let Some(bench) = model.layout.bench else {
        return Vec::new();
    };
    let row = bench.frame.bottom().saturating_sub(1);
    let mut x = bench.frame.x + 2;
    let mut chips = Vec::new();
    for (action, word) in words(model) {
        let key = model.keymap.shown(action);
        let columns = u16::try_from(width(&key) + width(word) + 3).unwrap_or(u16::MAX);
        if x.saturating_add(columns) + 1 >= bench.frame.right() {
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

/// The action of the button under a click.
pub(crate) fn action_at(model: &Model, at: Position) -> Option<Action> {
    let mut chips = chips(model).into_iter();
    chips
        .find(|chip| chip.spot.contains(at))
        .map(|chip| chip.action)
}

/// The names in the bench's head with the columns they stand on, a blank on either side.
pub(crate) fn tabs(frame: Rect) -> Vec<(Tab, Rect)> {
    let mut x = frame.x + 1;
    let mut tabs = Vec::new();
    for tab in Tab::ALL {
        let columns = u16::try_from(tab.name().len() + 2).unwrap_or(0);
        tabs.push((tab, Rect::new(x, frame.y, columns, 1)));
        x += columns + 1;
    }
    tabs
}
