//! The desk against a cloud in miniature whose connection breaks at any moment: nothing said is
//! lost, nothing doubled, and everything stands in its order.

use std::collections::{BTreeMap, VecDeque};

use handset::domain::{
    content::Content,
    desk::{
        Desk,
        effect::{Effect, Shown},
        event::{Act, Event, Message},
        view::{Availability, Body, Delivery, Line},
    },
    ids::{ConversationId, RequestId},
    retry::Problem,
    text::SafeText,
    time::Timestamp,
    wire::ums::{
        frame::{self, Answer, Frame},
        request::{self, Request},
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

const ROOM: &str = "c1";
const FULL: &str = "1.7";
const PID: &str = "pid-7";

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Op {
    /// The consumer writes.
    Consumer,
    /// Another agent writes.
    Colleague,
    /// Whoever sits here writes.
    Say,
    /// The same, privately.
    Note,
    /// The cloud takes the next request.
    Take,
    /// The next frame arrives here.
    Arrive,
    /// The next frame arrives, and arrives again.
    ArriveTwice,
    /// Two frames change places on the way.
    Swap,
    /// The next frame is lost though the connection lives: a cloud that forgets to tell.
    Forget,
    /// The connection breaks; the cloud still takes so many of the requests under way.
    Break(usize),
    /// There is one again.
    Mend,
    /// The conversation is looked at, or not.
    Look(bool),
    /// Everything that failed is said again.
    Retry,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::Consumer),
        1 => Just(Op::Colleague),
        3 => Just(Op::Say),
        1 => Just(Op::Note),
        8 => Just(Op::Take),
        8 => Just(Op::Arrive),
        1 => Just(Op::ArriveTwice),
        1 => Just(Op::Swap),
        1 => Just(Op::Forget),
        1 => (0_usize..4).prop_map(Op::Break),
        2 => Just(Op::Mend),
        1 => any::<bool>().prop_map(Op::Look),
        1 => Just(Op::Retry),
    ]
}

/// On its way here.
enum Coming {
    Answer(RequestId, Value),
    Told(Value),
}

struct World {
    desk: Desk,
    now: i64,
    up: bool,
    /// The cloud's events of the dialog, by their numbers.
    truth: Vec<Value>,
    going: VecDeque<(RequestId, Request)>,
    coming: VecDeque<Coming>,
    shown: BTreeMap<u64, Line>,
    said: u32,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            desk: Desk::new(Availability::Online, BTreeMap::new()),
            now: 1_722_500_000_000,
            up: false,
            truth: Vec::new(),
            going: VecDeque::new(),
            coming: VecDeque::new(),
            shown: BTreeMap::new(),
            said: 0,
        };
        world.mend();
        world
    }

    fn step(&mut self, event: Event) {
        self.now += 10;
        for effect in self.desk.step(event, Timestamp(self.now)) {
            match effect {
                Effect::Ask { request, what } => self.going.push_back((request, what)),
                Effect::Show(Shown::Lines { lines, .. }) => {
                    for line in lines {
                        self.shown.insert(line.number, line);
                    }
                }
                _ => {}
            }
        }
    }

    fn act(&mut self, act: Act) {
        self.step(Event::Act(act));
    }

    fn mend(&mut self) {
        if !self.up {
            self.up = true;
            self.step(Event::Up {
                full: FULL.into(),
                pid: PID.into(),
            });
        }
    }

    fn lose(&mut self, taken: usize) {
        if !self.up {
            return;
        }
        for _ in 0..taken {
            self.take();
        }
        let mut lost: Vec<RequestId> = self.going.drain(..).map(|(request, _)| request).collect();
        for coming in self.coming.drain(..) {
            if let Coming::Answer(request, _) = coming {
                lost.push(request);
            }
        }
        for request in lost {
            let reason = SafeText::from("lost");
            let answer = Err(Problem::Uncertain { reason });
            self.step(Event::Answered { request, answer });
        }
        // What is asked while it breaks meets nobody.
        self.step(Event::Down);
        self.up = false;
        while let Some((request, _)) = self.going.pop_front() {
            let reason = SafeText::from("down");
            let answer = Err(Problem::Unreachable { reason });
            self.step(Event::Answered { request, answer });
        }
    }

    /// Something becomes an event of the dialog, and is told.
    fn happen(&mut self, by: (&str, &str, &str), event: &Value, audience: &str) -> usize {
        let sequence = self.truth.len();
        let (full, pid, role) = by;
        let event = json!({
            "sequence": sequence, "dialogId": ROOM, "conversationId": ROOM,
            "originatorId": full, "originatorPId": pid,
            "originatorMetadata": { "id": pid, "role": role },
            "serverTimestamp": self.now, "messageAudience": audience, "event": event,
        });
        self.truth.push(event.clone());
        if self.up {
            self.tell(".ams.ms.OnlineEventDistribution", &event);
        }
        sequence
    }

    fn tell(&mut self, kind: &str, body: &Value) {
        let frame = json!({ "kind": "notification", "type": kind, "body": body });
        self.coming.push_back(Coming::Told(frame));
    }

    fn text(&mut self, by: (&str, &str, &str)) {
        self.said += 1;
        let text = format!("x{}", self.said);
        let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text });
        self.happen(by, &event, "ALL");
    }

    /// The cloud takes the next request.
    fn take(&mut self) {
        let Some((request, what)) = self.going.pop_front() else {
            return;
        };
        let body = match &what {
            Request::Clock => json!({ "currentTime": self.now }),
            Request::Subscribe { open, .. } => {
                let name = if *open { "open" } else { "closed" };
                let answer = json!({ "subscriptionId": name });
                self.coming.push_back(Coming::Answer(request, answer));
                let changes = if *open { json!([upsert()]) } else { json!([]) };
                let body = json!({ "subscriptionId": name, "changes": changes });
                self.tell(".ams.aam.ExConversationChangeNotification", &body);
                return;
            }
            Request::Query { newer_than, .. } => {
                let from = usize::try_from(*newer_than).unwrap();
                Value::from(self.truth.get(from..).unwrap_or_default().to_vec())
            }
            Request::Publish {
                event: request::Event::State(_),
                ..
            } => json!({ "sequence": 0 }),
            Request::Publish { private, .. } => {
                self.publish(request, &what, *private);
                return;
            }
            _ => json!({}),
        };
        self.coming.push_back(Coming::Answer(request, body));
    }

    /// What is published becomes an event; its echo may overtake the answer.
    fn publish(&mut self, request: RequestId, what: &Request, private: bool) {
        let asker = request::Asker {
            account: "1".into(),
            full: FULL.into(),
        };
        let event = what.envelope("", &asker)["body"]["event"].clone();
        let audience = if private {
            "AGENTS_AND_MANAGERS"
        } else {
            "ALL"
        };
        let sequence = self.happen((FULL, PID, "ASSIGNED_AGENT"), &event, audience);
        let echo = self.coming.pop_back();
        let answer = Coming::Answer(request, json!({ "sequence": sequence }));
        if sequence.is_multiple_of(2) {
            self.coming.extend(echo);
            self.coming.push_back(answer);
        } else {
            self.coming.push_back(answer);
            self.coming.extend(echo);
        }
    }

    fn arrive(&mut self, times: usize) {
        match self.coming.pop_front() {
            Some(Coming::Answer(request, body)) => {
                let answer = Ok(Answer::from(body));
                self.step(Event::Answered { request, answer });
            }
            Some(Coming::Told(frame)) => {
                let Some(Frame::Told(told)) = frame::read(&frame.to_string()) else {
                    panic!("{frame}");
                };
                for _ in 0..times {
                    self.step(Event::Told(told.clone()));
                }
            }
            None => {}
        }
    }

    fn does(&mut self, op: Op) {
        let conversation = ConversationId::from(ROOM);
        match op {
            Op::Consumer => self.text(("ada", "ada", "CONSUMER")),
            Op::Colleague => self.text(("1.8", "pid-8", "MANAGER")),
            Op::Say | Op::Note => {
                self.said += 1;
                let text = format!("x{}", self.said);
                self.act(Act::Say {
                    conversation,
                    message: Message::Text {
                        text,
                        replies: None,
                    },
                    private: matches!(op, Op::Note),
                    metadata: None,
                });
            }
            Op::Take if self.up => self.take(),
            Op::Arrive => self.arrive(1),
            Op::ArriveTwice => self.arrive(2),
            Op::Swap if self.coming.len() > 1 => self.coming.swap(0, 1),
            Op::Forget => {
                if let Some(Coming::Told(frame)) = self.coming.front()
                    && frame["type"] == ".ams.ms.OnlineEventDistribution"
                {
                    self.coming.pop_front();
                }
            }
            Op::Break(taken) => self.lose(taken),
            Op::Mend => self.mend(),
            Op::Look(looks) => self.act(Act::Look(looks.then_some(conversation))),
            Op::Retry => {
                let failed: Vec<u64> = self
                    .shown
                    .values()
                    .filter(|line| matches!(state(line), Some(Delivery::Failed { .. })))
                    .map(|line| line.number)
                    .collect();
                for line in failed {
                    let conversation = conversation.clone();
                    self.act(Act::Retry { conversation, line });
                }
            }
            Op::Take | Op::Swap => {}
        }
    }

    /// Lets everything under way come to its end.
    fn rest(&mut self) {
        self.lose(0);
        self.mend();
        for _ in 0..100_000 {
            if self.going.is_empty() && self.coming.is_empty() {
                return;
            }
            self.take();
            self.arrive(1);
        }
        panic!("the desk asks for ever");
    }

    /// Compares what is shown with what is true.
    fn judge(&self) -> Result<(), TestCaseError> {
        let mut lines: Vec<&Line> = self.shown.values().collect();
        lines.sort_by_key(|line| line.place);
        let texts = |lines: &[&Line]| -> Vec<(u64, String)> {
            lines
                .iter()
                .filter_map(|line| match &line.body {
                    Body::Said {
                        content: Content::Text { text, .. },
                        ..
                    } => Some((line.place.sequence, text.as_str().to_owned())),
                    _ => None,
                })
                .collect()
        };
        let (unplaced, placed): (Vec<&Line>, Vec<&Line>) =
            lines.iter().partition(|line| line.place.dialog == u32::MAX);
        let truth: Vec<(u64, String)> = self
            .truth
            .iter()
            .filter(|event| event["event"]["type"] == "ContentEvent")
            .map(|event| {
                let text = event["event"]["message"].as_str().unwrap().to_owned();
                (event["sequence"].as_u64().unwrap(), text)
            })
            .collect();
        prop_assert_eq!(texts(&placed), truth.clone());
        for line in unplaced {
            prop_assert!(
                matches!(state(line), Some(Delivery::Failed { .. })),
                "{:?}",
                line
            );
            let (_, text) = texts(&[line]).remove(0);
            prop_assert!(
                truth.iter().all(|(_, said)| *said != text),
                "{text} arrived"
            );
        }
        Ok(())
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

fn upsert() -> Value {
    json!({ "type": "UPSERT", "result": { "convId": ROOM, "conversationDetails": {
        "convId": ROOM, "skillId": "-1", "state": "OPEN", "stage": "OPEN",
        "participants": { "CONSUMER": ["ada"], "ASSIGNED_AGENT": [FULL], "MANAGER": ["1.8"] },
        "participantsPId": { "CONSUMER": ["ada"], "ASSIGNED_AGENT": [PID], "MANAGER": ["pid-8"] },
        "dialogs": [ { "dialogId": ROOM, "dialogType": "MAIN", "channelType": "MESSAGING", "state": "OPEN" } ],
    } } })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn everything_said_is_shown_once_and_in_order(ops in prop::collection::vec(op(), 0..120)) {
        let mut world = World::new();
        for op in ops {
            world.does(op);
        }
        world.rest();
        world.judge()?;
    }
}

#[test]
fn of_a_long_conversation_the_last_lines_are_kept() {
    let mut world = World::new();
    for _ in 0..3000 {
        world.does(Op::Consumer);
    }
    world.shown.clear();
    world.rest();
    assert_eq!(world.shown.len(), 1000);
    let first = world.shown.values().map(|line| line.place.sequence).min();
    assert_eq!(first, Some(2000));
    // Receipts go out for those that are kept, and the desk goes on.
    world.does(Op::Consumer);
    world.rest();
    let last = world.shown.values().map(|line| line.place.sequence).max();
    assert!(last > Some(3000), "{last:?}");
}
