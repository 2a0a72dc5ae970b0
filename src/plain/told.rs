//! The lines of one conversation as they are told: each once, messages with a number, receipts in
//! one sentence when that can be, the newest choices by their numbers.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    time::Duration,
};

use jiff::tz::TimeZone;

use crate::{
    domain::{
        content::Content,
        ids::ItemId,
        line::{Delivery, Line, LineBody},
        rich::card::CardState,
        time::Timestamp,
    },
    plain::words::{
        Say,
        card::NumberedPart,
        message::{self, MessageManner, ReceiptStage, receipt},
    },
    tui::{chat::cards::Cards, text::clock},
};

/// What comes within this time of SEND's answer is told with it.
const COLLAPSED: Duration = Duration::from_secs(1);
/// Lines kept; `/again` and `/json` reach no further back.
const KEPT: usize = 1000;
/// Messages of others that count as on the screen, the newest.
const SHOWN: usize = 64;

/// How things are told.
pub(crate) struct PlainSpeech {
    /// How much is told.
    pub(crate) say: Say,
    /// The time zone of the times.
    pub(crate) zone: TimeZone,
    /// Tells how many bytes a file on this machine has.
    pub(crate) size_of: fn(&Path) -> Option<u64>,
}

/// What of a message of ours is still to be told.
#[derive(Debug, Default)]
struct OwedReceipt {
    told: ReceiptStage,
    due: Option<Timestamp>,
}

/// The newest message with something to use, and that by its numbers.
pub(crate) type Choices = (ItemId, Vec<(NumberedPart, String)>);

/// The lines of one conversation.
#[derive(Default)]
pub(crate) struct ToldLines {
    numbers: HashMap<ItemId, u32>,
    messages: BTreeMap<u32, Line>,
    quiet: BTreeSet<ItemId>,
    last: u32,
    /// Came while the conversation was not in view.
    waiting: Vec<Line>,
    receipts: BTreeMap<ItemId, OwedReceipt>,
    /// The message that was told last.
    newest: Option<ItemId>,
    /// What was chosen and told so: the message that only repeats it is not told.
    pub(crate) echo: Option<String>,
    /// What was done with cards.
    pub(crate) cards: Cards,
    /// The newest choices, and whether one of them was sent.
    pub(crate) choices: Option<Choices>,
    /// The messages of others that were told, the newest last.
    pub(crate) shown: Vec<ItemId>,
}

impl ToldLines {
    /// Takes a line of an earlier run in, which is not told.
    pub(crate) fn keep(&mut self, line: Line) {
        match line.body {
            LineBody::Quiet { .. } => {
                self.quiet.insert(line.id);
            }
            _ => {
                self.number(line);
            }
        }
    }

    /// Takes a line in, new or changed; gives what is told of it. What is not in view waits.
    pub(crate) fn hear(
        &mut self,
        line: Line,
        speech: &PlainSpeech,
        is_in_view: bool,
    ) -> Vec<String> {
        let id = line.id;
        let is_new = match &line.body {
            LineBody::Quiet { .. } => self.quiet.insert(id),
            _ => !self.numbers.contains_key(&id),
        };
        if let LineBody::Mine { delivery, .. } = &line.body {
            let stage = ReceiptStage::of(delivery);
            if stage == ReceiptStage::Underway || is_new {
                // A message that is sent again is told again.
                self.receipts.entry(id).or_default();
            }
        }
        if !matches!(line.body, LineBody::Quiet { .. }) {
            self.number(line.clone());
        }
        if !is_new {
            return Vec::new();
        }
        if is_in_view {
            return self.tell(&line, speech);
        }
        if self.waiting.len() < KEPT {
            self.waiting.push(line);
        }
        Vec::new()
    }

    fn number(&mut self, line: Line) -> u32 {
        let number = *self.numbers.entry(line.id).or_insert_with(|| {
            self.last += 1;
            self.last
        });
        self.messages.insert(number, line);
        while self.messages.len() > KEPT {
            self.messages.pop_first();
        }
        number
    }

    fn tell(&mut self, line: &Line, speech: &PlainSpeech) -> Vec<String> {
        if let LineBody::Mine { content, .. } = &line.body {
            self.newest = Some(line.id);
            let echo = self.echo.take();
            if let (Some(echo), Content::Text { text, .. }) = (echo, content)
                && text.as_str() == echo
            {
                return Vec::new();
            }
        }
        let (rows, usable) = self.words(line, speech, false);
        if let LineBody::Theirs { .. } = &line.body {
            self.newest = Some(line.id);
            self.shown.push(line.id);
            if self.shown.len() > SHOWN {
                self.shown.remove(0);
            }
            if !usable.is_empty() {
                self.choices = Some((line.id, usable));
            }
        }
        rows
    }

    fn words(
        &self,
        line: &Line,
        speech: &PlainSpeech,
        is_numbered: bool,
    ) -> (Vec<String>, Vec<(NumberedPart, String)>) {
        let untouched = CardState::default();
        let manner = MessageManner {
            say: speech.say,
            time: clock::minutes(line.at, &speech.zone),
            number: self.numbers.get(&line.id).copied().unwrap_or_default(),
            is_numbered,
            card: self.cards.get(line.id).unwrap_or(&untouched),
            size_of: speech.size_of,
        };
        message::line(line, &manner)
    }

    /// What came while it was not in view, the last so many lines.
    pub(crate) fn catch_up(&mut self, most: usize, speech: &PlainSpeech) -> Vec<String> {
        let waiting = std::mem::take(&mut self.waiting);
        let skipped = waiting.len().saturating_sub(most);
        let mut rows = Vec::new();
        for (at, line) in waiting.iter().enumerate() {
            let told = self.tell(line, speech);
            rows.extend(told.into_iter().filter(|_| at >= skipped));
        }
        rows
    }

    /// Messages of others that wait to be told.
    pub(crate) fn unread(&self) -> usize {
        let theirs = |line: &&Line| matches!(line.body, LineBody::Theirs { .. });
        self.waiting.iter().filter(theirs).count()
    }

    /// The last so many messages once more, with their numbers.
    pub(crate) fn again(&mut self, count: usize, speech: &PlainSpeech) -> Vec<String> {
        let from = self.messages.len().saturating_sub(count);
        let lines: Vec<Line> = self.messages.values().skip(from).cloned().collect();
        let mut rows = Vec::new();
        for line in &lines {
            let (told, usable) = self.words(line, speech, true);
            rows.extend(told);
            if let LineBody::Theirs { .. } = line.body {
                if !self.shown.contains(&line.id) {
                    self.shown.push(line.id);
                }
                if !usable.is_empty() {
                    self.choices = Some((line.id, usable));
                }
            }
        }
        rows
    }

    /// How many messages there are.
    pub(crate) fn count(&self) -> usize {
        self.messages.len()
    }

    /// A message by its number.
    pub(crate) fn message(&self, number: u32) -> Option<&Line> {
        self.messages.get(&number)
    }

    /// A message by its line, with its number.
    pub(crate) fn line(&self, id: ItemId) -> Option<(u32, &Line)> {
        let number = *self.numbers.get(&id)?;
        Some((number, self.messages.get(&number)?))
    }

    /// The newest message that fits.
    pub(crate) fn newest(&self, fits: impl Fn(&Line) -> bool) -> Option<&Line> {
        self.messages.values().rev().find(|line| fits(line))
    }

    /// The messages that have words, in any case, with their numbers told.
    pub(crate) fn find(&self, words: &str, most: usize, speech: &PlainSpeech) -> Vec<String> {
        let words = words.to_lowercase();
        let told = self
            .messages
            .values()
            .map(|line| self.words(line, speech, true).0);
        let found = told.filter(|rows| rows.join(" ").to_lowercase().contains(&words));
        let found: Vec<Vec<String>> = found.collect();
        let from = found.len().saturating_sub(most);
        found.into_iter().skip(from).flatten().collect()
    }

    /// What is to be told of receipts by now; `by` is who reads.
    pub(crate) fn receipts(&mut self, now: Timestamp, say: Say, by: &str) -> Vec<String> {
        let mut rows = Vec::new();
        let ids: Vec<ItemId> = self.receipts.keys().copied().collect();
        for id in ids {
            let Some((number, line)) = self.line(id) else {
                self.receipts.remove(&id);
                continue;
            };
            let LineBody::Mine { delivery, hops, .. } = &line.body else {
                continue;
            };
            let stage = ReceiptStage::of(delivery);
            let (delivery, hops) = (delivery.clone(), *hops);
            let Some(owed) = self.receipts.get_mut(&id) else {
                continue;
            };
            let told = owed.told;
            let is_due = match stage {
                ReceiptStage::Underway => false,
                stage if stage.is_final() => true,
                _ if told == ReceiptStage::Underway => {
                    *owed.due.get_or_insert(now.after(COLLAPSED)) <= now
                }
                stage => stage > told && say == Say::More,
            };
            if !is_due {
                continue;
            }
            (owed.told, owed.due) = (stage, None);
            if stage.is_final() {
                self.receipts.remove(&id);
            }
            if say == Say::Less && stage != ReceiptStage::Failed {
                continue;
            }
            let words = receipt(number, told, &delivery, &hops, by);
            rows.push(if self.newest == Some(id) {
                words
            } else {
                format!("Message {number}: {words}")
            });
        }
        rows
    }

    /// When a receipt is to be told.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.receipts.values().filter_map(|owed| owed.due).min()
    }

    /// Whether a message of ours has not reached the cloud yet.
    pub(crate) fn is_underway(&self) -> bool {
        let mut owed = self.receipts.keys().filter_map(|id| self.line(*id));
        owed.any(|(_, line)| line.body.is_underway())
    }

    /// Whether it is a message of ours that failed.
    pub(crate) fn is_failed(line: &Line) -> bool {
        matches!(
            line.body,
            LineBody::Mine {
                delivery: Delivery::Failed { .. },
                ..
            }
        )
    }
}
