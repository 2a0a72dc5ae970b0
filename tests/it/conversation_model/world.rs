//! The phone in its world: one conversation machine, its journal, the requests
//! under way, the timers, and the cloud behind a network that loses things.
//!
//! Every step of the phone goes through [`World::step`], which holds it
//! against what must be so at any moment; [`verdict`](super::verdict) judges
//! the end.

mod judging;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use handset::domain::{
    conversation::{
        Conversation, Saved,
        effect::Effect,
        event::{Act, Attachment, PhoneEvent},
    },
    ids::{ConversationId, DialogId, ItemId, PhoneId, RequestId, Sequence, TimerId},
    line::{Line, LineBody},
    persona::Habits,
    retry::Problem,
    role::Role,
    time::Timestamp,
    wire::{
        inbound::{self, Change},
        outbound::{AcceptStatus, ChatState, Outbound},
    },
};
use serde_json::Value;

use crate::support::reload::reload;

use super::cloud::{Cloud, ME, answered};

/// Lines the phone keeps at hand; what happens is mostly about others.
const KEPT: usize = 2;
/// Of so many steps one is taken twice, to see that it does the same.
const TWIN: usize = 16;

/// A request on its way.
#[derive(Debug, Clone)]
struct Pending {
    request: RequestId,
    effect: Effect,
    /// What the cloud made of it, once it took it.
    reply: Option<Result<PhoneEvent, Problem>>,
}

/// What the network makes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    /// The cloud takes it and its answer comes.
    Good,
    /// The cloud takes it and its answer is lost.
    AnswerLost,
    /// Lost before the cloud had it, and nobody knows.
    Lost,
    /// The cloud takes it and says that it is out of order.
    DownButTaken,
    /// The cloud is out of order.
    Down,
    /// The cloud is asked too often.
    Busy,
    /// No connection.
    Unreachable,
    /// The cloud refuses it.
    Refused,
}

/// The fate of everything the consumer wrote with these words.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate {
    pub(super) order: usize,
    pub(super) submitted: usize,
    pub(super) retried: usize,
    /// Times the cloud took it and said that it had not.
    pub(super) misled: usize,
    pub(super) failed: bool,
}

/// Everything there is.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent switches, as the phone has them"
)]
pub(super) struct World {
    pub(super) phone: Conversation,
    pub(super) cloud: Cloud,
    pub(super) journal: BTreeMap<ItemId, Line>,
    steps: usize,
    pending: Vec<Pending>,
    timers: Vec<TimerId>,
    old_timers: Vec<TimerId>,
    now: i64,
    words: usize,
    pub(super) fates: BTreeMap<String, Fate>,
    looked: bool,
    pocket: bool,
    flight: bool,
    quit: bool,
    shown: BTreeSet<ItemId>,
    /// Messages that were on screen while the phone was looked at.
    seen: BTreeSet<(DialogId, Sequence)>,
    /// The last chat state, and where: who comes back to a conversation greets again.
    told: Option<(ConversationId, ChatState)>,
    /// Chat states told by hand that have not gone out.
    pub(super) by_hand: VecDeque<ChatState>,
    /// Texts of others that came at least once: where, and the words.
    pub(super) heard: BTreeMap<(ConversationId, DialogId, Sequence), String>,
    pub(super) echoed: BTreeSet<(DialogId, Sequence)>,
    /// Conversations the phone was told of while it could know that they are its own.
    pub(super) announced: BTreeSet<ConversationId>,
    pub(super) accepts: BTreeMap<(DialogId, Sequence), usize>,
    /// Receipts whose request met with bad luck.
    pub(super) disturbed: BTreeSet<(DialogId, Sequence)>,
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            phone: Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default()),
            cloud: Cloud::default(),
            journal: BTreeMap::new(),
            steps: 0,
            pending: Vec::new(),
            timers: Vec::new(),
            old_timers: Vec::new(),
            now: 0,
            words: 0,
            fates: BTreeMap::new(),
            looked: true,
            pocket: false,
            flight: false,
            quit: false,
            shown: BTreeSet::new(),
            seen: BTreeSet::new(),
            told: None,
            by_hand: VecDeque::new(),
            heard: BTreeMap::new(),
            echoed: BTreeSet::new(),
            announced: BTreeSet::new(),
            accepts: BTreeMap::new(),
            disturbed: BTreeSet::new(),
        };
        world.step(PhoneEvent::Started);
        world
    }

    /// One step of the phone, judged.
    fn step(&mut self, event: PhoneEvent) {
        let is_act = matches!(event, PhoneEvent::User(_));
        reload(&mut self.phone, &self.journal, &event);
        self.steps += 1;
        let twin = self
            .steps
            .is_multiple_of(TWIN)
            .then(|| (self.phone.clone(), event.clone()));
        let effects = self.phone.step(Timestamp(self.now), event);
        if let Some((mut twin, event)) = twin {
            let same = twin.step(Timestamp(self.now), event);
            assert_eq!(same, effects, "deterministic");
            assert_eq!(twin.saved(), self.phone.saved(), "deterministic");
        }
        for item in self.phone.take_changed() {
            self.remember(item, is_act);
        }
        self.phone.forget(KEPT);
        self.judge_lines();
        for effect in effects {
            self.judge(&effect);
            match &effect {
                Effect::Wake { timer, .. } => self.timers.push(*timer),
                Effect::Identify { request }
                | Effect::Open { request, .. }
                | Effect::Upload { request, .. }
                | Effect::Send { request, .. } => self.pending.push(Pending {
                    request: *request,
                    effect,
                    reply: None,
                }),
                Effect::Remark(words) if words.starts_with("a chat state was not told") => {
                    self.by_hand.clear();
                }
                Effect::Concerns(_) | Effect::Tell { .. } | Effect::Remark(_) => {}
            }
        }
    }

    /// What the program keeps beside the lines.
    pub(super) fn saved(&self) -> Value {
        serde_json::to_value(self.phone.saved()).unwrap()
    }

    pub(super) fn act(&mut self, act: Act) {
        if self.quit {
            return;
        }
        match &act {
            Act::Looked(on) => self.looked = *on,
            Act::Pocket(on) => self.pocket = *on,
            Act::Flight(on) => self.flight = *on,
            Act::Shown(items) => self.shown = items.iter().copied().collect(),
            Act::Quit => self.quit = true,
            _ => {}
        }
        if self.looked && !self.pocket {
            for item in &self.shown {
                if let Some(LineBody::Theirs {
                    dialog, sequence, ..
                }) = self.journal.get(item).map(|item| &item.body)
                {
                    self.seen.insert((dialog.clone(), *sequence));
                }
            }
        }
        self.step(PhoneEvent::User(act));
    }

    /// Words nobody said before; now and then words that were.
    pub(super) fn submit(&mut self, again: bool) {
        self.words += 1;
        let words = if again {
            "same".to_owned()
        } else {
            format!("t{}", self.words)
        };
        self.act(Act::submit(words));
    }

    /// A file, called by words nobody said before.
    pub(super) fn attach(&mut self) {
        self.words += 1;
        self.act(Act::Attach(Box::new(Attachment {
            local: "/tmp/a.png".to_owned(),
            size: 7,
            file_type: "PNG".to_owned(),
            caption: format!("f{}", self.words),
            preview: None,
            metadata: None,
        })));
    }

    pub(super) fn tell(&mut self, state: ChatState) {
        if !self.quit && !self.phone.is_closed() && self.by_hand.len() < 16 {
            self.by_hand.push_back(state);
        }
        self.act(Act::Tell(state));
    }

    /// Marks a message of others by hand.
    pub(super) fn mark(&mut self, item: ItemId, status: AcceptStatus) {
        let body = self.journal.get(&item).map(|item| &item.body);
        if let Some(LineBody::Theirs {
            dialog, sequence, ..
        }) = body
        {
            let at = (dialog.clone(), *sequence);
            self.seen.insert(at.clone());
            self.disturbed.insert(at);
        }
        self.act(Act::Mark {
            item,
            status,
            metadata: None,
        });
    }

    /// A message of an agent's, for everybody or not.
    pub(super) fn agent_says(&mut self, at: usize, for_all: bool, replies: bool) {
        self.words += 1;
        let kind = if for_all { 'm' } else { 'n' };
        let text = format!("{kind}{}", self.words);
        self.cloud.says(at, text, for_all, replies);
    }

    /// One of the lines that are like this.
    pub(super) fn line(&self, pick: usize, is_so: impl Fn(&LineBody) -> bool) -> Option<ItemId> {
        let lines: Vec<_> = self
            .journal
            .values()
            .filter(|item| is_so(&item.body))
            .collect();
        lines.get(pick % lines.len().max(1)).map(|item| item.id)
    }

    /// The cloud takes a request; its answer is still on the way.
    pub(super) fn take(&mut self, pick: usize, with_survey: bool) {
        let count = self.pending.len();
        if count > 0 {
            self.take_one(pick % count, with_survey);
        }
    }

    fn take_one(&mut self, at: usize, with_survey: bool) {
        let Some(pending) = self.pending.get_mut(at).filter(|one| one.reply.is_none()) else {
            return;
        };
        let request = pending.request;
        pending.reply = Some(match &pending.effect {
            Effect::Identify { .. } => Ok(PhoneEvent::Identified {
                request,
                me: ME.into(),
            }),
            Effect::Open { .. } => Ok(PhoneEvent::Opened {
                request,
                conversation: self.cloud.open(),
            }),
            Effect::Send { outbound, .. } => self
                .cloud
                .send(outbound, with_survey)
                .map(|sequence| PhoneEvent::Sent { request, sequence }),
            Effect::Upload { .. } => Ok(PhoneEvent::Uploaded {
                request,
                path: format!("/v1/{}", request.0),
            }),
            other => unreachable!("{other:?} is no request"),
        });
    }

    /// The end of a request.
    pub(super) fn answer(&mut self, pick: usize, luck: Luck, with_survey: bool) {
        let count = self.pending.len();
        if count == 0 {
            return;
        }
        let at = pick % count;
        let takes = matches!(luck, Luck::Good | Luck::AnswerLost | Luck::DownButTaken);
        if takes {
            self.take_one(at, with_survey);
        }
        let pending = self.pending.remove(at);
        let request = pending.request;
        let failed = |problem| PhoneEvent::Failed { request, problem };
        let reason = "no luck".into();
        let was_done = matches!(pending.reply, Some(Ok(_)));
        let event = match (luck, pending.reply) {
            (Luck::Good, Some(reply)) => reply.unwrap_or_else(failed),
            (Luck::AnswerLost | Luck::Lost, _) => failed(Problem::Uncertain { reason }),
            // It was taken already, so it cannot be told that it was not.
            (Luck::Busy | Luck::Unreachable | Luck::Refused, Some(_)) => {
                failed(Problem::Uncertain { reason })
            }
            (Luck::Down | Luck::DownButTaken, _) => failed(answered(503, 0)),
            (Luck::Busy, _) => failed(answered(429, 0)),
            (Luck::Unreachable, _) => failed(Problem::Unreachable { reason }),
            (Luck::Good | Luck::Refused, _) => failed(answered(400, 40_002)),
        };
        match (&pending.effect, &event) {
            (Effect::Send { outbound, .. }, PhoneEvent::Failed { problem, .. }) => {
                self.disturb(outbound, was_done && !problem.is_uncertain());
            }
            (_, PhoneEvent::Opened { conversation, .. }) => {
                self.announced.insert(conversation.clone());
            }
            _ => {}
        }
        self.step(event);
    }

    fn disturb(&mut self, outbound: &Outbound, misled: bool) {
        match outbound {
            Outbound::Text { text: words, .. } | Outbound::File { caption: words, .. }
                if misled =>
            {
                self.fates.get_mut(words).expect("it was submitted").misled += 1;
            }
            Outbound::Accept {
                dialog, sequences, ..
            } => {
                let at = sequences.iter().map(|one| (dialog.clone(), *one));
                self.disturbed.extend(at);
            }
            _ => {}
        }
    }

    /// A webhook comes in, perhaps not for the last time.
    pub(super) fn deliver(&mut self, pick: usize, once: bool) {
        let count = self.cloud.hooks.len();
        if count == 0 || self.quit {
            return;
        }
        let at = pick % count;
        let change = if once {
            self.cloud.hooks.remove(at)
        } else {
            self.cloud.hooks[at].clone()
        };
        match &change {
            Change::Message(message) => {
                if let (inbound::Event::Content { text, .. }, Some(sequence)) =
                    (&message.event, message.sequence)
                {
                    let dialog = message.dialog.clone();
                    if message.author.role == Role::Consumer {
                        self.echoed.insert((dialog, sequence));
                    } else if message.for_consumer {
                        let conversation = message.conversation.clone().unwrap();
                        let at = (conversation, dialog, sequence);
                        self.heard.insert(at, text.clone().unwrap());
                    }
                }
            }
            Change::Conversation(change) => {
                if change.open && self.phone.me().is_some() {
                    self.announced.insert(change.id.clone());
                }
            }
        }
        self.step(PhoneEvent::Notified(change));
    }

    pub(super) fn lose(&mut self, pick: usize) {
        let count = self.cloud.hooks.len();
        if count > 0 {
            self.cloud.hooks.remove(pick % count);
        }
    }

    /// A timer runs out; sometimes one that ran out before.
    pub(super) fn wake(&mut self, pick: usize, stale: bool) {
        let timers = if stale {
            &self.old_timers
        } else {
            &self.timers
        };
        if timers.is_empty() {
            return;
        }
        let at = pick % timers.len();
        let timer = timers[at];
        if !stale {
            self.timers.remove(at);
            self.old_timers.push(timer);
        }
        self.step(PhoneEvent::Woke(timer));
    }

    pub(super) fn wait(&mut self, millis: i64) {
        self.now += millis;
    }

    /// The program is killed and started again; what was under way may have arrived or not.
    pub(super) fn crash(&mut self, arrives: bool) {
        for at in 0..self.pending.len() {
            if arrives {
                self.take_one(at, false);
            }
            if let Effect::Send { outbound, .. } = &self.pending[at].effect.clone() {
                self.disturb(outbound, false);
            }
        }
        self.pending.clear();
        self.old_timers.append(&mut self.timers);
        let saved: Saved = serde_json::from_value(self.saved()).unwrap();
        let items = serde_json::to_string(&self.journal.values().collect::<Vec<_>>()).unwrap();
        let items = serde_json::from_str(&items).unwrap();
        self.phone = Conversation::restored(saved, items, BTreeMap::new(), Habits::default());
        (self.looked, self.pocket, self.flight, self.quit) = (true, false, false, false);
        self.shown.clear();
        self.told = None;
        self.by_hand.clear();
        self.step(PhoneEvent::Started);
    }

    /// From now on everything works: waits until nothing happens any more.
    pub(super) fn settle(&mut self) {
        if self.quit {
            self.crash(true);
        }
        self.act(Act::Flight(false));
        for _ in 0..500 {
            if !self.pending.is_empty() {
                self.answer(0, Luck::Good, false);
            } else if !self.cloud.hooks.is_empty() {
                self.deliver(0, true);
            } else if self.timers.is_empty() {
                return;
            } else {
                self.wait(120_000);
                self.wake(0, false);
            }
        }
        panic!(
            "it never comes to rest: {:?} {}",
            self.pending,
            self.saved()
        );
    }
}

/// The words of a bubble.
pub(super) fn words(content: &handset::domain::content::Content) -> String {
    match content {
        handset::domain::content::Content::Text { text, .. } => text.to_string(),
        handset::domain::content::Content::File(file) => file.caption.to_string(),
        other => panic!("nobody sent {other:?}"),
    }
}
