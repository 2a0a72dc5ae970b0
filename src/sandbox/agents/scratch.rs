//! What Riley keeps about a conversation, so that a later run goes on where this one stopped.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    domain::ids::{ParticipantId, Sequence},
    sandbox::{agents::planner::AnswerStep, model::dialog::Event},
};

/// What is kept; agents who come after another find the other's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Scratch {
    /// The latest message that was answered to the end.
    pub answered: Option<Sequence>,
    /// What the next message may follow on.
    pub topic: Option<String>,
    pub by: Option<ParticipantId>,
    /// How many messages that agent had said by then.
    pub said: usize,
}

impl Scratch {
    /// What was kept; nothing, when it cannot be read.
    pub(crate) fn read(kept: Option<Value>) -> Self {
        kept.and_then(|kept| serde_json::from_value(kept).ok())
            .unwrap_or_default()
    }

    pub(crate) fn written(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// How many messages of an unfinished answer were said already, of `said` in all.
    pub(crate) fn left_off(&self, agent: &ParticipantId, said: usize) -> usize {
        if self.by.as_ref() == Some(agent) {
            said.saturating_sub(self.said)
        } else {
            0
        }
    }
}

/// How many messages an agent has said, of those that are still known.
pub(crate) fn said_by(agent: &ParticipantId, events: &[impl AsRef<Event>]) -> usize {
    let is_said = |event: &&Event| event.author.id == *agent && event.is_content();
    events.iter().map(AsRef::as_ref).filter(is_said).count()
}

/// Takes the steps of an answer away up to the last message that was said already.
pub(crate) fn skip_said(steps: &mut VecDeque<AnswerStep>, said: usize) {
    for _ in 0..said {
        while let Some(step) = steps.pop_front() {
            if step.says() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::sandbox::model::publication::Publication;

    #[test]
    fn the_scratch_of_another_agent_or_an_older_one_leaves_nothing_out() {
        let (riley, sam) = (ParticipantId::from("riley"), ParticipantId::from("sam"));
        let scratch = Scratch {
            answered: Some(4),
            topic: None,
            by: Some(riley.clone()),
            said: 3,
        };
        let read = Scratch::read(Some(scratch.written()));
        assert_eq!(read, scratch);
        assert_eq!(read.left_off(&riley, 5), 2);
        assert_eq!(read.left_off(&riley, 2), 0);
        assert_eq!(read.left_off(&sam, 5), 0);
        let older = Scratch::read(Some(json!({ "answered": 7, "topic": "order" })));
        assert_eq!(older.answered, Some(7));
        assert_eq!(older.left_off(&riley, 5), 0);
        assert_eq!(Scratch::read(Some(json!("scribble"))), Scratch::default());
    }

    #[test]
    fn what_was_said_is_skipped_and_the_rest_is_not() {
        let say = |text: &str| AnswerStep::Publish(Publication::text(text).into());
        let steps = [
            AnswerStep::Wait(Duration::ZERO),
            say("one"),
            AnswerStep::Join,
            say("two"),
            AnswerStep::Wait(Duration::ZERO),
            say("three"),
        ];
        let left = |said: usize| {
            let mut steps = VecDeque::from(steps.clone());
            skip_said(&mut steps, said);
            steps.len()
        };
        assert_eq!(
            [left(0), left(1), left(2), left(3), left(9)],
            [6, 4, 2, 0, 0]
        );
    }
}
