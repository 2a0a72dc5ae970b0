//! Who has the keyboard. It is decided here alone: keys are looked up by it, and actions are
//! carried out by it.

use crate::tui::{
    app::model::{Focus, Model},
    commands::keys::Context,
    inspector::Tab,
};

/// Who has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyboard {
    /// The popup on top.
    Popup,
    /// The field of the wire's filter, or of the journal's search.
    Filter,
    /// The phone's composer.
    Phone,
    /// The wire: its list, or the selected entry.
    Wire,
    State,
    Journal,
    /// The agent workspace, where somebody sits.
    Agent,
    /// The agent workspace, where nobody sits.
    EmptyWorkspace,
}

impl Model {
    /// Who has the keyboard.
    pub(crate) fn keyboard(&self) -> Keyboard {
        if !self.popups.is_empty() {
            return Keyboard::Popup;
        }
        if self.inspector.filtering {
            return Keyboard::Filter;
        }
        match (self.focus, self.inspector.tab) {
            (Focus::Composer, _) => Keyboard::Phone,
            (_, Tab::Wire) => Keyboard::Wire,
            (_, Tab::State) => Keyboard::State,
            (_, Tab::Journal) => Keyboard::Journal,
            (_, Tab::Agent) if self.workspace.is_taken() => Keyboard::Agent,
            (_, Tab::Agent) => Keyboard::EmptyWorkspace,
        }
    }

    /// The contexts a key is looked up in, the nearest first.
    pub(crate) fn contexts(&self) -> &'static [Context] {
        use Context::{Browse, Edit, Everywhere, Inspector, Phone, State, Wire, Workspace};
        match self.keyboard() {
            Keyboard::Popup => {
                let top = self.popups.last();
                top.map_or(&[Everywhere], |top| top.layer().contexts())
            }
            Keyboard::Filter => &[Browse, Edit, Everywhere],
            Keyboard::Phone => &[Phone, Edit, Everywhere],
            Keyboard::Wire => &[Wire, Inspector, Browse, Everywhere],
            Keyboard::State => &[State, Inspector, Browse, Everywhere],
            Keyboard::Journal => &[Inspector, Browse, Everywhere],
            Keyboard::Agent | Keyboard::EmptyWorkspace => &[Workspace, Phone, Edit, Everywhere],
        }
    }
}
