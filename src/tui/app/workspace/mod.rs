//! What changes the workspace: what the sessions tell, and what the person does.

mod act;
mod pointer;
mod say;
#[cfg(test)]
mod tests;

use ratatui::layout::Rect;

use crate::{
    domain::{
        ids::ConversationId,
        notice::{Notice, Severity, Topic},
        time::Timestamp,
        workspace::{
            command::{Command, Message},
            effect::Shown,
            view::{ConversationState, Ring},
        },
    },
    engine::agent_session::update::{State, Update},
    tui::{
        agent::{
            AgentSession, Workspace,
            conversation::AgentConversation,
            kept_drafts::KeptDrafts,
            layout::{Parts, Wants},
            names::one_row,
            sessions::SessionEvent,
            times,
        },
        app::{
            focus::Focus,
            keyboard::{ChatPane, Keyboard},
            model::{Leaving, Model},
        },
        inspector::Tab,
        text::left::next_change,
    },
};

impl Model {
    /// Takes in what happened about a session.
    pub(crate) fn on_session_event(&mut self, news: SessionEvent) {
        match news {
            SessionEvent::LoggedIn(user, number) => self.logged_in(user, number),
            SessionEvent::Refused(user, why) => self.not_logged_in(&user, &why),
            SessionEvent::Updated(number, update) => self.on_session_update(number, update),
            SessionEvent::Gone(number) => {
                self.logged_out(number);
                let title = "an agent session has ended without saying why";
                self.tell(Severity::Error, title, "", "see handset.log");
            }
        }
    }

    /// Somebody has logged in.
    fn logged_in(&mut self, user: String, number: usize) {
        self.notices.resolve(&Topic::Login(user.clone()));
        self.workspace.logging_in = None;
        self.workspace
            .sessions
            .push(AgentSession::new(number, user));
        self.bring_session(self.workspace.sessions.len() - 1);
    }

    /// Somebody could not log in.
    fn not_logged_in(&mut self, user: &str, why: &str) {
        self.workspace.logging_in = None;
        let title = format!("{user} cannot log in");
        let notice = Notice {
            severity: Severity::Error,
            title,
            detail: why.to_owned(),
            topic: Some(Topic::Login(user.to_owned())),
            ..Notice::default()
        };
        self.notices.show(&notice, self.ui.now);
    }

    /// An agent has logged out.
    fn logged_out(&mut self, number: usize) {
        let Some(at) = self
            .workspace
            .sessions
            .iter()
            .position(|session| session.number == number)
        else {
            return;
        };
        self.workspace.sessions.remove(at);
        if self.workspace.at >= at && self.workspace.at > 0 {
            self.workspace.at -= 1;
        }
        if self.workspace.alone && self.workspace.sessions.is_empty() {
            self.leaving = Leaving::Stopped;
        }
    }

    /// Takes in what a session tells.
    fn on_session_update(&mut self, number: usize, update: Update) {
        let now = self.ui.now;
        let seen = self.shows_workspace();
        let Workspace { sessions, kept, .. } = &mut self.workspace;
        let mut sessions = sessions.iter_mut();
        let Some(session) = sessions.find(|session| session.number == number) else {
            return;
        };
        match update {
            Update::Link(link) => {
                if link.state == State::Up {
                    let topic = Topic::Login(session.user.clone());
                    self.notices.resolve(&topic);
                }
                session.link = Some(link);
            }
            Update::Shown(Shown::Rings(rings)) => {
                let is_new = |ring: &&Ring| !session.rings.iter().any(|old| old.id == ring.id);
                let new = rings.iter().find(is_new).filter(|_| !seen).cloned();
                let name = session.name();
                session.rings = rings;
                if let Some(ring) = new {
                    self.tell_of_ring(&name, &ring);
                }
            }
            Update::Shown(Shown::Conversation(state)) => hold(session, *state, kept),
            Update::Shown(Shown::Gone(id)) => {
                let at = session
                    .conversations
                    .iter()
                    .position(|conversation| conversation.state.id == id);
                if let Some(at) = at {
                    session.conversations.remove(at);
                    if session.at.as_ref() == Some(&id) {
                        let next = session
                            .conversations
                            .get(at)
                            .or_else(|| session.conversations.last());
                        session.at = next.map(|conversation| conversation.state.id.clone());
                    }
                }
            }
            Update::Shown(Shown::Lines {
                conversation,
                lines,
            }) => {
                if let Some(conversation) = session.conversation_of(&conversation) {
                    for line in &lines {
                        conversation.put(line);
                    }
                }
            }
            Update::Shown(Shown::Typing {
                conversation,
                typing,
            }) => {
                if let Some(conversation) = session.conversation_of(&conversation) {
                    conversation.typing = typing;
                }
            }
            Update::House { skills, agents } => {
                session.skills = skills;
                session.agents = agents;
            }
            Update::Notice(notice) => self.notices.show(&notice, now),
            Update::Stopped => self.logged_out(number),
        }
    }

    /// Something rings in a workspace nobody looks at.
    fn tell_of_ring(&mut self, name: &str, ring: &Ring) {
        let key = self
            .ui
            .shown(crate::tui::commands::keys::Action::OpenWorkspace);
        let consumer = one_row(&ring.consumer);
        let notice = Notice {
            severity: Severity::Info,
            title: format!("☏ {consumer} rings for {name}"),
            detail: one_row(&ring.preview),
            hint: format!("{key} goes there"),
            ..Notice::default()
        };
        self.notices.show(&notice, self.ui.now);
    }

    /// Takes back a command its session had no room for.
    pub(crate) fn refused_by_session(&mut self, number: usize, command: Command) {
        let what = match command {
            Command::Say {
                conversation,
                message:
                    Message::Text {
                        text,
                        replies: None,
                    },
                private,
                metadata: None,
            } => {
                let session = self.workspace.numbered(number);
                if let Some(conversation) =
                    session.and_then(|session| session.conversation_of(&conversation))
                    && conversation.chat.composer.field.is_empty()
                {
                    conversation.is_note = private;
                    conversation.chat.composer.field.insert(&text);
                }
                "the message was not sent"
            }
            // The next key tells the first again; the other is kept until there is room.
            Command::Writing { .. } | Command::Look(_) => return,
            _ => "that was not done",
        };
        self.tell(
            Severity::Warning,
            what,
            "the agent session is busy and takes no more commands right now",
            "try again in a moment",
        );
    }

    /// Whether the agent pane is on the screen, or will be in the next frame: before the first
    /// frame there is no layout to ask.
    fn shows_workspace(&self) -> bool {
        let has_pane = self.workspace.alone
            || self.layout.inspector.is_some()
            || self.peeks
            || self.focus != Focus::Composer;
        self.inspector.tab == Tab::Agent && has_pane && !self.layout.too_small
    }

    /// Whether the keyboard is in the agent workspace.
    pub(crate) fn has_workspace(&self) -> bool {
        matches!(self.keyboard(), Keyboard::Agent | Keyboard::EmptyWorkspace)
    }

    /// Whether it will be once no popup lies over it.
    pub(crate) fn is_in_workspace(&self) -> bool {
        self.focus != Focus::Composer && self.inspector.tab == Tab::Agent
    }

    /// Brings a session into view.
    pub(crate) fn bring_session(&mut self, at: usize) {
        if at < self.workspace.sessions.len() {
            self.workspace.at = at;
        }
    }

    /// Brings a conversation of the session in view into view.
    pub(crate) fn bring_conversation(&mut self, id: &ConversationId) {
        if let Some(session) = self.workspace.session_mut() {
            session.at = Some(id.clone());
        }
    }

    /// Lays the workspace out in the pane it has.
    pub(crate) fn prepare_workspace(&mut self, frame: Rect) {
        let session = self.workspace.session();
        let wants = Wants {
            rings: session.map_or(0, |session| session.rings.len()),
            conversations: session.map_or(0, |session| session.conversations.len()),
            notice: !self.notices.is_quiet() && self.layout.phone.is_none(),
        };
        let page = self.workspace.session().map(AgentSession::page);
        let parts = Parts::of(frame, wants, |columns| match page {
            // What came of a conversation takes two rows.
            Some(page) if !page.state.is_open && page.chat.composer.field.is_empty() => 2,
            Some(page) => page.chat.composer.rows(columns),
            None => 1,
        });
        self.layout.workspace = Some(parts);
        let (composer, transcript) = (parts.composer, parts.transcript);
        if let Some(session) = self.workspace.session_mut() {
            let page = session.page_mut();
            page.chat.composer.prepare(composer.width, composer.height);
        }
        self.with_transcript(ChatPane::Agent, |lines, measure| {
            lines.prepare(transcript, measure);
        });
    }

    /// The session whose times are on screen.
    fn seen_session(&self) -> Option<&AgentSession> {
        self.layout.workspace?;
        self.workspace.session()
    }

    /// The times on screen as they are told now.
    pub(crate) fn workspace_times(&self) -> Vec<String> {
        let Some(session) = self.seen_session() else {
            return Vec::new();
        };
        let rings = session
            .rings
            .iter()
            .map(|ring| times::countdown(ring, self.ui.now));
        let owed_by = session
            .conversations
            .iter()
            .filter_map(|conversation| conversation.state.owed_by);
        rings
            .chain(owed_by.map(|by| times::owed(by, self.ui.now)))
            .collect()
    }

    /// When one of them will next be told differently.
    pub(crate) fn next_workspace_time(&self) -> Option<Timestamp> {
        let session = self.seen_session()?;
        let rings = session
            .rings
            .iter()
            .filter_map(|ring| times::next_second(ring, self.ui.now));
        let owed_by = session
            .conversations
            .iter()
            .filter_map(|conversation| conversation.state.owed_by);
        rings
            .chain(owed_by.filter_map(|by| next_change(by, self.ui.now)))
            .min()
    }

    /// Tells each session which conversation is looked at, when that changed.
    pub(crate) fn report_look(&mut self) {
        let seen = self.layout.workspace.is_some() && self.looked;
        let at = self.workspace.at;
        for (index, session) in self.workspace.sessions.iter_mut().enumerate() {
            let looks = session.conversation().filter(|_| seen && index == at);
            let looked = looks.map(|conversation| conversation.state.id.clone());
            if looked != session.looked {
                session.looked.clone_from(&looked);
                let number = session.number;
                self.workspace
                    .commands
                    .push((number, Command::Look(looked)));
            }
        }
    }
}

/// A conversation came to a session, or changed.
fn hold(session: &mut AgentSession, state: ConversationState, kept: &KeptDrafts) {
    let id = state.id.clone();
    let awaited = session.awaited.as_ref() == Some(&id);
    if let Some(conversation) = session.conversation_of(&id) {
        if !state.is_open {
            conversation.typing = false;
            conversation.is_note = false;
        }
        conversation.state = state;
    } else {
        let mut conversation = AgentConversation::new(state);
        if conversation.state.is_open {
            kept.restore(&session.user, &mut conversation);
        }
        session.conversations.push(conversation);
    }
    if awaited {
        session.awaited = None;
    }
    if awaited || session.conversation().is_none() {
        session.at = Some(id);
    }
}
