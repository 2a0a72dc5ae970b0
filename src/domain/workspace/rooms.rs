//! Conversations as the cloud tells of them, and what of it becomes a quiet line.

use std::collections::BTreeMap;

use crate::domain::{
    ids::{ConversationId, DialogId, Sequence, TimerId},
    role::Role,
    survey::Csat,
    text::SafeText,
    time::Timestamp,
    wire::ums::{
        conversation::{Change, Conversation, Member},
        message::Message,
        profile::Profile,
        request::Request,
    },
    workspace::{
        Workspace,
        effect::Effect,
        lines::{BEHIND, Lines},
        sending::Sending,
        state::Purpose,
        tracks::Track,
        view::{Body, Held, Line, Place},
        writing::Writing,
    },
};

/// Conversations held in which this agent has no part; more are not shown.
const MOST_OTHERS: usize = 200;
/// Conversations held at all.
const MOST: usize = 400;
/// Closed ones of them.
const MOST_OVER: usize = 50;

/// Stands before all that is said in a survey; every other quiet line comes after what was said.
const SURVEY_BEGINS: &str = "a survey begins";

/// A conversation on the workspace.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Room {
    pub(super) told: Conversation,
    pub(super) profile: Option<Profile>,
    pub(super) asks_profile: bool,
    pub(super) tracks: BTreeMap<DialogId, Track>,
    pub(super) lines: Lines,
    /// Quiet lines made before it was known what was said before them, for this agent has
    /// not asked yet, or is told nothing of a survey without asking.
    early: Vec<u64>,
    /// What was said from here and is not known to have arrived, by its line.
    pub(super) sendings: BTreeMap<u64, Sending>,
    /// Echoes of what was said from here, while it is open whose they are.
    pub(super) unclaimed: Vec<Message>,
    /// Runs while the consumer types.
    pub(super) consumer_types: Option<TimerId>,
    pub(super) writing: Writing,
    /// This agent took part in it at some time.
    pub(super) was_mine: bool,
    /// What was said last.
    pub(super) preview: SafeText,
    pub(super) shown: Option<Held>,
    pub(super) shown_typing: bool,
}

impl Room {
    fn new(told: Conversation) -> Self {
        Self {
            told,
            profile: None,
            asks_profile: false,
            tracks: BTreeMap::new(),
            lines: Lines::default(),
            early: Vec::new(),
            sendings: BTreeMap::new(),
            unclaimed: Vec::new(),
            consumer_types: None,
            writing: Writing::default(),
            was_mine: false,
            preview: SafeText::default(),
            shown: None,
            shown_typing: false,
        }
    }

    /// Whose conversation it is.
    pub(super) fn consumer(&self) -> Option<&Member> {
        let mut members = self.told.members.iter();
        members.find(|one| one.role == Role::Consumer)
    }

    pub(super) fn main(&self) -> DialogId {
        let main = self.told.dialogs.iter().find(|dialog| !dialog.is_survey);
        main.map_or_else(
            || DialogId::from(self.told.id.as_str()),
            |dialog| dialog.id.clone(),
        )
    }

    /// What is known of a dialog; of a new one nothing.
    pub(super) fn track(&mut self, dialog: &DialogId) -> &mut Track {
        let is_main = *dialog == self.main();
        let others = self.tracks.values().map(|track| track.index).max();
        let next = others.map_or(1, |last| last.saturating_add(1).max(1));
        self.tracks
            .entry(dialog.clone())
            .or_insert_with(|| Track::new(if is_main { 0 } else { next }))
    }

    /// Forgets the oldest lines over the bound.
    pub(super) fn trim(&mut self) {
        let mut through = BTreeMap::new();
        for (dialog, sequence) in self.lines.trim() {
            through.insert(dialog, sequence);
        }
        for track in self.tracks.values_mut() {
            if let Some(sequence) = through.get(&track.index) {
                track.forget(*sequence);
            }
        }
    }

    /// Puts a quiet line after what was said in a dialog.
    pub(super) fn note(&mut self, number: u64, dialog: &DialogId, at: Timestamp, text: &str) {
        let is_survey = *dialog != self.main();
        let track = self.track(dialog);
        let (index, is_answered) = (track.index, track.is_answered);
        let is_first = text == SURVEY_BEGINS;
        if !is_first && (is_survey || !is_answered) {
            self.early.push(number);
        }
        let (sequence, number_there) = if is_first {
            (0, number)
        } else {
            (self.lines.last(index), BEHIND.saturating_add(number))
        };
        let place = Place {
            dialog: index,
            sequence,
            number: number_there,
        };
        let line = Line {
            number,
            place,
            at,
            body: Body::Quiet {
                text: SafeText::clean(text),
            },
        };
        self.lines.put(line, None);
    }

    /// An answer has told what was said in a dialog, up to this number: quiet lines made before
    /// that come after it.
    pub(super) fn answered(&mut self, dialog: &DialogId, last: Option<Sequence>) {
        let track = self.track(dialog);
        track.answered(last);
        let index = track.index;
        let after = self.lines.last(index);
        self.early
            .retain(|number| !self.lines.move_quiet(*number, index, after));
    }
}

impl Workspace {
    /// Conversations entered a subscription, changed, or left it.
    pub(super) fn conversations(
        &mut self,
        subscription: &str,
        changes: Vec<Change>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let told: Vec<_> = changes
            .iter()
            .map(|change| change.conversation.id.clone())
            .collect();
        let of_closed = self.subscriptions.is_of_closed(subscription);
        for change in changes {
            let id = change.conversation.id.clone();
            let is_over = of_closed || change.is_deleted || !change.conversation.is_open;
            if is_over {
                self.cleared.remove(&id);
            }
            if !is_over {
                self.take(change.conversation, now, effects);
            } else if !(of_closed && change.is_deleted) && self.rooms.contains_key(&id) {
                let mut told = change.conversation;
                told.is_open = false;
                told.is_main_open = false;
                told.dialogs.iter_mut().for_each(|one| one.is_open = false);
                self.take(told, now, effects);
                self.over(&id);
            }
        }
        self.sweep(subscription, told.into_iter());
    }

    /// The state of a conversation, new or known.
    fn take(&mut self, told: Conversation, now: Timestamp, effects: &mut Vec<Effect>) {
        let id = told.id.clone();
        let role = self.role_in(&told);
        if role.is_some() || told.suggested.iter().any(|one| self.is_me(&one.full)) {
            self.cleared.remove(&id);
        }
        if self.cleared.contains(&id) {
            return;
        }
        if let Some(room) = self.rooms.get(&id) {
            let is_older = matches!(
                (told.updated, room.told.updated),
                (Some(this), Some(known)) if this < known
            );
            if is_older {
                return;
            }
            self.add_quiet_lines(&told, now);
        } else if self.make_room(role.is_some()) {
            self.rooms.insert(id.clone(), Room::new(told.clone()));
        } else {
            if !std::mem::replace(&mut self.said_full, true) {
                effects.push(Effect::Remark(
                    "more conversations are open than a workspace holds",
                ));
            }
            return;
        }
        let is_in_view = self.in_view.as_ref() == Some(&id);
        if let Some(room) = self.rooms.get_mut(&id) {
            let had = std::mem::replace(&mut room.told, told);
            let dialogs = room.told.dialogs.clone();
            for dialog in &dialogs {
                let was_open = had
                    .dialogs
                    .iter()
                    .any(|one| one.id == dialog.id && one.is_open);
                let track = room.track(&dialog.id);
                // What is said in a survey, and where one has no part, is told to nobody here.
                let is_untold = role.is_none() || dialog.is_survey;
                track.is_stale |= is_untold && (was_open || is_in_view);
            }
            if let Some(last) = &room.told.last
                && let Some(text) = preview(last)
            {
                room.preview = text;
            }
            room.was_mine |= role.is_some();
        }
        if role.is_some() || is_in_view {
            self.ask_profile(&id, effects);
        }
        self.touched.insert(id.clone());
        self.catch_up(&id, effects);
    }

    /// Whether there is room for one more; others' conversations make room for one's own.
    fn make_room(&mut self, mine: bool) -> bool {
        let others = self.rooms.values().filter(|room| !room.was_mine).count();
        if self.rooms.len() < MOST && (mine || others < MOST_OTHERS) {
            return true;
        }
        if !mine {
            return false;
        }
        let stranger = self
            .rooms
            .iter()
            .find(|(id, room)| !room.was_mine && self.in_view.as_ref() != Some(*id));
        let Some(id) = stranger.map(|(id, _)| id.clone()) else {
            return false;
        };
        self.remove(&id);
        true
    }

    /// A conversation is over: one's own stays until it is left, others go.
    pub(super) fn over(&mut self, id: &ConversationId) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        room.told.is_open = false;
        room.told.is_main_open = false;
        room.consumer_types = None;
        self.touched.insert(id.clone());
        if !room.was_mine && self.in_view.as_ref() != Some(id) {
            self.remove(id);
            return;
        }
        let over = self
            .rooms
            .iter()
            .filter(|(other, room)| !room.told.is_open && self.in_view.as_ref() != Some(*other));
        let mut over: Vec<_> = over
            .map(|(id, room)| (room.told.updated, id.clone()))
            .collect();
        over.sort();
        let surplus = over.len().saturating_sub(MOST_OVER);
        for (_, id) in over.into_iter().take(surplus) {
            self.remove(&id);
        }
    }

    /// Takes a conversation off the workspace.
    pub(super) fn remove(&mut self, id: &ConversationId) {
        if self.rooms.remove(id).is_some() {
            self.touched.insert(id.clone());
        }
    }

    /// As what this agent takes part; the weightiest counts.
    pub(super) fn role_in(&self, told: &Conversation) -> Option<Role> {
        let mine = told
            .members
            .iter()
            .filter(|one| self.is_me(&one.full) || self.is_me(&one.pid));
        mine.map(|one| one.role.clone())
            .min_by_key(|role| match role {
                Role::AssignedAgent => 0,
                Role::Agent => 1,
                Role::Manager => 2,
                _ => 3,
            })
    }

    /// Asks for what is missing in a conversation that concerns this agent.
    pub(super) fn catch_up(&mut self, id: &ConversationId, effects: &mut Vec<Effect>) {
        let is_in_view = self.in_view.as_ref() == Some(id);
        let Some(told) = self.rooms.get(id).map(|room| &room.told) else {
            return;
        };
        // One that was handed on goes on without us; its end is one's own again.
        let concerns = self.role_in(told).is_some() || !told.is_open || is_in_view;
        let Some(room) = self.rooms.get_mut(id).filter(|_| self.is_up && concerns) else {
            return;
        };
        let mut queries = Vec::new();
        for (dialog, track) in &mut room.tracks {
            if let Some(newer_than) = track.ask() {
                for sending in room.sendings.values_mut() {
                    sending.is_asked_about(dialog);
                }
                queries.push((dialog.clone(), newer_than));
            }
        }
        for (dialog, newer_than) in queries {
            let purpose = Purpose::Query {
                room: id.clone(),
                dialog: dialog.clone(),
            };
            self.ask(Request::Query { dialog, newer_than }, purpose, effects);
        }
    }

    /// What changed in a known conversation, as quiet lines.
    fn add_quiet_lines(&mut self, told: &Conversation, now: Timestamp) {
        let Some(room) = self.rooms.get(&told.id) else {
            return;
        };
        let main = room.main();
        let quiet_lines = self.quiet_lines(&room.told, told, &main);
        let at = Timestamp(now.0.saturating_add(self.ahead));
        for (dialog, text) in quiet_lines {
            let number = self.line_number();
            if let Some(room) = self.rooms.get_mut(&told.id) {
                room.note(number, &dialog, at, &text);
            }
        }
    }

    fn quiet_lines(
        &self,
        had: &Conversation,
        told: &Conversation,
        main: &DialogId,
    ) -> Vec<(DialogId, String)> {
        let mut quiet_lines = Vec::new();
        let takes_part =
            |one: &&Member| matches!(one.role, Role::AssignedAgent | Role::Agent | Role::Manager);
        let is_in = |one: &Member, all: &[Member]| {
            all.iter()
                .any(|other| other.full == one.full && other.role == one.role)
        };
        let name = |one: &Member| {
            if self.is_me(&one.full) || self.is_me(&one.pid) {
                "you".to_owned()
            } else {
                self.people.name(&one.pid).to_string()
            }
        };
        let gone = had.members.iter().filter(takes_part);
        // Who takes part when it is closed does not leave it.
        for one in gone.filter(|one| told.is_main_open && !is_in(one, &told.members)) {
            quiet_lines.push((main.clone(), format!("{} left", name(one))));
        }
        if had.skill != told.skill {
            let skill = self.people.skill(&told.skill);
            quiet_lines.push((main.clone(), format!("handed to {skill}")));
        }
        for one in told
            .suggested
            .iter()
            .filter(|one| !is_in(one, &had.suggested))
        {
            quiet_lines.push((main.clone(), format!("{} was asked to take it", name(one))));
        }
        let come = told.members.iter().filter(takes_part);
        for one in come.filter(|one| !is_in(one, &had.members)) {
            let how = match one.role {
                Role::AssignedAgent => "took the conversation",
                Role::Manager => "joined as manager",
                _ => "joined",
            };
            quiet_lines.push((main.clone(), format!("{} {how}", name(one))));
        }
        if had.is_main_open && !told.is_main_open {
            let by = match told.closed_by.as_str() {
                "" => String::new(),
                by => format!(" by {}", by.to_lowercase()),
            };
            quiet_lines.push((main.clone(), format!("closed{by}")));
        }
        for dialog in told.dialogs.iter().filter(|dialog| dialog.is_survey) {
            let known = had.dialogs.iter().find(|one| one.id == dialog.id);
            let was_open = known.is_some_and(|one| one.is_open);
            if dialog.is_open && known.is_none() {
                quiet_lines.push((dialog.id.clone(), SURVEY_BEGINS.to_owned()));
            } else if was_open && !dialog.is_open {
                quiet_lines.push((dialog.id.clone(), "the survey is over".to_owned()));
            }
        }
        if let Some(csat) = told.csat.filter(|csat| had.csat != Some(*csat)) {
            let last = told.dialogs.iter().find(|dialog| dialog.is_survey);
            let dialog = last.map_or(main, |dialog| &dialog.id);
            quiet_lines.push((dialog.clone(), rated(csat)));
        }
        quiet_lines
    }
}

fn rated(csat: Csat) -> String {
    let mut said = match csat.rate {
        Some(rate) => format!("rated {rate} of 5"),
        None => "not rated".to_owned(),
    };
    match csat.resolved {
        Some(true) => said.push_str(", settled"),
        Some(false) => said.push_str(", not settled"),
        None => {}
    }
    said
}

/// What a message says, on a line.
pub(super) fn preview(message: &Message) -> Option<SafeText> {
    use crate::domain::{content::Content, wire::inbound::Event};
    const LONGEST: usize = 120;
    let Event::Content { content, .. } = &message.event else {
        return None;
    };
    let words = match content {
        Content::Text { text, .. } => text.as_str(),
        Content::File(file) if !file.caption.is_empty() => file.caption.as_str(),
        Content::File(_) => "a file",
        Content::Rich { .. } => "a card",
        Content::Form { .. } => "a form",
    };
    let line: Vec<&str> = words.split_whitespace().collect();
    let short: String = line.join(" ").chars().take(LONGEST).collect();
    Some(SafeText::clean(&short))
}
