//! All that a workspace holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, DialogId, ParticipantId, RequestId, Sequence, TimerId},
    text::SafeText,
    time::Timestamp,
    wire::{outbound::AcceptStatus, ums::request::Request},
    workspace::{
        conversations::KnownConversation, effect::Effect, link::Subscriptions, people::People,
        ringing::Rung, view::Ring,
    },
};

/// An agent's workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// Who is logged in, once it is known; by full id and by PID.
    pub(super) me: Option<(ParticipantId, ParticipantId)>,
    pub(super) is_up: bool,
    /// This agent is logging out.
    pub(super) is_leaving: bool,
    /// The availability this agent wants.
    pub(super) wanted: Availability,
    pub(super) subscriptions: Subscriptions,
    /// How far the cloud's clock is ahead of ours, in milliseconds.
    pub(super) ahead: i64,
    pub(super) rings: Vec<Rung>,
    pub(super) shown_rings: Vec<Ring>,
    pub(super) conversations: BTreeMap<ConversationId, KnownConversation>,
    pub(super) in_view: Option<ConversationId>,
    /// Conversations of others that were cleared away here; the cloud goes on telling of them.
    pub(super) cleared: BTreeSet<ConversationId>,
    /// This agent knows that not every conversation is shown.
    pub(super) said_full: bool,
    pub(super) people: People,
    pub(super) asked: BTreeMap<RequestId, Purpose>,
    pub(super) alarms: BTreeMap<TimerId, Alarm>,
    next_request: u64,
    next_timer: u64,
    next_line: u32,
    /// Rooms that a step had to do with.
    pub(super) touched: BTreeSet<ConversationId>,
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Purpose {
    Clock,
    State,
    SubscribeState,
    Subscribe {
        open: bool,
    },
    Tasks,
    Ring {
        ring: String,
    },
    Query {
        conversation: ConversationId,
        dialog: DialogId,
    },
    Line {
        conversation: ConversationId,
        line: u32,
    },
    Receipt {
        conversation: ConversationId,
        dialog: DialogId,
        status: AcceptStatus,
        sequences: Vec<Sequence>,
    },
    /// Its failing is nobody's business.
    Courtesy,
    Profile(ConversationId),
    Change {
        tried: &'static str,
        /// What is said once it is done.
        done: Option<&'static str>,
    },
    Farewell,
}

/// What a timer is for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Alarm {
    Ring(String),
    /// The agent may have stopped typing.
    Pause(ConversationId),
    /// The consumer may have stopped typing.
    Typing(ConversationId),
}

impl Workspace {
    /// A workspace in which nobody is logged in yet. `names` are what to call whom besides what the cloud
    /// will say.
    pub fn new(wanted: Availability, names: BTreeMap<ParticipantId, SafeText>) -> Self {
        Self {
            me: None,
            is_up: false,
            is_leaving: false,
            wanted,
            subscriptions: Subscriptions::default(),
            ahead: 0,
            rings: Vec::new(),
            shown_rings: Vec::new(),
            conversations: BTreeMap::new(),
            in_view: None,
            cleared: BTreeSet::new(),
            said_full: false,
            people: People::new(names),
            asked: BTreeMap::new(),
            alarms: BTreeMap::new(),
            next_request: 0,
            next_timer: 0,
            next_line: 0,
            touched: BTreeSet::new(),
        }
    }

    /// Asks the cloud something.
    pub(super) fn ask(
        &mut self,
        what: Request,
        purpose: Purpose,
        effects: &mut Vec<Effect>,
    ) -> RequestId {
        let request = RequestId(self.next_request);
        self.next_request += 1;
        self.asked.insert(request, purpose);
        effects.push(Effect::Ask { request, what });
        request
    }

    /// Asks to be woken.
    pub(super) fn wake(
        &mut self,
        after: std::time::Duration,
        alarm: Alarm,
        effects: &mut Vec<Effect>,
    ) -> TimerId {
        let timer = TimerId(self.next_timer);
        self.next_timer += 1;
        self.alarms.insert(timer, alarm);
        effects.push(Effect::Wake { timer, after });
        timer
    }

    /// A number for a new line.
    pub(super) fn line_number(&mut self) -> u32 {
        self.next_line = self.next_line.saturating_add(1);
        self.next_line
    }

    /// Whether an id is of this agent.
    pub(super) fn is_me(&self, id: &ParticipantId) -> bool {
        self.me
            .as_ref()
            .is_some_and(|(full, pid)| id == full || id == pid)
    }

    /// A time of the cloud's on our clock.
    pub(super) fn ours(&self, cloud: Timestamp) -> Timestamp {
        Timestamp(cloud.0.saturating_sub(self.ahead))
    }
}
