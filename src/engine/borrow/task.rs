//! Keeps an app install pointed at the public address while the phone runs, and gives it back at
//! the end.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    engine::borrow::{Borrow, BorrowState, Ended, Error, GivenBack, Pointed},
    ingress::tunnel,
};

/// How often it is looked whether the endpoints still stand as they should.
const LOOK: Duration = Duration::from_mins(1);
/// How long what an earlier run left pointed stays so without an address to point it at: the
/// cloud repeats what it could not deliver, and it should not go elsewhere for want of patience.
const GRACE: Duration = Duration::from_secs(30);
/// How long giving back may take at the end.
const ENDING: Duration = Duration::from_secs(5);
/// The first wait after a failure; each further one is twice as long, up to [`LOOK`].
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// How to borrow.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether a colleague's lease does not matter.
    pub take_over: bool,
    /// How often it is looked whether the endpoints still stand as they should.
    pub look: Duration,
    /// How long what an earlier run left pointed waits for an address, before it is given back.
    pub grace: Duration,
    /// How long giving back may take at the end.
    pub ending: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            take_over: false,
            look: LOOK,
            grace: GRACE,
            ending: ENDING,
        }
    }
}

/// The task that borrows. Dropped without [`stop`](Self::stop) it ends and gives nothing back;
/// the next start does.
#[derive(Debug)]
pub struct Borrower {
    borrow: Borrow,
    options: Options,
    state: watch::Receiver<BorrowState>,
    wish: Arc<Notify>,
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Borrower {
    /// Begins to borrow: as soon as the tunnel has a public address the endpoints go there, and
    /// they follow it when it changes.
    pub fn start(
        borrow: Borrow,
        tunnel: watch::Receiver<tunnel::TunnelState>,
        options: Options,
    ) -> Self {
        let (shown, state) = watch::channel(BorrowState::Waiting);
        let (stop, wish) = (CancellationToken::new(), Arc::new(Notify::new()));
        let worker = Worker {
            borrow: borrow.clone(),
            options,
            phase: Phase::Fresh,
            is_given_up: false,
            wish: Arc::clone(&wish),
            failures: 0,
            began: Instant::now(),
            shown,
        };
        let ended = stop.clone();
        let task = tokio::spawn(async move {
            // Abandoned wherever it is: the journal knows what was being done.
            let _ = ended.run_until_cancelled(worker.run(tunnel)).await;
        });
        Self {
            borrow,
            options,
            state,
            wish,
            stop: stop.drop_guard(),
            task,
        }
    }

    /// How it stands.
    pub fn state(&self) -> watch::Receiver<BorrowState> {
        self.state.clone()
    }

    /// Whom to tell that the user wants it tried again at once, whatever was given up.
    pub fn wish(&self) -> Arc<Notify> {
        Arc::clone(&self.wish)
    }

    /// Ends it and gives back what is borrowed, unless others (`peers`) use the same address.
    /// What could not be given back in time is at the next start.
    pub async fn stop(self, peers: u32) -> Ended {
        drop(self.stop);
        // A panic in there is no reason not to give back.
        let _ = self.task.await;
        let ending = async {
            if peers > 0 && self.borrow.leave().await? {
                return Ok(Ended::LeftToOthers { peers });
            }
            let done = self.borrow.restore().await?;
            Ok::<_, Error>(match done {
                GivenBack::Nothing => Ended::Nothing,
                GivenBack::Gone => Ended::Gone,
                GivenBack::Done { left_alone, .. } => Ended::Restored { left_alone },
            })
        };
        let ended = match timeout(self.options.ending, ending).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) => Ended::Unfinished {
                why: error.to_string(),
            },
            Err(_) => Ended::Unfinished {
                why: format!("no answer within {:?}", self.options.ending),
            },
        };
        if !matches!(ended, Ended::Unfinished { .. }) {
            self.borrow.logout().await;
        }
        ended
    }
}

impl Borrow {
    /// Leaves what is borrowed to others who use it; whether there is something.
    async fn leave(&self) -> Result<bool, Error> {
        let Some(mut note) = self.note().await? else {
            return Ok(false);
        };
        note.left = true;
        self.save(&note).await?;
        Ok(true)
    }

    /// Gives back what an earlier run has left pointed by accident.
    async fn make_good(&self) -> Result<(), Error> {
        if self.note().await?.is_some_and(|note| !note.left) {
            self.restore().await?;
        }
        Ok(())
    }
}

/// What is known of the endpoints in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Fresh,
    Ours,
    /// They stood at this address already.
    Shared(String),
}

struct Worker {
    borrow: Borrow,
    options: Options,
    phase: Phase,
    /// Nothing more is tried: somebody has to do something first, and then say so.
    is_given_up: bool,
    wish: Arc<Notify>,
    failures: u32,
    began: Instant,
    shown: watch::Sender<BorrowState>,
}

impl Worker {
    async fn run(mut self, mut tunnel: watch::Receiver<tunnel::TunnelState>) {
        loop {
            let address = address(&tunnel.borrow_and_update());
            let pause = match &address {
                Some(url) => self.attend(url).await,
                None => self.wait().await,
            };
            let again = tokio::time::sleep(pause);
            tokio::pin!(again);
            loop {
                tokio::select! {
                    () = &mut again => break,
                    () = self.wish.notified() => {
                        self.is_given_up = false;
                        break;
                    }
                    changed = tunnel.changed() => {
                        if changed.is_err() {
                            // The tunnel is over, and with it every reason to point anew.
                            std::future::pending::<()>().await;
                        }
                        if self::address(&tunnel.borrow_and_update()) != address {
                            break;
                        }
                    }
                }
            }
        }
    }

    /// There is no address. What an earlier run has left is given back after a while.
    async fn wait(&mut self) -> Duration {
        if self.phase != Phase::Fresh || self.is_given_up {
            return self.options.look;
        }
        let waited = self.began.elapsed();
        if waited < self.options.grace {
            return self.options.grace.saturating_sub(waited);
        }
        match self.borrow.make_good().await {
            Ok(()) => {
                self.failures = 0;
                self.notify(BorrowState::Waiting);
                self.options.look
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Has the endpoints stand at this address; gives the time until the next look.
    async fn attend(&mut self, url: &str) -> Duration {
        if self.is_given_up {
            return self.options.look;
        }
        if matches!(&self.phase, Phase::Shared(at) if at != url) {
            self.phase = Phase::Fresh;
        }
        let done = match self.phase {
            Phase::Fresh => self.borrow.point(url, self.options.take_over).await,
            Phase::Ours => self.borrow.follow(url).await,
            Phase::Shared(_) => match self.borrow.is_at(url).await {
                Ok(true) => Ok(Pointed::Shared),
                // Not ours to change, then or now.
                Ok(false) => Ok(Pointed::Ours {
                    until: 0,
                    lost: crate::domain::app_install::EventType::ALL.to_vec(),
                    by: None,
                }),
                Err(error) => Err(error),
            },
        };
        match done {
            Ok(pointed) => self.stands(pointed, url),
            Err(error) => return self.failed(&error),
        }
        self.options.look
    }

    fn stands(&mut self, pointed: Pointed, url: &str) {
        self.failures = 0;
        let public = url.to_owned();
        match pointed {
            Pointed::Shared => {
                self.phase = Phase::Shared(public.clone());
                self.notify(BorrowState::Shared { public });
            }
            Pointed::Ours { until, lost, by } => {
                if !matches!(self.phase, Phase::Shared(_)) {
                    self.phase = Phase::Ours;
                }
                self.notify(if lost.is_empty() {
                    BorrowState::Pointed { public, until }
                } else {
                    BorrowState::Taken { lost, by }
                });
            }
        }
    }

    fn failed(&mut self, error: &Error) -> Duration {
        if let Error::Held { lease } = error {
            let lease = lease.clone();
            self.notify(BorrowState::Held { lease });
            return self.options.look;
        }
        let what = error.to_string();
        let retry_in = error.is_passing().then(|| {
            let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(self.failures));
            wait.min(self.options.look)
        });
        self.failures = self.failures.saturating_add(1);
        if retry_in.is_none() {
            self.is_given_up = true;
        }
        self.notify(BorrowState::Trouble { what, retry_in });
        retry_in.unwrap_or(self.options.look)
    }

    fn notify(&self, state: BorrowState) {
        self.shown.send_if_modified(|shown| {
            let is_new = *shown != state;
            *shown = state;
            is_new
        });
    }
}

fn address(state: &tunnel::TunnelState) -> Option<String> {
    state.public().map(ToString::to_string)
}
