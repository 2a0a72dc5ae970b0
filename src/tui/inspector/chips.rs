//! The buttons on the inspector's last row: what can be done with what is selected, with its key,
//! for the mouse and as a reminder; and the tabs in its head.

use ratatui::layout::Rect;

use crate::{
    domain::exchange::EntryKind,
    tui::{
        commands::keys::Action,
        inspector::{Inspector, Tab},
        text::width::width,
        theme::ui::Ui,
    },
};

pub(crate) struct Chip {
    pub(crate) action: Action,
    pub(crate) key: String,
    pub(crate) word: &'static str,
    /// Where it stands, one row high.
    pub(crate) area: Rect,
}

/// What can be done in the tab in view, the most useful first; the agent workspace has its own.
pub(crate) fn words(inspector: &Inspector) -> Vec<(Action, &'static str)> {
    if inspector.filtering {
        return vec![(Action::Choose, "keep"), (Action::Back, "clear")];
    }
    match inspector.tab {
        Tab::Wire => {
            let follows = inspector.wire.picked().is_none() && inspector.wire.reaches_newest();
            let follow = (Action::FollowWire, if follows { "pause" } else { "follow" });
            let first = if inspector.is_open {
                [(Action::CopyCurl, "curl"), (Action::RawBytes, "bytes")]
            } else {
                [(Action::Choose, "open"), (Action::CopyCurl, "curl")]
            };
            let selected = inspector.wire.selected();
            let again = selected.and_then(|id| inspector.wire.get(id));
            let again = again.map(|entry| match entry.kind {
                EntryKind::Call(_) => (Action::EditAgain, "edit and send again"),
                EntryKind::Hook(_) => (Action::DeliverAgain, "deliver again"),
            });
            let [first, second] = first;
            let mut words = vec![first];
            // While the list is held still, the way on is what one looks for.
            words.extend((!follows).then_some(follow));
            words.extend(again);
            words.extend([second, (Action::FilterHere, "filter")]);
            words.extend(follows.then_some(follow));
            words.extend([
                (Action::JumpToBubble, "bubble"),
                (Action::Pin, "pin"),
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
            ]);
            words
        }
        Tab::State => vec![(Action::CopyValue, "copy"), (Action::Choose, "fold")],
        Tab::Agent => Vec::new(),
        Tab::Journal => vec![
            (Action::Choose, "open"),
            (Action::FilterHere, "search"),
            (Action::GoBack, "go on in it"),
            (Action::Export, "export"),
        ],
    }
}

/// The buttons there is room for on a row, the most useful first, so many columns apart.
pub(crate) fn chips(
    words: Vec<(Action, &'static str)>,
    ui: &Ui,
    row: Rect,
    apart: u16,
) -> Vec<Chip> {
    let mut x = row.x;
    let mut chips = Vec::new();
    for (action, word) in words {
        let key = ui.shown(action);
        let columns = u16::try_from(width(&key) + width(word) + 3).unwrap_or(u16::MAX);
        if x.saturating_add(columns) > row.right() {
            break;
        }
        chips.push(Chip {
            action,
            key,
            word,
            area: Rect::new(x, row.y, columns, 1),
        });
        x = x.saturating_add(columns + apart);
    }
    chips
}

/// A name in the inspector's head.
pub(crate) struct TabHead {
    pub(crate) tab: Tab,
    pub(crate) name: String,
    /// The columns it stands on, a blank on either side.
    pub(crate) area: Rect,
}

/// Where the switch between both panes and one stands: at the end of the head, as far as the tabs
/// leave room.
pub(crate) fn switch(word: &str, tabs: &[TabHead], frame: Rect) -> Option<Rect> {
    let columns = u16::try_from(width(word)).unwrap_or(u16::MAX);
    let x = frame.right().checked_sub(columns.checked_add(2)?)?;
    let taken = tabs.last().map_or(frame.x, |tab| tab.area.right());
    (x > taken).then(|| Rect::new(x, frame.y, columns, 1))
}

/// The names in the head; the agent workspace tells what waits there while it is not seen.
pub(crate) fn tabs(here: Tab, waiting: usize, frame: Rect) -> Vec<TabHead> {
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
        let area = Rect::new(x, frame.y, columns, 1);
        tabs.push(TabHead { tab, name, area });
        x += columns + 1;
    }
    tabs
}
