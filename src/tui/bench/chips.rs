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
        Tab::Agent if !model.desk.is_taken() => Vec::new(),
        Tab::Agent => at_desk(model),
        Tab::Journal => vec![
            (Action::Choose, "reopen"),
            (Action::FilterHere, "search"),
            (Action::Export, "export"),
        ],
    }
}

/// The same at the agent's desk: what is at hand decides.
fn at_desk(model: &Model) -> Vec<(Action, &'static str)> {
    let chair = model.desk.chair();
    let mut words = Vec::new();
    match model.desk.talk() {
        Some(talk) if talk.takes_text() => words.extend([
            (Action::CannedReply, "reply"),
            (Action::Card, "card"),
            (Action::Note, "note"),
            (Action::Transfer, "transfer"),
            (Action::CloseWithSurvey, "survey"),
            (Action::BackToQueue, "queue"),
            (Action::CloseTalk, "close"),
            (Action::Facts, "who"),
        ]),
        Some(_) => words.extend([(Action::Done, "put away"), (Action::Facts, "who")]),
        None => words.push((Action::Availability, "availability")),
    }
    if chair.is_some_and(|chair| chair.talks.len() > 1) {
        words.push((Action::NextTalk, "next"));
    }
    if model.desk.users.len() > 1 {
        words.push((Action::OtherChair, "chair"));
    }
    words
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

/// A name in the bench's head.
pub(crate) struct Head {
    pub(crate) tab: Tab,
    pub(crate) name: String,
    /// The columns it stands on, a blank on either side.
    pub(crate) spot: Rect,
}

/// The names in the bench's head; the agent's desk tells what waits there while it is not seen.
pub(crate) fn tabs(model: &Model, frame: Rect) -> Vec<Head> {
    if model.desk.alone {
        return Vec::new();
    }
    let mut x = frame.x + 1;
    let mut tabs = Vec::new();
    for tab in Tab::ALL {
        let waiting = model.desk.waiting();
        let name = match tab {
            Tab::Agent if model.bench.tab != tab && waiting > 0 => {
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
