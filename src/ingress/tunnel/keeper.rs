//! Keeps a tunnel: opens it, proves it again and again, and opens another when it is lost.
//!
//! A loss is noticed within 15 s: by the tunnel itself, or by a canary that is due 5 s after the
//! last sign of life and given up after 4 s. Waking from sleep is noticed within 2 s.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    domain::time::Timestamp,
    ingress::tunnel::{
        Boxed, Local, OpenTunnel, Outage, Tunnel, TunnelState, drift::Drift, prover::Prover,
    },
    rt::{backoff::Backoff, clock, shutdown::Shutdown},
};

/// When what is done.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Time for a tunnel to get an address.
    pub open_within: Duration,
    /// Time for the first canary to come through where waiting may help.
    pub settle_within: Duration,
    /// Time for the first canary to come through where something seems wrong.
    pub doubt_within: Duration,
    /// Pause between the canaries until the first has come through.
    pub settle_pause: Duration,
    /// How long there may be no sign of life until a canary goes out.
    pub canary_every: Duration,
    /// After how long a tunnel counts as sound, so that its loss is no reason to wait.
    pub sound_after: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            open_within: Duration::from_secs(45),
            settle_within: Duration::from_secs(45),
            doubt_within: Duration::from_secs(5),
            settle_pause: Duration::from_secs(1),
            canary_every: Duration::from_secs(5),
            sound_after: Duration::from_secs(10),
        }
    }
}

/// A tunnel that is kept until its [`Shutdown`] stops. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Keeper {
    states: watch::Receiver<TunnelState>,
    nudge: Arc<Notify>,
}

impl Keeper {
    /// Opens `tunnel` to `local` and keeps it open. `activity` is when the last valid
    /// webhook came in that was no canary: while they come no canaries are needed.
    pub fn start(
        tunnel: Box<dyn Tunnel>,
        local: Local,
        prover: Prover,
        activity: watch::Receiver<Option<Instant>>,
        shutdown: &Shutdown,
    ) -> Self {
        Self::start_at(Pace::default(), tunnel, local, prover, activity, shutdown)
    }

    /// The same at another pace.
    pub fn start_at(
        pace: Pace,
        tunnel: Box<dyn Tunnel>,
        local: Local,
        prover: Prover,
        activity: watch::Receiver<Option<Instant>>,
        shutdown: &Shutdown,
    ) -> Self {
        // One value: who looks late sees the latest state and nothing else.
        let (sender, states) = watch::channel(TunnelState::Opening { attempt: 1 });
        let nudge = Arc::new(Notify::new());
        let keeping = Keeping {
            pace,
            tunnel,
            local,
            prover,
            activity,
            states: sender,
            nudge: Arc::clone(&nudge),
            backoff: Backoff::default(),
            drift: Drift::new(clock::unix_millis),
            attempt: 0,
        };
        let stop = shutdown.token();
        shutdown.spawn(async move {
            stop.run_until_cancelled_owned(Box::pin(keeping.run()))
                .await;
        });
        Self { states, nudge }
    }

    /// How it stands; the latest value only. Closed once it is no longer kept.
    pub fn states(&self) -> watch::Receiver<TunnelState> {
        self.states.clone()
    }

    /// Tries again at once, or sends a canary if it is open.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }
}

struct Keeping {
    pace: Pace,
    tunnel: Box<dyn Tunnel>,
    local: Local,
    prover: Prover,
    activity: watch::Receiver<Option<Instant>>,
    states: watch::Sender<TunnelState>,
    nudge: Arc<Notify>,
    backoff: Backoff,
    drift: Drift,
    attempt: u32,
}

impl Keeping {
    async fn run(mut self) {
        loop {
            self.attempt = self.attempt.saturating_add(1);
            self.tell(TunnelState::Opening {
                attempt: self.attempt,
            });
            let opened = timeout(self.pace.open_within, self.tunnel.open(&self.local)).await;
            let fault = match opened {
                Ok(Ok(open)) => self.watch(open).await,
                Ok(Err(fault)) => fault,
                Err(_) => self.late(),
            };
            tracing::info!(kind = self.tunnel.kind(), %fault, "no tunnel is open");
            self.pause(fault).await;
        }
    }

    /// Watches over an open tunnel to its end and says why it ended.
    async fn watch(&mut self, open: OpenTunnel) -> Outage {
        let OpenTunnel {
            public,
            ended,
            held,
        } = open;
        self.tell(TunnelState::Open {
            public: public.clone(),
        });
        let fault = self.keep_proving(&public, ended).await;
        drop(held);
        fault
    }

    async fn keep_proving(&mut self, public: &url::Url, ended: Boxed<'static, Outage>) -> Outage {
        tokio::select! {
            biased;
            fault = ended => fault,
            fault = self.prove_on(public) => fault,
        }
    }

    /// Sends canaries until two in a row are lost, or the first does not come through at all.
    async fn prove_on(&mut self, public: &url::Url) -> Outage {
        let opened = Instant::now();
        loop {
            let Err(miss) = self.prove(public).await else {
                break;
            };
            let patience = if miss.settling {
                self.pace.settle_within
            } else {
                self.pace.doubt_within
            };
            if miss.fault.lasting || opened.elapsed() >= patience {
                return miss.fault;
            }
            if opened.elapsed() >= self.pace.doubt_within {
                self.tell(TunnelState::Doubtful {
                    public: public.clone(),
                    fault: miss.fault,
                });
            }
            sleep(self.pace.settle_pause).await;
        }
        let up = Instant::now();
        self.attempt = 0;
        loop {
            self.idle().await;
            if up.elapsed() >= self.pace.sound_after {
                self.backoff.reset();
            }
            let Err(first) = self.prove(public).await else {
                continue;
            };
            self.tell(TunnelState::Doubtful {
                public: public.clone(),
                fault: first.fault,
            });
            if let Err(second) = self.prove(public).await {
                return second.fault;
            }
        }
    }

    /// Sends one canary; tells when it came through.
    async fn prove(&mut self, public: &url::Url) -> Result<(), super::prover::Miss> {
        let took = self.prover.send(public).await?;
        self.tell(TunnelState::Up {
            public: public.clone(),
            took,
            at: Timestamp(clock::unix_millis()),
        });
        Ok(())
    }

    /// Waits until a canary is due.
    async fn idle(&mut self) {
        let every = self.pace.canary_every;
        let mut due = Instant::now() + every;
        loop {
            tokio::select! {
                () = sleep_until(due) => {}
                () = self.nudge.notified() => return,
                () = self.drift.jump() => return,
            }
            let last = *self.activity.borrow();
            match last.map(|last| last + every) {
                Some(later) if later > Instant::now() => due = later,
                _ => return,
            }
        }
    }

    /// Waits until it is worth trying again.
    async fn pause(&mut self, fault: Outage) {
        if fault.lasting {
            self.tell(TunnelState::Down {
                fault,
                retry_in: None,
            });
            self.nudge.notified().await;
            return;
        }
        let pause = self.backoff.pause();
        self.tell(TunnelState::Down {
            fault,
            retry_in: Some(pause),
        });
        tokio::select! {
            () = sleep(pause) => {}
            () = self.nudge.notified() => {}
            () = self.drift.jump() => {}
        }
    }

    fn late(&self) -> Outage {
        let (kind, limit) = (self.tunnel.kind(), self.pace.open_within.as_secs());
        Outage::passing(
            format!("cannot open a tunnel by {kind}: there was no address within {limit} s"),
            "check the network, or choose another tunnel",
        )
    }

    fn tell(&self, state: TunnelState) {
        self.states.send_replace(state);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use crate::{
        domain::{inbound::Credentials, secret::Secret},
        ingress::tunnel::{Canaries, keeper::*},
        rt::tls::Trust,
    };

    /// A tunnel that never opens.
    struct Never;

    impl Tunnel for Never {
        fn kind(&self) -> &'static str {
            "never"
        }

        fn open<'a>(&'a mut self, _: &'a Local) -> Boxed<'a, Result<OpenTunnel, Outage>> {
            let fault = Outage::passing("cannot open", "wait");
            Box::pin(std::future::ready(Err(fault)))
        }
    }

    static WALL: AtomicI64 = AtomicI64::new(1_000_000);

    /// What somebody's clock on the wall shows who has slept for an hour when told so.
    fn wall() -> i64 {
        static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        let ran = BEGAN.get_or_init(Instant::now).elapsed().as_millis();
        WALL.load(Ordering::Relaxed) + i64::try_from(ran).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_a_canary_goes_out_and_a_pause_ends_within_two_seconds() {
        let credentials = Credentials {
            account: "1".into(),
            client: "2".into(),
            secret: Secret::new("3"),
        };
        let (device, canaries) = ("device".to_owned(), Canaries::default());
        let prover = Prover::new(credentials, device, &Trust::default(), canaries);
        let (states, seen) = watch::channel(TunnelState::Opening { attempt: 1 });
        let (_traffic, activity) = watch::channel(None);
        let mut keeping = Keeping {
            pace: Pace {
                canary_every: Duration::from_hours(9),
                ..Pace::default()
            },
            tunnel: Box::new(Never),
            local: Local {
                address: "127.0.0.1:9".parse().unwrap(),
                path: "/".to_owned(),
            },
            prover: prover.unwrap(),
            activity,
            states,
            nudge: Arc::default(),
            backoff: Backoff::default(),
            drift: Drift::new(wall),
            attempt: 0,
        };
        let slept = || WALL.fetch_add(3_600_000, Ordering::Relaxed);
        let began = Instant::now();
        let sleeping = async {
            sleep(Duration::from_secs(100)).await;
            slept();
        };
        tokio::join!(keeping.idle(), sleeping);
        let waited = began.elapsed();
        assert!(waited >= Duration::from_secs(100) && waited <= Duration::from_secs(102));

        // Pauses are drawn; a long one comes.
        let stop = tokio::spawn(keeping.run());
        let mut seen = seen;
        let long = |state: &TunnelState| {
            let TunnelState::Down { retry_in, .. } = state else {
                return false;
            };
            retry_in.is_some_and(|pause| pause > Duration::from_secs(15))
        };
        seen.wait_for(long).await.unwrap();
        slept();
        let began = Instant::now();
        seen.changed().await.unwrap();
        assert!(began.elapsed() <= Duration::from_secs(2));
        stop.abort();
    }
}
