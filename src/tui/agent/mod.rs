//! The agent workspace: what rings, the conversations that were accepted, what an agent has at hand
//! for them. It stands in the inspector's pane beside the phone, or has the screen for itself.
//!
//! Each agent who is logged in is a client of
//! [`engine::agent_session`](crate::engine::agent_session), as the phone is one of the engine:
//! the program that runs the screen gives a way to log in, and the workspace asks for it. Several can be
//! logged in at once, one of them in view. What keys and clicks do here is decided in `app`.

pub(crate) mod chips;
pub(crate) mod conversation;
pub(crate) mod draw;
pub(crate) mod facts;
pub(crate) mod kept_drafts;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod pick;
pub(crate) mod sessions;
pub(crate) mod times;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use tokio::sync::mpsc;

use crate::{
    config::library::Library,
    domain::{
        ids::{ConversationId, SkillId},
        text::SafeText,
        workspace::{
            command::Command,
            view::{Colleague, Ring},
        },
    },
    engine::agent_session::update::{Link, Update},
    tui::agent::{conversation::AgentConversation, kept_drafts::KeptDrafts},
};

/// The ends of an agent session.
#[derive(Debug)]
pub struct SessionChannels {
    /// Where its commands go.
    pub commands: mpsc::Sender<Command>,
    /// Where what it is told comes from.
    pub updates: mpsc::Receiver<Update>,
}

/// LoggingIn down, under way; the error is in words.
pub type LoggingIn = Pin<Box<dyn Future<Output = Result<SessionChannels, String>> + Send>>;

/// What the workspace is started with.
#[derive(Clone)]
pub struct WorkspaceSettings {
    /// Who can log in here, by their login names; the first does when nobody is named. Empty when
    /// nobody can.
    pub users: Vec<String>,
    /// What to do so that somebody can, when nobody can.
    pub hint: String,
    /// Whether the workspace has the screen for itself: there is no phone, and the first logs in at
    /// once.
    pub alone: bool,
    /// Sits somebody down.
    pub log_in: Arc<dyn Fn(String) -> LoggingIn + Send + Sync>,
    /// Canned replies and cards.
    pub library: Library,
}

impl WorkspaceSettings {
    /// A workspace nobody can log in to, and why.
    pub fn none(hint: &str) -> Self {
        let why = hint.to_owned();
        Self {
            users: Vec::new(),
            hint: hint.to_owned(),
            alone: false,
            log_in: Arc::new(move |_| {
                let why = why.clone();
                Box::pin(async { Err(why) })
            }),
            library: Library::embedded(),
        }
    }
}

impl fmt::Debug for WorkspaceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkspaceSettings")
            .field("users", &self.users)
            .field("alone", &self.alone)
            .finish_non_exhaustive()
    }
}

/// One session in the agent workspace, and all it shows.
pub(crate) struct AgentSession {
    /// Its number among all that were ever taken, which the loop knows it by.
    pub(crate) number: usize,
    /// Who is logged in, by the login name.
    pub(crate) user: String,
    /// `None` until the session has said how it stands.
    pub(crate) link: Option<Link>,
    pub(crate) rings: Vec<Ring>,
    pub(crate) conversations: Vec<AgentConversation>,
    /// The conversation in view.
    pub(crate) at: Option<ConversationId>,
    /// The conversation that comes into view as soon as it is in the workspace.
    pub(crate) awaited: Option<ConversationId>,
    pub(crate) skills: Vec<(SkillId, SafeText)>,
    pub(crate) agents: Vec<Colleague>,
    /// What the session was told last to be looked at.
    pub(crate) looked: Option<ConversationId>,
    /// What is written while no conversation is in view: commands only.
    pub(crate) blank: AgentConversation,
}

impl AgentSession {
    /// A session that shows nothing yet.
    pub(crate) fn new(number: usize, user: String) -> Self {
        Self {
            number,
            user,
            link: None,
            rings: Vec::new(),
            conversations: Vec::new(),
            at: None,
            awaited: None,
            skills: Vec::new(),
            agents: Vec::new(),
            looked: None,
            blank: AgentConversation::blank(),
        }
    }

    /// The conversation in view.
    pub(crate) fn conversation(&self) -> Option<&AgentConversation> {
        let at = self.at.as_ref()?;
        self.conversations
            .iter()
            .find(|conversation| conversation.state.id == *at)
    }

    /// The same to be changed.
    pub(crate) fn conversation_mut(&mut self) -> Option<&mut AgentConversation> {
        let at = self.at.as_ref()?;
        self.conversations
            .iter_mut()
            .find(|conversation| conversation.state.id == *at)
    }

    /// The ring of the conversation in view, while that rings.
    pub(crate) fn ring_in_view(&self) -> Option<&Ring> {
        let at = self.at.as_ref()?;
        self.rings.iter().find(|ring| ring.conversation == *at)
    }

    /// The ring that is meant where none is named: that of the conversation in view, else the
    /// oldest.
    pub(crate) fn next_ring(&self) -> Option<&Ring> {
        self.ring_in_view().or(self.rings.first())
    }

    /// A conversation in the workspace.
    pub(crate) fn conversation_of(
        &mut self,
        id: &ConversationId,
    ) -> Option<&mut AgentConversation> {
        self.conversations
            .iter_mut()
            .find(|conversation| conversation.state.id == *id)
    }

    /// Where the keyboard writes: into the conversation in view, or nowhere in particular.
    pub(crate) fn page(&self) -> &AgentConversation {
        self.conversation().unwrap_or(&self.blank)
    }

    /// The same to be changed.
    pub(crate) fn page_mut(&mut self) -> &mut AgentConversation {
        let at = self.at.clone();
        let found = self
            .conversations
            .iter_mut()
            .find(|conversation| Some(&conversation.state.id) == at.as_ref());
        found.unwrap_or(&mut self.blank)
    }

    /// What it is called on the screen.
    pub(crate) fn name(&self) -> String {
        let name = SafeText::clean(&self.user).one_line();
        let mut letters = name.chars();
        let first = letters.next().map(char::to_uppercase);
        first.into_iter().flatten().chain(letters).collect()
    }

    /// What waits for the agents who are logged in: rings, and messages that no agent has read.
    pub(crate) fn waiting(&self) -> usize {
        let unread: usize = self
            .conversations
            .iter()
            .map(|conversation| conversation.state.unread)
            .sum();
        self.rings.len() + unread
    }
}

pub(crate) struct Workspace {
    pub(crate) users: Vec<String>,
    pub(crate) hint: String,
    pub(crate) alone: bool,
    pub(crate) library: Library,
    pub(crate) sessions: Vec<AgentSession>,
    /// Which of them is in view.
    pub(crate) at: usize,
    /// Who is about to log in.
    pub(crate) logging_in: Option<String>,
    /// The agent the loop is to log in.
    pub(crate) log_in_next: Option<String>,
    /// Commands with the number of the session they come from.
    pub(crate) commands: Vec<(usize, Command)>,
    /// What is written and not sent, as the engine knows it.
    pub(crate) kept: KeptDrafts,
}

impl Workspace {
    /// A workspace where nobody is logged in yet.
    pub(crate) fn new(settings: WorkspaceSettings) -> Self {
        let begins = settings
            .alone
            .then(|| settings.users.first().cloned())
            .flatten();
        Self {
            logging_in: begins.clone(),
            log_in_next: begins,
            users: settings.users,
            hint: settings.hint,
            alone: settings.alone,
            library: settings.library,
            sessions: Vec::new(),
            at: 0,
            commands: Vec::new(),
            kept: KeptDrafts::default(),
        }
    }

    /// The session in view.
    pub(crate) fn session(&self) -> Option<&AgentSession> {
        self.sessions.get(self.at)
    }

    /// The same to be changed.
    pub(crate) fn session_mut(&mut self) -> Option<&mut AgentSession> {
        self.sessions.get_mut(self.at)
    }

    /// The conversation in view.
    pub(crate) fn conversation(&self) -> Option<&AgentConversation> {
        self.session()?.conversation()
    }

    /// The conversation in view, while it is open.
    pub(crate) fn open_conversation(&self) -> Option<&AgentConversation> {
        self.conversation().filter(|one| one.state.is_open)
    }

    /// The conversation in view, while the agent may say something in it.
    pub(crate) fn writable_conversation(&self) -> Option<&AgentConversation> {
        self.conversation().filter(|one| one.takes_text())
    }

    /// What waits in all sessions together.
    pub(crate) fn waiting(&self) -> usize {
        self.sessions.iter().map(AgentSession::waiting).sum()
    }

    /// Whether somebody is still logged in.
    pub(crate) fn is_taken(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// Asks something of the session in view.
    pub(crate) fn send(&mut self, command: Command) {
        if let Some(session) = self.sessions.get(self.at) {
            self.commands.push((session.number, command));
        }
    }

    /// Whose draft would be lost when the program ends, if anybody's would: where there is no
    /// phone, nobody keeps it.
    pub(crate) fn unsent(&self) -> Option<String> {
        if !self.alone {
            return None;
        }
        let conversations = self
            .sessions
            .iter()
            .flat_map(|session| &session.conversations);
        let mut drafts =
            conversations.filter(|conversation| !conversation.chat.composer.field.is_empty());
        drafts.next().map(AgentConversation::first_name)
    }

    /// What the sessions are to be told, each with the number of the session; empty afterwards.
    pub(crate) fn take_commands(&mut self) -> Vec<(usize, Command)> {
        std::mem::take(&mut self.commands)
    }

    /// The agent who is to be logged in.
    pub(crate) fn take_log_in(&mut self) -> Option<String> {
        self.log_in_next.take()
    }

    /// The session of a number.
    pub(crate) fn numbered(&mut self, number: usize) -> Option<&mut AgentSession> {
        self.sessions
            .iter_mut()
            .find(|session| session.number == number)
    }
}
