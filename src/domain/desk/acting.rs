//! What whoever sits here does with conversations: taking, handing on, closing, joining,
//! beginning.

use crate::domain::{
    desk::{Desk, effect::Effect, event::Act, state::Purpose},
    ids::{ConversationId, ParticipantId},
    role::Role,
    time::Timestamp,
    wire::ums::request::{Field, Request},
};

/// Conversations remembered as cleared away; past that some come back.
const MOST_CLEARED: usize = 1000;

impl Desk {
    pub(super) fn act(&mut self, act: Act, now: Timestamp, effects: &mut Vec<Effect>) {
        match act {
            Act::Availability(availability) => self.be(availability, effects),
            Act::Ring { ring, accepted } => self.answer_ring(&ring, accepted, effects),
            Act::Look(room) => self.look(room, effects),
            Act::Writing { conversation, any } => self.typed(&conversation, any, now, effects),
            Act::Say {
                conversation,
                message,
                private,
                metadata,
            } => self.say(&conversation, message, private, metadata, now, effects),
            Act::Retry { conversation, line } => self.retry(&conversation, line, effects),
            Act::ToSkill(id, skill) => {
                let fields = vec![Field::Skill(skill)];
                let words = ("hand the conversation to a skill", None);
                self.hand_on(&id, fields, words, effects);
            }
            Act::ToAgent(id, agent) => {
                let fields = vec![Field::Suggest(agent)];
                let words = ("hand the conversation to an agent", None);
                self.hand_on(&id, fields, words, effects);
            }
            Act::ToQueue(id) => {
                let done = "the conversation was given back to the queue";
                let words = ("give the conversation back", Some(done));
                self.hand_on(&id, Vec::new(), words, effects);
            }
            Act::Close {
                conversation,
                survey,
            } => self.close(&conversation, survey, effects),
            Act::Join(id) => {
                let fields = vec![Field::Add {
                    user: None,
                    role: Role::Manager,
                }];
                self.update(&id, fields, ("join the conversation", None), effects);
            }
            Act::Leave(id) => self.leave(&id, effects),
            Act::Begin(consumer) => self.begin(consumer, effects),
            Act::History {
                conversation,
                after,
            } => self.history(&conversation, after, effects),
            Act::Quit => self.quit(effects),
        }
    }

    /// Another conversation is in view, or none.
    fn look(&mut self, room: Option<ConversationId>, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.in_view, room.clone());
        if let Some(before) = before.filter(|before| room.as_ref() != Some(before))
            && let Some(left) = self.rooms.get(&before)
            && !left.was_mine
            && !left.told.is_open
        {
            // It was kept for whoever looked.
            self.remove(&before);
        }
        let Some(id) = room.filter(|id| self.rooms.contains_key(id)) else {
            return;
        };
        self.touched.insert(id.clone());
        self.ask_profile(&id, effects);
        self.catch_up(&id, effects);
    }

    fn update(
        &mut self,
        id: &ConversationId,
        fields: Vec<Field>,
        (tried, done): (&'static str, Option<&'static str>),
        effects: &mut Vec<Effect>,
    ) {
        if !self.is_up {
            effects.push(Effect::Remark("there is no connection just now"));
            return;
        }
        let what = Request::Update {
            conversation: id.clone(),
            fields,
        };
        self.ask(what, Purpose::Change { tried, done }, effects);
    }

    /// Takes the assigned agent out, and says who is to be there instead.
    fn hand_on(
        &mut self,
        id: &ConversationId,
        mut fields: Vec<Field>,
        words: (&'static str, Option<&'static str>),
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get(id) else {
            effects.push(Effect::Remark("this conversation is not on the desk"));
            return;
        };
        if !room.told.is_main_open {
            effects.push(Effect::Remark("this conversation is closed"));
            return;
        }
        let mut members = room.told.members.iter();
        let assigned = members.find(|one| one.role == Role::AssignedAgent);
        match assigned {
            Some(agent) => fields.insert(
                0,
                Field::Remove {
                    user: Some(agent.full.clone()),
                    role: Role::AssignedAgent,
                },
            ),
            None if fields.is_empty() => {
                effects.push(Effect::Remark("it is in the queue already"));
                return;
            }
            None => {}
        }
        self.update(id, fields, words, effects);
    }

    fn close(&mut self, id: &ConversationId, survey: bool, effects: &mut Vec<Effect>) {
        let Some(room) = self.rooms.get(id).filter(|room| room.told.is_open) else {
            effects.push(Effect::Remark("this conversation is closed"));
            return;
        };
        // Once MAIN is closed a survey may run, and only all of it can be closed.
        let field = if survey && room.told.is_main_open {
            Field::CloseDialog(room.main())
        } else {
            Field::Close
        };
        self.update(id, vec![field], ("close the conversation", None), effects);
    }

    /// Leaves a conversation in the role one has; what is over is cleared away.
    fn leave(&mut self, id: &ConversationId, effects: &mut Vec<Effect>) {
        let Some(room) = self.rooms.get(id) else {
            return;
        };
        if !room.told.is_open {
            self.remove(id);
            return;
        }
        match self.role_in(&room.told) {
            Some(role) => {
                let fields = vec![Field::Remove { user: None, role }];
                self.update(id, fields, ("leave the conversation", None), effects);
            }
            None => self.clear_away(id),
        }
    }

    /// Removes a conversation of other agents from the workspace, until it concerns this agent again.
    fn clear_away(&mut self, id: &ConversationId) {
        if self.cleared.len() == MOST_CLEARED {
            self.cleared.pop_first();
        }
        self.cleared.insert(id.clone());
        self.remove(id);
    }

    /// Begins a conversation with a consumer; the cloud wants to know one they had before.
    fn begin(&mut self, consumer: ParticipantId, effects: &mut Vec<Effect>) {
        if !self.is_up {
            effects.push(Effect::Remark("there is no connection just now"));
            return;
        }
        let before = self
            .rooms
            .iter()
            .filter(|(_, room)| room.consumer().is_some_and(|one| one.full == consumer))
            .max_by_key(|(_, room)| room.told.started);
        let origin = before.map(|(id, _)| id.clone());
        let what = Request::Begin { consumer, origin };
        let tried = "begin a conversation";
        self.ask(what, Purpose::Change { tried, done: None }, effects);
    }
}
