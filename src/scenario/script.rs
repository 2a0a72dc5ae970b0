//! A scenario as it was read: the head, the scenes and their steps.
//!
//! Whether a line is said or waited for is not decided here: a cast may depend on a data row. So a
//! line keeps its payload as it was written, and the runner reads it by the cast.

mod acts;

use std::{collections::BTreeMap, time::Duration};

pub use acts::{
    CardPart, CardPartKind, Comparison, ConversationStage, Deed, Element, Fact, Handover, Hop,
    Reached, Sight, Signed, UnwantedEvent, WireKind,
};

/// A file with everything that it uses.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// The files it is made of, by the names they are told by: the scenario itself, then those it
    /// uses. A [`SourcePlace`] names one by its index.
    pub files: Vec<String>,
    /// `title`, empty without one.
    pub title: String,
    /// The words of `tags`, without the `@` that scenes write before them.
    pub tags: Vec<String>,
    /// What holds for every scene.
    pub head: ScriptHead,
    /// `rows`: the columns' names, and a map from them to a cell for each case.
    pub rows: Option<DataRows>,
    /// The scenes; a file without `scene` is one scene.
    pub scenes: Vec<Scene>,
}

/// The file and the line that something was read from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePlace {
    /// The index of the file in [`Script::files`].
    pub file: usize,
    /// The line, from 1.
    pub line: usize,
}

/// What a head says; a scene's own is over the file's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScriptHead {
    /// Who is played besides `me`.
    pub cast: Vec<Play>,
    /// The deadline of every wait that names none, and where that is said.
    pub within: Option<(Duration, SourcePlace)>,
    /// Whether a message nobody asked for is a failure (`extras fail`).
    pub extras_fail: Option<bool>,
    /// What there must be, else the scene is skipped.
    pub needs: Vec<String>,
    /// What must never come.
    pub never: Vec<Never>,
    /// `let`, in the order written.
    pub values: Vec<(String, Template)>,
    /// `secret NAME from env VAR`: the name and the variable.
    pub secrets: Vec<(String, String)>,
}

/// `play NAME [as consumer|agent] [from FILE]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// Where it is said.
    pub place: SourcePlace,
    /// Who: the name of a persona, or of an agent's login; may come from a data row.
    pub name: Template,
    /// As an agent; else as a consumer.
    pub is_agent: bool,
    /// The persona file that `from` names, beside the scenario.
    pub from: Option<Template>,
}

/// `never MATCH [from WHO]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Never {
    /// Where it is said.
    pub place: SourcePlace,
    /// The text that must never be said.
    pub text: Payload,
    /// From whom; from anyone when nobody is named.
    pub from: Option<Template>,
}

/// The data of `rows`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DataRows {
    /// Where it is said.
    pub place: SourcePlace,
    /// The columns, in the order written.
    pub columns: Vec<String>,
    /// The column that names a case; the first when none is named.
    pub key: String,
    /// One map from column to cell for each case.
    pub cases: Vec<BTreeMap<String, String>>,
}

/// A case, or as many as there are rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scene {
    /// The line of `scene`, or the first line of a file without one.
    pub place: SourcePlace,
    /// Its title; may name columns.
    pub title: Template,
    /// Its own tags, without the `@`.
    pub tags: Vec<String>,
    /// Its own head, over the file's.
    pub head: ScriptHead,
    /// What happens, in order.
    pub steps: Vec<ScriptStep>,
}

/// One thing that is done or waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptStep {
    /// The line it is read from; of a block the first line.
    pub place: SourcePlace,
    /// The line as it is written, without the blanks around it; of a block its first line.
    pub source: String,
    /// `maybe`: what may come and need not.
    pub is_optional: bool,
    /// What is done or waited for.
    pub kind: StepKind,
}

impl ScriptStep {
    /// The deadline that the step itself says.
    pub fn within(&self) -> Option<Duration> {
        match &self.kind {
            StepKind::Line { timing, .. } => timing.within,
            StepKind::Deed { within, .. }
            | StepKind::Sees { within, .. }
            | StepKind::Expect { within, .. } => *within,
            _ => None,
        }
    }
}

/// What a step is.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the form of a variant names its fields")]
pub enum StepKind {
    /// `NAME: TEXT`: said if the name is played, else waited for.
    Line {
        who: Template,
        timing: Timing,
        /// The text as it is written.
        text: Payload,
    },
    /// `NAME DEED`: done if the name is played, else waited for.
    Deed {
        who: Template,
        deed: Deed,
        /// The deadline where it is waited for.
        within: Option<Duration>,
    },
    /// `NAME sees SIGHT`: waited for, on this person's own screen.
    Sees {
        /// Who sees it; somebody who is played.
        who: Template,
        sight: Sight,
        within: Option<Duration>,
    },
    /// `expect FACT`.
    Expect {
        fact: Fact,
        within: Option<Duration>,
    },
    /// `no EVENT for SPAN`.
    No {
        /// What must not come.
        event: UnwantedEvent,
        during: Duration,
    },
    /// `any order … end`.
    AnyOrder(Vec<ScriptStep>),
    /// `if STEP … [else …] end`.
    If {
        /// A wait with a deadline of its own.
        condition: Box<ScriptStep>,
        /// What is done when it came.
        then: Vec<ScriptStep>,
        /// What is done when it did not.
        otherwise: Vec<ScriptStep>,
    },
    /// `use "FILE" [with NAME=VALUE…]`: the steps of another file.
    Use {
        /// Values for these steps.
        with: Vec<(String, Template)>,
        steps: Vec<ScriptStep>,
    },
    /// `sandbox WORDS…`: the words of `handset sandbox ctl`.
    Sandbox(Vec<Template>),
    /// `let NAME = VALUE` among the steps.
    Let { name: String, value: Template },
    /// `pause SPAN`.
    Pause(Duration),
    /// `pass SPAN`: the sandbox's clock goes on.
    Pass(Duration),
    /// `note TEXT`.
    Note(Template),
}

/// `within` and `after` of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// The deadline where the line is waited for.
    pub within: Option<Duration>,
    /// The delay where the line is said.
    pub after: Option<Duration>,
}

/// Text with values in it: `{me.first}`, `{env:VAR}`, `{?name:/re/}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template(pub Vec<TextPiece>);

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the form of a variant names its fields")]
pub enum TextPiece {
    /// As it is written; `{{` is one brace here.
    Text(String),
    /// `{path}`: a value by its name.
    Value(String),
    /// `{env:VAR}`.
    Env(String),
    /// `{?name}` or `{?name:/re/}`: what stands here is taken out under this name.
    Capture {
        name: String,
        /// What it must look like; anything when nothing is said.
        pattern: Option<String>,
    },
}

/// The text of a line as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the form of a variant names its fields")]
pub enum Payload {
    /// The rest of a line, or of several between `"""`. Waited for it must be contained, `…` stands for
    /// anything.
    Bare(Template),
    /// All of it one string in quotes; read like a bare one, with the blanks kept.
    Quoted(Template),
    /// `="…"`: the whole text, exactly.
    Exactly(Template),
    /// `/…/` or `/…/i`. A line of somebody who is played cannot be one.
    Regex {
        pattern: String,
        /// With `i` behind it.
        ignores_case: bool,
    },
}
