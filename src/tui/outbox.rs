//! Commands on their way to the engine, without ever waiting for it.
//!
//! Waiting for room would freeze the keyboard. A wish that finds none is
//! refused and given back; a state (what is looked at, what is shown) is kept
//! until there is room, the latest only.

use tokio::sync::mpsc::{Sender, error::TrySendError};

use crate::{domain::ids::ItemId, engine::command::Command};

/// The sending end.
pub(crate) struct Outbox {
    engine: Sender<Command>,
    looked: Option<bool>,
    shown: Option<Vec<ItemId>>,
}

impl Outbox {
    /// Nothing owed yet.
    pub(crate) fn new(engine: Sender<Command>) -> Self {
        Self {
            engine,
            looked: None,
            shown: None,
        }
    }

    /// Sends a command at once; gives a wish back that finds no room.
    pub(crate) fn send(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Looked(looked) => self.looked = Some(looked),
            Command::Shown(shown) => self.shown = Some(shown),
            wish => {
                return match self.engine.try_send(wish) {
                    Ok(()) => None,
                    Err(TrySendError::Full(wish) | TrySendError::Closed(wish)) => Some(wish),
                };
            }
        }
        self.pay();
        None
    }

    /// Whether a state waits for room.
    pub(crate) fn owes(&self) -> bool {
        self.looked.is_some() || self.shown.is_some()
    }

    /// Ends when the engine has room, or is gone.
    pub(crate) async fn room(&self) {
        // The permit is given back; this loop is the only sender that waits for one.
        let gone = self.engine.reserve().await.is_err();
        if gone {
            std::future::pending::<()>().await;
        }
    }

    /// Sends what is owed as far as there is room.
    pub(crate) fn pay(&mut self) {
        if let Some(looked) = self.looked
            && self.engine.try_send(Command::Looked(looked)).is_ok()
        {
            self.looked = None;
        }
        if let Some(shown) = self.shown.take()
            && let Err(TrySendError::Full(Command::Shown(shown))) =
                self.engine.try_send(Command::Shown(shown))
        {
            self.shown = Some(shown);
        }
    }
}
