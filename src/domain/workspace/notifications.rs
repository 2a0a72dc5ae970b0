//! What is said in conversations, and what lines it makes.

use std::time::Duration;

use crate::domain::{
    content::Content,
    ids::{ConversationId, DialogId, Sequence, TimerId},
    line::{Delivery, Hops, Line, LineBody, UNREADABLE_FOR_AGENTS},
    metadata,
    retry::Problem,
    rich::plain,
    role::{Author, Role},
    text::SafeText,
    time::Timestamp,
    wire::{
        inbound::Event,
        outbound::{AcceptStatus, ChatState},
        ums::{frame::Answer, message::Message},
    },
    workspace::{
        Workspace,
        conversations::{KnownConversation, preview},
        effect::Effect,
        lines,
        state::{Alarm, Purpose},
    },
};

/// After this long a consumer who types is taken to have stopped, whatever was told.
const TYPING: Duration = Duration::from_mins(1);

impl Workspace {
    /// A message event with the conversation it belongs to. One whose ids are of none here goes, as
    /// one that cannot be read, to the conversation whose id stands somewhere in its frame; one
    /// that names none at all, to the conversation in view.
    pub(super) fn placed(
        &self,
        message: Message,
        frame: &str,
        effects: &mut Vec<Effect>,
    ) -> Option<Message> {
        let is_said = matches!(message.event, Event::Content { .. } | Event::Unreadable);
        if !is_said || self.conversation_of(&message).is_some() {
            return Some(message);
        }
        let is_named = |(id, conversation): &(&ConversationId, &KnownConversation)| {
            let mut dialogs = conversation.tracks.keys();
            frame.contains(id.as_str()) || dialogs.any(|dialog| frame.contains(dialog.as_str()))
        };
        let is_nobodys = message.dialog.as_str().is_empty();
        let named = self.conversations.iter().find(is_named).map(|(id, _)| id);
        let id = named.or_else(|| self.in_view.as_ref().filter(|_| is_nobodys));
        let Some((id, conversation)) = id.and_then(|id| self.conversations.get_key_value(id))
        else {
            if is_nobodys {
                effects.push(Effect::Remark(UNREADABLE_FOR_AGENTS));
            }
            return None;
        };
        Some(Message {
            conversation: Some(id.clone()),
            dialog: conversation.main(),
            // It may be that of another one.
            sequence: None,
            event: Event::Unreadable,
            ..message
        })
    }

    /// One message event, told or asked for.
    pub(super) fn apply(&mut self, message: Message, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(id) = self.conversation_of(&message) else {
            // The conversation is told of before, or asked about after.
            return;
        };
        let Some(conversation) = self.conversations.get_mut(&id) else {
            return;
        };
        let by_consumer = conversation
            .consumer()
            .is_some_and(|one| one.full == message.by)
            || message.role == Role::Consumer;
        if let Event::ChatState(state) = message.event {
            if by_consumer {
                self.consumer_state(&id, state, effects);
            }
            return;
        }
        let Some(sequence) = message.sequence else {
            let text = match message.event {
                Event::Content { ref content, .. } => Some(plain::words(content)),
                Event::Unreadable => Some(UNREADABLE_FOR_AGENTS.into()),
                _ => None,
            };
            if let Some(text) = text {
                let (number, at) = (self.line_number(), self.when(message.at, now));
                if let Some(conversation) = self.conversations.get_mut(&id) {
                    conversation.note(number, &message.dialog, at, text.as_str());
                    self.touched.insert(id);
                }
            }
            return;
        };
        let track = conversation.track(&message.dialog);
        if !track.take(sequence) {
            return;
        }
        self.touched.insert(id.clone());
        match &message.event {
            Event::Content { .. } => self.said(&id, message, sequence, by_consumer, now),
            Event::Accept { status, sequences } => {
                let (status, sequences) = (*status, sequences.clone());
                self.receipt(
                    &id,
                    &message,
                    sequence,
                    status,
                    &sequences,
                    by_consumer,
                    now,
                );
            }
            Event::Unreadable => self.unreadable(&id, &message, sequence, by_consumer, now),
            Event::ChatState(_) | Event::Unknown(_) => {}
        }
        self.catch_up(&id, effects);
    }

    /// Something came that nobody can read: it is accepted, for it is here, and never marked as
    /// read.
    fn unreadable(
        &mut self,
        id: &ConversationId,
        message: &Message,
        sequence: Sequence,
        by_consumer: bool,
        now: Timestamp,
    ) {
        let (number, at) = (self.line_number(), self.when(message.at, now));
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let track = conversation.track(&message.dialog);
        if by_consumer {
            track.to_accept.insert(sequence);
        }
        let position = (track.index, sequence);
        let text = UNREADABLE_FOR_AGENTS.into();
        let line = Line::new(lines::id(number), at, position, LineBody::Quiet { text });
        conversation.lines.put(line);
    }

    fn conversation_of(&self, message: &Message) -> Option<ConversationId> {
        let named = message.conversation.as_ref();
        if let Some(id) = named.filter(|id| self.conversations.contains_key(*id)) {
            return Some(id.clone());
        }
        let mut conversations = self.conversations.iter();
        conversations
            .find(|(id, conversation)| {
                id.as_str() == message.dialog.as_str()
                    || conversation.tracks.contains_key(&message.dialog)
            })
            .map(|(id, _)| id.clone())
    }

    fn said(
        &mut self,
        id: &ConversationId,
        message: Message,
        sequence: Sequence,
        by_consumer: bool,
        now: Timestamp,
    ) {
        let mine = self.is_me(&message.by) || self.is_me(&message.pid);
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        if let Some(text) = preview(&message) {
            conversation.preview = text;
        }
        if by_consumer {
            conversation.track(&message.dialog).owe(sequence);
        }
        if mine {
            self.echo(id, message, sequence, now);
        } else {
            self.put_said(id, message, sequence, false, now);
        }
    }

    /// A line of what somebody said.
    pub(super) fn put_said(
        &mut self,
        id: &ConversationId,
        message: Message,
        sequence: Sequence,
        mine: bool,
        now: Timestamp,
    ) {
        let number = self.line_number();
        let Some(conversation) = self.conversations.get(id) else {
            return;
        };
        let is_consumer = conversation
            .consumer()
            .is_some_and(|one| one.full == message.by);
        let name = if is_consumer {
            self.consumer_name(conversation)
        } else {
            self.people.name(&message.pid)
        };
        // Who does not say as what they speak is known by who they are.
        let role = match &message.role {
            Role::Other(word) if word.is_empty() => {
                let known = conversation.details.members.iter();
                let mut known = known.filter(|one| one.full == message.by || one.pid == message.by);
                known.next().map_or(Role::Agent, |one| one.role.clone())
            }
            role => role.clone(),
        };
        let Event::Content { content, .. } = message.event else {
            return;
        };
        let at = self.when(message.at, now);
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let track = conversation.track(&message.dialog);
        let position = (track.index, sequence);
        let body = if mine {
            LineBody::Mine {
                content,
                delivery: track.delivery(sequence),
                hops: Hops::default(),
            }
        } else {
            let id = message.pid;
            LineBody::Theirs {
                author: Author { id, role },
                name,
                content,
                dialog: message.dialog,
                sequence,
                answerable: false,
            }
        };
        let mut line = Line::new(lines::id(number), at, position, body);
        line.private = message.private;
        line.metadata = message.metadata;
        conversation.lines.put(line);
    }

    /// Somebody acknowledged, read or used something.
    #[expect(
        clippy::too_many_arguments,
        reason = "they are the parts of one message, taken apart by the only caller"
    )]
    fn receipt(
        &mut self,
        id: &ConversationId,
        message: &Message,
        sequence: Sequence,
        status: AcceptStatus,
        sequences: &[Sequence],
        by_consumer: bool,
        now: Timestamp,
    ) {
        let at = self.when(message.at, now);
        let number = self.line_number();
        let name = self
            .conversations
            .get(id)
            .map(|conversation| self.consumer_name(conversation));
        let name = name.unwrap_or_default().one_line();
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let track = conversation.track(&message.dialog);
        let index = track.index;
        match status {
            AcceptStatus::Accept | AcceptStatus::Read if !by_consumer => {
                track.acknowledged(status == AcceptStatus::Read, sequences);
            }
            AcceptStatus::Accept | AcceptStatus::Read => {
                track.received(status == AcceptStatus::Read, sequences);
                let reached: Vec<_> = sequences
                    .iter()
                    .map(|sequence| (*sequence, track.delivery(*sequence)))
                    .collect();
                for (sequence, reached) in reached {
                    if let Some(line) = conversation
                        .lines
                        .at(index, sequence)
                        .map(|line| line.id.number)
                    {
                        conversation
                            .lines
                            .change(line, |line| reach(line, &reached));
                    }
                }
            }
            AcceptStatus::Action if by_consumer => {
                let of = sequences.first().copied().unwrap_or_default();
                let used = used(conversation.lines.at(index, of), of);
                let name = name.split_whitespace().next().unwrap_or("");
                let mut text = format!("↗ {name} used {used}");
                if let Some(metadata) = &message.metadata {
                    text = format!("{text} · {}", metadata::summary(metadata));
                }
                let text = SafeText::clean(&text);
                let body = LineBody::Quiet { text };
                let mut line = Line::new(lines::id(number), at, (index, sequence), body);
                line.metadata.clone_from(&message.metadata);
                conversation.lines.put(line);
            }
            _ => {}
        }
    }

    /// When the cloud took something, or now by its clock.
    pub(super) fn when(&self, at: Option<Timestamp>, now: Timestamp) -> Timestamp {
        at.unwrap_or(Timestamp(now.0.saturating_add(self.ahead)))
    }

    fn consumer_state(&mut self, id: &ConversationId, state: ChatState, effects: &mut Vec<Effect>) {
        let timer = (state == ChatState::Composing)
            .then(|| self.wake(TYPING, Alarm::Typing(id.clone()), effects));
        if let Some(conversation) = self.conversations.get_mut(id) {
            let before = std::mem::replace(&mut conversation.consumer_types, timer);
            if let Some(before) = before {
                self.alarms.remove(&before);
            }
            self.touched.insert(id.clone());
        }
    }

    /// The consumer was heard typing and then not for long.
    pub(super) fn silent(
        &mut self,
        id: &ConversationId,
        timer: TimerId,
        _effects: &mut Vec<Effect>,
    ) {
        if let Some(conversation) = self.conversations.get_mut(id)
            && conversation.consumer_types == Some(timer)
        {
            conversation.consumer_types = None;
            self.touched.insert(id.clone());
        }
    }

    /// What was said in a dialog.
    pub(super) fn queried(
        &mut self,
        id: &ConversationId,
        dialog: &DialogId,
        answer: Result<Answer, Problem>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        self.touched.insert(id.clone());
        let messages = match answer {
            Ok(answer) => answer.messages().unwrap_or_default(),
            Err(problem) if problem.fault().is_some() => {
                // Asking again brings the same; what happens from now on is told.
                conversation.answered(dialog, None);
                self.tell("ask what was said before", problem, effects);
                return;
            }
            Err(_) => {
                conversation.track(dialog).unanswered();
                return;
            }
        };
        let mut last = None;
        for mut message in messages {
            if message.dialog != *dialog {
                continue;
            }
            last = last.max(message.sequence);
            // Which conversation a dialog is of was known when it was asked.
            message.conversation = Some(id.clone());
            self.apply(message, now, effects);
        }
        if let Some(conversation) = self.conversations.get_mut(id) {
            conversation.answered(dialog, last);
        }
        self.undoubt(id, dialog, now);
        self.catch_up(id, effects);
    }
}

/// Whether a line of ours has come further than it was.
fn reach(line: &mut Line, reached: &Delivery) -> bool {
    match &mut line.body {
        LineBody::Mine { delivery, .. } if delivery != reached => {
            *delivery = reached.clone();
            true
        }
        _ => false,
    }
}

/// Why a line failed, in words.
pub(super) fn failed(why: &str) -> Delivery {
    Delivery::Failed {
        reason: SafeText::clean(why),
        uncertain: false,
    }
}

/// What the consumer used: a message, by its kind and number.
fn used(line: Option<&Line>, sequence: Sequence) -> String {
    match line.and_then(Line::content) {
        Some(Content::Rich { .. }) => format!("the card #{sequence}"),
        Some(Content::File(_)) => format!("the file #{sequence}"),
        Some(Content::Form { .. }) => format!("the form #{sequence}"),
        Some(Content::Text { .. }) => format!("a quick reply of #{sequence}"),
        None => format!("message #{sequence}"),
    }
}

impl Workspace {
    /// Tells a part of a conversation again, and asks for what is missing in it.
    pub(super) fn history(
        &mut self,
        id: &ConversationId,
        after: Option<Sequence>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(conversation) = self.conversations.get_mut(id).filter(|_| self.is_up) else {
            effects.push(Effect::Remark("there is no connection just now"));
            return;
        };
        conversation.lines.tell_all();
        let main = conversation.main();
        let track = conversation.track(&main);
        self.touched.insert(id.clone());
        if track.is_asking {
            return;
        }
        track.is_asking = true;
        let query = crate::domain::wire::ums::request::Request::Query {
            dialog: main.clone(),
            newer_than: after.unwrap_or_default(),
        };
        let purpose = Purpose::Query {
            conversation: id.clone(),
            dialog: main,
        };
        self.ask(query, purpose, effects);
    }
}

#[cfg(test)]
mod tests;
