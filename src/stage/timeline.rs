//! The timeline of a show: what happens, one thing after the other.

use std::time::Duration;

use crate::{
    domain::{content::Content, rich::card::CardState, role::Role, text::SafeText},
    stage::typing::Stroke,
};

/// Everything that happens in a show, in its order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// The title of the scene.
    pub title: String,
    /// What happens, each so long after the one before.
    pub cues: Vec<TimedCue>,
    /// The steps of the scenario that show something.
    pub steps: Vec<TimelineStep>,
    /// The notes of the scenario, to which one can jump.
    pub chapters: Vec<Chapter>,
}

/// Something that happens, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedCue {
    /// The time after what happened before.
    pub gap: Duration,
    /// Whether the consumer does it: where the presenter's keys type, it waits for one.
    pub is_own: bool,
    /// What happens.
    pub cue: Cue,
}

/// A step of the scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineStep {
    /// Its line in the file.
    pub line: usize,
    /// The line as it is written.
    pub text: String,
    /// The index of the first thing that happens in it.
    pub first: usize,
}

/// A note: a caption on stage, a chapter of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// The words of the note.
    pub title: String,
    /// The index of its step.
    pub step: usize,
}

/// How far a message of the consumer's has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tick {
    /// The cloud has it.
    Sent,
    /// The other side has it.
    Accepted,
    /// The other side has seen it.
    Read,
}

/// Something that happens. A bubble has a number, counted from 0 over all lines of the show.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the form of a variant names its fields")]
pub enum Cue {
    /// The consumer writes a line, key by key.
    Write {
        /// The line as it is when it is written.
        graphemes: Vec<String>,
        /// The keys that write it, when nobody types by hand.
        strokes: Vec<Stroke>,
    },
    /// The consumer sends something; what is written is gone from the composer.
    Say { bubble: u32, content: Content },
    /// A message of the consumer's has come so far.
    Delivered { bubble: u32, tick: Tick },
    /// Somebody else says something.
    Show {
        bubble: u32,
        /// What they are called.
        name: SafeText,
        role: Role,
        content: Content,
    },
    /// A quiet line.
    Quiet { bubble: u32, text: SafeText },
    /// Who is typing; nobody any more.
    Typing(Option<SafeText>),
    /// Who has the conversation; nobody any more.
    Agent(Option<SafeText>),
    /// The conversation is closed.
    Close,
    /// The consumer has used a part of a card.
    Card { bubble: u32, state: CardState },
    /// A caption, which begins a chapter.
    Note(SafeText),
    /// Nothing for a while.
    Rest,
}

impl Cue {
    /// Whether it puts something on the phone that stays.
    pub(crate) fn is_seen(&self) -> bool {
        matches!(
            self,
            Self::Write { .. }
                | Self::Say { .. }
                | Self::Show { .. }
                | Self::Quiet { .. }
                | Self::Card { .. }
        )
    }
}

impl TimedCue {
    /// How long it takes, with the time before it.
    pub fn span(&self) -> Duration {
        let Cue::Write { strokes, .. } = &self.cue else {
            return self.gap;
        };
        self.gap + strokes.iter().map(|stroke| stroke.gap).sum::<Duration>()
    }
}

impl Timeline {
    /// How long everything from this index on takes, at the usual speed.
    pub fn span_from(&self, index: usize) -> Duration {
        self.cues.iter().skip(index).map(TimedCue::span).sum()
    }

    /// The step that the thing of this index belongs to.
    pub fn step_of(&self, index: usize) -> usize {
        let after = self.steps.partition_point(|step| step.first <= index);
        after.saturating_sub(1)
    }
}
