//! The sessions of the agent workspace as the loop holds them: logging in, what
//! they tell, what they are told. Nothing here waits for a session.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{sync::mpsc::error::TrySendError, task::JoinSet};

use crate::{
    domain::workspace::command::Command,
    engine::agent_session::update::Update,
    tui::agent::{LoggingIn, SessionChannels},
};

/// Something about a session.
#[derive(Debug)]
pub(crate) enum SessionEvent {
    /// Somebody has logged in, in the session of this number.
    LoggedIn(String, usize),
    /// Somebody could not, for this reason.
    Refused(String, String),
    /// A session tells something.
    Updated(usize, Update),
    /// A session is gone without saying so.
    Gone(usize),
}

struct Place {
    channels: SessionChannels,
    /// The last word on what is looked at, until there is room for it.
    owed: Option<Command>,
}

/// All sessions there ever were, by their numbers.
pub(crate) struct Sessions {
    log_in: Arc<dyn Fn(String) -> LoggingIn + Send + Sync>,
    places: Vec<Option<Place>>,
    logging_in: JoinSet<Result<SessionChannels, String>>,
    /// The agent who is logging in; one at a time.
    who: String,
}

impl Sessions {
    /// No session yet; `log_in` is how one begins.
    pub(crate) fn new(log_in: Arc<dyn Fn(String) -> LoggingIn + Send + Sync>) -> Self {
        Self {
            log_in,
            places: Vec::new(),
            logging_in: JoinSet::new(),
            who: String::new(),
        }
    }

    /// Begins to log somebody in.
    pub(crate) fn log_in(&mut self, user: String) {
        self.logging_in.spawn((self.log_in)(user.clone()));
        self.who = user;
    }

    /// The next thing about a session. Cancel safe: nothing is taken before it is given out.
    pub(crate) async fn news(&mut self) -> SessionEvent {
        poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<SessionEvent> {
        if let Poll::Ready(Some(outcome)) = self.logging_in.poll_join_next(cx) {
            let who = std::mem::take(&mut self.who);
            let broken = |_| Err("the login broke off".to_owned());
            return Poll::Ready(match outcome.unwrap_or_else(broken) {
                Ok(channels) => {
                    self.places.push(Some(Place {
                        channels,
                        owed: None,
                    }));
                    SessionEvent::LoggedIn(who, self.places.len() - 1)
                }
                Err(why) => SessionEvent::Refused(who, why),
            });
        }
        for (number, slot) in self.places.iter_mut().enumerate() {
            let Some(place) = slot else {
                continue;
            };
            match place.channels.updates.poll_recv(cx) {
                Poll::Ready(Some(update)) => {
                    if update == Update::Stopped {
                        *slot = None;
                    }
                    return Poll::Ready(SessionEvent::Updated(number, update));
                }
                Poll::Ready(None) => {
                    *slot = None;
                    return Poll::Ready(SessionEvent::Gone(number));
                }
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }

    /// Tells a session something at once; gives a command back that finds no room. What is looked at is
    /// kept instead, the latest only.
    pub(crate) fn send(&mut self, number: usize, command: Command) -> Option<Command> {
        let place = self.places.get_mut(number).and_then(Option::as_mut)?;
        if let Command::Look(_) = command {
            place.owed = Some(command);
            self.pay();
            return None;
        }
        match place.channels.commands.try_send(command) {
            Ok(()) => None,
            Err(TrySendError::Full(command) | TrySendError::Closed(command)) => Some(command),
        }
    }

    /// Tells what is owed as far as there is room.
    pub(crate) fn pay(&mut self) {
        for place in self.places.iter_mut().flatten() {
            if let Some(command) = place.owed.take()
                && let Err(TrySendError::Full(command)) = place.channels.commands.try_send(command)
            {
                place.owed = Some(command);
            }
        }
    }
}
