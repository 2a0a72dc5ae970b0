//! A link after its hello: events out, acknowledgements and claims in.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    domain::{
        ids::ConversationId,
        relay::{Claim, Down, Role, Scope, Up},
    },
    relay::{
        backend::{Cursor, Device, Error, StoredEvent, Which},
        hub::{Inbox, Notice, Recent, Signals},
        link::{
            Dependencies,
            bucket::Bucket,
            claiming::Claiming,
            cursor_key,
            ending::Ending,
            flow_control::FlowControl,
            socket::{Heard, Socket},
        },
        ticket::Claims,
    },
    rt::clock,
};

/// How often cursors are kept, at most.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// Pause after the state could not be reached.
const AGAIN: Duration = Duration::from_secs(1);

/// How often the device is told of dropped events, at most; what is dropped meanwhile is told
/// together.
const DROPPED_EVERY: Duration = Duration::from_secs(30);

/// Something that is under way.
pub(super) type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A page of the log, with the newest number that was known before it was read.
struct Page {
    scope: Scope,
    newest: u64,
    events: Result<Vec<StoredEvent>, Error>,
}

/// What the device is told of dropped events.
struct Dropped {
    /// Asks how many there are, after some were noted.
    asking: Option<Task<u64>>,
    /// As many were told and are not noted.
    told: u64,
    /// When it is to be asked.
    due: Option<Instant>,
    /// Until then the device is told nothing more.
    quiet_until: Instant,
}

impl Dropped {
    fn is_idle(&self) -> bool {
        self.asking.is_none() && self.told == 0
    }
}

/// A link that serves.
pub(super) struct Session {
    pub(super) ticket: Claims,
    device: Device,
    flow_control: FlowControl,
    inbox: Arc<Inbox>,
    dependencies: Dependencies,
    bucket: Bucket,
    heard_at: Instant,
    pinged: bool,
    ends_at: Instant,
    keep_at: Instant,
    reading: Option<Task<Page>>,
    keeping: Option<Task<Result<(), Vec<Cursor>>>>,
    claiming: Claiming,
    dropped: Dropped,
    /// What this link has added to the count of all.
    unacked: usize,
}

impl Session {
    pub(super) fn new(
        ticket: Claims,
        device: Device,
        flow_control: FlowControl,
        inbox: Arc<Inbox>,
        dependencies: Dependencies,
    ) -> Self {
        let now = Instant::now();
        let left = (ticket.exp.saturating_mul(1000)).saturating_sub(clock::unix_millis());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        let terms = &dependencies.terms;
        Self {
            bucket: Bucket::new(terms.frames_burst, terms.frames_per_second, now),
            heard_at: now,
            pinged: false,
            // A ticket for centuries ends after one.
            ends_at: now + left.min(Duration::from_hours(24 * 365 * 100)),
            keep_at: now,
            reading: None,
            keeping: None,
            claiming: Claiming::new(&ticket, &device, dependencies.clone()),
            dropped: Dropped {
                asking: None,
                told: 0,
                due: (ticket.role == Role::Tester).then_some(now),
                quiet_until: now,
            },
            unacked: 0,
            ticket,
            device,
            flow_control,
            inbox,
            dependencies,
        }
    }

    /// Everything the device may get is looked at once.
    pub(super) fn start(&mut self, held: Vec<ConversationId>) {
        match self.ticket.role {
            Role::Observer => self.flow_control.wake(Scope::Account),
            Role::Tester => held
                .into_iter()
                .for_each(|id| self.flow_control.wake(Scope::Conversation(id))),
        }
    }

    /// Serves until there is a reason to end.
    pub(super) async fn run(&mut self, socket: &mut Socket) -> Ending {
        loop {
            self.fill(socket);
            self.count();
            let timer = self.timer();
            let went_on = tokio::select! {
                () = self.dependencies.drain.cancelled() => Err(Ending::Draining),
                signals = self.inbox.signals() => self.signals(signals, socket),
                page = ready(&mut self.reading) => {
                    self.page(page, socket);
                    Ok(())
                }
                kept = ready(&mut self.keeping) => {
                    if let Err(cursors) = kept {
                        self.flow_control.not_kept(cursors);
                    }
                    Ok(())
                }
                events = ready(&mut self.dropped.asking) => {
                    self.dropped(events, socket);
                    Ok(())
                }
                answer = self.claiming.answer() => {
                    socket.say(&answer);
                    Ok(())
                }
                heard = socket.hear() => match heard {
                    Ok(heard) => self.heard(heard, socket),
                    Err(ending) => Err(ending),
                },
                () = sleep_until(timer) => self.tick(socket),
            };
            if let Err(ending) = went_on {
                return ending;
            }
        }
    }

    /// Lets go of the hub and keeps the cursors.
    pub(super) async fn leave(mut self) {
        let account = &self.ticket.account;
        self.dependencies
            .hub
            .leave(account, &self.device, &self.inbox);
        self.flow_control.drop_all();
        self.count();
        if let Some(keeping) = self.keeping.take()
            && let Err(cursors) = keeping.await
        {
            self.flow_control.not_kept(cursors);
        }
        if self.flow_control.has_moved() && self.keep().await.is_err() {
            // The device has them in its journal, and drops what comes again.
            tracing::warn!("could not keep how far a device has come");
        }
    }

    /// Sends what is due, as far as the device may have it.
    fn fill(&mut self, socket: &mut Socket) {
        while self.reading.is_none() {
            let Some((scope, after, room)) = self.flow_control.next() else {
                return;
            };
            let account = &self.ticket.account;
            let hub = &self.dependencies.hub;
            match hub.recent(account, &scope, &self.device, after, room) {
                None => self.flow_control.drop_scope(&scope),
                Some((
                    _,
                    Recent::Here {
                        events,
                        through,
                        more,
                    },
                )) => {
                    let all = self.deliver(&scope, events.iter().map(|kept| &**kept), socket);
                    if all {
                        self.flow_control.passed(&scope, through);
                    }
                    if more || !all {
                        self.flow_control.wake(scope);
                    }
                }
                Some((which, Recent::Elsewhere { newest })) => {
                    self.reading = Some(self.read(scope, which, after, room, newest));
                }
            }
        }
    }

    /// Reads a page of the log.
    fn read(
        &self,
        scope: Scope,
        which: Which,
        after: u64,
        limit: usize,
        newest: u64,
    ) -> Task<Page> {
        let backend = Arc::clone(&self.dependencies.backend);
        let account = self.ticket.account.clone();
        Box::pin(async move {
            let events = backend.read(&account, &which, after, limit).await;
            if let Err(cause) = &events {
                tracing::warn!(%cause, "a link waits for the log");
                sleep(AGAIN).await;
            }
            Page {
                scope,
                newest,
                events,
            }
        })
    }

    fn page(&mut self, page: Page, socket: &mut Socket) {
        let Page {
            scope,
            newest,
            events,
        } = page;
        match events {
            Ok(events) if events.is_empty() => self.flow_control.passed(&scope, newest),
            Ok(events) => {
                let claim = match &scope {
                    Scope::Conversation(id) => Some(Claim::Conversation(id.clone())),
                    Scope::Account => None,
                };
                // Somebody of the same name may have taken it over meanwhile.
                let (hub, account) = (&self.dependencies.hub, &self.ticket.account);
                let is_ours = claim.is_none_or(|claim| hub.has(account, &claim, &self.device));
                if is_ours {
                    self.deliver(&scope, events.iter(), socket);
                }
                self.flow_control.wake(scope);
            }
            Err(_) => self.flow_control.wake(scope),
        }
    }

    /// Sends events in their order, as many as may be sent; whether that was all.
    fn deliver<'a>(
        &mut self,
        scope: &Scope,
        events: impl Iterator<Item = &'a StoredEvent>,
        socket: &mut Socket,
    ) -> bool {
        for kept in events {
            if !self.flow_control.send(scope, kept) {
                return false;
            }
            socket.say(&Down::Event {
                scope: scope.clone(),
                seq: kept.seq,
                request: kept.event.request.clone(),
            });
            self.dependencies.metrics.delivered.inc();
        }
        true
    }

    fn signals(&mut self, signals: Signals, socket: &mut Socket) -> Result<(), Ending> {
        match signals.notice {
            Some(Notice::Replaced) => return Err(Ending::Replaced),
            Some(Notice::Revoked) => return Err(Ending::Revoked),
            None => {}
        }
        for canary in signals.canaries {
            let request = (*canary).clone();
            socket.say(&Down::Canary { request });
        }
        if let Some(testers) = signals.peers {
            socket.say(&Down::Peers { testers });
        }
        if signals.dropped {
            self.dropped.due.get_or_insert_with(Instant::now);
        }
        let mut conversations = Vec::new();
        if self.ticket.role == Role::Tester {
            conversations.extend(signals.conversations);
            if signals.all {
                let hub = &self.dependencies.hub;
                conversations.extend(hub.held(&self.ticket.account, &self.device));
            }
        }
        if signals.all || !conversations.is_empty() {
            self.start(conversations);
        }
        Ok(())
    }

    fn heard(&mut self, heard: Heard, socket: &mut Socket) -> Result<(), Ending> {
        self.heard_at = Instant::now();
        self.pinged = false;
        match heard {
            Heard::Frame(Up::Ack { scope, seq }) => {
                let newest = self.dependencies.hub.newest(&self.ticket.account);
                let acked = self.flow_control.ack(&scope, seq, newest);
                let more = u64::try_from(acked).unwrap_or(u64::MAX);
                self.dependencies.metrics.acked.inc_by(more);
                // What acknowledges something is paid for by the event.
                if acked == 0 {
                    self.pay()?;
                }
            }
            Heard::Frame(Up::Claim { claim }) => {
                self.pay()?;
                self.claim(claim, socket)?;
            }
            Heard::Frame(Up::Noted { events }) => {
                self.pay()?;
                let noted = events.min(std::mem::take(&mut self.dropped.told));
                if noted > 0 {
                    self.dropped.asking = Some(self.ask_dropped(noted));
                }
            }
            Heard::Frame(Up::Hello { .. }) => {
                return Err(Ending::Nonsense("there was a hello already".to_owned()));
            }
            Heard::Alive => self.pay()?,
        }
        Ok(())
    }

    fn pay(&mut self) -> Result<(), Ending> {
        if self.bucket.take(self.heard_at) {
            Ok(())
        } else {
            Err(Ending::Flood)
        }
    }

    fn claim(&mut self, claim: Claim, socket: &mut Socket) -> Result<(), Ending> {
        if let Some(answer) = self.claiming.take(claim)? {
            socket.say(&answer);
        }
        Ok(())
    }

    /// When something is to be done even if nothing happens.
    fn timer(&self) -> Instant {
        let silence = self.dependencies.terms.silence;
        let alive = if self.pinged { silence } else { silence / 2 };
        let mut timer = self.ends_at.min(self.heard_at + alive);
        if self.flow_control.has_moved() && self.keeping.is_none() {
            timer = timer.min(self.keep_at);
        }
        if let Some(due) = self.dropped.due
            && self.dropped.is_idle()
        {
            timer = timer.min(due);
        }
        timer
    }

    fn tick(&mut self, socket: &mut Socket) -> Result<(), Ending> {
        let (now, silence) = (Instant::now(), self.dependencies.terms.silence);
        if now >= self.ends_at {
            return Err(Ending::Expired);
        }
        if now >= self.heard_at + silence {
            return Err(Ending::Silent);
        }
        if !self.pinged && now >= self.heard_at + silence / 2 {
            self.pinged = true;
            socket.ping();
        }
        if self.dropped.is_idle() && self.dropped.due.is_some_and(|due| now >= due) {
            self.dropped.due = None;
            self.dropped.asking = Some(self.ask_dropped(0));
        }
        if self.flow_control.has_moved() && self.keeping.is_none() && now >= self.keep_at {
            self.keep_at = now + KEEP_EVERY;
            self.keeping = Some(self.keep());
        }
        Ok(())
    }

    /// Asks how many events were dropped that the tester does not know of.
    fn ask_dropped(&self, noted: u64) -> Task<u64> {
        let backend = Arc::clone(&self.dependencies.backend);
        let (account, name) = (self.ticket.account.clone(), self.device.name.clone());
        Box::pin(async move {
            let events = backend.dropped(&account, &name, noted).await;
            events.unwrap_or_else(|cause| {
                tracing::warn!(%cause, "a tester is told later what was dropped");
                0
            })
        })
    }

    fn dropped(&mut self, events: u64, socket: &mut Socket) {
        if events == 0 {
            return;
        }
        if self.dropped.quiet_until > Instant::now() {
            self.dropped.due = Some(self.dropped.quiet_until);
            return;
        }
        self.dropped.quiet_until = Instant::now() + DROPPED_EVERY;
        self.dropped.told = events;
        socket.say(&Down::Dropped { events });
    }

    /// Keeps the cursors that have moved, or gives them back.
    fn keep(&mut self) -> Task<Result<(), Vec<Cursor>>> {
        let cursors = self.flow_control.moved();
        let backend = Arc::clone(&self.dependencies.backend);
        let account = self.ticket.account.clone();
        let key = cursor_key(&self.device);
        Box::pin(async move {
            match backend.advance(&account, &key, cursors.clone()).await {
                Ok(()) => Ok(()),
                Err(cause) => {
                    tracing::warn!(%cause, "how far a device has come is kept later");
                    Err(cursors)
                }
            }
        })
    }

    /// Tells the metrics how much is unacknowledged.
    fn count(&mut self) {
        let now = self.flow_control.unacked();
        if now != self.unacked {
            let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            let more = signed(now) - signed(self.unacked);
            self.dependencies.metrics.unacked.inc_by(more);
            self.unacked = now;
        }
    }
}

/// The outcome of a task, if there is one; without, this never ends. Safe to cancel.
async fn ready<T>(task: &mut Option<Task<T>>) -> T {
    match task {
        Some(running) => {
            let outcome = running.await;
            *task = None;
            outcome
        }
        None => std::future::pending().await,
    }
}
