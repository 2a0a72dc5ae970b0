//! What is said from here: on its way, numbered by its answer or its echo, or failed. The cloud
//! knows no idempotency, so nothing is said again by itself.

use serde_json::Value;

use crate::domain::{
    content::Content,
    ids::{ConversationId, DialogId, RequestId, Sequence},
    retry::Problem,
    rich::quick,
    role::Role,
    text::SafeText,
    time::Timestamp,
    wire::{
        inbound,
        ums::{
            frame::Answer,
            message::Message as Heard,
            request::{self, Request},
        },
    },
    workspace::{
        Workspace,
        effect::Effect,
        event::Message,
        lines::NOWHERE,
        notifications::failed,
        state::Purpose,
        view::{Body, Delivery, Line, Place},
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
    fn is_echoed_by(&self, heard: &Heard) -> bool {
        let inbound::Event::Content { content, text } = &heard.event else {
            return false;
        };
        let is_same = match (&self.message, content) {
            (Message::Text { text: said, .. }, _) => text.as_ref() == Some(said),
            (Message::Rich { content: shown, .. }, Content::Rich { content, .. }) => {
                shown == content
            }
            _ => false,
        };
        self.dialog == heard.dialog && self.private == heard.private && is_same
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
        let Some(room) = self.rooms.get(id) else {
            effects.push(Effect::Remark("this conversation is not in the workspace"));
            return;
        };
        let role = self.role_in(&room.told);
        let why_not = match &role {
            _ if !room.told.is_main_open => Some("this conversation is closed"),
            None => Some("join the conversation first"),
            Some(Role::Reader) => Some("a reader cannot write"),
            _ if room.sendings.len() >= MOST_UNSENT => Some("too much is waiting to be sent"),
            _ => None,
        };
        if let Some(why) = why_not {
            effects.push(Effect::Remark(why));
            return;
        }
        let dialog = room.main();
        let number = self.line_number();
        let at = self.when(None, now);
        let me = self.me.as_ref().map(|(_, pid)| pid.clone());
        let name = me.as_ref().map(|me| self.people.name(me));
        let line = Line {
            number,
            place: Place {
                dialog: NOWHERE,
                sequence: 0,
                number,
            },
            at,
            body: Body::Said {
                name: name.unwrap_or_default(),
                role: role.unwrap_or(Role::Agent),
                mine: true,
                content: content(&message),
                private,
                dialog: dialog.clone(),
                metadata: metadata.clone(),
                delivery: Delivery::Leaving,
            },
        };
        let sending = Sending {
            message,
            private,
            metadata,
            dialog,
            fate: Fate::Failed,
        };
        if let Some(room) = self.rooms.get_mut(id) {
            room.lines.put(line, me);
            room.sendings.insert(number, sending);
        }
        self.send(id, number, effects);
        self.written(id, effects);
    }

    /// Says a line of ours again that did not arrive.
    pub(super) fn retry(&mut self, id: &ConversationId, line: u64, effects: &mut Vec<Effect>) {
        let room = self.rooms.get(id);
        let sending = room.and_then(|room| room.sendings.get(&line));
        match sending.map(|sending| &sending.fate) {
            Some(Fate::Failed) => self.send(id, line, effects),
            Some(_) => effects.push(Effect::Remark("it is still on its way")),
            None => effects.push(Effect::Remark("there is nothing to send again")),
        }
    }

    fn send(&mut self, id: &ConversationId, line: u64, effects: &mut Vec<Effect>) {
        self.touched.insert(id.clone());
        let is_up = self.is_up;
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        let Some(sending) = room.sendings.get(&line) else {
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
        room.lines.change(line, |line| deliver(line, state));
        if is_up {
            let purpose = Purpose::Line {
                room: id.clone(),
                line,
            };
            let request = self.ask(what, purpose, effects);
            self.fate(id, line, Fate::Awaited(request));
        }
    }

    fn fate(&mut self, id: &ConversationId, line: u64, fate: Fate) {
        let room = self.rooms.get_mut(id);
        if let Some(sending) = room.and_then(|room| room.sendings.get_mut(&line)) {
            sending.fate = fate;
        }
    }

    /// What became of a line of ours.
    pub(super) fn line_answered(
        &mut self,
        id: &ConversationId,
        line: u64,
        answer: Result<Answer, Problem>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        let Some(sending) = room.sendings.get(&line) else {
            return;
        };
        let dialog = sending.dialog.clone();
        self.touched.insert(id.clone());
        match answer.map(|answer| answer.sequence()) {
            Ok(Some(sequence)) => {
                room.sendings.remove(&line);
                let echo = room
                    .unclaimed
                    .iter()
                    .position(|heard| heard.dialog == dialog && heard.sequence == Some(sequence));
                let echo = echo.map(|at| room.unclaimed.remove(at));
                let at = echo.and_then(|echo| echo.at);
                let track = room.track(&dialog);
                let (index, reached) = (track.index, track.delivery(sequence));
                room.lines.place(line, index, sequence, at, reached);
            }
            Err(problem) if !problem.is_uncertain() => {
                let reason = problem.words();
                let state = failed(reason.as_str());
                room.lines.change(line, |line| deliver(line, state));
                self.fate(id, line, Fate::Failed);
            }
            Ok(None) | Err(_) => {
                room.track(&dialog).is_stale = true;
                self.fate(id, line, Fate::Doubtful(Doubt::Fresh));
                self.catch_up(id, effects);
            }
        }
        self.claim(id, &dialog, now);
    }

    /// Something said as the agent who sits here, from here or elsewhere.
    pub(super) fn echo(
        &mut self,
        id: &ConversationId,
        heard: Heard,
        sequence: Sequence,
        now: Timestamp,
    ) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        let index = room.track(&heard.dialog).index;
        if let Some(line) = room.lines.at(index, sequence) {
            // Its answer was first.
            if let Some(at) = heard.at {
                room.lines.change(line, |line| {
                    let differs = line.at != at;
                    line.at = at;
                    differs
                });
            }
            return;
        }
        let dialog = heard.dialog.clone();
        let is_open_whose = room.unclaimed.len() < MOST_UNSENT
            && room.sendings.values().any(|one| one.is_awaited(&dialog));
        if is_open_whose {
            // One of the answers that are on their way will say whose it is.
            room.unclaimed.push(heard);
        } else {
            self.resolve_echo(id, heard, sequence, now);
        }
    }

    /// Without an answer on its way: it is of a line whose answer was lost, or was said elsewhere.
    fn resolve_echo(
        &mut self,
        id: &ConversationId,
        heard: Heard,
        sequence: Sequence,
        now: Timestamp,
    ) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        let lost = room.sendings.iter().find(|(_, sending)| {
            matches!(sending.fate, Fate::Doubtful(_)) && sending.is_echoed_by(&heard)
        });
        if let Some(line) = lost.map(|(line, _)| *line) {
            room.sendings.remove(&line);
            let track = room.track(&heard.dialog);
            let (index, reached) = (track.index, track.delivery(sequence));
            room.lines.place(line, index, sequence, heard.at, reached);
        } else {
            self.put_said(id, heard, sequence, true, now);
        }
    }

    /// Echoes that were put aside, once no answer is on its way any more.
    fn claim(&mut self, id: &ConversationId, dialog: &DialogId, now: Timestamp) {
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        if room.sendings.values().any(|one| one.is_awaited(dialog)) {
            return;
        }
        let all = std::mem::take(&mut room.unclaimed);
        let (these, others) = all.into_iter().partition(|heard| heard.dialog == *dialog);
        room.unclaimed = others;
        let these: Vec<Heard> = these;
        for heard in these {
            if let Some(sequence) = heard.sequence {
                self.resolve_echo(id, heard, sequence, now);
            }
        }
        let Some(room) = self.rooms.get_mut(id) else {
            return;
        };
        for (line, sending) in &mut room.sendings {
            if sending.dialog == *dialog && sending.fate == Fate::Doubtful(Doubt::Told) {
                sending.fate = Fate::Failed;
                let state = failed("the connection was lost before it arrived");
                room.lines.change(*line, |line| deliver(line, state));
            }
        }
    }

    /// What was said in a dialog is known: what was in doubt and is not among it did not arrive.
    /// While an answer is on its way it is open whose the echoes are, so that waits for it.
    pub(super) fn undoubt(&mut self, id: &ConversationId, dialog: &DialogId, now: Timestamp) {
        if let Some(room) = self.rooms.get_mut(id) {
            let here = room.sendings.values_mut();
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
    if let Body::Said { delivery, .. } = &mut line.body {
        *delivery = state;
    }
    true
}

/// What is said as the screen shows it.
fn content(message: &Message) -> Content {
    let buttons = |replies: &Option<Value>| replies.as_ref().map(quick::replies);
    match message {
        Message::Text { text, replies } => Content::Text {
            text: SafeText::clean(text),
            replies: buttons(replies).unwrap_or_default(),
        },
        Message::Rich { content, replies } => Content::Rich {
            content: content.clone(),
            replies: buttons(replies).unwrap_or_default(),
        },
    }
}

/// What is said as the wire has it.
fn published(message: &Message) -> request::Event {
    match message.clone() {
        Message::Text { text, replies } => request::Event::Text { text, replies },
        Message::Rich { content, replies } => request::Event::Rich { content, replies },
    }
}
