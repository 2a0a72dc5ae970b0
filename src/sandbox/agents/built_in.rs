//! Which of the built-in agents work, switched while the sandbox runs.

use tokio::sync::watch;

use crate::sandbox::model::roster;

/// The switches of Riley and of the built-in Sam.
#[derive(Debug)]
pub(crate) struct BuiltInAgents([(&'static str, watch::Sender<bool>); 2]);

impl BuiltInAgents {
    /// Both at work, or both not.
    pub(crate) fn new(on: bool) -> Self {
        Self([roster::RILEY, roster::SAM].map(|name| (name, watch::Sender::new(on))))
    }

    /// Whether one works; `None` for an agent who is not built in.
    pub(crate) fn is_on(&self, name: &str) -> Option<bool> {
        self.of(name).map(|switch| *switch.borrow())
    }

    /// Switches one, and says whether there is one of this name.
    pub(crate) fn set(&self, name: &str, on: bool) -> bool {
        self.of(name)
            .map(|switch| switch.send_replace(on))
            .is_some()
    }

    pub(crate) fn watch(&self, name: &str) -> Option<watch::Receiver<bool>> {
        self.of(name).map(watch::Sender::subscribe)
    }

    fn of(&self, name: &str) -> Option<&watch::Sender<bool>> {
        let known = self.0.iter();
        let mut found = known.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, switch)| switch)
    }
}
