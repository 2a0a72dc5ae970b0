//! Keeps an agent's socket up: logs in, dials, waits, and starts over.

use std::sync::Arc;

use rustls::ClientConfig;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    client::ums::{
        Ask, Event, Outage, Settings,
        dial::{self, Refused},
        http::Http,
        link::{Around, End, Link},
        places::{Places, SOCKET},
        session::Session,
    },
    domain::{ids::RequestId, retry::Problem, wire::ums::request::Asker},
    rt::{backoff::Backoff, dial::Socket, web::Reach},
};

/// The owner of session and socket.
pub(super) struct Keeper {
    settings: Settings,
    http: Http,
    tls: Option<Arc<ClientConfig>>,
    places: Places,
    asks: mpsc::Receiver<Ask>,
    events: mpsc::Sender<Event>,
    stop: CancellationToken,
    session: Option<Session>,
    backoff: Backoff,
}

impl Keeper {
    pub(super) fn new(
        settings: Settings,
        reach: Reach,
        http: Http,
        tls: Option<Arc<ClientConfig>>,
        asks: mpsc::Receiver<Ask>,
        events: mpsc::Sender<Event>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            places: Places::new(settings.csds.clone(), settings.account.clone(), reach),
            settings,
            http,
            tls,
            asks,
            events,
            stop,
            session: None,
            backoff: Backoff::default(),
        }
    }

    /// Works until it is stopped, or nobody asks any more.
    pub(super) async fn run(mut self) {
        while let Some(fault) = self.link().await {
            let again = (!fault.lasting).then(|| self.backoff.pause());
            tracing::warn!(what = fault.what, ?again, "the agent's socket is down");
            self.emit(Event::Lost { fault, again }).await;
            let pause = async {
                match again {
                    Some(pause) => sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            if idle(&mut self.asks, &self.events, &self.stop, pause)
                .await
                .is_none()
            {
                break;
            }
        }
        if let Some(session) = self.session.take() {
            session
                .close(&self.http, self.settings.times.farewell)
                .await;
        }
    }

    /// One socket from its making to its end; `None` when that was wanted here.
    async fn link(&mut self) -> Option<Outage> {
        self.emit(Event::Connecting).await;
        let connecting = connect(
            &self.settings,
            &self.http,
            self.tls.as_ref(),
            &mut self.places,
            &mut self.session,
        );
        let connected = idle(&mut self.asks, &self.events, &self.stop, connecting).await?;
        let (socket, shown) = match connected {
            Ok(connected) => connected,
            Err(fault) => {
                // What could not be reached may live somewhere else by now.
                self.places.forget();
                return Some(fault);
            }
        };
        let session = self.session.as_mut()?;
        let me = session.me.clone();
        let asker = Asker {
            account: self.settings.account.clone(),
            full: me.full.clone(),
        };
        // Gone: then the stop is near.
        let _ = self.events.send(Event::Open(me)).await;
        let began = Instant::now();
        let around = Around {
            asks: &mut self.asks,
            events: &self.events,
            stop: &self.stop,
            session,
            http: &self.http,
        };
        let mut link = Link::new(socket, shown, asker, self.settings.times, around);
        link.ask_house(&self.places);
        let end = link.run().await;
        if began.elapsed() >= self.settings.times.healthy {
            self.backoff.reset();
        }
        match end {
            End::Stopped => None,
            End::Relogin(fault) => {
                self.session = None;
                Some(fault)
            }
            End::Lost(fault) => Some(fault),
        }
    }

    async fn emit(&self, event: Event) {
        // Gone: then the stop is near.
        let _ = self.events.send(event).await;
    }
}

/// Waits for something while there is no socket: every request is refused. `None` when it is
/// time to end.
async fn idle<F: Future>(
    asks: &mut mpsc::Receiver<Ask>,
    events: &mpsc::Sender<Event>,
    stop: &CancellationToken,
    until: F,
) -> Option<F::Output> {
    tokio::pin!(until);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            done = &mut until => return Some(done),
            ask = asks.recv() => {
                let refused = refused(ask?.request);
                // Gone: then the stop is near.
                let _ = events.send(refused).await;
            }
        }
    }
}

fn refused(request: RequestId) -> Event {
    Event::Answered {
        request,
        answer: Err(Problem::unreachable("there is no connection just now")),
    }
}

/// Logs in unless there is a session, and opens the socket. A session that is not accepted is
/// given up and another one made, once.
async fn connect(
    settings: &Settings,
    http: &Http,
    tls: Option<&Arc<ClientConfig>>,
    places: &mut Places,
    session: &mut Option<Session>,
) -> Result<(Socket, String), Outage> {
    let mut is_fresh = false;
    loop {
        let held = if let Some(session) = session {
            session
        } else {
            is_fresh = true;
            session.insert(Session::open(settings, http, places).await?)
        };
        let service = places.of(http, SOCKET).await.map_err(|problem| {
            Outage::passing(
                format!(
                    "cannot look up the agent's socket by way of {}: {problem}",
                    settings.csds
                ),
                "check the network and the account id",
            )
        })?;
        let shown = service.authority().to_owned();
        let account = &settings.account;
        match dial::socket(&service, account, &held.bearer, tls, &settings.times).await {
            Ok(socket) => return Ok((socket, shown)),
            Err(Refused::Bearer) if !is_fresh => *session = None,
            Err(Refused::Bearer) => {
                *session = None;
                return Err(Outage::passing(
                    format!("the agent's socket at {shown} does not take the login it gave"),
                    "it is logged in again by itself",
                ));
            }
            Err(Refused::Other(fault)) => return Err(fault),
        }
    }
}
