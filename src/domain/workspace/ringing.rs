//! Rings, until they are taken, turned down or over.

use std::time::Duration;

use crate::domain::{
    ids::{ConversationId, ParticipantId, RequestId, SkillId},
    retry::Problem,
    text::SafeText,
    time::Timestamp,
    wire::ums::{
        frame::Answer,
        request::Request,
        ring::{self, Task},
    },
    workspace::{
        Workspace,
        effect::Effect,
        state::{Alarm, Purpose},
        view::Ring,
    },
};

/// Rings shown at once; more are not, and ring at others later.
const MOST_RINGS: usize = 100;
/// How long a ring lasts when nobody says; all captures have it.
const USUAL: Duration = Duration::from_secs(72);

/// A ring that waits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rung {
    pub(super) id: String,
    task: String,
    pub(super) conversation: ConversationId,
    consumer: Option<ParticipantId>,
    skill: SkillId,
    since: Timestamp,
    until: Timestamp,
    /// The answer that was given to it and is on its way.
    answering: Option<RequestId>,
}

impl Workspace {
    /// A routing task came or changed. What rings in it replaces what rang in it before.
    pub(super) fn task(&mut self, task: &Task, now: Timestamp, effects: &mut Vec<Effect>) {
        let is_of_task =
            |rung: &Rung| rung.task == task.id && rung.conversation == task.conversation;
        let waiting: Vec<&ring::Ring> = task
            .rings
            .iter()
            .filter(|ring| ring.is_waiting && !task.is_over)
            .collect();
        self.rings
            .retain(|rung| !is_of_task(rung) || waiting.iter().any(|ring| ring.id == rung.id));
        for ring in waiting {
            if self.rings.len() >= MOST_RINGS || self.rings.iter().any(|rung| rung.id == ring.id) {
                continue;
            }
            let lasts = ring.lasts.unwrap_or(USUAL);
            // The two clocks may be far apart, or one of them have been set: no ring lasts
            // longer than it is said to, and one that comes now is not over.
            let until = ring.until.map(|until| self.ours(until));
            let until = until
                .filter(|until| *until > now)
                .map_or(now.after(lasts), |until| until.min(now.after(lasts)));
            let conversation = self.conversations.get(&task.conversation);
            let since = conversation.and_then(|conversation| conversation.details.started);
            self.rings.push(Rung {
                id: ring.id.clone(),
                task: task.id.clone(),
                conversation: task.conversation.clone(),
                consumer: task.consumer.clone(),
                skill: task.skill.clone().unwrap_or_else(|| "-1".into()),
                since: since.map_or(now, |since| self.ours(since)),
                until,
                answering: None,
            });
            self.cleared.remove(&task.conversation);
            self.wake(until.since(now), Alarm::Ring(ring.id.clone()), effects);
            self.ask_profile(&task.conversation, effects);
        }
    }

    /// Takes a ring or turns it down.
    pub(super) fn answer_ring(&mut self, ring: &str, accepted: bool, effects: &mut Vec<Effect>) {
        let Some(at) = self.rings.iter().position(|rung| rung.id == ring) else {
            effects.push(Effect::Remark("it does not ring any more"));
            return;
        };
        if self
            .rings
            .get(at)
            .is_some_and(|rung| rung.answering.is_some())
        {
            return;
        }
        let what = Request::Ring {
            ring: ring.to_owned(),
            accepted,
        };
        let purpose = Purpose::Ring {
            ring: ring.to_owned(),
        };
        let request = self.ask(what, purpose, effects);
        if let Some(rung) = self.rings.get_mut(at) {
            rung.answering = Some(request);
        }
    }

    /// The cloud took the answer, or says that it does not ring any more. With the connection
    /// the ring is lost, and told again over the next one.
    pub(super) fn ring_answered(
        &mut self,
        ring: &str,
        answer: Result<Answer, Problem>,
        effects: &mut Vec<Effect>,
    ) {
        match answer {
            Err(problem) if problem.fault().is_none() => {
                for rung in self.rings.iter_mut().filter(|rung| rung.id == ring) {
                    rung.answering = None;
                }
                self.tell("answer a ring", problem, effects);
            }
            answer => {
                self.rings.retain(|rung| rung.id != ring);
                if let Err(problem) = answer {
                    self.tell("answer a ring", problem, effects);
                }
            }
        }
    }

    /// What rings, oldest first.
    pub(super) fn ring_view(&self) -> Vec<Ring> {
        let mut rings: Vec<Ring> = self.rings.iter().map(|rung| self.view_of(rung)).collect();
        rings.sort_by_key(|ring| ring.since);
        rings
    }

    fn view_of(&self, rung: &Rung) -> Ring {
        let conversation = self.conversations.get(&rung.conversation);
        let skill = conversation.map_or(&rung.skill, |conversation| &conversation.details.skill);
        Ring {
            id: rung.id.clone(),
            conversation: rung.conversation.clone(),
            consumer: match (conversation, &rung.consumer) {
                (Some(conversation), _) => self.consumer_name(conversation),
                (None, Some(consumer)) => self.people.name(consumer),
                (None, None) => SafeText::from("somebody"),
            },
            skill: self.people.skill(skill),
            since: rung.since,
            until: rung.until,
            is_transfer: conversation.is_some_and(|conversation| {
                let mut asked = conversation.details.suggested.iter();
                asked.any(|one| self.is_me(&one.full) || self.is_me(&one.pid))
            }),
            preview: conversation
                .map(|conversation| conversation.preview.clone())
                .unwrap_or_default(),
        }
    }
}
