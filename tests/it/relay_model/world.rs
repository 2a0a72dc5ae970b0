//! The relay in its world: the cloud that posts, two testers with their journals, and the
//! connections between them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use handset::{
    domain::{
        ids::{AccountId, ConversationId},
        inbound::{ACCOUNT_HEADER, Request},
        relay::{Claim, Origin, Role, Scope},
        secret::Secret,
    },
    ingress::{
        relay as link,
        tunnel::{Claims, OpenTunnel},
    },
    relay::{
        self, Limits, Relay,
        backend::{Backend, Device, StoredEvent},
        ticket::{self, Keys},
    },
    rt::{clock, tls::Trust},
};
use hyper::{server::conn::http1, service::Service as _};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, DuplexStream, copy, duplex, split},
    sync::oneshot,
    task::{AbortHandle, JoinHandle, yield_now},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{
    Happening,
    state::{self, Books},
};

const ACCOUNT: &str = "55512300";
/// Somebody else's, at the same relay.
const OTHER: &str = "77712300";
const NAMES: [&str; 2] = ["ada", "ben"];
const CONVERSATIONS: usize = 3;
const CONSUMERS: usize = 2;
/// What lies on a connection in one direction, in bytes.
const WIRE: usize = 16 * 1024;

fn conversation(pick: usize) -> ConversationId {
    format!("c{}", pick % CONVERSATIONS).as_str().into()
}

/// Whose conversation it is.
fn consumer(pick: usize) -> Claim {
    let number = pick % CONVERSATIONS % CONSUMERS;
    Claim::Consumer(format!("u{number}").as_str().into())
}

/// An event in a tester's journal.
struct Entry {
    origin: Origin,
    body: Bytes,
}

/// An event on its way into a journal.
type Waiting = (Origin, Bytes, oneshot::Sender<Result<(), String>>);

/// A tester's journal; how far each scope has come is kept with the events, as `store` does it.
#[derive(Default)]
struct Journal {
    marks: BTreeMap<Scope, u64>,
    kept: Vec<Entry>,
    waiting: VecDeque<Waiting>,
    is_slow: bool,
    is_full: bool,
}

impl Journal {
    fn commit(&mut self) {
        for (origin, body, done) in std::mem::take(&mut self.waiting) {
            let mark = self.marks.entry(origin.scope.clone()).or_default();
            let arrived = if origin.seq <= *mark {
                Ok(())
            } else if origin.after > *mark {
                Err("the one before it is not kept".to_owned())
            } else if std::mem::take(&mut self.is_full) {
                Err("the disk is full".to_owned())
            } else {
                *mark = origin.seq;
                self.kept.push(Entry { origin, body });
                Ok(())
            };
            // A link that has ended does not wait for it.
            let _ = done.send(arrived);
        }
    }
}

/// A connection. Each direction can be cut or muted.
struct Wire([(AbortHandle, CancellationToken); 2]);

impl Wire {
    /// A connection between two ends.
    fn new() -> (Self, DuplexStream, DuplexStream) {
        let (here, near) = duplex(WIRE);
        let (far, there) = duplex(WIRE);
        let (near, far) = (split(near), split(far));
        (
            Self([carry(near.0, far.1), carry(far.0, near.1)]),
            here,
            there,
        )
    }

    fn cut(&self) {
        self.0.iter().for_each(|(carrying, _)| carrying.abort());
    }
}

fn carry(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    mut to: impl AsyncWrite + Unpin + Send + 'static,
) -> (AbortHandle, CancellationToken) {
    let mute = CancellationToken::new();
    let muted = mute.clone();
    let carrying = tokio::spawn(async move {
        tokio::select! {
            _ = copy(&mut from, &mut to) => drop(to.shutdown().await),
            // Both ends stay open, and nothing comes.
            () = muted.cancelled() => std::future::pending().await,
        }
    });
    (carrying.abort_handle(), mute)
}

/// A tester's program.
struct Tester {
    name: &'static str,
    settings: link::RelaySettings,
    journal: Arc<Mutex<Journal>>,
    wire: Option<Wire>,
    link: Option<Link>,
}

/// A link, or what is to become one.
type Link = JoinHandle<()>;

impl Tester {
    fn new(name: &'static str, ticket: Secret) -> Self {
        let journal = Arc::<Mutex<Journal>>::default();
        let kept = Arc::clone(&journal);
        let settings = link::RelaySettings {
            address: "ws://127.0.0.1:1/link".parse().unwrap(),
            trust: Trust::default(),
            ticket: Arc::new(move || {
                let ticket = ticket.clone();
                Box::pin(async { Ok(ticket) })
            }),
            device: format!("phone-of-{name}"),
            claims: Claims::default(),
            take: Arc::new(move |origin, request: Request| {
                let (done, arrived) = oneshot::channel();
                let mut journal = kept.lock().unwrap();
                journal.waiting.push_back((origin, request.body, done));
                if !journal.is_slow {
                    journal.commit();
                }
                let gone = |_| Err("the program was killed".to_owned());
                let receipt: link::Receipt =
                    Box::pin(async move { arrived.await.unwrap_or_else(gone) });
                Box::pin(async { Ok(receipt) })
            }),
            take_canary: Arc::new(|_| Box::pin(async {})),
        };
        Self {
            name,
            settings,
            journal,
            wire: None,
            link: None,
        }
    }

    fn device(&self) -> Device {
        Device {
            name: self.name.to_owned(),
            id: self.settings.device.clone(),
        }
    }

    fn journal(&self) -> std::sync::MutexGuard<'_, Journal> {
        self.journal.lock().unwrap()
    }

    fn cut(&mut self) {
        if let Some(wire) = self.wire.take() {
            wire.cut();
        }
    }

    fn is_linked(&self) -> bool {
        self.link.as_ref().is_some_and(|link| !link.is_finished())
    }

    /// Links, unless there is a link as far as this end knows.
    fn connect(&mut self, app: &Router) {
        if self.is_linked() {
            return;
        }
        self.cut();
        let (wire, here, there) = Wire::new();
        self.wire = Some(wire);
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(async move {
            let serving = http1::Builder::new().serve_connection(TokioIo::new(there), service);
            // A connection that breaks ends it.
            let _ = serving.with_upgrades().await;
        });
        let (mut relay, _) = link::Relay::new(self.settings.clone()).unwrap();
        self.link = Some(tokio::spawn(async move {
            if let Ok(OpenTunnel { ended, held, .. }) = relay.link_over(Box::new(here)).await {
                ended.await;
                drop(held);
            }
        }));
    }

    /// The program is killed: what its journal had not committed is gone.
    fn kill(&mut self) {
        if let Some(link) = self.link.take() {
            link.abort();
        }
        self.cut();
        self.journal().waiting.clear();
    }
}

pub(super) struct World {
    books: Arc<Mutex<Books>>,
    relay: Option<Relay>,
    app: Router,
    path: String,
    testers: [Tester; 2],
    posted: Vec<(&'static str, String)>,
    /// What was answered 200.
    acknowledged: Vec<String>,
}

async fn serve(books: &Arc<Mutex<Books>>) -> (Relay, Router, Arc<dyn Backend>) {
    let (backend, changes) = state::open(books);
    let kept = Arc::clone(&backend);
    let address = ([127, 0, 0, 1], 1).into();
    let base = "http://127.0.0.1:1/".parse().unwrap();
    let started = relay::start(address, &base, backend, changes, Limits::default()).await;
    let (relay, app) = started.unwrap();
    (relay, app, kept)
}

impl World {
    pub(super) async fn new() -> Self {
        let books = Arc::<Mutex<Books>>::default();
        let (relay, app, backend) = serve(&books).await;
        let keys = Keys::new(&backend.identity().await.unwrap()).unwrap();
        let now = clock::unix_millis() / 1000;
        let mut tickets = Vec::new();
        for (name, account) in [(NAMES[0], ACCOUNT), (NAMES[1], ACCOUNT), ("cy", OTHER)] {
            let issued = ticket::issue(name, &account.into(), Role::Tester, now, now + 3600);
            backend.keep_ticket(&issued).await.unwrap();
            tickets.push(keys.sign(&issued).unwrap());
        }
        let public: url::Url = relay.public().parse().unwrap();
        let mut tickets = tickets.into_iter();
        Self {
            books,
            relay: Some(relay),
            app,
            path: public.path().to_owned(),
            testers: NAMES.map(|name| Tester::new(name, tickets.next().unwrap())),
            posted: Vec::new(),
            acknowledged: Vec::new(),
        }
    }

    pub(super) async fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Posts(pick) => self.says(ACCOUNT, pick).await,
            Happening::PostsElsewhere(pick) => self.says(OTHER, pick).await,
            Happening::PostsAgain(pick) => {
                let again = self.posted.iter().rev().nth(pick).cloned();
                if let Some((account, body)) = again {
                    self.post(account, body).await;
                }
            }
            Happening::Claims(tester, pick) => {
                let claim = Claim::Conversation(conversation(pick));
                self.testers[tester].settings.claims.add(claim);
            }
            Happening::Plays(tester, pick) => {
                self.testers[tester].settings.claims.add(consumer(pick));
            }
            Happening::Links(tester) => self.testers[tester].connect(&self.app),
            Happening::Cut(tester) => self.testers[tester].cut(),
            Happening::Muted { tester, up } => {
                if let Some(Wire(ways)) = &self.testers[tester].wire {
                    ways[usize::from(!up)].1.cancel();
                }
            }
            Happening::Killed(tester) => self.testers[tester].kill(),
            Happening::Slow(tester, on) => self.testers[tester].journal().is_slow = on,
            Happening::Commits(tester) => self.testers[tester].journal().commit(),
            Happening::Full(tester) => self.testers[tester].journal().is_full = true,
            Happening::RelayKilled => self.restart(Duration::ZERO).await,
            Happening::RelayDrained => self.restart(Duration::from_secs(5)).await,
            Happening::Fails(luck) => self.books.lock().unwrap().luck = Some(luck),
            Happening::Goes(times) => {
                for _ in 0..times {
                    yield_now().await;
                }
            }
            Happening::Waits(millis) => sleep(Duration::from_millis(millis)).await,
        }
    }

    /// Somebody says in a conversation what nobody said before.
    async fn says(&mut self, account: &'static str, pick: usize) {
        let number = self.posted.len();
        let id = conversation(pick);
        let Claim::Consumer(who) = consumer(pick) else {
            return;
        };
        let body = format!(
            r#"{{"kind":"notification","body":{{"changes":[{{"sequence":{number},"originatorId":"{who}","originatorMetadata":{{"id":"{who}","role":"CONSUMER"}},"event":{{"type":"ContentEvent","message":"{account}","contentType":"text/plain"}},"conversationId":"{id}","dialogId":"{id}"}}]}},"type":"ms.MessagingEventNotification"}}"#
        );
        self.posted.push((account, body.clone()));
        self.post(account, body).await;
    }

    async fn post(&mut self, account: &str, body: String) {
        let request = hyper::Request::post(&self.path)
            .header(ACCOUNT_HEADER, account)
            .body(Body::from(body.clone()))
            .unwrap();
        let answer = TowerToHyperService::new(self.app.clone())
            .call(request)
            .await;
        if answer.unwrap().status() == 200 {
            self.acknowledged.push(body);
        }
    }

    /// The relay ends, in order as far as there is time for it, and is started again.
    async fn restart(&mut self, within: Duration) {
        if within.is_zero() {
            self.testers.iter_mut().for_each(Tester::cut);
            // What the old one still does meets nobody.
            drop(state::open(&self.books));
        }
        if let Some(relay) = self.relay.take() {
            relay.drain(within).await;
        }
        self.testers.iter_mut().for_each(Tester::cut);
        let (relay, app, _) = serve(&self.books).await;
        (self.relay, self.app) = (Some(relay), app);
    }

    /// From now on everything works: waits until nothing happens any more.
    pub(super) async fn rest(&mut self) {
        self.books.lock().unwrap().luck = None;
        // A link that died unheard is noticed meanwhile, by either side.
        for _ in 0..3 {
            for tester in &mut self.testers {
                let mut journal = tester.journal();
                (journal.is_slow, journal.is_full) = (false, false);
                journal.commit();
                drop(journal);
                tester.connect(&self.app);
            }
            sleep(Duration::from_secs(20)).await;
        }
        assert!(
            self.testers.iter().all(Tester::is_linked),
            "a link that holds"
        );
    }

    /// What must have come of everything.
    pub(super) fn judge(&self) {
        let books = self.books.lock().unwrap();
        for body in &self.acknowledged {
            let times = books
                .events
                .iter()
                .filter(|kept| kept.event.request.body == *body)
                .count();
            assert_eq!(times, 1, "what is answered 200 is kept, once: {body}");
        }
        let account = AccountId::from(ACCOUNT);
        for pick in 0..CONVERSATIONS {
            let id = conversation(pick);
            let is_of_it = |kept: &&StoredEvent| {
                kept.event.account == account && kept.event.conversation.as_ref() == Some(&id)
            };
            let truth: Vec<&StoredEvent> = books.events.iter().filter(is_of_it).collect();
            let holder = books.holder(&account, &id);
            let players = books.players.get(&(account.clone(), consumer(pick)));
            if let Some([_]) = players.map(|all| all.iter().collect::<Vec<_>>()).as_deref() {
                let has = holder.is_some() || truth.is_empty();
                assert!(has, "{id} is clearly one tester's, and nobody gets it");
            }
            for tester in &self.testers {
                let device = tester.device();
                let had = books
                    .held
                    .contains(&(account.clone(), id.clone(), device.clone()));
                tester.judge(&id, &truth, holder == Some(&device), had);
            }
        }
    }
}

impl Tester {
    /// What it kept of a conversation: all of it if it is its own, and nothing out of order or twice
    /// in any case.
    fn judge(&self, id: &ConversationId, truth: &[&StoredEvent], is_own: bool, had: bool) {
        let journal = self.journal();
        let scope = Scope::Conversation(id.clone());
        let kept = journal
            .kept
            .iter()
            .filter(|entry| entry.origin.scope == scope);
        let kept: Vec<(u64, &Bytes)> = kept.map(|entry| (entry.origin.seq, &entry.body)).collect();
        let truth: Vec<(u64, &Bytes)> = truth
            .iter()
            .map(|kept| (kept.seq, &kept.event.request.body))
            .collect();
        let name = self.name;
        if is_own {
            assert_eq!(kept, truth, "{name} has all of {id} once and in order");
        } else {
            let is_prefix = truth.starts_with(&kept);
            assert!(
                is_prefix,
                "{name} had {id} once, in order and without a gap: {kept:?}"
            );
            assert!(
                had || kept.is_empty(),
                "{name} got what is not its own: {kept:?}"
            );
        }
        let mut entries = journal.kept.iter();
        let is_foreign = |entry: &Entry| entry.origin.account.as_str() != ACCOUNT;
        assert!(!entries.any(is_foreign), "{name} got another account's");
    }
}
