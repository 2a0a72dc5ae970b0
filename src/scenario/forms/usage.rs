//! How the usage of a form is read.

/// What may stand in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotKind {
    /// `SPAN`
    Span,
    /// `N`
    Number,
    /// `1-5`
    Stars,
    /// `WORD`
    Word,
    /// `WORD…`
    Words,
    /// `NAME`, `WHO`, `FILE`, `KEY`, `VALUE`: a word or a string in quotes.
    Name,
    /// `NAMES…`: one or more of these.
    Names,
    /// `"X"`
    Quoted,
    /// `"X"…`
    QuotedMany,
    /// `"TITLE"|#ID`
    Element,
    /// `#ID`
    Id,
    /// `/RE/`
    Regex,
    /// `JSON`
    Json,
    /// `"""JSON"""`
    Fence,
    /// `MATCH`: a waited-for text, to the end.
    Match,
    /// `TEXT`: a text, to the end.
    Text,
    /// `NAME=VALUE…`
    Pairs,
    /// `FACT`, `EVENT`, `STEP`, `SIGHT`: has forms of its own.
    Rest,
}

impl SlotKind {
    /// The kind of this slot, if it is one.
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "SPAN" => Self::Span,
            "N" => Self::Number,
            "1-5" => Self::Stars,
            "WORD" | "COLUMN" | "VAR" => Self::Word,
            "WORD…" => Self::Words,
            "NAME" | "WHO" | "FILE" | "KEY" | "VALUE" => Self::Name,
            "WORDS…" => Self::Names,
            "\"TITLE\"|#ID" => Self::Element,
            "#ID" => Self::Id,
            "/RE/" => Self::Regex,
            "JSON" => Self::Json,
            "\"\"\"JSON\"\"\"" => Self::Fence,
            "MATCH" => Self::Match,
            "TEXT" => Self::Text,
            "NAME=VALUE…" => Self::Pairs,
            "FACT" | "EVENT" | "STEP" | "SIGHT" => Self::Rest,
            quoted if quoted.starts_with('"') && quoted.ends_with("\"…") => Self::QuotedMany,
            quoted if quoted.starts_with('"') => Self::Quoted,
            _ => return None,
        })
    }

    /// What is written there, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Span => "a span of time like `10s`",
            Self::Number => "a number",
            Self::Stars => "a number from 1 to 5",
            Self::Word => "a name of letters, digits, `_` and `-`",
            Self::Words => "one or more words",
            Self::Name => "a word, or a text in quotes",
            Self::Names => "one or more words, or texts in quotes",
            Self::Quoted => "a text in quotes like `\"Add\"`",
            Self::QuotedMany => "one or more texts in quotes like `\"Yes\" \"No\"`",
            Self::Element => "a title in quotes like `\"Add\"`, or an id like `#carousel-blue-add`",
            Self::Id => "an id like `#carousel-blue-add`",
            Self::Regex => "a regular expression like `/[0-9]+/`",
            Self::Json => "a value of JSON like `503`, `true` or `\"open\"`",
            Self::Fence => "JSON between `\"\"\"` and `\"\"\"`",
            Self::Match | Self::Text => "a text",
            Self::Pairs => "values like `order=40417`",
            Self::Rest => "more words",
        }
    }
}

/// A part of a usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UsageItem {
    /// This word.
    Literal(&'static str),
    /// One of these words.
    Choice(Vec<&'static str>),
    /// What the kind says.
    Slot(SlotKind),
    /// May be left out.
    Optional(Vec<UsageItem>),
}

impl UsageItem {
    /// How many slots and choices it holds. A part that may be left out and has none counts itself:
    /// whether it is there.
    pub fn slots(&self) -> usize {
        match self {
            Self::Literal(_) => 0,
            Self::Choice(_) | Self::Slot(_) => 1,
            Self::Optional(items) => items.iter().map(Self::slots).sum::<usize>().max(1),
        }
    }

    /// What is written there, in words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Literal(word) => format!("`{word}`"),
            Self::Choice(words) => format!("one of `{}`", words.join("`, `")),
            Self::Slot(kind) => kind.in_words().to_owned(),
            Self::Optional(items) => items.first().map(Self::in_words).unwrap_or_default(),
        }
    }
}

/// The parts of a usage.
pub(crate) fn items(usage: &'static str) -> Vec<UsageItem> {
    let mut open: Vec<Vec<UsageItem>> = vec![Vec::new()];
    for word in usage.split(' ') {
        let inner = word.trim_start_matches('[');
        open.extend((0..word.len() - inner.len()).map(|_| Vec::new()));
        let bare = inner.trim_end_matches(']');
        let item = match SlotKind::of(bare) {
            Some(kind) => UsageItem::Slot(kind),
            None if bare.contains('|') => UsageItem::Choice(bare.split('|').collect()),
            None => UsageItem::Literal(bare),
        };
        if let Some(last) = open.last_mut() {
            last.push(item);
        }
        for _ in bare.len()..inner.len() {
            if let (Some(group), Some(outer)) = (open.pop(), open.last_mut()) {
                outer.push(UsageItem::Optional(group));
            }
        }
    }
    open.pop().unwrap_or_default()
}

/// A usage for people.
pub(crate) fn shown(usage: &str) -> String {
    usage.replace(" :", ":")
}
