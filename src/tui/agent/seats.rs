//! The chairs of the agent workspace as the loop holds them: sitting down, what
//! they tell, what they are told. Nothing here waits for a chair.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{sync::mpsc::error::TrySendError, task::JoinSet};

use crate::{
    engine::agent_session::{command::Command, update::Update},
    tui::agent::{Seat, Sitting},
};

/// Something about a chair.
#[derive(Debug)]
pub(crate) enum News {
    /// Somebody has sat down in the chair of this number.
    Seated(String, usize),
    /// Somebody could not, for this reason.
    Refused(String, String),
    /// A chair tells something.
    Told(usize, Update),
    /// A chair is gone without saying so.
    Gone(usize),
}

struct Place {
    seat: Seat,
    /// The last word on what is looked at, until there is room for it.
    owed: Option<Command>,
}

/// All chairs that were ever taken, by their numbers.
pub(crate) struct Seats {
    sit: Arc<dyn Fn(String) -> Sitting + Send + Sync>,
    places: Vec<Option<Place>>,
    sitting: JoinSet<Result<Seat, String>>,
    /// The agent who is logging in; one at a time.
    who: String,
}

impl Seats {
    /// No chair yet; `sit` is how one is taken.
    pub(crate) fn new(sit: Arc<dyn Fn(String) -> Sitting + Send + Sync>) -> Self {
        Self {
            sit,
            places: Vec::new(),
            sitting: JoinSet::new(),
            who: String::new(),
        }
    }

    /// Begins to sit somebody down.
    pub(crate) fn sit_down(&mut self, user: String) {
        self.sitting.spawn((self.sit)(user.clone()));
        self.who = user;
    }

    /// The next thing about a chair. Cancel safe: nothing is taken before it is given out.
    pub(crate) async fn news(&mut self) -> News {
        poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<News> {
        if let Poll::Ready(Some(outcome)) = self.sitting.poll_join_next(cx) {
            let who = std::mem::take(&mut self.who);
            let broken = |_| Err("sitting down broke off".to_owned());
            return Poll::Ready(match outcome.unwrap_or_else(broken) {
                Ok(seat) => {
                    self.places.push(Some(Place { seat, owed: None }));
                    News::Seated(who, self.places.len() - 1)
                }
                Err(why) => News::Refused(who, why),
            });
        }
        for (number, slot) in self.places.iter_mut().enumerate() {
            let Some(place) = slot else {
                continue;
            };
            match place.seat.updates.poll_recv(cx) {
                Poll::Ready(Some(update)) => {
                    if update == Update::Stopped {
                        *slot = None;
                    }
                    return Poll::Ready(News::Told(number, update));
                }
                Poll::Ready(None) => {
                    *slot = None;
                    return Poll::Ready(News::Gone(number));
                }
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }

    /// Tells a chair something at once; gives a wish back that finds no room. What is looked at is
    /// kept instead, the latest only.
    pub(crate) fn send(&mut self, number: usize, command: Command) -> Option<Command> {
        let place = self.places.get_mut(number).and_then(Option::as_mut)?;
        if let Command::Look(_) = command {
            place.owed = Some(command);
            self.pay();
            return None;
        }
        match place.seat.commands.try_send(command) {
            Ok(()) => None,
            Err(TrySendError::Full(command) | TrySendError::Closed(command)) => Some(command),
        }
    }

    /// Tells what is owed as far as there is room.
    pub(crate) fn pay(&mut self) {
        for place in self.places.iter_mut().flatten() {
            if let Some(command) = place.owed.take()
                && let Err(TrySendError::Full(command)) = place.seat.commands.try_send(command)
            {
                place.owed = Some(command);
            }
        }
    }
}
