//! The terminal lent to others for a while: to the shell while handset is suspended, to an editor
//! while somebody writes there.
//!
//! The program that has the terminal reads its keys too, so the stream of keys ends with each loan and
//! begins anew behind it.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::Stream;

use crate::tui::terminal::screen::Lease;

/// A terminal with its keys, if they are read just now.
struct Held<S> {
    lease: Lease,
    keys: Option<S>,
}

/// No panic can leave it half changed.
fn locked<S>(held: &Mutex<Held<S>>) -> MutexGuard<'_, Held<S>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The keys of the terminal; none come while it is lent.
pub struct Keys<S>(Arc<Mutex<Held<S>>>);

impl<S: Stream + Unpin> Stream for Keys<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        match locked(&self.0).keys.as_mut() {
            Some(keys) => Pin::new(keys).poll_next(context),
            // The loop asks again once the terminal is back.
            None => Poll::Pending,
        }
    }
}

/// Lends the terminal, and takes it back.
#[derive(Clone)]
pub struct Hold {
    /// Lends it when true, takes it back when false.
    switch: Arc<dyn Fn(bool) -> io::Result<()> + Send + Sync>,
    is_lent: Arc<AtomicBool>,
}

impl Hold {
    /// A hold on a terminal, with its keys, which `open` begins to read.
    pub fn new<S: Send + 'static>(
        lease: Lease,
        open: impl Fn() -> io::Result<S> + Send + Sync + 'static,
    ) -> io::Result<(Self, Keys<S>)> {
        let keys = Some(open()?);
        let held = Arc::new(Mutex::new(Held { lease, keys }));
        let keys = Keys(Arc::clone(&held));
        let switch = move |lend| {
            let mut held = locked(&held);
            if lend {
                held.keys = None;
                held.lease.give_back()
            } else {
                let taken = held.lease.take();
                if held.keys.is_none() {
                    held.keys = Some(open()?);
                }
                taken
            }
        };
        let lender = Self {
            switch: Arc::new(switch),
            is_lent: Arc::new(AtomicBool::new(false)),
        };
        Ok((lender, keys))
    }

    /// Whether somebody else has the terminal just now, whose Ctrl+C is not meant for handset.
    pub fn lent(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_lent)
    }

    /// Gives the terminal back as it was before the screen took it.
    pub(crate) fn lend(&self) -> io::Result<()> {
        self.is_lent.store(true, Ordering::SeqCst);
        (self.switch)(true)
    }

    /// Takes it again, with all that was turned on.
    pub(crate) fn take_back(&self) -> io::Result<()> {
        let taken = (self.switch)(false);
        self.is_lent.store(false, Ordering::SeqCst);
        taken
    }
}
