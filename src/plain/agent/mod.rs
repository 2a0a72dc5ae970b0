//! The agent's side: what rings, the conversations that were taken, and what lines and commands do
//! in the one in view.

mod act;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        availability::Availability, ids::ConversationId, survey::Csat, time::Timestamp,
        workspace::command::Command,
    },
    engine::agent_session::update::State,
    plain::{
        front::TypingTold,
        told::ToldLines,
        words::{Say, row},
    },
    tui::agent::{Workspace, WorkspaceSettings},
};

/// What is left of a ring when it is told again.
const LAST_CALL: std::time::Duration = std::time::Duration::from_secs(10);

/// One conversation of an agent as it is told.
#[derive(Default)]
pub(crate) struct AgentTalk {
    pub(crate) told: ToldLines,
    typing: TypingTold,
    types: bool,
    csat: Option<Csat>,
    consumer: String,
    /// Messages that were sent and are not lines yet.
    submitted: usize,
    is_leaving: bool,
}

/// The agent workspace: the sessions as the screen has them, and what was told of them.
pub(crate) struct AgentSide {
    pub(crate) workspace: Workspace,
    talks: BTreeMap<(usize, ConversationId), AgentTalk>,
    /// Rings that were told, and whether the second time too.
    rings: BTreeMap<String, bool>,
    /// Sessions whose login was told.
    up: BTreeSet<usize>,
    looked: Option<(usize, ConversationId)>,
    availability: Option<Availability>,
}

impl AgentSide {
    /// Nobody is logged in yet.
    pub(crate) fn new(settings: WorkspaceSettings) -> Self {
        Self {
            workspace: Workspace::new(settings),
            talks: BTreeMap::new(),
            rings: BTreeMap::new(),
            up: BTreeSet::new(),
            looked: None,
            availability: None,
        }
    }

    fn key(&self) -> Option<(usize, ConversationId)> {
        let session = self.workspace.session()?;
        Some((session.number, session.at.clone()?))
    }

    /// The conversation in view.
    pub(crate) fn talk_mut(&mut self) -> Option<&mut AgentTalk> {
        let key = self.key()?;
        self.talks.get_mut(&key)
    }

    /// Everybody logs out.
    pub(crate) fn log_everybody_out(&mut self) {
        let numbers: Vec<usize> = self
            .workspace
            .sessions
            .iter()
            .map(|one| one.number)
            .collect();
        self.workspace
            .commands
            .extend(numbers.into_iter().map(|number| (number, Command::Quit)));
    }

    /// No conversation is looked at any more.
    pub(crate) fn look_away(&mut self) {
        if let Some((number, _)) = self.looked.take() {
            self.workspace.commands.push((number, Command::Look(None)));
        }
    }

    /// The conversation in view is looked at: what is told of it is read.
    fn look(&mut self) {
        let key = self.key();
        if key == self.looked {
            return;
        }
        self.look_away();
        if let Some((number, id)) = key.clone() {
            self.workspace
                .commands
                .push((number, Command::Look(Some(id))));
        }
        self.looked = key;
    }

    /// When time alone will have something told.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let talks = self.talks.values();
        let talks = talks
            .flat_map(|talk| [talk.told.due(), talk.typing.due()])
            .flatten();
        let rings = self
            .workspace
            .sessions
            .iter()
            .flat_map(|session| &session.rings);
        let calls = rings.filter(|ring| self.rings.get(&ring.id) == Some(&false));
        let calls = calls.map(|ring| {
            Timestamp(ring.until.0 - 10_000).max(now.after(std::time::Duration::from_millis(1)))
        });
        talks.chain(calls).min()
    }

    /// Tells what is due.
    pub(crate) fn tick(&mut self, now: Timestamp, say: Say, rows: &mut Vec<String>) {
        let key = self.key();
        for (id, talk) in &mut self.talks {
            let by = talk.consumer.clone();
            let told = talk.told.receipts(now, say, &by);
            let types = talk.typing.tick(now).filter(|_| say > Say::Less);
            if Some(id) == key.as_ref() {
                rows.extend(told);
                rows.extend(types);
            }
        }
        for ring in self
            .workspace
            .sessions
            .iter()
            .flat_map(|session| &session.rings)
        {
            let left = ring.until.since(now);
            if let Some(is_told_twice @ false) = self.rings.get_mut(&ring.id)
                && left <= LAST_CALL
            {
                *is_told_twice = true;
                rows.push(format!(
                    "Ringing: {}, {} seconds left.",
                    row(&ring.consumer),
                    left.as_secs()
                ));
            }
        }
    }

    /// Whether something is under way.
    pub(crate) fn is_busy(&self) -> bool {
        let talks = self.talks.values();
        let mut talks = talks.filter(|talk| {
            talk.submitted > 0
                || talk.is_leaving
                || talk.told.is_underway()
                || talk.told.due().is_some()
        });
        let mut sessions = self.workspace.sessions.iter();
        let is_awaiting = sessions.any(|session| session.awaited.is_some());
        talks.next().is_some() || is_awaiting || self.workspace.logging_in.is_some()
    }

    /// Whether a consumer types in the conversation in view.
    pub(crate) fn is_typed_to(&self) -> bool {
        self.key()
            .and_then(|key| self.talks.get(&key))
            .is_some_and(|talk| talk.types)
    }

    /// Whether a line of a pipe can be done now.
    pub(crate) fn is_ready_for(&self, line: &str) -> bool {
        let Some(session) = self.workspace.session() else {
            return !self.workspace.alone && self.workspace.logging_in.is_none();
        };
        let is_up = session
            .link
            .as_ref()
            .is_some_and(|link| link.state == State::Up);
        let mut words = line.split_whitespace();
        let is_there = match words.next() {
            Some("/take" | "/accept" | "/decline" | "/reject") => !session.rings.is_empty(),
            Some(
                "/note" | "/card" | "/reply" | "/transfer" | "/queue" | "/close" | "/end" | "/who",
            ) => session.conversation().is_some(),
            Some(word) if word.starts_with('/') => true,
            _ => session.conversation().is_some(),
        };
        is_up && is_there
    }
}

impl AgentTalk {
    fn is_taken(&self) -> bool {
        !self.consumer.is_empty()
    }
}
