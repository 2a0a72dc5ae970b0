//! The loop: what comes in, one turn at a time.

use std::collections::HashMap;

use tokio::{
    sync::mpsc,
    time::{Duration, Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    api,
    domain::{
        conversation::{
            Conversation, Saved,
            effect::Effect,
            event::{Act, Event},
        },
        exchange::{Entry, Exchange},
        ids::{EntryId, ItemId, RequestId},
        item::Item,
        time::Timestamp,
    },
    engine::{
        Parts, Settings,
        command::Command,
        notice::Severity,
        perform::Performer,
        show::Shown,
        timers::Timers,
        update::{Link, Update},
    },
    rt::clock,
    store::{Feed, Journal},
};

/// How long leaving may take: GONE is a courtesy.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// The state of the phone and everything that acts on it.
pub(super) struct Engine {
    pub(super) settings: Settings,
    pub(super) conversation: Conversation,
    pub(super) journal: Journal,
    pub(super) feed: Feed,
    pub(super) exchanges: mpsc::Receiver<Exchange>,
    pub(super) performer: Performer,
    pub(super) outcomes: mpsc::Receiver<Event>,
    pub(super) token_until: tokio::sync::watch::Receiver<Option<Timestamp>>,
    pub(super) timers: Timers,
    pub(super) updates: mpsc::Sender<Update>,
    /// The bubbles each request is about.
    pub(super) requests: HashMap<RequestId, Vec<ItemId>>,
    pub(super) shown: Shown,
    /// What the journal has.
    pub(super) saved: Saved,
    pub(super) cursor: EntryId,
    pub(super) saved_cursor: EntryId,
    pub(super) links: Vec<(EntryId, Vec<ItemId>)>,
    /// Whether the last save failed; said once, not at every turn.
    pub(super) journal_fails: bool,
    pub(super) link: Link,
    /// Fires when it is time to leave, whoever said so.
    pub(super) stop: CancellationToken,
    /// The front end does not read any more.
    pub(super) unheard: bool,
}

/// What one turn has come to so far.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) effects: Vec<Effect>,
    pub(super) wire: Vec<Entry>,
    pub(super) linked: Vec<(EntryId, Vec<ItemId>)>,
}

impl Engine {
    pub(super) fn new(
        settings: Settings,
        parts: Parts,
        conversation: Conversation,
        cursor: EntryId,
        updates: mpsc::Sender<Update>,
        stop: &CancellationToken,
    ) -> Self {
        let token_until = parts.client.token_until();
        let (performer, outcomes) = Performer::new(
            parts.client,
            api::Caller {
                consumer: settings.persona.consumer.clone(),
                properties: settings.persona.properties.clone(),
            },
            settings.persona.opening.clone(),
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
            stop: stop.child_token(),
            unheard: false,
        }
    }

    /// Works until it is told to stop, then says goodbye and closes the journal.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
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
                () = self.stop.cancelled(), if leave_by.is_none() => {
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
                // What comes while leaving is heard at the next start.
                hook = self.feed.recv(), if leave_by.is_none() => match hook {
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
        self.wind_up().await;
        self.journal.clone().close().await;
        self.update(Update::Stopped).await;
    }

    /// Abandons the calls under way and keeps what is known of the others: an answer that came
    /// in time spares the next start a doubt.
    async fn wind_up(&mut self) {
        self.performer.stop().await;
        let mut turn = Turn::default();
        // From here on nothing can go out.
        self.step(&mut turn, Event::User(Act::Flight(true)));
        while let Ok(outcome) = self.outcomes.try_recv() {
            self.step(&mut turn, outcome);
        }
        while let Ok(exchange) = self.exchanges.try_recv() {
            self.report(&mut turn, exchange).await;
        }
        let items = self.tell_turn(turn.wire, turn.linked).await;
        // The last try; what fails here was said before.
        let _ = self.save(items).await;
    }

    fn leave(&mut self, turn: &mut Turn) -> Instant {
        self.stop.cancel();
        self.step(turn, Event::User(Act::Quit));
        Instant::now() + FAREWELL
    }

    fn obey(&mut self, turn: &mut Turn, command: Command) {
        if let Command::Act { act, .. } = command {
            self.step(turn, Event::User(act));
        }
    }

    pub(super) fn step(&mut self, turn: &mut Turn, event: Event) {
        let now = Timestamp(clock::unix_millis());
        turn.effects.extend(self.conversation.step(now, event));
    }

    /// Tells the front end, journals, and only then lets anything out.
    async fn finish(&mut self, turn: Turn) {
        let items = self.tell_turn(turn.wire, turn.linked).await;
        self.show().await;
        let kept = self.save(items).await;
        self.perform(turn.effects, kept).await;
    }

    /// The wire entries, lines and links of a turn; gives the lines, which are to be kept.
    async fn tell_turn(
        &mut self,
        wire: Vec<Entry>,
        linked: Vec<(EntryId, Vec<ItemId>)>,
    ) -> Vec<Item> {
        let items = self.conversation.take_changed();
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
