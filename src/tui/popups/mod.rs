//! What lies over the screen. One popup is one file: its state, its keys, its drawing, its clicks.
//!
//! A popup knows only what it is shown of the rest ([`Scene`]) and changes only itself; what is to
//! be done elsewhere it gives back as an [`Outcome`], which `app` carries out. Toasts and the list
//! of notices they go to are here too; what opens a popup is not.

pub(crate) mod consent;
pub(crate) mod content;
pub(crate) mod dates;
pub(crate) mod facts;
pub(crate) mod file;
pub(crate) mod files;
pub(crate) mod form;
pub(crate) mod help;
pub(crate) mod list;
pub(crate) mod notice_row;
pub(crate) mod notices;
pub(crate) mod palette;
pub(crate) mod picture_hosts;
pub(crate) mod raw;
mod rows;
pub(crate) mod slots;
mod unsent;

use std::{collections::BTreeMap, path::PathBuf};

use ratatui::{
    Frame,
    layout::{Position, Rect},
    widgets::{Block, BorderType},
};

use crate::{
    config::personas::KnownPersona,
    domain::{
        ids::{AccountId, ItemId, PhoneId},
        notice::Severity,
        persona::Persona,
        rich::press,
    },
    tui::{
        agent::Workspace,
        chat::{attach::AttachRequest, bubble::BubbleTarget, phone::Phone},
        commands::keys::{Action, Context},
        popups::{notices::Notices, palette::Choice, rows::TellingPage},
        terminal::images::gallery::Gallery,
        text::{
            edit::Editor,
            width::{SPLIT, elided},
        },
        theme::{over, palette::Theme, ui::Ui},
    },
};

/// Rows one notch of the wheel moves.
const NOTCH: usize = 3;

/// One popup; the top one of the stack has the keyboard.
#[derive(Debug)]
pub(crate) enum Popup {
    Help(Box<help::Help>),
    Notices(notices::NoticesPage),
    Raw(Box<raw::Raw>),
    Form(Box<form::Form>),
    Files(Box<files::Files>),
    File(Box<file::File>),
    Dates(Box<dates::Dates>),
    Slots(Box<slots::Slots>),
    Content(Box<content::Content>),
    Facts(TellingPage),
    Consent(Box<consent::ConsentQuestion>),
    PictureHosts(Box<picture_hosts::PictureHosts>),
    Palette(palette::Palette),
}

/// What a popup sees of the rest of the screen.
pub(crate) struct Scene<'a> {
    pub(crate) ui: &'a Ui,
    /// The whole screen; empty where nothing fits on it, and before the first frame.
    pub(crate) screen: Rect,
    pub(crate) account: &'a AccountId,
    pub(crate) notices: &'a Notices,
    pub(crate) workspace: &'a Workspace,
    pub(crate) personas: &'a [KnownPersona],
    pub(crate) themes: &'a [Theme],
    /// What was chosen in the palette of commands, the last first.
    pub(crate) recent: &'a [Choice],
    /// The phone in view, and all of them in the order of their tabs.
    pub(crate) phone: &'a Phone,
    pub(crate) phones: Vec<&'a Phone>,
}

/// What a choice is for: an action of something of a bubble, with the choices made before it.
#[derive(Debug, Clone)]
pub(crate) struct For {
    pub(crate) item: ItemId,
    pub(crate) spot: BubbleTarget,
    pub(crate) action: usize,
    pub(crate) chosen: BTreeMap<usize, press::Choice>,
}

/// What comes of a key or a click.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    Stays,
    /// The popup closes, and that is all.
    Closes,
    /// The popup stays, and this is told: title, detail, hint.
    Told(Severity, String, String, String),
    /// This is copied, and the popup stays: what it is, and the text.
    Copied(&'static str, String),
    /// Something of the palette was chosen; the palette closes.
    Chosen(Choice),
    /// This path is to be looked at: a folder is looked into, a file asked about.
    Look(PhoneId, PathBuf),
    /// Another folder is to be looked into.
    Folder(PathBuf),
    /// Another popup takes its place.
    Becomes(Box<Popup>),
    /// The file is to be made ready to be sent.
    Prepare(AttachRequest),
    /// The request by hand is to be sent as it stands.
    SendRaw,
    /// The form is kept, and this button was pressed.
    Kept {
        phone: PhoneId,
        persona: Box<Persona>,
        target: form::FormTarget,
    },
    /// A date or a time was chosen for something of a bubble.
    Answered(For, press::Choice),
    /// The conversation with real people of this question may be opened.
    Agreed(u64),
    /// The popup stays, and the user's word on a host of pictures is to be kept.
    Decided {
        host: String,
        is_wanted: bool,
    },
}

impl Scene<'_> {
    /// The name of the consumer of a phone.
    pub(crate) fn name_of(&self, phone: PhoneId) -> Option<&str> {
        let mut phones = self.phones.iter();
        let phone = phones.find(|other| other.id() == Some(phone))?;
        Some(phone.persona.as_ref()?.name.as_str())
    }
}

impl Outcome {
    /// Something is told, which needs no hint.
    fn told(severity: Severity, title: &str, detail: &str) -> Self {
        Self::Told(severity, title.to_owned(), detail.to_owned(), String::new())
    }
}

pub(crate) trait Layer {
    /// What stands on its upper edge.
    fn title(&self) -> String;

    /// The contexts a key is looked up in, the nearest first.
    fn contexts(&self) -> &'static [Context] {
        &[Context::Browse, Context::Edit, Context::Everywhere]
    }

    /// Columns and rows it wants, with its frame.
    fn size(&self, scene: &Scene<'_>) -> (u16, u16);

    /// Whether it takes all of a narrow screen.
    fn fills(&self) -> bool {
        false
    }

    /// Whether one writes in it more than a few letters.
    fn is_written_in(&self) -> bool {
        false
    }

    /// What Enter does with the selected row, in a word or two.
    fn enter_does(&self) -> &'static str {
        "close"
    }

    /// What the keys do, for its lower edge; Enter comes first.
    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        footer(
            scene.ui,
            self.contexts(),
            &[
                (&[Action::Choose], self.enter_does()),
                (&[Action::RowUp, Action::RowDown], "move"),
                (&[Action::Back], "close"),
            ],
        )
    }

    /// Makes ready what depends on the size of the screen and on pictures.
    fn prepare(&mut self, _screen: Rect, _gallery: &Gallery) {}

    /// Draws what is inside of its frame.
    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>);

    /// Does what an action means here.
    fn act(&mut self, _action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        Outcome::Passed
    }

    fn rows(&mut self, _up: bool, _rows: usize, _scene: &Scene<'_>, _area: Rect) {}

    /// Rows a page has: as many as are shown, less one.
    fn page(&self, area: Rect) -> usize {
        usize::from(inside(area).height).saturating_sub(1).max(1)
    }

    /// Takes a click within its frame or on it.
    fn click(&mut self, _at: Position, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        Outcome::Stays
    }

    fn wheel(&mut self, up: bool, scene: &Scene<'_>, area: Rect) {
        self.rows(up, NOTCH, scene, area);
    }

    /// The text field that has the keyboard, with the room its rows are wrapped into; `None` for
    /// a field of one row.
    fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        None
    }

    /// Lets follow what follows from a change in that field.
    fn edited(&mut self) {}

    /// Takes a character that no field takes.
    fn typed(&mut self, _text: &str) {}
}

/// What a popup can do, to be looked at or to be changed: the one place that tells the popups apart.
macro_rules! layer_of {
    ($popup:expr, $as:ident) => {
        match $popup {
            Popup::Help(one) => one.$as(),
            Popup::Facts(one) => one,
            Popup::Notices(one) => one,
            Popup::Palette(one) => one,
            Popup::Raw(one) => one.$as(),
            Popup::Form(one) => one.$as(),
            Popup::Files(one) => one.$as(),
            Popup::File(one) => one.$as(),
            Popup::Dates(one) => one.$as(),
            Popup::Slots(one) => one.$as(),
            Popup::Content(one) => one.$as(),
            Popup::Consent(one) => one.$as(),
            Popup::PictureHosts(one) => one.$as(),
        }
    };
}

impl Popup {
    pub(crate) fn layer(&self) -> &dyn Layer {
        layer_of!(self, as_ref)
    }

    pub(crate) fn layer_mut(&mut self) -> &mut dyn Layer {
        layer_of!(self, as_mut)
    }

    /// Whether both are of a kind; one of a kind is enough.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Palette(one), Self::Palette(two)) => one.kind == two.kind,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    pub(crate) fn area(&self, scene: &Scene<'_>) -> Rect {
        if scene.screen.is_empty() {
            return Rect::default();
        }
        let layer = self.layer();
        placed(layer.size(scene), layer.fills(), scene.screen)
    }

    /// Carries an action out; an action that moves by rows does so in every popup that has some.
    pub(crate) fn act(&mut self, action: Action, scene: &Scene<'_>) -> Outcome {
        let area = self.area(scene);
        let layer = self.layer_mut();
        let page = layer.page(area);
        match (layer.act(action, scene, area), by_rows(action, page)) {
            (Outcome::Passed, Some((up, rows))) => {
                layer.rows(up, rows, scene, area);
                Outcome::Stays
            }
            (outcome, _) => outcome,
        }
    }
}

/// Keys with what they do, for the lower edge of a popup; what has no key is left out.
fn footer(ui: &Ui, contexts: &[Context], parts: &[(&[Action], &str)]) -> String {
    let part = |(actions, does): &(&[Action], &str)| {
        let keys = actions.iter();
        let keys: Vec<String> = keys
            .map(|action| ui.keymap.shown_in(contexts, *action))
            .filter(|key| !key.is_empty())
            .collect();
        let is_wide = keys.iter().any(|key| key.chars().count() > 1);
        let keys = keys.join(if is_wide { "/" } else { "" });
        (!keys.is_empty()).then(|| format!("{keys} {does}"))
    };
    let parts: Vec<String> = parts.iter().filter_map(part).collect();
    format!(" {} ", parts.join(" · "))
}

/// Which way, and by how many rows, an action moves where a page has so many.
fn by_rows(action: Action, page: usize) -> Option<(bool, usize)> {
    let far = usize::from(u16::MAX);
    match action {
        Action::RowUp => Some((true, 1)),
        Action::RowDown => Some((false, 1)),
        Action::PageUp => Some((true, page)),
        Action::PageDown => Some((false, page)),
        Action::First | Action::RowFirst => Some((true, far)),
        Action::Last | Action::RowLast => Some((false, far)),
        _ => None,
    }
}

/// A row or a place in a list so many on, not past either end.
fn stepped(at: usize, up: bool, rows: usize, last: usize) -> usize {
    if up {
        at.saturating_sub(rows)
    } else {
        at.saturating_add(rows).min(last)
    }
}

/// An area of some size in the middle of the screen, as far as there is room.
fn placed((columns, rows): (u16, u16), fills: bool, screen: Rect) -> Rect {
    // Where there is little room, what is written in takes all of it.
    let edge = if fills && screen.width < SPLIT { 0 } else { 4 };
    let columns = columns.min(screen.width.saturating_sub(edge));
    let rows = rows.min(screen.height.saturating_sub(edge));
    Rect::new(
        screen.x + (screen.width - columns) / 2,
        screen.y + (screen.height - rows) / 2,
        columns,
        rows,
    )
}

/// What is inside of a popup's frame.
fn inside(area: Rect) -> Rect {
    Block::bordered().inner(area)
}

/// The same, less a column on either side.
fn padded(area: Rect) -> Rect {
    let inner = inside(area);
    Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// Where a popup stands that fills a narrow screen; nowhere before there is a screen.
fn filling(size: (u16, u16), screen: Rect) -> Rect {
    if screen.is_empty() {
        return Rect::default();
    }
    placed(size, true, screen)
}

/// Draws the popups, the top one last.
pub(crate) fn draw(popups: &[Popup], scene: &Scene<'_>, frame: &mut Frame<'_>) {
    let styles = &scene.ui.styles;
    for popup in popups {
        let (area, layer) = (popup.area(scene), popup.layer());
        over::clear(area, styles.base, frame.buffer_mut());
        let title = layer.title();
        let title = elided(&title, usize::from(area.width).saturating_sub(4)).into_owned();
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(styles.focused)
            .title(title)
            .title_style(styles.title)
            .title_bottom(layer.keys(scene, area))
            .style(styles.raised);
        frame.render_widget(block, area);
        layer.draw(scene, area, frame);
    }
}
