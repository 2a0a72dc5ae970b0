//! Fills the logs: one task for the engine, one for each agent session.
//!
//! The tasks read updates as they come, so that the moment of their arrival is right however busy
//! the scene is. Steps wait for the hub to change and look into the logs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, watch};

use crate::{
    domain::{
        conversation::event::Act,
        exchange::Entry,
        ids::{ConversationId, ExtConsumerId, ItemId, PhoneId, SkillId},
        line::{Line, LineBody},
        notice::{Notice, Severity, Topic},
        text::SafeText,
        workspace::{effect::Shown, view::Ring},
    },
    engine::{
        agent_session::update::Update as AgentUpdate,
        command::Command,
        update::{Phase, Switches, Update},
    },
    rt::world_clock::WorldAlarm,
    runner::{
        agent_state::AgentState,
        control::SceneControl,
        log::{Moment, What},
        waiting::PersonLogs,
        world::{EngineCommands, LentPhones},
    },
};

/// Bubbles of others that a phone has on its screen.
const ON_SCREEN: usize = 24;

/// What everybody who is played has heard and done so far.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(super) control: SceneControl,
    /// Idle time is jumped over.
    pub(super) skips_idle_time: bool,
    /// What the task that reads the engine waits by.
    pub(super) reader: WorldAlarm,
    known: Mutex<HubState>,
    pub(super) changed: watch::Sender<u64>,
}

/// All that is known.
#[derive(Debug, Default)]
pub(crate) struct HubState {
    pub(super) logs: PersonLogs,
    /// The phones of consumers, by the names of their logs.
    pub(super) phones: BTreeMap<String, PhoneState>,
    /// The workspaces of agents, by the names of their logs.
    pub(super) agents: BTreeMap<String, AgentState>,
    /// Whose phone it is.
    owners: BTreeMap<ExtConsumerId, String>,
    /// The phones are a person's, who goes on with them; `None` when they are the scene's own.
    lent: Option<LentPhones>,
    /// Phones of that person that were just opened: the lines that come are old.
    settling: BTreeSet<PhoneId>,
    /// Since when webhooks cannot come in.
    pub(super) down_since: Option<Moment>,
    /// The engine tells nothing any more.
    pub(super) is_over: bool,
}

/// What is known of the phone of a consumer who is played.
#[derive(Debug)]
pub(crate) struct PhoneState {
    pub(super) phone: PhoneId,
    pub(super) switches: Switches,
    /// Whether the phone opens a conversation just now.
    pub(super) is_opening: bool,
    /// A conversation was open on a lent phone when the scene began.
    pub(super) was_open: bool,
    /// Numbers of others' bubbles, in the order they came, the last few of them.
    on_screen: Vec<u32>,
}

impl Hub {
    /// A hub of a scene that begins now, with an empty log for each of these, which calls skills by
    /// their names as far as they are known.
    pub(super) fn new<'a>(
        names: impl IntoIterator<Item = &'a str>,
        skills: &BTreeMap<String, SkillId>,
        control: SceneControl,
        skips_idle_time: bool,
        lent: Option<LentPhones>,
    ) -> Arc<Self> {
        let mut known = HubState {
            lent,
            ..HubState::default()
        };
        let skill_names: BTreeMap<SkillId, SafeText> = skills
            .iter()
            .map(|(name, id)| (id.clone(), SafeText::clean(name)))
            .collect();
        for name in names {
            let log = known.logs.entry(name.to_owned()).or_default();
            log.skill_names.clone_from(&skill_names);
        }
        let reader = control.clock().reader_alarm();
        // Its task reads as soon as it has begun.
        reader.begin();
        Arc::new(Self {
            control,
            reader,
            skips_idle_time,
            known: Mutex::new(known),
            changed: watch::channel(0).0,
        })
    }

    /// How long the scene has run, without the time it was held.
    pub(super) fn now(&self) -> Moment {
        self.control.now()
    }

    /// What holds the scene.
    pub(super) fn control(&self) -> &SceneControl {
        &self.control
    }

    pub(super) fn known(&self) -> MutexGuard<'_, HubState> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This consumer's log has that name.
    pub(super) fn own(&self, consumer: &ExtConsumerId, name: &str) {
        let mut known = self.known();
        known.owners.insert(consumer.clone(), name.to_owned());
    }

    fn change(&self, how: impl FnOnce(&mut HubState, Moment)) {
        let now = self.now();
        how(&mut self.known(), now);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Reads what the engine tells until it has ended. Bubbles that come are shown on the phone's
    /// screen, so that the phone sends what a phone sends that somebody looks at. On a phone that is
    /// lent the person consents.
    pub(super) async fn read_engine(
        self: Arc<Self>,
        mut updates: mpsc::Receiver<Update>,
        commands: EngineCommands,
        may_open: bool,
    ) {
        loop {
            let update = tokio::select! {
                biased;
                update = updates.recv() => update,
                () = self.reader.wait(None) => continue,
            };
            let Some(update) = update else { break };
            if let Update::Consent(consent) = &update
                && self.known().lent.is_none()
            {
                let answer = Command::Consent {
                    id: consent.id,
                    yes: may_open,
                };
                // Full: then the engine is behind with much, and the opening fails by its time.
                commands.try_send(answer);
            }
            let touched = touched(&update);
            self.change(|known, at| known.apply(update, at));
            for phone in touched {
                if let Some(shown) = self.known().on_screen(phone) {
                    // Full: the next bubble shows this one too.
                    commands.try_send(Command::Act {
                        phone,
                        act: Act::Shown(shown),
                    });
                }
            }
        }
        self.change(|known, _| known.is_over = true);
    }

    /// Reads what an agent session tells until it has ended.
    pub(super) async fn read_agent(
        self: Arc<Self>,
        name: String,
        mut updates: mpsc::Receiver<AgentUpdate>,
        only_ours: bool,
    ) {
        self.change(|known, _| {
            let state = AgentState::new(only_ours);
            known.agents.insert(name.clone(), state);
        });
        while let Some(update) = updates.recv().await {
            self.change(|known, at| known.apply_agent(&name, update, at));
        }
        self.change(|known, _| {
            if let Some(agent) = known.agents.get_mut(&name) {
                agent.is_gone = true;
            }
        });
    }
}

/// The phones that got lines.
fn touched(update: &Update) -> Vec<PhoneId> {
    let Update::Lines(lines) = update else {
        return Vec::new();
    };
    let mut phones: Vec<PhoneId> = lines.iter().filter_map(|line| line.id.phone).collect();
    phones.sort_unstable();
    phones.dedup();
    phones
}

impl HubState {
    /// The name of a phone's log.
    fn owner(&self, phone: PhoneId) -> Option<String> {
        let mut phones = self.phones.iter();
        let found = phones.find(|(_, state)| state.phone == phone);
        found.map(|(name, _)| name.clone())
    }

    fn on_screen(&self, phone: PhoneId) -> Option<Vec<ItemId>> {
        let state = self.phones.values().find(|state| state.phone == phone)?;
        let items = state.on_screen.iter();
        let items = items.map(|number| ItemId {
            phone: Some(phone),
            number: *number,
        });
        Some(items.collect())
    }

    fn apply(&mut self, update: Update, at: Moment) {
        match update {
            Update::Phone { phone, persona } => {
                if let Some(name) = self.owners.get(&persona.consumer) {
                    let state = PhoneState {
                        phone,
                        switches: Switches::default(),
                        // Until its head says how it stands.
                        is_opening: true,
                        was_open: false,
                        on_screen: Vec::new(),
                    };
                    if self.lent.is_some() && !self.phones.contains_key(name) {
                        self.settling.insert(phone);
                    }
                    self.phones.entry(name.clone()).or_insert(state);
                }
            }
            Update::Head { phone, head } => {
                let settled = self.settling.remove(&phone);
                let mut phones = self.phones.values_mut();
                if let Some(state) = phones.find(|state| state.phone == phone) {
                    state.is_opening = head.phase == Phase::Opening;
                    if settled {
                        state.was_open = head.phase != Phase::Closed;
                    }
                }
            }
            Update::Lines(lines) => {
                for line in lines {
                    self.line(at, &line);
                }
            }
            Update::Typing { phone, name } => {
                if let Some(owner) = self.owner(phone)
                    && let Some(log) = self.logs.get_mut(&owner)
                {
                    log.typing(at, name);
                }
            }
            Update::Details {
                phone,
                details: Some(details),
            } => {
                if let Some(owner) = self.owner(phone)
                    && let Some(log) = self.logs.get_mut(&owner)
                {
                    log.details(at, &details);
                }
            }
            Update::Switches { phone, switches } => {
                let mut phones = self.phones.values_mut();
                if let Some(state) = phones.find(|state| state.phone == phone) {
                    state.switches = switches;
                }
            }
            Update::Wire(entries) => {
                for entry in entries {
                    self.wire(at, &entry);
                }
            }
            Update::Linked { entry, items } => {
                for item in items {
                    let owner = item.phone.and_then(|phone| self.owner(phone));
                    if let Some(log) = owner.and_then(|owner| self.logs.get_mut(&owner)) {
                        log.link(entry, item.number);
                    }
                }
            }
            Update::Link(link) => match (link.ingress.is_broken(), self.down_since) {
                (true, None) => self.down_since = Some(at),
                (true, Some(_)) => {}
                (false, _) => self.down_since = None,
            },
            Update::Closed(phone) => {
                if let Some(owner) = self.owner(phone) {
                    self.phones.remove(&owner);
                }
            }
            Update::Notice(notice) => self.notice(at, &notice),
            Update::Stopped => self.is_over = true,
            _ => {}
        }
    }

    fn line(&mut self, at: Moment, line: &Line) {
        let Some(owner) = line.id.phone.and_then(|phone| self.owner(phone)) else {
            return;
        };
        if self.is_old(line) {
            return;
        }
        if let LineBody::Theirs { .. } = line.body
            && let Some(state) = self.phones.get_mut(&owner)
            && !state.on_screen.contains(&line.id.number)
        {
            state.on_screen.push(line.id.number);
            let surplus = state.on_screen.len().saturating_sub(ON_SCREEN);
            state.on_screen.drain(..surplus);
        }
        if let Some(log) = self.logs.get_mut(&owner) {
            log.lines(at, std::slice::from_ref(line));
        }
    }

    /// Whether somebody's phone is open and all is known of it.
    pub(super) fn is_ready(&self, name: &str) -> bool {
        let phone = self.phones.get(name).map(|state| state.phone);
        phone.is_some_and(|phone| !self.settling.contains(&phone))
    }

    /// Whether a line was on a lent phone before the scene began.
    fn is_old(&mut self, line: &Line) -> bool {
        let (Some(lent), Some(phone)) = (&mut self.lent, line.id.phone) else {
            return false;
        };
        let newest = lent.newest.get(&phone).copied();
        if self.settling.contains(&phone) {
            let newest = newest.max(Some(line.id.number));
            lent.newest.extend(newest.map(|newest| (phone, newest)));
            return true;
        }
        newest.is_some_and(|newest| line.id.number <= newest)
    }

    /// An entry of one phone, or of all of them.
    fn wire(&mut self, at: Moment, entry: &Entry) {
        let owner = entry.phone.and_then(|phone| self.owner(phone));
        for name in self.phones.keys() {
            let is_meant = owner.as_ref().is_none_or(|owner| owner == name);
            if is_meant && let Some(log) = self.logs.get_mut(name) {
                log.wire(at, entry);
            }
        }
    }

    fn notice(&mut self, at: Moment, notice: &Notice) {
        if notice.severity < Severity::Warning {
            return;
        }
        let owner = match notice.topic {
            Some(Topic::Phone(phone)) => self.owner(phone),
            _ => None,
        };
        let words = trouble(notice);
        for name in self.phones.keys() {
            let is_meant = owner.as_ref().is_none_or(|owner| owner == name);
            if is_meant && let Some(log) = self.logs.get_mut(name) {
                log.add(at, None, What::Trouble(words.clone()));
            }
        }
    }

    fn apply_agent(&mut self, name: &str, update: AgentUpdate, at: Moment) {
        let ours: Vec<ConversationId> = self
            .phones
            .keys()
            .filter_map(|consumer| self.logs.get(consumer)?.situation())
            .map(|(_, situation)| situation.conversation.clone())
            .collect();
        let (Some(agent), Some(log)) = (self.agents.get_mut(name), self.logs.get_mut(name)) else {
            return;
        };
        match update {
            AgentUpdate::Link(link) => {
                agent.me = link.me;
                agent.availability = link.availability;
                agent.state = link.state;
            }
            AgentUpdate::House { skills, agents } => {
                agent.skills = skills;
                agent.colleagues = agents;
            }
            AgentUpdate::Notice(notice) if notice.severity >= Severity::Warning => {
                log.add(at, None, What::Trouble(trouble(&notice)));
            }
            AgentUpdate::Notice(_) => {}
            AgentUpdate::Stopped => agent.is_gone = true,
            AgentUpdate::Shown(shown) => match shown {
                Shown::Rings(rings) => {
                    let rings: Vec<Ring> = rings
                        .into_iter()
                        .filter(|ring| agent.is_meant(&ring.conversation, &ours))
                        .collect();
                    if rings.len() != agent.rings.len() {
                        log.add(at, None, What::Rings(rings.len()));
                    }
                    agent.rings = rings;
                }
                Shown::Conversation(state) if agent.is_meant(&state.id, &ours) => {
                    if agent.is_in(&state.id) {
                        log.workspace(at, &state);
                    }
                    agent.conversations.retain(|known| known.id != state.id);
                    agent.conversations.push(*state);
                }
                Shown::Gone(id) => agent.conversations.retain(|known| known.id != id),
                Shown::Lines {
                    conversation,
                    lines,
                } if agent.is_meant(&conversation, &ours) => log.lines(at, &lines),
                Shown::Typing {
                    conversation,
                    typing,
                } if agent.is_meant(&conversation, &ours) => {
                    let consumer = agent.consumer_of(&conversation);
                    log.typing(at, typing.then_some(consumer));
                }
                Shown::Conversation(_) | Shown::Lines { .. } | Shown::Typing { .. } => {}
            },
        }
    }
}

/// A notice in one line.
fn trouble(notice: &Notice) -> String {
    let mut words = notice.title.clone();
    if !notice.detail.is_empty() {
        words = format!("{words}: {}", notice.detail);
    }
    if !notice.hint.is_empty() {
        words = format!("{words}; {}", notice.hint);
    }
    words
}
