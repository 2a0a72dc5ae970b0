//! The agent's side in its world: a cloud with two conversations, and a connection that breaks.
//!
//! Every step goes through [`World::step`], which holds what goes out against what must be so at
//! any moment; [`World::judge`] judges the end.

mod judging;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use handset::domain::{
    availability::Availability,
    ids::{ConversationId, RequestId, TimerId},
    line::{Delivery, Line},
    retry::Problem,
    text::SafeText,
    time::Timestamp,
    wire::{
        fault,
        outbound::{AcceptStatus, ChatState},
        ums::{
            frame::{self, Answer, Frame},
            request::{self, Request},
        },
    },
    workspace::{
        Workspace,
        command::Command,
        effect::{Effect, Shown},
        event::Event,
    },
};
use serde_json::{Value, json};

use self::judging::{by, is_text, receipts, says, state, words};
use super::Happening;

const CONVERSATIONS: usize = 2;
const FULL: &str = "1.7";
const PID: &str = "pid-7";
const ME: (&str, &str, &str) = (FULL, PID, "ASSIGNED_AGENT");
const CONSUMER: (&str, &str, &str) = ("ada", "ada", "CONSUMER");

/// On its way here.
enum Coming {
    Answer(RequestId, Result<Value, Problem>),
    Told(Value),
}

/// A conversation, as the cloud has it and as the agent's screen shows it.
#[derive(Default)]
struct Conversation {
    is_assigned: bool,
    /// The cloud's events, by their numbers.
    truth: Vec<Value>,
    shown: BTreeMap<u32, Line>,
    /// What the agent wrote and the screen has taken.
    said: BTreeSet<String>,
    /// The last chat state that went out, while the agent has the conversation.
    state: Option<ChatState>,
    /// Receipts that went out and met with no bad luck.
    sent: BTreeSet<Receipt>,
    /// Receipts that may have to go out once more, for their answer was lost.
    disturbed: BTreeSet<Receipt>,
    /// Receipts the cloud refused.
    refused: BTreeSet<Receipt>,
}

pub(super) struct World {
    workspace: Workspace,
    now: i64,
    is_up: bool,
    conversations: [Conversation; CONVERSATIONS],
    in_view: Option<usize>,
    going: VecDeque<(RequestId, Request)>,
    coming: VecDeque<Coming>,
    timers: Vec<TimerId>,
    /// The receipts that each request was to bring.
    receipts: BTreeMap<RequestId, Vec<(usize, Receipt)>>,
    written: u32,
}

/// Whether it says READ rather than ACCEPT, and for which number.
type Receipt = (bool, u64);

fn id(conversation: usize) -> ConversationId {
    format!("c{conversation}").as_str().into()
}

fn index_of(id: &ConversationId) -> usize {
    (0..CONVERSATIONS)
        .find(|conversation| self::id(*conversation) == *id)
        .expect("one of the conversations")
}

fn refusal() -> Problem {
    Problem::of(fault::read(400, b"Agent does not exist in conversation"))
}

impl World {
    pub(super) fn new() -> Self {
        let conversation = || Conversation {
            is_assigned: true,
            ..Conversation::default()
        };
        let mut world = Self {
            workspace: Workspace::new(Availability::Online, BTreeMap::new()),
            now: 1_722_500_000_000,
            is_up: false,
            conversations: [conversation(), conversation()],
            in_view: None,
            going: VecDeque::new(),
            coming: VecDeque::new(),
            timers: Vec::new(),
            receipts: BTreeMap::new(),
            written: 0,
        };
        world.connect();
        world
    }

    pub(super) fn happens(&mut self, happening: Happening) {
        let of = |pick: usize| pick % CONVERSATIONS;
        match happening {
            Happening::ConsumerWrites(pick) => self.text(of(pick), CONSUMER),
            Happening::ConsumerHas { read, pick } => self.consumer_has(of(pick), read),
            Happening::ColleagueWrites(pick) => self.text(of(pick), ("1.8", "pid-8", "MANAGER")),
            Happening::Assigned(pick, on) => self.assign(of(pick), on),
            Happening::Says { private, pick } => self.say(of(pick), private),
            Happening::Types(pick, any) => self.execute(Command::Writing {
                conversation: id(of(pick)),
                any,
            }),
            Happening::Looks(pick) => self.look(Some(of(pick))),
            Happening::LooksAway => self.look(None),
            Happening::Retries => self.retry(),
            Happening::Takes => self.take(false),
            Happening::Refuses => self.take(true),
            Happening::Arrives => self.arrive(1),
            Happening::ArrivesTwice => self.arrive(2),
            Happening::Swapped if self.coming.len() > 1 => self.coming.swap(0, 1),
            Happening::Swapped => {}
            Happening::Untold => self.forget_to_tell(),
            Happening::Breaks(taken) => self.lose(taken),
            Happening::Connects => self.connect(),
            Happening::Killed(taken) => self.kill(taken),
            Happening::Wakes(pick) => self.wake(pick),
            Happening::Waits(millis) => self.now += millis,
        }
    }

    fn step(&mut self, event: Event) {
        self.now += 10;
        for effect in self.workspace.step(event, Timestamp(self.now)) {
            match effect {
                Effect::Ask { request, what } => {
                    self.judge_request(&what);
                    self.receipts.insert(request, receipts(&what));
                    self.going.push_back((request, what));
                }
                Effect::Wake { timer, .. } => self.timers.push(timer),
                Effect::Show(Shown::Lines {
                    conversation,
                    lines,
                }) => {
                    let shown = &mut self.conversations[index_of(&conversation)].shown;
                    shown.extend(lines.into_iter().map(|line| (line.id.number, line)));
                }
                Effect::Show(Shown::Conversation(conversations))
                    if conversations.role.is_none() =>
                {
                    self.conversations[index_of(&conversations.id)].state = None;
                }
                _ => {}
            }
        }
    }

    /// What must be so of everything that goes out.
    fn judge_request(&mut self, what: &Request) {
        assert!(
            self.is_up,
            "without a connection nothing goes out: {what:?}"
        );
        let Request::Publish {
            conversation,
            event,
            ..
        } = what
        else {
            return;
        };
        let at = index_of(conversation);
        let is_in_view = self.in_view == Some(at);
        let conversation = &mut self.conversations[at];
        match event {
            request::Event::State(state) => {
                assert_ne!(
                    conversation.state,
                    Some(*state),
                    "chat states only on a change"
                );
                conversation.state = Some(*state);
            }
            request::Event::Accept { status, sequences } => {
                let is_read = *status == AcceptStatus::Read;
                assert!(
                    !is_read || is_in_view,
                    "read only what is in view: {what:?}"
                );
                for sequence in sequences {
                    let event = conversation.truth.get(usize::try_from(*sequence).unwrap());
                    let is_theirs = event.is_some_and(|event| is_text(event) && by(event) == "ada");
                    assert!(is_theirs, "receipts for what the consumer wrote: {what:?}");
                    let receipt = (is_read, *sequence);
                    let is_first = conversation.sent.insert(receipt);
                    let may_repeat = conversation.disturbed.contains(&receipt)
                        || conversation.refused.contains(&receipt);
                    assert!(is_first || may_repeat, "a receipt went out twice: {what:?}");
                }
            }
            _ => {}
        }
    }

    fn execute(&mut self, command: Command) {
        self.step(Event::Command(command));
    }

    fn say(&mut self, at: usize, private: bool) {
        self.written += 1;
        let text = format!("x{}", self.written);
        self.execute(Command::say(id(at), &text, private));
        let conversation = &mut self.conversations[at];
        if conversation
            .shown
            .values()
            .any(|line| words(line) == Some(&text))
        {
            conversation.said.insert(text);
        }
    }

    fn look(&mut self, at: Option<usize>) {
        self.in_view = at;
        self.execute(Command::Look(at.map(id)));
    }

    fn retry(&mut self) {
        for at in 0..CONVERSATIONS {
            let lines = self.conversations[at].shown.values();
            let failed = lines.filter(|line| matches!(state(line), Some(Delivery::Failed { .. })));
            let failed: Vec<u32> = failed.map(|line| line.id.number).collect();
            for line in failed {
                let conversation = id(at);
                self.execute(Command::Retry { conversation, line });
            }
        }
    }

    fn wake(&mut self, pick: usize) {
        if !self.timers.is_empty() {
            let timer = self.timers.remove(pick % self.timers.len());
            self.step(Event::Woke(timer));
        }
    }

    fn connect(&mut self) {
        if !self.is_up {
            self.is_up = true;
            self.step(Event::Up {
                full: FULL.into(),
                pid: PID.into(),
            });
        }
    }

    fn lose(&mut self, taken: usize) {
        if !self.is_up {
            return;
        }
        for request in self.cut(taken) {
            let reason = SafeText::from("lost");
            let answer = Err(Problem::Uncertain { reason });
            self.step(Event::Answered { request, answer });
        }
        // What is asked while it breaks meets nobody.
        self.step(Event::Down);
        self.is_up = false;
        while let Some((request, _)) = self.going.pop_front() {
            self.disturb(request);
            let reason = SafeText::from("down");
            let answer = Err(Problem::Unreachable { reason });
            self.step(Event::Answered { request, answer });
        }
        for conversation in &mut self.conversations {
            conversation.state = None;
        }
    }

    /// The cloud takes so many more requests; gives those whose answers will never come.
    fn cut(&mut self, taken: usize) -> Vec<RequestId> {
        for _ in 0..taken {
            self.take(false);
        }
        let mut lost: Vec<RequestId> = self.going.drain(..).map(|(request, _)| request).collect();
        for coming in self.coming.drain(..) {
            if let Coming::Answer(request, _) = coming {
                lost.push(request);
            }
        }
        for request in &lost {
            self.disturb(*request);
        }
        lost
    }

    /// A receipt met with bad luck: it may go out once more.
    fn disturb(&mut self, request: RequestId) {
        for (at, receipt) in self.receipts.remove(&request).unwrap_or_default() {
            self.conversations[at].disturbed.insert(receipt);
        }
    }

    fn kill(&mut self, taken: usize) {
        self.cut(taken);
        self.workspace = Workspace::new(Availability::Online, BTreeMap::new());
        self.timers.clear();
        self.receipts.clear();
        self.in_view = None;
        self.is_up = false;
        for conversation in &mut self.conversations {
            conversation.shown.clear();
            conversation.state = None;
            // What had not reached the cloud is gone with the program.
            let truth = &conversation.truth;
            conversation
                .said
                .retain(|text| truth.iter().any(|event| says(event, text)));
        }
    }

    /// Something becomes an event of a conversation, and is told to those in it.
    fn happen(
        &mut self,
        at: usize,
        by: (&str, &str, &str),
        event: &Value,
        audience: &str,
    ) -> usize {
        let sequence = self.conversations[at].truth.len();
        let (full, pid, role) = by;
        let event = json!({
            "sequence": sequence, "dialogId": id(at), "conversationId": id(at),
            "originatorId": full, "originatorPId": pid,
            "originatorMetadata": { "id": pid, "role": role },
            "serverTimestamp": self.now, "messageAudience": audience, "event": event,
        });
        self.conversations[at].truth.push(event.clone());
        if self.is_up && self.conversations[at].is_assigned {
            self.tell(".ams.ms.OnlineEventDistribution", &event);
        }
        sequence
    }

    fn tell(&mut self, kind: &str, body: &Value) {
        let frame = json!({ "kind": "notification", "type": kind, "body": body });
        self.coming.push_back(Coming::Told(frame));
    }

    fn text(&mut self, at: usize, by: (&str, &str, &str)) {
        self.written += 1;
        let text = format!("x{}", self.written);
        let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text });
        self.happen(at, by, &event, "ALL");
    }

    fn consumer_has(&mut self, at: usize, read: bool) {
        let all = self.conversations[at].truth.iter().enumerate();
        let mine = all.filter(|(_, event)| is_text(event) && by(event) == FULL);
        let mine: Vec<usize> = mine.map(|(sequence, _)| sequence).collect();
        let status = if read { "READ" } else { "ACCEPT" };
        let event = json!({ "type": "AcceptStatusEvent", "status": status, "sequenceList": mine });
        self.happen(at, CONSUMER, &event, "ALL");
    }

    fn assign(&mut self, at: usize, on: bool) {
        self.conversations[at].is_assigned = on;
        if self.is_up {
            let body = json!({ "subscriptionId": "open", "changes": [self.upsert(at)] });
            self.tell(".ams.aam.ExConversationChangeNotification", &body);
        }
    }

    fn upsert(&mut self, at: usize) -> Value {
        self.now += 1;
        let (agents, pids) = if self.conversations[at].is_assigned {
            (json!([FULL]), json!([PID]))
        } else {
            (json!([]), json!([]))
        };
        json!({ "type": "UPSERT", "result": { "convId": id(at), "conversationDetails": {
            "convId": id(at), "skillId": "-1", "state": "OPEN", "stage": "OPEN",
            "metaDataLastUpdateTs": self.now,
            "participants": { "CONSUMER": ["ada"], "ASSIGNED_AGENT": agents, "MANAGER": ["1.8"] },
            "participantsPId": {
                "CONSUMER": ["ada"], "ASSIGNED_AGENT": pids, "MANAGER": ["pid-8"]
            },
            "dialogs": [ {
                "dialogId": id(at), "dialogType": "MAIN", "channelType": "MESSAGING",
                "state": "OPEN"
            } ],
        } } })
    }

    /// The cloud takes the next request, or refuses it if it publishes something.
    fn take(&mut self, refuses: bool) {
        if !self.is_up {
            return;
        }
        let Some((request, what)) = self.going.pop_front() else {
            return;
        };
        let body = match &what {
            Request::Clock => json!({ "currentTime": self.now }),
            Request::Subscribe { open, .. } => {
                let name = if *open { "open" } else { "closed" };
                self.answer(request, Ok(json!({ "subscriptionId": name })));
                let all = 0..if *open { CONVERSATIONS } else { 0 };
                let changes: Vec<Value> = all.map(|at| self.upsert(at)).collect();
                let body = json!({ "subscriptionId": name, "changes": changes });
                self.tell(".ams.aam.ExConversationChangeNotification", &body);
                return;
            }
            Request::Query { dialog, newer_than } => {
                let at = index_of(&dialog.as_str().into());
                let from = usize::try_from(*newer_than).unwrap();
                let truth = &self.conversations[at].truth;
                Value::from(truth.get(from..).unwrap_or_default().to_vec())
            }
            Request::Publish { conversation, .. }
                if refuses || !self.conversations[index_of(conversation)].is_assigned =>
            {
                for (at, receipt) in receipts(&what) {
                    self.conversations[at].refused.insert(receipt);
                }
                self.answer(request, Err(refusal()));
                return;
            }
            Request::Publish {
                event: request::Event::State(_),
                ..
            } => json!({ "sequence": 0 }),
            Request::Publish { .. } => {
                self.publish(request, &what);
                return;
            }
            _ => json!({}),
        };
        self.answer(request, Ok(body));
    }

    fn answer(&mut self, request: RequestId, answer: Result<Value, Problem>) {
        self.coming.push_back(Coming::Answer(request, answer));
    }

    /// What is published becomes an event; its echo may overtake the answer.
    fn publish(&mut self, request: RequestId, what: &Request) {
        let Request::Publish {
            conversation,
            private,
            ..
        } = what
        else {
            return;
        };
        let at = index_of(conversation);
        let asker = request::Asker {
            account: "1".into(),
            full: FULL.into(),
        };
        let event = what.envelope("", &asker)["body"]["event"].clone();
        let audience = if *private {
            "AGENTS_AND_MANAGERS"
        } else {
            "ALL"
        };
        let sequence = self.happen(at, ME, &event, audience);
        self.answer(request, Ok(json!({ "sequence": sequence })));
        if sequence.is_multiple_of(2) {
            let last = self.coming.len() - 1;
            self.coming.swap(last - 1, last);
        }
    }

    fn arrive(&mut self, times: usize) {
        match self.coming.pop_front() {
            Some(Coming::Answer(request, answer)) => {
                let answer = answer.map(Answer::from);
                self.step(Event::Answered { request, answer });
            }
            Some(Coming::Told(frame)) => {
                let Frame::Told(told) = frame::read(frame.to_string().as_bytes()) else {
                    panic!("{frame}");
                };
                for _ in 0..times {
                    self.step(Event::Told(told.clone()));
                }
            }
            None => {}
        }
    }

    fn forget_to_tell(&mut self) {
        if let Some(Coming::Told(frame)) = self.coming.front()
            && frame["type"] == ".ams.ms.OnlineEventDistribution"
        {
            self.coming.pop_front();
        }
    }

    /// The agent has both conversations, everything works, and everything under way comes to its
    /// end.
    pub(super) fn rest(&mut self) {
        self.lose(0);
        for conversation in &mut self.conversations {
            conversation.is_assigned = true;
        }
        self.connect();
        for _ in 0..100_000 {
            if self.going.is_empty() && self.coming.is_empty() && self.timers.is_empty() {
                return;
            }
            self.take(false);
            self.arrive(1);
            if self.going.is_empty() && self.coming.is_empty() {
                self.now += 120_000;
                self.wake(0);
            }
        }
        panic!("it asks for ever: {:?}", self.going);
    }

    /// The numbers of what is shown, in the order of the screen.
    pub(super) fn sequences(&self, at: usize) -> Vec<u64> {
        let lines = self.conversations[at].lines().into_iter();
        lines
            .filter_map(|line| Some(line.place.numbered()?.1))
            .collect()
    }

    /// What must have come of everything.
    pub(super) fn judge(&self) {
        for (at, conversation) in self.conversations.iter().enumerate() {
            conversation.judge_lines();
            conversation.judge_receipts(self.in_view == Some(at));
        }
    }
}
