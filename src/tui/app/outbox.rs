//! Commands on their way to the engine, without ever waiting for it.
//!
//! Waiting for room would freeze the keyboard. A command that finds none is
//! refused and given back; a state (what is looked at, what is shown) is kept
//! until there is room, the latest only.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{Sender, error::TrySendError};

use crate::{
    domain::{conversation::event::Act, ids::PhoneId},
    engine::command::Command,
};

pub(crate) struct Outbox {
    engine: Sender<Command>,
    /// The latest of each state of each phone.
    looked: BTreeMap<PhoneId, Act>,
    shown: BTreeMap<PhoneId, Act>,
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

    /// Sends a command at once; gives a command back that finds no room.
    pub(crate) fn send(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Act { phone: id, act } if matches!(act, Act::Looked(_)) => {
                self.looked.insert(id, act);
            }
            Command::Act { phone: id, act } if matches!(act, Act::Shown(_)) => {
                self.shown.insert(id, act);
            }
            command => {
                return match self.engine.try_send(command) {
                    Ok(()) => None,
                    Err(TrySendError::Full(command) | TrySendError::Closed(command)) => {
                        Some(command)
                    }
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
            while let Some((id, act)) = owed.pop_first() {
                let command = Command::Act { phone: id, act };
                if let Err(TrySendError::Full(Command::Act { phone: id, act })) =
                    self.engine.try_send(command)
                {
                    owed.insert(id, act);
                    return;
                }
            }
        }
    }
}
