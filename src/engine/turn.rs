//! The loop: what comes in, one turn at a time.

use std::collections::{BTreeMap, BTreeSet};

use tokio::{
    sync::{mpsc, watch},
    time::{Duration, Instant, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client,
    domain::{
        conversation::{
            effect::Effect,
            event::{Act, Event},
        },
        exchange::{Entry, Exchange},
        ids::{EntryId, ItemId},
        item::Item,
        notice::Severity,
        relay::Claim,
        time::Timestamp,
    },
    engine::{
        Parts, Settings,
        command::Command,
        gate::Gate,
        perform::Performer,
        phone::{Phone, PhoneState},
        timers::Timers,
        update::{Link, Update},
    },
    ingress::{status::StatusWatch, tunnel::Claims},
    rt::clock,
    store::{Feed, Journal},
};

/// How long leaving may take: GONE is a courtesy.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// The folder of fetched files, beside the journal.
const FILES: &str = "files";

/// The phones and everything that acts on them.
pub(super) struct Engine {
    pub(super) settings: Settings,
    /// Every phone there is, by its thread.
    pub(super) phones: BTreeMap<u32, Phone>,
    pub(super) journal: Journal,
    pub(super) claims: Claims,
    pub(super) feed: Feed,
    pub(super) exchanges: mpsc::Receiver<Exchange>,
    pub(super) performer: Performer,
    pub(super) outcomes: mpsc::Receiver<(u32, Event)>,
    pub(super) token_until: watch::Receiver<Option<Timestamp>>,
    pub(super) tokens: watch::Receiver<Vec<client::KnownToken>>,
    pub(super) ingress: StatusWatch,
    pub(super) gate: Gate,
    pub(super) timers: Timers,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) cursor: EntryId,
    pub(super) saved_cursor: EntryId,
    pub(super) links: Vec<(EntryId, Vec<ItemId>)>,
    /// Whether the last save failed; said once, not at every turn.
    pub(super) journal_fails: bool,
    pub(super) link: Link,
    pub(super) shown_link: Option<Link>,
    pub(super) questions: TaskTracker,
    /// Fires when the program ends, by a key or by a signal.
    pub(super) stop: CancellationToken,
    /// The front end does not read any more.
    pub(super) unheard: bool,
}

/// What one turn has come to so far.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) effects: Vec<(u32, Effect)>,
    pub(super) wire: Vec<Entry>,
    pub(super) linked: Vec<(EntryId, Vec<ItemId>)>,
    /// Effects of earlier turns, journalled then, that may go out now.
    pub(super) released: Vec<(u32, Effect)>,
    /// The phones something happened to.
    pub(super) touched: BTreeSet<u32>,
}

impl Engine {
    pub(super) fn new(
        settings: Settings,
        parts: Parts,
        phones: BTreeMap<u32, Phone>,
        cursor: EntryId,
        updates: mpsc::Sender<Update>,
        stop: &CancellationToken,
    ) -> Self {
        let token_until = parts.client.token_until();
        let tokens = parts.client.tokens();
        let files = parts.journal.path().with_file_name(FILES);
        let (performer, outcomes) = Performer::new(parts.client, files, updates.clone());
        let link = Link {
            token_until: None,
            listener: settings.listener.clone(),
            sandbox: settings.sandbox_at.clone(),
            last_event: None,
            refused: 0,
            turned_away: String::new(),
            ingress: parts.ingress.state.borrow().clone(),
        };
        Self {
            settings,
            phones,
            journal: parts.journal,
            claims: parts.claims,
            feed: parts.feed,
            exchanges: parts.exchanges,
            performer,
            outcomes,
            ingress: parts.ingress,
            gate: Gate::default(),
            token_until,
            tokens,
            timers: Timers::default(),
            updates,
            cursor,
            saved_cursor: cursor,
            links: Vec::new(),
            journal_fails: false,
            link,
            shown_link: None,
            questions: TaskTracker::new(),
            stop: stop.child_token(),
            unheard: false,
        }
    }

    /// Works until it is told to stop, then says goodbye.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let all: BTreeSet<u32> = self.phones.keys().copied().collect();
        self.claim(&all);
        self.show_restored().await;
        let mut turn = Turn::default();
        let open: Vec<u32> = self.open_threads().collect();
        for thread in open {
            self.begin(&mut turn, thread);
        }
        // A phone that is taken out later goes on where it was.
        self.settings.fresh = false;
        self.finish(turn).await;
        let mut leave_by: Option<Instant> = None;
        while leave_by.is_none() || !self.all_have_left() {
            let mut turn = Turn::default();
            let timer = self.timers.next();
            let farewell = self.next_farewell();
            tokio::select! {
                // The keyboard first; webhooks, which can flood, last.
                biased;
                () = self.stop.cancelled(), if leave_by.is_none() => {
                    leave_by = Some(self.leave(&mut turn));
                }
                () = due(leave_by) => break,
                command = commands.recv(), if leave_by.is_none() => match command {
                    Some(Command::Quit) | None => leave_by = Some(self.leave(&mut turn)),
                    Some(command) => self.execute(&mut turn, command).await,
                },
                Some((thread, outcome)) = self.outcomes.recv() => {
                    self.take(&mut turn, thread, outcome).await;
                }
                () = due(timer) => {
                    while let Some((thread, timer)) = self.timers.pop_due() {
                        self.step(&mut turn, thread, Event::Woke(timer));
                    }
                }
                () = due(farewell) => {}
                Ok(()) = self.token_until.changed() => {
                    self.link.token_until = *self.token_until.borrow_and_update();
                }
                Ok(()) = self.ingress.state.changed() => {
                    self.link.ingress = self.ingress.state.borrow_and_update().clone();
                    self.let_out(&mut turn);
                }
                Ok(()) = self.ingress.turned_away.changed() => {
                    let turned_away = *self.ingress.turned_away.borrow_and_update();
                    let reasons = turned_away.reasons();
                    let reasons = reasons.map(|(count, what)| format!("{count} × {what}"));
                    self.link.turned_away = reasons.collect::<Vec<_>>().join("; ");
                }
                Some(notice) = self.ingress.notices.recv() => {
                    self.update(Update::Notice(notice)).await;
                }
                Ok(()) = self.tokens.changed() => self.show_tokens().await,
                Some(exchange) = self.exchanges.recv() => self.report(&mut turn, exchange).await,
                // What comes while leaving is heard at the next start.
                hook = self.feed.recv(), if leave_by.is_none() => match hook {
                    Ok(Some(hook)) => self.handle_webhooks(&mut turn, hook).await,
                    Ok(None) => break,
                    Err(error) => {
                        self.notify(Severity::Error, "reading the journal", &error.to_string(), "")
                            .await;
                        // Its thread is gone; nothing could be kept any more.
                        break;
                    }
                },
            }
            self.finish(turn).await;
            self.put_away_those_who_left().await;
            self.forget_held();
        }
        self.wind_up().await;
        self.update(Update::Stopped).await;
    }

    /// Abandons the calls under way and keeps what is known of the others: an answer that came
    /// in time spares the next start a doubt.
    async fn wind_up(&mut self) {
        self.performer.stop().await;
        self.questions.close();
        let mut turn = Turn::default();
        // From here on nothing can go out.
        let threads: Vec<u32> = self.phones.keys().copied().collect();
        for thread in threads {
            self.step(&mut turn, thread, Event::User(Act::Flight(true)));
        }
        while let Ok((thread, outcome)) = self.outcomes.try_recv() {
            self.take(&mut turn, thread, outcome).await;
        }
        while let Ok(exchange) = self.exchanges.try_recv() {
            self.report(&mut turn, exchange).await;
        }
        let items = self
            .notify_turn(turn.wire, turn.linked, &turn.touched)
            .await;
        // The last try; what fails here was said before.
        let _ = self.save(items, &turn.touched).await;
    }

    fn leave(&mut self, turn: &mut Turn) -> Instant {
        self.stop.cancel();
        let open: Vec<u32> = self.open_threads().collect();
        for thread in open {
            self.step(turn, thread, Event::User(Act::Quit));
        }
        Instant::now() + FAREWELL
    }

    fn all_have_left(&self) -> bool {
        let mut open = self
            .phones
            .values()
            .filter(|one| one.state != PhoneState::Away);
        open.all(|one| one.conversation.has_left())
    }

    /// The threads of the phones in use.
    pub(super) fn open_threads(&self) -> impl Iterator<Item = u32> {
        self.phones
            .iter()
            .filter(|(_, phone)| phone.state == PhoneState::Open)
            .map(|(thread, _)| *thread)
    }

    /// Takes one event to one phone.
    pub(super) fn step(&mut self, turn: &mut Turn, thread: u32, event: Event) {
        let Some(phone) = self.phones.get_mut(&thread) else {
            return;
        };
        let now = Timestamp(clock::unix_millis());
        let effects = phone.conversation.step(now, event);
        turn.effects
            .extend(effects.into_iter().map(|effect| (thread, effect)));
        turn.touched.insert(thread);
    }

    /// Tells the front end, journals, and only then lets anything out.
    pub(super) async fn finish(&mut self, turn: Turn) {
        self.claim(&turn.touched);
        let items = self
            .notify_turn(turn.wire, turn.linked, &turn.touched)
            .await;
        self.show(&turn.touched).await;
        let kept = self.save(items, &turn.touched).await;
        self.perform(turn.effects, kept).await;
        for (thread, effect) in turn.released {
            if let Some(phone) = self.phones.get(&thread) {
                self.performer.perform(thread, phone, effect);
            }
        }
    }

    /// Claims the consumers of these phones, and the conversations open on them.
    fn claim(&self, threads: &BTreeSet<u32>) {
        let phones = threads.iter().filter_map(|one| self.phones.get(one));
        for conversation in phones.map(|phone| &phone.conversation) {
            let open = conversation.current().filter(|_| conversation.is_open());
            let claims = [
                conversation.me().cloned().map(Claim::Consumer),
                open.cloned().map(Claim::Conversation),
            ];
            for claim in claims.into_iter().flatten() {
                self.claims.add(claim);
            }
        }
    }

    /// The wire entries, lines and links of a turn; gives the lines, which are to be kept.
    async fn notify_turn(
        &mut self,
        wire: Vec<Entry>,
        linked: Vec<(EntryId, Vec<ItemId>)>,
        touched: &BTreeSet<u32>,
    ) -> Vec<Item> {
        if !wire.is_empty() {
            self.update(Update::Wire(wire)).await;
        }
        let mut items = Vec::new();
        for thread in touched {
            let Some(phone) = self.phones.get_mut(thread) else {
                continue;
            };
            let changed = phone.conversation.take_changed();
            let is_shown = phone.state != PhoneState::Away;
            if is_shown && !changed.is_empty() {
                self.update(Update::Items(changed.clone())).await;
            }
            items.extend(changed);
        }
        for (entry, items) in linked {
            self.links.push((entry, items.clone()));
            self.update(Update::Linked { entry, items }).await;
        }
        items
    }
}

/// Ends at the time given; never, when there is none.
async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
