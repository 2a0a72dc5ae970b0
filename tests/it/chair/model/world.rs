//! The agent's side in its world: a cloud with two conversations, and a connection that breaks.
//!
//! Every step goes through [`World::step`], which holds what goes out against what must be so at
//! any moment; [`World::judge`] judges the end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use handset::domain::{
    availability::Availability,
    content::Content,
    ids::{ConversationId, RequestId, TimerId},
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
        effect::{Effect, Shown},
        event::{Act, Event, Message},
        view::{Body, Delivery, Line},
    },
};
use serde_json::{Value, json};

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
struct Talk {
    is_assigned: bool,
    /// The cloud's events, by their numbers.
    truth: Vec<Value>,
    shown: BTreeMap<u64, Line>,
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
    desk: Workspace,
    now: i64,
    is_up: bool,
    talks: [Talk; CONVERSATIONS],
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

fn id(talk: usize) -> ConversationId {
    format!("c{talk}").as_str().into()
}

fn talk_of(id: &ConversationId) -> usize {
    (0..CONVERSATIONS)
        .find(|talk| self::id(*talk) == *id)
        .expect("one of the conversations")
}

fn refusal() -> Problem {
    Problem::of(fault::read(400, b"Agent does not exist in conversation"))
}

impl World {
    pub(super) fn new() -> Self {
        let talk = || Talk {
            is_assigned: true,
            ..Talk::default()
        };
        let mut world = Self {
            desk: Workspace::new(Availability::Online, BTreeMap::new()),
            now: 1_722_500_000_000,
            is_up: false,
            talks: [talk(), talk()],
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
            Happening::Types(pick, any) => self.act(Act::Writing {
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
        for effect in self.desk.step(event, Timestamp(self.now)) {
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
                    let shown = &mut self.talks[talk_of(&conversation)].shown;
                    shown.extend(lines.into_iter().map(|line| (line.number, line)));
                }
                Effect::Show(Shown::Conversation(held)) if held.role.is_none() => {
                    self.talks[talk_of(&held.id)].state = None;
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
        let at = talk_of(conversation);
        let is_in_view = self.in_view == Some(at);
        let talk = &mut self.talks[at];
        match event {
            request::Event::State(state) => {
                assert_ne!(talk.state, Some(*state), "chat states only on a change");
                talk.state = Some(*state);
            }
            request::Event::Accept { status, sequences } => {
                let is_read = *status == AcceptStatus::Read;
                assert!(
                    !is_read || is_in_view,
                    "read only what is in view: {what:?}"
                );
                for sequence in sequences {
                    let event = talk.truth.get(usize::try_from(*sequence).unwrap());
                    let is_theirs = event.is_some_and(|event| is_text(event) && by(event) == "ada");
                    assert!(is_theirs, "receipts for what the consumer wrote: {what:?}");
                    let receipt = (is_read, *sequence);
                    let is_first = talk.sent.insert(receipt);
                    let may_repeat =
                        talk.disturbed.contains(&receipt) || talk.refused.contains(&receipt);
                    assert!(is_first || may_repeat, "a receipt went out twice: {what:?}");
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, act: Act) {
        self.step(Event::Act(act));
    }

    fn say(&mut self, at: usize, private: bool) {
        self.written += 1;
        let text = format!("x{}", self.written);
        let message = Message::Text {
            text: text.clone(),
            replies: None,
        };
        self.act(Act::Say {
            conversation: id(at),
            message,
            private,
            metadata: None,
        });
        let talk = &mut self.talks[at];
        if talk.shown.values().any(|line| words(line) == Some(&text)) {
            talk.said.insert(text);
        }
    }

    fn look(&mut self, at: Option<usize>) {
        self.in_view = at;
        self.act(Act::Look(at.map(id)));
    }

    fn retry(&mut self) {
        for at in 0..CONVERSATIONS {
            let lines = self.talks[at].shown.values();
            let failed = lines.filter(|line| matches!(state(line), Some(Delivery::Failed { .. })));
            let failed: Vec<u64> = failed.map(|line| line.number).collect();
            for line in failed {
                let conversation = id(at);
                self.act(Act::Retry { conversation, line });
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
        for talk in &mut self.talks {
            talk.state = None;
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
            self.talks[at].disturbed.insert(receipt);
        }
    }

    fn kill(&mut self, taken: usize) {
        self.cut(taken);
        self.desk = Workspace::new(Availability::Online, BTreeMap::new());
        self.timers.clear();
        self.receipts.clear();
        self.in_view = None;
        self.is_up = false;
        for talk in &mut self.talks {
            talk.shown.clear();
            talk.state = None;
            // What had not reached the cloud is gone with the program.
            let truth = &talk.truth;
            talk.said
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
        let sequence = self.talks[at].truth.len();
        let (full, pid, role) = by;
        let event = json!({
            "sequence": sequence, "dialogId": id(at), "conversationId": id(at),
            "originatorId": full, "originatorPId": pid,
            "originatorMetadata": { "id": pid, "role": role },
            "serverTimestamp": self.now, "messageAudience": audience, "event": event,
        });
        self.talks[at].truth.push(event.clone());
        if self.is_up && self.talks[at].is_assigned {
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
        let all = self.talks[at].truth.iter().enumerate();
        let mine = all.filter(|(_, event)| is_text(event) && by(event) == FULL);
        let mine: Vec<usize> = mine.map(|(sequence, _)| sequence).collect();
        let status = if read { "READ" } else { "ACCEPT" };
        let event = json!({ "type": "AcceptStatusEvent", "status": status, "sequenceList": mine });
        self.happen(at, CONSUMER, &event, "ALL");
    }

    fn assign(&mut self, at: usize, on: bool) {
        self.talks[at].is_assigned = on;
        if self.is_up {
            let body = json!({ "subscriptionId": "open", "changes": [self.upsert(at)] });
            self.tell(".ams.aam.ExConversationChangeNotification", &body);
        }
    }

    fn upsert(&mut self, at: usize) -> Value {
        self.now += 1;
        let (agents, pids) = if self.talks[at].is_assigned {
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
                let at = talk_of(&dialog.as_str().into());
                let from = usize::try_from(*newer_than).unwrap();
                let truth = &self.talks[at].truth;
                Value::from(truth.get(from..).unwrap_or_default().to_vec())
            }
            Request::Publish { conversation, .. }
                if refuses || !self.talks[talk_of(conversation)].is_assigned =>
            {
                for (at, receipt) in receipts(&what) {
                    self.talks[at].refused.insert(receipt);
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
        let at = talk_of(conversation);
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
        for talk in &mut self.talks {
            talk.is_assigned = true;
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
        let lines = self.talks[at].lines().into_iter();
        lines.map(|line| line.place.sequence).collect()
    }

    /// What must have come of everything.
    pub(super) fn judge(&self) {
        for (at, talk) in self.talks.iter().enumerate() {
            talk.judge_lines();
            talk.judge_receipts(self.in_view == Some(at));
        }
    }
}

impl Talk {
    /// The lines of what was said, in the order of the screen.
    fn lines(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.shown.values().collect();
        lines.retain(|line| words(line).is_some());
        lines.sort_by_key(|line| line.place);
        lines
    }

    fn judge_lines(&self) {
        let (unplaced, placed): (Vec<&Line>, Vec<&Line>) = self
            .lines()
            .iter()
            .partition(|line| line.place.dialog == u32::MAX);
        let shown = placed
            .iter()
            .map(|line| (line.place.sequence, words(line).unwrap().to_owned()));
        let shown: Vec<(u64, String)> = shown.collect();
        let said = self.truth.iter().filter(|event| is_text(event));
        let said = said.map(|event| (sequence(event), text(event).to_owned()));
        let said: Vec<(u64, String)> = said.collect();
        assert_eq!(shown, said, "everything said is shown once and in order");
        let distinct: BTreeSet<&String> = said.iter().map(|(_, text)| text).collect();
        assert_eq!(
            distinct.len(),
            said.len(),
            "nothing is said twice: {said:?}"
        );
        for line in &unplaced {
            let has_failed = matches!(state(line), Some(Delivery::Failed { .. }));
            assert!(has_failed, "still on its way: {line:?}");
            let text = words(line).unwrap();
            assert!(!distinct.iter().any(|said| *said == text), "{text} arrived");
        }
        for said in &self.said {
            let lines = placed.iter().chain(&unplaced);
            let times = lines.filter(|line| words(line) == Some(said)).count();
            assert_eq!(times, 1, "{said} is shown, arrived or failed");
        }
        for line in placed
            .iter()
            .filter(|line| by(&self.truth[at(line)]) == FULL)
        {
            assert_eq!(
                state(line),
                Some(&self.reached(at(line))),
                "how far {line:?} has come"
            );
        }
    }

    /// How far an event of the agent's has come at the consumer's.
    fn reached(&self, at: usize) -> Delivery {
        let has = |status: &str| {
            let mut receipts = self.truth.iter().filter(|event| by(event) == "ada");
            receipts.any(|event| is_receipt(event, status, at))
        };
        if has("READ") {
            Delivery::Read
        } else if has("ACCEPT") {
            Delivery::Accepted
        } else {
            Delivery::Sent
        }
    }

    fn judge_receipts(&self, is_in_view: bool) {
        let all = self.truth.iter().enumerate();
        for (at, _) in all.filter(|(_, event)| is_text(event) && by(event) == "ada") {
            for (is_read, status) in [(false, "ACCEPT"), (true, "READ")] {
                let mine = self.truth.iter().filter(|event| by(event) == FULL);
                let times = mine.filter(|event| is_receipt(event, status, at)).count();
                let receipt = (is_read, u64::try_from(at).unwrap());
                assert!(times <= 1, "{status} of {at} came {times} times");
                let is_due = (is_in_view || !is_read) && !self.refused.contains(&receipt);
                // What is read needs no ACCEPT of its own.
                let is_known = times > 0 || (!is_read && self.is_read(at));
                assert!(is_known || !is_due, "{status} of {at} never came");
            }
        }
    }

    fn is_read(&self, at: usize) -> bool {
        let mut mine = self.truth.iter().filter(|event| by(event) == FULL);
        mine.any(|event| is_receipt(event, "READ", at))
    }
}

fn at(line: &Line) -> usize {
    usize::try_from(line.place.sequence).unwrap()
}

fn words(line: &Line) -> Option<&str> {
    match &line.body {
        Body::Said {
            content: Content::Text { text, .. },
            ..
        } => Some(text.as_str()),
        _ => None,
    }
}

fn state(line: &Line) -> Option<&Delivery> {
    match &line.body {
        Body::Said {
            mine: true,
            delivery,
            ..
        } => Some(delivery),
        _ => None,
    }
}

/// The receipts of a request: in which conversation, whether READ, for which number.
fn receipts(what: &Request) -> Vec<(usize, Receipt)> {
    let Request::Publish {
        conversation,
        event: request::Event::Accept { status, sequences },
        ..
    } = what
    else {
        return Vec::new();
    };
    let (at, is_read) = (talk_of(conversation), *status == AcceptStatus::Read);
    sequences
        .iter()
        .map(|sequence| (at, (is_read, *sequence)))
        .collect()
}

fn is_text(event: &Value) -> bool {
    event["event"]["type"] == "ContentEvent"
}

fn is_receipt(event: &Value, status: &str, of: usize) -> bool {
    let event = &event["event"];
    let list = event["sequenceList"].as_array();
    event["status"] == status && list.is_some_and(|list| list.contains(&json!(of)))
}

fn by(event: &Value) -> &str {
    event["originatorId"].as_str().unwrap()
}

fn sequence(event: &Value) -> u64 {
    event["sequence"].as_u64().unwrap()
}

fn text(event: &Value) -> &str {
    event["event"]["message"].as_str().unwrap()
}

fn says(event: &Value, words: &str) -> bool {
    is_text(event) && text(event) == words
}
