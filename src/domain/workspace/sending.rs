//! What is said from here: on its way, numbered by its answer or its echo, or failed. The cloud
//! knows no idempotency, so nothing is said again by itself.

use serde_json::Value;

use crate::domain::{
    content::Content,
    ids::{ConversationId, DialogId, RequestId, Sequence},
    line::{Delivery, Hops, Line, LineBody, Position},
    retry::Problem,
    rich::quick,
    role::Role,
    text::SafeText,
    time::Timestamp,
    wire::{
        inbound,
        ums::{
            frame::Answer,
            message::Message as Published,
            request::{self, Request},
        },
    },
    workspace::{
        Workspace, command::Message, effect::Effect, lines, notifications::failed, state::Purpose,
    },
};

/// Lines of a conversation that are on their way or failed; more are refused.
const MOST_UNSENT: usize = 100;

/// Something that was said from here.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sending {
    message: Message,
    private: bool,
    metadata: Option<Value>,
    dialog: DialogId,
    fate: Fate,
}

/// What is known of how it went.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    /// Its answer is awaited.
    Awaited(RequestId),
    /// No answer came. What was said in the dialog tells, once that is asked.
    Doubtful(Doubt),
    /// It did not arrive.
    Failed,
}

/// How far what is in doubt has been looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Fresh,
    /// What was said is asked.
    Asked,
    /// What was said is known; its echo may still be put aside.
    Told,
}

impl Sending {
    /// What was said in a dialog is asked from now on.
    pub(super) fn is_asked_about(&mut self, dialog: &DialogId) {
        if self.dialog == *dialog && self.fate == Fate::Doubtful(Doubt::Fresh) {
            self.fate = Fate::Doubtful(Doubt::Asked);
        }
    }

    fn is_awaited(&self, dialog: &DialogId) -> bool {
        self.dialog == *dialog && matches!(self.fate, Fate::Awaited(_))
    }

    /// Whether something heard is its echo.
    fn is_echoed_by(&self, echo: &Published) -> bool {
        let inbound::Event::Content { content, text } = &echo.event else {
            return false;
        };
        let is_same = match (&self.message, content) {
            (Message::Text { text: said, .. }, _) => text.as_ref() == Some(said),
            (Message::Rich { content: shown, .. }, Content::Rich { content, .. }) => {
                shown == content
            }
            _ => false,
        };
        self.dialog == echo.dialog && self.private == echo.private && is_same
    }
}

impl Workspace {
    /// Says something in the MAIN dialog of a conversation.
    pub(super) fn say(
        &mut self,
        id: &ConversationId,
        message: Message,
        private: bool,
        metadata: Option<Value>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(conversation) = self.conversations.get(id) else {
            effects.push(Effect::Remark("this conversation is not in the workspace"));
            return;
        };
        let role = self.role_in(&conversation.details);
        let why_not = match &role {
            _ if !conversation.details.is_main_open => Some("this conversation is closed"),
            None => Some("join the conversation first"),
            Some(Role::Reader) => Some("a reader cannot write"),
            _ if conversation.sendings.len() >= MOST_UNSENT => {
                Some("too much is waiting to be sent")
            }
            _ => None,
        };
        if let Some(why) = why_not {
            effects.push(Effect::Remark(why));
            return;
        }
        let dialog = conversation.main();
        let number = self.line_number();
        let at = self.when(None, now);
        let body = LineBody::Mine {
            content: message.content(),
            delivery: Delivery::Leaving,
            hops: Hops::default(),
        };
        let mut line = Line::new(lines::id(number), at, Position::Unnumbered, body);
        line.private = private;
        line.metadata.clone_from(&metadata);
        let sending = Sending {
            message,
            private,
            metadata,
            dialog,
            fate: Fate::Failed,
        };
        if let Some(conversation) = self.conversations.get_mut(id) {
            conversation.lines.put(line);
            conversation.sendings.insert(number, sending);
        }
        self.send(id, number, effects);
        self.written(id, effects);
    }

    /// Says a line of ours again that did not arrive.
    pub(super) fn retry(&mut self, id: &ConversationId, line: u32, effects: &mut Vec<Effect>) {
        let conversation = self.conversations.get(id);
        let sending = conversation.and_then(|conversation| conversation.sendings.get(&line));
        match sending.map(|sending| &sending.fate) {
            Some(Fate::Failed) => self.send(id, line, effects),
            Some(_) => effects.push(Effect::Remark("it is still on its way")),
            None => effects.push(Effect::Remark("there is nothing to send again")),
        }
    }

    fn send(&mut self, id: &ConversationId, line: u32, effects: &mut Vec<Effect>) {
        self.touched.insert(id.clone());
        let is_up = self.is_up;
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let Some(sending) = conversation.sendings.get(&line) else {
            return;
        };
        let what = Request::Publish {
            conversation: id.clone(),
            dialog: sending.dialog.clone(),
            event: published(&sending.message),
            private: sending.private,
            metadata: sending.metadata.clone(),
        };
        let state = if is_up {
            Delivery::Leaving
        } else {
            failed("there is no connection just now")
        };
        conversation.lines.change(line, |line| deliver(line, state));
        if is_up {
            let purpose = Purpose::Line {
                conversation: id.clone(),
                line,
            };
            let request = self.ask(what, purpose, effects);
            self.fate(id, line, Fate::Awaited(request));
        }
    }

    fn fate(&mut self, id: &ConversationId, line: u32, fate: Fate) {
        let conversation = self.conversations.get_mut(id);
        if let Some(sending) =
            conversation.and_then(|conversation| conversation.sendings.get_mut(&line))
        {
            sending.fate = fate;
        }
    }

    /// What became of a line of ours.
    pub(super) fn line_answered(
        &mut self,
        id: &ConversationId,
        line: u32,
        answer: Result<Answer, Problem>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let Some(sending) = conversation.sendings.get(&line) else {
            return;
        };
        let dialog = sending.dialog.clone();
        self.touched.insert(id.clone());
        match answer.map(|answer| answer.sequence()) {
            Ok(Some(sequence)) => {
                conversation.sendings.remove(&line);
                let echo = conversation
                    .unclaimed
                    .iter()
                    .position(|echo| echo.dialog == dialog && echo.sequence == Some(sequence));
                let echo = echo.map(|at| conversation.unclaimed.remove(at));
                let at = echo.and_then(|echo| echo.at);
                let track = conversation.track(&dialog);
                let (index, reached) = (track.index, track.delivery(sequence));
                conversation.lines.place(line, index, sequence, at, reached);
            }
            Err(problem) if !problem.is_uncertain() => {
                let reason = problem.words();
                let state = failed(reason.as_str());
                conversation.lines.change(line, |line| deliver(line, state));
                self.fate(id, line, Fate::Failed);
            }
            Ok(None) | Err(_) => {
                conversation.track(&dialog).is_stale = true;
                self.fate(id, line, Fate::Doubtful(Doubt::Fresh));
                self.catch_up(id, effects);
            }
        }
        self.claim(id, &dialog, now);
    }

    /// Something said as this agent, from here or elsewhere.
    pub(super) fn echo(
        &mut self,
        id: &ConversationId,
        echo: Published,
        sequence: Sequence,
        now: Timestamp,
    ) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let index = conversation.track(&echo.dialog).index;
        if let Some(line) = conversation
            .lines
            .at(index, sequence)
            .map(|line| line.id.number)
        {
            // Its answer was first.
            if let Some(at) = echo.at {
                conversation.lines.change(line, |line| {
                    let differs = line.at != at;
                    line.at = at;
                    differs
                });
            }
            return;
        }
        let dialog = echo.dialog.clone();
        let is_open_whose = conversation.unclaimed.len() < MOST_UNSENT
            && conversation
                .sendings
                .values()
                .any(|one| one.is_awaited(&dialog));
        if is_open_whose {
            // One of the answers that are on their way will say whose it is.
            conversation.unclaimed.push(echo);
        } else {
            self.resolve_echo(id, echo, sequence, now);
        }
    }

    /// Without an answer on its way: it is of a line whose answer was lost, or was said elsewhere.
    fn resolve_echo(
        &mut self,
        id: &ConversationId,
        echo: Published,
        sequence: Sequence,
        now: Timestamp,
    ) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let lost = conversation.sendings.iter().find(|(_, sending)| {
            matches!(sending.fate, Fate::Doubtful(_)) && sending.is_echoed_by(&echo)
        });
        if let Some(line) = lost.map(|(line, _)| *line) {
            conversation.sendings.remove(&line);
            let track = conversation.track(&echo.dialog);
            let (index, reached) = (track.index, track.delivery(sequence));
            conversation
                .lines
                .place(line, index, sequence, echo.at, reached);
        } else {
            self.put_said(id, echo, sequence, true, now);
        }
    }

    /// Echoes that were put aside, once no answer is on its way any more.
    fn claim(&mut self, id: &ConversationId, dialog: &DialogId, now: Timestamp) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        if conversation
            .sendings
            .values()
            .any(|one| one.is_awaited(dialog))
        {
            return;
        }
        let all = std::mem::take(&mut conversation.unclaimed);
        let (these, others) = all.into_iter().partition(|echo| echo.dialog == *dialog);
        conversation.unclaimed = others;
        let these: Vec<Published> = these;
        for echo in these {
            if let Some(sequence) = echo.sequence {
                self.resolve_echo(id, echo, sequence, now);
            }
        }
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        for (line, sending) in &mut conversation.sendings {
            if sending.dialog == *dialog && sending.fate == Fate::Doubtful(Doubt::Told) {
                sending.fate = Fate::Failed;
                let state = failed("the connection was lost before it arrived");
                conversation
                    .lines
                    .change(*line, |line| deliver(line, state));
            }
        }
    }

    /// What was said in a dialog is known: what was in doubt and is not among it did not arrive.
    /// While an answer is on its way it is open whose the echoes are, so that waits for it.
    pub(super) fn undoubt(&mut self, id: &ConversationId, dialog: &DialogId, now: Timestamp) {
        if let Some(conversation) = self.conversations.get_mut(id) {
            let here = conversation.sendings.values_mut();
            for sending in here.filter(|one| one.dialog == *dialog) {
                if sending.fate == Fate::Doubtful(Doubt::Asked) {
                    sending.fate = Fate::Doubtful(Doubt::Told);
                }
            }
        }
        self.claim(id, dialog, now);
    }
}

fn deliver(line: &mut Line, state: Delivery) -> bool {
    if let LineBody::Mine { delivery, .. } = &mut line.body {
        *delivery = state;
    }
    true
}

impl Message {
    /// What is said, as the screen shows it.
    pub fn content(&self) -> Content {
        let buttons = |replies: &Option<Value>| replies.as_ref().map(quick::replies);
        match self {
            Self::Text { text, replies } => Content::Text {
                text: SafeText::clean(text),
                replies: buttons(replies).unwrap_or_default(),
            },
            Self::Rich { content, replies } => Content::Rich {
                content: content.clone(),
                replies: buttons(replies).unwrap_or_default(),
            },
        }
    }
}

/// What is said as the wire has it.
fn published(message: &Message) -> request::Event {
    match message.clone() {
        Message::Text { text, replies } => request::Event::Text { text, replies },
        Message::Rich { content, replies } => request::Event::Rich { content, replies },
    }
}
