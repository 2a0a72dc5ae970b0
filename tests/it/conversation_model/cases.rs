//! Cases in which the phone broke a promise once. A run that finds another one prints it in this
//! form.

use handset::domain::wire::outbound::ChatState::*;

use super::{
    Happening::{self, *},
    world::Luck::*,
};

/// What went wrong, and what had happened.
pub(super) const CASES: &[(&str, &[Happening])] = &[
    (
        "a chat state told by hand was forgotten without a word: the opening was refused",
        &[
            Tell(Composing),
            Answer(0, Refused, false),
            Attach,
            Answer(0, Good, false),
            Answer(0, Good, false),
            Tell(Active),
        ],
    ),
    (
        "a chat state told by hand was forgotten without a word, after a crash",
        &[
            Answer(0, Good, false),
            Crash(true),
            Wake(0, false),
            Tell(Gone),
            Wake(0, false),
            Answer(0, Refused, false),
            Submit { again: false },
            Attach,
            Take(0, false),
            Tell(Background),
            Attach,
            Tell(Background),
            Attach,
        ],
    ),
    (
        "m2 of c1 is not shown: its opening was answered after another opening was refused",
        &[
            Answer(0, Good, false),
            AgentOpens,
            Deliver(0, false),
            Attach,
            Take(3, false),
            Reply(0),
            Answer(1, AnswerLost, false),
            AgentCloses(2, false),
            AgentSays(1, true, false),
            Answer(1, Good, false),
            Lose(1),
            Submit { again: false },
            Answer(1, Good, false),
            Answer(5, Refused, false),
            Attach,
        ],
    ),
    (
        "a chat state was told twice: back from a conversation in which nothing was told",
        &[
            AgentOpens,
            Wake(0, false),
            Attach,
            Answer(0, Good, false),
            Deliver(0, false),
            End,
            Deliver(0, false),
            Deliver(0, false),
            Submit { again: false },
        ],
    ),
];
