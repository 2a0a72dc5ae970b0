//! The loop: what comes in, one turn at a time.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        conversation::{
            Conversation, Saved,
            effect::Effect,
            event::{Act, Event},
        },
        exchange::{Entry, EntryKind, Exchange},
        ids::{EntryId, ItemId, RequestId},
        inbound::{Hook, Verdict},
        item::Item,
        text::SafeText,
        time::Timestamp,
        wire::inbound,
    },
    engine::{
        Parts, RESTORED_ENTRIES, Settings, THREAD,
        command::Command,
        notice::{Notice, Severity},
        perform::{Performer, unjournalled},
        timers::Timers,
        update::{Head, Link, Phase, Switches, Update},
    },
    rt::clock,
    store::{Feed, Journal, Save},
};

/// Webhook requests taken in one turn.
const HOOKS: usize = 64;
/// How long leaving may take: GONE is a courtesy.
const FAREWELL: Duration = Duration::from_secs(1);
/// Requests whose bubbles are remembered until their exchange is reported.
const REMEMBERED_REQUESTS: usize = 1024;

/// The state of the phone and everything that acts on it.
pub(super) struct Engine {
    settings: Settings,
    conversation: Conversation,
    journal: Journal,
    feed: Feed,
    exchanges: mpsc::Receiver<Exchange>,
    performer: Performer,
    outcomes: mpsc::Receiver<Event>,
    token_until: tokio::sync::watch::Receiver<Option<Timestamp>>,
    timers: Timers,
    updates: mpsc::Sender<Update>,
    /// The bubbles each request is about.
    requests: HashMap<RequestId, Vec<ItemId>>,
    shown: Shown,
    /// What the journal has.
    saved: Saved,
    cursor: EntryId,
    saved_cursor: EntryId,
    links: Vec<(EntryId, Vec<ItemId>)>,
    /// Whether the last save failed; said once, not at every turn.
    journal_fails: bool,
    link: Link,
}

/// What the front end was last told.
#[derive(Default)]
struct Shown {
    head: Option<Head>,
    typing: Option<SafeText>,
    switches: Option<Switches>,
    link: Option<Link>,
}

/// What one turn has come to so far.
#[derive(Default)]
struct Turn {
    effects: Vec<Effect>,
    wire: Vec<Entry>,
    linked: Vec<(EntryId, Vec<ItemId>)>,
}

impl Engine {
    pub(super) fn new(
        settings: Settings,
        parts: Parts,
        conversation: Conversation,
        cursor: EntryId,
        updates: mpsc::Sender<Update>,
    ) -> Self {
        let token_until = parts.client.token_until();
        let (performer, outcomes) = Performer::new(
            parts.client,
            settings.consumer.clone(),
            settings.opening.clone(),
        );
        let link = Link {
            token_until: None,
            listener: settings.listener.clone(),
            last_event: None,
            refused: 0,
        };
        Self {
            saved: conversation.saved().clone(),
            settings,
            conversation,
            journal: parts.journal,
            feed: parts.feed,
            exchanges: parts.exchanges,
            performer,
            outcomes,
            token_until,
            timers: Timers::default(),
            updates,
            requests: HashMap::new(),
            shown: Shown::default(),
            cursor,
            saved_cursor: cursor,
            links: Vec::new(),
            journal_fails: false,
            link,
        }
    }

    /// Works until it is told to stop, then says goodbye and closes the journal.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        stop: CancellationToken,
    ) {
        self.show_restored().await;
        let mut turn = Turn::default();
        self.step(&mut turn, Event::Started);
        if self.settings.fresh && self.conversation.is_open() {
            self.step(&mut turn, Event::User(Act::New));
        }
        self.finish(turn).await;
        let mut leave_by: Option<Instant> = None;
        while leave_by.is_none() || !self.conversation.has_left() {
            let mut turn = Turn::default();
            let timer = self.timers.next();
            tokio::select! {
                // The keyboard first; webhooks, which can flood, last.
                biased;
                () = stop.cancelled(), if leave_by.is_none() => {
                    leave_by = Some(self.leave(&mut turn));
                }
                () = due(leave_by) => break,
                command = commands.recv(), if leave_by.is_none() => match command {
                    Some(Command::Quit) | None => leave_by = Some(self.leave(&mut turn)),
                    Some(command) => self.obey(&mut turn, command),
                },
                Some(outcome) = self.outcomes.recv() => self.step(&mut turn, outcome),
                () = due(timer) => {
                    while let Some(timer) = self.timers.pop_due() {
                        self.step(&mut turn, Event::Woke(timer));
                    }
                }
                Ok(()) = self.token_until.changed() => {
                    self.link.token_until = *self.token_until.borrow_and_update();
                }
                Some(exchange) = self.exchanges.recv() => self.report(&mut turn, exchange).await,
                hook = self.feed.recv() => match hook {
                    Ok(Some(hook)) => self.hear(&mut turn, hook),
                    Ok(None) => break,
                    Err(error) => {
                        self.tell(Severity::Error, "reading the journal", &error.to_string(), "")
                            .await;
                        // Its thread is gone; nothing could be kept any more.
                        break;
                    }
                },
            }
            self.finish(turn).await;
        }
        self.performer.stop().await;
        self.journal.close().await;
        let _ = self.updates.send(Update::Stopped).await;
    }

    fn leave(&mut self, turn: &mut Turn) -> Instant {
        self.step(turn, Event::User(Act::Quit));
        Instant::now() + FAREWELL
    }

    fn obey(&mut self, turn: &mut Turn, command: Command) {
        let act = match command {
            Command::Submit(text) => Act::Submit(text),
            Command::Typed { standing } => Act::Typed { standing },
            Command::Looked(looked) => Act::Looked(looked),
            Command::Shown(items) => Act::Shown(items),
            Command::Reply { item, index } => Act::Reply { item, index },
            Command::Retry(item) => Act::Retry(item),
            Command::Close => Act::Close,
            Command::New => Act::New,
            Command::Flight(on) => Act::Flight(on),
            Command::Pocket(on) => Act::Pocket(on),
            Command::Quit => Act::Quit,
        };
        self.step(turn, Event::User(act));
    }

    fn step(&mut self, turn: &mut Turn, event: Event) {
        let now = Timestamp(clock::unix_millis());
        turn.effects.extend(self.conversation.step(now, event));
    }

    /// A webhook request with those that have come in behind it.
    fn hear(&mut self, turn: &mut Turn, first: (EntryId, Arc<Hook>)) {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some((entry, hook)) = next.take() {
            taken += 1;
            self.cursor = entry;
            self.hear_one(turn, entry, &hook);
            if taken < HOOKS {
                next = self
                    .feed
                    .recv()
                    .now_or_never()
                    .and_then(Result::ok)
                    .flatten();
            }
        }
    }

    fn hear_one(&mut self, turn: &mut Turn, entry: EntryId, hook: &Hook) {
        turn.wire.push(Entry {
            id: entry,
            kind: EntryKind::Hook(hook.clone()),
        });
        if hook.verdict != Verdict::Valid {
            self.link.refused += 1;
            return;
        }
        self.link.last_event = Some(hook.request.at);
        let before = turn.effects.len();
        for change in inbound::read(&hook.request.body) {
            self.step(turn, Event::Notified(change));
        }
        let mut about = Vec::new();
        let mut index = before;
        while let Some(effect) = turn.effects.get_mut(index) {
            if let Effect::Concerns(items) = effect {
                about.append(items);
                turn.effects.remove(index);
            } else {
                index += 1;
            }
        }
        if !about.is_empty() {
            turn.linked.push((entry, about));
        }
    }

    /// A call of ours began or ended.
    async fn report(&mut self, turn: &mut Turn, exchange: Exchange) {
        let ended = exchange.outcome.is_some();
        let request = exchange.request;
        let entry = self.journal.call(exchange.clone()).await;
        turn.wire.push(Entry {
            id: entry,
            kind: EntryKind::Call(exchange),
        });
        let Some(request) = request else { return };
        if let Some(items) = self
            .requests
            .get(&request)
            .filter(|items| !items.is_empty())
        {
            turn.linked.push((entry, items.clone()));
        }
        if ended {
            self.requests.remove(&request);
        }
    }

    /// Tells the front end, journals, and only then lets anything out.
    async fn finish(&mut self, turn: Turn) {
        let items = self.conversation.take_changed();
        let Turn {
            effects,
            wire,
            linked,
        } = turn;
        if !wire.is_empty() {
            self.update(Update::Wire(wire)).await;
        }
        if !items.is_empty() {
            self.update(Update::Items(items.clone())).await;
        }
        for (entry, items) in linked {
            self.links.push((entry, items.clone()));
            self.update(Update::Linked { entry, items }).await;
        }
        self.show().await;
        let kept = self.save(items).await;
        self.perform(effects, kept).await;
    }

    async fn save(&mut self, items: Vec<Item>) -> Result<(), SafeText> {
        let state_changed = *self.conversation.saved() != self.saved;
        if items.is_empty()
            && self.links.is_empty()
            && !state_changed
            && self.cursor == self.saved_cursor
        {
            return Ok(());
        }
        let state = serde_json::to_value(self.conversation.saved())
            .map_err(|error| SafeText::clean(&error.to_string()))?;
        let conversation = self.conversation.current().cloned();
        let save = Save {
            items: items.clone(),
            threads: vec![(THREAD, state, conversation)],
            links: self.links.clone(),
            cursor: Some(self.cursor),
        };
        match self.journal.save(save).await {
            Ok(()) => {
                self.links.clear();
                self.saved = self.conversation.saved().clone();
                self.saved_cursor = self.cursor;
                self.journal_fails = false;
                Ok(())
            }
            Err(error) => {
                // The next turn tries the state again, and these lines with it.
                self.conversation.change_again(&items);
                let words = error.to_string();
                if !std::mem::replace(&mut self.journal_fails, true) {
                    let hint = "nothing is sent until the journal can be written again";
                    self.tell(Severity::Error, "keeping the conversation", &words, hint)
                        .await;
                }
                Err(SafeText::clean(&words))
            }
        }
    }

    async fn perform(&mut self, effects: Vec<Effect>, kept: Result<(), SafeText>) {
        let now = Timestamp(clock::unix_millis());
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            if let Err(reason) = &kept
                && let Some(failed) = unjournalled(&effect, reason)
            {
                effects.extend(self.conversation.step(now, failed));
                continue;
            }
            match effect {
                Effect::Wake { timer, after } => self.timers.set(timer, after),
                Effect::Tell {
                    tried,
                    problem,
                    again,
                } => {
                    let severity = if again.is_some() {
                        Severity::Warning
                    } else {
                        Severity::Error
                    };
                    let hint = match again {
                        Some(after) => format!("trying again in {} s", after.as_secs().max(1)),
                        None => problem.hint().to_string(),
                    };
                    self.tell(severity, tried, problem.words().as_str(), &hint)
                        .await;
                }
                Effect::Remark(text) => self.tell(Severity::Info, text, "", "").await,
                Effect::Concerns(_) => {}
                call => {
                    if let Effect::Send { request, items, .. } = &call {
                        if self.requests.len() >= REMEMBERED_REQUESTS {
                            self.requests.clear();
                        }
                        self.requests.insert(*request, items.clone());
                    }
                    self.performer.perform(call);
                }
            }
        }
    }

    /// Lines and entries of an earlier run.
    async fn show_restored(&mut self) {
        let items: Vec<_> = self.conversation.items().cloned().collect();
        if !items.is_empty() {
            self.update(Update::Items(items)).await;
        }
        self.show().await;
        // Older entries are a convenience: without them the phone works all the same.
        let Ok(mut entries) = self.journal.entries(None, RESTORED_ENTRIES).await else {
            return;
        };
        // What has not been applied yet comes again by the feed.
        entries.retain(|entry| match entry.kind {
            EntryKind::Hook(_) => entry.id <= self.cursor,
            EntryKind::Call(_) => true,
        });
        entries.reverse();
        let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
        if !entries.is_empty() {
            self.update(Update::Wire(entries)).await;
        }
        for entry in ids {
            let items = self.journal.linked(entry).await.unwrap_or_default();
            if !items.is_empty() {
                self.update(Update::Linked { entry, items }).await;
            }
        }
    }

    /// Tells what changed of the head, the typing, the switches and the link bar.
    async fn show(&mut self) {
        let talk = &self.conversation;
        let head = Head {
            consumer: self.settings.name.clone(),
            brand: self.settings.brand.clone(),
            sandbox: self.settings.sandbox,
            agent: talk.agent(),
            conversation: talk.current().cloned(),
            phase: if talk.is_open() {
                Phase::Open
            } else if talk.is_closed() {
                Phase::Closed
            } else {
                Phase::Opening
            },
        };
        let typing = talk.typing();
        let switches = Switches {
            flight: talk.flight(),
            pocket: talk.pocket(),
        };
        if self.shown.head.as_ref() != Some(&head) {
            self.shown.head = Some(head.clone());
            self.update(Update::Head(head)).await;
        }
        if self.shown.typing != typing {
            self.shown.typing.clone_from(&typing);
            self.update(Update::Typing(typing)).await;
        }
        if self.shown.switches != Some(switches) {
            self.shown.switches = Some(switches);
            self.update(Update::Switches(switches)).await;
        }
        if self.shown.link.as_ref() != Some(&self.link) {
            self.shown.link = Some(self.link.clone());
            self.update(Update::Link(self.link.clone())).await;
        }
    }

    async fn tell(&mut self, severity: Severity, title: &str, detail: &str, hint: &str) {
        tracing::info!(?severity, title, detail, "notice");
        self.update(Update::Notice(Notice {
            severity,
            title: title.to_owned(),
            detail: detail.to_owned(),
            hint: hint.to_owned(),
        }))
        .await;
    }

    async fn update(&mut self, update: Update) {
        // Without a front end there is nobody to tell; the journal has it all.
        let _ = self.updates.send(update).await;
    }
}

/// Ends at the time given; never, when there is none.
async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
