//! What every part of the screen is drawn by.

use jiff::tz::TimeZone;

use crate::{
    domain::time::Timestamp,
    tui::{
        commands::keys::{Action, Keymap},
        theme::styles::Styles,
    },
};

pub(crate) struct Ui {
    pub(crate) styles: Styles,
    pub(crate) keymap: Keymap,
    /// The zone times are told in.
    pub(crate) zone: TimeZone,
    pub(crate) now: Timestamp,
}

impl Ui {
    /// The first chord of an action as shown to people, or nothing when it has none.
    pub(crate) fn shown(&self, action: Action) -> String {
        self.keymap.shown(action)
    }
}
