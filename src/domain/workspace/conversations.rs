//! Conversations as the cloud tells of them, and what of it becomes a quiet line.

use std::collections::BTreeMap;

use crate::domain::{
    ids::{ConversationId, DialogId, Sequence, TimerId},
    line::{Line, LineBody, Position},
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
        lines::{self, Lines},
        sending::Sending,
        state::Purpose,
        tracks::Track,
        view::ConversationState,
        writing::Writing,
    },
};

/// Conversations kept in which this agent has no part; more are not shown.
const MOST_OTHERS: usize = 200;
/// Conversations kept at all.
const MOST: usize = 400;
/// Closed ones of them.
const MOST_OVER: usize = 50;

/// Stands before all that is said in a survey; every other quiet line comes after what was said.
const SURVEY_BEGINS: &str = "a survey begins";

/// A conversation on the workspace.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KnownConversation {
    pub(super) details: Conversation,
    pub(super) profile: Option<Profile>,
    pub(super) asks_profile: bool,
    pub(super) tracks: BTreeMap<DialogId, Track>,
    pub(super) lines: Lines,
    /// Quiet lines made before it was known what was said before them, for this agent has
    /// not asked yet, or is told nothing of a survey without asking.
    early: Vec<u32>,
    /// What was said from here and is not known to have arrived, by its line.
    pub(super) sendings: BTreeMap<u32, Sending>,
    /// Echoes of what was said from here, while it is open whose they are.
    pub(super) unclaimed: Vec<Message>,
    /// Runs while the consumer types.
    pub(super) consumer_types: Option<TimerId>,
    pub(super) writing: Writing,
    /// This agent took part in it at some time.
    pub(super) was_mine: bool,
    /// What was said last.
    pub(super) preview: SafeText,
    pub(super) shown: Option<ConversationState>,
    pub(super) shown_typing: bool,
}

impl KnownConversation {
    fn new(details: Conversation) -> Self {
        Self {
            details,
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
        let mut members = self.details.members.iter();
        members.find(|one| one.role == Role::Consumer)
    }

    pub(super) fn main(&self) -> DialogId {
        let main = self.details.dialogs.iter().find(|dialog| !dialog.is_survey);
        main.map_or_else(
            || DialogId::from(self.details.id.as_str()),
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
    pub(super) fn note(&mut self, number: u32, dialog: &DialogId, at: Timestamp, text: &str) {
        let is_survey = *dialog != self.main();
        let track = self.track(dialog);
        let (index, is_answered) = (track.index, track.is_answered);
        let is_first = text == SURVEY_BEGINS;
        if !is_first && (is_survey || !is_answered) {
            self.early.push(number);
        }
        let position = Position::Numbered {
            dialog: index,
            sequence: if is_first { 0 } else { self.lines.last(index) },
            follows: !is_first,
        };
        let text = SafeText::clean(text);
        let line = Line::new(lines::id(number), at, position, LineBody::Quiet { text });
        self.lines.put(line);
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
        let details: Vec<_> = changes
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
            } else if !(of_closed && change.is_deleted) && self.conversations.contains_key(&id) {
                let mut details = change.conversation;
                details.is_open = false;
                details.is_main_open = false;
                details
                    .dialogs
                    .iter_mut()
                    .for_each(|one| one.is_open = false);
                self.take(details, now, effects);
                self.over(&id);
            }
        }
        self.sweep(subscription, details.into_iter());
    }

    /// The state of a conversation, new or known.
    fn take(&mut self, details: Conversation, now: Timestamp, effects: &mut Vec<Effect>) {
        let id = details.id.clone();
        let role = self.role_in(&details);
        if role.is_some() || details.suggested.iter().any(|one| self.is_me(&one.full)) {
            self.cleared.remove(&id);
        }
        if self.cleared.contains(&id) {
            return;
        }
        if let Some(conversation) = self.conversations.get(&id) {
            let is_older = matches!(
                (details.updated, conversation.details.updated),
                (Some(this), Some(known)) if this < known
            );
            if is_older {
                return;
            }
            self.add_quiet_lines(&details, now);
        } else if self.make_room(role.is_some()) {
            self.conversations
                .insert(id.clone(), KnownConversation::new(details.clone()));
        } else {
            if !std::mem::replace(&mut self.said_full, true) {
                effects.push(Effect::Remark(
                    "more conversations are open than a workspace holds",
                ));
            }
            return;
        }
        let is_in_view = self.in_view.as_ref() == Some(&id);
        if let Some(conversation) = self.conversations.get_mut(&id) {
            let had = std::mem::replace(&mut conversation.details, details);
            let dialogs = conversation.details.dialogs.clone();
            for dialog in &dialogs {
                let was_open = had
                    .dialogs
                    .iter()
                    .any(|one| one.id == dialog.id && one.is_open);
                let track = conversation.track(&dialog.id);
                // What is said in a survey, and where one has no part, is told to nobody here.
                let is_untold = role.is_none() || dialog.is_survey;
                track.is_stale |= is_untold && (was_open || is_in_view);
            }
            if let Some(last) = &conversation.details.last
                && let Some(text) = preview(last)
            {
                conversation.preview = text;
            }
            conversation.was_mine |= role.is_some();
        }
        if role.is_some() || is_in_view {
            self.ask_profile(&id, effects);
        }
        self.touched.insert(id.clone());
        self.catch_up(&id, effects);
    }

    /// Whether there is room for one more; others' conversations make room for one's own.
    fn make_room(&mut self, mine: bool) -> bool {
        let others = self
            .conversations
            .values()
            .filter(|conversation| !conversation.was_mine)
            .count();
        if self.conversations.len() < MOST && (mine || others < MOST_OTHERS) {
            return true;
        }
        if !mine {
            return false;
        }
        let stranger = self.conversations.iter().find(|(id, conversation)| {
            !conversation.was_mine && self.in_view.as_ref() != Some(*id)
        });
        let Some(id) = stranger.map(|(id, _)| id.clone()) else {
            return false;
        };
        self.remove(&id);
        true
    }

    /// A conversation is over: one's own stays until it is left, others go.
    pub(super) fn over(&mut self, id: &ConversationId) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        conversation.details.is_open = false;
        conversation.details.is_main_open = false;
        conversation.consumer_types = None;
        self.touched.insert(id.clone());
        if !conversation.was_mine && self.in_view.as_ref() != Some(id) {
            self.remove(id);
            return;
        }
        let over = self.conversations.iter().filter(|(other, conversation)| {
            !conversation.details.is_open && self.in_view.as_ref() != Some(*other)
        });
        let mut over: Vec<_> = over
            .map(|(id, conversation)| (conversation.details.updated, id.clone()))
            .collect();
        over.sort();
        let surplus = over.len().saturating_sub(MOST_OVER);
        for (_, id) in over.into_iter().take(surplus) {
            self.remove(&id);
        }
    }

    /// Takes a conversation off the workspace.
    pub(super) fn remove(&mut self, id: &ConversationId) {
        if self.conversations.remove(id).is_some() {
            self.touched.insert(id.clone());
        }
    }

    /// As what this agent takes part; the weightiest counts.
    pub(super) fn role_in(&self, details: &Conversation) -> Option<Role> {
        let mine = details
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
        let Some(details) = self
            .conversations
            .get(id)
            .map(|conversation| &conversation.details)
        else {
            return;
        };
        // One that was handed on goes on without us; its end is one's own again.
        let concerns = self.role_in(details).is_some() || !details.is_open || is_in_view;
        let Some(conversation) = self
            .conversations
            .get_mut(id)
            .filter(|_| self.is_up && concerns)
        else {
            return;
        };
        let mut queries = Vec::new();
        for (dialog, track) in &mut conversation.tracks {
            if let Some(newer_than) = track.ask() {
                for sending in conversation.sendings.values_mut() {
                    sending.is_asked_about(dialog);
                }
                queries.push((dialog.clone(), newer_than));
            }
        }
        for (dialog, newer_than) in queries {
            let purpose = Purpose::Query {
                conversation: id.clone(),
                dialog: dialog.clone(),
            };
            self.ask(Request::Query { dialog, newer_than }, purpose, effects);
        }
    }

    /// What changed in a known conversation, as quiet lines.
    fn add_quiet_lines(&mut self, details: &Conversation, now: Timestamp) {
        let Some(conversation) = self.conversations.get(&details.id) else {
            return;
        };
        let main = conversation.main();
        let quiet_lines = self.quiet_lines(&conversation.details, details, &main);
        let at = Timestamp(now.0.saturating_add(self.ahead));
        for (dialog, text) in quiet_lines {
            let number = self.line_number();
            if let Some(conversation) = self.conversations.get_mut(&details.id) {
                conversation.note(number, &dialog, at, &text);
            }
        }
    }

    fn quiet_lines(
        &self,
        had: &Conversation,
        details: &Conversation,
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
        for one in gone.filter(|one| details.is_main_open && !is_in(one, &details.members)) {
            quiet_lines.push((main.clone(), format!("{} left", name(one))));
        }
        if had.skill != details.skill {
            let skill = self.people.skill(&details.skill);
            quiet_lines.push((main.clone(), format!("handed to {skill}")));
        }
        for one in details
            .suggested
            .iter()
            .filter(|one| !is_in(one, &had.suggested))
        {
            let was = if self.is_me(&one.full) || self.is_me(&one.pid) {
                "were"
            } else {
                "was"
            };
            quiet_lines.push((
                main.clone(),
                format!("{} {was} asked to take it", name(one)),
            ));
        }
        let come = details.members.iter().filter(takes_part);
        for one in come.filter(|one| !is_in(one, &had.members)) {
            let how = match one.role {
                Role::AssignedAgent => "took the conversation",
                Role::Manager => "joined as manager",
                _ => "joined",
            };
            quiet_lines.push((main.clone(), format!("{} {how}", name(one))));
        }
        if had.is_main_open && !details.is_main_open {
            let by = match details.closed_by.as_str() {
                "" => String::new(),
                by => format!(" by {}", by.to_lowercase()),
            };
            quiet_lines.push((main.clone(), format!("closed{by}")));
        }
        for dialog in details.dialogs.iter().filter(|dialog| dialog.is_survey) {
            let known = had.dialogs.iter().find(|one| one.id == dialog.id);
            let was_open = known.is_some_and(|one| one.is_open);
            if dialog.is_open && known.is_none() {
                quiet_lines.push((dialog.id.clone(), SURVEY_BEGINS.to_owned()));
            } else if was_open && !dialog.is_open {
                quiet_lines.push((dialog.id.clone(), "the survey is over".to_owned()));
            }
        }
        if let Some(csat) = details.csat.filter(|csat| had.csat != Some(*csat)) {
            let last = details.dialogs.iter().find(|dialog| dialog.is_survey);
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
