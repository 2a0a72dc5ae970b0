//! The one path of a webhook, however it came in: judge, journal, answer.
//!
//! Handing on is the journal's part: what is committed goes to its feed. So a
//! slow screen can never slow the answer, and nothing is answered 200 that a
//! crash could lose. How much refused requests may take of the disk is bounded
//! by [`Journal::hook`].

use std::{fmt, sync::Arc};

use bytes::Bytes;
use tokio::{sync::watch, time::Instant};

use crate::{
    domain::{
        canary::Canary,
        inbound::{Credentials, Request, Verdict, judge},
        relay::Origin,
    },
    ingress::{relay, tunnel::Boxed},
    rt::world_clock::WorldClock,
    store::{self, Arrived, Journal, Receipt},
};

/// Under this name the journal keeps the listener's path, which is a secret: anybody who knows it may
/// post there.
pub const LISTENER_PATH: &str = "listener.path";

/// How much of a refused body is kept: enough to see what it was, too little to fill a disk.
pub const REFUSED_KEPT: usize = 64 * 1024;

/// Who is told of canaries that came in.
pub type Landed = Arc<dyn Fn(&Canary) + Send + Sync>;

/// Waits until there is room for an event with a body of so many bytes.
pub type Room = Arc<dyn Fn(usize) -> Boxed<'static, ()> + Send + Sync>;

/// Takes a copy of a request.
pub type TakeCopy = Arc<dyn Fn(Request) -> Boxed<'static, ()> + Send + Sync>;

/// Takes webhook requests; cheap to clone.
#[derive(Clone)]
pub struct Intake {
    credentials: Arc<Credentials>,
    journal: Journal,
    landed: Option<Landed>,
    alive: Option<watch::Sender<Option<Instant>>>,
    copies: Option<TakeCopy>,
    clock: WorldClock,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").finish_non_exhaustive()
    }
}

impl Intake {
    /// An intake for one app install that keeps what it takes in one journal.
    pub fn new(credentials: Credentials, journal: Journal) -> Self {
        Self {
            credentials: Arc::new(credentials),
            journal,
            landed: None,
            alive: None,
            copies: None,
            clock: WorldClock::default(),
        }
    }

    /// The same, in a world of its own: requests count as come in by its time.
    #[must_use]
    pub fn with_clock(mut self, clock: WorldClock) -> Self {
        self.clock = clock;
        self
    }

    /// The same, telling of each canary that came in with a valid signature, of this device and
    /// of others. With or without it a canary is answered 200 and not kept.
    #[must_use]
    pub fn with_canaries(mut self, landed: Landed) -> Self {
        self.landed = Some(landed);
        self
    }

    /// The same, keeping the time at which the last request with a valid signature came in, however
    /// it came.
    #[must_use]
    pub fn with_signs_of_life(mut self, alive: watch::Sender<Option<Instant>>) -> Self {
        self.alive = Some(alive);
        self
    }

    /// The same, giving a copy of each request that is to be kept to somebody else, before it is
    /// answered. A request that a relay hands on twice is copied twice.
    #[must_use]
    pub fn with_copies(mut self, copies: TakeCopy) -> Self {
        self.copies = Some(copies);
        self
    }

    /// Takes a request and gives the status owed to it: 200 when it is the cloud's, 401 when
    /// it is not, and 503 when it could not be kept, so that the cloud sends it again
    /// (`webhooks` 2.2 and 7).
    ///
    /// What was kept only after the listener had given up and answered 503 is in the journal
    /// twice once the cloud has sent it again: first with 503, then with 200. Both are handed
    /// on, and a conversation takes each sequence once.
    pub async fn take(&self, mut request: Request) -> u16 {
        request.at = request.at.after(self.clock.ahead());
        let whole = self.copies.as_ref().map(|_| request.clone());
        let (verdict, status) = self.judge(&mut request);
        if verdict == Verdict::Valid && self.tell_of(&request) {
            return status;
        }
        if let (Some(copies), Some(whole)) = (&self.copies, whole) {
            copies(whole).await;
        }
        match self.journal.hook(request, verdict, status).await {
            Ok(_) => status,
            Err(_) => 503,
        }
    }

    /// Takes a request that a relay has answered and handed on, if it was not taken before.
    ///
    /// It is judged alike, and what is not the cloud's is kept as such: the relay, which cannot
    /// judge, would send it for ever otherwise. Comes back when the request has its place behind
    /// the earlier ones; the receipt tells when it is safe.
    pub async fn take_from(
        &self,
        mut request: Request,
        origin: Origin,
    ) -> Result<Receipt, store::Error> {
        if let Some(copies) = &self.copies {
            copies(request.clone()).await;
        }
        let (verdict, status) = self.judge(&mut request);
        self.journal.relayed(request, verdict, status, origin).await
    }

    /// [`take_from`](Self::take_from) as a link to a relay wants it.
    pub fn takes_events(&self) -> relay::Take {
        self.takes_events_with_room(Arc::new(|_| Box::pin(std::future::ready(()))))
    }

    /// The same, waiting for room after each event that is newly kept, before it is acknowledged.
    /// Of those it does not wait for there are no more than a link has under way.
    pub fn takes_events_with_room(&self, room: Room) -> relay::Take {
        let intake = self.clone();
        Arc::new(move |origin, request| {
            let (intake, room) = (intake.clone(), Arc::clone(&room));
            let length = request.body.len();
            Box::pin(async move {
                let receipt = intake.take_from(request, origin).await;
                let receipt = receipt.map_err(|error| error.to_string())?;
                let safe: relay::Receipt = Box::pin(async move {
                    match receipt.arrived().await {
                        Ok(Arrived::Stored(_)) => {
                            room(length).await;
                            Ok(())
                        }
                        Ok(Arrived::Had) => Ok(()),
                        Ok(Arrived::Behind) => Err("the one before it is not kept".to_owned()),
                        Err(error) => Err(error.to_string()),
                    }
                });
                Ok(safe)
            })
        })
    }

    /// [`take`](Self::take) for the canaries that a link to a relay brings: what is none is
    /// nobody's and dropped.
    pub fn takes_canaries(&self) -> relay::TakeCanary {
        let intake = self.clone();
        Arc::new(move |mut request| {
            if intake.judge(&mut request).0 == Verdict::Valid {
                intake.tell_of(&request);
            }
            Box::pin(std::future::ready(()))
        })
    }

    /// Tells of a canary whose signature is valid; whether it is one.
    fn tell_of(&self, request: &Request) -> bool {
        let Some(canary) = Canary::read(&request.body) else {
            return false;
        };
        if let Some(landed) = &self.landed {
            landed(&canary);
        }
        true
    }

    /// The verdict on a request and the status owed to it; of what is refused the beginning is
    /// left.
    fn judge(&self, request: &mut Request) -> (Verdict, u16) {
        let verdict = judge(request, &self.credentials);
        if verdict == Verdict::Valid {
            if let Some(alive) = &self.alive {
                alive.send_replace(Some(Instant::now()));
            }
            return (verdict, 200);
        }
        if request.body.len() > REFUSED_KEPT {
            // A copy, because a slice would hold on to the whole.
            request.body = Bytes::copy_from_slice(request.body.split_at(REFUSED_KEPT).0);
        }
        (verdict, 401)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{
            exchange::EntryKind,
            inbound::{ACCOUNT_HEADER, CLIENT_HEADER, SIGNATURE_HEADER},
            secret::Secret,
            signature::{Algorithm, Mismatch, sign},
            time::Timestamp,
        },
        ingress::intake::*,
        store::Start,
    };

    const LARGE: usize = 200 * 1024;

    fn credentials() -> Credentials {
        Credentials {
            account: "55512300".into(),
            client: "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41".into(),
            secret: Secret::new("k4v9s0m2example7secret1"),
        }
    }

    fn signed(body: Vec<u8>) -> Request {
        let credentials = credentials();
        let signature = sign(Algorithm::Sha1, &credentials.secret, &body);
        let headers = [
            (ACCOUNT_HEADER, credentials.account.as_str()),
            (CLIENT_HEADER, credentials.client.as_str()),
            (SIGNATURE_HEADER, &signature),
        ];
        Request {
            at: Timestamp(1),
            headers: headers.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            body: body.into(),
        }
    }

    #[tokio::test]
    async fn only_what_is_the_clouds_is_kept_whole() {
        let folder = tempfile::tempdir().unwrap();
        let opened = Journal::open(&folder.path().join("journal.db"), Start::Cursor).await;
        let (journal, _feed) = opened.unwrap();
        let intake = Intake::new(credentials(), journal.clone());
        let good = signed(vec![b'x'; LARGE]);
        let mut changed = good.clone();
        changed.body = vec![b'y'; LARGE].into();
        let mut unsigned = good.clone();
        unsigned.headers.pop();
        let mut kept = Vec::new();
        for (request, status) in [(good, 200), (changed, 401), (unsigned, 401)] {
            assert_eq!(intake.take(request).await, status);
        }
        for entry in journal.entries(None, 10).await.unwrap() {
            let EntryKind::Hook(hook) = entry.kind else {
                panic!("a call from nowhere");
            };
            kept.push((hook.verdict, hook.status, hook.request.body.len()));
        }
        assert_eq!(
            kept,
            [
                (Verdict::Unsigned, 401, REFUSED_KEPT),
                (Verdict::Invalid(Mismatch::Secret), 401, REFUSED_KEPT),
                (Verdict::Valid, 200, LARGE),
            ]
        );
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_to_be_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let opened = Journal::open(&folder.path().join("journal.db"), Start::Cursor).await;
        let (journal, _feed) = opened.unwrap();
        let intake = Intake::new(credentials(), journal.clone());
        journal.close().await;
        assert_eq!(intake.take(signed(b"{}".to_vec())).await, 503);
    }
}
