//! The loop: what comes in, one turn at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    sync::Arc,
};

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
            event::{Act, PhoneEvent},
        },
        exchange::{Entry, Exchange},
        ids::{EntryId, ItemId, PhoneId, TimerId},
        line::Line,
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
    rt::world_clock::{WakeAt, WorldAlarm, WorldClock},
    store::{Feed, Journal},
};

/// How long leaving may take: GONE is a courtesy.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// The folder of fetched files, beside the journal.
pub(super) const FILES: &str = "files";

/// The phones and everything that acts on them.
pub(super) struct Engine {
    pub(super) settings: Settings,
    /// Every phone there is.
    pub(super) phones: BTreeMap<PhoneId, Phone>,
    pub(super) journal: Journal,
    pub(super) claims: Claims,
    pub(super) feed: Feed,
    pub(super) exchanges: mpsc::Receiver<Exchange>,
    pub(super) performer: Performer,
    pub(super) pictures: Option<client::PictureFetcher>,
    pub(super) outcomes: mpsc::Receiver<(PhoneId, PhoneEvent)>,
    pub(super) token_until: watch::Receiver<Option<Timestamp>>,
    pub(super) tokens: watch::Receiver<Vec<client::KnownToken>>,
    pub(super) ingress: StatusWatch,
    pub(super) gate: Gate,
    pub(super) timers: Timers<(PhoneId, TimerId)>,
    pub(super) clock: WorldClock,
    /// Asleep while nothing has come and nothing is under way.
    alarm: Arc<WorldAlarm>,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) cursor: EntryId,
    pub(super) saved_cursor: EntryId,
    pub(super) links: Vec<(EntryId, Vec<ItemId>)>,
    /// What is written and not kept yet, by phone and conversation.
    pub(super) drafts: BTreeMap<(PhoneId, String), String>,
    /// The same of agents.
    pub(super) workspace_drafts: BTreeMap<(String, String), String>,
    /// Whether the last save failed; said once, not at every turn.
    pub(super) journal_fails: bool,
    pub(super) link: Link,
    pub(super) shown_link: Option<Link>,
    pub(super) questions: TaskTracker,
    /// Fires when the program ends, by a key or by a signal.
    pub(super) stop: CancellationToken,
    /// The front end does not read any more.
    pub(super) front_end_gone: bool,
}

/// What one turn has come to so far.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) effects: Vec<(PhoneId, Effect)>,
    pub(super) wire: Vec<Entry>,
    pub(super) linked: Vec<(EntryId, Vec<ItemId>)>,
    /// Effects of earlier turns, journalled then, that may go out now.
    pub(super) released: Vec<(PhoneId, Effect)>,
    /// The phones something happened to.
    pub(super) touched: BTreeSet<PhoneId>,
}

impl Engine {
    pub(super) fn new(
        settings: Settings,
        parts: Parts,
        phones: BTreeMap<PhoneId, Phone>,
        cursor: EntryId,
        (updates, alarm): (mpsc::Sender<Update>, &Arc<WorldAlarm>),
        stop: &CancellationToken,
    ) -> Self {
        let token_until = parts.client.token_until();
        let tokens = parts.client.tokens();
        let files = parts.journal.path().with_file_name(FILES);
        let clock = parts.clock;
        let world = (clock.clone(), Arc::clone(alarm));
        let (performer, outcomes) = Performer::new(parts.client, files, updates.clone(), world);
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
            pictures: parts.pictures,
            outcomes,
            ingress: parts.ingress,
            gate: Gate::default(),
            token_until,
            tokens,
            timers: Timers::new(clock.clone()),
            clock,
            alarm: Arc::clone(alarm),
            updates,
            cursor,
            saved_cursor: cursor,
            links: Vec::new(),
            drafts: BTreeMap::new(),
            workspace_drafts: BTreeMap::new(),
            journal_fails: false,
            link,
            shown_link: None,
            questions: TaskTracker::new(),
            stop: stop.child_token(),
            front_end_gone: false,
        }
    }

    /// Works until it is told to stop, then says goodbye.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let all: BTreeSet<PhoneId> = self.phones.keys().copied().collect();
        self.claim(&all);
        self.show_restored().await;
        self.restore_picture_hosts().await;
        let mut turn = Turn::default();
        let open: Vec<PhoneId> = self.open_phones().collect();
        for id in open {
            self.begin(&mut turn, id);
        }
        // A phone that is opened later goes on where it was.
        self.settings.fresh = false;
        self.finish(turn).await;
        let mut leave_by: Option<Instant> = None;
        while leave_by.is_none() || !self.all_have_left() {
            let mut turn = Turn::default();
            let timer = self.timers.next();
            let is_due = timer.is_some_and(|at| at <= self.clock.now());
            // While it reads what the journal has more of, it does not sleep.
            let sleeps = !self.feed.is_behind();
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
                Some((id, outcome)) = self.outcomes.recv() => {
                    self.reload_and_step(&mut turn, id, outcome).await;
                }
                () = ready(()), if is_due => {
                    while let Some((id, timer)) = self.timers.pop_due() {
                        self.step(&mut turn, id, PhoneEvent::Woke(timer));
                    }
                }
                () = due(farewell) => {}
                Ok(()) = self.token_until.changed() => {
                    self.link.token_until = *self.token_until.borrow_and_update();
                }
                Ok(()) = self.ingress.state.changed() => {
                    self.link.ingress = self.ingress.state.borrow_and_update().clone();
                    self.release_openings(&mut turn);
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
                // What comes while leaving is handled at the next start.
                hook = self.feed.recv(), if leave_by.is_none() => match hook {
                    Ok(Some(hook)) => self.handle_webhooks(&mut turn, hook).await,
                    Ok(None) => break,
                    Err(error) => {
                        self.notify(Severity::Error, "reading the journal", &error.to_string(), "")
                            .await;
                        // The journal's thread is gone; nothing could be kept any more.
                        break;
                    }
                },
                // Last: polled only when nothing else has come.
                () = self.alarm.wait(timer.map(WakeAt::Steady)), if sleeps => {}
            }
            self.finish(turn).await;
            self.close_phones_that_left().await;
            self.forget_openings_of_closed();
        }
        // A window that was closed told last what was written in it.
        while let Ok(command) = commands.try_recv() {
            match command {
                Command::Draft {
                    phone: id,
                    conversation,
                    text,
                } => self.note_draft(id, conversation, text),
                Command::WorkspaceDraft(draft) => self.note_workspace_draft(draft),
                _ => {}
            }
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
        let phones: Vec<PhoneId> = self.phones.keys().copied().collect();
        for id in phones {
            self.step(&mut turn, id, PhoneEvent::User(Act::Flight(true)));
        }
        while let Ok((id, outcome)) = self.outcomes.try_recv() {
            self.reload_and_step(&mut turn, id, outcome).await;
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
        let open: Vec<PhoneId> = self.open_phones().collect();
        for id in open {
            self.step(turn, id, PhoneEvent::User(Act::Quit));
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

    /// The phones in use.
    pub(super) fn open_phones(&self) -> impl Iterator<Item = PhoneId> {
        self.phones
            .iter()
            .filter(|(_, phone)| phone.state == PhoneState::Open)
            .map(|(id, _)| *id)
    }

    /// Takes one event to one phone.
    pub(super) fn step(&mut self, turn: &mut Turn, id: PhoneId, event: PhoneEvent) {
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        let now = Timestamp(self.clock.unix_millis());
        let effects = phone.conversation.step(now, event);
        turn.effects
            .extend(effects.into_iter().map(|effect| (id, effect)));
        turn.touched.insert(id);
    }

    /// Notifies the front end, journals, and only then performs the effects.
    pub(super) async fn finish(&mut self, turn: Turn) {
        self.claim(&turn.touched);
        let items = self
            .notify_turn(turn.wire, turn.linked, &turn.touched)
            .await;
        self.show(&turn.touched).await;
        let kept = self.save(items, &turn.touched).await;
        self.perform(turn.effects, kept).await;
        for (id, effect) in turn.released {
            if let Some(phone) = self.phones.get(&id) {
                self.performer.perform(id, phone, effect);
            }
        }
    }

    /// Claims the consumers of these phones, and the conversations open on them.
    fn claim(&self, phones: &BTreeSet<PhoneId>) {
        let phones = phones.iter().filter_map(|one| self.phones.get(one));
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
        touched: &BTreeSet<PhoneId>,
    ) -> Vec<Line> {
        if !wire.is_empty() {
            self.update(Update::Wire(wire)).await;
        }
        let mut items = Vec::new();
        for id in touched {
            let Some(phone) = self.phones.get_mut(id) else {
                continue;
            };
            let changed = phone.conversation.take_changed();
            let is_shown = phone.state != PhoneState::Away;
            if is_shown && !changed.is_empty() {
                self.update(Update::Lines(changed.clone())).await;
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
