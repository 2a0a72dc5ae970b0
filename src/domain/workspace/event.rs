//! Everything that can happen to an agent's workspace.

use crate::domain::{
    ids::{ParticipantId, RequestId, SkillId, TimerId},
    retry::Problem,
    text::SafeText,
    wire::ums::frame::{Answer, Notification},
    workspace::command::Command,
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// There is a connection, over which nothing was asked yet.
    Up {
        /// This agent, by full id.
        full: ParticipantId,
        /// The same by PID.
        pid: ParticipantId,
    },
    /// There is none any more.
    Down,
    /// What became of a request.
    Answered {
        /// Which.
        request: RequestId,
        /// What it brought.
        answer: Result<Answer, Problem>,
    },
    /// The cloud tells something.
    Told(Notification),
    /// It became known what people and skills are called.
    Named {
        /// By full id and by PID.
        people: Vec<(ParticipantId, SafeText)>,
        /// By id.
        skills: Vec<(SkillId, SafeText)>,
    },
    /// This agent asks for something.
    Command(Command),
    /// A timer ran out.
    Woke(TimerId),
}
