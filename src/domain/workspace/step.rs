//! One event to the part that owns it.

use crate::domain::{
    ids::RequestId,
    retry::Problem,
    time::Timestamp,
    wire::ums::frame::{Answer, Notification},
    workspace::{
        Workspace,
        effect::Effect,
        event::Event,
        state::{Alarm, Purpose},
    },
};

impl Workspace {
    /// Takes one event and says what to do about it.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Up { full, pid } => self.up(full, pid, &mut effects),
            Event::Down => self.down(),
            Event::Answered { request, answer } => {
                self.answered(request, answer, now, &mut effects);
            }
            Event::Told(told) => self.told(told, now, &mut effects),
            Event::Named { people, skills } => self.named(people, skills),
            Event::Command(command) => self.execute(command, now, &mut effects),
            Event::Woke(timer) => match self.alarms.remove(&timer) {
                Some(Alarm::Ring(ring)) => self.rings.retain(|rung| rung.id != ring),
                Some(Alarm::Pause(conversation)) => {
                    self.pause(&conversation, timer, now, &mut effects);
                }
                Some(Alarm::Typing(conversation)) => {
                    self.silent(&conversation, timer, &mut effects);
                }
                None => {}
            },
        }
        self.acknowledge(&mut effects);
        self.show(&mut effects);
        effects
    }

    fn told(&mut self, told: Notification, now: Timestamp, effects: &mut Vec<Effect>) {
        match told {
            Notification::Messages { messages, frame } => {
                for message in messages {
                    if let Some(message) = self.placed(message, &frame, effects) {
                        self.apply(message, now, effects);
                    }
                }
            }
            Notification::Conversations {
                subscription,
                changes,
            } => self.conversations(&subscription, changes, now, effects),
            Notification::Tasks(tasks) => {
                for task in &tasks {
                    self.task(task, now, effects);
                }
            }
            Notification::Availability(availability) => {
                effects.push(Effect::Availability(availability));
            }
            Notification::Unknown(_) => {}
        }
    }

    fn answered(
        &mut self,
        request: RequestId,
        answer: Result<Answer, Problem>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(purpose) = self.asked.remove(&request) else {
            return;
        };
        self.settle(request, effects);
        match purpose {
            Purpose::Clock => self.clock(answer, now, effects),
            Purpose::State => match answer {
                Ok(_) => effects.push(Effect::Availability(self.wanted)),
                Err(problem) => self.tell("change the agent's state", problem, effects),
            },
            Purpose::SubscribeState | Purpose::Courtesy => {}
            Purpose::Subscribe { open } => self.subscribed(open, answer, effects),
            Purpose::Tasks => {
                if let Err(problem) = answer {
                    self.tell("have conversations ring here", problem, effects);
                }
            }
            Purpose::Ring { ring } => self.ring_answered(&ring, answer, effects),
            Purpose::Query {
                conversation,
                dialog,
            } => self.queried(&conversation, &dialog, answer, now, effects),
            Purpose::Line { conversation, line } => {
                self.line_answered(&conversation, line, answer, now, effects);
            }
            Purpose::Receipt {
                conversation,
                dialog,
                status,
                sequences,
            } => {
                if let Err(problem) = answer {
                    self.unacknowledged(&conversation, &dialog, status, &sequences, &problem);
                }
            }
            Purpose::Profile(conversation) => self.profiled(&conversation, answer),
            Purpose::Change { tried, done } => match answer {
                Ok(_) => effects.extend(done.map(Effect::Remark)),
                Err(problem) => self.tell(tried, problem, effects),
            },
            Purpose::Farewell => {
                let waits = |purpose: &Purpose| *purpose == Purpose::Farewell;
                if !self.asked.values().any(waits) {
                    effects.push(Effect::Left);
                }
            }
        }
    }

    /// Something did not work. What fails with the connection is not worth a word of its own.
    pub(super) fn tell(
        &mut self,
        tried: &'static str,
        problem: Problem,
        effects: &mut Vec<Effect>,
    ) {
        if self.is_up {
            effects.push(Effect::Tell { tried, problem });
        }
    }
}
