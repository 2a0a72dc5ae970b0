//! What the loop has to do for the model.

use crate::tui::{
    app::focus::Panes,
    chat::scenario::{ScenarioOrder, ScenarioStart},
};

/// A text to be copied, and what it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Copying {
    pub(crate) what: String,
    pub(crate) text: String,
    /// The variables of the shell that the text needs.
    pub(crate) needs: String,
}

/// What the loop has to do for the model besides drawing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Errands {
    /// Draw every cell anew.
    pub(crate) redraw: bool,
    /// Capture the mouse, or leave it to the terminal.
    pub(crate) mouse: Option<bool>,
    /// Copy this text.
    pub(crate) copy: Option<Copying>,
    /// Stop until the shell lets handset go on.
    pub(crate) suspend: Option<Farewell>,
    /// Have this draft written in an editor.
    pub(crate) edit: Option<String>,
    /// Keep for the next start which panes are shown.
    pub(crate) panes: Option<Panes>,
    /// Begin to play this scenario.
    pub(crate) scenario: Option<ScenarioStart>,
    /// What the person wants of the one that is played.
    pub(crate) orders: Vec<ScenarioOrder>,
    /// Read this brand pack, by its name or folder.
    pub(crate) pack: Option<String>,
    /// What the terminal's window is to be called; empty for what it was called before.
    pub(crate) title: Option<String>,
    /// Tell that these chapters of the show have begun, and with `None` that it is over.
    pub(crate) chapters: Vec<Option<String>>,
}

/// Whether the cloud is told first that nobody looks any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// It is, and that is on its way.
    Told,
    /// There is nothing to tell, or nothing goes out.
    Needless,
}
