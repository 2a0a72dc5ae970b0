//! Who has the keyboard. It is decided here alone: keys are looked up by it, and actions are
//! carried out by it.

use crate::{
    domain::ids::{ConversationId, PhoneId},
    tui::{
        app::{focus::Focus, model::Model},
        commands::keys::Context,
        inspector::Tab,
    },
};

/// Who has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyboard {
    /// The popup on top.
    Popup,
    /// The field of the wire's filter, or of the journal's search.
    Filter,
    Phone,
    /// The field of what is looked for in a conversation.
    Find(ChatPane),
    /// The wire: its list, or the opened entry.
    Wire,
    State,
    Journal,
    /// The agent workspace, where somebody is logged in.
    Agent,
    /// The agent workspace, where nobody is logged in.
    EmptyWorkspace,
}

/// One of the two conversation panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatPane {
    /// The consumer's phone in view.
    Phone,
    /// The agent's conversation in view; commands are written there while none is.
    Agent,
}

/// Where a draft is written, whatever comes into view later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    /// A phone, or a conversation of the past.
    Phone(Option<PhoneId>),
    /// An agent session, and the conversation in it.
    Agent(Option<usize>, Option<ConversationId>),
}

impl Model {
    /// Who has the keyboard.
    pub(crate) fn keyboard(&self) -> Keyboard {
        if self.has_popup() {
            return Keyboard::Popup;
        }
        if self.inspector.filtering {
            return Keyboard::Filter;
        }
        match (self.focus, self.inspector.tab) {
            (Focus::Composer, _) if self.finds_in(ChatPane::Phone) => {
                Keyboard::Find(ChatPane::Phone)
            }
            (Focus::Composer, _) => Keyboard::Phone,
            (_, Tab::Wire) => Keyboard::Wire,
            (_, Tab::State) => Keyboard::State,
            (_, Tab::Journal) => Keyboard::Journal,
            (_, Tab::Agent) if self.finds_in(ChatPane::Agent) => Keyboard::Find(ChatPane::Agent),
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
            Keyboard::Filter | Keyboard::Find(_) => &[Browse, Edit, Everywhere],
            Keyboard::Phone => &[Phone, Edit, Everywhere],
            Keyboard::Wire => &[Wire, Inspector, Browse, Everywhere],
            Keyboard::State => &[State, Inspector, Browse, Everywhere],
            Keyboard::Journal => &[Inspector, Browse, Everywhere],
            Keyboard::Agent => &[Workspace, Phone, Edit, Everywhere],
            // Nothing is written there: the inspector's letters are keys.
            Keyboard::EmptyWorkspace => &[Inspector, Workspace, Phone, Everywhere],
        }
    }
}

impl Keyboard {
    /// The conversation pane that has the keyboard.
    pub(crate) fn chat_pane(self) -> Option<ChatPane> {
        match self {
            Self::Phone => Some(ChatPane::Phone),
            Self::Agent => Some(ChatPane::Agent),
            _ => None,
        }
    }
}
