//! The agent workspace: what rings, the conversations that were accepted, what an agent has at hand
//! for them. It stands in the inspector's pane beside the phone, or has the screen for itself.
//!
//! Each agent who is logged in is a client of
//! [`engine::agent_session`](crate::engine::agent_session), as the phone is one of the engine:
//! the program that runs the screen gives a way to log in, and the workspace asks for it. Several can be
//! logged in at once, one of them in view. What keys and clicks do here is decided in `app`.

pub(crate) mod chips;
pub(crate) mod draw;
pub(crate) mod facts;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod pick;
pub(crate) mod seats;
pub(crate) mod talk;
pub(crate) mod times;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use tokio::sync::mpsc;

use crate::{
    config::library::Library,
    domain::{
        ids::{ConversationId, SkillId},
        text::SafeText,
        workspace::view::{Colleague, Ring},
    },
    engine::agent_session::{
        command::Command,
        update::{Link, Update},
    },
    tui::agent::talk::Talk,
};

/// A chair somebody has sat down in.
#[derive(Debug)]
pub struct Seat {
    /// Where its wishes go.
    pub commands: mpsc::Sender<Command>,
    /// Where what it is told comes from.
    pub updates: mpsc::Receiver<Update>,
}

/// Sitting down, under way; the error is in words.
pub type Sitting = Pin<Box<dyn Future<Output = Result<Seat, String>> + Send>>;

/// What the workspace is started with.
#[derive(Clone)]
pub struct Chairs {
    /// Who can sit down here, as they log in; the first does when nobody is named. Empty when
    /// nobody can.
    pub users: Vec<String>,
    /// What to do so that somebody can, when nobody can.
    pub hint: String,
    /// Whether the workspace has the screen for itself: there is no phone, and the first sits down at
    /// once.
    pub alone: bool,
    /// Sits somebody down.
    pub sit: Arc<dyn Fn(String) -> Sitting + Send + Sync>,
    /// Canned replies and cards.
    pub library: Library,
}

impl Chairs {
    /// A workspace nobody can sit down at, and why.
    pub fn none(hint: &str) -> Self {
        let why = hint.to_owned();
        Self {
            users: Vec::new(),
            hint: hint.to_owned(),
            alone: false,
            sit: Arc::new(move |_| {
                let why = why.clone();
                Box::pin(async { Err(why) })
            }),
            library: Library::embedded(),
        }
    }
}

impl fmt::Debug for Chairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chairs")
            .field("users", &self.users)
            .field("alone", &self.alone)
            .finish_non_exhaustive()
    }
}

/// One chair in the agent workspace, and all that lies before it.
pub(crate) struct Chair {
    /// Its number among all that were ever taken, which the loop knows it by.
    pub(crate) number: usize,
    /// Who sits in it, as they log in.
    pub(crate) user: String,
    /// `None` until the chair has said how it stands.
    pub(crate) link: Option<Link>,
    pub(crate) rings: Vec<Ring>,
    pub(crate) talks: Vec<Talk>,
    /// The conversation in view.
    pub(crate) at: Option<ConversationId>,
    /// The conversation that comes into view as soon as it is in the workspace.
    pub(crate) awaited: Option<ConversationId>,
    pub(crate) skills: Vec<(SkillId, SafeText)>,
    pub(crate) agents: Vec<Colleague>,
    /// What the chair was told last to be looked at.
    pub(crate) looked: Option<ConversationId>,
    /// What is written while no conversation is in view: commands only.
    pub(crate) blank: Talk,
}

impl Chair {
    /// A chair with nothing before it yet.
    pub(crate) fn new(number: usize, user: String, thread: u32) -> Self {
        Self {
            number,
            user,
            link: None,
            rings: Vec::new(),
            talks: Vec::new(),
            at: None,
            awaited: None,
            skills: Vec::new(),
            agents: Vec::new(),
            looked: None,
            blank: Talk::blank(thread),
        }
    }

    /// The conversation in view.
    pub(crate) fn talk(&self) -> Option<&Talk> {
        let at = self.at.as_ref()?;
        self.talks.iter().find(|talk| talk.held.id == *at)
    }

    /// The same to be changed.
    pub(crate) fn talk_mut(&mut self) -> Option<&mut Talk> {
        let at = self.at.as_ref()?;
        self.talks.iter_mut().find(|talk| talk.held.id == *at)
    }

    /// A conversation in the workspace.
    pub(crate) fn talk_of(&mut self, id: &ConversationId) -> Option<&mut Talk> {
        self.talks.iter_mut().find(|talk| talk.held.id == *id)
    }

    /// Where the keyboard writes: into the conversation in view, or nowhere in particular.
    pub(crate) fn page(&self) -> &Talk {
        self.talk().unwrap_or(&self.blank)
    }

    /// The same to be changed.
    pub(crate) fn page_mut(&mut self) -> &mut Talk {
        let at = self.at.clone();
        let found = self
            .talks
            .iter_mut()
            .find(|talk| Some(&talk.held.id) == at.as_ref());
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
        let unread: usize = self.talks.iter().map(|talk| talk.held.unread).sum();
        self.rings.len() + unread
    }
}

/// All chairs.
pub(crate) struct Workspace {
    pub(crate) users: Vec<String>,
    pub(crate) hint: String,
    pub(crate) alone: bool,
    pub(crate) library: Library,
    pub(crate) chairs: Vec<Chair>,
    /// Which of them is in view.
    pub(crate) at: usize,
    /// Who is about to sit down.
    pub(crate) sitting: Option<String>,
    /// The agent the loop is to log in.
    pub(crate) errand: Option<String>,
    /// Wishes with the number of the chair they come from.
    pub(crate) commands: Vec<(usize, Command)>,
    /// The number of the next conversation's thread; no phone has one so high.
    thread: u32,
}

/// The first thread of a conversation in the agent workspace; below it are the phones'.
const FIRST_THREAD: u32 = 1 << 30;

impl Workspace {
    /// A workspace where nobody sits yet.
    pub(crate) fn new(chairs: Chairs) -> Self {
        let begins = chairs
            .alone
            .then(|| chairs.users.first().cloned())
            .flatten();
        Self {
            sitting: begins.clone(),
            errand: begins,
            users: chairs.users,
            hint: chairs.hint,
            alone: chairs.alone,
            library: chairs.library,
            chairs: Vec::new(),
            at: 0,
            commands: Vec::new(),
            thread: FIRST_THREAD,
        }
    }

    /// The chair in view.
    pub(crate) fn chair(&self) -> Option<&Chair> {
        self.chairs.get(self.at)
    }

    /// The same to be changed.
    pub(crate) fn chair_mut(&mut self) -> Option<&mut Chair> {
        self.chairs.get_mut(self.at)
    }

    /// The conversation in view.
    pub(crate) fn talk(&self) -> Option<&Talk> {
        self.chair()?.talk()
    }

    /// What waits at all chairs together.
    pub(crate) fn waiting(&self) -> usize {
        self.chairs.iter().map(Chair::waiting).sum()
    }

    /// Whether somebody still sits here.
    pub(crate) fn is_taken(&self) -> bool {
        !self.chairs.is_empty()
    }

    /// Asks something of the chair in view.
    pub(crate) fn order(&mut self, command: Command) {
        if let Some(chair) = self.chairs.get(self.at) {
            self.commands.push((chair.number, command));
        }
    }

    /// Whose draft would be lost, if anybody's would.
    pub(crate) fn unsent(&self) -> Option<String> {
        let talks = self.chairs.iter().flat_map(|chair| &chair.talks);
        let mut drafts = talks.filter(|talk| !talk.chat.composer.field.is_empty());
        drafts.next().map(Talk::first_name)
    }

    /// The number for the next conversation.
    pub(crate) fn next_thread(&mut self) -> u32 {
        self.thread = self.thread.saturating_add(1);
        self.thread
    }

    /// What the chairs are to be told, each with the number of the chair; empty afterwards.
    pub(crate) fn take_commands(&mut self) -> Vec<(usize, Command)> {
        std::mem::take(&mut self.commands)
    }

    /// The agent who is to be logged in.
    pub(crate) fn take_errand(&mut self) -> Option<String> {
        self.errand.take()
    }

    /// The chair of a number.
    pub(crate) fn numbered(&mut self, number: usize) -> Option<&mut Chair> {
        self.chairs.iter_mut().find(|chair| chair.number == number)
    }
}
