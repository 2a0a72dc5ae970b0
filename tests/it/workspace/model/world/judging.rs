//! What must be so of the lines and receipts of a conversation, and how the cloud's events are read.

use std::collections::BTreeSet;

use handset::domain::{
    content::Content,
    line::{Delivery, Line, LineBody},
    wire::{
        outbound::AcceptStatus,
        ums::request::{self, Request},
    },
};
use serde_json::{Value, json};

use super::{Conversation, FULL, Receipt, index_of};

impl Conversation {
    /// The lines of what was said, in the order of the screen.
    pub(super) fn lines(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.shown.values().collect();
        lines.retain(|line| words(line).is_some());
        lines.sort_by_key(|line| line.place);
        lines
    }

    pub(super) fn judge_lines(&self) {
        let (unplaced, placed): (Vec<&Line>, Vec<&Line>) = self
            .lines()
            .iter()
            .partition(|line| line.place.numbered().is_none());
        let shown = placed
            .iter()
            .map(|line| (sequence_of(line), words(line).unwrap().to_owned()));
        let shown: Vec<(u64, String)> = shown.collect();
        let said = self.truth.iter().filter(|event| is_text(event));
        let said = said.map(|event| (sequence(event), text(event).to_owned()));
        let said: Vec<(u64, String)> = said.collect();
        assert_eq!(shown, said, "everything said is shown once and in order");
        let distinct: BTreeSet<&String> = said.iter().map(|(_, text)| text).collect();
        assert_eq!(
            distinct.len(),
            said.len(),
            "nothing is said twice: {said:?}"
        );
        for line in &unplaced {
            let has_failed = matches!(state(line), Some(Delivery::Failed { .. }));
            assert!(has_failed, "still on its way: {line:?}");
            let text = words(line).unwrap();
            assert!(!distinct.iter().any(|said| *said == text), "{text} arrived");
        }
        for said in &self.said {
            let lines = placed.iter().chain(&unplaced);
            let times = lines.filter(|line| words(line) == Some(said)).count();
            assert_eq!(times, 1, "{said} is shown, arrived or failed");
        }
        for line in placed
            .iter()
            .filter(|line| by(&self.truth[at(line)]) == FULL)
        {
            assert_eq!(
                state(line),
                Some(&self.reached(at(line))),
                "how far {line:?} has come"
            );
        }
    }

    /// How far an event of the agent's has come at the consumer's.
    pub(super) fn reached(&self, at: usize) -> Delivery {
        let has = |status: &str| {
            let mut receipts = self.truth.iter().filter(|event| by(event) == "ada");
            receipts.any(|event| is_receipt(event, status, at))
        };
        let sequence = u64::try_from(at).unwrap();
        if has("READ") {
            Delivery::Read { sequence }
        } else if has("ACCEPT") {
            Delivery::Accepted { sequence }
        } else {
            Delivery::Sent { sequence }
        }
    }

    pub(super) fn judge_receipts(&self, is_in_view: bool) {
        let all = self.truth.iter().enumerate();
        for (at, _) in all.filter(|(_, event)| is_text(event) && by(event) == "ada") {
            for (is_read, status) in [(false, "ACCEPT"), (true, "READ")] {
                let mine = self.truth.iter().filter(|event| by(event) == FULL);
                let times = mine.filter(|event| is_receipt(event, status, at)).count();
                let receipt = (is_read, u64::try_from(at).unwrap());
                assert!(times <= 1, "{status} of {at} came {times} times");
                let is_due = (is_in_view || !is_read) && !self.refused.contains(&receipt);
                // What is read needs no ACCEPT of its own.
                let is_known = times > 0 || (!is_read && self.is_read(at));
                assert!(is_known || !is_due, "{status} of {at} never came");
            }
        }
    }

    pub(super) fn is_read(&self, at: usize) -> bool {
        let mut mine = self.truth.iter().filter(|event| by(event) == FULL);
        mine.any(|event| is_receipt(event, "READ", at))
    }
}

pub(super) fn at(line: &Line) -> usize {
    usize::try_from(sequence_of(line)).unwrap()
}

pub(super) fn sequence_of(line: &Line) -> u64 {
    let (_, sequence) = line.place.numbered().expect("a line with a number");
    sequence
}

pub(super) fn words(line: &Line) -> Option<&str> {
    match line.content() {
        Some(Content::Text { text, .. }) => Some(text.as_str()),
        _ => None,
    }
}

pub(super) fn state(line: &Line) -> Option<&Delivery> {
    match &line.body {
        LineBody::Mine { delivery, .. } => Some(delivery),
        _ => None,
    }
}

/// The receipts of a request: in which conversation, whether READ, for which number.
pub(super) fn receipts(what: &Request) -> Vec<(usize, Receipt)> {
    let Request::Publish {
        conversation,
        event: request::Event::Accept { status, sequences },
        ..
    } = what
    else {
        return Vec::new();
    };
    let (at, is_read) = (index_of(conversation), *status == AcceptStatus::Read);
    sequences
        .iter()
        .map(|sequence| (at, (is_read, *sequence)))
        .collect()
}

pub(super) fn is_text(event: &Value) -> bool {
    event["event"]["type"] == "ContentEvent"
}

pub(super) fn is_receipt(event: &Value, status: &str, of: usize) -> bool {
    let event = &event["event"];
    let list = event["sequenceList"].as_array();
    event["status"] == status && list.is_some_and(|list| list.contains(&json!(of)))
}

pub(super) fn by(event: &Value) -> &str {
    event["originatorId"].as_str().unwrap()
}

pub(super) fn sequence(event: &Value) -> u64 {
    event["sequence"].as_u64().unwrap()
}

pub(super) fn text(event: &Value) -> &str {
    event["event"]["message"].as_str().unwrap()
}

pub(super) fn says(event: &Value, words: &str) -> bool {
    is_text(event) && text(event) == words
}
