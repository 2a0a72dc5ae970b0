//! What every way in leads to: a real listener that knows its canaries.

use std::sync::{Arc, Mutex};

use handset::{
    config::profile::TunnelSettings,
    domain::{
        canary::Canary,
        inbound::{
            ACCOUNT_HEADER, CLIENT_HEADER, Credentials, Request, SIGNATURE_HEADER, Verdict, judge,
        },
        secret::Secret,
        signature::{Algorithm, sign},
    },
    ingress::listener,
    ingress::tunnel::{self, Canaries, Keeper, Local, Pace, Prover, TunnelState},
    rt::{shutdown::Shutdown, tls::Trust},
};
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{Duration, Instant},
};

use crate::support::{
    LIMIT,
    hooks::{self, ACCOUNT, CLIENT, SECRET},
    soon,
};

/// A listener, its canaries, and what else came in.
pub(crate) struct House {
    pub(crate) local: Local,
    pub(crate) shutdown: Shutdown,
    pub(crate) canaries: Canaries,
    pub(crate) activity: watch::Sender<Option<Instant>>,
    /// Canaries with a valid signature.
    pub(crate) landed: watch::Receiver<u64>,
    /// Bodies of the other valid webhooks, as they came.
    pub(crate) hooks: Arc<Mutex<Vec<Vec<u8>>>>,
}

pub(crate) fn credentials() -> Credentials {
    Credentials {
        account: ACCOUNT.into(),
        client: CLIENT.into(),
        secret: Secret::new(SECRET),
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        let shutdown = Shutdown::new();
        let canaries = Canaries::default();
        let activity = watch::Sender::new(None);
        let (count, landed) = watch::channel(0_u64);
        let hooks = Arc::new(Mutex::new(Vec::new()));
        let take = {
            let (canaries, hooks) = (canaries.clone(), Arc::clone(&hooks));
            let (activity, count) = (activity.clone(), Arc::new(count));
            move |request: Request| {
                let status = if judge(&request, &credentials()) == Verdict::Valid {
                    if let Some(canary) = Canary::read(&request.body) {
                        canaries.landed(&canary);
                        count.send_modify(|count| *count += 1);
                    } else {
                        hooks.lock().unwrap().push(request.body.to_vec());
                        activity.send_replace(Some(Instant::now()));
                    }
                    200
                } else {
                    401
                };
                std::future::ready(status)
            }
        };
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let settings = listener::ListenerSettings::default();
        let served = listener::serve(socket, settings, take, &shutdown).unwrap();
        Self {
            local: Local {
                address,
                path: served.path().to_owned(),
            },
            shutdown,
            canaries,
            activity,
            landed,
            hooks,
        }
    }

    pub(crate) fn prover(&self) -> Prover {
        self.prover_with(&credentials(), &Trust::default())
    }

    pub(crate) fn prover_with(&self, credentials: &Credentials, trust: &Trust) -> Prover {
        let canaries = self.canaries.clone();
        Prover::new(credentials.clone(), "device".to_owned(), trust, canaries).unwrap()
    }

    pub(crate) fn keep(&self, settings: TunnelSettings) -> Watched {
        self.keep_at(Pace::default(), settings)
    }

    pub(crate) fn keep_at(&self, pace: Pace, settings: TunnelSettings) -> Watched {
        self.keep_with(pace, settings, self.prover())
    }

    pub(crate) fn keep_with(
        &self,
        pace: Pace,
        settings: TunnelSettings,
        prover: Prover,
    ) -> Watched {
        let made = tunnel::make(settings, &[], &self.shutdown);
        let tunnel = made.unwrap().unwrap();
        let (local, activity) = (self.local.clone(), self.activity.subscribe());
        let keeper = Keeper::start_at(pace, tunnel, local, prover, activity, &self.shutdown);
        let states = keeper.states();
        Watched { keeper, states }
    }

    /// Posts messages of the agent's to the public address, and sees that they come in here.
    pub(crate) async fn hear_through(&self, public: &str, client: &reqwest::Client) {
        self.hooks.lock().unwrap().clear();
        let messages: Vec<_> = (1..=20).map(hooks::message).collect();
        for message in &messages {
            let signature = sign(Algorithm::Sha256, &Secret::new(SECRET), message.as_bytes());
            let posted = client
                .post(public)
                .header(ACCOUNT_HEADER, ACCOUNT)
                .header(CLIENT_HEADER, CLIENT)
                .header(SIGNATURE_HEADER, signature)
                .body(message.clone());
            let answer = soon("an answer through the tunnel", posted.send()).await;
            assert_eq!(answer.unwrap().status(), 200);
        }
        let heard = self.hooks.lock().unwrap().clone();
        let messages: Vec<_> = messages.into_iter().map(String::into_bytes).collect();
        assert_eq!(heard, messages);
    }

    /// Ends everything, and sees that it ends.
    pub(crate) async fn close(self) {
        assert!(self.shutdown.stop(LIMIT).await, "something did not end");
    }
}

/// A kept way and its states.
pub(crate) struct Watched {
    pub(crate) keeper: Keeper,
    pub(crate) states: watch::Receiver<TunnelState>,
}

impl Watched {
    /// The next state like this, and when it came.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        wanted: impl Fn(&TunnelState) -> bool,
    ) -> (TunnelState, Duration) {
        let began = Instant::now();
        let waiting = tokio::time::timeout(LIMIT * 2, self.states.wait_for(wanted));
        let found = waiting.await.ok().map(|state| state.unwrap().clone());
        match found {
            Some(state) => (state, began.elapsed()),
            None => panic!("waited in vain: {what}; it is {:?}", self.states.borrow()),
        }
    }

    pub(crate) async fn up(&mut self) -> String {
        let (state, _) = self
            .until("up", |state| matches!(state, TunnelState::Up { .. }))
            .await;
        state.public().unwrap().to_string()
    }

    /// Waits for a fault and gives it with when it is tried again.
    pub(crate) async fn down(&mut self) -> (String, Option<Duration>) {
        let (state, _) = self
            .until("down", |state| matches!(state, TunnelState::Down { .. }))
            .await;
        match state {
            TunnelState::Down { fault, retry_in } => (fault.to_string(), retry_in),
            _ => unreachable!(),
        }
    }
}
