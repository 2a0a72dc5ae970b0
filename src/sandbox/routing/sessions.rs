//! Which agents are there to take a conversation: sessions in this process, and agents on sockets.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::mpsc;

use crate::{
    domain::ids::{ConversationId, ParticipantId},
    sandbox::{
        model::roster::{self, Takes},
        routing::{
            event::AgentEvent,
            ring::{PlaceKind, RingPlace},
        },
    },
};

/// Whether an agent wants conversations; see `agent-side` 3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Availability {
    /// New ones.
    Online,
    /// Those handed to it only.
    Occupied,
    /// None for now.
    Away,
    /// None for a moment.
    BackSoon,
    /// None.
    #[default]
    Offline,
}

impl Availability {
    /// By its name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ONLINE" => Self::Online,
            "OCCUPIED" => Self::Occupied,
            "AWAY" => Self::Away,
            "BACK_SOON" => Self::BackSoon,
            "OFFLINE" => Self::Offline,
            _ => return None,
        })
    }

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "ONLINE",
            Self::Occupied => "OCCUPIED",
            Self::Away => "AWAY",
            Self::BackSoon => "BACK_SOON",
            Self::Offline => "OFFLINE",
        }
    }

    /// Whether what was handed to the agent itself rings.
    pub fn takes_what_is_handed(self) -> bool {
        matches!(self, Self::Online | Self::Occupied)
    }
}

/// A session in this process.
#[derive(Debug)]
pub(super) struct LocalSession {
    pub(super) events: mpsc::Sender<AgentEvent>,
    pub(super) takes: Takes,
    /// It gets only what no other agent is there for.
    pub(super) stands_by: bool,
    pub(super) stats: SessionLoad,
}

/// An agent on sockets.
#[derive(Debug)]
pub(super) struct SocketSession {
    /// The ids of its skills; `-1` stands for conversations without one.
    pub(super) skills: Vec<String>,
    pub(super) availability: Availability,
    pub(super) sockets: usize,
    /// Subscriptions to routing tasks, of all its sockets.
    pub(super) subscriptions: usize,
    pub(super) stats: SessionLoad,
}

/// How much there is to do in a session.
#[derive(Debug, Default)]
pub(super) struct SessionLoad {
    /// How many ring.
    pub(super) ringing: usize,
    /// How many were ever taken.
    pub(super) taken: u64,
}

impl SocketSession {
    pub(super) fn is_open(&self) -> bool {
        self.subscriptions > 0 && self.availability == Availability::Online
    }

    /// Whether what was handed to this agent rings here.
    pub(super) fn hears_what_is_handed(&self) -> bool {
        self.subscriptions > 0 && self.availability.takes_what_is_handed()
    }

    /// How well it fits a skill, 0 best: every agent takes what has none, if no agent is there for it.
    pub(super) fn rank(&self, skill: &str) -> Option<u8> {
        if self.skills.iter().any(|own| own == skill) {
            Some(0)
        } else {
            (skill == roster::UNASSIGNED).then_some(1)
        }
    }
}

/// All sessions, and who owns what.
#[derive(Debug, Default)]
pub(super) struct AgentSessions {
    pub(super) local: BTreeMap<ParticipantId, LocalSession>,
    pub(super) on_sockets: BTreeMap<ParticipantId, SocketSession>,
    owned: HashMap<ConversationId, (ParticipantId, String)>,
    load: HashMap<ParticipantId, usize>,
    /// Open conversations at most, for those on sockets who do not take any number.
    pub(super) capacities: HashMap<ParticipantId, usize>,
}

/// Who could take a conversation now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RingChoice {
    /// This one is next.
    Next(RingPlace),
    /// All who could were tried.
    AllTried,
    /// There is no agent.
    Nobody,
}

impl AgentSessions {
    /// Notes who owns a conversation, and answers whose load became less.
    pub(super) fn own(
        &mut self,
        id: &ConversationId,
        owner: Option<&ParticipantId>,
        skill: &str,
    ) -> Option<ParticipantId> {
        if owner.is_some() && self.owned.get(id).map(|(had, _)| had) == owner {
            if let Some((_, had)) = self.owned.get_mut(id)
                && had != skill
            {
                skill.clone_into(had);
            }
            return None;
        }
        let before = match owner {
            Some(owner) => {
                *self.load.entry(owner.clone()).or_default() += 1;
                self.owned
                    .insert(id.clone(), (owner.clone(), skill.to_owned()))
            }
            None => self.owned.remove(id),
        };
        let (before, _) = before?;
        if let Some(load) = self.load.get_mut(&before) {
            *load = load.saturating_sub(1);
            if *load == 0 {
                self.load.remove(&before);
            }
        }
        Some(before)
    }

    /// What an agent owns, with the skills.
    pub(super) fn owned_by(&self, agent: &ParticipantId) -> Vec<(ConversationId, String)> {
        let own = self.owned.iter().filter(|(_, (owner, _))| owner == agent);
        let mut own: Vec<_> = own
            .map(|(id, (_, skill))| (id.clone(), skill.clone()))
            .collect();
        own.sort_unstable();
        own
    }

    pub(super) fn stats_mut(&mut self, place: &RingPlace) -> Option<&mut SessionLoad> {
        match place.kind {
            PlaceKind::Local => self.local.get_mut(&place.agent).map(|seat| &mut seat.stats),
            PlaceKind::Socket => self
                .on_sockets
                .get_mut(&place.agent)
                .map(|seat| &mut seat.stats),
        }
    }

    fn load(&self, agent: &ParticipantId, stats: &SessionLoad) -> usize {
        self.load.get(agent).copied().unwrap_or(0) + stats.ringing
    }

    /// How many more conversations may ring at an agent on sockets.
    pub(super) fn room(&self, agent: &ParticipantId) -> usize {
        let Some(seat) = self.on_sockets.get(agent).filter(|seat| seat.is_open()) else {
            return 0;
        };
        match self.capacities.get(agent) {
            None => usize::MAX,
            Some(most) => most.saturating_sub(self.load(agent, &seat.stats)),
        }
    }

    /// Where a conversation of a skill is to ring: who fits best, has the least to do, has taken
    /// the least, in this order. Those who stand by come last, when there is no other agent at all.
    pub(super) fn choose(&self, skill: &str, tried: &[RingPlace]) -> RingChoice {
        let desks = |stands_by: bool| {
            let sessions = self.local.iter();
            sessions
                .filter(move |(agent, seat)| {
                    let replaced = stands_by && self.on_sockets.contains_key(*agent);
                    seat.stands_by == stands_by && !replaced && seat.takes.includes(skill)
                })
                .map(|(agent, seat)| (0, agent, PlaceKind::Local, &seat.stats))
        };
        let lines = self
            .on_sockets
            .iter()
            .filter(|(agent, _)| self.room(agent) > 0)
            .filter_map(|(agent, seat)| {
                Some((seat.rank(skill)?, agent, PlaceKind::Socket, &seat.stats))
            });
        let people = self.best(desks(false).chain(lines), tried);
        if people == RingChoice::Nobody {
            self.best(desks(true), tried)
        } else {
            people
        }
    }

    fn best<'a>(
        &self,
        sessions: impl Iterator<Item = (u8, &'a ParticipantId, PlaceKind, &'a SessionLoad)>,
        tried: &[RingPlace],
    ) -> RingChoice {
        let mut any = false;
        let left = sessions.filter_map(|(rank, agent, kind, stats)| {
            any = true;
            let place = RingPlace {
                agent: agent.clone(),
                kind,
            };
            let weight = (rank, self.load(agent, stats), stats.taken);
            (!tried.contains(&place)).then_some((weight, place))
        });
        match left.min() {
            Some((_, place)) => RingChoice::Next(place),
            None if any => RingChoice::AllTried,
            None => RingChoice::Nobody,
        }
    }

    /// Where something handed to an agent rings, if the agent is there.
    pub(super) fn of(&self, agent: &ParticipantId) -> Option<RingPlace> {
        let kind = match (self.on_sockets.get(agent), self.local.get(agent)) {
            (Some(line), _) if line.hears_what_is_handed() => PlaceKind::Socket,
            (None, Some(_)) => PlaceKind::Local,
            (Some(_), Some(desk)) if !desk.stands_by => PlaceKind::Local,
            _ => return None,
        };
        Some(RingPlace {
            agent: agent.clone(),
            kind,
        })
    }
}
