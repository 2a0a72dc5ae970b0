//! What agent sessions tell, in words.

use std::time::Duration;

use crate::{
    domain::{
        ids::ConversationId,
        line::LineBody,
        notice::Severity,
        survey::Csat,
        workspace::{
            effect::Shown,
            view::{ConversationState, Ring},
        },
    },
    engine::agent_session::update::{Link, State, Update},
    plain::{
        agent::RingStage,
        front::{EndStage, Front, Side},
        update::Heard,
        words::{counted, row, sentence},
    },
    tui::agent::{AgentSession, conversation::AgentConversation, names, sessions::SessionEvent},
};

/// A ring is told so long after it came, or once its agent is logged in.
const NAMED: Duration = Duration::from_millis(500);
/// Lines told of a conversation that comes into view.
const CAUGHT_UP: usize = 10;

impl Front {
    /// Takes in what happened about an agent session.
    pub(crate) fn on_session(&mut self, event: SessionEvent) -> Heard {
        match event {
            SessionEvent::LoggedIn(user, number) => {
                let workspace = &mut self.agent.workspace;
                workspace.logging_in = None;
                workspace.sessions.push(AgentSession::new(number, user));
                workspace.at = workspace.sessions.len() - 1;
                Heard::Silent("the session tells that it is connected")
            }
            SessionEvent::Refused(user, why) => {
                self.agent.workspace.logging_in = None;
                self.tell_severe(Severity::Error, &format!("{user} cannot log in"), &why);
                self.end_when_nobody_is_left();
                Heard::Told
            }
            SessionEvent::Updated(number, update) => self.on_session_update(number, update),
            SessionEvent::Gone(number) => {
                let title = "an agent session has ended without saying why";
                self.tell_severe(Severity::Error, title, "see handset.log");
                self.logged_out(number);
                Heard::Told
            }
        }
    }

    fn logged_out(&mut self, number: usize) {
        let workspace = &mut self.agent.workspace;
        let Some(at) = workspace
            .sessions
            .iter()
            .position(|one| one.number == number)
        else {
            return;
        };
        let session = workspace.sessions.remove(at);
        workspace.at = workspace.at.min(workspace.sessions.len().saturating_sub(1));
        self.agent.talks.retain(|(of, _), _| *of != number);
        self.tell(format!("System: {} is logged out.", session.name()));
        self.end_when_nobody_is_left();
    }

    /// Where there is no phone, plain mode ends with the last session.
    fn end_when_nobody_is_left(&mut self) {
        if self.agent.workspace.alone && !self.agent.workspace.is_taken() {
            self.end = EndStage::Over;
        }
    }

    /// Takes in what a session tells.
    fn on_session_update(&mut self, number: usize, update: Update) -> Heard {
        let Some(session) = self.agent.workspace.numbered(number) else {
            return Heard::Silent("the session is over");
        };
        match update {
            Update::Link(link) => return self.put_session_link(number, &link),
            Update::House { skills, agents } => {
                session.skills = skills;
                session.agents = agents;
                return Heard::Silent("/transfer tells skills and agents");
            }
            Update::Notice(notice) => self.notice(notice),
            Update::Stopped => self.logged_out(number),
            Update::Shown(shown) => return self.put_shown(number, shown),
        }
        Heard::Told
    }

    fn put_session_link(&mut self, number: usize, link: &Link) -> Heard {
        let Some(session) = self.agent.workspace.numbered(number) else {
            return Heard::Silent("the session is over");
        };
        let name = session.name();
        let before = session.link.replace(link.clone());
        let was = before.map(|before| before.state);
        let was_down = was.as_ref() != Some(&link.state);
        // It tries again and again, each time for a reason of its own.
        let is_down_still = matches!(was, Some(State::Down { .. }));
        match &link.state {
            State::Connecting => return Heard::Silent("it tells once it is connected"),
            State::Up if was_down => {
                let (_, word) = names::availability(link.availability);
                let meaning = names::meaning(link.availability);
                let verb = if self.agent.up.insert(number) {
                    "is logged in"
                } else {
                    "is connected again"
                };
                self.tell(format!("{name} {verb}, {word}: {meaning}."));
            }
            State::Up if self.agent.availability != Some(link.availability) => {
                let (_, word) = names::availability(link.availability);
                self.tell(format!(
                    "{name} is {word}: {}.",
                    names::meaning(link.availability)
                ));
            }
            State::Down { why, .. } if !is_down_still => {
                let why = sentence(why);
                self.tell(format!("Warning: {name} is not connected: {why}"));
            }
            State::Up | State::Down { .. } => {}
        }
        self.agent.availability = Some(link.availability);
        Heard::Told
    }

    fn put_shown(&mut self, number: usize, shown: Shown) -> Heard {
        match shown {
            Shown::Rings(rings) => self.put_rings(number, &rings),
            Shown::Conversation(state) => self.put_conversation(number, &state),
            Shown::Gone(id) => self.put_gone(number, &id),
            Shown::Lines {
                conversation,
                lines,
            } => {
                let key = (number, conversation);
                let is_agent = self.side == Side::Agent;
                let is_in_view = is_agent && self.agent.key().as_ref() == Some(&key);
                // Of a long history the end is told.
                let is_told_whole = is_in_view && lines.len() <= CAUGHT_UP;
                let Some(talk) = self.agent.talks.get_mut(&key) else {
                    return Heard::Silent("the conversation is not on the workspace");
                };
                for line in lines {
                    let is_new = talk.told.line(line.id).is_none();
                    let is_mine = matches!(line.body, LineBody::Mine { .. });
                    if is_new && is_mine {
                        talk.submitted = talk.submitted.saturating_sub(1);
                    } else if is_new {
                        talk.typing.message_came();
                    }
                    let rows = talk.told.hear(line, &self.speech, is_told_whole);
                    self.rows.extend(rows);
                }
                if is_in_view && !is_told_whole {
                    let rows = talk.told.catch_up(CAUGHT_UP, &self.speech);
                    self.rows.extend(rows);
                }
                let unread = talk.told.unread();
                if is_agent && !is_in_view && unread > 0 && talk.is_taken() {
                    let came = counted(unread, "new message");
                    let consumer = talk.consumer.clone();
                    self.tell(format!("In the conversation with {consumer}: {came}."));
                }
                self.tick(self.now);
            }
            Shown::Typing {
                conversation,
                typing,
            } => {
                if let Some(talk) = self.agent.talks.get_mut(&(number, conversation)) {
                    talk.types = typing;
                    talk.typing
                        .set(typing.then(|| talk.consumer.clone()), self.now);
                }
            }
        }
        Heard::Told
    }

    fn put_rings(&mut self, number: usize, rings: &[Ring]) {
        let now = self.now;
        let Some(session) = self.agent.workspace.numbered(number) else {
            return;
        };
        let before = std::mem::replace(&mut session.rings, rings.to_vec());
        let awaited = session.awaited.clone();
        for ring in rings {
            // Who it is may be known a moment later.
            let due = RingStage::Known(now.after(NAMED));
            self.agent.rings.entry(ring.id.clone()).or_insert(due);
        }
        let is_gone = |ring: &&Ring| !rings.iter().any(|one| one.id == ring.id);
        for ring in before.iter().filter(is_gone) {
            let stage = self.agent.rings.remove(&ring.id);
            let is_untold = matches!(stage, Some(RingStage::Known(_)));
            let is_taken = awaited.as_ref() == Some(&ring.conversation)
                || self
                    .agent
                    .talks
                    .contains_key(&(number, ring.conversation.clone()));
            if !is_taken && !is_untold {
                self.tell(format!("The ring of {} has ended.", row(&ring.consumer)));
            }
        }
    }

    fn put_conversation(&mut self, number: usize, state: &ConversationState) {
        let Some(session) = self.agent.workspace.numbered(number) else {
            return;
        };
        let id = state.id.clone();
        let is_awaited = session.awaited.take_if(|one| *one == id).is_some();
        let is_own = state.role.is_some();
        if let Some(known) = session.conversation_of(&id) {
            known.state = state.clone();
        } else {
            session
                .conversations
                .push(AgentConversation::new(state.clone()));
        }
        let is_unseen = session.at.is_none() && is_own;
        let takes_text = session
            .conversation_of(&id)
            .is_some_and(|one| one.takes_text());
        let talk = self.agent.talks.entry((number, id.clone())).or_default();
        talk.consumer = first_name(state);
        // Handed over or given back: that is done.
        talk.is_leaving &= takes_text;
        let csat = state.csat.filter(|csat| talk.csat != Some(*csat));
        talk.csat = state.csat;
        if is_awaited || is_unseen {
            self.view_conversation(&id);
        }
        if let Some(csat) = csat {
            let rating = rated(csat);
            self.tell(format!(
                "System: {} rated it: {rating}.",
                row(&state.consumer.name)
            ));
        }
    }

    fn put_gone(&mut self, number: usize, id: &ConversationId) {
        let gone = self.agent.talks.remove(&(number, id.clone()));
        let Some(session) = self.agent.workspace.numbered(number) else {
            return;
        };
        session.conversations.retain(|one| one.state.id != *id);
        if session.at.as_ref() != Some(id) {
            return;
        }
        session.at = None;
        let consumer = gone.map(|talk| talk.consumer).unwrap_or_default();
        let next = session
            .conversations
            .iter()
            .find(|one| one.state.role.is_some());
        let next = next.map(|one| one.state.id.clone());
        self.tell(format!(
            "System: The conversation with {consumer} has left the workspace."
        ));
        match next {
            Some(next) => self.view_conversation(&next),
            None => self.agent.look(),
        }
    }

    /// Brings a conversation into view and tells it.
    pub(crate) fn view_conversation(&mut self, id: &ConversationId) {
        let Some(session) = self.agent.workspace.session_mut() else {
            return;
        };
        session.at = Some(id.clone());
        let Some(conversation) = session.conversation() else {
            return;
        };
        let state = &conversation.state;
        let open = if state.is_open { "open" } else { "closed" };
        let looks = if state.role.is_some() {
            ""
        } else {
            " You only look."
        };
        let words = format!(
            "Conversation with {}, skill {}, {open}.{looks}",
            row(&state.consumer.name),
            row(&state.skill.1)
        );
        self.tell(words);
        if let Some(talk) = self.agent.talk_mut() {
            let waiting = talk.told.count();
            let rows = talk.told.catch_up(CAUGHT_UP, &self.speech);
            if rows.is_empty() && waiting > 0 {
                self.tell(format!(
                    "{} so far; /again 5 tells the last.",
                    counted(waiting, "message")
                ));
            }
            self.rows.extend(rows);
        }
        if self.side == Side::Agent {
            self.agent.look();
        }
    }
}

fn first_name(state: &ConversationState) -> String {
    let name = row(&state.consumer.name);
    name.split_whitespace()
        .next()
        .unwrap_or("the consumer")
        .to_owned()
}

/// A rating in words.
fn rated(csat: Csat) -> String {
    let rate = csat
        .rate
        .map_or_else(|| "no stars".to_owned(), |rate| format!("{rate} of 5"));
    match csat.resolved {
        Some(true) => format!("{rate}, settled"),
        Some(false) => format!("{rate}, not settled"),
        None => rate,
    }
}
