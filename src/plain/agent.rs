//! The agent's side: what rings, the conversations that were taken, and what lines and commands do
//! in the one in view.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    domain::{
        availability::Availability,
        ids::ConversationId,
        survey::Csat,
        time::Timestamp,
        workspace::{command::Command, view::Ring},
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
const LAST_CALL: Duration = Duration::from_secs(10);
/// The same in milliseconds.
const LAST_CALL_MILLIS: i64 = 10_000;

/// How far a ring was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RingStage {
    /// It is told from then on, once the agent is logged in.
    Known(Timestamp),
    /// It was told.
    Told,
    /// It was told that it ends soon.
    LastCall,
}

/// One conversation of an agent as it is told.
#[derive(Default)]
pub(crate) struct AgentTalk {
    pub(crate) told: ToldLines,
    pub(crate) typing: TypingTold,
    pub(crate) types: bool,
    pub(crate) csat: Option<Csat>,
    pub(crate) consumer: String,
    /// Messages that were sent and are not lines yet.
    pub(crate) submitted: usize,
    pub(crate) is_leaving: bool,
}

/// The agent workspace: the sessions as the screen has them, and what was told of them.
pub(crate) struct AgentSide {
    pub(crate) workspace: Workspace,
    pub(crate) talks: BTreeMap<(usize, ConversationId), AgentTalk>,
    /// How far each ring was told.
    pub(crate) rings: BTreeMap<String, RingStage>,
    /// Sessions whose login was told.
    pub(crate) up: BTreeSet<usize>,
    looked: Option<(usize, ConversationId)>,
    pub(crate) availability: Option<Availability>,
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

    pub(crate) fn key(&self) -> Option<(usize, ConversationId)> {
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
    pub(crate) fn look(&mut self) {
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
        let soon = now.after(Duration::from_millis(1));
        let calls = self.rings().filter_map(|(ring, is_up, stage)| match stage {
            RingStage::Known(due) => is_up.then_some(due),
            RingStage::Told => Some(Timestamp(ring.until.0 - LAST_CALL_MILLIS)),
            RingStage::LastCall => None,
        });
        let calls = calls.map(|due| due.max(soon));
        talks.chain(calls).min()
    }

    /// Tells what is due.
    pub(crate) fn tick(
        &mut self,
        now: Timestamp,
        say: Say,
        is_in_view: bool,
        rows: &mut Vec<String>,
    ) {
        let key = self.key().filter(|_| is_in_view);
        for (id, talk) in &mut self.talks {
            let by = talk.consumer.clone();
            let told = talk.told.receipts(now, say, &by);
            let types = talk.typing.tick(now).filter(|_| say > Say::Less);
            if Some(id) == key.as_ref() {
                rows.extend(told);
                rows.extend(types);
            }
        }
        let due = self.rings().filter_map(|(ring, is_up, stage)| {
            let left = ring.until.since(now);
            let consumer = row(&ring.consumer);
            let seconds = left.as_secs();
            match stage {
                RingStage::Known(due) if is_up && due <= now => {
                    let handed = if ring.is_transfer { ", handed over" } else { "" };
                    let skill = row(&ring.skill);
                    let words = format!(
                        "Ringing: {consumer}, skill {skill}{handed}, {seconds} seconds. /take or /decline"
                    );
                    let stage = if left > LAST_CALL { RingStage::Told } else { RingStage::LastCall };
                    Some((ring.id.clone(), stage, words))
                }
                RingStage::Told if left <= LAST_CALL => {
                    let words = format!("Ringing: {consumer}, {seconds} seconds left.");
                    Some((ring.id.clone(), RingStage::LastCall, words))
                }
                _ => None,
            }
        });
        let due: Vec<_> = due.collect();
        for (id, stage, words) in due {
            self.rings.insert(id, stage);
            rows.push(words);
        }
    }

    /// What rings, whether its agent is logged in, and how far it was told.
    fn rings(&self) -> impl Iterator<Item = (&Ring, bool, RingStage)> {
        let sessions = self.workspace.sessions.iter();
        sessions.flat_map(move |session| {
            let is_up = self.up.contains(&session.number);
            let rings = session.rings.iter();
            rings.filter_map(move |ring| Some((ring, is_up, *self.rings.get(&ring.id)?)))
        })
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
            Some("/take" | "/accept" | "/decline" | "/reject") => self
                .rings()
                .any(|(_, _, stage)| !matches!(stage, RingStage::Known(_))),
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
    pub(crate) fn is_taken(&self) -> bool {
        !self.consumer.is_empty()
    }
}
