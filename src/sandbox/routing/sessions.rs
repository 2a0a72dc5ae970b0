//! Which agents are there to take a conversation: people, and built-in agents.

use std::collections::{BTreeMap, HashMap};

use crate::{
    domain::ids::{ConversationId, ParticipantId},
    sandbox::{
        model::roster::Takes,
        routing::ring::{AgentKind, RingPlace},
    },
};

/// Whether an agent wants conversations; see `agent-side` 3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Availability {
    Online,
    Occupied,
    Away,
    BackSoon,
    #[default]
    Offline,
}

impl Availability {
    /// By its name on the wire.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ONLINE" => Self::Online,
            "OCCUPIED" => Self::Occupied,
            "AWAY" => Self::Away,
            "BACK_SOON" => Self::BackSoon,
            "OFFLINE" => Self::Offline,
            _ => return None,
        })
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Online => "ONLINE",
            Self::Occupied => "OCCUPIED",
            Self::Away => "AWAY",
            Self::BackSoon => "BACK_SOON",
            Self::Offline => "OFFLINE",
        }
    }

    /// Whether what was handed to the agent itself rings.
    pub(crate) fn takes_what_is_handed(self) -> bool {
        matches!(self, Self::Online | Self::Occupied)
    }
}

#[derive(Debug)]
pub(super) struct RoutedAgent {
    pub(super) takes: Takes,
    pub(super) availability: Availability,
    pub(super) sessions: usize,
    /// Subscriptions to routing tasks, of all its sessions.
    pub(super) subscriptions: usize,
    pub(super) stats: SessionLoad,
}

/// How much an agent has to do.
#[derive(Debug, Default)]
pub(super) struct SessionLoad {
    pub(super) ringing: usize,
    pub(super) taken: u64,
}

impl RoutedAgent {
    pub(super) fn is_open(&self) -> bool {
        self.subscriptions > 0 && self.availability == Availability::Online
    }

    /// Whether what was handed to this agent rings here.
    pub(super) fn takes_what_is_handed(&self) -> bool {
        self.subscriptions > 0 && self.availability.takes_what_is_handed()
    }
}

/// Every agent who has a session, and who owns what.
#[derive(Debug, Default)]
pub(super) struct RoutedAgents {
    pub(super) here: BTreeMap<RingPlace, RoutedAgent>,
    owned: HashMap<ConversationId, (ParticipantId, String)>,
    load: HashMap<ParticipantId, usize>,
    /// Open conversations at most, for people who do not take any number.
    pub(super) capacities: HashMap<ParticipantId, usize>,
}

/// Who could take a conversation now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RingChoice {
    Next(RingPlace),
    AllTried,
    Nobody,
}

impl RoutedAgents {
    pub(super) fn person(&self, agent: &ParticipantId) -> Option<&RoutedAgent> {
        self.here.get(&RingPlace::person(agent))
    }

    pub(super) fn built_in(&self, agent: &ParticipantId) -> Option<&RoutedAgent> {
        self.here.get(&RingPlace::built_in(agent))
    }

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
        self.here.get_mut(place).map(|agent| &mut agent.stats)
    }

    fn load(&self, agent: &ParticipantId, stats: &SessionLoad) -> usize {
        self.load.get(agent).copied().unwrap_or(0) + stats.ringing
    }

    /// How many more conversations may ring at a person.
    pub(super) fn room(&self, person: &ParticipantId) -> usize {
        let Some(here) = self.person(person).filter(|here| here.is_open()) else {
            return 0;
        };
        match self.capacities.get(person) {
            None => usize::MAX,
            Some(most) => most.saturating_sub(self.load(person, &here.stats)),
        }
    }

    /// Where a conversation of a skill is to ring: who fits best, has the least to do, has taken
    /// the least, in this order. Built-in agents come last, when there is no person at all.
    pub(super) fn choose(&self, skill: &str, tried: &[RingPlace]) -> RingChoice {
        let people = self.best(skill, tried, |place, _| {
            place.kind == AgentKind::Person && self.room(&place.agent) > 0
        });
        if people != RingChoice::Nobody {
            return people;
        }
        self.best(skill, tried, |place, here| {
            let replaced = self.person(&place.agent).is_some();
            place.kind == AgentKind::BuiltIn && here.is_open() && !replaced
        })
    }

    fn best(
        &self,
        skill: &str,
        tried: &[RingPlace],
        is_free: impl Fn(&RingPlace, &RoutedAgent) -> bool,
    ) -> RingChoice {
        let mut any = false;
        let free = self
            .here
            .iter()
            .filter(|(place, here)| is_free(place, here));
        let left = free.filter_map(|(place, here)| {
            let rank = here.takes.rank(skill)?;
            any = true;
            let weight = (rank, self.load(&place.agent, &here.stats), here.stats.taken);
            (!tried.contains(place)).then_some((weight, place))
        });
        match left.min() {
            Some((_, place)) => RingChoice::Next(place.clone()),
            None if any => RingChoice::AllTried,
            None => RingChoice::Nobody,
        }
    }

    /// Where something handed to an agent rings, if the agent is there.
    pub(super) fn place_of(&self, agent: &ParticipantId) -> Option<RingPlace> {
        let (place, here) = match self.person(agent) {
            Some(person) => (RingPlace::person(agent), person),
            None => (RingPlace::built_in(agent), self.built_in(agent)?),
        };
        here.takes_what_is_handed().then_some(place)
    }
}
