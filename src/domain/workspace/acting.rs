//! What this agent does with conversations: taking, handing on, closing, joining,
//! beginning.

use crate::domain::{
    ids::{ConversationId, ParticipantId},
    role::Role,
    time::Timestamp,
    wire::ums::request::{Field, Request},
    workspace::{Workspace, command::Command, effect::Effect, state::Purpose},
};

/// Conversations remembered as cleared away; past that some come back.
const MOST_CLEARED: usize = 1000;

impl Workspace {
    pub(super) fn execute(&mut self, command: Command, now: Timestamp, effects: &mut Vec<Effect>) {
        match command {
            Command::Availability(availability) => self.be(availability, effects),
            Command::Accept(ring) => self.answer_ring(&ring, true, effects),
            Command::Reject(ring) => self.answer_ring(&ring, false, effects),
            Command::Look(conversation) => self.look(conversation, effects),
            Command::Writing { conversation, any } => self.typed(&conversation, any, now, effects),
            Command::Say {
                conversation,
                message,
                private,
                metadata,
            } => self.say(&conversation, message, private, metadata, now, effects),
            Command::Retry { conversation, line } => self.retry(&conversation, line, effects),
            Command::TransferToSkill {
                conversation,
                skill,
            } => {
                let fields = vec![Field::Skill(skill)];
                let words = ("hand the conversation to a skill", None);
                self.hand_on(&conversation, fields, words, effects);
            }
            Command::TransferToAgent {
                conversation,
                agent,
            } => {
                let fields = vec![Field::Suggest(agent)];
                let words = ("hand the conversation to an agent", None);
                self.hand_on(&conversation, fields, words, effects);
            }
            Command::BackToQueue(id) => {
                let done = "the conversation was given back to the queue";
                let words = ("give the conversation back", Some(done));
                self.hand_on(&id, Vec::new(), words, effects);
            }
            Command::Close {
                conversation,
                survey,
            } => self.close(&conversation, survey, effects),
            Command::Join(id) => {
                let fields = vec![Field::Add {
                    user: None,
                    role: Role::Manager,
                }];
                self.update(&id, fields, ("join the conversation", None), effects);
            }
            Command::Leave(id) => self.leave(&id, effects),
            Command::Begin(consumer) => self.begin(consumer, effects),
            Command::History {
                conversation,
                after,
            } => self.history(&conversation, after, effects),
            Command::Quit => self.quit(effects),
        }
    }

    /// Another conversation is in view, or none.
    fn look(&mut self, conversation: Option<ConversationId>, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.in_view, conversation.clone());
        if let Some(before) = before.filter(|before| conversation.as_ref() != Some(before))
            && let Some(left) = self.conversations.get(&before)
            && !left.was_mine
            && !left.details.is_open
        {
            // It was kept for this agent, who looked at it.
            self.remove(&before);
        }
        let Some(id) = conversation.filter(|id| self.conversations.contains_key(id)) else {
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
        let Some(conversation) = self.conversations.get(id) else {
            effects.push(Effect::Remark("this conversation is not in the workspace"));
            return;
        };
        if !conversation.details.is_main_open {
            effects.push(Effect::Remark("this conversation is closed"));
            return;
        }
        let mut members = conversation.details.members.iter();
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
        let Some(conversation) = self
            .conversations
            .get(id)
            .filter(|conversation| conversation.details.is_open)
        else {
            effects.push(Effect::Remark("this conversation is closed"));
            return;
        };
        // Once MAIN is closed a survey may run, and only all of it can be closed.
        let field = if survey && conversation.details.is_main_open {
            Field::CloseDialog(conversation.main())
        } else {
            Field::Close
        };
        self.update(id, vec![field], ("close the conversation", None), effects);
    }

    /// Leaves a conversation in the role one has; what is over is cleared away.
    fn leave(&mut self, id: &ConversationId, effects: &mut Vec<Effect>) {
        let Some(conversation) = self.conversations.get(id) else {
            return;
        };
        if !conversation.details.is_open {
            self.remove(id);
            return;
        }
        match self.role_in(&conversation.details) {
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
            .conversations
            .iter()
            .filter(|(_, conversation)| {
                conversation
                    .consumer()
                    .is_some_and(|one| one.full == consumer)
            })
            .max_by_key(|(_, conversation)| conversation.details.started);
        let origin = before.map(|(id, _)| id.clone());
        let what = Request::Begin { consumer, origin };
        let tried = "begin a conversation";
        self.ask(what, Purpose::Change { tried, done: None }, effects);
    }
}
