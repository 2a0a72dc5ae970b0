//! Which lines are at hand: old ones that are journalled and finished are
//! forgotten, and come back before a step that is about them.
//!
//! A step itself never waits for a journal. The journal, which keeps the lines, asks what an event
//! [lacks](Conversation::lacks), hands that over to [`Conversation::reload`], and then steps. A
//! conversation that forgets as much as it can does the same as one that forgets nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    conversation::{
        Conversation,
        cloud::Dialog,
        event::{Act, PhoneEvent},
        saved::{At, SendJob},
    },
    ids::{ItemId, Sequence},
    line::{Line, LineBody, Place, Position},
    role::Role,
    wire::{
        inbound::{self, Change},
        outbound::AcceptStatus,
    },
};

/// Lines fetched for one message at most; what is said of more at once is noted by the dialog and
/// not shown at its oldest lines.
const AT_ONCE: usize = 1000;

/// Something an event is about that is not at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lacking {
    /// The line of this number.
    Line(u32),
    /// The line with this sequence in a dialog, counted as in [`Position`]; there may be none.
    At(u32, Sequence),
    /// What the consumer wrote in the dialog of a place, up to there.
    Said(Place),
}

/// What is known of the lines that are not at hand.
#[derive(Debug, Clone, Default)]
pub(super) struct Forgotten {
    /// From this place on all lines are at hand; `None` when all there are.
    pub(super) whole_from: Option<Place>,
    /// By dialog: lines up to this number may have been forgotten, those above are at hand.
    up_to: BTreeMap<u32, Sequence>,
    /// Lines older than those kept that could not be forgotten yet.
    held_back: usize,
}

impl Forgotten {
    /// Whether a line with a higher number in that dialog was forgotten.
    pub(super) fn is_beyond(&self, dialog: u32, sequence: Sequence) -> bool {
        self.up_to
            .get(&dialog)
            .is_some_and(|up_to| *up_to > sequence)
    }

    fn note(&mut self, place: Place) {
        if let Some((dialog, sequence)) = place.numbered() {
            let up_to = self.up_to.entry(dialog).or_default();
            *up_to = (*up_to).max(sequence);
        }
    }
}

impl Conversation {
    /// What is not at hand after a restart: with fewer lines than there ever were, all below the
    /// first of them.
    pub(super) fn forgotten_before(&self) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let first = self.items.values().map(|item| item.place).min();
        let Some(first) = first.filter(|_| count < self.saved.next_item) else {
            return forgotten;
        };
        forgotten.whole_from = Some(first);
        let first = first.numbered();
        for dialog in self.saved.conversations.iter().flat_map(|it| &it.dialogs) {
            let is_before = |ordinal: &u32| first.is_none_or(|(first, _)| *ordinal < first);
            for ordinal in dialog.ordinals().filter(is_before) {
                forgotten.up_to.insert(ordinal, dialog.top);
            }
        }
        forgotten.up_to.extend(first);
        forgotten
    }

    /// Forgets the oldest lines until so many are left. What is not journalled yet, still has a
    /// way to go or can be answered stays, however old. Call it when all changes were kept.
    pub fn forget(&mut self, keep: usize) {
        // Sorting pays only for many at a time.
        if self.items.len() <= keep + keep / 8 + self.forgotten.held_back {
            return;
        }
        let stays = self.unforgettable();
        let mut places: Vec<Place> = self.items.values().map(|item| item.place).collect();
        places.sort_unstable();
        let (old, kept) = places.split_at(places.len().saturating_sub(keep));
        self.forgotten.held_back = 0;
        for place in old {
            let underway = |item: &Line| item.body.is_underway();
            if stays.contains(&place.number) || self.items.get(&place.number).is_some_and(underway)
            {
                self.forgotten.held_back += 1;
                continue;
            }
            self.items.remove(&place.number);
            if let Some(spot) = place.numbered()
                && self.numbered.get(&spot) == Some(&place.number)
            {
                self.numbered.remove(&spot);
            }
            self.forgotten.note(*place);
        }
        let end = || Place::new(self.id(self.saved.next_item), Position::Unnumbered);
        let first = kept.first().copied().unwrap_or_else(end);
        self.forgotten.whole_from = self.forgotten.whole_from.max(Some(first));
        let dialogs = self.saved.conversations.iter().flat_map(|it| &it.dialogs);
        let known: BTreeSet<u32> = dialogs.flat_map(Dialog::ordinals).collect();
        // Nothing comes of the others any more.
        self.forgotten
            .up_to
            .retain(|dialog, _| known.contains(dialog));
    }

    fn unforgettable(&self) -> BTreeSet<u32> {
        let jobs = self.saved.failed.iter().chain(&self.saved.leaving);
        let mut stays: BTreeSet<u32> = jobs.filter_map(SendJob::bubble).collect();
        stays.extend(&self.changed);
        stays.extend(&self.answerable);
        stays.extend(self.receipts.shown());
        stays
    }

    /// Takes lines back in, as they were journalled. Those at hand are newer and stay.
    pub fn reload(&mut self, items: Vec<Line>) {
        for item in items {
            let number = item.id.number;
            if item.id.phone != Some(self.saved.phone) || self.items.contains_key(&number) {
                continue;
            }
            if let Some(spot) = spot(&item) {
                self.numbered.entry(spot).or_insert(number);
            }
            if is_answerable(&item.body) {
                self.answerable.insert(number);
            }
            self.items.insert(number, item);
        }
    }

    /// What an event is about that is not at hand; some of it may show only when the rest was
    /// recalled.
    pub fn lacks(&self, event: &PhoneEvent) -> Vec<Lacking> {
        if self.forgotten.whole_from.is_none() {
            return Vec::new();
        }
        match event {
            PhoneEvent::Started => {
                let jobs = self.saved.jobs.iter().chain(&self.saved.leaving);
                let items = jobs.chain(&self.saved.failed).filter_map(SendJob::bubble);
                items.filter_map(|number| self.line(number)).collect()
            }
            PhoneEvent::User(act) => self.act_lacks(act),
            PhoneEvent::Notified(Change::Message(message)) => self.message_lacks(message),
            _ => Vec::new(),
        }
    }

    /// The same of one line that something else is to be done with.
    pub fn lacks_item(&self, item: ItemId) -> Vec<Lacking> {
        let ours = item.phone == Some(self.saved.phone);
        let line = ours.then(|| self.line(item.number)).flatten();
        line.into_iter().collect()
    }

    fn line(&self, number: u32) -> Option<Lacking> {
        let is_missing = number < self.saved.next_item && !self.items.contains_key(&number);
        is_missing.then_some(Lacking::Line(number))
    }

    fn act_lacks(&self, act: &Act) -> Vec<Lacking> {
        match act {
            Act::Reply { item, .. }
            | Act::Click { item, .. }
            | Act::Retry(item)
            | Act::Mark { item, .. } => self.lacks_item(*item),
            Act::Shown(items) => {
                let lacks = items.iter().flat_map(|item| self.lacks_item(*item));
                lacks.take(AT_ONCE).collect()
            }
            Act::Replay(item) => match self.item(*item) {
                None => self.lacks_item(*item),
                Some(last) => self.said_lacks(last.place),
            },
            _ => Vec::new(),
        }
    }

    fn said_lacks(&self, place: Place) -> Vec<Lacking> {
        let Some((ordinal, _)) = place.numbered() else {
            return Vec::new();
        };
        let mut dialogs = self.saved.conversations.iter().flat_map(|it| &it.dialogs);
        let dialog = dialogs.find(|dialog| dialog.ordinals().any(|known| known == ordinal));
        let before = dialog.into_iter().flat_map(Dialog::ordinals);
        let before = before.filter(|known| *known < ordinal);
        // All that was said there comes before this place.
        let before = before.map(|known| Place {
            position: (known, Sequence::MAX).into(),
            number: u32::MAX,
            ..place
        });
        let is_cut = |place: &Place| {
            let dialog = place.numbered().map(|(dialog, _)| dialog);
            dialog.is_some_and(|dialog| self.forgotten.up_to.contains_key(&dialog))
        };
        let places = before.chain([place]);
        places.filter(is_cut).map(Lacking::Said).collect()
    }

    fn message_lacks(&self, message: &inbound::Message) -> Vec<Lacking> {
        let Some(conversation) = self.conversation_of_message(message) else {
            return Vec::new();
        };
        let at = At {
            conversation,
            dialog: message.dialog.clone(),
        };
        let Some(dialog) = self.dialog(&at) else {
            return Vec::new();
        };
        let ordinals: Vec<u32> = dialog.ordinals().collect();
        // Where the line may stand that is not at hand.
        let places = |sequence: Sequence| {
            let is_at_hand = self.number_at(&ordinals, sequence).is_some();
            let may_stand_there = move |ordinal: &u32| {
                let up_to = self.forgotten.up_to.get(ordinal);
                !is_at_hand && up_to.is_some_and(|up_to| sequence <= *up_to)
            };
            let there = ordinals.iter().copied().filter(may_stand_there);
            there.map(move |ordinal| Lacking::At(ordinal, sequence))
        };
        match &message.event {
            inbound::Event::Content { .. } => {
                let fresh = message.sequence.filter(|it| !dialog.received.contains(*it));
                fresh.into_iter().flat_map(places).collect()
            }
            inbound::Event::Accept { status, sequences } => {
                let named = sequences.iter().copied();
                let news = named.filter(|it| !knows(dialog, *status, *it));
                let by_others = message.author.role != Role::Consumer;
                news.filter(|_| by_others)
                    .flat_map(places)
                    .take(AT_ONCE)
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The newest lines, without a gap.
    pub fn newest(&self) -> impl Iterator<Item = &Line> {
        let from = self.forgotten.whole_from;
        self.items
            .values()
            .filter(move |item| from.is_none_or(|from| item.place >= from))
    }

    /// A line that is at hand.
    pub fn item(&self, id: ItemId) -> Option<&Line> {
        self.items.get(&id.number).filter(|item| item.id == id)
    }
}

fn knows(dialog: &Dialog, status: AcceptStatus, sequence: Sequence) -> bool {
    match status {
        AcceptStatus::Accept => dialog.accepted.contains(sequence),
        AcceptStatus::Read => dialog.read.contains(sequence),
        _ => false,
    }
}

/// Where a line that has a number stands.
pub(super) fn spot(item: &Line) -> Option<(u32, Sequence)> {
    let sequence = match &item.body {
        LineBody::Mine { delivery, .. } => delivery.sequence()?,
        LineBody::Theirs { sequence, .. } => *sequence,
        LineBody::Quiet { .. } => return None,
    };
    let (dialog, _) = item.place.numbered()?;
    Some((dialog, sequence))
}

pub(super) fn is_answerable(body: &LineBody) -> bool {
    matches!(
        body,
        LineBody::Theirs {
            answerable: true,
            ..
        }
    )
}

#[cfg(test)]
mod tests;
