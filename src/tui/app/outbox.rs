//! Commands on their way to the engine, without ever waiting for it.
//!
//! Waiting for room would freeze the keyboard. A wish that finds none is
//! refused and given back; a state (what is looked at, what is shown) is kept
//! until there is room, the latest only.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{Sender, error::TrySendError};

use crate::{domain::conversation::event::Act, engine::command::Command};

/// The sending end.
pub(crate) struct Outbox {
    engine: Sender<Command>,
    /// The latest of each state of each phone.
    looked: BTreeMap<u32, Act>,
    shown: BTreeMap<u32, Act>,
}

impl Outbox {
    /// Nothing owed yet.
    pub(crate) fn new(engine: Sender<Command>) -> Self {
        Self {
            engine,
            looked: BTreeMap::new(),
            shown: BTreeMap::new(),
        }
    }

    /// Sends a command at once; gives a wish back that finds no room.
    pub(crate) fn send(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Act { thread, act } if matches!(act, Act::Looked(_)) => {
                self.looked.insert(thread, act);
            }
            Command::Act { thread, act } if matches!(act, Act::Shown(_)) => {
                self.shown.insert(thread, act);
            }
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
        !self.looked.is_empty() || !self.shown.is_empty()
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
        for owed in [&mut self.looked, &mut self.shown] {
            while let Some((thread, act)) = owed.pop_first() {
                let wish = Command::Act { thread, act };
                if let Err(TrySendError::Full(Command::Act { thread, act })) =
                    self.engine.try_send(wish)
                {
                    owed.insert(thread, act);
                    return;
                }
            }
        }
    }
}
