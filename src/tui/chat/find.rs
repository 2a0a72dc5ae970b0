//! Looking for words in a conversation: what is looked for, which line was found, and how the words
//! are marked where they stand.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::{
        ids::ItemId,
        line::{Line, Place},
        search::SearchWords,
    },
    tui::{
        chat::lines::Lines,
        text::{edit::Editor, hits},
        theme::styles::Styles,
    },
};

/// What is looked for in a conversation.
#[derive(Debug, Default)]
pub(crate) struct Find {
    pub(crate) field: Editor,
    words: SearchWords,
    /// How many of the words a line has to have.
    least: usize,
    /// The line that was found last.
    at: Option<ItemId>,
    stage: FindStage,
}

/// How far looking has come.
#[derive(Debug, Default, PartialEq, Eq)]
enum FindStage {
    #[default]
    Idle,
    /// The journal was asked for these words, by a question of this number.
    Asking(u64, String),
    /// There is no such line, or no further one.
    Nothing,
}

/// Where to look on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextHit {
    /// This line is at hand.
    Line(ItemId),
    /// It may be in the journal, before this place or after it.
    Beyond(Option<Place>),
    Nowhere,
}

impl Find {
    /// What a person begins to write.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Words of which no line may have all: those lines count that have the most of them.
    pub(crate) fn spread(text: &str, lines: &Lines) -> Self {
        let words = SearchWords::of(text);
        let counts = lines.iter().map(|line| words.count_in(line));
        Self {
            field: Editor::holding(text),
            least: counts.max().unwrap_or(0).max(1),
            words,
            ..Self::default()
        }
    }

    /// Looks for what stands in the field now; all words have to be in a line.
    pub(crate) fn edited(&mut self) {
        self.words = SearchWords::of(self.field.text());
        self.least = self.words.missing().len().max(1);
        self.at = None;
        // One question at a time: what is written meanwhile is asked for after the answer.
        if !self.is_asking() {
            self.stage = FindStage::Idle;
        }
    }

    /// Whether no line can be meant.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The next line that has the words, above the last one or below it; above all, or below all,
    /// when none was found yet.
    pub(crate) fn next(&self, lines: &Lines, up: bool) -> NextHit {
        if self.is_empty() {
            return NextHit::Nowhere;
        }
        let step = |line: &&Line| {
            if up {
                lines.before(line.place)
            } else {
                lines.after(line.place)
            }
        };
        let end = if up { lines.last() } else { lines.first() };
        let first = match self.at.and_then(|id| lines.get(id)) {
            Some(line) => step(&line),
            None => end.and_then(|place| lines.at(place)),
        };
        let mut candidates = std::iter::successors(first, step);
        if let Some(line) = candidates.find(|line| self.words.count_in(line) >= self.least) {
            return NextHit::Line(line.id);
        }
        let is_beyond = if up {
            lines.has_older()
        } else {
            lines.has_newer()
        };
        match (is_beyond, up) {
            (true, true) => NextHit::Beyond(lines.first()),
            (true, false) => NextHit::Beyond(lines.last()),
            (false, _) => NextHit::Nowhere,
        }
    }

    /// A line was found.
    pub(crate) fn found(&mut self, id: ItemId) {
        self.at = Some(id);
        self.stage = FindStage::Idle;
    }

    /// There is nothing more to be found.
    pub(crate) fn nothing(&mut self) {
        self.stage = FindStage::Nothing;
    }

    /// The journal was asked.
    pub(crate) fn asked_as(&mut self, ask: u64) {
        self.stage = FindStage::Asking(ask, self.field.text().to_owned());
    }

    pub(crate) fn awaits(&self, ask: u64) -> bool {
        matches!(self.stage, FindStage::Asking(awaited, _) if awaited == ask)
    }

    /// Whether the question under way is for other words than those written now.
    pub(crate) fn is_outdated(&self) -> bool {
        matches!(&self.stage, FindStage::Asking(_, words) if words != self.field.text())
    }

    pub(crate) fn is_asking(&self) -> bool {
        matches!(self.stage, FindStage::Asking(..))
    }

    /// The journal does not answer.
    pub(crate) fn give_up(&mut self) {
        self.stage = FindStage::Idle;
    }

    /// How it stands, for the end of the field's row.
    pub(crate) fn state(&self, next: &str, back: &str) -> String {
        match (&self.stage, self.at) {
            _ if self.is_empty() => format!("{back} goes back"),
            (FindStage::Asking(..), _) => "asking the journal".to_owned(),
            (FindStage::Nothing, None) => "not found".to_owned(),
            (FindStage::Nothing, Some(_)) => "no further one".to_owned(),
            (FindStage::Idle, _) => format!("{next} next · {back} back"),
        }
    }

    /// Marks the words wherever they stand on the rows of an area.
    pub(crate) fn mark(&self, area: Rect, styles: &Styles, buffer: &mut Buffer) {
        hits::mark(&self.words, area, styles.found, buffer);
    }
}
