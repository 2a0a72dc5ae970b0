//! What is wrong in a scenario: a stable code, a place, and words.

use std::ops::Range;

use crate::scenario::script::SourcePlace;

/// Kinds of faults by their stable number; those past 100 are warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "`FaultKind::about` says what each is")]
pub enum FaultKind {
    TooLarge = 1,
    Unread = 2,
    Circle = 3,
    BadText = 4,
    BadSpan = 5,
    BadRows = 6,
    NoSuchWord = 7,
    WrongForm = 8,
    NotClosed = 9,
    NothingToClose = 10,
    Misplaced = 11,
    Twice = 12,
    KeywordAsName = 13,
    UnknownName = 14,
    WrongRole = 15,
    NoDeadline = 16,
    UnknownValue = 17,
    BadRegex = 18,
    Unsayable = 19,
    NoText = 20,
    NoSteps = 21,
    UnknownNeed = 22,
    UnusedCapture = 101,
    UnusedColumn = 102,
    LongPause = 103,
    HalfQuoted = 104,
    MatchesEverything = 105,
    LooksSecret = 106,
    SameKey = 107,
    NoEffect = 108,
}

impl FaultKind {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 30] = [
        Self::TooLarge,
        Self::Unread,
        Self::Circle,
        Self::BadText,
        Self::BadSpan,
        Self::BadRows,
        Self::NoSuchWord,
        Self::WrongForm,
        Self::NotClosed,
        Self::NothingToClose,
        Self::Misplaced,
        Self::Twice,
        Self::KeywordAsName,
        Self::UnknownName,
        Self::WrongRole,
        Self::NoDeadline,
        Self::UnknownValue,
        Self::BadRegex,
        Self::Unsayable,
        Self::NoText,
        Self::NoSteps,
        Self::UnknownNeed,
        Self::UnusedCapture,
        Self::UnusedColumn,
        Self::LongPause,
        Self::HalfQuoted,
        Self::MatchesEverything,
        Self::LooksSecret,
        Self::SameKey,
        Self::NoEffect,
    ];

    /// The code that reports and the reference tell: `T014`.
    pub fn code(self) -> String {
        format!("T{:03}", self as u16)
    }

    /// Whether the scenario can run in spite of it.
    pub fn is_warning(self) -> bool {
        self as u16 > 100
    }

    /// What it is about, in one sentence, for the reference.
    pub fn about(self) -> &'static str {
        match self {
            Self::TooLarge => "A file, a table, or the depth of blocks is past its bound.",
            Self::Unread => "A file that the scenario names cannot be read.",
            Self::Circle => "A file uses itself, directly or through other files.",
            Self::BadText => "A brace, a string in quotes or a `\\` in a text is not well-formed.",
            Self::BadSpan => "A span of time is not written like `500ms`, `10s`, `1m30s` or `2h`.",
            Self::BadRows => "The table of `rows` has a fault: columns, cells or the key.",
            Self::NoSuchWord => "No line, deed, sight or fact begins with this word.",
            Self::WrongForm => "The words of a line do not follow its form.",
            Self::NotClosed => "A block has no `end`, or a text of several lines no `\"\"\"`.",
            Self::NothingToClose => "An `end` or `else` belongs to no block.",
            Self::Misplaced => "A line stands where it cannot stand.",
            Self::Twice => "Something is said twice that can be said once.",
            Self::KeywordAsName => "A word of the language is used as a name.",
            Self::UnknownName => "Nobody of this name is in the cast.",
            Self::WrongRole => "A consumer does what only agents do, or the other way round.",
            Self::NoDeadline => "The condition of an `if` has no `within`.",
            Self::UnknownValue => {
                "A value in braces is no column, capture, `let` or built-in value."
            }
            Self::BadRegex => "A regular expression is not well-formed, or too large.",
            Self::Unsayable => "A text that is said has a regular expression or a capture in it.",
            Self::NoText => "A line has no text.",
            Self::NoSteps => "A scene, or a file, has no steps.",
            Self::UnknownNeed => "A word of `needs` is none that handset can look for.",
            Self::UnusedCapture => "A value is taken out of a text and never used.",
            Self::UnusedColumn => "A column of `rows` is never used.",
            Self::LongPause => "A fixed pause past 2 s; waiting for something is safer.",
            Self::HalfQuoted => "A text begins with a quote but is not one string in quotes.",
            Self::MatchesEverything => "A regular expression matches every text.",
            Self::LooksSecret => "A text looks like a secret; `secret NAME from env VAR` hides it.",
            Self::SameKey => "Two rows have the same key, so that reports cannot tell them apart.",
            Self::NoEffect => "A word of a line does nothing there.",
        }
    }
}

/// Something in a scenario that is wrong, or looks wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its kind, with the code that the reference page explains.
    pub kind: FaultKind,
    /// The file and line where it stands.
    pub place: SourcePlace,
    /// From which to which column of the line, in characters, counted from 0.
    pub columns: Range<usize>,
    /// What is wrong, in one sentence.
    pub words: String,
    /// What to write below the place; may be empty.
    pub label: String,
    /// What to do; may be empty.
    pub help: String,
}

impl Fault {
    pub(crate) fn new(
        kind: FaultKind,
        (place, columns): (SourcePlace, Range<usize>),
        words: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            place,
            columns,
            words: words.into(),
            label: String::new(),
            help: String::new(),
        }
    }

    pub(crate) fn set_label(&mut self, label: impl Into<String>) {
        self.label = label.into();
    }

    pub(crate) fn set_help(&mut self, help: impl Into<String>) {
        self.help = help.into();
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}
