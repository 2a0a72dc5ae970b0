//! A conversation as a scenario: what the consumer did is done again, what others said is waited
//! for.
//!
//! [`Trace`] keeps of the wire what tells an act; `story` puts lines and acts in order, `taps`
//! finds clicks, `wording` loosens texts where they differ from run to run, `sights` tells cards
//! and files. What is here writes no file: the cards and files that go beside a scenario are named
//! in [`TalkFile`].

mod sights;
mod story;
mod taps;
mod trace;
mod usable;
mod volatile;
mod wording;

#[cfg(test)]
mod tests;

pub use trace::Trace;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde_json::Value;

use crate::{
    domain::{
        content::Content,
        ids::{DialogId, ItemId},
        line::{Delivery, Line, LineBody},
        role::{Author, Role},
        text::SafeText,
        time::Timestamp,
        wire::outbound::AcceptStatus,
    },
    export::{
        Talk,
        talk::{
            story::{Beat, Happened, story},
            taps::{Used, template, with_taps},
            wording::Wording,
        },
        words,
    },
    scenario::{
        print::Sheet,
        script::{Deed, Fact, Payload, StepKind, Timing},
    },
};

/// More messages of others in a row than this are counted instead of told.
const ROW: usize = 20;
/// A wait that took longer than this gets a deadline of its own.
const PATIENCE: Duration = Duration::from_secs(5);
/// Deadlines in seconds; a longer one is told in whole minutes.
const DEADLINES: [u64; 6] = [15, 20, 30, 45, 60, 90];
/// Letters of a title.
const TITLE: usize = 60;

/// All that a scenario is made of.
#[derive(Debug, Default)]
pub struct Recording {
    /// The lines of the conversation, in the phone's order.
    pub lines: Vec<Line>,
    /// Its wire, oldest first.
    pub traces: Vec<Trace>,
    /// Only what came after this; `None` is all of it.
    pub since: Option<Timestamp>,
    /// The folder that cards and files go to, as the scenario names it.
    pub folder: String,
}

/// A scenario, and what lies beside it.
#[derive(Debug, Default)]
pub struct TalkFile {
    /// The text of the scenario, in the form of `handset fmt`.
    pub text: String,
    /// Cards and files, by their names in the folder.
    pub beside: Vec<(String, Beside)>,
    /// What the reader of the scenario should know, in whole sentences.
    pub remarks: Vec<String>,
}

/// What lies beside a scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum Beside {
    /// A card, to be written as JSON.
    Card(Value),
    /// A file of this machine, to be copied.
    Copy(PathBuf),
}

/// Writes a conversation as a scenario; `None` when nothing was said or done in it.
pub fn compose(talk: &Talk, recording: &Recording) -> Option<TalkFile> {
    let beats = story(&recording.lines, &recording.traces, recording.since);
    if beats.is_empty() {
        return None;
    }
    let (beats, used) = with_taps(beats, &recording.lines);
    let first_name = talk.consumer.as_str().split_whitespace().next();
    let mut writer = TalkWriter {
        talk,
        sheet: Sheet::default(),
        wording: Wording::new(&talk.redactor, first_name.unwrap_or_default()),
        used,
        folder: &recording.folder,
        file: TalkFile::default(),
        anchor: beats.first().map_or(talk.began, |beat| beat.at),
        last_heard: None,
        counted: BTreeMap::new(),
    };
    let rows = long_rows(&beats);
    writer.head(&beats, !rows.is_empty(), recording.since.is_some());
    writer.look_ahead(&beats, &rows);
    writer.opening(&beats, recording.since.is_some());
    for (at, beat) in beats.iter().enumerate() {
        if let Some(row) = rows.iter().find(|row| row.contains(&at)) {
            writer.count(beat, at + 1 == row.end);
        } else {
            writer.beat(beat);
        }
    }
    Some(writer.finish())
}

/// Rows of messages of others that are too long to be told one by one.
fn long_rows(beats: &[Beat<'_>]) -> Vec<std::ops::Range<usize>> {
    let is_heard = |beat: &Beat<'_>| matches!(beat.what, Happened::Heard(_));
    let mut rows = Vec::new();
    let mut at = 0;
    for row in beats.chunk_by(|a, b| is_heard(a) == is_heard(b)) {
        if row.len() > ROW && row.first().is_some_and(is_heard) {
            rows.push(at..at + row.len());
        }
        at += row.len();
    }
    rows
}

struct TalkWriter<'a> {
    talk: &'a Talk,
    sheet: Sheet,
    wording: Wording<'a>,
    used: Used,
    folder: &'a str,
    file: TalkFile,
    /// When the last thing was over.
    anchor: Timestamp,
    /// The last message of others.
    last_heard: Option<ItemId>,
    /// How many messages each has sent.
    counted: BTreeMap<&'static str, usize>,
}

impl TalkWriter<'_> {
    fn head(&mut self, beats: &[Beat<'_>], has_long_rows: bool, is_part: bool) {
        let day = words::date(self.talk.began, &self.talk.zone);
        let version = env!("CARGO_PKG_VERSION");
        let source = self.talk.source();
        let told =
            format!("Recorded by handset {version} from a conversation of {day} with {source}.");
        self.sheet.comment(&SafeText::clean(&told).one_line());
        if is_part {
            self.sheet.comment(
                "It begins in the middle of a conversation: what was said before is not in it, so \
                 other messages are allowed.",
            );
        }
        if has_long_rows {
            self.sheet.comment(
                "Long rows of messages are counted, not told, so other messages are allowed.",
            );
        }
        let title = self.title(beats);
        self.sheet.line(&format!("title {title}"));
        if beats.iter().any(|beat| self.is_survey(beat)) {
            self.sheet.line("needs survey");
        }
        // A run begins at the beginning: what was said before the recording comes there too.
        if !has_long_rows && !is_part {
            self.sheet.line("extras fail");
        }
        self.sheet.line("");
    }

    /// The consumer's first words, else what the conversation was.
    fn title(&mut self, beats: &[Beat<'_>]) -> String {
        let said = beats.iter().find_map(|beat| match beat.what {
            Happened::Said(line, _) => line.content(),
            _ => None,
        });
        let words = said.map(|content| {
            words::lines(content)
                .iter()
                .map(SafeText::one_line)
                .collect()
        });
        let words: Vec<String> = words.unwrap_or_default();
        let clean = volatile::masked(&self.talk.redactor, &words.join(" ")).into_owned();
        let clean = clean.replace(['{', '}'], "");
        let clean: Vec<&str> = clean.split_whitespace().collect();
        let clean = clean.join(" ");
        match clean.char_indices().nth(TITLE) {
            _ if clean.is_empty() => "A recorded conversation".to_owned(),
            Some((end, _)) => format!("{}…", clean.get(..end).unwrap_or_default().trim_end()),
            None => clean,
        }
    }

    fn is_survey(&self, beat: &Beat<'_>) -> bool {
        let Happened::Heard(line) = beat.what else {
            return false;
        };
        matches!(&line.body, LineBody::Theirs { dialog, .. } if self.is_survey_dialog(dialog))
    }

    /// The MAIN dialog's id is the conversation's.
    fn is_survey_dialog(&self, dialog: &DialogId) -> bool {
        dialog.as_str() != self.talk.conversation.as_str()
    }

    /// Finds the values that others give and the consumer repeats.
    fn look_ahead(&mut self, beats: &[Beat<'_>], rows: &[std::ops::Range<usize>]) {
        let texts = beats.iter().enumerate().filter_map(|(at, beat)| {
            let (is_own, line) = match beat.what {
                Happened::Said(line, _) => (true, line),
                Happened::Heard(line) if !rows.iter().any(|row| row.contains(&at)) => (false, line),
                _ => return None,
            };
            match line.content()? {
                Content::Text { text, .. } if is_own || !is_automatic(line) => {
                    Some((is_own, text.as_str()))
                }
                _ => None,
            }
        });
        self.wording.look_ahead(texts);
    }

    /// `opens`, where others speak first.
    fn opening(&mut self, beats: &[Beat<'_>], is_part: bool) {
        let is_own = |beat: &&Beat<'_>| matches!(beat.what, Happened::Said(..));
        let opened = beats
            .iter()
            .position(|beat| matches!(beat.what, Happened::Opened));
        let from = beats.iter().skip(opened.map_or(0, |at| at + 1));
        let first = from.take_while(|beat| !is_own(beat));
        let others_first = first
            .filter(|beat| matches!(beat.what, Happened::Heard(_)))
            .count()
            > 0;
        let nobody_speaks = !beats.iter().any(|beat| is_own(&beat));
        match opened {
            Some(_) if others_first || nobody_speaks => self.did(Deed::Opens),
            None if others_first && !is_part => self.sheet.comment(
                "Somebody else opened this conversation; a run would have to wait for that.",
            ),
            _ => {}
        }
    }

    fn beat(&mut self, beat: &Beat<'_>) {
        match &beat.what {
            Happened::Said(line, metadata) => self.said(line, metadata.is_some()),
            Happened::Heard(line) => self.heard(line, self.deadline(beat.at)),
            Happened::Done(deed) => self.did(deed.clone()),
            Happened::Marked(item, status) => self.marked(*item, *status),
            Happened::Closed => self.step(StepKind::Deed {
                who: template("agent"),
                deed: Deed::Closes { with_survey: false },
                within: self.deadline(beat.at),
            }),
            Happened::Untold(what) => self
                .sheet
                .comment(&format!("Not in this scenario: {what}.")),
            // Told at the begin; and a click that is none by now.
            Happened::Opened | Happened::Clicked(..) => {}
        }
        self.anchor = self.anchor.max(beat.until);
    }

    fn step(&mut self, kind: StepKind) {
        self.sheet.put(kind, false);
    }

    fn did(&mut self, deed: Deed) {
        if matches!(deed, Deed::SendsRaw { .. }) {
            self.sheet
                .comment("The ids in this request are those of the recorded conversation.");
        }
        self.step(StepKind::Deed {
            who: template("me"),
            deed,
            within: None,
        });
    }

    fn marked(&mut self, item: Option<ItemId>, status: AcceptStatus) {
        if item.is_some() && item != self.last_heard {
            let status = status.as_str();
            let told = format!("Not in this scenario: {status} was told of an earlier message.");
            return self.sheet.comment(&told);
        }
        self.did(Deed::Marks(status));
    }

    fn said(&mut self, line: &Line, has_metadata: bool) {
        let (Some(content), LineBody::Mine { delivery, .. }) = (line.content(), &line.body) else {
            return;
        };
        if has_metadata {
            self.sheet
                .comment("Not in this scenario: the metadata that went along with this.");
        }
        match delivery {
            Delivery::Failed { reason, .. } => {
                let reason = SafeText::clean(&self.wording.masked(reason.as_str()).0).one_line();
                self.sheet
                    .comment(&format!("This did not go out: {reason}"));
            }
            Delivery::Queued | Delivery::Leaving => {
                self.sheet
                    .comment("This had not gone out when the conversation was written.");
            }
            Delivery::Taken
            | Delivery::Sent { .. }
            | Delivery::Accepted { .. }
            | Delivery::Read { .. } => {}
        }
        match content {
            Content::Text { text, .. } => {
                let text = self.masked(text.as_str());
                let text = self.wording.said(&text);
                self.line("me", None, Payload::Bare(text), false);
            }
            Content::File(file) => self.sends(file),
            // No phone sends these.
            Content::Rich { .. } | Content::Form { .. } => {}
        }
    }

    /// A text without its secrets; that there was one is said above it.
    fn masked(&mut self, text: &str) -> String {
        let (text, has_secret) = self.wording.masked(text);
        let text = text.into_owned();
        if has_secret {
            self.sheet
                .comment("What looked like a secret is … in the next line; `secret NAME from env VAR` can hold it.");
        }
        text
    }

    fn line(&mut self, who: &str, within: Option<Duration>, text: Payload, is_optional: bool) {
        let kind = StepKind::Line {
            who: template(who),
            timing: Timing {
                within,
                after: None,
            },
            text,
        };
        self.sheet.put(kind, is_optional);
    }

    fn heard(&mut self, line: &Line, within: Option<Duration>) {
        let (Some(content), Some(who)) = (line.content(), self.speaker(line)) else {
            return;
        };
        self.last_heard = Some(line.id);
        *self.counted.entry(who).or_default() += 1;
        let is_automatic = is_automatic(line);
        let within = within.filter(|_| !is_automatic);
        match content {
            Content::Text { text, .. } => {
                let text = self.masked(text.as_str());
                let text = self.wording.heard(&text, !is_automatic);
                self.line(who, within, text, is_automatic);
            }
            _ => self.sees(line.id, content, within, is_automatic),
        }
        self.offers(content, is_automatic);
    }

    /// Who said a line, as scenarios call them; `None` of the consumer's own.
    fn speaker(&self, line: &Line) -> Option<&'static str> {
        let LineBody::Theirs { author, dialog, .. } = &line.body else {
            return None;
        };
        Some(match author.role {
            Role::Controller => "system",
            Role::Manager => "manager",
            _ if self.is_survey_dialog(dialog) => "survey",
            Role::Agent => "bot",
            Role::AssignedAgent | Role::Reader => "agent",
            Role::Consumer | Role::Other(_) => "anyone",
        })
    }

    /// A message of a long row; at its end all of them are waited for at once.
    fn count(&mut self, beat: &Beat<'_>, is_last: bool) {
        if let Happened::Heard(line) = beat.what
            && let Some(who) = self.speaker(line)
        {
            *self.counted.entry(who).or_default() += 1;
            self.last_heard = Some(line.id);
        }
        if is_last {
            let within = self.deadline(beat.at);
            let counted = self.counted.clone().into_iter();
            for (who, count) in counted.filter(|(who, _)| *who != "system") {
                let who = template(who);
                let fact = Fact::Messages { count, who };
                self.step(StepKind::Expect { fact, within });
            }
            self.anchor = self.anchor.max(beat.until);
        }
    }

    /// The deadline of a wait that took this long; `None` where the usual one is plenty.
    fn deadline(&self, at: Timestamp) -> Option<Duration> {
        let took = at.since(self.anchor);
        if took <= PATIENCE {
            return None;
        }
        let wanted = took.as_secs() * 2;
        let seconds = DEADLINES
            .iter()
            .copied()
            .find(|deadline| *deadline >= wanted);
        Some(Duration::from_secs(
            seconds.unwrap_or_else(|| wanted.div_ceil(60) * 60),
        ))
    }

    fn finish(mut self) -> TalkFile {
        if self.wording.secrets > 0 {
            self.file.remarks.push(match self.wording.secrets {
                1 => "one text held what looks like a secret; it is … in the scenario".to_owned(),
                count => {
                    format!("{count} texts held what looks like a secret; it is … in the scenario")
                }
            });
        }
        self.file.text = self.sheet.text();
        self.file
    }
}

/// Whether a message is one of those the system sends by itself.
fn is_automatic(line: &Line) -> bool {
    matches!(
        &line.body,
        LineBody::Theirs {
            author: Author {
                role: Role::Controller,
                ..
            },
            ..
        }
    )
}

/// A text that is contained, as a pattern for what is seen.
fn contained(text: Payload) -> Payload {
    match text {
        Payload::Bare(template) => Payload::Quoted(template),
        other => other,
    }
}
