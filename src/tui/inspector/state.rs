//! What is known of the phone in view, as rows of key and value: conversation,
//! participants, dialogs, tokens, link, persona.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::{
    domain::{
        conversation::details::{Details, DialogDetails},
        json::pretty,
        persona::Persona,
        time::Timestamp,
    },
    engine::update::{Link, Past, Token},
    ingress::status::Health,
    tui::{
        inspector::{
            json::{self, Ink},
            summary::one_line,
        },
        text::{
            clock,
            left::left,
            width::{top_with, width},
            wrap::wrapped,
        },
    },
};

/// Columns a key takes; a longer one is cut.
pub(crate) const KEY: usize = 15;

/// Runs of numbers told of a dialog, the newest; what lies before them is left out.
const RUNS: usize = 60;

/// Rows made of one value in JSON.
const JSON_ROWS: usize = 200;

/// A part of the state that can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Conversation,
    Participants,
    Dialogs,
    Tokens,
    Link,
    Persona,
}

impl Section {
    fn name(self) -> &'static str {
        match self {
            Self::Conversation => "Conversation",
            Self::Participants => "Participants",
            Self::Dialogs => "Dialogs",
            Self::Tokens => "Tokens",
            Self::Link => "Link",
            Self::Persona => "Persona",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StateRow {
    pub(crate) section: Section,
    /// Whether it is the heading of its section.
    pub(crate) heading: bool,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) ink: Ink,
    /// The whole value, to be copied.
    pub(crate) whole: String,
}

/// The rows with the one the keyboard stands on.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) rows: Vec<StateRow>,
    folded: BTreeSet<Section>,
    pub(crate) at: usize,
    pub(crate) top: usize,
}

/// What the rows are made of.
pub(crate) struct Known<'a> {
    pub(crate) past: Option<&'a Past>,
    pub(crate) details: Option<&'a Details>,
    pub(crate) persona: Option<&'a Persona>,
    pub(crate) tokens: Vec<&'a Token>,
    pub(crate) link: &'a Link,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
}

impl State {
    /// Makes the rows for so many columns, and brings the chosen one into view.
    pub(crate) fn prepare(&mut self, known: &Known<'_>, columns: u16, height: u16) {
        let room = usize::from(columns).saturating_sub(KEY + 3).max(8);
        let mut made = Made {
            rows: Vec::new(),
            folded: &self.folded,
            section: Section::Conversation,
            room,
        };
        made.all(known);
        self.rows = made.rows;
        self.at = self.at.min(self.rows.len().saturating_sub(1));
        self.top = top_with(self.top, self.at, self.rows.len(), height);
    }

    /// Folds the section of the chosen row, or unfolds it.
    pub(crate) fn fold(&mut self) {
        let Some(section) = self.rows.get(self.at).map(|row| row.section) else {
            return;
        };
        if !self.folded.remove(&section) {
            self.folded.insert(section);
        }
        let heading = |row: &StateRow| row.heading && row.section == section;
        self.at = self.rows.iter().position(heading).unwrap_or(0);
    }

    pub(crate) fn chosen(&self) -> Option<&StateRow> {
        self.rows.get(self.at)
    }
}

/// The points in time whose distance is told, past ones too.
pub(crate) fn deadlines<'a>(
    details: Option<&'a Details>,
    tokens: impl Iterator<Item = &'a Token>,
) -> Vec<Timestamp> {
    let ttr = details.and_then(|details| details.effective_ttr);
    tokens.filter_map(|token| token.until).chain(ttr).collect()
}

struct Made<'a> {
    rows: Vec<StateRow>,
    folded: &'a BTreeSet<Section>,
    section: Section,
    room: usize,
}

impl Made<'_> {
    /// Begins a section; false when it is folded.
    fn begin(&mut self, section: Section) -> bool {
        self.section = section;
        let folded = self.folded.contains(&section);
        let mark = if folded { "▸" } else { "▾" };
        self.rows.push(StateRow {
            section,
            heading: true,
            key: format!("{mark} {}", section.name()),
            value: String::new(),
            ink: Ink::Heading,
            whole: section.name().to_owned(),
        });
        !folded
    }

    fn inked(&mut self, key: &str, value: &str, ink: Ink) {
        let shown = one_line(value);
        self.push(&one_line(key), wrapped(&shown, self.room), ink, value);
    }

    /// The rows of one value; the key stands in the first of them.
    fn push(&mut self, key: &str, values: Vec<String>, ink: Ink, whole: &str) {
        for (at, value) in values.into_iter().enumerate() {
            self.rows.push(StateRow {
                section: self.section,
                heading: false,
                key: if at == 0 { key } else { "" }.to_owned(),
                value,
                ink,
                whole: whole.to_owned(),
            });
        }
    }

    fn say(&mut self, key: &str, value: &str) {
        self.inked(key, value, Ink::Plain);
    }

    /// Two values with a dot between them, or below each other where they do not fit on one row.
    fn pair(&mut self, key: &str, one: &str, other: &str) {
        let (one, other) = (one_line(one), one_line(other));
        let whole = format!("{one} · {other}");
        let rows = if width(&whole) <= self.room {
            vec![whole.clone()]
        } else {
            let rows = [one, other].map(|text| wrapped(&text, self.room));
            rows.concat()
        };
        self.push(&one_line(key), rows, Ink::Plain, &whole);
    }

    fn json(&mut self, key: &str, value: &Value) {
        let json = value.to_string();
        let rows = json::rows(&json, JSON_ROWS).into_iter();
        let texts = rows.map(|row| row.into_iter().map(|(_, text)| text).collect());
        self.push(key, texts.collect(), Ink::Value, &pretty(&json));
    }

    fn all(&mut self, known: &Known<'_>) {
        if self.begin(Section::Conversation) {
            match (known.past, known.details) {
                (Some(past), _) => self.past(past, known.zone),
                (None, Some(details)) => self.conversation(details, known),
                (None, None) => self.inked("", "there was none yet", Ink::Faint),
            }
        }
        if known.past.is_none()
            && let Some(details) = known.details
        {
            self.people(details);
            if self.begin(Section::Dialogs) {
                for dialog in &details.dialogs {
                    self.dialog(dialog);
                }
            }
        }
        if self.begin(Section::Tokens) {
            self.tokens(known);
        }
        if self.begin(Section::Link) {
            self.link(known.link, known.zone);
        }
        if let Some(persona) = known.persona
            && self.begin(Section::Persona)
        {
            self.persona(persona);
        }
    }

    fn past(&mut self, past: &Past, zone: &TimeZone) {
        self.say("conversationId", past.conversation.as_str());
        self.say("consumer", past.consumer.as_str());
        self.say("began", &moment(past.began, zone));
        self.say("lines", &past.lines.to_string());
        let rest = "of the past: the journal keeps its lines and its wire, not its state";
        self.inked("", rest, Ink::Faint);
    }

    fn conversation(&mut self, details: &Details, known: &Known<'_>) {
        self.say("conversationId", details.conversation.as_str());
        for (key, open) in [("state", details.main_open), ("stage", details.open)] {
            self.say(key, if open { "OPEN" } else { "CLOSE" });
        }
        if let Some(reason) = &details.close_reason {
            self.say("closeReason", reason.as_str());
        }
        match &details.skill {
            Some(skill) => self.say("skillId", skill.as_str()),
            None => self.inked("skillId", "not told", Ink::Faint),
        }
        match &details.ttr {
            Some(ttr) => self.say("ttr", &ttr.to_string()),
            None => self.inked("ttr", "not told", Ink::Faint),
        }
        match details.effective_ttr {
            Some(until) => {
                let (text, ink) = match left(until, known.now) {
                    Some(left) => (format!("{left} left"), Ink::Plain),
                    None => ("overdue".to_owned(), Ink::Bad),
                };
                let until = clock::seconds(until, known.zone);
                self.inked("effectiveTTR", &format!("{text}, until {until}"), ink);
            }
            None => self.inked("effectiveTTR", "the agent owes no answer", Ink::Faint),
        }
        match &details.csat {
            Some(csat) => self.say("csat", &csat.to_string()),
            None => self.inked("csat", "not rated", Ink::Faint),
        }
        if let Some(campaign) = &details.campaign {
            self.say("campaignInfo", &campaign.to_string());
        }
        let ink = if details.queued == 0 {
            Ink::Faint
        } else {
            Ink::Plain
        };
        self.inked("queued", &format!("{} of ours", details.queued), ink);
    }

    fn people(&mut self, details: &Details) {
        if !self.begin(Section::Participants) {
            return;
        }
        for (role, name, id) in &details.participants {
            let name = match name.as_str() {
                "" => id.clone(),
                name => {
                    self.pair(role.as_str(), name, id.as_str());
                    continue;
                }
            };
            self.say(role.as_str(), &name);
        }
        if details.participants.is_empty() {
            self.inked("", "nobody yet", Ink::Faint);
        }
    }

    fn dialog(&mut self, dialog: &DialogDetails) {
        let kind = if dialog.survey { "survey" } else { "main" };
        let open = if dialog.open { "open" } else { "closed" };
        self.pair(kind, open, dialog.id.as_str());
        let (map, whole) = sequence_map(dialog);
        self.inked("sequences", &map, good_if(whole));
    }

    fn tokens(&mut self, known: &Known<'_>) {
        for token in &known.tokens {
            let (text, ink) = match token.until {
                None => ("never expires".to_owned(), Ink::Plain),
                Some(until) => match left(until, known.now) {
                    Some(left) => {
                        let until = clock::seconds(until, known.zone);
                        (format!("{left} left, until {until}"), Ink::Good)
                    }
                    None => ("expired".to_owned(), Ink::Bad),
                },
            };
            self.inked(token.kind, &text, ink);
            if token.claims.is_null() {
                self.inked("", "opaque: it has no claims to show", Ink::Faint);
            } else {
                self.json("", &token.claims);
            }
        }
        if known.tokens.is_empty() {
            self.inked("", "none yet", Ink::Faint);
        }
    }

    fn link(&mut self, link: &Link, zone: &TimeZone) {
        match &link.listener {
            Some(place) => self.say("listener", place),
            None => self.inked("listener", "not serving", Ink::Bad),
        }
        if let Some(place) = &link.sandbox {
            self.say("sandbox", place);
        }
        match link.last_event {
            Some(at) => self.say("last event", &moment(at, zone)),
            None => self.inked("last event", "none yet", Ink::Faint),
        }
        for (key, indicator) in [
            ("tunnel", &link.ingress.tunnel),
            ("app install", &link.ingress.install),
        ] {
            if let Some(indicator) = indicator {
                let health = match indicator.health {
                    Health::Proved => Ink::Good,
                    Health::Waiting => Ink::Faint,
                    Health::Broken => Ink::Bad,
                };
                self.inked(key, &indicator.says, health);
            }
        }
        let told = format!("{} webhooks", link.refused);
        self.inked("refused", &told, good_if(link.refused == 0));
        if !link.turned_away.is_empty() {
            self.inked("turned away", &link.turned_away, Ink::Bad);
        }
    }

    fn persona(&mut self, persona: &Persona) {
        self.say("name", &persona.name);
        self.say("ext_consumer_id", persona.consumer.as_str());
        if !persona.about.is_empty() {
            self.say("about", &persona.about);
        }
        for (key, value) in [
            ("opening", serde_json::to_value(&persona.opening)),
            ("properties", serde_json::to_value(&persona.properties)),
            ("habits", serde_json::to_value(persona.habits)),
        ] {
            // What can be read from a file can be written as JSON.
            self.json(key, &value.unwrap_or_default());
        }
    }
}

fn good_if(good: bool) -> Ink {
    if good { Ink::Good } else { Ink::Bad }
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let day = clock::day(at, zone).map(clock::day_name);
    format!("{}, {}", day.unwrap_or_default(), clock::seconds(at, zone))
}

/// The numbers of a dialog that came by webhook, with the gaps between them; true when there is
/// none.
fn sequence_map(dialog: &DialogDetails) -> (String, bool) {
    let run = |first: u64, last: u64| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    let skipped = dialog.received.len().saturating_sub(RUNS);
    let shown = dialog.received.get(skipped..).unwrap_or_default();
    let mut parts = Vec::new();
    let mut next = Some(0);
    if skipped > 0 {
        parts.push(format!("… {skipped} runs"));
        next = shown.first().map(|(first, _)| *first);
    }
    let mut whole = skipped == 0;
    for (first, last) in shown {
        if let Some(wanted) = next.filter(|wanted| wanted < first) {
            parts.push(format!("·gap {}·", run(wanted, first - 1)));
            whole = false;
        }
        parts.push(run(*first, *last));
        next = last.checked_add(1);
    }
    if let Some(wanted) = next.filter(|wanted| *wanted <= dialog.top)
        && !(dialog.received.is_empty() && dialog.top == 0)
    {
        parts.push(format!("·gap {}·", run(wanted, dialog.top)));
        whole = false;
    }
    if parts.is_empty() {
        return ("none heard yet".to_owned(), true);
    }
    (parts.join(" "), whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(received: &[(u64, u64)], top: u64) -> (String, bool) {
        sequence_map(&DialogDetails {
            id: "d".into(),
            survey: false,
            open: true,
            top,
            received: received.to_vec(),
        })
    }

    #[test]
    fn two_values_leave_no_dot_at_the_end_of_a_row() {
        let rows = |room| {
            let mut made = Made {
                rows: Vec::new(),
                folded: &BTreeSet::new(),
                section: Section::Dialogs,
                room,
            };
            made.pair("main", "closed", "8d1b-b980");
            let rows = made.rows.into_iter().map(|row| (row.key, row.value));
            rows.collect::<Vec<_>>()
        };
        let own = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(rows(20), [own("main", "closed · 8d1b-b980")]);
        assert_eq!(rows(12), [own("main", "closed"), own("", "8d1b-b980")]);
    }

    #[test]
    fn the_map_of_sequences_names_its_gaps() {
        assert_eq!(map(&[], 0), ("none heard yet".to_owned(), true));
        assert_eq!(map(&[(0, 12)], 12), ("0-12".to_owned(), true));
        assert_eq!(
            map(&[(0, 4), (7, 12)], 13),
            ("0-4 ·gap 5-6· 7-12 ·gap 13·".to_owned(), false)
        );
        assert_eq!(map(&[(3, 3)], 3), ("·gap 0-2· 3".to_owned(), false));
        let many: Vec<(u64, u64)> = (0..100).map(|n| (2 * n, 2 * n)).collect();
        let (text, whole) = map(&many, 198);
        assert!(text.starts_with("… 40 runs 80 ·gap 81· 82 "), "{text}");
        assert!(!whole);
        assert!(map(&[(0, u64::MAX)], u64::MAX).1);
    }
}
