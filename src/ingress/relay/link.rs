//! A link while it lasts: events in, acknowledgements and claims out.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, stream::FuturesOrdered};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::{
    domain::{
        inbound::Request,
        relay::{Claim, Down, Origin, Role, Scope, Up, Welcome},
    },
    ingress::{
        relay::{
            Refusal, RelaySettings, Take, TakeCanary,
            acks::Acks,
            dial::{clean, misread, turned_away},
            pace::Pace,
        },
        tunnel::{Boxed, Claims, Outage},
    },
    rt::dial::Socket,
};

/// Events handed on whose receipts are awaited. While there are so many nothing more is read,
/// and the relay waits.
const WINDOW: usize = 64;
/// The longest silence that is taken for life, whatever the relay says; losses are to be noticed
/// within 15 s.
const LONGEST_SILENCE: Duration = Duration::from_secs(12);
/// The shortest that a relay may ask for.
const SHORTEST_SILENCE: Duration = Duration::from_millis(500);
/// How long the last acknowledgements may take when the relay says goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

/// An event that is on its way to safety.
type Underway = Boxed<'static, (Scope, u64, Result<(), String>)>;

pub(super) struct Link {
    socket: Socket,
    shown: String,
    welcome: Welcome,
    silence: Duration,
    take: Take,
    take_canary: TakeCanary,
    claims: Claims,
    claims_said: HashSet<Claim>,
    claims_to_say: VecDeque<Claim>,
    underway: FuturesOrdered<Underway>,
    acks: Acks,
    pace: Pace,
    /// When something came, or when it was asked for after a pause of our own.
    heard: Instant,
    standing: watch::Sender<Option<Welcome>>,
    refusals: mpsc::Sender<Refusal>,
    dropped: mpsc::Sender<u64>,
}

impl Link {
    pub(super) fn new(
        socket: Socket,
        welcome: Welcome,
        settings: &RelaySettings,
        shown: &str,
        standing: watch::Sender<Option<Welcome>>,
        (refusals, dropped): (mpsc::Sender<Refusal>, mpsc::Sender<u64>),
    ) -> Self {
        let silence = Duration::from_millis(welcome.silence);
        let now = Instant::now();
        Self {
            socket,
            shown: shown.to_owned(),
            welcome,
            silence: silence.clamp(SHORTEST_SILENCE, LONGEST_SILENCE),
            take: settings.take.clone(),
            take_canary: settings.take_canary.clone(),
            claims: settings.claims.clone(),
            claims_said: HashSet::new(),
            claims_to_say: VecDeque::new(),
            underway: FuturesOrdered::new(),
            acks: Acks::default(),
            pace: Pace::new(now),
            heard: now,
            standing,
            refusals,
            dropped,
        }
    }

    /// Works until the link is lost, and says why it was.
    pub(super) async fn run(mut self) -> Outage {
        let fault = self.work().await;
        self.standing.send_replace(None);
        fault
    }

    async fn work(&mut self) -> Outage {
        let mut claimed = self.claims.changes();
        self.look_at_claims();
        let mut ping_at = Instant::now() + self.silence / 2;
        loop {
            let now = Instant::now();
            let is_full = self.underway.len() >= WINDOW;
            if is_full {
                // What is not read cannot be heard.
                self.heard = now;
            }
            let speak_at = self.speak_at(now);
            let step = tokio::select! {
                biased;
                Some((scope, seq, receipt)) = self.underway.next() => {
                    self.received(scope, seq, receipt)
                }
                () = until(speak_at) => self.speak().await,
                () = sleep_until(ping_at) => {
                    ping_at = Instant::now() + self.silence / 2;
                    self.send([Message::Ping(tungstenite::Bytes::new())]).await
                }
                // Our own clone keeps the sender.
                Ok(()) = claimed.changed() => {
                    self.look_at_claims();
                    Ok(())
                }
                message = self.socket.next(), if !is_full => self.hear(message).await,
                () = sleep_until(self.heard + self.silence) => Err(self.lost(&format!(
                    "nothing came for {} s",
                    self.silence.as_secs_f64()
                ))),
            };
            if let Err(fault) = step {
                return fault;
            }
        }
    }

    /// Claims that were not made over this link. Observers make none.
    fn look_at_claims(&mut self) {
        if self.welcome.role == Role::Observer {
            return;
        }
        let all = self.claims.all();
        if self.claims_said.len() > 2 * all.len() {
            // Most of them are forgotten by now.
            self.claims_said.retain(|claim| all.contains(claim));
        }
        for claim in all {
            if self.claims_said.insert(claim.clone()) {
                self.claims_to_say.push_back(claim);
            }
        }
    }

    /// When there is something to say and it may be said.
    fn speak_at(&self, now: Instant) -> Option<Instant> {
        let claims = !self.claims_to_say.is_empty();
        let claims = claims.then(|| self.pace.free_at().max(now));
        claims.into_iter().chain(self.acks.due()).min()
    }

    /// Says what may be said now.
    async fn speak(&mut self) -> Result<(), Outage> {
        let now = Instant::now();
        let mut frames = Vec::new();
        while self.pace.free_at() <= now
            && let Some(claim) = self.claims_to_say.pop_front()
        {
            self.pace.spend(now);
            frames.push(Message::Binary(Up::Claim { claim }.encode()));
        }
        // Each was earned by an event, of which there are few in flight.
        if self.acks.due().is_some_and(|due| due <= now) {
            while let Some(ack) = self.acks.next() {
                frames.push(Message::Binary(ack.encode()));
            }
        }
        self.send(frames).await
    }

    async fn send(&mut self, frames: impl IntoIterator<Item = Message>) -> Result<(), Outage> {
        let socket = &mut self.socket;
        let sending = async {
            for frame in frames {
                socket.feed(frame).await?;
            }
            socket.flush().await
        };
        match timeout(self.silence, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(self.lost(&cause.to_string())),
            Err(_) => Err(self.lost("it does not read any more")),
        }
    }

    /// An event is safe, or cannot be kept: then the link ends, and it comes again over the next.
    fn received(
        &mut self,
        scope: Scope,
        seq: u64,
        receipt: Result<(), String>,
    ) -> Result<(), Outage> {
        receipt.map_err(|why| unkept(&why))?;
        self.acks.safe(scope, seq, Instant::now());
        Ok(())
    }

    async fn hear(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), Outage> {
        self.heard = Instant::now();
        let frame = match message {
            Some(Ok(Message::Binary(frame))) => frame,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
            Some(Ok(Message::Close(_))) | None => return Err(self.lost("it closed the link")),
            Some(Ok(Message::Text(_))) => {
                return Err(misread(&self.shown, "it says something in text"));
            }
            Some(Err(cause)) => return Err(self.lost(&cause.to_string())),
        };
        let down = Down::decode(&frame);
        let down = down.map_err(|cause| misread(&self.shown, &cause.to_string()))?;
        match down {
            Down::Event {
                scope,
                seq,
                request,
            } => self.take(scope, seq, request).await?,
            Down::Canary { request } => (self.take_canary)(request).await,
            Down::Claimed { .. } => {}
            Down::Refused { claim, reason } => {
                let reason = clean(&reason);
                tracing::warn!(?claim, reason, "the relay refused a claim");
                // Full: nobody reads them, and the log has it.
                let _ = self.refusals.try_send(Refusal { claim, reason });
            }
            Down::Peers { testers } => {
                self.welcome.peers = testers;
                self.standing.send_replace(Some(self.welcome.clone()));
            }
            Down::Dropped { events } => {
                tracing::warn!(events, "the relay has dropped events");
                if self.dropped.try_send(events).is_ok() {
                    let noted = Up::Noted { events };
                    self.send([Message::Binary(noted.encode())]).await?;
                }
            }
            Down::Goodbye { reason, again } => {
                self.finish().await;
                return Err(turned_away(&self.shown, &reason, again));
            }
            Down::Welcome(_) => return Err(misread(&self.shown, "it says welcome twice")),
        }
        // Handing on may have taken its time, in which nothing was read.
        self.heard = Instant::now();
        Ok(())
    }

    async fn take(&mut self, scope: Scope, seq: u64, request: Request) -> Result<(), Outage> {
        let Some(after) = self.acks.came(&scope, seq, Instant::now()) else {
            return Ok(());
        };
        let origin = Origin {
            relay: self.welcome.relay.clone(),
            account: self.welcome.account.clone(),
            scope: scope.clone(),
            seq,
            after,
        };
        let receipt = (self.take)(origin, request).await;
        let receipt = receipt.map_err(|why| unkept(&why))?;
        let underway = async move { (scope, seq, receipt.await) };
        self.underway.push_back(Box::pin(underway));
        Ok(())
    }

    /// The last acknowledgements, which spare the relay to send again.
    async fn finish(&mut self) {
        let finishing = async {
            while let Some((scope, seq, receipt)) = self.underway.next().await {
                if self.received(scope, seq, receipt).is_err() {
                    return;
                }
            }
            while let Some(ack) = self.acks.next() {
                if self.send([Message::Binary(ack.encode())]).await.is_err() {
                    return;
                }
            }
        };
        // Late: what was not acknowledged comes again and is known.
        let _ = timeout(FAREWELL, finishing).await;
    }

    fn lost(&self, why: &str) -> Outage {
        Outage::passing(
            format!("the link to the relay at {} was lost: {why}", self.shown),
            "it is linked again by itself; check the network if that takes long",
        )
    }
}

fn unkept(why: &str) -> Outage {
    Outage::passing(
        format!("an event of the relay cannot be kept: {why}"),
        "the relay keeps it until it can",
    )
}

/// Ends at the time given; never, when there is none.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
