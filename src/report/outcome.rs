//! What became of a run: files, scenes, steps, and what was seen meanwhile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::domain::content::Content;

/// What became of all scenes that one command ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The version of handset that ran it.
    pub handset: String,
    /// What the run was.
    pub run: RunFacts,
    /// How many scenes ended how.
    pub totals: Totals,
    /// The files, in the order they were run.
    pub files: Vec<FileReport>,
}

impl RunReport {
    /// Whether all was run, something passed and nothing went wrong.
    pub fn is_ok(&self) -> bool {
        self.totals.is_ok() && self.run.ended_early.is_none()
    }
}

/// When, where and with what seed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Unguessable, or made from the seed.
    pub id: String,
    /// UTC, RFC 3339 with milliseconds.
    pub started: String,
    /// The same when it ended.
    pub ended: String,
    /// From the start to the end.
    pub duration_ms: u64,
    /// `--seed`, or the one drawn.
    pub seed: u64,
    /// The name of this machine.
    pub host: String,
    /// `sandbox`, or the account.
    pub cloud: String,
    /// `fast` when idle time was jumped over: then offsets and deadlines in the scenes are in the
    /// sandbox's time; else `real`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time: String,
    /// The profile, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The command line that does the whole run again, seed and all, without any secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Why the run ended before all of its scenes were run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_early: Option<String>,
}

/// How many scenes ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Scenes whose every step held.
    pub passed: usize,
    /// A step did not.
    pub failed: usize,
    /// Not the scenario's fault.
    pub errors: usize,
    /// Scenes that were not run.
    pub skipped: usize,
}

impl Totals {
    /// Counts the scenes of these files.
    pub fn of(files: &[FileReport]) -> Self {
        let mut totals = Self::default();
        for scene in files.iter().flat_map(|file| &file.scenes) {
            totals.add(&scene.outcome);
        }
        totals
    }

    /// Counts one scene more.
    pub fn add(&mut self, outcome: &SceneOutcome) {
        match outcome {
            SceneOutcome::Passed => self.passed += 1,
            SceneOutcome::Failed { .. } => self.failed += 1,
            SceneOutcome::Error { .. } => self.errors += 1,
            SceneOutcome::Skipped { .. } => self.skipped += 1,
        }
    }

    /// How many scenes there are.
    pub fn all(self) -> usize {
        self.passed + self.failed + self.errors + self.skipped
    }

    /// Whether something was run and nothing of it went wrong.
    pub fn is_ok(self) -> bool {
        self.failed == 0 && self.errors == 0 && self.passed > 0
    }
}

/// What became of the scenes of one `*.talk` file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// As it was named, with `/`.
    pub path: String,
    /// Its title; empty without one.
    #[serde(default)]
    pub title: String,
    /// Its scenes, and a scene once for each data row.
    pub scenes: Vec<SceneReport>,
    /// The path from the root of the git repository of every file that is named in here, by that
    /// name; a file that is missing lies where its name says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from_root: BTreeMap<String, String>,
}

impl FileReport {
    /// The path of a file named in here, from the root of the git repository.
    pub fn path_from_root<'a>(&'a self, name: &'a str) -> &'a str {
        self.from_root.get(name).map_or(name, String::as_str)
    }
}

/// What became of one scene, with one data row where there are some.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SceneReport {
    /// Its title, values put in; the file's where the scene has none, and else the file's name.
    pub title: String,
    /// Its tags and the file's.
    pub tags: Vec<String>,
    /// The key of its data row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The line it begins on.
    pub line: usize,
    /// Whether the scene passed, and why not.
    pub outcome: SceneOutcome,
    /// UTC, RFC 3339 with milliseconds; empty when it was not run.
    pub started: String,
    /// How long it took.
    pub duration_ms: u64,
    /// Its seed, when it is another than the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The steps that were begun, in order.
    pub steps: Vec<StepReport>,
    /// What was seen, in order of its arrival; bounded, see `unseen`.
    pub seen: Vec<Seen>,
    /// How many more were seen than are listed.
    #[serde(default)]
    pub unseen: usize,
    /// The cloud's ids of its conversations, by the consumer's name.
    pub conversations: BTreeMap<String, String>,
    /// What was kept of it: a kind (`html`, `har`, `wire`) and the path of the file.
    pub artifacts: BTreeMap<String, String>,
    /// Requests and webhooks in full with their answers, as text without secrets, by the wire
    /// entry's number; empty when they are not kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wire: BTreeMap<u64, String>,
}

impl SceneReport {
    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            SceneOutcome::Failed { failure } => Some(failure),
            _ => None,
        }
    }
}

/// How a scene ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SceneOutcome {
    /// Every step of the scene held.
    #[default]
    Passed,
    /// A step did not.
    Failed {
        /// The step that failed, and why.
        failure: Failure,
    },
    /// Not the scenario's fault: no token, no listener.
    Error {
        /// Why it was not judged, in words.
        why: String,
        /// A fault of handset's own; else of its surroundings.
        is_internal: bool,
    },
    /// It was not run.
    Skipped {
        /// Why it was not judged, in words.
        why: String,
    },
}

/// What kind of failure it is. The words are those of the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It had not come by its deadline.
    Late,
    /// Something else came in its place.
    Mismatch,
    /// It cannot come any more: the conversation is closed, the person has left.
    Impossible,
    /// Something came that must not.
    Forbidden,
    /// A message came that nobody waited for, with `extras fail`.
    LeftOver,
    /// A fact does not hold.
    Assert,
}

impl FailureKind {
    /// As reports write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Mismatch => "mismatch",
            Self::Impossible => "impossible",
            Self::Forbidden => "forbidden",
            Self::LeftOver => "left-over",
            Self::Assert => "assert",
        }
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The word that reports sort failures by.
    pub kind: FailureKind,
    /// One line: `late: no message with "arrives tomorrow" within 10 s (line 9)`.
    pub message: String,
    /// The file of the step, when it is another than the scenario's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of the step that failed.
    pub line: usize,
    /// Where the deadline was set, when that is another line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_line: Option<usize>,
    /// What was waited for, in words.
    pub expected: String,
    /// What was there instead, each in words.
    pub was: Vec<String>,
    /// How much later than the deadline it came after all, while the scene ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_by_ms: Option<u64>,
    /// The hops of our last message where they say something, as `sent +18 ms`.
    #[serde(default)]
    pub hops: Vec<HopReport>,
}

/// One hop of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HopReport {
    /// `sent`, `echo`, `accepted`, `read`.
    pub name: String,
    /// After the sending; `None` when it was not seen.
    pub after_ms: Option<u64>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Done, or it came.
    #[default]
    Passed,
    /// It did not do or bring what it says.
    Failed,
    /// `maybe`, and it did not come; or the other branch of an `if`.
    Skipped,
}

/// What became of one step of a scene.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Its file, when it is another than the scenario's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of the step, from 1.
    pub line: usize,
    /// As it is written.
    pub text: String,
    /// `line`, `deed`, `sees`, `expect`, `no`, `note` and so on.
    pub kind: String,
    /// How deep it stands in blocks, from 0.
    #[serde(default)]
    pub depth: usize,
    /// Whether the step held.
    pub outcome: StepOutcome,
    /// When it ended, after the beginning of the scene.
    pub at_ms: u64,
    /// What it matched, in words: the message, the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Matched>,
}

/// What a step matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// The index in [`SceneReport::seen`], where it is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<usize>,
    /// The wire entry's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}

/// What kind of thing was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenKind {
    /// A message of somebody we play.
    Said,
    /// A message of somebody else.
    Heard,
    /// A quiet line: joined, left, closed.
    Quiet,
    /// A request of ours with its answer.
    Call,
    /// A webhook that came in.
    Hook,
    /// A receipt, typing, a state.
    State,
}

/// One thing that was seen while the scene ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// After the beginning of the scene.
    pub at_ms: u64,
    /// Whether it was said, heard, sent or received.
    pub kind: SeenKind,
    /// Whose log it is from, by the cast's name.
    pub whose: String,
    /// Who said it, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// In one line: `→ POST send  ms.PublishEvent  503 (fault)`, or the text of the message.
    pub text: String,
    /// The wire entry's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The line of the step that waited for it or did it; `None` when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The message itself, where it is more than a text: a card, a file, quick replies.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "without_local_path"
    )]
    pub content: Option<Content>,
}

#[expect(clippy::ref_option, reason = "serde hands the field itself over")]
/// Writes a message without the place of its file on this machine.
fn without_local_path<S: Serializer>(
    content: &Option<Content>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match content {
        Some(Content::File(file)) if file.local.is_some() => {
            let mut file = file.clone();
            file.local = None;
            Some(Content::File(file)).serialize(serializer)
        }
        content => content.serialize(serializer),
    }
}
