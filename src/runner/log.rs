//! What one played person heard and did, in the order it came in.
//!
//! A log is filled by what the engine or an agent session tells, and read by steps. It knows
//! nothing of either.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use serde_json::Value;

use crate::{
    domain::{
        content::Content,
        exchange::Exchange,
        ids::{ConversationId, DialogId, EntryId, SkillId},
        inbound::Hook,
        line::{Delivery, Hops, Place},
        role::{Author, Role},
        survey::Csat,
        text::SafeText,
    },
    scenario::script::Reached,
};

/// Happenings of one log; the oldest ones are forgotten first.
const MOST: usize = 10_000;

/// Happenings that are looked through for what was said just now.
const SEARCHED: usize = 256;

/// A point in time: so long after the scene began, by our clock.
pub(crate) type Moment = Duration;

/// The log of one person.
#[derive(Debug, Default)]
pub(crate) struct PersonLog {
    happenings: VecDeque<Happening>,
    /// How many were forgotten; also the number of the first that is there.
    forgotten: u64,
    /// Messages of others in the order of the screen.
    heard: BTreeMap<Place, u64>,
    places: BTreeMap<u32, Place>,
    /// Only messages behind this can be waited for.
    cursor: Option<Place>,
    /// The person's own messages, by the numbers of their lines.
    pub(super) own: BTreeMap<u32, OwnLine>,
    /// The dialogs that a phone has told of, and whether each is a survey.
    pub(super) dialogs: BTreeMap<DialogId, bool>,
    /// What skills are called, where the wire names them by id alone.
    pub(super) skill_names: BTreeMap<SkillId, SafeText>,
    /// Quiet lines that are in the log, by their numbers.
    pub(super) quiet: BTreeSet<u32>,
    /// Requests that were sent and not answered yet.
    pub(super) in_flight: BTreeSet<EntryId>,
}

/// What a step did with something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageUse {
    /// It was there; others may find it too.
    Seen,
    /// No line takes the message any more.
    UsedUp,
    /// The same, and lines take only messages behind it.
    InOrder,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    /// Its number in the log, from 0.
    pub(super) number: u64,
    /// When it came in.
    pub(super) at: Moment,
    /// The wire entry it came with.
    pub(super) entry: Option<EntryId>,
    /// The line of the step that waited for it or did it.
    pub(super) line: Option<usize>,
    /// A message that a line was waited for by; no other line takes it.
    pub(super) is_used_up: bool,
    pub(super) what: What,
}

/// Something that a person who is played heard, saw or did.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// Somebody else said something.
    Heard(Box<HeardMessage>),
    /// This person said something; the number of the line.
    Said(u32, String),
    /// A message of this person's came so far.
    Came(Reached),
    /// Who types now; nobody when it is `None`.
    Typing(Option<SafeText>),
    /// A quiet line, with its metadata where it is a click.
    Quiet(SafeText, Option<Value>),
    /// How the conversation stands from now on.
    Stands(Box<Situation>),
    /// A request of ours was answered, or not.
    Call(Box<Exchange>),
    Hook(Box<Hook>),
    /// Something rings, or nothing any more.
    Rings(usize),
    /// Something did not work, in words.
    Trouble(String),
}

/// A message of somebody else.
#[derive(Debug, Clone)]
pub(crate) struct HeardMessage {
    pub(super) line: u32,
    pub(super) place: Place,
    pub(super) author: Author,
    /// What the author is called; empty when nobody has said.
    pub(super) name: SafeText,
    /// What it says, of a card all its words.
    pub(super) text: String,
    pub(super) content: Content,
    pub(super) dialog: DialogId,
    pub(super) metadata: Option<Value>,
}

/// A message of the person's own.
#[derive(Debug, Clone)]
pub(crate) struct OwnLine {
    pub(super) text: String,
    pub(super) delivery: Delivery,
    pub(super) hops: Hops,
    /// Whether it is a private note, which no consumer gets.
    pub(super) is_note: bool,
    /// When it was first seen.
    pub(super) at: Moment,
    /// When it was seen to have come so far; see [`OwnLine::reached`].
    pub(super) came: BTreeMap<u8, Moment>,
}

/// How a conversation stands, as this person sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Situation {
    pub(super) conversation: ConversationId,
    /// Whether the main dialog is open.
    pub(super) is_main_open: bool,
    /// Whether anything of it is open.
    pub(super) is_open: bool,
    pub(super) is_survey_open: bool,
    /// Who has the conversation, by name; empty when there is one without a name.
    pub(super) agent: Option<SafeText>,
    /// Everybody but the consumer.
    pub(super) people: Vec<(Role, SafeText)>,
    pub(super) skill: Option<SkillId>,
    /// What the skill is called; empty when nobody has said.
    pub(super) skill_name: SafeText,
    pub(super) csat: Option<Csat>,
    pub(super) closed_by: SafeText,
}

impl PersonLog {
    /// Adds what happened; gives its number.
    pub(super) fn add(&mut self, at: Moment, entry: Option<EntryId>, what: What) -> u64 {
        if self.happenings.len() == MOST
            && let Some(oldest) = self.happenings.pop_front()
        {
            self.forgotten += 1;
            if let What::Heard(message) = oldest.what {
                self.heard.remove(&message.place);
                self.places.remove(&message.line);
            }
        }
        let number = self.forgotten + self.happenings.len() as u64;
        if let What::Heard(message) = &what {
            self.heard.insert(message.place, number);
            self.places.insert(message.line, message.place);
        }
        self.happenings.push_back(Happening {
            number,
            at,
            entry,
            line: None,
            is_used_up: false,
            what,
        });
        number
    }

    /// Adds a message of somebody else, or changes one that is there.
    pub(super) fn hear(&mut self, at: Moment, message: HeardMessage) {
        let known = self.places.get(&message.line).copied();
        let Some((place, number)) = known.and_then(|place| Some((place, *self.heard.get(&place)?)))
        else {
            self.add(at, None, What::Heard(Box::new(message)));
            return;
        };
        if place != message.place {
            self.heard.remove(&place);
            self.heard.insert(message.place, number);
            self.places.insert(message.line, message.place);
        }
        if let Some(happening) = self.get_mut(number) {
            happening.what = What::Heard(Box::new(message));
        }
    }

    /// The message of a line came with this wire entry.
    pub(super) fn link(&mut self, entry: EntryId, line: u32) {
        let number = self.places.get(&line).and_then(|it| self.heard.get(it));
        if let Some(happening) = number.copied().and_then(|number| self.get_mut(number)) {
            happening.entry.get_or_insert(entry);
            return;
        }
        let said = self.happenings.iter_mut().rev();
        let mut said = said.filter(|one| matches!(one.what, What::Said(of, _) if of == line));
        if let Some(happening) = said.next() {
            happening.entry.get_or_insert(entry);
        }
    }

    pub(super) fn get(&self, number: u64) -> Option<&Happening> {
        let at = number.checked_sub(self.forgotten)?;
        self.happenings.get(usize::try_from(at).ok()?)
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Happening> {
        let at = number.checked_sub(self.forgotten)?;
        self.happenings.get_mut(usize::try_from(at).ok()?)
    }

    /// Everything that happened and is not forgotten.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Happening> {
        self.happenings.iter()
    }

    /// What came at a moment or later, in the order it came in.
    pub(super) fn since(&self, moment: Moment) -> impl Iterator<Item = &Happening> {
        let at = self.happenings.partition_point(|one| one.at < moment);
        self.happenings.range(at..)
    }

    /// Messages of others that a line can still wait for, in the order of the screen.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (&Happening, &HeardMessage)> {
        let behind = |place: &Place| self.cursor.is_none_or(|cursor| *place > cursor);
        let placed = self.heard.iter().filter(move |(place, _)| behind(place));
        placed
            .filter_map(|(_, number)| self.get(*number))
            .filter(|one| !one.is_used_up)
            .filter_map(|one| match &one.what {
                What::Heard(message) => Some((one, message.as_ref())),
                _ => None,
            })
    }

    /// Whether nobody can say yet who speaks in a dialog: a phone tells of a message before it tells
    /// what the dialog is.
    pub(super) fn is_unknown(&self, dialog: &DialogId) -> bool {
        !self.dialogs.is_empty() && !self.dialogs.contains_key(dialog)
    }

    /// All messages of others, in the order of the screen.
    pub(super) fn messages(&self) -> impl DoubleEndedIterator<Item = (&Happening, &HeardMessage)> {
        let placed = self.heard.values().filter_map(|number| self.get(*number));
        placed.filter_map(|one| match &one.what {
            What::Heard(message) => Some((one, message.as_ref())),
            _ => None,
        })
    }

    /// A step on this line waited for that; a message that is used up moves the cursor behind it.
    pub(super) fn mark(&mut self, number: u64, line: usize, taken: MessageUse) {
        let Some(happening) = self.get_mut(number) else {
            return;
        };
        happening.line.get_or_insert(line);
        happening.is_used_up |= taken != MessageUse::Seen;
        if let (MessageUse::InOrder, What::Heard(message)) = (taken, &happening.what) {
            let place = message.place;
            self.cursor = self.cursor.max(Some(place));
        }
    }

    /// A step on this line said what this person said after that message.
    pub(super) fn mark_own(&mut self, after: Option<u32>, line: usize) {
        let said = self.happenings.iter_mut().rev();
        let is_new = |number: u32| after.is_none_or(|after| number > after);
        for happening in said.take(SEARCHED) {
            if matches!(happening.what, What::Said(number, _) if is_new(number)) {
                happening.line.get_or_insert(line);
            }
        }
    }

    /// How the conversation stood at a moment.
    pub(super) fn situation_at(&self, moment: Moment) -> Option<&Situation> {
        let earlier = self.happenings.iter().rev().filter(|one| one.at <= moment);
        situations(earlier).next().map(|(_, situation)| situation)
    }

    /// How the conversation stands, and since when it is so.
    pub(super) fn situation(&self) -> Option<(Moment, &Situation)> {
        situations(self.happenings.iter().rev()).next()
    }

    /// The last message of the person's own.
    pub(super) fn last_own(&self) -> Option<&OwnLine> {
        self.own.values().next_back()
    }
}

/// The situations among happenings, with the moments they came.
pub(super) fn situations<'a>(
    happenings: impl Iterator<Item = &'a Happening>,
) -> impl Iterator<Item = (Moment, &'a Situation)> {
    happenings.filter_map(|one| match &one.what {
        What::Stands(situation) => Some((one.at, situation.as_ref())),
        _ => None,
    })
}

impl OwnLine {
    /// A message that is new in the log.
    pub(super) fn new(text: String, delivery: Delivery, hops: Hops, at: Moment) -> Self {
        Self {
            text,
            delivery,
            hops,
            is_note: false,
            at,
            came: BTreeMap::new(),
        }
    }

    /// When it had come so far; a message that came further has come so far too.
    pub(super) fn reached(&self, reached: Reached) -> Option<Moment> {
        let failed = rank(Reached::Failed);
        if reached == Reached::Failed {
            return self.came.get(&failed).copied();
        }
        let far = self.came.range(rank(reached)..failed);
        far.map(|(_, at)| *at).min()
    }

    /// How far it has come, in a word.
    pub(super) fn word(&self) -> &'static str {
        match self.delivery {
            Delivery::Queued => "queued",
            Delivery::Leaving => "on its way",
            Delivery::Taken | Delivery::Sent { .. } => "sent",
            Delivery::Accepted { .. } => "accepted",
            Delivery::Read { .. } => "read",
            Delivery::Failed { .. } => "failed",
        }
    }

    /// Notes how far it has come; gives what is new of that.
    pub(super) fn note(&mut self, at: Moment, delivery: Delivery, hops: Hops) -> Option<Reached> {
        self.hops = hops;
        self.delivery = delivery;
        let reached = match self.delivery {
            Delivery::Queued | Delivery::Leaving => return None,
            Delivery::Taken | Delivery::Sent { .. } => Reached::Sent,
            Delivery::Accepted { .. } => Reached::Accepted,
            Delivery::Read { .. } => Reached::Read,
            Delivery::Failed { .. } => Reached::Failed,
        };
        let is_new = !self.came.contains_key(&rank(reached));
        self.came.entry(rank(reached)).or_insert(at);
        is_new.then_some(reached)
    }
}

fn rank(reached: Reached) -> u8 {
    match reached {
        Reached::Sent => 0,
        Reached::Accepted => 1,
        Reached::Read => 2,
        Reached::Failed => 3,
    }
}

/// How far, in a word.
pub(super) fn reached_word(reached: Reached) -> &'static str {
    match reached {
        Reached::Sent => "sent",
        Reached::Accepted => "accepted",
        Reached::Read => "read",
        Reached::Failed => "failed",
    }
}
