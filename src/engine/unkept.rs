//! A phone that no journal keeps: for those who play thousands of consumers and forget each of them
//! afterwards.
//!
//! The same conversation, the same calls and the same updates as those of a phone of the engine;
//! what is left out is the journal, and with it everything that asks it.

use std::{path::PathBuf, sync::Arc};

use tokio::{sync::mpsc, time::Instant};

use crate::{
    client::Client,
    domain::{
        conversation::{
            Conversation,
            effect::Effect,
            event::{Act, PhoneEvent},
        },
        ids::{ConversationId, PhoneId, TimerId},
        line::Line,
        notice::{Notice, Severity},
        persona::Persona,
        time::Timestamp,
        wire::inbound::Change,
    },
    engine::{
        Settings,
        command::Command,
        perform::Performer,
        phone::{Phone, PhoneOwner, PhoneState},
        save::failed,
        show::head,
        timers::Timers,
        turn::FAREWELL,
        update::Update,
    },
    rt::world_clock::{WakeAt, WorldClock},
};

/// One consumer's phone, whose owner tells it everything that happens to it.
pub struct UnkeptPhone {
    id: PhoneId,
    phone: Phone,
    settings: Arc<Settings>,
    performer: Performer,
    outcomes: mpsc::Receiver<(PhoneId, PhoneEvent)>,
    timers: Timers<TimerId>,
    updates: mpsc::Sender<Update>,
    clock: WorldClock,
    outline: Outline,
}

/// What of a conversation is looked at after each event, to tell the rest only when it may differ.
#[derive(Debug, Default, PartialEq)]
struct Outline {
    dialogs: usize,
    current: Option<ConversationId>,
    is_open: bool,
    is_closed: bool,
}

impl Outline {
    fn of(talk: &Conversation) -> Self {
        Self {
            dialogs: talk.dialogs().count(),
            current: talk.current().cloned(),
            is_open: talk.is_open(),
            is_closed: talk.is_closed(),
        }
    }
}

impl UnkeptPhone {
    /// A phone that has not begun. Fetched files go to `files`; updates go to `updates`, and the phone
    /// waits where there is no room.
    pub fn new(
        id: PhoneId,
        persona: Box<Persona>,
        settings: Arc<Settings>,
        (client, files): (Client, PathBuf),
        updates: mpsc::Sender<Update>,
        clock: WorldClock,
    ) -> Self {
        let world = (clock.clone(), Arc::new(clock.alarm()));
        let (performer, outcomes) = Performer::new(client, files, updates.clone(), world);
        let conversation = Conversation::new(id, settings.names.clone(), persona.habits);
        Self {
            id,
            phone: Phone::new(PhoneOwner::new(persona), conversation),
            settings,
            performer,
            outcomes,
            timers: Timers::new(clock.clone()),
            updates,
            clock,
            outline: Outline::default(),
        }
    }

    /// What the phone has of its conversations.
    pub fn conversation(&self) -> &Conversation {
        &self.phone.conversation
    }

    /// Switches the phone on.
    pub async fn begin(&mut self) {
        let persona = self.phone.persona.clone();
        let phone = self.id;
        self.tell(Update::Phone { phone, persona }).await;
        self.step(PhoneEvent::Started).await;
    }

    /// Waits for what comes by itself: a call has ended, a timer has run out. Safe to cancel.
    pub async fn next(&mut self) -> PhoneEvent {
        loop {
            let due = self.timers.next();
            tokio::select! {
                biased;
                // The performer has a sender.
                Some((_, event)) = self.outcomes.recv() => return event,
                () = at(&self.clock, due) => {
                    if let Some(timer) = self.timers.pop_due() {
                        return PhoneEvent::Woke(timer);
                    }
                }
            }
        }
    }

    /// Takes one event, tells what changed, and performs what follows. Gives the lines that changed.
    pub async fn step(&mut self, event: PhoneEvent) -> Vec<Line> {
        let now = Timestamp(self.clock.unix_millis());
        let may_stand_otherwise = may_stand_otherwise(&event);
        let effects = self.phone.conversation.step(now, event);
        let lines = self.phone.conversation.take_changed();
        if self.phone.state == PhoneState::Away {
            return lines;
        }
        if !lines.is_empty() {
            self.tell(Update::Lines(lines.clone())).await;
        }
        let mut updates = Vec::new();
        let outline = Outline::of(&self.phone.conversation);
        if may_stand_otherwise || outline != self.outline {
            self.outline = outline;
            let head = head(&self.settings, &self.phone);
            self.phone.changes(self.id, head, &mut updates);
        } else {
            self.phone.typing_changes(self.id, &mut updates);
        }
        for update in updates {
            self.tell(update).await;
        }
        for effect in effects {
            self.perform(effect).await;
        }
        lines
    }

    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Wake { timer, after } => self.timers.set(timer, after),
            Effect::Tell {
                tried,
                problem,
                again,
            } => {
                let notice = failed(self.id, tried.to_owned(), &problem, again);
                self.tell(Update::Notice(notice)).await;
            }
            Effect::Remark(text) => {
                let notice = Notice {
                    severity: Severity::Info,
                    title: text.to_owned(),
                    ..Notice::default()
                };
                self.tell(Update::Notice(notice)).await;
            }
            Effect::Concerns(_) => {}
            call => self.performer.perform(self.id, &self.phone, call),
        }
    }

    /// Does what a front end wants; what only a journal could answer is left out. Gives the lines that
    /// changed.
    pub async fn execute(&mut self, command: Command) -> Vec<Line> {
        let is_open = self.phone.state == PhoneState::Open;
        match command {
            Command::Act { phone, act } if is_open && phone == self.id && act != Act::Quit => {
                self.step(PhoneEvent::User(act)).await
            }
            Command::Raw {
                phone,
                endpoint,
                body,
            } if is_open && phone == self.id => {
                self.performer.raw(self.id, &self.phone, (endpoint, body));
                Vec::new()
            }
            Command::Close(phone) if is_open && phone == self.id => self.leave().await,
            Command::Open(persona)
                if !is_open && persona.consumer == self.phone.persona.consumer =>
            {
                self.phone.reopen();
                self.begin().await;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Says goodbye, which is a courtesy, and puts the phone away. Gives the lines that changed.
    pub async fn leave(&mut self) -> Vec<Line> {
        if self.phone.state == PhoneState::Away {
            return Vec::new();
        }
        let mut lines = self.step(PhoneEvent::User(Act::Quit)).await;
        let until = Instant::now() + FAREWELL;
        while !self.phone.conversation.has_left() {
            let event = tokio::time::timeout_at(until, self.next()).await;
            let Ok(event) = event else { break };
            lines.extend(self.step(event).await);
        }
        self.phone.close(Timestamp(self.clock.unix_millis()));
        self.tell(Update::Closed(self.id)).await;
        lines
    }

    /// Abandons the calls under way, and gives what the phone has of its conversations.
    pub async fn stop(self) -> Conversation {
        self.performer.stop().await;
        self.phone.conversation
    }

    /// Tells the front end one thing; without one there is nobody to tell.
    pub async fn tell(&self, update: Update) {
        let _ = self.updates.send(update).await;
    }
}

/// Whether the conversation or the switches may be otherwise after this. Most of what happens is a
/// message, a receipt or the answer to one of ours: they change lines and numbers alone, and who types.
fn may_stand_otherwise(event: &PhoneEvent) -> bool {
    match event {
        PhoneEvent::Sent { .. }
        | PhoneEvent::Uploaded { .. }
        | PhoneEvent::Notified(Change::Message(_)) => false,
        PhoneEvent::User(act) => !matches!(
            act,
            Act::Shown(_) | Act::Typed { .. } | Act::Looked(_) | Act::Tell(_) | Act::Mark { .. }
        ),
        _ => true,
    }
}

/// Ends at the time given; never, when there is none.
async fn at(clock: &WorldClock, moment: Option<Instant>) {
    match moment {
        Some(moment) => clock.sleep_until(WakeAt::Steady(moment)).await,
        None => std::future::pending().await,
    }
}
